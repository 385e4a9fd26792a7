"""What a strategy wants against what lives on the venue, level by level, and why a level is not there."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.units import BPS, NS_PER_S, ZERO, Side
from mmtui.views.board import OrderRow, StrategyRow

LIVE: Final = "live"
"""Rests where it is wanted."""
KEPT: Final = "kept"
"""Rests near to where it is wanted; moving it is not worth its place in the queue."""
MISSING: Final = "missing"
"""Wanted, and not there."""
LEAVING: Final = "leaving"
"""Rests, and is no longer wanted."""
CLOSING: Final = "closing"
"""Reduces the position; no quote."""

_LEVEL: Final = re.compile(r"(buy|sell) level (\d+): (.*)", re.DOTALL)
_UNDER_WAY: Final = ("new", "sent", "amend_sent", "cancel_sent", "unknown")


class QuoteLine(NamedTuple):
    """One level of one side. Prices and quantities are None where there is none; ``why`` is the engine's English.

    ``state`` is LIVE, KEPT, MISSING, LEAVING, CLOSING or the order state's value; ``age_s`` since it was sent;
    ``distance_bps`` of the live price from mid, else of the wanted one, positive on the passive side of mid.
    """

    strategy: str
    side: Side
    level: int
    wanted_price: Decimal | None
    wanted: Decimal | None
    price: Decimal | None
    left: Decimal | None
    state: str
    age_s: int | None
    distance_bps: float | None
    why: str


class Reasons(NamedTuple):
    """Why something wanted is not quoted: by (side, level), and what concerns no single level."""

    levels: dict[tuple[Side, int], str]
    general: tuple[str, ...]


def reasons_of(why_not: Iterable[str]) -> Reasons:
    """Sort the engine's reasons by level."""
    levels: dict[tuple[Side, int], str] = {}
    general = []
    for text in why_not:
        found = _LEVEL.fullmatch(text)
        if found is None:
            general.append(text)
        else:
            levels[Side(found[1]), int(found[2])] = found[3]
    return Reasons(levels, tuple(general))


def quote_lines(row: StrategyRow) -> list[QuoteLine]:
    """The levels of one strategy as in the ladder: sells from the farthest down to the nearest, then buys."""
    reasons = reasons_of(row.why_not)
    lines: list[QuoteLine] = []
    for side in (Side.SELL, Side.BUY):
        # Nearest first, as the engine numbers the levels, whatever the order on the Board.
        wanted = sorted(
            (rung for rung in row.wanted if rung.side is side), key=lambda rung: rung.price, reverse=side is Side.BUY
        )
        orders = [order for order in row.orders if order.side is side]
        quotes = {order.level: order for order in orders if not order.reduce_only}
        levels = range(max([len(wanted), *(level + 1 for level in quotes), *_levels(reasons, side)]))
        of_side = []
        for level in levels:
            rung = wanted[level] if level < len(wanted) else None
            order, why = quotes.get(level), reasons.levels.get((side, level), "")
            if rung is None and order is None and not why:
                continue
            prices = (None, None) if rung is None else (rung.price, rung.quantity)
            of_side.append(_line(row, side, level, prices, order, why))
        of_side += [
            _line(row, side, order.level, (None, None), order, "")
            for order in orders
            if order is not quotes.get(order.level)
        ]
        lines += reversed(of_side) if side is Side.SELL else of_side
    return lines


class Tally(NamedTuple):
    """One side in short: levels that rest, levels wanted, distance of the nearest resting order from mid."""

    resting: int
    wanted: int
    nearest_bps: float | None


def tally(lines: Sequence[QuoteLine], side: Side) -> Tally:
    """Count one side of ``quote_lines``."""
    of_side = [line for line in lines if line.side is side and line.state != CLOSING]
    resting = [line for line in of_side if line.state in {LIVE, KEPT}]
    distances = [line.distance_bps for line in resting if line.distance_bps is not None]
    wanted = sum(1 for line in of_side if line.wanted_price is not None)
    return Tally(len(resting), wanted, min(distances, default=None))


def _levels(reasons: Reasons, side: Side) -> list[int]:
    return [level + 1 for named, level in reasons.levels if named is side]


def _line(
    row: StrategyRow,
    side: Side,
    level: int,
    wanted: tuple[Decimal | None, Decimal | None],
    order: OrderRow | None,
    why: str,
) -> QuoteLine:
    price = wanted[0] if order is None else order.price
    distance = None
    if price is not None and row.mid:
        distance = round(float((row.mid - price) * side.sign * BPS / row.mid), 1)
    return QuoteLine(
        row.name,
        side,
        level,
        *wanted,
        None if order is None else order.price,
        None if order is None else max(order.quantity - order.filled, ZERO),
        _state(order, wanted[0], row.tick_size),
        None if order is None else order.age_ns // NS_PER_S,
        distance,
        why,
    )


def _state(order: OrderRow | None, wanted_price: Decimal | None, tick_size: Decimal) -> str:
    if order is None:
        return MISSING
    if order.state in _UNDER_WAY:
        return order.state
    if order.reduce_only:
        return CLOSING
    if wanted_price is None:
        return LEAVING
    return LIVE if abs(order.price - wanted_price) < tick_size else KEPT
