"""From any state, whatever fills, is refused, goes dark or restarts, a hedged pair's phases end in bounded time."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmtui.model.quotes import LegAnswer, LegsSnapshot
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.strategies.dual_hedge import FORCE_TIME_NS, Memory, Settings, check, decide
from tests.unit.legs_scenes import FIRST, NOW_NS, SECOND, D, leg

SETTINGS = Settings(
    quantity=D("0.02"), hold_time=D(5), opening_timeout=D(10), closing_timeout=D(10), hedge_after=D(1),
    hedge_time=D(2), pause=D(1), cycles=3,
)  # fmt: skip
LOT = D("0.001")
STEP_MAX_NS = 1_500 * NS_PER_MS
HEDGE_NS = 5 * NS_PER_S + STEP_MAX_NS
BOUNDS_NS = {
    "opening": 10 * NS_PER_S,
    "waiting": 5 * NS_PER_S,
    "closing": 10 * NS_PER_S + FORCE_TIME_NS + HEDGE_NS,
    "pause": 1 * NS_PER_S,
}

shares = st.sampled_from([D(0), D(0), D("0.5"), D(1)])
moments = st.tuples(
    st.integers(1, STEP_MAX_NS), shares, shares, st.booleans(), st.booleans(), st.sampled_from(["", "", "", "restart"])
)
positions = st.integers(-20, 20).map(lambda lots: lots * LOT)
phases = st.sampled_from(["opening", "waiting", "closing", "pause"])


def _traded(answer: LegAnswer, position: Decimal, share: Decimal) -> Decimal:
    """The position after the market has filled a share of what was asked for."""
    change = D(0)
    if answer.take is not None:
        change = answer.take.target - position
    elif answer.quotes.bids:
        change = answer.quotes.bids[0].quantity
    elif answer.quotes.asks:
        change = -answer.quotes.asks[0].quantity
    lots = (abs(change) * share / LOT).to_integral_value()
    return position + (lots * LOT if change > 0 else -lots * LOT)


@hypothesis_settings(deadline=None, max_examples=150, derandomize=True)
@given(positions, positions, phases, st.lists(moments, min_size=1, max_size=120))
def test_phases_always_end_flat_or_halted(
    first: Decimal, second: Decimal, phase: str, story: list[tuple[int, Decimal, Decimal, bool, bool, str]]
) -> None:
    held = [first, second]
    now_ns = NOW_NS
    memory = msgspec.convert({"references": ("0", "0"), "phase": phase, "phase_ns": NOW_NS}, type=Memory, strict=False)
    unbalanced_ns = 0
    for step_ns, one, two, busy, dark, word in story:
        book = (None, None) if dark else ("99999", "100000")
        legs = tuple(
            leg(instrument, book[0], book[1], str(position), now_ns=now_ns, book_time_ns=now_ns, busy=busy and dark)
            for instrument, position in zip((FIRST, SECOND), held, strict=True)
        )
        before = memory
        answer = decide(SETTINGS, LegsSnapshot(now_ns, legs), memory)
        memory = answer.memory
        if answer.halt:
            assert "net exposure" in answer.halt or "could not be closed" in answer.halt
            return
        if memory.phase != "finished":
            assert now_ns - memory.phase_ns <= BOUNDS_NS[memory.phase] + STEP_MAX_NS
        else:
            assert before.phase == "finished" or held == [0, 0]
        unbalanced_ns = (unbalanced_ns or now_ns) if held[0] + held[1] else 0
        assert not unbalanced_ns or now_ns - unbalanced_ns <= HEDGE_NS
        if word:  # a restart keeps nothing but the memory
            memory = msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Memory)
        bound = max(abs(held[0]), abs(held[1]), SETTINGS.quantity)
        held = [
            _traded(part, held[at], share) for at, (part, share) in enumerate(zip(answer.legs, (one, two), strict=True))
        ]
        assert max(abs(held[0]), abs(held[1])) <= 2 * bound
        now_ns += step_ns


def test_contradictions_name_both_fields() -> None:
    (fault,) = check(msgspec.structs.replace(SETTINGS, hedge_after=D(10), closing_timeout=D(11)))
    assert "hedge_after" in fault
    assert "opening_timeout" in fault
