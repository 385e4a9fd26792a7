"""StandX's words for what becomes of orders, in ours and back."""

from typing import Final

from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage

POST_ONLY: Final = "alo"

_STATUSES: Final = {
    "open": OrderStatus.OPEN,
    "new": OrderStatus.OPEN,
    "partially_filled": OrderStatus.OPEN,
    "untriggered": OrderStatus.OPEN,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "cancelled": OrderStatus.CANCELLED,
    "rejected": OrderStatus.REJECTED,
    "expired": OrderStatus.EXPIRED,
}

_TIMES: Final = {"gtc": TimeInForce.GTC, POST_ONLY: TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}
_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


def status_of(text: str) -> OrderStatus:
    """What an order's status means. Raises BadMessage for one that nobody knows: then it must be asked for."""
    status = _STATUSES.get(text.lower())
    if status is None:
        raise BadMessage("an order status that nobody knows")
    return status


def side_of(text: str) -> Side:
    """Buy or sell. Raises BadMessage."""
    side = _SIDES.get(text.lower())
    if side is None:
        raise BadMessage("neither buy nor sell")
    return side


def time_in_force_of(text: str) -> TimeInForce:
    """How long an order may rest; what is not known is taken for the usual."""
    return _TIMES.get(text.lower(), TimeInForce.GTC)
