"""The proof of our books: what they do not explain of the venue's equity, in words, red where it is not zero."""

from decimal import Decimal

from mmtui.screens import numbers
from mmtui.screens.widgets.facts_pane import Sentence
from mmtui.screens.widgets.strategy_table import Say

_PLACES = 8


def proof(residual: Decimal | None, translate: Say) -> Sentence:
    """One sentence: proven, unknown, or what is not explained and where to look."""
    _ = translate
    if residual is None:
        text = _("Proof: unknown; books and venue are compared once everything has stopped")
        return Sentence("?", text, "warning", lines=2)
    if not residual:
        return Sentence("✓", _("Proof: our books explain the venue's equity, residual 0"), "gain", lines=2)
    figure = numbers.signed(residual, max(2, min(_PLACES, numbers.places_of(residual))))
    text = _(
        "RESIDUAL {residual}: the venue's equity differs from our books by that much. "
        "Look for a deposit or withdrawal, a trade by hand, a fee or funding not booked."
    ).format(residual=figure)
    return Sentence("✗", text, "error", lines=2)
