"""Notes as sentences."""

import gettext
from typing import Final

from mmtui.headless.figures import signed_text
from mmtui.headless.sheet import Style
from mmtui.language import N_
from mmtui.language.phrases import Phrasebook
from mmtui.model.notes import AnyNote, FillNote, Note, NoteLevel, OrderNote
from mmtui.model.units import Side, decimal_text

_ORDER_SENTENCES: Final = {
    "order_sent": N_("{side} {quantity} at {price}: sent"),
    "order_open": N_("{side} {quantity} at {price}: open"),
    "order_filled": N_("{side} {quantity} at {price}: filled"),
    "order_cancelled": N_("{side} {quantity} at {price}: cancelled"),
    "order_expired": N_("{side} {quantity} at {price}: expired"),
    "order_rejected": N_("{side} {quantity} at {price}: rejected"),
    "order_adopted": N_("{side} {quantity} at {price}: adopted from an earlier run"),
    "order_missing": N_("{side} {quantity} at {price}: missing, asking what became of it"),
    "order_never_arrived": N_("{side} {quantity} at {price}: never reached the venue"),
    "order_gone": N_("{side} {quantity} at {price}: no longer at the venue"),
    "order_turned_up": N_("{side} {quantity} at {price}: turned up after all"),
    "amend_sent": N_("{side} {quantity} at {price}: being amended"),
    "closing": N_("{side} {quantity} at {price} or better: closing"),
    "place_refused": N_("{side} {quantity} at {price}: refused"),
    "amend_refused": N_("{side} {quantity} at {price}: amend refused"),
    "cancel_refused": N_("{side} {quantity} at {price}: cancel refused"),
    "place_unknown": N_("{side} {quantity} at {price}: unknown whether it was placed, asking the venue"),
    "amend_unknown": N_("{side} {quantity} at {price}: unknown whether it was amended, asking the venue"),
    "cancel_unknown": N_("{side} {quantity} at {price}: unknown whether it was cancelled, asking the venue"),
}

_ALARMING: Final = ("_refused", "_unknown", "_rejected", "_missing", "_never_arrived", "_gone")
_REASON_IS_OBVIOUS: Final = {"order_never_arrived", "order_gone", "order_missing", "order_turned_up"}
_LEVEL_STYLES: Final = {NoteLevel.WARNING: Style.WARNING, NoteLevel.ERROR: Style.ERROR}


class Sentences:
    """Writes notes in one language."""

    def __init__(self, catalogue: gettext.NullTranslations, phrasebook: Phrasebook) -> None:
        self._ = catalogue.gettext
        self._say = phrasebook.say

    def sentence(self, note: AnyNote) -> tuple[str, Style]:
        """The sentence and how it should look."""
        if isinstance(note, OrderNote):
            return self._order(note)
        if isinstance(note, FillNote):
            return self._fill(note)
        return self._note(note)

    def _order(self, note: OrderNote) -> tuple[str, Style]:
        _ = self._
        template = _ORDER_SENTENCES.get(note.event)
        sentence = (_(template) if template else _("{side} {quantity} at {price}: {event}")).format(
            side=_("buy") if note.side is Side.BUY else _("sell"),
            quantity=decimal_text(note.quantity),
            price=decimal_text(note.price),
            event=note.event,
        )
        if note.filled and note.filled != note.quantity:
            sentence += _(", {filled} of it filled").format(filled=decimal_text(note.filled))
        if note.reason and note.event not in _REASON_IS_OBVIOUS:
            sentence += _(" ({reason})").format(reason=self._say(note.reason))
        return sentence, Style.WARNING if note.event.endswith(_ALARMING) else Style.PLAIN

    def _fill(self, note: FillNote) -> tuple[str, Style]:
        _ = self._
        bought = note.side is Side.BUY
        sentence = (_("bought {quantity} at {price}") if bought else _("sold {quantity} at {price}")).format(
            quantity=decimal_text(note.quantity), price=decimal_text(note.price)
        )
        sentence += _(" as maker") if note.maker else _(" as taker")
        sentence += _(", fee {fee} {asset}, position {position}").format(
            fee=signed_text(note.fee_cash), asset=note.fee_asset, position=decimal_text(note.position)
        )
        if note.late:
            sentence += _(" (late: the order had already ended)")
        return sentence, Style.BUY if bought else Style.SELL

    def _note(self, note: Note) -> tuple[str, Style]:
        sentence = self._say(note.message)
        facts = [f"{name}={text}" for name, text in note.fields.items() if text not in note.message]
        if facts:
            sentence += f" [{' '.join(facts)}]"
        return sentence, _LEVEL_STYLES.get(note.level, Style.PLAIN)
