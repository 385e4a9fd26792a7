"""What it takes to conclude something about an order that the venue says nothing about."""

import pytest

from mmtui.core.state import Phase
from mmtui.model.commands import CancelOrder, PlaceOrder, QueryFills, QueryOpenOrders, QueryOrder
from mmtui.model.events import CommandRefused, CommandUnknown, FillsListed, ReadFailed, Stop
from mmtui.model.orders import Action, DoneReason, OrderState, OrderStatus, RefusalCode
from mmtui.model.units import Side
from tests.unit.core_scenes import ACCOUNT, BOOK, D, Desk, Wish, accept, book, fill, listed, ready_desk, report

NAME = "mm-s-1"
WISH = Wish(bids=(("100", "1"),))


def quoting() -> Desk:
    """One bid, sent."""
    desk = ready_desk(WISH)
    assert desk.live() == {NAME: OrderState.SENT}
    return desk


def resting() -> Desk:
    """One bid, open at the venue."""
    desk = quoting()
    desk.say(lambda now: report(now, NAME, order_id="v1", filled=D(0)))
    assert desk.live() == {NAME: OrderState.OPEN}
    return desk


def fresh(desk: Desk, after_ms: float) -> list[object]:
    """Live on with a living book; returns what was asked for."""
    asked: list[object] = []
    while after_ms > 0:
        asked += desk.say(book, after_ms=min(after_ms, 500))
        after_ms -= 500
    return asked


def not_found(desk: Desk) -> list[object]:
    return list(desk.say(lambda now: report(now, NAME, OrderStatus.NOT_FOUND)))


def fills_listed(desk: Desk) -> list[object]:
    return list(desk.say(lambda now: FillsListed(ACCOUNT, BOOK, now, 0)))


def kinds(commands: list[object]) -> set[type]:
    return {type(command) for command in commands}


def unknown(desk: Desk) -> list[object]:
    return list(desk.say(lambda now: CommandUnknown(ACCOUNT, BOOK, now, Action.PLACE, NAME, "timeout")))


def test_an_unknown_place_counts_and_is_asked_for_until_two_answers_and_the_fills_prove_it_never_arrived() -> None:
    desk = quoting()
    assert QueryOrder in kinds(unknown(desk))
    assert desk.state.orders.worst(Side.BUY) == 1
    not_found(desk)
    assert desk.live() == {NAME: OrderState.UNKNOWN}, "within the request window nothing is proof"
    assert QueryOrder in kinds(fresh(desk, 12_000))
    assert QueryFills in kinds(not_found(desk))
    assert desk.live() == {NAME: OrderState.UNKNOWN}, "its fills are not listed yet"
    fills_listed(desk)
    fresh(desk, 1_500)
    after = not_found(desk)
    assert desk.state.orders.done[NAME].done_reason is DoneReason.REJECTED
    assert PlaceOrder in kinds(after), "its place in the ladder is free again"
    assert not desk.state.fills_needed


def test_fills_listed_before_the_first_not_found_prove_nothing() -> None:
    desk = quoting()
    unknown(desk)
    fresh(desk, 11_000)
    fills_listed(desk)
    not_found(desk)
    fresh(desk, 1_500)
    not_found(desk)
    assert desk.live() == {NAME: OrderState.UNKNOWN}


def test_a_not_found_that_nobody_asked_for_is_ignored() -> None:
    desk = resting()
    not_found(desk)
    assert desk.live() == {NAME: OrderState.OPEN}


def prove_gone(desk: Desk) -> None:
    fresh(desk, 12_000)
    not_found(desk)
    fills_listed(desk)
    fresh(desk, 1_500)
    not_found(desk)


def test_an_open_order_missing_from_a_list_is_asked_for_and_ends_with_the_fills_known() -> None:
    desk = resting()
    fresh(desk, 2_000)
    assert QueryOrder in kinds(list(desk.say(listed)))
    assert desk.live() == {NAME: OrderState.UNKNOWN}
    prove_gone(desk)
    assert desk.state.orders.done[NAME].done_reason is DoneReason.CANCELLED


@pytest.mark.parametrize("age_ms", [1, 900])
def test_lists_lag_so_a_young_order_may_be_missing_from_one(age_ms: int) -> None:
    desk = resting()
    fresh(desk, age_ms)
    desk.say(listed)
    assert desk.live() == {NAME: OrderState.OPEN}


def test_an_order_that_seemed_gone_and_turns_up_counts_again() -> None:
    desk = quoting()
    unknown(desk)
    prove_gone(desk)
    assert NAME in desk.state.orders.done
    desk.say(lambda now: report(now, NAME, price=D(100), quantity=D(1), filled=D(0)))
    assert desk.state.orders.live[NAME].state in (OrderState.OPEN, OrderState.CANCEL_SENT)
    assert desk.state.orders.worst(Side.BUY) >= 1


def test_a_late_fill_of_an_order_that_seemed_never_to_have_arrived_is_booked_and_the_rest_counts() -> None:
    desk = quoting()
    unknown(desk)
    prove_gone(desk)
    desk.say(lambda now: fill(now, NAME, "t1", "0.4"))
    row = desk.state.orders.live[NAME]
    assert (row.state, row.worst_remaining) == (OrderState.UNKNOWN, D("0.6"))
    assert desk.state.position == D("0.4")
    desk.say(lambda now: fill(now, NAME, "t2", "0.6"))
    assert desk.state.orders.done[NAME].done_reason is DoneReason.FILLED
    assert desk.state.orders.counters.late_fills == 1


def test_a_later_word_of_the_end_replaces_our_conclusion() -> None:
    desk = quoting()
    unknown(desk)
    prove_gone(desk)
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D(0)))
    desk.say(lambda now: report(now, NAME, filled=D(0)))
    assert desk.state.orders.done[NAME].done_reason is DoneReason.CANCELLED


def test_an_ended_order_that_a_late_list_still_shows_is_live_after_all() -> None:
    desk = resting()
    desk.wish(bids=())
    desk.say(lambda now: book(now, 100.1, 100.3))
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D(0)))
    shown = report(desk.now_ns, NAME, order_id="v1", side=Side.BUY, price=D(100), quantity=D(1), filled=D(0))
    desk.say(lambda now: listed(now, shown))
    assert NAME in desk.state.orders.done, "right after the end a list may lag"
    fresh(desk, 2_000)
    assert CancelOrder in kinds(list(desk.say(lambda now: listed(now, shown))))


@pytest.mark.parametrize("status", [OrderStatus.FILLED, OrderStatus.CANCELLED])
def test_a_cancel_refused_because_the_order_is_done_waits_for_how_it_ended(status: OrderStatus) -> None:
    desk = resting()
    desk.wish(bids=())
    assert CancelOrder in kinds(list(desk.say(lambda now: book(now, 100.1, 100.3))))
    asked = desk.say(
        lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.CANCEL, NAME, RefusalCode.ORDER_DONE, "filled")
    )
    assert QueryOrder in kinds(list(asked))
    assert desk.live() == {NAME: OrderState.UNKNOWN}
    filled = D(1) if status is OrderStatus.FILLED else D("0.5")
    desk.say(lambda now: report(now, NAME, status, filled=filled))
    assert desk.state.orders.done[NAME].missing_fill == filled
    desk.say(lambda now: fill(now, NAME, "t1", str(filled)))
    assert not desk.state.fills_owed
    assert desk.state.position == filled
    assert desk.state.hold_buy.refusals == 0, "a race is no reason to hold the side back"


def test_a_cancel_refused_after_the_end_was_told_changes_nothing() -> None:
    desk = resting()
    desk.wish(bids=())
    desk.say(lambda now: book(now, 100.1, 100.3))
    desk.say(lambda now: fill(now, NAME, "t1", "1"))
    desk.say(lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.CANCEL, NAME, RefusalCode.ORDER_DONE, "filled"))
    assert desk.state.orders.done[NAME].done_reason is DoneReason.FILLED
    assert not desk.state.cancel_holds


def test_a_refused_cancel_is_tried_again_after_a_pause_of_its_own() -> None:
    desk = resting()
    desk.wish(bids=())
    desk.say(lambda now: book(now, 100.1, 100.3))
    no = desk.say(lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.CANCEL, NAME, RefusalCode.OTHER, "busy"))
    assert not no
    assert desk.live() == {NAME: OrderState.OPEN}
    assert desk.state.wake_ns - desk.now_ns <= 250_000_000
    assert CancelOrder in kinds(list(desk.feed(after_ms=250)))
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED))
    assert not desk.state.cancel_holds


def test_owed_fills_are_listed_after_a_moment_and_again_with_pauses() -> None:
    desk = resting()
    desk.say(lambda now: report(now, NAME, OrderStatus.FILLED, order_id="v1", filled=D(1)))
    assert desk.state.fills_owed == {NAME: desk.now_ns}
    assert QueryFills in kinds(fresh(desk, 1_500))
    fills_listed(desk)
    assert desk.state.fills_owed
    asked = [command for command in fresh(desk, 10_000) if isinstance(command, QueryFills)]
    assert 1 <= len(asked) <= 3
    desk.say(lambda now: fill(now, NAME, "t1", "1"))
    assert not desk.state.fills_owed
    assert not [command for command in fresh(desk, 6_000) if isinstance(command, QueryFills)]


def test_filled_without_a_figure_means_all_of_it() -> None:
    desk = resting()
    desk.say(lambda now: report(now, NAME, OrderStatus.FILLED))
    assert desk.state.orders.done[NAME].missing_fill == 1


def test_one_probe_at_a_time_and_another_after_a_failed_read() -> None:
    desk = quoting()
    unknown(desk)
    assert QueryOrder not in kinds(fresh(desk, 4_000))
    assert QueryOrder in kinds(list(desk.say(lambda now: ReadFailed(ACCOUNT, now, "order", "500", BOOK))))


def test_an_unanswered_command_becomes_unknown_in_time() -> None:
    desk = quoting()
    asked = fresh(desk, 5_500)
    assert QueryOrder in kinds(asked)
    assert desk.live() == {NAME: OrderState.UNKNOWN}


def test_the_venues_word_outweighs_a_timeout_that_comes_after_it() -> None:
    desk = resting()
    assert not unknown(desk)
    assert desk.live() == {NAME: OrderState.OPEN}


def test_a_client_id_that_the_venue_knows_already_is_asked_for_not_given_up() -> None:
    desk = quoting()
    refusal = desk.say(
        lambda now: CommandRefused(ACCOUNT, BOOK, now, Action.PLACE, NAME, RefusalCode.DUPLICATE_CLIENT_ID, "used")
    )
    assert QueryOrder in kinds(list(refusal))
    assert desk.live() == {NAME: OrderState.UNKNOWN}


def test_a_stop_cancels_what_is_unknown_and_asks_the_venue_twice() -> None:
    desk = quoting()
    unknown(desk)
    commands = [*desk.say(lambda now: Stop(now, "test")), *fresh(desk, 6_000)]
    assert CancelOrder in kinds(commands)
    desk.say(lambda now: report(now, NAME, OrderStatus.CANCELLED, filled=D(0)))
    asked = [c for c in accept(desk, []) if isinstance(c, QueryOpenOrders)]
    assert desk.phase() is Phase.STOPPING
    assert desk.state.ask_orders.under_way or asked
