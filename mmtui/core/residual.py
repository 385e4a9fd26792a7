"""The leg manager's rule for what is held on one leg and balanced by no other: hedge it, unwind it, or halt.

Net exposure is what the legs hold together beyond their references. While it is not zero a clock runs: first the leg
that is behind what it should hold is completed (hedging), then the legs that did trade are brought back (unwinding),
then the run halts and names the exposure. Positions count as proven only when no answer and no fill is owed; until
then nothing is sent on top, but the clock runs on.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from mmtui.core.ladder import least_lots
from mmtui.model.quotes import Snapshot, Take
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, decimal_text


class ResidualRule(Struct, frozen=True):
    """How long each stage lasts, counted from the moment the legs were out of balance, in nanoseconds.

    ``tolerance`` in base units is left alone; what no venue here can trade is left alone anyway. ``slippage_bps`` caps
    the price beyond the touch.
    """

    wait_ns: int
    hedge_ns: int
    unwind_ns: int
    slippage_bps: Decimal
    tolerance: Decimal = ZERO

    @property
    def halt_after_ns(self) -> int:
        """When it is over."""
        return self.wait_ns + self.hedge_ns + self.unwind_ns


class Remedy(Struct, frozen=True):
    """What to do about the residual.

    ``since_ns`` goes into the memory (0: balanced and proven). ``takes`` is one per leg; ``halt`` names what is left
    when time is up; ``reason`` is for people; ``wake_ns`` is when the next stage begins (0: none).
    """

    takes: tuple[Take | None, ...]
    since_ns: int = 0
    wake_ns: int = 0
    reason: str = ""
    halt: str = ""


def net_exposure(legs: Sequence[Snapshot], references: Sequence[Decimal]) -> Decimal | None:
    """What the legs hold together beyond their references, in base units; None while a position is unknown."""
    net = ZERO
    for leg, reference in zip(legs, references, strict=True):
        if leg.position is None:
            return None
        net += (leg.position - reference) * leg.instrument.multiplier
    return net


def is_balanced(legs: Sequence[Snapshot], net: Decimal, tolerance: Decimal) -> bool:
    """True for what is tolerated, and for what is below the smallest order of every leg."""
    return abs(net) <= tolerance or all(abs(net) < _least(leg) for leg in legs)


def remedy(
    legs: Sequence[Snapshot],
    references: Sequence[Decimal],
    wanted: Sequence[Decimal],
    since_ns: int,
    rule: ResidualRule,
    now_ns: int,
) -> Remedy:
    """Say what to do now. ``wanted`` are the positions the legs should have reached."""
    nothing: tuple[Take | None, ...] = (None,) * len(legs)
    net = net_exposure(legs, references)
    proven = net is not None and not any(leg.busy for leg in legs)
    if proven and net is not None and is_balanced(legs, net, rule.tolerance):
        return Remedy(nothing)
    since_ns = since_ns if 0 < since_ns <= now_ns else now_ns  # a clock set back begins anew
    age_ns = now_ns - since_ns
    if age_ns >= rule.halt_after_ns:
        return Remedy(nothing, since_ns, halt=_last_words(legs, net, age_ns, proven=proven))
    stages = (rule.wait_ns, rule.wait_ns + rule.hedge_ns, rule.halt_after_ns)
    wake_ns = since_ns + next(stage for stage in stages if age_ns < stage)
    if net is None or not proven:
        return Remedy(nothing, since_ns, wake_ns, "waiting for the proof of what was filled")
    told = f"net exposure {decimal_text(net)}"
    if age_ns < rule.wait_ns:
        return Remedy(nothing, since_ns, wake_ns, f"{told}: waiting before it is hedged")
    unwinding = age_ns >= rule.wait_ns + rule.hedge_ns
    word = "unwinding" if unwinding else "hedging"
    for index in _order(legs, wanted, net, unwinding=unwinding):
        take = _take(legs[index], net, rule.slippage_bps, f"{word} {told}")
        if take is not None:
            takes = tuple(take if place == index else None for place in range(len(legs)))
            return Remedy(takes, since_ns, wake_ns, f"{word} {told}")
    return Remedy(nothing, since_ns, wake_ns, f"{told}: no leg can be traded now")


def _order(legs: Sequence[Snapshot], wanted: Sequence[Decimal], net: Decimal, *, unwinding: bool) -> list[int]:
    """Legs in the order in which they are tried: those behind what they should hold, or those that carry the excess."""

    def behind(index: int) -> Decimal:
        position = legs[index].position
        if position is None:
            return ZERO
        short = (wanted[index] - position) * legs[index].instrument.multiplier
        return -short if net > ZERO else short  # how far a trade against the net exposure leads towards what is wanted

    return sorted(range(len(legs)), key=behind, reverse=not unwinding)


def _take(leg: Snapshot, net: Decimal, slippage_bps: Decimal, reason: str) -> Take | None:
    """Bring the net exposure to zero on this leg; None where it cannot be traded now."""
    touch = leg.best_bid if net > ZERO else leg.best_ask
    if leg.position is None or touch is None or leg.stale() or abs(net) < _least(leg):
        return None
    cap = slippage_bps / BPS
    price = touch * (ONE - cap if net > ZERO else ONE + cap)
    return Take(leg.position - net / leg.instrument.multiplier, price, reason)


def _least(leg: Snapshot) -> Decimal:
    """The smallest order of a leg in base units."""
    return least_lots(leg.instrument) * leg.instrument.lot_size * leg.instrument.multiplier


def _last_words(legs: Sequence[Snapshot], net: Decimal | None, age_ns: int, *, proven: bool) -> str:
    """The exposure that could not be got rid of, by leg."""
    held = ", ".join(
        f"{leg.instrument.id} {'unknown' if leg.position is None else decimal_text(leg.position)}" for leg in legs
    )
    amount = "unknown" if net is None else f"{decimal_text(net)} {legs[0].instrument.base_asset}"
    doubt = "" if proven else ", with outcomes still unknown"
    return f"net exposure {amount} was neither hedged nor unwound in {age_ns // NS_PER_S} s{doubt} ({held})"
