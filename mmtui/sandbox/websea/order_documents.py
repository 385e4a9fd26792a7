"""Orders and executions in the venue's words."""

from typing import Any, Final

from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_S, Side, decimal_text
from mmtui.sandbox.records import FillRecord, OrderRecord
from mmtui.sandbox.websea import markets
from mmtui.sandbox.websea.holdings import money
from mmtui.sandbox.websea.rows import Rows, intent_of

ID_PREFIX: Final = "BL"
NEW: Final = 1
PARTLY_FILLED: Final = 2
FILLED: Final = 3
CANCELLING: Final = 4
PARTLY_CANCELLED: Final = 5
CANCELLED: Final = 6


def wire_id(record: OrderRecord) -> str:
    """The venue's id of an order: opaque, with letters in it."""
    return f"{ID_PREFIX}{record.order_id}"


def order_number(text: str) -> int | None:
    """The floor's number of such an id; None if it is none."""
    number = text.removeprefix(ID_PREFIX)
    return int(number) if number != text and number.isascii() and number.isdecimal() else None


def status_of(record: OrderRecord, *, cancelling: bool) -> int:
    """The status as a number."""
    if record.status is OrderStatus.FILLED:
        return FILLED
    if not record.is_open:
        return PARTLY_CANCELLED if record.filled else CANCELLED
    if cancelling:
        return CANCELLING
    return PARTLY_FILLED if record.filled else NEW


def order_document(record: OrderRecord, *, cancelling: bool) -> dict[str, Any]:
    """A row of the lists of orders. The time is in seconds; what has no price has "0"."""
    intent, instrument = intent_of(record), record.instrument
    return {
        "order_id": wire_id(record),
        "ctime": record.created_ns // NS_PER_S,
        "symbol": record.symbol,
        "price": decimal_text(record.price) if record.price is not None else "0",
        "price_avg": money(record.average_price),
        "lever_rate": intent.leverage,
        "amount": decimal_text(markets.contracts(instrument, record.quantity)),
        "deal_amount": decimal_text(markets.contracts(instrument, record.filled)),
        "type": f"{'buy' if record.side is Side.BUY else 'sell'}-{'market' if record.price is None else 'limit'}",
        "status": status_of(record, cancelling=cancelling),
        "contract_type": "open" if intent.opens else "close",
    }


def fill_document(fill: FillRecord, rows: Rows) -> dict[str, Any]:
    """An execution: no id, no word on maker or taker, whole seconds, the fee positive where it was paid."""
    order = fill.order
    return {
        "order_id": wire_id(order),
        "ctime": fill.time_ns // NS_PER_S,
        "symbol": order.symbol,
        "price": decimal_text(fill.price),
        "amount": decimal_text(markets.contracts(order.instrument, fill.quantity)),
        "bood": money(fill.price * fill.quantity / intent_of(order).leverage),
        "profit": decimal_text(rows.profit(fill)),
        "fee": decimal_text(-fill.fee_cash),
    }
