"""From a side to open or close: positions have a long and a short row, the strategy knows their difference. Pure.

A closing order takes from a row and never adds to one, so it cannot open the opposite position. That alone does not
make it reduce-only: beside other orders of its side it might carry the difference through zero. So a reduce-only order
is taken only while it and every other live order of its side fit into the position together, and while one rests no
order joins it that would not fit. Orders of the other side only give more room. What is unclear counts as live.
"""

from collections.abc import Iterable

from msgspec import Struct

from mmtui.exchanges.websea.own_orders import OwnOrder
from mmtui.model.orders import RefusalCode
from mmtui.model.units import Side
from mmtui.ports.errors import Refused


class PositionView(Struct, frozen=True, kw_only=True):
    """Both rows of one instrument in contracts; ``leverage`` is that of a row that holds something."""

    long: int = 0
    short: int = 0
    leverage: int | None = None

    @property
    def net(self) -> int:
        """The position as a strategy means it."""
        return self.long - self.short

    def closable_by(self, side: Side) -> int:
        """The row that an order of this side closes."""
        return self.short if side is Side.BUY else self.long

    def reducible_by(self, side: Side) -> int:
        """By how much this side may trade before the position is flat; below zero where it is on the other side."""
        return -side.sign * self.net


def opens(side: Side, contracts: int, view: PositionView, live: Iterable[OwnOrder], *, reduce_only: bool) -> bool:
    """True where an order is to open, False where it is to close.

    An order that is not reduce-only closes where its row holds enough and opens otherwise: the difference of the rows
    moves the same way.

    Args:
        side: of the order.
        contracts: its size.
        view: the rows, read after the last fill that is known.
        live: every order of the instrument that may trade.
        reduce_only: as the strategy asked.

    Raises:
        Refused: it might increase the position although it must not, or keep another from being reduce-only.
    """
    beside = [order for order in live if order.side is side]
    total = contracts + sum(order.rest for order in beside)
    room = view.reducible_by(side)
    free = view.closable_by(side) - sum(order.rest for order in beside if not order.opens)
    if reduce_only and (contracts > free or total > room):
        raise Refused(
            RefusalCode.REDUCE_ONLY_VIOLATION,
            f"{contracts} contracts would not only reduce: {max(0, room)} are held that way and {total} would be asked",
        )
    if total > room and any(order.reduce_only and order.rest for order in beside):
        raise Refused(
            RefusalCode.REDUCE_ONLY_VIOLATION,
            "a reduce-only order of this side is open, which could then increase the position; wait for its end",
        )
    return not reduce_only and contracts > free
