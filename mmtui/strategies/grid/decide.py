"""Buy at each level below the price, sell at each above it, and earn the distance between two levels again and again.

On spot and on perpetuals. The order of checks is docs/strategies/grid.md. What rests follows from the position alone
(levels.py). Nothing is borrowed; the range is never left open: below it nothing more is bought, above it nothing more
is sold.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quotes, Snapshot
from mmtui.model.units import NS_PER_S, ONE, ZERO, decimal_text
from mmtui.strategies.grid.levels import (
    Direction,
    Grid,
    Spacing,
    buying_cells,
    cell_profit,
    levels_between,
    one_sided,
    resting,
    within,
)

TITLE = "Grid"

_PCT = Decimal("0.01")
_SPOT_SHARE = Decimal("0.95")
_PERP_SHARE = Decimal("0.8")
LEAST_LEVELS = 2


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. Prices and amounts are in the quote asset, quantities in base units."""

    grid_upper: Annotated[
        Decimal | None,
        Meta(
            title="Upper price",
            description="The highest level. Empty: the range around the price at the start.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    grid_lower: Annotated[
        Decimal | None,
        Meta(
            title="Lower price",
            description="The lowest level. Empty: the range around the price at the start.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    price_range_pct: Annotated[
        Decimal,
        Meta(
            title="Range",
            description="Where no prices are given: so far below and above the price at the start.",
            extra={"unit": "%", "exclusive_minimum": "0", "maximum": "90"},
        ),
    ] = Decimal(5)
    grid_num: Annotated[
        int,
        Meta(
            title="Levels",
            description="How many levels there are, both ends included.",
            ge=2,
            le=200,
            extra={"unit": "levels", "minimum": "2", "maximum": "200"},
        ),
    ] = 10
    spacing: Annotated[
        Spacing,
        Meta(title="Spacing", description="arithmetic: equal distances. geometric: equal percentages."),
    ] = "arithmetic"
    quantity: Annotated[
        Decimal | None,
        Meta(
            title="Quantity",
            description="Size of each level. Empty: from the balances, spot 95 %, perpetual 80 %.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = None
    direction: Annotated[
        Direction,
        Meta(
            title="Direction",
            description="neutral: both sides. long: opens by buying only. short: opens by selling only (perpetuals).",
        ),
    ] = "neutral"
    max_position: Annotated[
        Decimal | None,
        Meta(
            title="Largest position",
            description="Cap on what is held, open orders included. Empty: what the levels add up to.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = None
    stop_loss: Annotated[
        Decimal | None,
        Meta(
            title="Stop loss",
            description="Unrealised loss at which all is closed. Empty: none.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    take_profit: Annotated[
        Decimal | None,
        Meta(
            title="Take profit",
            description="Unrealised profit at which all is closed. Empty: none.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    cool_down: Annotated[
        Decimal,
        Meta(
            title="Cool-down",
            description="Rest after an exit, before a new grid begins (only where the range is automatic).",
            extra={"unit": "s", "minimum": "0"},
        ),
    ] = Decimal(60)
    close_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Close slippage",
            description="How far beyond the touch a close may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)


class Memory(Struct, frozen=True, gc=False):
    """The grid in force (None before the first), the exit under way ("" for none) and how long to rest."""

    grid: Grid | None = None
    exit: str = ""
    cool_until_ns: int = 0
    settings: Settings | None = None


PRESETS: dict[str, dict[str, str | int]] = {
    "conservative": {"price_range_pct": "10", "grid_num": 10},
    "beginner": {"price_range_pct": "5", "grid_num": 8},
    "aggressive": {"price_range_pct": "3", "grid_num": 20},
}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each; bounds of single fields are in their Meta."""
    faults = []
    lower, upper = settings.grid_lower, settings.grid_upper
    if (lower is None) != (upper is None):
        faults.append("grid_lower and grid_upper belong together: give both, or neither for an automatic range")
    elif lower is not None and upper is not None and lower >= upper:
        faults.append(f"grid_lower {lower} is not below grid_upper {upper}: exchange them")
    if (
        settings.quantity is not None
        and settings.max_position is not None
        and settings.quantity > settings.max_position
    ):
        faults.append(
            f"quantity {settings.quantity} is above max_position {settings.max_position}: no level could fill whole; "
            "lower quantity or raise max_position"
        )
    return faults


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say what should rest now, or that all must be closed; called on every change of the best prices."""
    mid, position, instrument = snapshot.mid, snapshot.position, snapshot.instrument
    if mid is None or not mid or snapshot.stale():
        return Decision(Quotes(reason="no fresh book"), memory)
    if position is None:
        return Decision(Quotes(reason="position unknown"), memory)
    if settings.direction == "short" and instrument.market_type is MarketType.SPOT:
        return Decision(Quotes(reason='direction "short" needs a perpetual market'), memory)
    memory = _exit_begins(settings, snapshot, memory)
    if memory.exit and memory.grid is not None:
        return _leave(settings, snapshot, position, memory)
    if memory.exit:
        if settings.grid_lower is not None:
            reason = f"finished by {memory.exit}; the range is fixed, so no new grid begins"
            return Decision(Quotes(reason=reason), memory, finished=reason)
        if snapshot.now_ns < memory.cool_until_ns:
            return Decision(Quotes(reason=f"cooling down after {memory.exit}"), memory, None, memory.cool_until_ns)
        memory = msgspec.structs.replace(memory, exit="")
    if memory.grid is None or memory.settings != settings:
        found = begin(settings, snapshot, mid, position)
        if isinstance(found, str):
            return Decision(Quotes(reason=found), memory)
        memory = Memory(grid=found, settings=settings)
    assert memory.grid is not None  # noqa: S101 - just made, for mypy
    return Decision(_quotes(settings, memory.grid, instrument, position, mid), memory)


def begin(settings: Settings, snapshot: Snapshot, mid: Decimal, position: Decimal) -> Grid | str:
    """A new grid around the price of now, or in words why there can be none."""
    lower, upper = settings.grid_lower, settings.grid_upper
    if lower is None or upper is None:
        lower, upper = mid * (ONE - settings.price_range_pct * _PCT), mid * (ONE + settings.price_range_pct * _PCT)
    levels = levels_between(snapshot.instrument, lower, upper, settings.grid_num, settings.spacing)
    if len(levels) < LEAST_LEVELS:
        return "the range is narrower than one tick"
    levels, buying = one_sided(levels, buying_cells(levels, mid), settings.direction)
    if len(levels) < LEAST_LEVELS:
        return f"price {decimal_text(mid)} is outside the range: a {settings.direction} grid has no level to open at"
    quantity = _quantity(settings, snapshot, levels, buying)
    if isinstance(quantity, str):
        return quantity
    return Grid(levels, quantity, position, buying)


def _quantity(settings: Settings, snapshot: Snapshot, levels: tuple[Decimal, ...], buying: int) -> Decimal | str:
    """Size of one level, given or from the balances; in words why it is none."""
    instrument = snapshot.instrument
    least = least_lots(instrument) * instrument.lot_size
    sells = len(levels) - 1 - buying
    if settings.quantity is not None:
        quantity = instrument.quantity_down(settings.quantity)
    elif snapshot.quote_total is None:
        return "quote balance unknown"
    elif instrument.market_type is MarketType.PERP:
        quantity = snapshot.quote_total * _PERP_SHARE / (len(levels) * levels[-1] * instrument.multiplier)
    else:
        quantity = snapshot.quote_total * _SPOT_SHARE / (max(buying, 1) * levels[buying])
        if sells:
            if snapshot.base_total is None:
                return "base balance unknown"
            quantity = (
                min(quantity, snapshot.base_total * _SPOT_SHARE / sells)
                if buying
                else (snapshot.base_total * _SPOT_SHARE / sells)
            )
    quantity = instrument.quantity_down(quantity)
    if quantity < least:
        return f"a level of {decimal_text(quantity)} is below the minimum {decimal_text(least)}"
    if instrument.notional(levels[0], quantity) < instrument.min_notional:
        return (
            f"a level of {decimal_text(quantity)} is below the minimum notional {decimal_text(instrument.min_notional)}"
        )
    return quantity


def _quotes(settings: Settings, grid: Grid, instrument: Instrument, position: Decimal, mid: Decimal) -> Quotes:
    """All levels, as far as max_position leaves room."""
    wanted = bids, asks = resting(grid, instrument, position)
    least = least_lots(instrument) * instrument.lot_size
    cap = settings.max_position
    if cap is not None:
        bids = within(bids, cap - position, least)
    if instrument.market_type is MarketType.SPOT:
        asks = within(asks, position, least)  # nothing is borrowed
    elif cap is not None:
        asks = within(asks, cap + position, least)
    notes = []
    if (bids, asks) != wanted:
        notes.append("what is held or max_position limits the grid")
    if mid < grid.levels[0]:
        notes.append("the price is below the grid")
    elif mid > grid.levels[-1]:
        notes.append("the price is above the grid")
    low, high = cell_profit(grid, instrument)
    if low <= 0:
        notes.append(
            f"the fees eat the step: {decimal_text(low.quantize(_PCT))} to {decimal_text(high.quantize(_PCT))} a cell"
        )
    notes.insert(0, f"grid of {len(grid.levels)} levels, {len(bids)} buy, {len(asks)} sell")
    return Quotes(bids, asks, "; ".join(notes))


def _exit_begins(settings: Settings, snapshot: Snapshot, memory: Memory) -> Memory:
    """Remember a stop loss or take profit until all is closed: closing half of it also halves its loss."""
    pnl = snapshot.unrealized_pnl
    if memory.exit or memory.grid is None or pnl is None:
        return memory
    if settings.stop_loss is not None and pnl <= -settings.stop_loss:
        return msgspec.structs.replace(memory, exit="stop loss")
    if settings.take_profit is not None and pnl >= settings.take_profit:
        return msgspec.structs.replace(memory, exit="take profit")
    return memory


def _leave(settings: Settings, snapshot: Snapshot, position: Decimal, memory: Memory) -> Decision[Memory]:
    """Close what the grid has opened; a perpetual to nothing, spot to what was held before."""
    assert memory.grid is not None  # noqa: S101 - the caller has looked
    instrument = snapshot.instrument
    target = ZERO if instrument.market_type is MarketType.PERP else memory.grid.base
    reason = f"{memory.exit}: closing the grid"
    if _can_close(instrument, position, target):
        return Decision(Quotes(reason=reason), memory, Close(target, reason, settings.close_slippage_bps))
    until_ns = snapshot.now_ns + int(settings.cool_down * NS_PER_S)
    rested = msgspec.structs.replace(memory, grid=None, cool_until_ns=until_ns)
    return Decision(Quotes(reason=f"cooling down after {memory.exit}"), rested, None, snapshot.now_ns + 1)


def _can_close(instrument: Instrument, position: Decimal, target: Decimal) -> bool:
    """Whether a reduce-only order can bring the position nearer to its target; spot never buys back what it sold."""
    left = position - target
    if instrument.market_type is MarketType.SPOT and left < 0:
        return False
    return abs(left) // instrument.lot_size >= least_lots(instrument)
