"""The venue's words for states and lifetimes of orders, and ours."""

from typing import Final

from mmtui.model.orders import OrderStatus, RefusalCode, TimeInForce
from mmtui.ports.errors import BadMessage

_C = RefusalCode

_STATUS: Final = {
    "in-progress": OrderStatus.OPEN,
    "pending": OrderStatus.OPEN,
    "open": OrderStatus.OPEN,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "canceled-liquidation": OrderStatus.CANCELLED,
    "canceled-oco": OrderStatus.CANCELLED,
    "canceled-child": OrderStatus.CANCELLED,
}

_ENDED: Final = "canceled"
"""Every word that begins so is an end; those not in the table ended without being asked to."""

_REFUSED: Final = {
    "canceled-post-only": _C.POST_ONLY_WOULD_CROSS,
    "canceled-reduce-only": _C.REDUCE_ONLY_VIOLATION,
    "canceled-position-not-allowed": _C.REDUCE_ONLY_VIOLATION,
    "canceled-margin-not-allowed": _C.INSUFFICIENT_FUNDS,
    "canceled-invalid-balance": _C.INSUFFICIENT_FUNDS,
    "canceled-too-much-slippage": _C.BAD_PRICE,
    "canceled-self-trade": _C.SELF_TRADE,
}
"""Ends that are refusals in other words."""

_LIFETIMES: Final = {"immediate-or-cancel": TimeInForce.IOC}

POST_ONLY: Final = "post-only"


def status_of(word: str) -> OrderStatus:
    """Our word for a state. Raises BadMessage for one that nobody knows: it must not be guessed."""
    status = _STATUS.get(word)
    if status is not None:
        return status
    if word.startswith(_ENDED):
        return OrderStatus.EXPIRED
    raise BadMessage("an order in a state that nobody knows")


def time_in_force_of(word: str) -> TimeInForce:
    """Our word for a lifetime; everything but immediate-or-cancel rests."""
    return _LIFETIMES.get(word, TimeInForce.GTC)


def end_reason(word: str) -> str:
    """Why an order ended by itself; empty for other states."""
    code = _REFUSED.get(word)
    if code is not None:
        return f"{code.value}: {word}"
    return word if status_of(word) is OrderStatus.EXPIRED else ""
