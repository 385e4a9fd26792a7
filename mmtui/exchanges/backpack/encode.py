"""Commands and questions as requests: method, path, query or body, and the text to be signed. Pure.

Body and signed text are written together, because every value must stand in both in the same way.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.exchanges.backpack.facts import DEPTH_LIMIT, PAGE
from mmtui.exchanges.backpack.signing import piece
from mmtui.model.commands import PlaceOrder
from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side, decimal_text

ID_PREFIX: Final = "backpack:"

SELF_TRADE_PREVENTION: Final = "RejectTaker"
"""The venue's default, sent all the same: of two orders of ours that would meet, the one that comes is refused."""

_SIDE: Final = {Side.BUY: "Bid", Side.SELL: "Ask"}
_IN_FORCE: Final = {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}


class Call(Struct, frozen=True):
    """One request. ``pieces`` is what is signed before timestamp and window are added; empty: a public one."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    pieces: str = ""


class OrderForm(Struct, frozen=True):
    """How orders of one market are to be written.

    ``is_perp``: reduce-only is known to perps only. ``redeem_lent``: the account lends idle spot funds by itself, so
    spot orders must ask for them back.
    """

    symbol: str
    is_perp: bool
    redeem_lent: bool = False


def symbol_of(instrument_id: str) -> str:
    """The venue's symbol in an instrument's id."""
    return instrument_id.removeprefix(ID_PREFIX)


def instrument_id(symbol: str) -> str:
    """The instrument's id for a symbol of the venue."""
    return f"{ID_PREFIX}{symbol}"


# ------------------------------------------------------------------------------------------------------------- orders


def place_one(command: PlaceOrder, number: int, form: OrderForm) -> Call:
    """Place one order under this client id."""
    body, text = _order(command, number, form)
    return Call("POST", "/api/v1/order", "", body.encode(), text)


def place_batch(orders: Sequence[tuple[PlaceOrder, int, OrderForm]]) -> Call:
    """Place several orders with one signature; the answer keeps their order."""
    written = [_order(*order) for order in orders]
    body = ",".join(body for body, _ in written)
    return Call("POST", "/api/v1/orders", "", f"[{body}]".encode(), "&".join(text for _, text in written))


def _order(command: PlaceOrder, number: int, form: OrderForm) -> tuple[str, str]:
    """One order as JSON and as signed text, the fields in ASCII order in both."""
    side = _SIDE[command.side]
    in_force = _IN_FORCE[command.time_in_force]
    price = decimal_text(command.price)
    quantity = decimal_text(command.quantity)
    post_only = command.post_only and command.time_in_force is TimeInForce.GTC
    reduce_only = command.reduce_only and form.is_perp
    redeem = form.redeem_lent and not form.is_perp
    body = (
        f'{{{_BODY_REDEEM if redeem else ""}"clientId":{number},"orderType":"Limit",'
        f'{_BODY_POST_ONLY if post_only else ""}"price":"{price}","quantity":"{quantity}",'
        f'{_BODY_REDUCE_ONLY if reduce_only else ""}"selfTradePrevention":"{SELF_TRADE_PREVENTION}","side":"{side}",'
        f'"symbol":"{form.symbol}","timeInForce":"{in_force}"}}'
    )
    text = (
        f"instruction=orderExecute{_TEXT_REDEEM if redeem else ''}&clientId={number}&orderType=Limit"
        f"{_TEXT_POST_ONLY if post_only else ''}&price={price}&quantity={quantity}"
        f"{_TEXT_REDUCE_ONLY if reduce_only else ''}&selfTradePrevention={SELF_TRADE_PREVENTION}&side={side}"
        f"&symbol={form.symbol}&timeInForce={in_force}"
    )
    return body, text


_BODY_REDEEM: Final = '"autoLendRedeem":true,'
_BODY_POST_ONLY: Final = '"postOnly":true,'
_BODY_REDUCE_ONLY: Final = '"reduceOnly":true,'
_TEXT_REDEEM: Final = "&autoLendRedeem=true"
_TEXT_POST_ONLY: Final = "&postOnly=true"
_TEXT_REDUCE_ONLY: Final = "&reduceOnly=true"


def cancel_one(symbol: str, *, order_id: str | None, number: int | None) -> Call:
    """Cancel one order, by the venue's id where it is known. Exactly one of the two goes out."""
    if order_id is not None:
        name, written, text = "orderId", f'"{order_id}"', order_id
    else:
        name, written, text = "clientId", f"{number}", f"{number}"
    body = f'{{"{name}":{written},"symbol":"{symbol}"}}'
    return Call("DELETE", "/api/v1/order", "", body.encode(), f"instruction=orderCancel&{name}={text}&symbol={symbol}")


def cancel_all(symbol: str) -> Call:
    """Cancel every order of a symbol, conditional ones too. There is no such request for the whole account."""
    body = f'{{"symbol":"{symbol}"}}'
    return Call("DELETE", "/api/v1/orders", "", body.encode(), f"instruction=orderCancelAll&symbol={symbol}")


# ---------------------------------------------------------------------------------------------------------- questions


def open_order(symbol: str, *, order_id: str | None, number: int | None) -> Call:
    """Ask for one order; only open ones are found."""
    fields: dict[str, str | int] = {"symbol": symbol}
    if order_id is not None:
        fields["orderId"] = order_id
    elif number is not None:
        fields["clientId"] = number
    return _asked("/api/v1/order", "orderQuery", fields)


def open_orders(symbol: str) -> Call:
    """Ask for all open orders of a symbol."""
    return _asked("/api/v1/orders", "orderQueryAll", {"symbol": symbol})


def order_history(symbol: str, *, order_id: str | None, limit: int = PAGE) -> Call:
    """Ask for final states, newest first: of one order, or of the symbol's latest."""
    fields: dict[str, str | int] = {"symbol": symbol, "sortDirection": "Desc"}
    fields["limit"] = limit
    if order_id is not None:
        fields["orderId"] = order_id
    return _asked("/wapi/v1/history/orders", "orderHistoryQueryAll", fields)


def fills(symbol: str, since_ms: int, offset: int) -> Call:
    """Ask for a page of fills since a time (the venue's), oldest first."""
    fields: dict[str, str | int] = {
        "symbol": symbol, "from": max(since_ms, 0), "limit": PAGE, "offset": offset, "sortDirection": "Asc"
    }  # fmt: skip
    return _asked("/wapi/v1/history/fills", "fillHistoryQueryAll", fields)


def position(symbol: str) -> Call:
    """Ask for one position; a flat one is answered by 404."""
    return _asked("/api/v1/position", "positionQuery", {"symbol": symbol})


def balances() -> Call:
    """Ask for what lies on the account, less what is lent."""
    return _asked("/api/v1/capital", "balanceQuery", {})


def lent() -> Call:
    """Ask for what is lent and borrowed."""
    return _asked("/api/v1/borrowLend/positions", "borrowLendPositionQuery", {})


def collateral() -> Call:
    """Ask for equity and margin of the whole account."""
    return _asked("/api/v1/capital/collateral", "collateralQuery", {})


def account() -> Call:
    """Ask for fees, leverage and the account's habits."""
    return _asked("/api/v1/account", "accountQuery", {})


def set_leverage(limit: Decimal) -> Call:
    """Set the leverage limit of the whole account; answered by an empty body."""
    text = decimal_text(limit)
    body = f'{{"leverageLimit":"{text}"}}'
    return Call("PATCH", "/api/v1/account", "", body.encode(), f"instruction=accountUpdate&leverageLimit={text}")


def funding_payments(limit: int) -> Call:
    """Ask for the account's latest funding payments, newest first."""
    return _asked("/wapi/v1/history/funding", "fundingHistoryQueryAll", {"limit": limit, "sortDirection": "Desc"})


def _asked(path: str, instruction: str, fields: Mapping[str, str | int]) -> Call:
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    return Call("GET", path, query, None, piece(instruction, fields))


# ------------------------------------------------------------------------------------------------------------- public


def venue_time() -> Call:
    """Ask for the venue's time: the bare number, as text."""
    return Call("GET", "/api/v1/time")


def markets() -> Call:
    """Ask for all markets."""
    return Call("GET", "/api/v1/markets")


def depth(symbol: str) -> Call:
    """Ask for a whole book."""
    return Call("GET", "/api/v1/depth", f"symbol={symbol}&limit={DEPTH_LIMIT}")


def mark_price(symbol: str) -> Call:
    """Ask for mark, index and funding of a perp."""
    return Call("GET", "/api/v1/markPrices", f"symbol={symbol}")
