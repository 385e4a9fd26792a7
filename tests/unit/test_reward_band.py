"""The reward meter: both sides, distance from mark, resting time, clock hours."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.core.reward_band import HOUR_NS, RewardMeter, RewardRules
from mmtui.engine.publish import strategy_row
from mmtui.headless.narration import Narrator
from mmtui.headless.summary import summary_line
from mmtui.model.events import Event, MarkPrice
from mmtui.model.orders import Order, OrderState
from mmtui.model.units import NS_PER_S, Side
from tests.unit.core_scenes import BOOK, Desk, Wish, book, resting
from tests.unit.headless_rows import NOW_NS, strategy

START_NS = 1_767_225_600 * NS_PER_S
MARK = Decimal(100_000)


def order(side: Side, price: str, opened_s: float = 0.0, state: OrderState = OrderState.OPEN) -> Order:
    opened_ns = START_NS + round(opened_s * NS_PER_S)
    return Order(
        client_order_id=f"mm-{side.value}-{price}", side=side, price=Decimal(price), quantity=Decimal("0.5"),
        created_ns=opened_ns, opened_ns=opened_ns, state=state,
    )  # fmt: skip


def meter(**rules: object) -> RewardMeter:
    return RewardMeter(rules=RewardRules(**rules))  # type: ignore[arg-type]


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_S)


def test_both_sides_count_only_after_their_resting_time() -> None:
    counted = meter()
    counted.look(at(0), MARK, [order(Side.BUY, "99950"), order(Side.SELL, "100050", opened_s=-1)])
    counted.look(at(10), MARK, [])
    figures = counted.figures(at(10))
    assert (figures.hour_bid_s, figures.hour_ask_s, figures.hour_both_s) == (7.0, 8.0, 7.0)
    assert not figures.bid_in_band
    counted.look(at(20), MARK, [])
    assert counted.figures(at(20)).hour_both_s == 7.0
    assert counted.figures(at(20)).uptime_pct == 35.0


@pytest.mark.parametrize(
    ("bid", "both_s"), [("99900", 10.0), ("99899.99", 0.0), ("100000", 10.0), ("99000", 0.0)], ids=str
)
def test_the_band_is_measured_from_the_mark_and_its_edge_belongs_to_it(bid: str, both_s: float) -> None:
    counted = meter(min_resting_ms=0)
    counted.look(at(0), MARK, [order(Side.BUY, bid), order(Side.SELL, "100010")])
    counted.look(at(10), MARK, [])
    assert counted.figures(at(10)).hour_both_s == both_s


def test_one_side_alone_is_no_uptime() -> None:
    counted = meter(min_resting_ms=0)
    counted.look(at(0), MARK, [order(Side.BUY, "99950")])
    counted.look(at(60), MARK, [])
    figures = counted.figures(at(60))
    assert (figures.hour_bid_s, figures.hour_ask_s, figures.hour_both_s) == (60.0, 0.0, 0.0)


def test_a_moving_mark_takes_orders_out_of_the_band_and_back_without_a_new_rest() -> None:
    orders = [order(Side.BUY, "99950"), order(Side.SELL, "100050")]
    counted = meter()
    counted.look(at(0), MARK, orders)
    counted.look(at(13), Decimal(100_100), orders)  # the bid is 15 bps away
    counted.look(at(23), MARK, orders)
    counted.look(at(33), MARK, orders)
    assert counted.figures(at(33)).hour_both_s == 20.0


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (OrderState.OPEN, True),
        (OrderState.CANCEL_SENT, True),
        (OrderState.UNKNOWN, False),
        (OrderState.SENT, False),
        (OrderState.DONE, False),
    ],
)
def test_only_orders_that_surely_rest_count(state: OrderState, counts: bool) -> None:
    counted = meter(min_resting_ms=0)
    counted.look(at(0), MARK, [order(Side.BUY, "99950", state=state), order(Side.SELL, "100050")])
    counted.look(at(5), MARK, [])
    assert bool(counted.figures(at(5)).hour_both_s) is counts


def test_time_without_a_mark_is_not_watched() -> None:
    counted = meter(min_resting_ms=0)
    counted.look(at(0), None, [order(Side.BUY, "99950"), order(Side.SELL, "100050")])
    counted.look(at(50), None, [])
    assert counted.figures(at(50)).uptime_pct is None
    assert counted.figures(at(50)).hour_watched_s == 0.0


@pytest.mark.parametrize(
    ("minutes", "multiplier", "hours"),
    [(29.9, 0.0, (0, 0, 1)), (30, 0.5, (0, 1, 0)), (41.9, 0.5, (0, 1, 0)), (42, 1.0, (1, 0, 0))],
)
def test_an_hour_counts_by_its_minutes(minutes: float, multiplier: float, hours: tuple[int, int, int]) -> None:
    orders = [order(Side.BUY, "99950", opened_s=-10), order(Side.SELL, "100050", opened_s=-10)]
    counted = meter()
    counted.look(at(0), MARK, orders)
    counted.look(at(minutes * 60), MARK, [])
    assert counted.figures(at(minutes * 60)).multiplier == multiplier
    counted.look(at(3_600), MARK, [])
    figures = counted.figures(at(3_600))
    assert (figures.full_hours, figures.half_hours, figures.lost_hours) == hours
    assert figures.hour_both_s == 0.0


def test_a_span_over_several_hours_is_cut_at_each() -> None:
    orders = [order(Side.BUY, "99950", opened_s=-10), order(Side.SELL, "100050", opened_s=-10)]
    counted = meter()
    counted.look(at(1_800), MARK, orders)
    counted.look(at(3 * 3_600 + 60), MARK, orders)
    figures = counted.figures(at(3 * 3_600 + 60))
    assert (figures.full_hours, figures.half_hours) == (2, 1)
    assert figures.hour_both_s == 60.0
    assert figures.uptime_pct == 100.0


def test_points_are_notional_times_share_times_days() -> None:
    counted = meter(min_resting_ms=0)
    near, middle, far, beyond = "99950", "99800", "99500", "98000"
    counted.look(at(0), MARK, [order(Side.BUY, price) for price in (near, middle, far, beyond)])
    counted.look(at(86_400), MARK, [])
    worth = (99_950 * 1.0 + 99_800 * 0.5 + 99_500 * 0.1) * 0.5
    assert counted.figures(at(86_400)).points == pytest.approx(worth)


def test_other_rules_count_otherwise() -> None:
    counted = meter(band_bps=Decimal(30), min_resting_ms=500, full_minutes=1, half_minutes=1)
    counted.look(at(0), MARK, [order(Side.BUY, "99750"), order(Side.SELL, "100250")])
    counted.look(at(61), MARK, [])
    assert counted.figures(at(61)).multiplier == 1.0


def test_the_meter_survives_the_journal() -> None:
    counted = meter()
    counted.look(at(0), MARK, [order(Side.BUY, "99950"), order(Side.SELL, "100050")])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(counted), type=RewardMeter)
    for one in (counted, again):
        one.look(at(9), MARK, [])
    assert again == counted


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(1, 4_000), st.integers(-40, 40), st.booleans(), st.booleans()), max_size=30))
def test_no_time_is_counted_twice_or_lost(spans: list[tuple[int, int, bool, bool]]) -> None:
    counted = meter()
    now_ns = START_NS
    for seconds, moved_bps, has_bid, has_ask in spans:
        orders = [order(Side.BUY, "99950")] if has_bid else []
        orders += [order(Side.SELL, "100050")] if has_ask else []
        counted.look(now_ns, MARK + moved_bps * 10, orders)
        now_ns += seconds * NS_PER_S
    counted.look(now_ns, MARK, [])
    assert counted.all_watched_ns == (now_ns - START_NS if spans else 0)
    assert counted.all_both_ns <= counted.all_watched_ns
    assert counted.both_ns <= min(counted.bid_ns, counted.ask_ns) <= counted.watched_ns <= HOUR_NS
    assert counted.full_hours + counted.half_hours + counted.lost_hours == (now_ns // HOUR_NS - START_NS // HOUR_NS)


def marked(price: str) -> Callable[[int], Event]:
    return lambda now_ns: MarkPrice(BOOK, now_ns, Decimal(price))


def summarised(desk: Desk) -> dict[str, Any]:
    (told,) = msgspec.to_builtins(summary_line([strategy_row(desk.state)], 0, 1.0, None, None)["strategies"])
    assert isinstance(told, dict)
    return told


def test_a_running_strategy_is_measured_from_its_mark_and_shown() -> None:
    rules = RewardRules(band_bps=Decimal(30))
    desk = resting(Wish(bids=(("99.9", "1"),), asks=(("100.3", "1"),)), rewards=RewardMeter(rules=rules))
    desk.say(marked("100.1"))
    desk.say(book, after_ms=4_000)
    row = strategy_row(desk.state).rewards
    assert row is not None
    assert row.hour_both_s == pytest.approx(0.999, abs=0.002)  # from three seconds after they rested
    assert row.bid_in_band
    assert row.ask_in_band
    desk.say(marked("101"), after_ms=500)
    desk.say(book, after_ms=500)
    row = strategy_row(desk.state).rewards
    assert row is not None
    assert row.hour_both_s == pytest.approx(1.499, abs=0.003)
    assert not row.bid_in_band
    assert summarised(desk)["rewards"]["hour_both_s"] == row.hour_both_s


def test_without_a_programme_there_is_no_meter() -> None:
    desk = resting(Wish(bids=(("99.9", "1"),)))
    assert strategy_row(desk.state).rewards is None
    assert "rewards" not in summarised(desk)


@pytest.mark.parametrize(("language", "label"), [("en", "both this hour"), ("zh", "本小时双边")])
def test_the_report_of_a_run_shows_the_meter(language: str, label: str) -> None:
    counted = meter(min_resting_ms=0)
    counted.look(at(0), MARK, [order(Side.BUY, "99950"), order(Side.SELL, "100050")])
    counted.look(at(65), MARK, [])
    pieces: list[str] = []
    narrator = Narrator(pieces.append, language, colour=False, tty=False)
    narrator.report(strategy(rewards=counted.figures(at(65))), NOW_NS)
    (line,) = [line for line in "".join(pieces).splitlines() if label in line]
    assert "1 min 05 s" in line
    assert "100.00 %" in line
