"""The private socket: a signed subscription, and a frame for each change of an order."""

import json
from typing import Any, Final

from mmtui.model.orders import OrderStatus
from mmtui.model.units import Side, decimal_text
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PRIVATE
from mmtui.sandbox.records import FillRecord, OrderChange, OrderRecord
from mmtui.sandbox.sockets import Connection, Hub
from mmtui.sandbox.websea.errors import ApiError
from mmtui.sandbox.websea.figures import count_text, seconds
from mmtui.sandbox.websea.order_documents import wire_id
from mmtui.sandbox.websea.signing import Door

CHANNEL: Final = "order"
EVENTS: Final = {
    OrderChange.ACCEPTED: "NEW",
    OrderChange.FILLED: "TRADE",
    OrderChange.CANCELLED: "CANCELED",
    OrderChange.EXPIRED: "CANCELED",
}


class OrderSocket:
    """Tells members of their orders."""

    def __init__(self, hub: Hub, clock: SandboxClock, door: Door) -> None:
        self._hub = hub
        self._clock = clock
        self._door = door

    def subscribe(self, connection: Connection, message: dict[str, Any]) -> None:
        """Let the connection hear the orders of who signed. Raises ApiError."""
        words = [message.get(name) for name in ("token", "Nonce", "Signature")]
        if not all(isinstance(word, str) for word in words):
            raise ApiError(20521)
        token, nonce, signed = map(str, words)
        member = self._door.check(token, nonce, signed, [], self._clock.now_ns())
        self._hub.subscribe(connection, (CHANNEL, member.name), WS_PRIVATE)

    def unsubscribe(self, connection: Connection) -> None:
        """The connection hears of no orders any more."""
        for key in tuple(connection.keys):
            if isinstance(key, tuple) and key[0] == CHANNEL:
                self._hub.unsubscribe(connection, key)

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order was accepted, traded, or ended."""
        event, key = EVENTS.get(change), (CHANNEL, record.account)
        if event is not None and self._hub.heard(key):
            now_s = seconds(self._clock.now_ns())
            frame = {"channel": CHANNEL, "ts": now_s, "order": _order(event, record, fill)}
            self._hub.publish(key, json.dumps(frame), sequenced=True)


def _order(event: str, record: OrderRecord, fill: FillRecord | None) -> dict[str, Any]:
    """The order as it is now. ``amount`` counts contracts, ``deal_amount`` coins; empty texts mean nothing."""
    last = fill or (record.fills[-1] if record.fills else None)
    return {
        "symbol": record.symbol,
        "order_id": wire_id(record),
        "side": "BUY" if record.side is Side.BUY else "SELL",
        "order_type": "MARKET" if record.price is None else "LIMIT",
        "quantity": count_text(record.instrument, record.quantity),
        "price": "" if record.price is None else decimal_text(record.price),
        "trigger_price": "",
        "event": event,
        "status": _status(event, record),
        "amount": "" if last is None else count_text(record.instrument, last.quantity),
        "deal_amount": decimal_text(record.filled),
        "last_price": "" if last is None else decimal_text(last.price),
        "last_fee": "" if last is None else decimal_text(-last.fee_cash),
        "is_maker": False if last is None else last.maker,
        "ts": "" if last is None else seconds(last.time_ns),
        "entrust_time": seconds(record.created_ns),
    }


def _status(event: str, record: OrderRecord) -> str:
    if event == "CANCELED":
        return "CANCELED"
    if record.status is OrderStatus.FILLED:
        return "FILLED"
    return "PARTIALLY_FILLED" if record.filled else "NEW"
