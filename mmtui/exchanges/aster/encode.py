"""Commands to requests: pure. What is built here is what is signed and what is sent, letter by letter."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from mmtui.exchanges.aster.facts import CLIENT_ID_LENGTH, CLIENT_ID_PATTERN, place_of
from mmtui.exchanges.aster.order_words import SIDE_WORDS, lifetime_word
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.instrument import MarketType
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import decimal_text
from mmtui.ports.errors import BugError, Refused

_CLIENT_ID: Final = re.compile(CLIENT_ID_PATTERN)


class Request(Struct, frozen=True):
    """One call: ``name`` without prefix and version, ``text`` the encoded parameters without signature.

    ``weight`` and ``orders`` are what it costs; ``signed`` False is a call of the user stream (V1 sends the key alone).
    """

    market: MarketType
    method: str
    name: str
    text: str = ""
    weight: int = 1
    orders: int = 0
    kind: Kind = Kind.QUERY
    signed: bool = True


def encoded(fields: Sequence[tuple[str, str]]) -> str:
    """Parameters as ``k=v&k=v``; everything but letters, digits and ``_.-~`` percent-encoded."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in fields)


def is_client_id(client_order_id: str) -> bool:
    """True for an id that the venue takes."""
    return _CLIENT_ID.fullmatch(client_order_id) is not None


def check_client_id(client_order_id: str) -> None:
    """Raises Refused for an id that the venue would not take."""
    if not is_client_id(client_order_id):
        raise Refused(
            RefusalCode.OTHER,
            f"client order id {client_order_id!r} is not 1 to {CLIENT_ID_LENGTH} letters, digits or .:/_-; "
            "give the strategy a shorter name",
        )


def place(command: PlaceOrder) -> Request:
    """A new limit order. Raises Refused for a client id that the venue does not take."""
    market, _ = place_of(command.instrument)
    return Request(market, "POST", "order", encoded(place_fields(command)), 1, 1, Kind.ORDER)


def place_fields(command: PlaceOrder) -> list[tuple[str, str]]:
    """The parameters of a new limit order. Raises Refused as ``place`` does."""
    check_client_id(command.client_order_id)
    market, symbol = place_of(command.instrument)
    fields = [
        ("symbol", symbol),
        ("side", SIDE_WORDS[command.side]),
        ("type", "LIMIT"),
        ("timeInForce", lifetime_word(command.time_in_force, post_only=command.post_only)),
        ("quantity", decimal_text(command.quantity)),
        ("price", decimal_text(command.price)),
        ("newClientOrderId", command.client_order_id),
    ]
    if market is MarketType.PERP:
        if command.reduce_only:
            fields.append(("reduceOnly", "true"))
        if command.time_in_force is not TimeInForce.GTC:
            fields.append(("newOrderRespType", "RESULT"))  # the end of an order that cannot rest, in the answer
    return fields


def place_batch(commands: Sequence[PlaceOrder]) -> Request:
    """Up to five new orders of perps in one call. Raises Refused as ``place`` does."""
    rows = [dict(place_fields(command)) for command in commands]
    text = encoded([("batchOrders", msgspec.json.encode(rows).decode())])
    return Request(MarketType.PERP, "POST", "batchOrders", text, 5, len(rows), Kind.ORDER)


def amend(command: AmendOrder) -> Request:
    """New price and total quantity; both must be named, changed or not. Raises Refused as ``place`` does."""
    market, symbol = place_of(command.instrument)
    if market is not MarketType.PERP:
        raise Refused(RefusalCode.NOT_ALLOWED, "aster spot cannot amend orders")
    fields = [
        ("symbol", symbol),
        _order_name(command.client_order_id, command.order_id),
        ("quantity", decimal_text(command.quantity)),
        ("price", decimal_text(command.price)),
    ]
    return Request(market, "PUT", "order", encoded(fields), 1, 1, Kind.ORDER)


def cancel(command: CancelOrder) -> Request:
    """The end of one order."""
    market, symbol = place_of(command.instrument)
    fields = [("symbol", symbol), _order_name(command.client_order_id, command.order_id)]
    return Request(market, "DELETE", "order", encoded(fields), 1, 0, Kind.CANCEL)


def cancel_batch(commands: Sequence[CancelOrder]) -> Request:
    """Up to ten cancels of one perp in one call, by client order id."""
    market, symbol = place_of(commands[0].instrument)
    if market is not MarketType.PERP or any(command.instrument != commands[0].instrument for command in commands):
        raise BugError("a batch of cancels is for one perp")
    names = msgspec.json.encode([command.client_order_id for command in commands]).decode()
    fields = [("symbol", symbol), ("origClientOrderIdList", names)]
    return Request(market, "DELETE", "batchOrders", encoded(fields), 1, 0, Kind.CANCEL)


def cancel_all(instrument: str) -> Request:
    """The end of every order of one symbol."""
    market, symbol = place_of(instrument)
    return Request(market, "DELETE", "allOpenOrders", encoded([("symbol", symbol)]), 1, 0, Kind.CANCEL)


def countdown(instrument: str, after_ms: int) -> Request:
    """Cancel every order of a perp unless called again within so many milliseconds; 0 stops the clock."""
    market, symbol = place_of(instrument)
    fields = [("symbol", symbol), ("countdownTime", str(after_ms))]
    return Request(market, "POST", "countdownCancelAll", encoded(fields), 10, 0, Kind.CANCEL)


def question(market: MarketType, name: str, fields: Sequence[tuple[str, str]] = (), weight: int = 1) -> Request:
    """A signed read."""
    return Request(market, "GET", name, encoded(fields), weight)


def order_question(instrument: str, client_order_id: str, order_id: str | None) -> Request:
    """What became of one order."""
    market, symbol = place_of(instrument)
    return question(market, "order", [("symbol", symbol), _order_name(client_order_id, order_id)])


def _order_name(client_order_id: str, order_id: str | None) -> tuple[str, str]:
    """By our own id where it can be one of ours; what others named may not fit the venue's rule."""
    if order_id is not None and not is_client_id(client_order_id):
        return "orderId", order_id
    return "origClientOrderId", client_order_id
