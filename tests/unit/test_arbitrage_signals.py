"""When arbitrage trades, and when it does not: thresholds in both units, doubtful books, caps, depth, exit."""

from typing import Any

import msgspec
import pytest

from mmtui.model.quotes import LegsDecision, Snapshot
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.strategies.arbitrage.decide import Memory, decide
from mmtui.strategies.arbitrage.settings import Settings, check, thresholds
from tests.unit.legs_scenes import FIRST, NOW_NS, SECOND, D, leg, pair

QUOTE = Settings(size=D("0.001"), threshold_unit="quote")


def decided(
    settings: Settings, first: Snapshot, second: Snapshot, memory: Memory | None = None
) -> LegsDecision[Memory]:
    return decide(settings, pair(first, second), memory or Memory())


def direction(settings: Settings, first: Snapshot, second: Snapshot) -> str:
    takes = [answer.take for answer in decided(settings, first, second).legs]
    if takes[0] is None or takes[1] is None:
        assert takes == [None, None], "one leg without the other"
        return "none"
    change = takes[0].target - (first.position or 0)
    assert change * (takes[1].target - (second.position or 0)) < 0
    return "long" if change > 0 else "short"


@pytest.mark.parametrize(
    ("backpack", "lighter", "expected"),
    [
        (("99999", "100000"), ("100006", "100007"), "long"),
        (("99999", "100000"), ("100005", "100007"), "none"),
        (("100006", "100007"), ("99999", "100000"), "short"),
        (("100005", "100007"), ("99999", "100000"), "none"),
    ],
)
def test_a_spread_strictly_above_five_quote_trades(
    backpack: tuple[str, str], lighter: tuple[str, str], expected: str
) -> None:
    assert direction(QUOTE, leg(FIRST, *backpack), leg(SECOND, *lighter)) == expected


def test_both_legs_are_bought_and_sold_at_once_with_price_caps() -> None:
    answer = decided(QUOTE, leg(FIRST, "99999", "100000"), leg(SECOND, "100006", "100007"))
    first, second = (part.take for part in answer.legs)
    assert first is not None
    assert second is not None
    assert answer.together
    assert (first.target, second.target) == (D("0.001"), D("-0.001"))
    assert (first.price, second.price) == (D("100020"), D("100006") * D("0.9998"))


@pytest.mark.parametrize(("bid", "expected"), [("100050", "none"), ("100050.1", "long")])
def test_bps_are_of_the_price_paid(bid: str, expected: str) -> None:
    settings = Settings(size=D("0.001"))
    assert direction(settings, leg(FIRST), leg(SECOND, bid, "100051")) == expected


def test_both_taker_fees_are_taken_off_and_said() -> None:
    priced = [_with_fee(FIRST, "4"), _with_fee(SECOND, "1")]
    settings = Settings(size=D("0.001"), max_gap_bps=D(100))
    assert direction(settings, leg(priced[0]), leg(priced[1], "100100", "100101")) == "none"
    assert direction(settings, leg(priced[0]), leg(priced[1], "100100.2", "100101")) == "long"
    quiet = decided(settings, leg(priced[0]), leg(priced[1], "100050", "100051"))
    assert "after 5 bps of fees" in quiet.legs[0].quotes.reason


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"book_time_ns": NOW_NS - 1_001 * NS_PER_MS}, "older than 1000 ms"),
        ({"bid": "100010", "ask": "100009"}, "crossed"),
        ({"bid": None, "ask": None}, "no book"),
        ({"bid": "100300", "ask": "100301"}, "a book may be broken"),
        ({"bids": [(100006.0, 0.0005)]}, "not enough depth"),
        ({"bids": [(100006.0, 0.0)]}, "not enough depth"),
    ],
)
def test_nothing_is_traded_on_a_doubtful_book(second: dict[str, Any], reason: str) -> None:
    answer = decided(QUOTE, leg(FIRST), leg(SECOND, **{"bid": "100006", "ask": "100007"} | second))
    assert [part.take for part in answer.legs] == [None, None]
    assert reason in answer.legs[0].quotes.reason


def test_depth_behind_the_touch_counts_up_to_the_price_cap() -> None:
    near = [(100006.0, 0.0005), (100000.0, 0.0005)]
    far = [(100006.0, 0.0005), (99000.0, 0.0005)]
    assert direction(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007", bids=near)) == "long"
    assert direction(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007", bids=far)) == "none"


@pytest.mark.parametrize(
    ("first", "second", "caps", "expected"),
    [
        ("0", "0", {}, "long"),
        ("5", "-5", {}, "long"),
        ("0.002", "-0.002", {"max_position": D("0.003")}, "long"),
        ("0.003", "-0.003", {"max_position": D("0.003")}, "none"),
        ("0.003", "-0.003", {"max_position_second": D("0.003")}, "none"),
        ("-0.005", "0.005", {"max_position": D("0.003"), "max_position_second": D("0.003")}, "long"),
    ],
)
def test_caps_hold_per_market_and_zero_is_none(first: str, second: str, caps: dict[str, Any], expected: str) -> None:
    settings = Settings(size=D("0.001"), threshold_unit="quote", **caps)
    legs = leg(FIRST, position=first), leg(SECOND, "100006", "100007", position=second)
    assert direction(settings, *legs) == expected


@pytest.mark.parametrize(
    ("held", "bid", "expected"),
    [
        ("0.001", "99999.5", "short"),
        ("0.001", "99998.5", "none"),
        ("0", "99999.5", "none"),
        ("-0.001", "99999.5", "none"),
    ],
)
def test_the_exit_rule_reduces_what_is_held_when_the_spread_comes_back(held: str, bid: str, expected: str) -> None:
    settings = Settings(size=D("0.001"), threshold_unit="quote", exit_threshold=D(-1))
    legs = leg(FIRST, bid, "100100", position=held), leg(SECOND, "99990", "100000", position=str(-D(held)))
    memory = Memory(references=(D(0), D(0)))
    takes = [answer.take for answer in decided(settings, *legs, memory).legs]
    assert (takes[0] is None) is (expected == "none")
    if takes[0] is not None and takes[1] is not None:
        assert [take.target for take in takes if take is not None] == [0, 0]


def test_unknown_positions_are_waited_for_not_taken_for_zero() -> None:
    answer = decided(QUOTE, leg(FIRST, position=None), leg(SECOND, "100006", "100007"))
    assert answer.memory.references is None
    assert answer.legs[0].take is None


def test_a_residual_is_hedged_on_the_leg_that_is_behind_then_unwound_then_halted() -> None:
    fired = decided(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007")).memory
    takes = []
    memory, halt = fired, ""
    for after_s in (0, 4, 6, 9, 10):
        now = NOW_NS + after_s * NS_PER_S
        legs = leg(FIRST, position="0.001", book_time_ns=now), leg(SECOND, "100006", "100007", book_time_ns=now)
        seen = pair(*(_at(part, now) for part in legs))
        answer = decide(QUOTE, seen, memory)
        memory, halt = answer.memory, answer.halt
        takes.append([None if part.take is None else part.take.target for part in answer.legs])
    assert takes == [[None, D("-0.001")], [None, D("-0.001")], [D(0), None], [D(0), None], [None, None]]
    assert halt.startswith("net exposure 0.001 BTC was neither hedged nor unwound in 10 s")


def test_nothing_is_sent_on_top_of_an_outcome_that_is_unknown() -> None:
    fired = decided(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007")).memory
    answer = decided(QUOTE, leg(FIRST, position="0.001"), leg(SECOND, "100006", "100007", busy=True), fired)
    assert [part.take for part in answer.legs] == [None, None]
    assert "proof" in answer.legs[0].quotes.reason


def test_it_halts_after_three_trades_in_a_row_that_were_unwound() -> None:
    memory, halts = Memory(), []
    for _ in range(3):
        memory = msgspec.structs.replace(memory, cool_until_ns=0)
        memory = decided(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007"), memory).memory
        memory = decided(QUOTE, leg(FIRST, position="0.001"), leg(SECOND, "100006", "100007"), memory).memory
        answer = decided(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007"), memory)
        memory = answer.memory
        halts.append(answer.halt)
    assert halts[:2] == ["", ""]
    assert halts[2].startswith("3 trades in a row")


def test_after_a_trade_it_cools_down() -> None:
    fired = decided(QUOTE, leg(FIRST), leg(SECOND, "100006", "100007")).memory
    legs = leg(FIRST, position="0.001"), leg(SECOND, "100006", "100007", position="-0.001")
    answer = decided(QUOTE, *legs, fired)
    assert answer.legs[0].take is None
    assert answer.wake_ns == NOW_NS + NS_PER_S


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"max_position": D("0.0005")}, ("size", "max_position")),
        ({"exit_threshold": D(6)}, ("exit_threshold", "long_threshold")),
        ({}, ()),
    ],
)
def test_contradictions_name_both_fields(fields: dict[str, Any], named: tuple[str, ...]) -> None:
    faults = check(Settings(size=D("0.001"), **fields))
    assert bool(faults) is bool(named)
    assert all(name in faults[0] for name in named)


def test_thresholds_are_shown_in_bps() -> None:
    assert thresholds(QUOTE, D(100_000)) == (D("0.5"), D("0.5"))


def _with_fee(instrument: Any, bps: str) -> Any:  # noqa: ANN401 - an Instrument
    return type(instrument)(
        **{name: getattr(instrument, name) for name in instrument.__struct_fields__} | {"taker_fee_bps": D(bps)}
    )


def _at(snapshot: Snapshot, now_ns: int) -> Snapshot:
    return type(snapshot)(**{name: getattr(snapshot, name) for name in snapshot.__struct_fields__} | {"now_ns": now_ns})
