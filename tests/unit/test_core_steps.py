"""What a step does with market data, account facts, back-offs and alarms."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mmtui.core.inquiry import Inquiry
from mmtui.core.order_table import FillResult, OrderTable
from mmtui.core.state import Hold, Phase, Policy, PositionPolicy
from mmtui.model.commands import (
    AmendOrder,
    CancelOrder,
    PlaceOrder,
    QueryFills,
    QueryPosition,
)
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    CommandRefused,
    Event,
    FillsListed,
    FundingPayment,
    MarkPrice,
    OrderMissing,
    PublicTrade,
    ReadFailed,
    Start,
    Stop,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import Action, OrderState, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.ports.errors import BugError
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
    INSTRUMENT,
    WIDE,
    D,
    Desk,
    Wish,
    accept,
    balances,
    book,
    fill,
    listed,
    make_state,
    position,
    ready_desk,
    report,
    totals,
)

WISH = Wish(bids=(("100", "1"),))
NAME = "mm-s-1"


def of_kind(commands: list[Any], *kinds: type) -> list[Any]:
    return [command for command in commands if isinstance(command, kinds)]


def sent(desk: Desk) -> list[Any]:
    assert desk.result is not None
    return [approved.command for approved in desk.result.commands]


def events_noted(desk: Desk) -> list[str]:
    assert desk.result is not None
    return [getattr(note, "event", "") for note in desk.result.notes]


def resting(wish: Wish = WISH, **fields: Any) -> Desk:  # noqa: ANN401 - as make_state
    desk = ready_desk(wish, **fields)
    accept(desk, sent(desk))
    return desk


# ------------------------------------------------------------------------------------------------------ market data


def test_a_frame_that_moves_no_best_price_decides_nothing() -> None:
    desk = ready_desk(Wish())
    assert desk.say(book) == []
    assert desk.result is None
    desk.say(lambda now: PublicTrade(BOOK, now, 100.0, 1.0))
    assert desk.result is None


def test_prices_become_exact_by_the_tick() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: book(now, 100.30000000000001, 100.49999999999999))
    seen = desk.kind.seen[-1]
    assert (str(seen.best_bid), str(seen.best_ask), seen.mid) == ("100.3", "100.5", D("100.4"))


@pytest.mark.parametrize(("bid", "ask"), [(100.4, 100.2), (100.0, 0.0), (0.0, 100.0)])
def test_without_a_usable_book_nothing_is_quoted(bid: float, ask: float) -> None:
    desk = resting()
    cancels = desk.say(lambda now: BestPrices(BOOK, now, bid, 1.0, ask, 1.0))
    assert of_kind(cancels, CancelOrder)
    assert desk.state.mid is None


def test_a_venue_of_best_prices_only_is_enough() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals)
    desk.say(Start, listed, position, balances)
    assert of_kind(desk.say(lambda now: BestPrices(BOOK, now, 100.0, 1.0, 100.2, 1.0)), PlaceOrder)


def test_best_prices_beside_a_depth_stream_say_nothing() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 1.0)], [], 7))
    desk.say(lambda now: BestPrices(BOOK, now, 50.0, 1.0, 50.2, 1.0))
    assert desk.state.best_bid == 100


def test_a_gap_takes_the_quotes_off_until_a_snapshot() -> None:
    desk = resting()
    desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 1.0)], [], 1))
    cancels = desk.say(lambda now: BookDelta(BOOK, now, [], [], 9, 8))
    assert of_kind(cancels, CancelOrder)
    assert "book_gap" in events_noted(desk)
    accept(desk, cancels)
    assert of_kind(desk.say(book), PlaceOrder)


def test_a_lost_feed_takes_the_quotes_off_until_it_is_back_with_a_snapshot() -> None:
    desk = resting()
    cancels = desk.say(lambda now: StreamDown("public", now, "reset", BOOK))
    accept(desk, cancels)
    assert of_kind(cancels, CancelOrder)
    assert not of_kind(desk.say(book), PlaceOrder), "the stream is not up yet"
    assert of_kind(desk.say(lambda now: StreamUp("public", now, BOOK)), PlaceOrder)


def test_a_stale_book_wakes_by_itself_and_a_frame_of_the_same_prices_brings_the_quotes_back() -> None:
    desk = resting()
    assert desk.state.wake_ns <= desk.now_ns + 2 * NS_PER_S + 1
    cancels = desk.feed(after_ms=2_001)
    assert of_kind(cancels, CancelOrder)
    accept(desk, cancels)
    assert desk.state.book_stale
    assert of_kind(desk.say(book), PlaceOrder)
    accept(desk, sent(desk))
    desk.feed(after_ms=2_001)
    assert of_kind(desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 2.0)], [], 1)), CancelOrder, PlaceOrder) == []
    assert desk.state.settled or desk.live()


def test_unknown_messages_are_counted_and_the_first_are_told() -> None:
    desk = ready_desk(Wish())
    for _ in range(5):
        desk.say(lambda now: Unrecognised("feed", now, "x"), lambda now: MarkPrice(BOOK, now, D(now)))
    assert desk.state.unrecognised == 5


def test_a_mark_decides_only_when_it_moves() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: MarkPrice(BOOK, now, D(100), D(99), D("0.0001")))
    assert desk.result is not None
    assert (desk.state.reference, desk.state.index, desk.state.funding_rate) == (100, 99, D("0.0001"))
    desk.say(lambda now: MarkPrice(BOOK, now, D(100)))
    assert desk.result is None


# --------------------------------------------------------------------------------------------------------- planning


def test_a_clamped_price_follows_the_touch_back() -> None:
    desk = resting(Wish(bids=(("105", "1"),)))
    assert next(iter(desk.state.orders.live.values())).price == D("100.1")
    cancels = desk.say(lambda now: book(now, 100.0, 101.0))
    places = of_kind(accept(desk, cancels), PlaceOrder)
    assert places[0].price == D("100.9")


def test_orders_that_fit_are_left_alone_when_the_touch_moves() -> None:
    desk = resting()
    for ask in (100.4, 100.6, 100.1, 100.0):
        assert desk.say(lambda now, ask=ask: book(now, 99.9, ask)) == []  # type: ignore[misc]


def refuse(
    desk: Desk, command: Any, code: RefusalCode = RefusalCode.POST_ONLY_WOULD_CROSS, retry: int | None = None
) -> list[Any]:  # noqa: ANN401, E501
    action = {PlaceOrder: Action.PLACE, AmendOrder: Action.AMEND, CancelOrder: Action.CANCEL}[type(command)]
    name = command.client_order_id
    return desk.say(lambda now: CommandRefused(ACCOUNT, BOOK, now, action, name, code, "no", retry))


def test_a_refused_side_waits_longer_each_time_and_the_other_does_not() -> None:
    desk = ready_desk(Wish(bids=(("100", "1"),)))
    place = sent(desk)[0]
    pauses = []
    for _ in range(8):
        assert not of_kind(refuse(desk, place), PlaceOrder)
        pauses.append(desk.state.hold_buy.until_ns - desk.now_ns)
        place = of_kind(desk.say(book, after_ms=pauses[-1] / 1e6), PlaceOrder)[0]
    assert pauses == [250_000_000 << i for i in range(5)] + [5_000_000_000] * 3
    desk.wish(asks=(("101", "1"),))
    refuse(desk, place)
    assert [place.side for place in of_kind(sent(desk), PlaceOrder)] == [Side.SELL], "the other side does not wait"


def test_the_venues_own_waiting_time_counts() -> None:
    desk = ready_desk(WISH)
    refuse(desk, sent(desk)[0], RefusalCode.RATE_LIMITED, 7_000)
    assert desk.state.hold_buy.until_ns == desk.now_ns + 7 * NS_PER_S


def test_a_held_back_side_is_still_cancelled() -> None:
    desk = resting(Wish(bids=(("100", "1"), ("99", "1"))))
    desk.wish(bids=(("100", "1"), ("99", "1"), ("98", "1")))
    place = of_kind(desk.say(lambda now: book(now, 100.0, 100.3)), PlaceOrder)[0]
    refuse(desk, place)
    desk.wish(bids=())
    assert len(of_kind(desk.say(lambda now: book(now, 100.0, 100.4)), CancelOrder)) == 2


def amending(**fields: Any) -> Desk:  # noqa: ANN401 - as make_state
    return resting(facts=VenueFacts(venue="t", can_amend=True), **fields)


def test_an_amend_that_is_held_back_becomes_a_cancel() -> None:
    desk = amending()
    desk.wish(bids=(("99", "1"),))
    amend = of_kind(desk.say(lambda now: book(now, 100.0, 100.3)), AmendOrder)[0]
    cancels = refuse(desk, amend, RefusalCode.INSUFFICIENT_FUNDS)
    assert [c.client_order_id for c in of_kind(cancels, CancelOrder)] == [NAME]


def test_an_amend_that_the_gate_refuses_becomes_a_cancel() -> None:
    desk = amending()
    desk.wish(bids=(("50", "1"),))
    commands = desk.say(lambda now: book(now, 100.0, 100.3))
    assert [type(command) for command in commands] == [CancelOrder]
    assert desk.state.why_not[0].startswith("buy level 0: price_band_pct")


def test_an_amend_ends_with_the_new_figures_only() -> None:
    desk = amending()
    desk.wish(bids=(("99", "2"),))
    desk.say(lambda now: book(now, 100.0, 100.3))
    desk.say(lambda now: report(now, NAME, price=D(100), quantity=D(1), filled=D(0)))
    assert desk.live() == {NAME: OrderState.AMEND_SENT}
    assert desk.state.orders.worst(Side.BUY) == 2
    desk.say(lambda now: report(now, NAME, price=D(99), quantity=D(2), filled=D(0)))
    assert desk.live() == {NAME: OrderState.OPEN}


def test_an_amend_of_unknown_outcome_counts_at_the_larger_size_until_its_window_is_over() -> None:
    desk = amending()
    desk.wish(bids=(("99", "2"),))
    desk.say(lambda now: book(now, 100.0, 100.3))
    desk.feed(after_ms=5_100)
    assert desk.live() == {NAME: OrderState.UNKNOWN}
    desk.say(lambda now: report(now, NAME, price=D(100), quantity=D(1), filled=D(0)))
    assert (desk.live(), desk.state.orders.worst(Side.BUY)) == ({NAME: OrderState.UNKNOWN}, 2)
    desk.say(lambda now: report(now, NAME, price=D(100), quantity=D(1), filled=D(0)), after_ms=6_000)
    assert desk.live() == {NAME: OrderState.CANCEL_SENT} or desk.live() == {NAME: OrderState.OPEN}


def test_a_refused_amend_of_an_order_that_is_full_meanwhile_ends_it() -> None:
    desk = amending()
    desk.wish(bids=(("99", "2"),))
    amend = of_kind(desk.say(lambda now: book(now, 100.0, 100.3)), AmendOrder)[0]
    desk.say(lambda now: fill(now, NAME, "t1", "1"))
    refuse(desk, amend, RefusalCode.OTHER)
    assert NAME in desk.state.orders.done


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.CANCELLED])
def test_an_order_that_the_venue_ends_unfilled_by_itself_is_not_sent_again_at_once(status: OrderStatus) -> None:
    desk = ready_desk(WISH)
    assert not of_kind(desk.say(lambda now: report(now, NAME, status, filled=D(0))), PlaceOrder)
    assert desk.state.hold_buy.refusals == 1
    assert of_kind(desk.feed(after_ms=250), PlaceOrder)
    assert desk.state.orders.counters.rejects == (status is OrderStatus.REJECTED)


def test_limits_refuse_with_a_reason_told_once_and_try_again_when_the_reason_goes() -> None:
    limits = msgspec.structs.replace(WIDE, max_open_orders=3)
    desk = ready_desk(Wish(), limits=limits)
    desk.say(lambda now: totals(now, orders=3))
    desk.wish(bids=(("100", "1"),))
    desk.say(lambda now: book(now, 100.0, 100.3))
    assert "not_quoted" in events_noted(desk)
    desk.say(lambda now: totals(now, orders=4))
    assert "not_quoted" not in events_noted(desk), "only its figures moved"
    assert desk.state.orders.next_id() == NAME, "what our own gate refuses uses up no id"
    assert of_kind(desk.say(lambda now: totals(now, orders=2)), PlaceOrder)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lambda desk: desk.say(lambda now: totals(now, granted=False)), totals),
        (lambda desk: setattr(desk.state, "journal_failed", True), None),
    ],
)
def test_without_grant_or_journal_nothing_new_but_cancels(
    before: Callable[[Desk], object], after: Callable[[int], Event] | None
) -> None:
    desk = resting()
    before(desk)
    desk.wish(bids=(("99", "1"),))
    cancels = desk.say(lambda now: book(now, 100.0, 100.3))
    assert of_kind(cancels, CancelOrder)
    assert not of_kind(accept(desk, cancels), PlaceOrder)
    if after is not None:
        assert of_kind(desk.say(after), PlaceOrder)


def test_fills_that_are_owed_count_as_still_to_come() -> None:
    limits = msgspec.structs.replace(WIDE, max_position_notional=D(150))
    desk = resting(limits=limits)
    desk.say(lambda now: report(now, NAME, OrderStatus.FILLED, filled=D(1)))
    assert desk.state.position == 0
    assert "max_position_notional" in desk.state.why_not[0]
    desk = ready_desk(Wish(asks=(("101", "1"),)), limits=limits)
    desk.say(lambda now: report(now, NAME, OrderStatus.FILLED, filled=D(1)))
    assert "max_position_notional" in desk.state.why_not[0]


def test_a_strategy_that_asks_to_be_woken_in_the_past_is_woken_soon_not_at_once() -> None:
    desk = ready_desk(Wish(wake_ns=1))
    assert desk.state.wake_ns == desk.now_ns + 1_000_000
    desk.wish(wake_ns=desk.now_ns + NS_PER_S)
    desk.say(lambda now: book(now, 100.0, 100.3))
    assert desk.state.wake_ns == desk.state.settings.wake_ns


# ---------------------------------------------------------------------------------------------------------- closing


def test_a_close_waits_for_the_ends_of_orders_and_for_owed_fills() -> None:
    desk = resting(held="3")
    desk.wish(close_to="1")
    cancels = desk.say(lambda now: book(now, 100.0, 100.3))
    assert [type(c) for c in cancels] == [CancelOrder]
    assert "waiting for the ends" in desk.state.why_not[0]
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D("0.5")))
    assert "waiting for fills" in desk.state.why_not[0]
    close = of_kind(desk.say(lambda now: fill(now, NAME, "t1", "0.5")), PlaceOrder)[0]
    assert (close.quantity, close.price, close.time_in_force) == (D("2.5"), D("99.8"), TimeInForce.IOC)
    desk.say(lambda now: fill(now, close.client_order_id, "t2", "2.5", Side.SELL))
    assert "at its target" in desk.state.why_not[0]


@pytest.mark.parametrize(
    ("held", "target", "says"),
    [("1", "2", "never grows"), ("-1", "-2", "never grows"), ("1", "0.999", "below the minimum"), ("0", "5", "below")],
)
def test_a_close_that_is_none(held: str, target: str, says: str) -> None:
    desk = ready_desk(Wish(close_to=target), held=held)
    assert not of_kind(sent(desk), PlaceOrder)
    assert says in desk.state.why_not[0]


def test_a_close_never_goes_beyond_flat() -> None:
    desk = ready_desk(Wish(close_to="-2"), held="1")
    assert of_kind(sent(desk), PlaceOrder)[0].quantity == 1


@pytest.mark.parametrize(
    ("held", "bid", "ask", "price"), [("1", 99.0, 0.0, "98.8"), ("-1", 0.0, 101.0, "101.3"), ("1", 0.0, 99.0, "")]
)
def test_a_book_that_lost_its_other_side_is_enough_to_close_against(
    held: str, bid: float, ask: float, price: str
) -> None:
    policy = Policy(on_stop_position=PositionPolicy.FLATTEN)
    desk = ready_desk(Wish(), held=held, policy=policy)
    desk.say(lambda now: MarkPrice(BOOK, now, D(100)), lambda now: BestPrices(BOOK, now, bid, 1.0, ask, 1.0))
    places = of_kind(desk.say(lambda now: Stop(now, "test")), PlaceOrder)
    assert [str(place.price) for place in places] == ([price] if price else [])


def test_a_close_beyond_the_band_is_refused_with_a_reason() -> None:
    desk = ready_desk(Wish(), held="1")
    desk.say(lambda now: MarkPrice(BOOK, now, D(200)))
    desk.wish(close_to="0")
    assert not of_kind(desk.say(lambda now: book(now, 100.0, 100.3)), PlaceOrder)
    assert "price_band_pct" in desk.state.why_not[0]


# ----------------------------------------------------------------------------------------------------- account facts


def test_a_fill_counts_once_however_often_and_late_it_comes() -> None:
    desk = resting()
    desk.say(lambda now: fill(now, NAME, "t1", "0.4"), lambda now: fill(now, NAME, "t1", "0.4"))
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D("0.6")))
    desk.say(lambda now: fill(now, NAME, "t2", "0.2"))
    counters = desk.state.orders.counters
    assert (desk.state.position, counters.fills, counters.late_fills, counters.duplicate_fills) == (D("0.6"), 2, 1, 1)


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
    desk = resting()
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
    assert (desk.state.quote_total, desk.state.base_total) == (100_000, 0)
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
    assert desk.state.phase is Phase.QUOTING
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
    assert desk.state.phase is Phase.QUOTING
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
    desk = resting()
    desk.say(lambda now: report(now, "user-1"))
    assert desk.result is None
    desk.say(lambda now: OrderMissing(ACCOUNT, BOOK, now, "user-1"))
    assert desk.result is None
    desk.say(lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.PLACE, NAME, RefusalCode.OTHER, "no"))
    assert desk.live() == {NAME: OrderState.OPEN}
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED), lambda now: report(now, NAME))
    assert NAME in desk.state.orders.done


# ------------------------------------------------------------------------------------------------------- the table


def a_place(name: str) -> PlaceOrder:
    return PlaceOrder(ACCOUNT, BOOK, name, Side.BUY, D(100), D(1))


def test_a_client_id_is_used_once() -> None:
    table = OrderTable(prefix="mm-")
    table.place_sent(a_place("mm-1"), 1, 0)
    with pytest.raises(BugError, match="used twice"):
        table.place_sent(a_place("mm-1"), 2, 0)


def test_what_is_not_in_the_table_of_transitions_is_a_bug() -> None:
    table = OrderTable(prefix="mm-")
    table.place_sent(a_place("mm-1"), 1, 0)
    with pytest.raises(BugError, match="impossible in state sent"):
        table.cancel_sent(CancelOrder(ACCOUNT, BOOK, "mm-1", None), 2)


def test_old_rows_are_forgotten_but_not_their_money_nor_those_whose_fills_are_owed() -> None:
    table = OrderTable(prefix="mm-")
    for number in range(1, 621):
        table.place_sent(a_place(table.next_id()), number, 0)
        table.on_report(report(number, f"mm-{number}", order_id=f"v{number}"))
        filled = D("0.5") if number == 3 else D(0)
        table.on_report(report(number, f"mm-{number}", OrderStatus.CANCELLED, filled=filled))
    assert len(table.done) == 500
    assert table.find("mm-1", "v1") is None
    assert table.find(None, "v3") is table.done["mm-3"]
    assert table.on_fill(fill(700, "mm-1", "t1", "1")) is FillResult.LATE
    assert table.on_fill(fill(701, "mm-1", "t1", "1")) is FillResult.DUPLICATE
    assert table.find("mm-other", "v620") is table.done["mm-620"]
    assert len(table.by_order_id) == 500


def test_trade_ids_are_kept_within_bounds() -> None:
    table = OrderTable(prefix="mm-")
    for number in range(20_100):
        table.on_fill(fill(1, "mm-1", f"t{number}", "1"))
    assert len(table.trade_ids) == 20_000


def test_adopted_ids_without_a_number_do_not_disturb_the_count() -> None:
    table = OrderTable(prefix="mm-")
    table.adopt(report(1, "mm-old", side=Side.SELL, price=D(1), quantity=D(1)))
    assert table.next_id() == "mm-1"


# -------------------------------------------------------------------------------------------------------- questions


def test_a_question_is_asked_once_at_a_time_and_later_after_each_failure() -> None:
    question = Inquiry()
    assert question.may_ask(0)
    question.ask(0)
    assert not question.may_ask(4_999_999_999)
    assert question.due_ns(1) == 5_000_000_000
    assert not question.may_ask(5_000_000_000), "overdue is a failure, and then comes a pause"
    assert question.may_ask(5_500_000_000)
    for failures, pause in ((2, 1), (3, 2), (4, 3), (9, 3)):
        question.failures = failures - 1
        question.failed(0)
        assert question.not_before_ns == pause * NS_PER_S
    question.answered(7, now_ns=8)
    assert (question.failures, question.answered_ns) == (0, 7)
    question.forget(10)
    question.answered(9, now_ns=11)
    assert question.answered_ns == 0, "asked before it was wanted"


def test_a_hold_grows_and_ends() -> None:
    hold = Hold()
    for _ in range(12):
        hold.refused(0)
    assert hold.until_ns == 5 * NS_PER_S
    hold.clear()
    assert (hold.until_ns, hold.refusals) == (0, 0)
