"""One row of the action table."""

from dataclasses import dataclass
from typing import Final

EVERYWHERE: Final = ("app",)
"""Context of what works on every screen; the App has the method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something a person can do. The method ``action_<id>`` of the screen (or the App) does it.

    ``keys`` are Textual's key names. ``label`` is short (the footer shows it), ``tooltip`` one sentence; both are
    marked with ``N_`` and translated where shown. ``contexts`` are the screens that have it. ``words`` are what one may
    type on the command line, each a usage such as ``start <strategy>``. ``confirm`` always asks first; ``adds_risk``
    asks where real money trades. ``footer`` is its rank in the footer, 1 the most important, 0 not there.
    ``urgent``: its control keys work inside fields and dialogs too.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    tooltip: str
    contexts: tuple[str, ...] = EVERYWHERE
    words: tuple[str, ...] = ()
    confirm: bool = False
    adds_risk: bool = False
    footer: int = 0
    urgent: bool = False
