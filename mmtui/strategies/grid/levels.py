"""The arithmetic of a grid: its levels, and what rests at them for a given position.

Two neighbouring levels are a cell. A cell holds nothing and buys at its lower level, or holds one quantity and sells it
at its upper level. The price passes levels in order, so the cells that hold are always the uppermost ones, and what
rests follows from the position alone: no fill has to be remembered, none can be missed or counted twice, and an order
that has gone without filling is simply still wanted.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument
from mmtui.model.quotes import Quote
from mmtui.model.units import ONE, ZERO

Spacing = Literal["arithmetic", "geometric"]
Direction = Literal["neutral", "long", "short"]


class Grid(Struct, frozen=True, gc=False):
    """Levels on the tick grid, rising; ``quantity`` of each cell; ``base`` is what was held when the grid began.

    ``buying`` is how many of the lowest cells bought at the begin; those above them sold.
    """

    levels: tuple[Decimal, ...]
    quantity: Decimal
    base: Decimal
    buying: int

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self.levels) - 1


def levels_between(
    instrument: Instrument, lower: Decimal, upper: Decimal, count: int, spacing: Spacing
) -> tuple[Decimal, ...]:
    """``count`` levels from ``lower`` to ``upper``, rounded to the nearest tick; equal ones fall together.

    arithmetic: equal steps (upper - lower) / (count - 1). geometric: equal ratios (upper / lower) ** (1 / (count - 1)).
    """
    gaps = count - 1
    found: list[Decimal] = []
    for index in range(count):
        if spacing == "arithmetic":
            price = lower + (upper - lower) * index / gaps
        else:
            price = lower * (upper / lower) ** (Decimal(index) / gaps)
        price = round(price / instrument.tick_size) * instrument.tick_size
        if price > 0 and (not found or price > found[-1]):
            found.append(price)
    return tuple(found)


def buying_cells(levels: tuple[Decimal, ...], price: Decimal) -> int:
    """How many cells buy at first: those below the level that is nearest to the price, which itself stays empty."""
    nearest = min(range(len(levels)), key=lambda index: (abs(levels[index] - price), index))
    return min(nearest, len(levels) - 1)


def one_sided(levels: tuple[Decimal, ...], buying: int, direction: Direction) -> tuple[tuple[Decimal, ...], int]:
    """The levels that a grid of this direction uses: a long one only buys to open, a short one only sells to open."""
    if direction == "long":
        return levels[: buying + 1], buying
    if direction == "short":
        return levels[buying:], 0
    return levels, buying


def resting(grid: Grid, instrument: Instrument, position: Decimal) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """(bids, asks) for a position, best first: each cell buys what it lacks and sells what it has."""
    quantity, cells = grid.quantity, grid.cells
    held = position - grid.base + quantity * (cells - grid.buying)
    least = least_lots(instrument) * instrument.lot_size
    bids: list[Quote] = []
    asks: list[Quote] = []
    for index in range(cells):
        has = min(max(held - quantity * (cells - 1 - index), ZERO), quantity)
        buys, sells = instrument.quantity_down(quantity - has), instrument.quantity_down(has)
        if _worth_it(instrument, grid.levels[index], buys, least):
            bids.append(Quote(grid.levels[index], buys))
        if _worth_it(instrument, grid.levels[index + 1], sells, least):
            asks.append(Quote(grid.levels[index + 1], sells))
    bids.reverse()
    return tuple(bids), tuple(asks)


def _worth_it(instrument: Instrument, price: Decimal, quantity: Decimal, least: Decimal) -> bool:
    return quantity >= least and instrument.notional(price, quantity) >= instrument.min_notional


def within(quotes: tuple[Quote, ...], room: Decimal, least: Decimal) -> tuple[Quote, ...]:
    """The quotes, best first, that together fit into ``room``; the last one is shrunk, one below ``least`` falls."""
    kept = []
    for quote in quotes:
        fits = min(quote.quantity, room)
        if fits < least:
            break
        kept.append(Quote(quote.price, fits))
        room -= fits
    return tuple(kept)


def cell_profit(grid: Grid, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """(least, largest) quote profit of one round trip through a cell after maker fees on both sides."""
    rate = instrument.maker_fee_bps / Decimal(10_000)
    profits = [
        instrument.multiplier * grid.quantity * (upper * (ONE - rate) - lower * (ONE + rate))
        for lower, upper in zip(grid.levels, grid.levels[1:], strict=False)
    ]
    return min(profits), max(profits)
