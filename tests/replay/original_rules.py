"""The published rules of two reference bots, their habits included, as strategies: what mmtui is measured against.

They run through the same engine, on the same data, with the same fill model as ours; only the rules differ. What the
originals do on the wire (cancel all, sleep, place all) is said in quotes: none for as long as they slept, then the new
ones. An order of theirs that has filled stays away until their next round, so the fixtures keep count of what was hung
and take away what was filled. Market orders are IOCs, asked for again until they have done.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from mmtui.model.quotes import Decision, Quote, Quotes, Snapshot, Take
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO

SLEEP_NS = NS_PER_S
"""Both bots sleep a second between cancelling and placing."""

_FAR = Decimal("0.0003")
"""How far beyond mid a market order is let go: all that its size needs here, and not as far as the bot's own quotes."""


class Hung(Struct, frozen=True, gc=False):
    """What a bot believes to rest, and has seen of fills. ``closing`` is the position a market order aims at."""

    bids: tuple[Quote, ...] = ()
    asks: tuple[Quote, ...] = ()
    position: Decimal = ZERO
    closing: Decimal | None = None
    next_ns: int = 0
    placing: bool = False
    started: bool = False


def _seen(memory: Hung, position: Decimal) -> Hung:
    """Take away the orders that the change of position explains; a market order's own change explains nothing."""
    change = position - memory.position
    if not change:
        return memory
    bids, asks = memory.bids, memory.asks
    toward = memory.closing is not None and (memory.closing - memory.position) * change > 0
    if not toward:
        bids = _without(bids, change)
        asks = _without(asks, -change)
    closing = None if position == memory.closing else memory.closing
    return msgspec.structs.replace(memory, bids=bids, asks=asks, position=position, closing=closing)


def _without(quotes: tuple[Quote, ...], filled: Decimal) -> tuple[Quote, ...]:
    """The quotes that are left when so much was filled, the best first; a part that is left keeps resting."""
    left = []
    for quote in quotes:
        gone = min(max(filled, ZERO), quote.quantity)
        filled -= gone
        if quote.quantity > gone:
            left.append(Quote(quote.price, quote.quantity - gone))
    return tuple(left)


def _answer(memory: Hung, snapshot: Snapshot, reason: str) -> Decision[Hung]:
    take = None
    if memory.closing is not None and snapshot.position is not None and snapshot.mid is not None:
        away = ONE + _FAR if memory.closing > snapshot.position else ONE - _FAR
        take = Take(memory.closing, snapshot.mid * away, reason)
    return Decision(Quotes(memory.bids, memory.asks, reason), memory, None, memory.next_ns, take)


# ---------------------------------------------------------------------------------------------------- R0


class R0Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The flags of R0's perpetual maker. Quantities in base units, ``interval`` in seconds."""

    spread_pct: Decimal
    quantity: Decimal
    max_orders: int = 2
    interval: Decimal = Decimal(10)
    target_position: Decimal = ZERO
    max_position: Decimal = Decimal(1)
    position_threshold: Decimal = Decimal("0.1")


def decide_r0(settings: R0Settings, snapshot: Snapshot, memory: Hung) -> Decision[Hung]:
    """Each interval: close down to the position lines by market, cancel all, place the ladder around mid.

    Spread ladder, both sides always quoted; skew is 0 as in its published command line (its skew is a fraction of the
    price, which no venue with post-only would take).
    """
    mid, position, now = snapshot.mid, snapshot.position, snapshot.now_ns
    if position is None or mid is None:
        return _answer(memory, snapshot, "R0: no price")
    memory = _seen(memory, position)
    if now < memory.next_ns:
        return _answer(memory, snapshot, "R0: asleep")
    if not memory.placing:
        closing = _beyond_the_lines(settings, snapshot, position)
        asleep = msgspec.structs.replace(
            memory, bids=(), asks=(), closing=closing, placing=True, next_ns=now + SLEEP_NS
        )
        return _answer(asleep, snapshot, "R0: all cancelled")
    half = mid * settings.spread_pct / 200
    distances = [half * (ONE + _step(level, settings.max_orders)) for level in range(settings.max_orders)]
    bids = tuple(Quote(mid - distance, settings.quantity) for distance in distances)
    asks = tuple(Quote(mid + distance, settings.quantity) for distance in distances)
    due = now + int(settings.interval * NS_PER_S)
    placed = msgspec.structs.replace(memory, bids=bids, asks=asks, closing=None, placing=False, next_ns=due)
    return _answer(placed, snapshot, "R0: ladder placed")


def _step(level: int, levels: int) -> Decimal:
    return Decimal(level) / Decimal(levels - 1) if level else ZERO


def _beyond_the_lines(settings: R0Settings, snapshot: Snapshot, position: Decimal) -> Decimal | None:
    """Where the market order brings the position, None where it may stay."""
    size = abs(position)
    for line in (settings.max_position, settings.target_position + settings.position_threshold):
        if size > line and size - line >= snapshot.instrument.min_quantity:
            return line if position > 0 else -line
    return None


# ---------------------------------------------------------------------------------------------------- R3


class R3Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The environment of R3 at a balance above its first threshold."""

    quantity: Decimal
    target_bps: Decimal = Decimal("7.5")
    min_bps: Decimal = Decimal(7)
    max_bps: Decimal = Decimal(10)


def decide_r3(settings: R3Settings, snapshot: Snapshot, memory: Hung) -> Decision[Hung]:
    """Every half second: close any position by market; if an order has left its band, cancel both and place both.

    An order that has filled is not missed (defect 1): the side stays empty until the other order leaves its band, and
    with both filled nothing is placed again.
    """
    position, now = snapshot.position, snapshot.now_ns
    price = snapshot.mark if snapshot.mark is not None else snapshot.mid
    if position is None or price is None:
        return _answer(memory, snapshot, "R3: no price")
    memory = _seen(memory, position)
    if now < memory.next_ns:
        return _answer(memory, snapshot, "R3: asleep")
    if memory.placing:
        away = settings.target_bps / BPS
        placed = msgspec.structs.replace(
            memory,
            bids=(Quote(price * (ONE - away), settings.quantity),),
            asks=(Quote(price * (ONE + away), settings.quantity),),
            placing=False,
            started=True,
            next_ns=now + SLEEP_NS,
        )
        return _answer(placed, snapshot, "R3: both placed")
    if position:
        closing = msgspec.structs.replace(memory, closing=ZERO, next_ns=now + NS_PER_S)
        return _answer(closing, snapshot, "R3: closing by market")
    if not memory.started or any(_left_its_band(settings, quote, price) for quote in (*memory.bids, *memory.asks)):
        cancelled = msgspec.structs.replace(memory, bids=(), asks=(), placing=True, next_ns=now + SLEEP_NS)
        return _answer(cancelled, snapshot, "R3: both cancelled")
    return _answer(msgspec.structs.replace(memory, next_ns=now + NS_PER_S // 2), snapshot, "R3: in band")


def _left_its_band(settings: R3Settings, quote: Quote, price: Decimal) -> bool:
    away = abs(price - quote.price) / price * BPS
    return not settings.min_bps <= away <= settings.max_bps
