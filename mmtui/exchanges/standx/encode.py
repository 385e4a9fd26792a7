"""Commands as the bytes that are signed and sent. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mmtui.exchanges.standx.facts import symbol_of
from mmtui.exchanges.standx.order_words import POST_ONLY
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import decimal_text
from mmtui.ports.errors import Refused

_TIMES: Final = {TimeInForce.GTC: "gtc", TimeInForce.IOC: "ioc"}


def place(command: PlaceOrder) -> bytes:
    """Body of a new limit order. Raises Refused for what the venue does not have."""
    word = _TIMES.get(command.time_in_force)
    if word is None:
        raise Refused(RefusalCode.NOT_ALLOWED, "fill-or-kill is not supported on StandX; nothing was sent")
    if command.post_only and command.time_in_force is TimeInForce.GTC:
        word = POST_ONLY
    return msgspec.json.encode(
        {
            "symbol": symbol_of(command.instrument),
            "side": command.side.value,
            "order_type": "limit",
            "qty": decimal_text(command.quantity),
            "price": decimal_text(command.price),
            "time_in_force": word,
            "reduce_only": command.reduce_only,
            "cl_ord_id": command.client_order_id,
        }
    )


def cancel(commands: Sequence[CancelOrder]) -> tuple[str, bytes]:
    """Call and body that cancel one order, or several: all by the venue's ids or all by ours."""
    numbers = [order_number(command.order_id) for command in commands]
    by_number = all(number is not None for number in numbers)
    named: list[object] = list(numbers) if by_number else [command.client_order_id for command in commands]
    if len(commands) == 1:
        return "cancel_order", msgspec.json.encode({"order_id" if by_number else "cl_ord_id": named[0]})
    return "cancel_orders", msgspec.json.encode({"order_id_list" if by_number else "cl_ord_id_list": named})


def cancel_listed(numbers: Sequence[int]) -> bytes:
    """Body that cancels orders by the venue's ids."""
    return msgspec.json.encode({"order_id_list": list(numbers)})


def order_number(order_id: str | None) -> int | None:
    """The venue's number of an order; None where it has not told one."""
    return int(order_id) if order_id is not None and order_id.isascii() and order_id.isdigit() else None


def subscribe(channel: str, symbol: str) -> str:
    """The frame that asks for a public channel."""
    return _text({"subscribe": {"channel": channel, "symbol": symbol}})


def auth(token: str, channels: Sequence[str]) -> str:
    """The frame that logs in on the stream and asks for private channels."""
    return _text({"auth": {"token": token, "streams": [{"channel": name} for name in channels]}})


def order_login(token: str, session_id: str, request_id: str) -> str:
    """The frame that logs in on the order socket; its parameters are JSON inside JSON."""
    params = _text({"token": token})
    return _text({"session_id": session_id, "request_id": request_id, "method": "auth:login", "params": params})


def _text(frame: object) -> str:
    """Text, since the venue's sockets speak in text frames."""
    return msgspec.json.encode(frame).decode()
