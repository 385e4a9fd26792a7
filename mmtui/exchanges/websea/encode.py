"""Orders as the forms that are signed and sent. Pure; every value is a text, the same for signing and sending."""

from collections.abc import Sequence

import msgspec

from mmtui.exchanges.websea.facts import MarginMode, PathStyle, symbol_of
from mmtui.exchanges.websea.own_orders import OwnOrder
from mmtui.exchanges.websea.signing import Pair
from mmtui.model.units import Side, decimal_text


def place(order: OwnOrder, leverage: int, mode: MarginMode, style: PathStyle) -> list[Pair]:
    """A limit order.

    An opening order has the direction of its side, a closing one takes from the row of the other direction. The second
    form names that row; in the first it follows from type and intent.
    """
    symbol, price, count = symbol_of(order.instrument), decimal_text(order.price), str(order.contracts)
    if style is PathStyle.V2:
        long = (order.side is Side.BUY) == order.opens
        pairs = [
            ("symbol", symbol),
            ("trade_type", "open" if order.opens else "close"),
            ("position_side", "long" if long else "short"),
            ("order_type", "limit"),
            ("margin_mode", mode.name.lower()),
            ("price", price),
            ("qty", count),
            ("qty_type", "contract"),
        ]
        return [*pairs, ("leverage", str(leverage))] if order.opens else pairs
    pairs = [
        ("contract_type", "open" if order.opens else "close"),
        ("type", order.kind),
        ("symbol", symbol),
        ("amount", count),
        ("price", price),
        ("is_full", str(mode.value)),
    ]
    return [*pairs, ("lever_rate", str(leverage))] if order.opens else pairs


def cancel(symbol: str, order_ids: Sequence[str]) -> list[Pair]:
    """A cancel by ids; without ids it is never sent, for nobody knows what it would do."""
    return [("order_ids", ",".join(order_ids)), ("symbol", symbol)]


def subscribe(channel: str, symbol: str) -> str:
    """The frame that asks for a public channel."""
    return _text({"op": "sub", "channel": channel, "symbol": symbol})


def order_channel(headers: dict[str, str]) -> str:
    """The frame that asks for our orders; the names are mixed in case, as the venue documents them."""
    names = {"token": headers["Token"], "Nonce": headers["Nonce"], "Signature": headers["Signature"]}
    return _text({"op": "sub", "channel": "order", **names})


def _text(frame: object) -> str:
    return msgspec.json.encode(frame).decode()
