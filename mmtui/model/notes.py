"""Things worth telling a person, as typed data; the engine turns them into log lines and rows on screen."""

import enum
from decimal import Decimal

from msgspec import Struct

from mmtui.model.units import Side


class NoteLevel(enum.Enum):
    """How much attention a note asks for."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class OrderNote(Struct, frozen=True, gc=False, tag="order", array_like=True):
    """One step in the life of one of our orders; figures stay numbers until somebody reads them."""

    time_ns: int
    event: str
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal
    reason: str = ""


class FillNote(Struct, frozen=True, gc=False, tag="fill", array_like=True):
    """One fill of ours with what it did to the position."""

    time_ns: int
    client_order_id: str
    trade_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool
    position: Decimal
    late: bool = False


class Note(Struct, frozen=True, gc=False, tag="note", array_like=True):
    """One change of state worth a line. ``event`` is a stable snake_case name, ``fields`` its facts as text."""

    time_ns: int
    level: NoteLevel
    event: str
    message: str
    fields: dict[str, str] = {}


AnyNote = OrderNote | FillNote | Note
