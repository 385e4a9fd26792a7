"""The venue's words for sides, states and lifetimes of orders, and ours."""

from decimal import Decimal
from typing import Final

from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage

SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
SIDE_WORDS: Final = {Side.BUY: "BUY", Side.SELL: "SELL"}

POST_ONLY: Final = "GTX"

_STATUS: Final = {
    "NEW": OrderStatus.OPEN,
    "PARTIALLY_FILLED": OrderStatus.OPEN,
    "NEW_INSURANCE": OrderStatus.OPEN,
    "NEW_ADL": OrderStatus.OPEN,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "EXPIRED": OrderStatus.EXPIRED,
    "REJECTED": OrderStatus.REJECTED,
}

_LIFETIMES: Final = {"IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}

WOULD_CROSS: Final = "post_only_would_cross: expired without a fill"


def status_of(word: str) -> OrderStatus:
    """Our word for a state. Raises BadMessage for one that nobody knows: it must not be guessed."""
    status = _STATUS.get(word)
    if status is None:
        raise BadMessage("an order in a state that nobody knows")
    return status


def time_in_force_of(word: str) -> TimeInForce:
    """Our word for a lifetime; GTX and HIDDEN rest until cancelled."""
    return _LIFETIMES.get(word, TimeInForce.GTC)


def is_post_only(word: str) -> bool:
    """True for GTX."""
    return word == POST_ONLY


def lifetime_word(time_in_force: TimeInForce, *, post_only: bool) -> str:
    """The venue's word for a lifetime."""
    if post_only and time_in_force is TimeInForce.GTC:
        return POST_ONLY
    return time_in_force.value.upper()


def end_reason(status: OrderStatus, lifetime: str, filled: Decimal) -> str:
    """Why an order expired: a crossing post-only order is accepted first and ends so a moment later."""
    if status is not OrderStatus.EXPIRED:
        return ""
    if lifetime == POST_ONLY:
        return WOULD_CROSS if not filled else "the rest would have crossed"
    return "the rest did not match" if lifetime in _LIFETIMES else "expired"
