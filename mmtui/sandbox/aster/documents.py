"""Orders and fills as the REST interface writes them."""

from decimal import Decimal
from typing import Any, Final

from mmtui.model.orders import OrderStatus
from mmtui.model.units import Side, decimal_text
from mmtui.sandbox.aster.figures import cash, ms
from mmtui.sandbox.aster.markets import Room, room_of, wire_symbol
from mmtui.sandbox.records import FillRecord, OrderRecord

_ENDED: Final = {
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
}


def side_text(side: Side) -> str:
    """``BUY`` or ``SELL``."""
    return side.name


def status_text(record: OrderRecord) -> str:
    """The state in the venue's words."""
    if record.status is OrderStatus.OPEN:
        return "PARTIALLY_FILLED" if record.filled else "NEW"
    return _ENDED[record.status]


def average_text(record: OrderRecord) -> str:
    """Average price with the decimals of the tick and two more; zero while nothing is filled."""
    return format(record.average_price.quantize(record.instrument.tick_size / 100), "f")


def order_document(record: OrderRecord, *, timed: bool = False) -> dict[str, Any]:
    """An order; ``timed`` adds when it was created, as queries do."""
    spot = room_of(record.instrument) is Room.SPOT
    document: dict[str, Any] = {
        "orderId": record.order_id,
        "symbol": wire_symbol(record.instrument),
        "status": status_text(record),
        "clientOrderId": record.client_id,
        "price": "0" if record.price is None else decimal_text(record.price),
        "avgPrice": average_text(record),
        "origQty": decimal_text(record.quantity),
        "executedQty": decimal_text(record.filled),
        "cumQty": decimal_text(record.filled),
        "cumQuote": decimal_text(record.filled_quote),
        "timeInForce": record.details["timeInForce"],
        "type": record.details["type"],
        "origType": record.details["type"],
        "side": side_text(record.side),
        "stopPrice": "0",
        "updateTime": ms(record.updated_ns),
    }
    if not spot:
        document |= {
            "positionSide": "BOTH",
            "reduceOnly": record.reduce_only,
            "closePosition": False,
            "workingType": "CONTRACT_PRICE",
            "priceProtect": False,
        }
    if timed:
        document["time"] = ms(record.created_ns)
        if spot:
            document["orderListId"] = -1
    return document


def accepted_document(record: OrderRecord) -> dict[str, Any]:
    """The answer to a new order before the engine has done anything with it: accepted, nothing filled."""
    return order_document(record) | {
        "status": "NEW",
        "avgPrice": format(Decimal(0).quantize(record.instrument.tick_size / 100), "f"),
        "executedQty": "0",
        "cumQty": "0",
        "cumQuote": "0",
        "updateTime": ms(record.created_ns),
    }


def fill_document(fill: FillRecord, profit: Decimal) -> dict[str, Any]:
    """A row of ``userTrades``. On futures a commission paid is negative here (and positive on the stream)."""
    record = fill.order
    spot = room_of(record.instrument) is Room.SPOT
    document: dict[str, Any] = {
        "symbol": wire_symbol(record.instrument),
        "id": fill.trade_id,
        "orderId": record.order_id,
        "side": side_text(record.side),
        "price": decimal_text(fill.price),
        "qty": decimal_text(fill.quantity),
        "quoteQty": decimal_text(record.instrument.notional(fill.price, fill.quantity)),
        "commission": decimal_text(-fill.fee_cash) if spot else cash(fill.fee_cash),
        "commissionAsset": fill.fee_asset,
        "time": ms(fill.time_ns),
        "maker": fill.maker,
        "buyer": record.side is Side.BUY,
    }
    if spot:
        return document | {"counterpartyId": 0, "createUpdateId": None}
    return document | {
        "positionSide": "BOTH",
        "realizedPnl": cash(profit),
        "marginAsset": record.instrument.quote_asset,
    }
