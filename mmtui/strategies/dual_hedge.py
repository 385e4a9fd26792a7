"""Hold opposite positions of equal size on two accounts for a while, then close both: open, wait, close, pause.

What both hold together (the net exposure) is the controlled variable in every phase: a fill on one side only is hedged
within a set time. Phases, failures and the guard against trading with oneself: docs/strategies/dual_hedge.md.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mmtui.core.ladder import least_lots
from mmtui.core.residual import Remedy, ResidualRule, remedy
from mmtui.model.quotes import LegAnswer, LegsDecision, LegsSnapshot, Quote, Quotes, Snapshot, Take
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, Side, decimal_text

TITLE = "Hedged pair on two accounts"

Phase = Literal["opening", "waiting", "closing", "pause", "finished"]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. The first account goes long unless ``first_side`` says otherwise."""

    quantity: Annotated[
        Decimal,
        Meta(
            title="Quantity",
            description="Position of each account while the pair is held.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ]
    first_side: Annotated[
        Literal["long", "short"],
        Meta(title="Side of the first account", description="The second account takes the other side."),
    ] = "long"
    hold_time: Annotated[
        Decimal,
        Meta(
            title="Holding time",
            description="How long the pair is held before it is closed.",
            extra={"unit": "s", "minimum": "0", "maximum": "864000"},
        ),
    ] = Decimal(30)
    jitter: Annotated[
        Decimal,
        Meta(
            title="Jitter",
            description="The holding time is longer by up to this much, differently in each cycle.",
            extra={"unit": "s", "minimum": "0", "maximum": "86400"},
        ),
    ] = ZERO
    opening_timeout: Annotated[
        Decimal,
        Meta(
            title="Opening timeout",
            description="A pair that is not complete by then is closed again.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "86400"},
        ),
    ] = Decimal(60)
    closing_timeout: Annotated[
        Decimal,
        Meta(
            title="Closing timeout",
            description="What resting orders have not closed by then is closed at the market, reduce-only.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "86400"},
        ),
    ] = Decimal(60)
    hedge_after: Annotated[
        Decimal,
        Meta(
            title="Hedge after",
            description="How long one account may be filled alone before its other side is taken from the market.",
            extra={"unit": "s", "minimum": "0", "maximum": "3600"},
        ),
    ] = Decimal(5)
    hedge_time: Annotated[
        Decimal,
        Meta(
            title="Time to hedge",
            description="How long the hedge is tried for before the other account is brought back, and as long again "
            "before the run halts.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "600"},
        ),
    ] = Decimal(10)
    slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Price cap",
            description="How far beyond the touch hedges and forced closes may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)
    requote_tolerance_bps: Annotated[
        Decimal,
        Meta(
            title="Requote tolerance",
            description="Orders this close to the touch stay, with their place in the queue.",
            extra={"unit": "bps", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.5")
    pause: Annotated[
        Decimal,
        Meta(
            title="Pause",
            description="Between two cycles.",
            extra={"unit": "s", "minimum": "0", "maximum": "86400"},
        ),
    ] = Decimal(2)
    cycles: Annotated[
        int,
        Meta(
            title="Cycles",
            description="How many pairs are opened and closed. 0: until stopped.",
            ge=0,
            le=1_000_000,
            extra={"unit": "cycles", "minimum": "0", "maximum": "1000000"},
        ),
    ] = 0
    max_loss: Annotated[
        Decimal | None,
        Meta(
            title="Largest loss",
            description="Net loss of both accounts at which the pair is closed for good. Empty: none of its own.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    self_trade_guard: Annotated[
        bool,
        Meta(
            title="Self-trade guard",
            description="On one order book nothing is taken while the other account has an order there. Venues may "
            "forbid trading between accounts of one owner, and watch for it: read their rules.",
        ),
    ] = True


class Memory(Struct, frozen=True, gc=False):
    """Where the cycle is; enough to go on after a restart in any phase.

    ``references`` are the positions that count as flat. ``residual_ns`` is since when the pair has been out of
    balance. ``last`` says why the pair that is being closed is the last one (empty: it is not).
    """

    references: tuple[Decimal, Decimal] | None = None
    phase: Phase = "opening"
    phase_ns: int = 0
    cycle: int = 0
    residual_ns: int = 0
    last: str = ""


PRESETS: dict[str, dict[str, str | int]] = {
    "slow": {"hold_time": "300", "pause": "30", "jitter": "60"},
    "quick": {"hold_time": "5", "pause": "1", "hedge_after": "2"},
}

DEFAULTS = {"on_start_orders": "cancel_mine", "on_start_position": "flatten", "on_stop_position": "flatten"}

FORCE_TIME_NS = 30 * NS_PER_S
"""How long a forced close may take before the run halts."""


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each."""
    faults = []
    for name, timeout in (("opening_timeout", settings.opening_timeout), ("closing_timeout", settings.closing_timeout)):
        if settings.hedge_after >= timeout:
            faults.append(
                f"hedge_after {settings.hedge_after} is not below {name} {timeout}: a fill on one side would never be "
                f"hedged in time; lower hedge_after or raise {name}"
            )
    return faults


def decide(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> LegsDecision[Memory]:
    """Keep the pair balanced, then do what the phase asks for."""
    first, second = snapshot.legs
    now_ns = snapshot.now_ns
    if first.position is None or second.position is None:
        return _answer(memory, "position unknown")
    if memory.references is None:
        memory = Memory((first.position, second.position), phase_ns=now_ns)
    if not 0 < memory.phase_ns <= now_ns:  # a clock set back begins the phase anew
        memory = msgspec.structs.replace(memory, phase_ns=now_ns)
    memory = _move(settings, snapshot, memory)
    answer = _balance(settings, snapshot, memory)
    if answer.since_ns != memory.residual_ns:
        memory = msgspec.structs.replace(memory, residual_ns=answer.since_ns)
    if answer.halt:
        return _answer(memory, answer.halt, halt=answer.halt)
    if answer.since_ns and now_ns - answer.since_ns >= _seconds(settings.hedge_after):
        return _hedge(settings, snapshot, memory, answer)
    decision = _act(settings, snapshot, memory)
    if answer.wake_ns and (not decision.wake_ns or answer.wake_ns < decision.wake_ns):
        return msgspec.structs.replace(decision, wake_ns=answer.wake_ns)
    return decision


def pair_quantity(settings: Settings, legs: tuple[Snapshot, ...]) -> Decimal:
    """The position of each account in base units: one size that both venues can trade."""
    quantity = settings.quantity
    while True:
        before = quantity
        for leg in legs:
            quantity = leg.instrument.quantity_down(quantity / leg.instrument.multiplier) * leg.instrument.multiplier
        if quantity == before:
            return quantity


# ------------------------------------------------------------------------------------------------------- the balance


def _signs(settings: Settings) -> tuple[int, int]:
    return (1, -1) if settings.first_side == "long" else (-1, 1)


def _wanted(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> tuple[Decimal, ...]:
    """The positions that this phase leads to."""
    references = memory.references or (ZERO, ZERO)
    if memory.phase not in ("opening", "waiting"):
        return references
    quantity = pair_quantity(settings, snapshot.legs)
    return tuple(
        reference + sign * quantity / leg.instrument.multiplier
        for reference, sign, leg in zip(references, _signs(settings), snapshot.legs, strict=True)
    )


def _balance(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> Remedy:
    rule = ResidualRule(
        wait_ns=_seconds(settings.hedge_after),
        hedge_ns=_seconds(settings.hedge_time),
        unwind_ns=_seconds(settings.hedge_time),
        slippage_bps=settings.slippage_bps,
    )
    references = memory.references or (ZERO, ZERO)
    wanted = _wanted(settings, snapshot, memory)
    return remedy(snapshot.legs, references, wanted, memory.residual_ns, rule, snapshot.now_ns)


def _hedge(settings: Settings, snapshot: LegsSnapshot, memory: Memory, answer: Remedy) -> LegsDecision[Memory]:
    """Quotes off on both accounts; the take goes out when no order is left that could fill besides, or meet it."""
    takes = _unhindered(settings, snapshot, answer.takes)
    return _answer(memory, answer.reason, takes, answer.wake_ns)


def _unhindered(settings: Settings, snapshot: LegsSnapshot, takes: tuple[Take | None, ...]) -> tuple[Take | None, ...]:
    """Only the takes whose own account, and on one book the other one too, has no order left."""
    guarded = settings.self_trade_guard and len({leg.instrument.id for leg in snapshot.legs}) == 1
    if guarded and any(leg.open_orders for leg in snapshot.legs):
        return (None,) * len(takes)
    return tuple(None if leg.open_orders else take for leg, take in zip(snapshot.legs, takes, strict=True))


# -------------------------------------------------------------------------------------------------------- the phases


def _move(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> Memory:
    """The next phase, once this one has done its work and that is proven, or its time is up."""
    age_ns = snapshot.now_ns - memory.phase_ns
    proven = not any(leg.busy for leg in snapshot.legs)
    loss = _loss(settings, snapshot)
    if loss and not memory.last and memory.phase in ("opening", "waiting", "closing"):
        memory = msgspec.structs.replace(memory, last=loss)
    if memory.phase == "opening":
        if memory.last or age_ns >= _seconds(settings.opening_timeout):
            return _enter(memory, "closing", snapshot.now_ns)
        if proven and _arrived(settings, snapshot, memory):
            return _enter(memory, "waiting", snapshot.now_ns)
    elif memory.phase == "waiting":
        if memory.last or age_ns >= _holding_ns(settings, memory.cycle):
            return _enter(memory, "closing", snapshot.now_ns)
    elif memory.phase == "closing":
        quiet = proven and not any(leg.open_orders for leg in snapshot.legs)
        if quiet and _arrived(settings, snapshot, memory):
            return _close_cycle(settings, memory, snapshot.now_ns)
    elif memory.phase == "pause" and age_ns >= _seconds(settings.pause):
        return _enter(memory, "opening", snapshot.now_ns)
    return memory


def _enter(memory: Memory, phase: Phase, now_ns: int) -> Memory:
    return msgspec.structs.replace(memory, phase=phase, phase_ns=now_ns)


def _close_cycle(settings: Settings, memory: Memory, now_ns: int) -> Memory:
    """Both are flat, and proven so: count the cycle."""
    cycle = memory.cycle + 1
    last = memory.last
    if not last and settings.cycles and cycle >= settings.cycles:
        last = f"{cycle} cycles done"
    memory = msgspec.structs.replace(memory, cycle=cycle, last=last)
    return _enter(memory, "finished" if last else "pause", now_ns)


def _loss(settings: Settings, snapshot: LegsSnapshot) -> str:
    first, second = (leg.net_pnl for leg in snapshot.legs)
    if settings.max_loss is None or first is None or second is None or first + second > -settings.max_loss:
        return ""
    return f"max_loss {decimal_text(settings.max_loss)} is reached"


def _holding_ns(settings: Settings, cycle: int) -> int:
    """Holding time with this cycle's share of the jitter: a fixed scatter, so that a replay does the same."""
    scatter = Decimal((cycle + 1) * 2_654_435_761 % 2**32) / 2**32
    return _seconds(settings.hold_time + settings.jitter * scatter)


def _arrived(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> bool:
    """True when each leg is as near to what the phase wants as its venue can trade."""
    wanted = _wanted(settings, snapshot, memory)
    return all(
        abs((leg.position or ZERO) - target) < _least(leg) for leg, target in zip(snapshot.legs, wanted, strict=True)
    )


def _act(settings: Settings, snapshot: LegsSnapshot, memory: Memory) -> LegsDecision[Memory]:
    """What the phase asks for while the pair is in balance, or not yet long out of it."""
    phase, cycle = memory.phase, f"cycle {memory.cycle + 1}"
    if phase == "opening":
        due_ns = memory.phase_ns + _seconds(settings.opening_timeout)
        return _quote(settings, snapshot, memory, f"{cycle}: opening the pair", due_ns)
    if phase == "closing":
        due_ns = memory.phase_ns + (0 if memory.last else _seconds(settings.closing_timeout))
        if snapshot.now_ns < due_ns:
            return _quote(settings, snapshot, memory, f"{cycle}: closing the pair", due_ns)
        return _force(settings, snapshot, memory, due_ns)
    if phase == "waiting":
        due_ns = memory.phase_ns + _holding_ns(settings, memory.cycle)
        return _answer(memory, f"{cycle}: holding the pair", wake_ns=due_ns)
    if phase == "pause":
        due_ns = memory.phase_ns + _seconds(settings.pause)
        return _answer(memory, f"{memory.cycle} cycles done, pausing", wake_ns=due_ns)
    return _answer(memory, f"finished: {memory.last}", finished=memory.last)


def _quote(
    settings: Settings, snapshot: LegsSnapshot, memory: Memory, reason: str, wake_ns: int
) -> LegsDecision[Memory]:
    """Rest at the touch of each account's side for what is missing there."""
    if len({leg.instrument.id for leg in snapshot.legs}) == 1:
        guard = "on" if settings.self_trade_guard else "OFF"
        reason += f" (one book, self-trade guard {guard}; the venue's rules may forbid it)"
    if any(leg.mid is None or leg.stale() for leg in snapshot.legs):
        return _answer(memory, f"{reason}: no fresh book", wake_ns=wake_ns)
    answers = []
    for leg, target in zip(snapshot.legs, _wanted(settings, snapshot, memory), strict=True):
        missing = target - (leg.position or ZERO)
        price = leg.best_bid if missing > ZERO else leg.best_ask
        if abs(missing) < _least(leg) or price is None:
            answers.append(LegAnswer(Quotes(reason=reason)))
            continue
        quote = (Quote(price, abs(missing)),)
        tolerance = price * settings.requote_tolerance_bps / BPS
        bids, asks = (quote, ()) if missing > ZERO else ((), quote)
        answers.append(LegAnswer(Quotes(bids, asks, reason, price_tolerance=tolerance)))
    return LegsDecision(tuple(answers), memory, wake_ns, references=memory.references or ())


def _force(settings: Settings, snapshot: LegsSnapshot, memory: Memory, since_ns: int) -> LegsDecision[Memory]:
    """Close both at the market; halt where that does not come to an end."""
    wanted = _wanted(settings, snapshot, memory)
    if snapshot.now_ns - since_ns >= FORCE_TIME_NS:
        held = ", ".join(f"{leg.instrument.id} {decimal_text(leg.position or ZERO)}" for leg in snapshot.legs)
        halt = f"the pair could not be closed in {FORCE_TIME_NS // NS_PER_S} s: {held}"
        return _answer(memory, halt, halt=halt)
    reason = memory.last or "closing timeout"
    takes: list[Take | None] = []
    for leg, target in zip(snapshot.legs, wanted, strict=True):
        missing = target - (leg.position or ZERO)
        side = Side.BUY if missing > ZERO else Side.SELL
        touch = leg.best_ask if side is Side.BUY else leg.best_bid
        if abs(missing) < _least(leg) or touch is None or leg.stale():
            takes.append(None)
        else:
            price = touch * (ONE + side.sign * settings.slippage_bps / BPS)
            takes.append(Take(target, price, f"{reason}: closing at the market"))
    clear = _unhindered(settings, snapshot, tuple(takes))
    return _answer(memory, f"{reason}: closing at the market", clear, since_ns + FORCE_TIME_NS)


def _least(leg: Snapshot) -> Decimal:
    """The smallest order of a leg, in its own units."""
    return least_lots(leg.instrument) * leg.instrument.lot_size


def _seconds(value: Decimal) -> int:
    return int(value * NS_PER_S)


def _answer(
    memory: Memory, reason: str, takes: tuple[Take | None, ...] = (None, None), wake_ns: int = 0,
    *, halt: str = "", finished: str = "",
) -> LegsDecision[Memory]:  # fmt: skip
    answers = tuple(LegAnswer(Quotes(reason=reason), take) for take in takes)
    references = memory.references or ()
    return LegsDecision(answers, memory, wake_ns, halt=halt, references=references, finished=finished)
