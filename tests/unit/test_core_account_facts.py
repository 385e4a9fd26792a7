"""What a step does with fills, positions, balances, losses."""

import msgspec
import pytest

from mmtui.core.state import Phase
from mmtui.model.commands import (
    QueryFills,
    QueryPosition,
)
from mmtui.model.events import (
    CommandRefused,
    FillsListed,
    FundingPayment,
    OrderMissing,
    ReadFailed,
)
from mmtui.model.orders import Action, OrderState, OrderStatus, RefusalCode
from mmtui.model.units import Side
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
    INSTRUMENT,
    WIDE,
    D,
    Wish,
    balances,
    book,
    events_noted,
    fill,
    of_kind,
    position,
    ready_desk,
    report,
    resting,
    sent,
    totals,
)

WISH = Wish(bids=(("100", "1"),))
NAME = "mm-s-1"


def test_a_fill_counts_once_however_often_and_late_it_comes() -> None:
    desk = resting(WISH)
    desk.say(lambda now: fill(now, NAME, "t1", "0.4"), lambda now: fill(now, NAME, "t1", "0.4"))
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D("0.6")))
    desk.say(lambda now: fill(now, NAME, "t2", "0.2"))
    counters = desk.state.orders.counters
    assert counters.late_fills == 0, "the end of the order has announced it"
    desk.say(lambda now: fill(now, NAME, "t3", "0.1"))
    assert (desk.state.position, counters.fills, counters.late_fills, counters.duplicate_fills) == (D("0.7"), 3, 1, 1)


def test_both_halves_of_a_trade_with_ourselves_count() -> None:
    desk = resting(Wish(bids=(("100", "1"),), asks=(("101", "1"),)))
    desk.say(lambda now: fill(now, NAME, "t1", "1"), lambda now: fill(now, "mm-s-2", "t1", "1", Side.SELL, "100"))
    assert desk.state.orders.counters.fills == 2
    assert desk.state.position == 0


def test_a_fill_known_by_the_venues_id_only_is_booked_once_the_id_is_known() -> None:
    desk = ready_desk(WISH)
    early = fill(desk.now_ns, None, "t1", "0.5", order_id="v1")
    assert of_kind(desk.say(lambda _: early), QueryPosition)
    assert desk.state.position == 0
    desk.say(lambda now: report(now, NAME, order_id="v1", filled=D("0.5")))
    assert desk.state.fills_owed
    desk.say(lambda _: early)
    assert desk.state.position == D("0.5")


def test_a_foreign_fill_is_told_once_and_the_position_asked_for() -> None:
    desk = ready_desk(Wish())
    asked = desk.say(lambda now: fill(now, "user-1", "t1", "1"))
    assert of_kind(asked, QueryPosition)
    desk.say(lambda now: fill(now, "user-1", "t1", "1"))
    assert desk.result is None
    assert desk.state.orders.counters.foreign_fills == 1


def test_a_position_that_differs_twice_with_the_fills_listed_is_followed() -> None:
    desk = ready_desk(Wish())
    asked = desk.say(lambda now: position(now, "0.5"))
    assert of_kind(asked, QueryFills)
    assert "position_differs" in events_noted(desk)
    desk.say(lambda now: position(now, "0.5"), after_ms=600)
    assert desk.state.position == 0, "the fills are not listed yet"
    desk.say(lambda now: FillsListed(ACCOUNT, BOOK, now, 0))
    desk.say(lambda now: position(now, "0.5"))
    assert desk.state.position == D("0.5")
    assert "position_adjusted" in events_noted(desk)
    assert desk.state.pnl.net(D("100.1")) == 0


def test_a_missed_fill_is_found_before_anything_is_adjusted() -> None:
    desk = resting(WISH)
    desk.say(book, after_ms=1_500)
    desk.say(book, after_ms=1_500)
    desk.say(lambda now: position(now, "0.4"))
    desk.say(lambda now: fill(now, NAME, "t1", "0.4"), lambda now: FillsListed(ACCOUNT, BOOK, now, 0))
    desk.say(lambda now: position(now, "0.4"), after_ms=600)
    assert desk.state.position == D("0.4")
    assert desk.state.orders.counters.fills == 1
    assert desk.state.position_check.disagreements in (0, 1)


@pytest.mark.parametrize("quantity", ["0.5", "0"])
def test_a_difference_while_answers_are_owed_means_nothing(quantity: str) -> None:
    desk = ready_desk(WISH)
    desk.say(lambda now: position(now, quantity))
    assert desk.state.position_check.disagreements == 0


def test_two_different_differences_start_over() -> None:
    desk = ready_desk(Wish())
    for quantity in ("0.5", "0.7"):
        desk.say(lambda now, quantity=quantity: position(now, quantity), after_ms=600)  # type: ignore[misc]
        desk.say(lambda now: FillsListed(ACCOUNT, BOOK, now, 0))
    assert desk.state.position == 0
    desk.say(lambda now: position(now, "0"))
    assert desk.state.position_check.disagreements == 0


def test_units_of_contracts_are_kept_apart_from_base_units() -> None:
    contracts = msgspec.structs.replace(INSTRUMENT, multiplier=D("0.01"))
    desk = ready_desk(Wish(), held="0.5", instrument=contracts)
    assert desk.state.position == 50
    for _ in range(2):
        desk.say(lambda now: position(now, "0.6"), after_ms=600)
        desk.say(lambda now: FillsListed(ACCOUNT, BOOK, now, 0))
    assert desk.state.position == 60


def test_balances_become_unknown_when_they_cannot_be_read() -> None:
    desk = ready_desk(Wish())
    assert (desk.state.quote_total, desk.state.base_total) == (D(100_000), D(0))
    desk.say(lambda now: ReadFailed(ACCOUNT, now, "balances", "500"))
    assert (desk.state.quote_total, desk.state.base_total) == (None, None)
    desk.say(balances)
    old = balances(1)
    desk.say(lambda _: old)
    assert desk.state.quote_total == 100_000


def test_funding_is_booked_and_told() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: FundingPayment(ACCOUNT, BOOK, now, "f1", D("-0.25")))
    assert desk.state.pnl.funding == D("-0.25")
    assert "funding" in events_noted(desk)


def test_a_loss_beyond_the_day_limit_stops_the_run() -> None:
    limits = msgspec.structs.replace(WIDE, max_daily_loss=D(10))
    desk = ready_desk(Wish(), held="1", limits=limits)
    desk.say(lambda now: totals(now, day="-5"))
    desk.say(lambda now: book(now, 96.0, 96.2))
    assert desk.phase() is Phase.QUOTING
    desk.say(lambda now: book(now, 95.0, 95.2))
    assert desk.state.stop is not None
    assert desk.state.stop.risk_stop
    assert desk.state.stop.reason.startswith("max_daily_loss")
    assert of_kind(sent(desk), QueryPosition) == []


def test_a_fall_from_the_peak_stops_the_run_and_other_workers_count() -> None:
    limits = msgspec.structs.replace(WIDE, max_drawdown=D(10))
    desk = ready_desk(Wish(), held="1", limits=limits)
    desk.say(lambda now: book(now, 108.0, 108.2))
    desk.say(lambda now: totals(now, net="-3"))
    assert desk.phase() is Phase.QUOTING
    desk.say(lambda now: book(now, 101.0, 101.2))
    assert desk.state.stop is not None
    assert desk.state.stop.reason.startswith("max_drawdown")


def test_yesterdays_loss_is_not_todays() -> None:
    limits = msgspec.structs.replace(WIDE, max_daily_loss=D(10))
    desk = ready_desk(Wish(), held="1", limits=limits)
    desk.say(lambda now: book(now, 93.0, 93.2))
    desk.say(lambda now: book(now, 93.0, 93.2), after_ms=86_400_000)
    desk.say(lambda now: book(now, 88.0, 88.2))
    assert desk.state.stop is None
    desk.say(lambda now: book(now, 83.0, 83.2))
    assert desk.state.stop is not None


def test_reports_of_others_and_late_words_change_nothing() -> None:
    desk = resting(WISH)
    desk.say(lambda now: report(now, "user-1"))
    assert desk.result is None
    desk.say(lambda now: OrderMissing(ACCOUNT, BOOK, now, "user-1"))
    assert desk.result is None
    desk.say(lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.PLACE, NAME, RefusalCode.OTHER, "no"))
    assert desk.live() == {NAME: OrderState.OPEN}
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED), lambda now: report(now, NAME))
    assert NAME in desk.state.orders.done
