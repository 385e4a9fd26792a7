"""Buy on one market and sell on another in the same moment, when the gap between their best prices pays for it.

Formula, stages and failures are in docs/strategies/arbitrage.md. The first leg is the first account of the
configuration. "Long" buys the first and sells the second, "short" the other way round.
"""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from mmtui.core.residual import ResidualRule, remedy
from mmtui.model.quotes import LegAnswer, LegsDecision, LegsSnapshot, Quotes, Snapshot, Take
from mmtui.model.units import BPS, NS_PER_MS, NS_PER_S, ONE, ZERO, Side, decimal_text
from mmtui.strategies.arbitrage.settings import Settings

Direction = Literal["none", "long", "short"]


class Shot(Struct, frozen=True, gc=False):
    """One pair of orders: what was seen and what each leg should hold after it. ``prices`` are the touches then."""

    time_ns: int
    direction: Direction
    quantity: Decimal
    spread: Decimal
    prices: tuple[Decimal, Decimal]
    wanted: tuple[Decimal, Decimal]


class Memory(Struct, frozen=True, gc=False):
    """What the next decision needs to know of the last ones.

    ``references`` are the positions when the run first decided: their sum counts as balanced, and stays the measure
    after a restart. ``shot`` is the trade under way. ``residual_ns`` is since when the legs have not been in balance.
    ``signal`` is the last answer, ``shots`` counts trades. ``rescued`` says that the trade under way had to be hedged
    or unwound, ``failures`` how many in a row were unwound.
    """

    references: tuple[Decimal, Decimal] | None = None
    shot: Shot | None = None
    last: Shot | None = None
    residual_ns: int = 0
    cool_until_ns: int = 0
    signal: Direction = "none"
    shots: int = 0
    rescued: bool = False
    failures: int = 0


def decide(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> LegsDecision[Memory]:
    """Trade both legs at once when it pays, and see every trade through to balance."""
    first, second = snapshot.legs
    if memory.references is None:
        if first.position is None or second.position is None:
            return _wait(memory, "position unknown")
        memory = msgspec.structs.replace(memory, references=(first.position, second.position))
    settled = _settle(settings, snapshot, memory)
    if isinstance(settled, LegsDecision):
        return settled
    memory = settled
    direction, spread = signal(settings, first, second, snapshot.now_ns)
    quantity = settings.size
    if direction == "none":
        direction, spread, quantity = _exit(settings, first, second, snapshot.now_ns)
    if memory.signal != direction:
        memory = msgspec.structs.replace(memory, signal=direction)
    if direction == "none":
        return _wait(memory, _quiet_reason(settings, first, second, snapshot.now_ns))
    if snapshot.now_ns < memory.cool_until_ns:
        return _wait(memory, "cooling down after a trade", memory.cool_until_ns)
    fault = _hindrance(settings, first, second, direction, quantity)
    if fault:
        return _wait(memory, fault)
    return _shoot(settings, snapshot, memory, direction, spread, quantity)


# ------------------------------------------------------------------------------------------------------- the signal


def signal(settings: Settings, first: Snapshot, second: Snapshot, now_ns: int) -> tuple[Direction, Decimal]:
    """Which way the spread pays, long tested first, and that spread after fees in quote per base unit.

    A signal needs fresh, uncrossed, believable books and a spread strictly above its threshold.
    """
    if _doubt(settings, first, second, now_ns):
        return "none", ZERO
    for direction, threshold in (("long", settings.long_threshold), ("short", settings.short_threshold)):
        spread, paid = _spread(first, second, direction)
        if _above(settings, spread, paid, threshold):
            return ("long" if direction == "long" else "short"), spread
    return "none", ZERO


def _spread(first: Snapshot, second: Snapshot, direction: str) -> tuple[Decimal, Decimal]:
    """(spread after both taker fees, price paid) of one direction; the touches are known."""
    bought, sold = (first, second) if direction == "long" else (second, first)
    ask, bid = bought.best_ask or ZERO, sold.best_bid or ZERO
    fees = (ask * bought.instrument.taker_fee_bps + bid * sold.instrument.taker_fee_bps) / BPS
    return bid - ask - fees, ask


def _above(settings: Settings, spread: Decimal, price: Decimal, threshold: Decimal) -> bool:
    return spread > (threshold if settings.threshold_unit == "quote" else threshold * price / BPS)


def _doubt(settings: Settings, first: Snapshot, second: Snapshot, now_ns: int) -> str:
    """Why the books cannot be compared; empty if they can."""
    for word, leg in (("first", first), ("second", second)):
        if leg.best_bid is None or leg.best_ask is None or leg.mid is None or leg.best_bid <= ZERO:
            return f"no book on the {word} market"
        if leg.best_bid > leg.best_ask:
            return f"the {word} book is crossed"
        if leg.stale() or now_ns - leg.book_time_ns > settings.max_book_age_ms * NS_PER_MS:
            return f"the {word} book is older than {settings.max_book_age_ms} ms"
    one, other = first.mid or ZERO, second.mid or ZERO
    if abs(one - other) * BPS > settings.max_gap_bps * min(one, other):
        return f"the mids differ by more than {decimal_text(settings.max_gap_bps)} bps: a book may be broken"
    return ""


def _exit(settings: Settings, first: Snapshot, second: Snapshot, now_ns: int) -> tuple[Direction, Decimal, Decimal]:
    """The trade that reduces what is held on both legs, where the opposite spread has come back far enough."""
    held, other = first.position or ZERO, second.position or ZERO
    threshold = settings.exit_threshold
    if threshold is None or held * other >= ZERO or _doubt(settings, first, second, now_ns):
        return "none", ZERO, ZERO
    direction: Direction = "short" if held > ZERO else "long"
    spread, paid = _spread(first, second, direction)
    if not _above(settings, spread, paid, threshold):
        return "none", ZERO, ZERO
    return direction, spread, min(settings.size, abs(held), abs(other))


def _quiet_reason(settings: Settings, first: Snapshot, second: Snapshot, now_ns: int) -> str:
    doubt = _doubt(settings, first, second, now_ns)
    if doubt:
        return doubt
    long_spread, short_spread = _spread(first, second, "long")[0], _spread(first, second, "short")[0]
    fees = first.instrument.taker_fee_bps + second.instrument.taker_fee_bps
    step = first.instrument.tick_size
    return (
        f"spread long {decimal_text(long_spread.quantize(step))}, short {decimal_text(short_spread.quantize(step))} "
        f"after {decimal_text(fees)} bps of fees: below the thresholds"
    )


def _hindrance(settings: Settings, first: Snapshot, second: Snapshot, direction: Direction, quantity: Decimal) -> str:
    """Caps and depth; empty if the trade may be made."""
    change = quantity if direction == "long" else -quantity
    for name, leg, delta, cap in (
        ("max_position", first, change, settings.max_position),
        ("max_position_second", second, -change, settings.max_position_second),
    ):
        if leg.position is None:
            return "position unknown"
        after = abs(leg.position + delta)
        if cap and after > cap and after > abs(leg.position):
            return f"{name} {decimal_text(cap)} is reached"
    if settings.need_depth:
        bought, sold = (first, second) if direction == "long" else (second, first)
        for leg, side in ((bought, Side.BUY), (sold, Side.SELL)):
            if _visible(leg, side, settings.slippage_bps) < float(quantity):
                return f"not enough depth on {leg.instrument.id} within {decimal_text(settings.slippage_bps)} bps"
    return ""


def _visible(leg: Snapshot, side: Side, slippage_bps: Decimal) -> float:
    """Size in base units that the book shows within the price cap."""
    cap = float(_capped(leg, side, slippage_bps))
    multiplier = float(leg.instrument.multiplier)
    levels = leg.asks if side is Side.BUY else leg.bids
    return sum(size * multiplier for price, size in levels if (price <= cap if side is Side.BUY else price >= cap))


def _capped(leg: Snapshot, side: Side, slippage_bps: Decimal) -> Decimal:
    """The worst price that an order may trade at."""
    cap = slippage_bps / BPS
    if side is Side.BUY:
        return (leg.best_ask or ZERO) * (ONE + cap)
    return (leg.best_bid or ZERO) * (ONE - cap)


# ------------------------------------------------------------------------------------------------------- the trade


def _shoot(
    settings: Settings, snapshot: LegsSnapshot, memory: Memory, direction: Direction, spread: Decimal, size: Decimal
) -> LegsDecision[Memory]:
    """Both orders at once, or neither."""
    first, second = snapshot.legs
    sides = (Side.BUY, Side.SELL) if direction == "long" else (Side.SELL, Side.BUY)
    wanted = (_after(first, sides[0], size), _after(second, sides[1], size))
    prices = (_touch(first, sides[0]), _touch(second, sides[1]))
    shot = Shot(snapshot.now_ns, direction, size, spread, prices, wanted)
    reason = f"{direction}: spread {decimal_text(spread)} after fees"
    quotes = Quotes(reason=reason)
    answers = tuple(
        LegAnswer(quotes, Take(target, _capped(leg, side, settings.slippage_bps), reason))
        for leg, side, target in zip(snapshot.legs, sides, wanted, strict=True)
    )
    memory = msgspec.structs.replace(memory, shot=shot, last=shot, signal=direction, shots=memory.shots + 1)
    wake_ns = snapshot.now_ns + NS_PER_MS
    return LegsDecision(answers, memory, wake_ns, together=True, references=memory.references or ())


def _after(leg: Snapshot, side: Side, quantity: Decimal) -> Decimal:
    return (leg.position or ZERO) + side.sign * quantity / leg.instrument.multiplier


def _touch(leg: Snapshot, side: Side) -> Decimal:
    return (leg.best_ask if side is Side.BUY else leg.best_bid) or ZERO


def _settle(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> LegsDecision[Memory] | Memory:
    """See to what is not in balance; the memory comes back once it is, and proven."""
    references = memory.references or (ZERO, ZERO)
    held = tuple(leg.position or ZERO for leg in snapshot.legs)
    wanted = memory.shot.wanted if memory.shot is not None else held
    rule = ResidualRule(
        wait_ns=0,
        hedge_ns=int(settings.hedge_time * NS_PER_S),
        unwind_ns=int(settings.unwind_time * NS_PER_S),
        slippage_bps=settings.hedge_slippage_bps,
    )
    answer = remedy(snapshot.legs, references, wanted, memory.residual_ns, rule, snapshot.now_ns)
    if not answer.since_ns:
        if memory.shot is None and not memory.residual_ns:
            return memory
        return _balanced(settings, snapshot, memory)
    rescued = memory.rescued or any(take is not None for take in answer.takes)
    memory = msgspec.structs.replace(memory, residual_ns=answer.since_ns, rescued=rescued)
    quotes = Quotes(reason=answer.halt or answer.reason)
    answers = tuple(LegAnswer(quotes, take) for take in answer.takes)
    return LegsDecision(answers, memory, answer.wake_ns, halt=answer.halt, references=references)


def _balanced(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> LegsDecision[Memory] | Memory:
    """A trade is over: count it, cool down, and halt where one market fails again and again.

    Each unwound trade costs fees on one market for nothing; without an end that would be an unbounded loss.
    """
    failures = memory.failures
    if memory.shot is not None:
        reached = all(leg.position == target for leg, target in zip(snapshot.legs, memory.shot.wanted, strict=True))
        failures = 0 if reached else failures + memory.rescued
    until_ns = snapshot.now_ns + int(settings.cool_down * NS_PER_S)
    memory = msgspec.structs.replace(
        memory, shot=None, residual_ns=0, rescued=False, failures=failures, cool_until_ns=until_ns
    )
    if failures < settings.max_failures:
        return memory
    halt = f"{failures} trades in a row filled on one market only and were unwound: the legs are in balance"
    answers = (LegAnswer(Quotes(reason=halt)),) * len(snapshot.legs)
    return LegsDecision(answers, memory, halt=halt, references=memory.references or ())


def _wait(memory: Memory, reason: str, wake_ns: int = 0) -> LegsDecision[Memory]:
    quotes = Quotes(reason=reason)
    return LegsDecision((LegAnswer(quotes), LegAnswer(quotes)), memory, wake_ns, references=memory.references or ())
