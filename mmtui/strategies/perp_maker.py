"""Quote both sides of a perpetual's mid in a ladder, lean against the position held, and cut what grows too large.

The order of checks is docs/strategies/perp_maker.md: book, position, stop loss and take profit, position lines,
cool-down, prices. Whatever is unknown (book, position, balance) means no new exposure, never zero.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mmtui.core.ladder import Shape, ask_ticks, automatic_lots, bid_ticks, least_lots, rungs, share_room
from mmtui.model.instrument import Instrument
from mmtui.model.quotes import Close, Decision, Quotes, Snapshot
from mmtui.model.units import NS_PER_S, ZERO, decimal_text

TITLE = "Perpetual market maker"

_HALF_PERCENT = Decimal("0.005")
"""spread_pct is the total distance in percent: times 1/200 it is the half-spread as a fraction of mid."""

_ONE_BPS = Decimal("0.0001")
_TOLERANCE_SHARE = Decimal("0.25")
"""An order is never left further off than this share of the half-spread, whatever requote_tolerance_bps says."""

_SIZE_STEP = 10
"""An automatic quantity is kept until it has moved by more than 1/10, or every cent of balance would cost a requote."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. Quantities are in base units, amounts of money in the quote asset."""

    spread_pct: Annotated[
        Decimal,
        Meta(
            title="Spread",
            description="Total distance from the first buy to the first sell, in percent of mid; half on each side.",
            extra={"unit": "%", "exclusive_minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.1")
    quantity: Annotated[
        Decimal | None,
        Meta(
            title="Quantity",
            description="Size of each order. Empty: min(5 %, 1/(4 x orders per side)) of the quote balance.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = None
    max_orders: Annotated[
        int,
        Meta(
            title="Orders per side",
            description="How many orders stand on each side.",
            ge=1,
            le=50,
            extra={"unit": "orders", "minimum": "1", "maximum": "50"},
        ),
    ] = 3
    interval: Annotated[
        Decimal,
        Meta(
            title="Interval",
            description="Least time between two re-pricings. Fills, stops and closes act at once.",
            extra={"unit": "s", "exclusive_minimum": "0"},
        ),
    ] = Decimal(60)
    target_position: Annotated[
        Decimal,
        Meta(
            title="Tolerated position",
            description="Size that is tolerated on either side, never actively built.",
            extra={"unit": "base", "minimum": "0"},
        ),
    ] = ZERO
    max_position: Annotated[
        Decimal,
        Meta(
            title="Largest position",
            description="Cap on the position, open orders included. Above it the excess is closed at once.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = Decimal(1)
    position_threshold: Annotated[
        Decimal,
        Meta(
            title="Position threshold",
            description="Above tolerated position plus this, the excess is closed at once.",
            extra={"unit": "base", "minimum": "0"},
        ),
    ] = Decimal("0.1")
    inventory_skew: Annotated[
        Decimal,
        Meta(
            title="Inventory skew",
            description="How far prices lean against the position: half-spreads at a full position.",
            extra={"unit": "half-spreads", "minimum": "0", "maximum": "1"},
        ),
    ] = ZERO
    ladder: Annotated[
        Shape,
        Meta(
            title="Ladder",
            description="spread: one to two half-spreads from mid. tick: 1.5 x i^1.5 ticks behind the first order.",
        ),
    ] = "spread"
    stop_loss: Annotated[
        Decimal | None,
        Meta(
            title="Stop loss",
            description="Unrealised loss at which the whole position is closed. Empty: none.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    take_profit: Annotated[
        Decimal | None,
        Meta(
            title="Take profit",
            description="Unrealised profit at which the whole position is closed. Empty: none.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    requote_tolerance_bps: Annotated[
        Decimal,
        Meta(
            title="Requote tolerance",
            description="Orders this close to their new price stay, with their place in the queue.",
            extra={"unit": "bps", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.5")
    close_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Close slippage",
            description="How far beyond the touch a close may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)


class Memory(Struct, frozen=True, gc=False):
    """What the next decision needs to know of the last ones.

    ``live`` says that ``quotes`` were the last answer: after a lost book, a close or a pause they are not, and the next
    usable picture is priced at once. ``exit`` names a stop loss or take profit under way ("" for none); it stays until
    the position is gone, because closing half of a position also halves its loss. ``pause_until_ns`` is set when the
    position is gone. ``lots`` is the last automatic order size.
    """

    quotes: Quotes = Quotes()
    live: bool = False
    priced_ns: int = 0
    due_ns: int = 0
    fills: int = 0
    position: Decimal | None = None
    lots: int = 0
    exit: str = ""
    pause_until_ns: int = 0
    settings: Settings | None = None


class Picture(Struct, frozen=True, gc=False):
    """The part of a snapshot that prices are made of, every value known."""

    instrument: Instrument
    bid: Decimal
    ask: Decimal
    mid: Decimal
    position: Decimal


NO_FRESH_BOOK = Quotes(reason="no fresh book")
BOOK_CROSSED = Quotes(reason="book is crossed")
POSITION_UNKNOWN = Quotes(reason="position unknown")
STOP_LOSS = "stop loss"
TAKE_PROFIT = "take profit"

PRESETS: dict[str, dict[str, str | int]] = {
    # Only what does not depend on symbol or account: quantities, positions and amounts stay the operator's own.
    "conservative": {"spread_pct": "0.3", "max_orders": 2, "interval": "30", "inventory_skew": "0.5"},
    "beginner": {"spread_pct": "0.15", "max_orders": 1, "interval": "15", "inventory_skew": "0.25"},
    "aggressive": {"spread_pct": "0.05", "max_orders": 3, "interval": "5", "inventory_skew": "0.75"},
}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each; bounds of single fields are in their Meta."""
    faults = []
    if settings.target_position > settings.max_position:
        faults.append(
            f"target_position {settings.target_position} is above max_position {settings.max_position}: "
            "what is tolerated cannot exceed the cap; lower target_position or raise max_position"
        )
    if settings.quantity is not None and settings.quantity > settings.max_position:
        faults.append(
            f"quantity {settings.quantity} is above max_position {settings.max_position}: "
            "no order could fill whole; lower quantity or raise max_position"
        )
    return faults


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say which orders should rest now, or what to close; called on every change of the best prices."""
    bid, ask, mid, position = snapshot.best_bid, snapshot.best_ask, snapshot.mid, snapshot.position
    if bid is None or ask is None or not mid or snapshot.stale():
        return _hold(memory, NO_FRESH_BOOK)
    if bid > ask:
        return _hold(memory, BOOK_CROSSED)
    if position is None:
        return _hold(memory, POSITION_UNKNOWN)
    unchanged = (
        memory.live
        and memory.priced_ns <= snapshot.now_ns < memory.due_ns  # a clock set back re-prices too
        and position == memory.position
        and snapshot.fills == memory.fills
        and (memory.settings is settings or memory.settings == settings)
    )
    exit_due = _exit_due(settings, snapshot.unrealized_pnl)
    if unchanged and not exit_due:
        return Decision(memory.quotes, memory, None, memory.due_ns)
    picture = Picture(snapshot.instrument, bid, ask, mid, position)
    closing = _close(settings, picture, memory, exit_due)
    if closing is not None:
        return closing
    if unchanged:  # a stop that cannot act, because what is held is below the venue's minimum
        return Decision(memory.quotes, memory, None, memory.due_ns)
    memory, cooling = _cool_down(settings, snapshot, memory)
    if cooling:
        return Decision(Quotes(reason=f"cooling down after {memory.exit}"), memory, None, memory.pause_until_ns)
    return _reprice(settings, snapshot, picture, memory)


def _hold(memory: Memory, quotes: Quotes) -> Decision[Memory]:
    """Have no orders; what was quoted is void."""
    if memory.live:
        memory = msgspec.structs.replace(memory, live=False)
    return Decision(quotes, memory)


def _exit_due(settings: Settings, pnl: Decimal | None) -> str:
    if pnl is None:
        return ""
    if settings.stop_loss is not None and pnl <= -settings.stop_loss:
        return STOP_LOSS
    if settings.take_profit is not None and pnl >= settings.take_profit:
        return TAKE_PROFIT
    return ""


def _close(settings: Settings, picture: Picture, memory: Memory, exit_due: str) -> Decision[Memory] | None:
    """The close that is wanted, if any. Quotes are empty meanwhile: nothing may rest against a reduce-only close."""
    instrument, position = picture.instrument, picture.position
    size = abs(position)
    least = least_lots(instrument)
    under_way = memory.exit if not memory.pause_until_ns else ""
    exit_reason = under_way or exit_due
    if exit_reason and size // instrument.lot_size >= least:
        memory = msgspec.structs.replace(memory, live=False, exit=exit_reason, pause_until_ns=0)
        reason = f"{exit_reason}: closing the position"
        return Decision(Quotes(reason=reason), memory, Close(ZERO, reason, settings.close_slippage_bps))
    for line, reason in (
        (settings.max_position, "closing to max_position"),
        (settings.target_position + settings.position_threshold, "closing to target + threshold"),
    ):
        if size > line and (size - line) // instrument.lot_size >= least:
            target = line if position > ZERO else -line
            held = _hold(memory, Quotes(reason=reason))
            return Decision(held.quotes, held.memory, Close(target, reason, settings.close_slippage_bps))
    return None


def _cool_down(settings: Settings, snapshot: Snapshot, memory: Memory) -> tuple[Memory, bool]:
    """After a stop loss or take profit, hold still for one interval; True while it lasts."""
    if not memory.exit:
        return memory, False
    now, interval_ns = snapshot.now_ns, _interval_ns(settings)
    until = memory.pause_until_ns or now + interval_ns
    if 0 < until - now <= interval_ns:  # longer than an interval: the clock was set back, or the interval shortened
        if until != memory.pause_until_ns:
            memory = msgspec.structs.replace(memory, live=False, pause_until_ns=until)
        return memory, True
    return msgspec.structs.replace(memory, exit="", pause_until_ns=0), False


def _interval_ns(settings: Settings) -> int:
    return int(settings.interval * NS_PER_S) or 1


def _reprice(settings: Settings, snapshot: Snapshot, picture: Picture, memory: Memory) -> Decision[Memory]:
    each, fault = _lots_each(settings, snapshot, picture, memory)
    if fault:
        quotes = Quotes(reason=fault)
    else:
        blind = settings.stop_loss is not None and snapshot.unrealized_pnl is None
        quotes = _quotes(settings, picture, each, reduce_only=blind and bool(picture.position))
    now = snapshot.now_ns
    priced = Memory(
        quotes,
        live=True,
        priced_ns=now,
        due_ns=now + _interval_ns(settings),
        fills=snapshot.fills,
        position=picture.position,
        lots=each if settings.quantity is None else 0,
        settings=settings,
    )
    return Decision(quotes, priced, None, priced.due_ns)


def _lots_each(settings: Settings, snapshot: Snapshot, picture: Picture, memory: Memory) -> tuple[int, str]:
    """Size of one order in lots, or why there can be none."""
    instrument = picture.instrument
    least = least_lots(instrument)
    if settings.quantity is not None:
        lots = int(settings.quantity // instrument.lot_size)
        if lots >= least:
            return lots, ""
        minimum = decimal_text(least * instrument.lot_size)
        return 0, f"quantity {decimal_text(settings.quantity)} is below the minimum {minimum}"
    if snapshot.quote_total is None:
        return 0, "quote balance unknown"
    lots = automatic_lots(instrument, snapshot.quote_total, picture.mid, settings.max_orders)
    if abs(lots - memory.lots) * _SIZE_STEP <= memory.lots:
        lots = memory.lots
    return max(least, lots), ""


def _quotes(settings: Settings, picture: Picture, each: int, *, reduce_only: bool) -> Quotes:
    """Both sides of the ladder, as much of it as max_position leaves room for."""
    instrument, position, levels = picture.instrument, picture.position, settings.max_orders
    lot, cap = instrument.lot_size, settings.max_position
    bid_room, ask_room = int((cap - position) // lot), int((cap + position) // lot)
    if reduce_only:
        bid_room, ask_room = int(-position // lot), int(position // lot)
    least = least_lots(instrument)
    bid_lots = share_room(levels, each, bid_room, least)
    ask_lots = share_room(levels, each, ask_room, least)
    half = picture.mid * settings.spread_pct * _HALF_PERCENT
    at_bid, at_ask = _ladders(settings, picture, half)
    bids, asks = rungs(instrument, at_bid, bid_lots), rungs(instrument, at_ask, ask_lots)
    notes = []
    if reduce_only:
        notes.append("PnL unknown, reducing only")
    elif min(bid_room, ask_room) < each * levels:
        limited = [side for side, room in (("bids", bid_room), ("asks", ask_room)) if room < each * levels]
        notes.append(f"max_position limits {' and '.join(limited)}")
    if len(at_bid) < len(bid_lots):
        notes.append("bids below one tick left out")
    if len(bids) < min(len(at_bid), len(bid_lots)) or len(asks) < len(ask_lots):
        notes.append(f"orders below the minimum notional {decimal_text(instrument.min_notional)} left out")
    if not bids and not asks:
        return Quotes(reason="; ".join(notes))
    load = float(position) / float(cap)
    notes.insert(0, f"quoting {len(bids)}x{len(asks)} around {decimal_text(picture.mid)}, load {load:+z.2f}")
    tolerance = min(picture.mid * settings.requote_tolerance_bps * _ONE_BPS, half * _TOLERANCE_SHARE)
    return Quotes(bids, asks, "; ".join(notes), price_tolerance=tolerance)


def _ladders(settings: Settings, picture: Picture, half: Decimal) -> tuple[list[int], list[int]]:
    """Prices of both sides in ticks, leaning against the position, never at or through the opposite touch.

    offset = inventory_skew * half-spread * position / max_position. Everything is multiplied by max_position instead of
    dividing by it, so that the only rounding is the one onto the grid.
    """
    instrument, centre, position = picture.instrument, picture.mid, picture.position
    tick, shape, levels = instrument.tick_size, settings.ladder, settings.max_orders
    whole, rest = divmod(picture.ask, tick)
    highest = int(whole) if rest else int(whole) - 1
    lowest = int(picture.bid // tick) + 1
    cap = settings.max_position
    if settings.inventory_skew and abs(position) >= instrument.min_quantity:
        held = max(-cap, min(cap, position))
        centre = centre * cap - settings.inventory_skew * half * held
        half, tick = half * cap, tick * cap
    bids = bid_ticks(shape, levels, centre - half, half, tick, highest)
    return bids, ask_ticks(shape, levels, centre + half, half, tick, lowest)
