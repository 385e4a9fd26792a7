"""The order book as the rows of a ladder: levels put together by price step, our own orders at their prices.

Everything here is plain values, so that a row can be the key of its painted line. Book figures are floats, as on the
Board; prices are whole ticks, so that equal prices are equal.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.events import Level
from mmtui.model.units import NS_PER_S, ZERO, Side
from mmtui.views.board import MarketRow, OrderRow

STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Ticks that may be put together into one row."""

EIGHTHS: Final = 8
"""Bars are drawn in eighths of a cell."""

_SETTLED_NS: Final = 2 * NS_PER_S
"""Until an order is this old the book may not show it yet, so its size is not taken off its level."""

_NICE: Final = (1.0, 2.0, 5.0, 10.0)
_KEEP_SCALE_ABOVE: Final = 0.25

_STATE_RANK: Final = {"unknown": 0, "cancel_sent": 1, "amend_sent": 2, "sent": 3, "new": 4, "open": 5}
"""Of several orders in one row the least settled gives the row its state."""


class Grid(NamedTuple):
    """The price step of the venue, and how many of them make a row."""

    tick_size: Decimal
    step: int


class OwnMark(NamedTuple):
    """Our orders in one row: what is left of them, the least settled state, best level, how many.

    ``queue`` is the most that can stand before the first of them in the queue, None where it is not known.
    """

    left: Decimal
    state: str
    level: int
    orders: int
    queue: float | None


class LadderRow(NamedTuple):
    """One price (of ``step`` ticks) of one side.

    ``size`` is None where the book shows nothing; ``total`` is all size up to here; ``bar`` is in eighths of a cell;
    ``best`` marks the touch.
    """

    side: Side
    ticks: int
    size: float | None
    total: float
    bar: int
    own: OwnMark | None
    best: bool


class BeyondRow(NamedTuple):
    """Own orders farther out than the ladder reaches: how many, and where the nearest of them stands."""

    side: Side
    orders: int
    ticks: int


class SideRows(NamedTuple):
    """One side, best first, and what lies beyond it."""

    rows: tuple[LadderRow, ...]
    beyond: BeyondRow | None


class Spread(NamedTuple):
    """What lies between the best prices: whole ticks (0 or less: crossed), bps of mid, and mid."""

    ticks: int
    bps: float | None
    mid: Decimal


def touch_spread(market: MarketRow) -> Spread | None:
    """The spread of a book; None where a side is empty."""
    if not market.bids or not market.asks:
        return None
    tick = float(market.tick_size)
    bid, ask = round(market.bids[0][0] / tick), round(market.asks[0][0] / tick)
    bps = 2e4 * (ask - bid) / (ask + bid) if ask + bid else None
    return Spread(ask - bid, bps, Decimal(ask + bid) * market.tick_size / 2)


class QueueBounds:
    """An upper bound of what stands before each of our orders at its price.

    The feeds give sizes, not queues. What was before us when we came can only shrink, and never exceeds what the level
    holds besides us; the least such size since the order rests at its price is the bound.
    """

    def __init__(self) -> None:
        self._bounds: dict[str, tuple[Decimal, float]] = {}

    def update(self, orders: Iterable[OrderRow], sizes: dict[tuple[Side, int], float], tick_size: Decimal) -> None:
        """Take the level sizes of a new picture; orders that are gone or have moved begin anew."""
        bounds: dict[str, tuple[Decimal, float]] = {}
        for order in orders:
            size = sizes.get((order.side, ticks_of(order.price, tick_size)))
            if order.state != "open" or size is None:
                continue
            left = float(order.quantity - order.filled)
            # Less than our own size means that the picture of the book is older than the order.
            ahead = size - left if order.age_ns >= _SETTLED_NS and size >= left else size
            before = self._bounds.get(order.client_order_id)
            if before is not None and before[0] == order.price:
                ahead = min(ahead, before[1])
            bounds[order.client_order_id] = (order.price, ahead)
        self._bounds = bounds

    def ahead(self, order: OrderRow) -> float | None:
        """The bound for an order, None while there is none."""
        bound = self._bounds.get(order.client_order_id)
        return None if bound is None or bound[0] != order.price else bound[1]


class DepthScale:
    """The size that fills a bar: a round figure that moves only when the largest size has really changed."""

    def __init__(self) -> None:
        self._full = 0.0

    def fit(self, largest: float) -> float:
        """The full size for a picture whose largest shown level is ``largest``."""
        if not _KEEP_SCALE_ABOVE * self._full <= largest <= self._full:
            self._full = nice_ceiling(largest)
        return self._full


def nice_ceiling(value: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is not below ``value``; 0 for 0.

    >>> nice_ceiling(3.2), nice_ceiling(70), nice_ceiling(0.02)
    (5.0, 100.0, 0.02)
    """
    if not value > 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((power * nice for nice in _NICE if power * nice >= value * (1 - 1e-9)), power * 10)


def ticks_of(price: Decimal, tick_size: Decimal) -> int:
    """A price of ours in ticks, to the nearest."""
    return int((price / tick_size).to_integral_value())


def bucket(ticks: int, step: int, side: Side) -> int:
    """The row that a price belongs to: bids go down to it, asks up, so that no row looks better than it is."""
    down = ticks - ticks % step
    return down if side is Side.BUY or down == ticks else down + step


def level_sizes(levels: Sequence[Level], tick_size: Decimal, side: Side, limit: int) -> dict[tuple[Side, int], float]:
    """Size by (side, ticks) of the first ``limit`` levels."""
    tick = float(tick_size)
    return {(side, round(price / tick)): size for price, size in levels[:limit]}


def own_marks(orders: Iterable[OrderRow], grid: Grid, side: Side, queues: QueueBounds) -> dict[int, OwnMark]:
    """Our orders of one side by row."""
    marks: dict[int, OwnMark] = {}
    for order in orders:
        if order.side is not side:
            continue
        at = bucket(ticks_of(order.price, grid.tick_size), grid.step, side)
        mark = OwnMark(max(order.quantity - order.filled, ZERO), order.state, order.level, 1, queues.ahead(order))
        marks[at] = _together(marks[at], mark) if at in marks else mark
    return marks


def side_rows(
    levels: Sequence[Level],
    grid: Grid,
    side: Side,
    marks: dict[int, OwnMark],
    count: int,
    *,
    totals: bool = True,
) -> SideRows:
    """The best ``count`` rows of a side; rows of ours stand in it even where the book shows nothing.

    Bars are left empty (see ``with_bars``), and totals where ``totals`` is False: a level that changes would change all
    rows behind it. Where own orders lie beyond the last row they take that row.
    """
    sizes = _bucketed(levels, float(grid.tick_size), grid.step, side, count)
    best = next(iter(sizes), None)
    nearest_first = sorted({*sizes, *marks}, reverse=side is Side.BUY)
    shown = nearest_first[:count]
    beyond = sorted((at for at in marks if at not in shown), reverse=side is Side.BUY)
    if beyond and shown:
        if shown[-1] in marks:
            beyond.insert(0, shown[-1])
        shown.pop()
    rows, total = [], 0.0
    for at in shown:
        size = sizes.get(at)
        total += (size or 0.0) if totals else 0.0
        rows.append(LadderRow(side, at, size, total, 0, marks.get(at), at == best))
    hidden = sum(marks[at].orders for at in beyond)
    return SideRows(tuple(rows), BeyondRow(side, hidden, beyond[0]) if beyond else None)


def with_bars(rows: Iterable[LadderRow], full: float, cells: int) -> list[LadderRow]:
    """The rows with their bars, ``cells`` wide for a size of ``full``; whatever is there shows at least an eighth."""
    most = cells * EIGHTHS
    if full <= 0 or most <= 0:
        return list(rows)
    return [row if not row.size else row._replace(bar=max(1, min(most, round(row.size / full * most)))) for row in rows]


def _bucketed(levels: Sequence[Level], tick: float, step: int, side: Side, count: int) -> dict[int, float]:
    """Sizes by row, best first, of as many rows as are wanted."""
    sizes: dict[int, float] = {}
    for price, size in levels:
        at = bucket(round(price / tick), step, side)
        if at in sizes:
            sizes[at] += size
        elif len(sizes) == count:
            break
        else:
            sizes[at] = size
    return sizes


def _together(one: OwnMark, other: OwnMark) -> OwnMark:
    unsettled = min(one.state, other.state, key=lambda state: _STATE_RANK.get(state, 0))
    queue = None if one.queue is None or other.queue is None else min(one.queue, other.queue)
    return OwnMark(one.left + other.left, unsettled, min(one.level, other.level), one.orders + other.orders, queue)
