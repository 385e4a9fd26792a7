"""Faults, windows, tapes and the clock by themselves."""

from decimal import Decimal

import pytest

from mmtui.model.units import NS_PER_S, Side
from mmtui.ports.errors import SettingsError
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PRIVATE, WS_PUBLIC, FaultBoard, FaultKind, read_faults
from mmtui.sandbox.tape import Candle, Tape, TapeTrade
from mmtui.sandbox.windows import RateWindow


def board(text: str) -> FaultBoard:
    return FaultBoard(read_faults(text, "test"))


def test_a_fault_strikes_as_often_as_asked_and_after_what_it_skips() -> None:
    faults = board('[{"on": "place", "do": "reset", "times": 2, "skip": 1}]')
    struck = [len(faults.strike_request("place", "POST", "/x")) for _ in range(5)]
    assert struck == [0, 1, 1, 0, 0]
    assert faults.faults == ()


def test_a_fault_without_end_stays_until_cleared() -> None:
    faults = board('{"on": "*", "do": "maintenance", "times": null}')
    assert all(faults.strike_request(None, "GET", "/x") for _ in range(5))
    assert faults.faults[0].hits == 5
    faults.clear()
    assert not faults.strike_request(None, "GET", "/x")


@pytest.mark.parametrize(
    ("on", "hit"),
    [("place", True), ("/x", True), ("POST /x", True), ("*", True), ("GET /x", False), ("/y", False), ("query", False)],
)
def test_a_request_is_named_by_kind_or_path(on: str, *, hit: bool) -> None:
    faults = board(f'{{"on": "{on}", "do": "reset"}}')
    assert bool(faults.strike_request("place", "POST", "/x")) is hit


def test_gaps_in_public_streams_hit_numbered_frames_only() -> None:
    faults = board('[{"on": "ws_public", "do": "gap"}, {"on": "ws_private", "do": "gap"}]')
    assert faults.strike_frame(WS_PUBLIC, sequenced=False) is None
    assert faults.strike_frame(WS_PUBLIC, sequenced=True) is not None
    assert faults.strike_frame(WS_PRIVATE, sequenced=False) is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ('[{"on": "place"}]', "[0]"),
        ('[{"on": "place", "do": "explode"}]', "timeout_before_accept"),
        ('[{"on": "place", "do": "reset", "times": 0}]', "times"),
        ('[{"on": "place", "do": "reset", "when": 1}]', "when"),
        ('[{"on": "orders", "do": "reset"}]', "'orders' is none of"),
        ('[{"on": "ws_public", "do": "error_500_after"}]', "cannot be done to a stream"),
        ('[{"on": "place", "do": "gap"}]', "only be done to ws_public"),
        ("[1]", "[0]"),
    ],
)
def test_faults_that_make_no_sense_are_named(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match="test") as refusal:
        read_faults(text, "test")
    assert told in str(refusal.value)


def test_every_fault_of_the_contract_is_known() -> None:
    words = (
        "timeout_before_accept timeout_after_accept error_500_before error_500_after error_503_after rate_limit ban "
        "reset delay_ms drop silence gap reorder duplicate corrupt clock_skew_ms reject partial_then_cancel maintenance"
    )
    assert {kind.value for kind in FaultKind} == set(words.split())


def test_a_window_forgets_after_its_time() -> None:
    window = RateWindow(3, 10)
    assert window.take("a", 0, 2)
    assert not window.take("a", NS_PER_S, 2)
    assert window.take("b", NS_PER_S, 2)
    assert window.take("a", NS_PER_S)
    assert window.wait_ms("a", NS_PER_S) == 9_001
    assert window.used("a", 10 * NS_PER_S) == 1
    assert window.take("a", 10 * NS_PER_S, 2)
    assert window.wait_ms("c", 0) == 0


def test_candles_and_the_day() -> None:
    tape = Tape()
    assert (tape.last_price, tape.summary(0)) == (None, None)
    for second, price in ((0, 10), (30, 12), (60, 9), (200, 11)):
        tape.trades.append(TapeTrade(second, "x", Decimal(price), Decimal(2), Side.BUY, second * NS_PER_S))
    minutes = list(tape.candles(0, 300 * NS_PER_S, 60 * NS_PER_S))
    assert [row.start_ns // NS_PER_S for row in minutes] == [0, 60, 180]
    assert [row.trades for row in minutes] == [2, 1, 1]
    assert _prices(minutes[0]) == "10 12 10 12"
    assert _prices(minutes[2]) == "11 11 11 11"
    day = tape.summary(300 * NS_PER_S)
    assert day is not None
    assert f"{_prices(day)} {day.volume} {day.quote_volume}" == "10 12 9 11 8 84"


def _prices(candle: Candle) -> str:
    return f"{candle.open} {candle.high} {candle.low} {candle.close}"


def test_the_clock_only_goes_forward() -> None:
    clock = SandboxClock()
    before = clock.now_ns()
    clock.advance(600)
    assert clock.now_ns() - before >= 600 * NS_PER_S
    assert clock.now_ms() == clock.now_ns() // 1_000_000
