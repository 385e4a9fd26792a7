"""Commands into the integers that are signed. Pure; what cannot be written exactly is refused here.

The signer takes a price of 32 bits and cuts a larger one without a word, so every bound is checked before it is asked.
"""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.exchanges.lighter.ids import LIMIT
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import Side, decimal_text
from mmtui.ports.errors import Refused

CREATE, CANCEL, CANCEL_ALL, LEVERAGE = 14, 15, 16, 20
"""Types of transactions."""

PRICE_LIMIT: Final = 1 << 32
AMOUNT_LIMIT: Final = 1 << 48
MARGIN_WHOLE: Final = 10_000
"""A margin fraction of 1, in the venue's unit."""

_LIMIT_ORDER: Final = 0
_IOC, _GOOD_TILL_TIME, _POST_ONLY = 0, 1, 2
_AT_ONCE, _SCHEDULED, _ABORTED = 0, 1, 2
_LONGEST: Final = -1
"""The signer's word for the longest life of an order: 28 days from now."""
_NO_MARKET: Final = 255
_CROSS: Final = 0
_NO_EXTRAS: Final = (0, 0, 0, 0, 0)
"""Integrator, its two fees (they would be charged on top), self-trade behaviour and equality: the venue's defaults."""


class MarketForm(Struct, frozen=True):
    """How figures of one market are written."""

    market_id: int
    price_decimals: int
    size_decimals: int


class Transaction(Struct, frozen=True):
    """What the signer is asked to sign: type, function and its integers, without nonce."""

    kind: int
    function: str
    arguments: tuple[int, ...]


def place(command: PlaceOrder, form: MarketForm, number: int) -> Transaction:
    """A new limit order. Raises Refused."""
    lifetime, expiry = _lifetime(command)
    return Transaction(
        CREATE,
        "SignCreateOrder",
        (
            form.market_id,
            number,
            _scaled(command.quantity, form.size_decimals, AMOUNT_LIMIT, RefusalCode.BAD_QUANTITY, "quantity"),
            _scaled(command.price, form.price_decimals, PRICE_LIMIT, RefusalCode.BAD_PRICE, "price"),
            int(command.side is Side.SELL),
            _LIMIT_ORDER,
            lifetime,
            int(command.reduce_only),
            0,
            expiry,
            *_NO_EXTRAS,
        ),
    )


def _lifetime(command: PlaceOrder) -> tuple[int, int]:
    """Time in force and expiry. Raises Refused."""
    if command.time_in_force is TimeInForce.FOK:
        raise Refused(RefusalCode.NOT_ALLOWED, "Lighter has no fill-or-kill; use ioc")
    if command.time_in_force is TimeInForce.IOC:
        return _IOC, 0
    return _POST_ONLY if command.post_only else _GOOD_TILL_TIME, _LONGEST


def _scaled(value: Decimal, decimals: int, limit: int, code: RefusalCode, what: str) -> int:
    """A figure as the venue's integer. Raises Refused for one off the grid or out of the venue's bounds."""
    scaled = value.scaleb(decimals)
    whole = int(scaled)
    if whole != scaled:
        raise Refused(code, f"{what} {decimal_text(value)} has more than {decimals} decimals")
    if not 0 < whole < limit:
        raise Refused(code, f"{what} {decimal_text(value)} is out of the venue's bounds; nothing was signed")
    return whole


def cancel(command: CancelOrder, form: MarketForm, number: int) -> Transaction:
    """The end of one order, by the venue's number where it is known."""
    order_id = command.order_id or ""
    known = order_id.isascii() and order_id.isdigit() and int(order_id) >= LIMIT
    return cancel_number(form.market_id, int(order_id) if known else number)


def cancel_number(market_id: int, number: int) -> Transaction:
    """The end of one order by either of its numbers."""
    return Transaction(CANCEL, "SignCancelOrder", (market_id, number))


def cancel_market(form: MarketForm) -> Transaction:
    """The end of all orders of one market, now."""
    return Transaction(CANCEL_ALL, "SignCancelAllOrders", (_AT_ONCE, 0, form.market_id))


def schedule_cancel_all(at_ms: int) -> Transaction:
    """The dead-man's switch: the end of all orders of the account at that time (venue's clock), unless put off."""
    return Transaction(CANCEL_ALL, "SignCancelAllOrders", (_SCHEDULED, at_ms, _NO_MARKET))


def abort_cancel_all() -> Transaction:
    """Take the dead-man's switch back."""
    return Transaction(CANCEL_ALL, "SignCancelAllOrders", (_ABORTED, 0, _NO_MARKET))


def set_leverage(form: MarketForm, leverage: Decimal, margin_mode: int = _CROSS) -> Transaction:
    """Leverage of one market. Raises Refused."""
    fraction = MARGIN_WHOLE / leverage if leverage > 0 else Decimal(0)
    if not 1 <= fraction <= MARGIN_WHOLE:
        raise Refused(RefusalCode.NOT_ALLOWED, f"leverage {decimal_text(leverage)} is out of the venue's bounds")
    return Transaction(LEVERAGE, "SignUpdateLeverage", (form.market_id, int(fraction), margin_mode))
