"""The venue's time, measured through delays, steps, sleeps and lies."""

import asyncio

import pytest

from mmtui.exchanges.shared.clock_offset import ClockOffset, Reading, read_clock
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import SettingsError, Unreachable, VenueError
from tests.unit.loopback import PATIENCE_S, HandClock

MS = NS_PER_MS


def measure(
    offset: ClockOffset, clock: HandClock, skew_ns: int, there_ns: int = 20 * MS, back_ns: int = 20 * MS
) -> bool:
    """One question whose answer took so long each way, from a venue whose clock is ``skew_ns`` ahead."""
    sent = read_clock(clock)
    clock.pass_ns(there_ns)
    venue_ns = (clock.wall + skew_ns) // MS * MS
    clock.pass_ns(back_ns)
    return offset.add(sent, read_clock(clock), venue_ns)


def error(offset: ClockOffset) -> float:
    assert offset.error_ms is not None
    return offset.error_ms


def skew(offset: ClockOffset) -> float:
    assert offset.skew_ms is not None
    return offset.skew_ms


def test_nothing_is_known_before_the_first_measurement() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    assert not offset.known
    assert offset.skew_ms is None
    assert offset.error_ms is None
    assert offset.venue_now() == clock.wall
    with pytest.raises(VenueError, match="not known"):
        offset.require()


def test_an_even_delay_gives_the_offset_and_its_bound() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    assert measure(offset, clock, 3_000 * MS)
    assert skew(offset) == pytest.approx(3_000, abs=1)
    assert offset.error_ms == pytest.approx(20.5, abs=1)
    offset.require()


def test_the_error_never_exceeds_the_bound_however_uneven_the_delays() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    for there, back in [(400, 1), (1, 300), (30, 90), (5, 5), (900, 900)]:
        measure(offset, clock, -1_234 * MS, there * MS, back * MS)
        assert abs(skew(offset) + 1_234) <= error(offset) + 0.001
    assert error(offset) < 7


def test_a_step_of_the_wall_clock_does_not_move_the_venues_time() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    measure(offset, clock, 100 * MS)
    before = offset.venue_now()
    clock.wall -= 5 * NS_PER_S
    assert offset.venue_now() == before
    assert skew(offset) == pytest.approx(5_100, abs=2)
    assert offset.stepped()
    measure(offset, clock, 5_100 * MS)
    assert not offset.stepped()


def test_after_a_sleep_one_measurement_is_enough() -> None:
    """A sleeping machine stops the monotonic clock, not the wall clock."""
    clock = HandClock()
    offset = ClockOffset(clock)
    for _ in range(8):
        measure(offset, clock, 100 * MS)
    clock.wall += 3_600 * NS_PER_S
    assert offset.stepped()
    assert measure(offset, clock, 100 * MS)
    assert skew(offset) == pytest.approx(100, abs=2)


def test_one_wild_answer_is_not_believed_but_three_that_agree_are() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    measure(offset, clock, 100 * MS)
    assert not measure(offset, clock, 9_000 * MS)
    assert measure(offset, clock, 100 * MS)
    assert skew(offset) == pytest.approx(100, abs=2)
    believed = [measure(offset, clock, skewed * MS) for skewed in (9_000, 20_000, 9_000, 9_000, 9_000)]
    assert believed == [False, False, False, False, True]
    assert skew(offset) == pytest.approx(9_000, abs=2)


@pytest.mark.parametrize("skew_ns", [61 * NS_PER_S, -61 * NS_PER_S, -1_750_793_021 * NS_PER_S])
def test_an_absurd_clock_is_refused_with_a_remedy(skew_ns: int) -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    assert not measure(offset, clock, skew_ns)
    assert not offset.known
    assert skew(offset) == pytest.approx(skew_ns / MS, abs=2)
    with pytest.raises(SettingsError, match="set it by network time"):
        offset.require()


def test_an_absurd_answer_later_leaves_the_estimate() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    measure(offset, clock, 50 * MS)
    assert not measure(offset, clock, -1_750_793_021 * NS_PER_S)
    assert skew(offset) == pytest.approx(50, abs=2)
    offset.require()


def test_a_date_header_is_good_to_half_a_second_and_gets_better() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    for _ in range(8):
        sent = read_clock(clock)
        clock.pass_ns(10 * MS)
        venue_ns = (clock.wall + 2_345 * MS) // NS_PER_S * NS_PER_S
        clock.pass_ns(10 * MS)
        assert offset.add(sent, read_clock(clock), venue_ns, NS_PER_S)
        assert abs(skew(offset) - 2_345) <= error(offset)
        clock.pass_ns(1_130 * MS)
    assert error(offset) < 150


def test_the_estimate_grows_stale() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    measure(offset, clock, 0)
    clock.pass_ns(10 * 3_600 * NS_PER_S)
    with pytest.raises(VenueError, match="known to"):
        offset.require()


def test_an_answer_before_its_question_is_refused() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    now = read_clock(clock)
    clock.pass_ns(MS)
    assert not offset.add(read_clock(clock), Reading(now.wall, now.mono), clock.wall)


async def test_it_is_measured_again_and_failures_are_survived() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    enough = asyncio.Event()
    calls = 0

    async def ask() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Unreachable("no connection")
        measure(offset, clock, 0)
        if calls == 3:
            enough.set()

    task = asyncio.ensure_future(offset.keep(ask, interval_s=0.01))
    await asyncio.wait_for(enough.wait(), PATIENCE_S)
    task.cancel()
    assert offset.known
