"""What scripts read on stdout: one JSON object a line."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.headless.outlet import Outlet
from mmtui.headless.timestamps import utc_text
from mmtui.model.notes import AnyNote, FillNote, Note, NoteLevel, OrderNote
from mmtui.model.units import decimal_text

_ENCODER: Final = msgspec.json.Encoder()


class JsonLines(Outlet):
    """Writes notes, events and documents as JSON lines; a closed stdout makes it ``broken``, never raises."""

    def notes(self, strategy: str, notes: Iterable[AnyNote]) -> None:
        """One line for each note of ``strategy`` that is more than DEBUG."""
        for note in notes:
            if not (isinstance(note, Note) and note.level is NoteLevel.DEBUG):
                self._line(note_fields(strategy, note))

    def event(self, name: str, ts_ns: int, **fields: object) -> None:
        """One line for something that is no note; decimals among ``fields`` become plain strings."""
        self.document({"ts": utc_text(ts_ns), "event": name, **fields})

    def document(self, document: Mapping[str, object]) -> None:
        """One line for a whole object, such as the summary."""
        self._line(plain(document))

    def _line(self, value: object) -> None:
        self.send(_ENCODER.encode(value).decode() + "\n")


def note_fields(strategy: str, note: AnyNote) -> dict[str, object]:
    """A note as the object of its line."""
    if isinstance(note, OrderNote):
        return _order_fields(strategy, note)
    if isinstance(note, FillNote):
        return _fill_fields(strategy, note)
    line: dict[str, object] = {
        "ts": utc_text(note.time_ns),
        "event": note.event,
        "strategy": strategy,
        "level": note.level.value,
        "message": note.message,
    }
    for name, text in note.fields.items():
        line[f"{name}_" if name in line else name] = text
    return line


def plain(value: object) -> object:
    """The same value with every decimal in it written as a plain string (never with an exponent)."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def _order_fields(strategy: str, note: OrderNote) -> dict[str, object]:
    line: dict[str, object] = {
        "ts": utc_text(note.time_ns),
        "event": note.event,
        "strategy": strategy,
        "client_order_id": note.client_order_id,
        "side": note.side.value,
        "price": decimal_text(note.price),
        "quantity": decimal_text(note.quantity),
        "filled": decimal_text(note.filled),
    }
    if note.reason:
        line["reason"] = note.reason
    return line


def _fill_fields(strategy: str, note: FillNote) -> dict[str, object]:
    return {
        "ts": utc_text(note.time_ns),
        "event": "fill",
        "strategy": strategy,
        "client_order_id": note.client_order_id or None,
        "trade_id": note.trade_id,
        "side": note.side.value,
        "price": decimal_text(note.price),
        "quantity": decimal_text(note.quantity),
        "fee_cash": decimal_text(note.fee_cash),
        "fee_asset": note.fee_asset,
        "maker": note.maker,
        "position": decimal_text(note.position),
        "late": note.late,
    }
