"""Ladders: where a strategy's orders stand on each side, in whole ticks, and how large they are, in whole lots.

Two shapes are known. ``spread``: the first order stands one half-spread from the centre, the last two, the others
evenly between them. ``tick``: order i (from 0) stands 1.5 * i**1.5 ticks behind the first. Buys round down and sells
round up, so rounding never narrows a spread; an order that would fall on the one before it moves one tick further out.

``first``, ``half`` and ``tick`` below may be multiplied by any common factor: only their ratios count. A caller whose
price contains a fraction multiplies through by its divisor, and nothing is rounded before the grid.
"""

from decimal import Decimal
from math import isqrt
from typing import Literal

from mmtui.model.instrument import Instrument
from mmtui.model.quotes import Quote

Shape = Literal["spread", "tick"]

LARGEST_SHARE_DIVISOR = 20
"""No automatic order takes more than 1/20 (5 %) of the balance."""

ORDERS_SHARE_DIVISOR = 4
"""All automatic orders of one side together take at most 1/4 of the balance."""


def tick_offset(index: int) -> int:
    """Ticks between order 0 and order ``index`` of the ``tick`` shape: 1.5 * index**1.5, rounded up."""
    # ceil(sqrt(9 i^3 / 4)) in integers: the float of 1.5 * i**1.5 may fall on the wrong side of a whole number.
    square = (9 * index**3 + 3) // 4
    return isqrt(square - 1) + 1 if square else 0


def bid_ticks(shape: Shape, levels: int, first: Decimal, half: Decimal, tick: Decimal, highest: int) -> list[int]:
    """Prices of the buys in ticks, best first, strictly falling, none above ``highest`` and none below one tick.

    Args:
        shape: ``spread`` or ``tick``.
        levels: how many orders.
        first: price of the first buy before rounding.
        half: half of the total spread, as a price.
        tick: the price step.
        highest: the last tick that does not touch the best sell.
    """
    gaps = levels - 1 or 1
    if gaps > 1:
        first, tick = first * gaps, tick * gaps
    previous = highest + 1
    ticks: list[int] = []
    for index in range(levels):
        if shape == "spread" or not ticks:
            at = int((first - half * index if index else first) // tick)
        else:
            at = ticks[0] - tick_offset(index)
        if at >= previous:
            at = previous - 1
        if at < 1:
            break
        ticks.append(at)
        previous = at
    return ticks


def ask_ticks(shape: Shape, levels: int, first: Decimal, half: Decimal, tick: Decimal, lowest: int) -> list[int]:
    """Prices of the sells in ticks, best first, strictly rising, none below ``lowest``; see ``bid_ticks``."""
    gaps = levels - 1 or 1
    if gaps > 1:
        first, tick = first * gaps, tick * gaps
    previous = lowest - 1
    ticks: list[int] = []
    for index in range(levels):
        if shape == "spread" or not ticks:
            whole, rest = divmod(first + half * index if index else first, tick)
            at = int(whole) + 1 if rest else int(whole)
        else:
            at = ticks[0] + tick_offset(index)
        if at <= previous:
            at = previous + 1
        ticks.append(at)
        previous = at
    return ticks


def least_lots(instrument: Instrument) -> int:
    """The smallest order quantity the venue takes, in lots: its minimum rounded up to the grid, at least one lot."""
    whole, rest = divmod(instrument.min_quantity, instrument.lot_size)
    lots = int(whole) + 1 if rest else int(whole)
    return max(1, lots)


def automatic_lots(instrument: Instrument, balance: Decimal, price: Decimal, levels: int) -> int:
    """Lots of one order when no quantity is given: min(5 %, 1/(4 * levels)) of ``balance`` (quote), rounded down."""
    divisor = max(LARGEST_SHARE_DIVISOR, ORDERS_SHARE_DIVISOR * levels)
    return int(balance // (instrument.notional(price, instrument.lot_size) * divisor))


def share_room(levels: int, each: int, room: int, least: int) -> list[int]:
    """Sizes in lots, nearest order first, that together fit into ``room``: the last is shrunk, too small falls."""
    sizes: list[int] = []
    for _ in range(levels):
        size = min(each, room)
        if size < least:
            break
        sizes.append(size)
        room -= size
    return sizes


def rungs(instrument: Instrument, ticks: list[int], lots: list[int]) -> tuple[Quote, ...]:
    """Quotes from ticks and lots, pairwise until one list ends; what is below the minimum notional is left out."""
    tick, lot, least = instrument.tick_size, instrument.lot_size, instrument.min_notional
    quotes = [Quote(at * tick, size * lot) for at, size in zip(ticks, lots, strict=False)]
    if least:
        quotes = [quote for quote in quotes if instrument.notional(quote.price, quote.quantity) >= least]
    return tuple(quotes)
