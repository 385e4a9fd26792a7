"""Orders and fills as the REST interface writes them."""

from typing import Any, Final

from mmtui.model.orders import OrderStatus
from mmtui.model.units import Side, decimal_text
from mmtui.sandbox.backpack.times import iso, ms
from mmtui.sandbox.records import FillRecord, OrderRecord

_TRIGGERS: Final = (
    "triggerBy",
    "triggerPrice",
    "triggerQuantity",
    "stopLossLimitPrice",
    "stopLossTriggerBy",
    "stopLossTriggerPrice",
    "takeProfitLimitPrice",
    "takeProfitTriggerBy",
    "takeProfitTriggerPrice",
)
_ENDED: Final = {
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELLED: "Cancelled",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.REJECTED: "Expired",
}
_SELF_TRADE: Final = "self-trade"
_REDUCE_ONLY: Final = "reduce-only"


def side_text(side: Side) -> str:
    """``Bid`` or ``Ask``."""
    return "Bid" if side is Side.BUY else "Ask"


def status_text(record: OrderRecord) -> str:
    """The state in the venue's words."""
    if record.status is OrderStatus.OPEN:
        return "PartiallyFilled" if record.filled else "New"
    return _ENDED[record.status]


def expiry_reason(record: OrderRecord) -> str | None:
    """Why it expired; None if it did not."""
    if record.status is not OrderStatus.EXPIRED:
        return None
    if record.reason.startswith(_SELF_TRADE):
        return "SelfTradePrevention"
    if record.reason.startswith(_REDUCE_ONLY):
        return "ReduceOnlyNotReduced"
    if record.price is None:
        return "InsufficientLiquidity"
    return {"IOC": "ImmediateOrCancel", "FOK": "FillOrKill"}.get(record.details["timeInForce"], "Unknown")


def _common(record: OrderRecord) -> dict[str, Any]:
    details = record.details
    document: dict[str, Any] = {
        "id": str(record.order_id),
        "clientId": None if record.client_id is None else int(record.client_id),
        "symbol": record.symbol,
        "side": side_text(record.side),
        "orderType": details["orderType"],
        "timeInForce": details["timeInForce"],
        "executedQuantity": decimal_text(record.filled),
        "executedQuoteQuantity": decimal_text(record.filled_quote),
        "status": status_text(record),
        "selfTradePrevention": details["selfTradePrevention"],
        "strategyId": None,
    }
    document.update(dict.fromkeys(_TRIGGERS))
    quantity = decimal_text(record.quantity)
    if record.price is None:
        quote = details["quoteQuantity"]
        document["quantity"] = quantity if quote is None else None
        document["quoteQuantity"] = quote
    else:
        document["price"] = decimal_text(record.price)
        document["quantity"] = quantity
        document["postOnly"] = record.post_only
    return document


def order_document(record: OrderRecord) -> dict[str, Any]:
    """An order as the live endpoints tell it."""
    document = _common(record) | {
        "createdAt": ms(record.created_ns),
        "reduceOnly": record.details["reduceOnly"],
        "relatedOrderId": None,
        "triggeredAt": None,
    }
    if record.price is None:
        document["slippageTolerance"] = record.details["slippageTolerance"]
        document["slippageToleranceType"] = record.details["slippageToleranceType"]
    return document


def history_document(record: OrderRecord) -> dict[str, Any]:
    """An order as the history tells it."""
    return _common(record) | {
        "createdAt": iso(record.created_ns),
        "expiryReason": expiry_reason(record),
        "systemOrderType": None,
    }


def fill_document(fill: FillRecord) -> dict[str, Any]:
    """A fill of the history: here the client id is text, and a fee paid is positive."""
    record = fill.order
    return {
        "tradeId": fill.trade_id,
        "orderId": str(record.order_id),
        "clientId": record.client_id,
        "symbol": record.symbol,
        "side": side_text(record.side),
        "price": decimal_text(fill.price),
        "quantity": decimal_text(fill.quantity),
        "fee": decimal_text(-fill.fee_cash),
        "feeSymbol": fill.fee_asset,
        "isMaker": fill.maker,
        "systemOrderType": None,
        "timestamp": iso(fill.time_ns),
    }
