"""What is sent for a wish: back-offs, amends, limits, alarms, closes."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mmtui.core.state import Policy, PositionPolicy
from mmtui.model.commands import (
    AmendOrder,
    CancelOrder,
    PlaceOrder,
)
from mmtui.model.events import (
    BestPrices,
    CommandRefused,
    Event,
    MarkPrice,
    Stop,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import Action, OrderState, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_S, Side
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
    WIDE,
    D,
    Desk,
    Wish,
    accept,
    book,
    events_noted,
    fill,
    of_kind,
    ready_desk,
    report,
    resting,
    sent,
    totals,
)

WISH = Wish(bids=(("100", "1"),))
NAME = "mm-s-1"


def test_a_clamped_price_follows_the_touch_back() -> None:
    desk = resting(Wish(bids=(("105", "1"),)))
    assert next(iter(desk.state.orders.live.values())).price == D("100.1")
    cancels = desk.say(lambda now: book(now, 100.0, 101.0))
    places = of_kind(accept(desk, cancels), PlaceOrder)
    assert places[0].price == D("100.9")


def test_orders_that_fit_are_left_alone_when_the_touch_moves() -> None:
    desk = resting(WISH)
    for ask in (100.4, 100.6, 100.1, 100.0):
        assert desk.say(lambda now, ask=ask: book(now, 99.9, ask)) == []  # type: ignore[misc]


def refuse(
    desk: Desk,
    command: PlaceOrder | AmendOrder,
    code: RefusalCode = RefusalCode.POST_ONLY_WOULD_CROSS,
    retry: int | None = None,
) -> list[Any]:
    action = Action.PLACE if isinstance(command, PlaceOrder) else Action.AMEND
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
    return resting(WISH, facts=VenueFacts(venue="t", can_amend=True), **fields)


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
    assert (desk.live(), desk.state.orders.worst(Side.BUY)) == ({NAME: OrderState.UNKNOWN}, D(2))
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
    desk = resting(WISH)
    before(desk)
    desk.wish(bids=(("99", "1"),))
    cancels = desk.say(lambda now: book(now, 100.0, 100.3))
    assert of_kind(cancels, CancelOrder)
    assert not of_kind(accept(desk, cancels), PlaceOrder)
    if after is not None:
        assert of_kind(desk.say(after), PlaceOrder)


def test_fills_that_are_owed_count_as_still_to_come() -> None:
    limits = msgspec.structs.replace(WIDE, max_position_notional=D(150))
    desk = resting(WISH, limits=limits)
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


def test_a_close_waits_for_the_ends_of_orders_and_for_owed_fills() -> None:
    desk = resting(WISH, held="3")
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
