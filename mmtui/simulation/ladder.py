"""One side of a book kept in price-time priority: prices in whole ticks, quantities in whole lots."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from mmtui.model.units import Side
from mmtui.simulation.market import SimOrder

CROWD: Final = ""
"""Account name of the market's synthetic participants."""


class PriceLevel:
    """Orders at one price, first come first; ``lots`` is their sum, ``crowd_lots`` the share of synthetic ones."""

    __slots__ = ("crowd_lots", "lots", "orders")

    def __init__(self) -> None:
        self.orders: dict[str, SimOrder] = {}  # insertion order is time priority, and removal costs the same anywhere
        self.lots = 0
        self.crowd_lots = 0


class Ladder:
    """All resting orders of one side.

    Levels are keyed by ``sign * ticks`` (sign +1 for bids, -1 for asks), so that on both sides the largest key is the
    best price and the same code serves both. ``keys`` is sorted. ``changed`` collects the ticks whose total changed.
    """

    __slots__ = ("changed", "keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = side.sign
        self.keys: list[int] = []
        self.levels: dict[int, PriceLevel] = {}
        self.changed: set[int] = set()

    def best_ticks(self) -> int | None:
        """Best price, None when empty."""
        return self.sign * self.keys[-1] if self.keys else None

    def crowd_lots(self, ticks: int) -> int:
        """What synthetic participants hold at a price."""
        level = self.levels.get(self.sign * ticks)
        return level.crowd_lots if level is not None else 0

    def lots(self, ticks: int) -> int:
        """What rests at a price."""
        level = self.levels.get(self.sign * ticks)
        return level.lots if level is not None else 0

    def add(self, order: SimOrder) -> None:
        """Queue an order behind all others at its price."""
        key = self.sign * order.price_ticks
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = PriceLevel()
            insort(self.keys, key)
        level.orders[order.order_id] = order
        self._count(level, order, order.remaining_lots)

    def reduce(self, order: SimOrder, lots: int) -> None:
        """Take ``lots`` off a resting order, which keeps its place; it leaves when nothing remains."""
        level = self.levels[self.sign * order.price_ticks]
        order.remaining_lots -= lots
        self._count(level, order, -lots)
        if not order.remaining_lots:
            self._drop(level, order)

    def remove(self, order: SimOrder) -> None:
        """Take a resting order out; what remains of it stays written on it."""
        level = self.levels[self.sign * order.price_ticks]
        self._count(level, order, -order.remaining_lots)
        self._drop(level, order)

    def crossing(self, limit_ticks: int) -> Iterator[SimOrder]:
        """Resting orders that an opposite order with this limit meets, by priority; change none of them meanwhile."""
        limit = self.sign * limit_ticks
        for key in reversed(self.keys):
            if key < limit:
                return
            yield from self.levels[key].orders.values()

    def ticks(self) -> list[int]:
        """Prices from best to worst."""
        sign = self.sign
        return [sign * key for key in reversed(self.keys)]

    def _count(self, level: PriceLevel, order: SimOrder, lots: int) -> None:
        level.lots += lots
        if order.account == CROWD:
            level.crowd_lots += lots
        self.changed.add(order.price_ticks)

    def _drop(self, level: PriceLevel, order: SimOrder) -> None:
        del level.orders[order.order_id]
        if not level.orders:
            key = self.sign * order.price_ticks
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]
