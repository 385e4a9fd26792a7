"""How a run begins, holds still and ends."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mmtui.core.lifecycle import missing_preparations, waits_for
from mmtui.core.state import OrdersPolicy, Phase, Policy, PositionPolicy
from mmtui.model.commands import CancelAll, CancelOrder, PlaceOrder, QueryFills, QueryOpenOrders, QueryPosition
from mmtui.model.events import (
    CancelEverything,
    ChangeSettings,
    Event,
    FillsListed,
    MarkPrice,
    Pause,
    ReadFailed,
    Resume,
    Start,
    Stop,
    StreamDown,
    StreamUp,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import OrderState, OrderStatus, TimeInForce
from mmtui.model.units import NS_PER_S, Side
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
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

WISH = Wish(bids=(("100", "1"),), asks=(("100.2", "1"),))
FLAT = PositionPolicy.FLATTEN


def stop(now: int) -> Event:
    return Stop(now, "test")


def of_kind(commands: list[Any], *kinds: type) -> list[Any]:
    return [command for command in commands if isinstance(command, kinds)]


def mine(now: int, name: str = "mm-s-77") -> Event:
    shown = report(now, name, order_id=f"v-{name}", side=Side.BUY, price=D(90), quantity=D(1), filled=D(0))
    return listed(now, shown)


def foreign(now: int) -> Event:
    return listed(now, report(now, "user-1", order_id="f1", side=Side.BUY, price=D(90), quantity=D(1), filled=D(0)))


def live(desk: Desk, seconds: float, answer: Callable[[int], list[Event]] | None = None) -> list[Any]:
    """Follow the alarms; each question is answered by ``answer``, if given, one millisecond later."""
    commands: list[Any] = []
    state = desk.state
    asked: list[Any] = [q for q in (state.ask_orders, state.ask_position, state.ask_balances) if q.under_way]
    end = desk.now_ns + int(seconds * NS_PER_S)
    while desk.now_ns < end:
        if asked and answer is not None:
            asked = desk.feed(*answer(desk.now_ns + 1_000_000))
        elif state.wake_ns <= end:
            asked = desk.feed(after_ms=max(state.wake_ns - desk.now_ns, 1) / 1e6)
        else:
            break
        commands += asked
    desk.now_ns = max(desk.now_ns, end)
    return commands


# ------------------------------------------------------------------------------------------------------------ start


def test_quoting_waits_for_everything_and_says_for_what() -> None:
    desk = Desk(make_state(WISH))
    assert of_kind(desk.say(totals), QueryOpenOrders, QueryPosition)
    assert missing_preparations(desk.state)[0] == "start"
    desk.say(Start)
    for event, what in ((listed, "open orders"), (position, "position"), (balances, "balances"), (book, "order book")):
        assert what in desk.state.quotes.reason
        assert desk.state.phase is Phase.PREPARING
        desk.say(event)
    assert desk.state.phase is Phase.QUOTING


def test_orders_of_an_earlier_run_are_adopted_and_their_numbers_never_used_again() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(book, mine, position, balances)
    assert desk.state.orders.live["mm-s-77"].recovered
    assert desk.state.orders.next_id() == "mm-s-79", "the first of the new orders was 78"
    assert desk.live()["mm-s-77"] is OrderState.CANCEL_SENT, "it is not where an order is wanted"


@pytest.mark.parametrize("policy", [OrdersPolicy.CANCEL_MINE, OrdersPolicy.CANCEL_ALL])
def test_orders_of_an_earlier_run_can_be_cancelled_first(policy: OrdersPolicy) -> None:
    desk = Desk(make_state(WISH, policy=Policy(on_start_orders=policy)))
    desk.say(totals, Start)
    commands = desk.say(book, mine, position, balances)
    assert of_kind(commands, CancelOrder)
    assert bool(of_kind(commands, CancelAll)) is (policy is OrdersPolicy.CANCEL_ALL)
    assert desk.state.phase is Phase.PREPARING
    desk.say(lambda now: report(now, "mm-s-77", OrderStatus.CANCELLED))
    desk.say(listed, after_ms=600)
    assert desk.state.phase is Phase.QUOTING


def test_a_position_can_be_closed_first_and_dust_is_no_hindrance() -> None:
    desk = Desk(make_state(WISH, policy=Policy(on_start_position=FLAT)))
    desk.say(totals, Start)
    commands = desk.say(book, listed, balances, lambda now: position(now, "0.5001"))
    close = of_kind(commands, PlaceOrder)[0]
    assert (close.side, close.quantity, close.time_in_force, close.reduce_only) == (
        Side.SELL, D("0.5"), TimeInForce.IOC, True,
    )  # fmt: skip
    desk.say(lambda now: fill(now, close.client_order_id, "t1", "0.5", Side.SELL))
    assert desk.state.phase is Phase.QUOTING
    assert desk.state.position == D("0.0001")


def test_a_position_without_a_price_is_asked_for_again_when_there_is_one() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(listed, balances, lambda now: position(now, "2"))
    assert desk.state.position is None
    asked = live(desk, 5, lambda now: [position(now, "2")])
    assert len(of_kind(asked, QueryPosition)) < 8, "not in a loop"
    assert of_kind(desk.say(book), QueryPosition)
    desk.say(lambda now: position(now, "2"))
    assert desk.state.position == 2
    assert desk.state.pnl.net(D("100.1")) == 0


def test_a_mark_values_a_start_position_too() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(listed, balances, lambda now: position(now, "2"))
    assert of_kind(desk.say(lambda now: MarkPrice(BOOK, now, D(100))), QueryPosition)
    desk.say(lambda now: position(now, "2"))
    assert desk.state.position == 2


def test_fills_before_the_position_is_known_are_not_counted_twice() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(book, mine, balances)
    desk.say(lambda now: fill(now, "mm-s-77", "t1", "0.3"))
    desk.say(lambda now: position(now, "0.3", asked_ns=now - 2_000_000))
    assert desk.state.position is None, "asked before the fill: whether it is in there cannot be told"
    live(desk, 1)
    desk.say(lambda now: position(now, "1.3"))
    assert desk.state.position == D("1.3")
    assert desk.state.start_position == 1


def test_listed_fills_of_an_earlier_run_are_in_the_start_position_already() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(book, mine, balances, lambda now: position(now, "1"))
    old = desk.now_ns - NS_PER_S
    desk.say(lambda now: fill(now, "mm-s-77", "t1", "0.5", venue_time_ns=old))
    desk.say(lambda now: fill(now, "mm-s-12", "t2", "0.5", venue_time_ns=old))
    assert desk.state.position == 1
    desk.say(lambda now: fill(now, "mm-s-77", "t3", "0.5", venue_time_ns=now))
    assert desk.state.position == D("1.5")


# ------------------------------------------------------------------------------------------------------------ pause


def test_a_pause_cancels_and_holds_until_resumed() -> None:
    desk = ready_desk(WISH)
    accept(desk, [approved.command for approved in desk.result.commands])  # type: ignore[union-attr]
    assert set(desk.live().values()) == {OrderState.OPEN}
    cancels = desk.say(lambda now: Pause(now, "lunch"))
    assert len(of_kind(cancels, CancelOrder)) == 2
    accept(desk, cancels)
    assert desk.state.quotes.reason == "paused: lunch"
    assert not of_kind(desk.say(lambda now: book(now, 101.0, 101.2)), PlaceOrder)
    assert len(of_kind(desk.say(Resume), PlaceOrder)) == 2


@pytest.mark.parametrize("word", [Pause, CancelEverything])
def test_a_pause_while_preparing_holds_when_all_is_ready(word: Callable[[int], Event]) -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start, word)
    desk.say(book, listed, position, balances)
    desk.say(listed)
    assert desk.state.phase is Phase.PAUSED
    assert not desk.live()
    assert of_kind(desk.say(Resume), PlaceOrder)


def test_a_resume_takes_back_a_pause_that_had_not_begun() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start, Pause)
    desk.say(Resume)
    desk.say(book, listed, position, balances)
    assert desk.state.phase is Phase.QUOTING


def test_cancel_everything_is_repeated_until_the_list_is_empty() -> None:
    desk = ready_desk(WISH)
    assert of_kind(desk.say(CancelEverything), CancelAll)
    assert len(of_kind(live(desk, 5, lambda now: [foreign(now)]), CancelAll)) == 2  # type: ignore[list-item]
    desk.say(listed)
    assert not desk.state.cancel_all_wanted
    assert of_kind(desk.say(CancelEverything), CancelAll), "said again, it is done again at once"


def test_cancel_everything_goes_order_by_order_where_the_venue_knows_no_other_way() -> None:
    desk = ready_desk(Wish(), facts=VenueFacts(venue="t", has_cancel_all=False))
    desk.say(foreign)
    commands = desk.say(CancelEverything)
    assert [(c.client_order_id, c.order_id) for c in of_kind(commands, CancelOrder)] == [("user-1", "f1")]


# ---------------------------------------------------------------------------------------------------------- settings


def test_new_settings_replan_at_once() -> None:
    desk = ready_desk(WISH)
    accept(desk, [approved.command for approved in desk.result.commands])  # type: ignore[union-attr]
    wish = msgspec.Raw(msgspec.msgpack.encode(Wish(bids=(("100", "2"),))))
    commands = desk.say(lambda now: ChangeSettings(now, wish))
    assert len(of_kind(commands, CancelOrder)) == 2, "another size is another order, also at the same price"
    commands = accept(desk, commands)
    assert [c.quantity for c in of_kind(commands, PlaceOrder)] == [2]


def test_settings_that_cannot_be_read_change_nothing() -> None:
    desk = ready_desk(WISH)
    desk.say(lambda now: ChangeSettings(now, msgspec.Raw(b"\xc1")))
    assert desk.state.settings == WISH
    assert "settings_refused" in [getattr(note, "event", "") for note in desk.result.notes]  # type: ignore[union-attr]


# -------------------------------------------------------------------------------------------------------------- stop


def empty_answers(now: int) -> list[Event]:
    return [listed(now), position(now), balances(now)]


def test_a_stop_ends_with_two_empty_lists_and_last_looks() -> None:
    desk = ready_desk(WISH)
    accept(desk, [approved.command for approved in desk.result.commands])  # type: ignore[union-attr]
    cancels = desk.say(stop)
    assert len(of_kind(cancels, CancelOrder)) == 2
    for command in cancels:
        if isinstance(command, CancelOrder):
            name = command.client_order_id
            desk.say(lambda now, name=name: report(now, name, OrderStatus.CANCELLED))  # type: ignore[misc]
    desk.say(lambda now: listed(now, asked_ns=now - 3_000_000))
    assert desk.state.stop is not None
    assert desk.state.stop.proofs == 0, "asked before the last order ended"
    desk.say(listed)
    desk.say(listed)
    assert desk.state.phase is Phase.STOPPING
    desk.say(position, balances)
    assert desk.state.phase is Phase.STOPPED
    assert desk.state.stop.proven
    assert desk.state.wake_ns >= 1 << 62
    assert not desk.say(lambda now: book(now, 105.0, 105.2), Resume, stop, CancelEverything)


def test_fills_after_the_end_are_booked() -> None:
    desk = ready_desk(WISH)
    name = next(iter(desk.live()))
    accept(desk, desk.say(stop))
    for row in list(desk.live()):
        desk.say(lambda now, row=row: report(now, row, OrderStatus.CANCELLED))  # type: ignore[misc]
    live(desk, 20, empty_answers)
    assert desk.state.phase is Phase.STOPPED
    desk.say(lambda now: fill(now, name, "t9", "0.5"))
    assert desk.state.position == D("0.5")


@pytest.mark.parametrize("before", [[], [Start], [Start, totals]])
def test_a_stop_while_preparing_proves_too(before: list[Callable[[int], Event]]) -> None:
    desk = Desk(make_state(WISH))
    desk.say(*before, stop)
    desk.say(stop)
    live(desk, 20, lambda now: [*empty_answers(now), book(now)])
    assert desk.state.phase is Phase.STOPPED
    assert desk.state.stop is not None
    assert desk.state.stop.proven
    assert desk.state.orders.counters.placed == 0


def test_an_order_that_only_the_list_knows_is_adopted_and_cancelled() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start, stop)
    assert [c.client_order_id for c in of_kind(desk.say(mine), CancelOrder)] == ["mm-s-77"]
    desk.say(lambda now: report(now, "mm-s-77", OrderStatus.CANCELLED))
    live(desk, 20, empty_answers)
    assert desk.state.stop is not None
    assert desk.state.stop.proven


def test_foreign_orders_are_never_touched_unless_asked_for() -> None:
    desk = ready_desk(Wish())
    commands = desk.say(foreign) + desk.say(stop) + live(desk, 20, lambda now: [foreign(now), *empty_answers(now)[1:]])
    assert not of_kind(commands, CancelOrder, CancelAll)
    assert desk.state.stop is not None
    assert desk.state.stop.proven
    desk = ready_desk(Wish(), policy=Policy(on_stop_orders=OrdersPolicy.CANCEL_ALL))
    commands = desk.say(stop) + live(desk, 3, lambda now: [foreign(now), *empty_answers(now)[1:]])
    assert len(of_kind(commands, CancelAll)) == 2
    live(desk, 20, empty_answers)
    assert desk.state.phase is Phase.STOPPED


def test_a_stop_can_leave_the_orders_but_not_one_whose_answer_is_owed() -> None:
    desk = ready_desk(WISH, policy=Policy(on_stop_orders=OrdersPolicy.LEAVE))
    name, other = desk.live()
    desk.say(lambda now: report(now, name, filled=D(0)))
    commands = desk.say(stop) + live(desk, 2)
    assert "live orders: " + other == waits_for(desk.state)
    desk.say(lambda now: report(now, other, filled=D(0)))
    commands += live(desk, 5, lambda now: empty_answers(now)[1:])
    assert not of_kind(commands, CancelOrder, CancelAll)
    assert desk.state.phase is Phase.STOPPED
    assert len(desk.live()) == 2


def test_an_unproven_stop_ends_at_its_deadline_and_names_what_may_remain() -> None:
    desk = ready_desk(WISH)
    name = next(iter(desk.live()))
    began = desk.now_ns
    desk.say(stop)
    live(desk, 60)
    assert desk.state.phase is Phase.STOPPED
    assert desk.state.stop is not None
    assert not desk.state.stop.proven
    assert desk.state.now_ns - began <= 30.1 * NS_PER_S
    assert any(name in getattr(note, "message", "") for note in desk.result.notes)  # type: ignore[union-attr]


def test_owed_fills_hold_a_stop_up_to_its_deadline() -> None:
    desk = ready_desk(WISH)
    name, other = desk.live()
    cut_short = [
        lambda now: report(now, name, OrderStatus.CANCELLED, filled=D("0.5")),
        lambda now: report(now, other, OrderStatus.CANCELLED, filled=D(0)),
    ]
    desk.say(*cut_short, stop)
    asked = live(desk, 10, empty_answers)
    assert of_kind(asked, QueryFills)
    assert desk.state.phase is Phase.STOPPING
    assert name in waits_for(desk.state)
    desk.say(lambda now: fill(now, name, "t1", "0.5"))
    live(desk, 5, lambda now: [listed(now), position(now, "0.5"), balances(now)])
    assert desk.state.stop is not None
    assert desk.state.stop.proven


def test_a_stop_that_must_end_flat_closes_and_gives_up_where_it_cannot() -> None:
    desk = ready_desk(Wish(), held="1", policy=Policy(on_stop_position=FLAT))
    close = of_kind(desk.say(stop), PlaceOrder)[0]
    assert (close.side, close.reduce_only, close.quantity) == (Side.SELL, True, 1)
    expired = desk.say(lambda now: report(now, close.client_order_id, OrderStatus.EXPIRED, filled=D(0)))
    assert not of_kind(expired, PlaceOrder), "an IOC that found nobody waits a little"
    again = of_kind(live(desk, 0.3), PlaceOrder)
    assert len(again) == 1
    desk.say(lambda now: fill(now, again[0].client_order_id, "t1", "1", Side.SELL))
    live(desk, 5, empty_answers)
    assert desk.state.stop is not None
    assert desk.state.stop.proven
    desk = Desk(make_state(Wish(), policy=Policy(on_stop_position=FLAT)))
    desk.say(totals, Start, stop)
    live(desk, 60, lambda now: [listed(now), ReadFailed(ACCOUNT, now, "position", "500", BOOK), balances(now)])
    assert desk.state.stop is not None
    assert not desk.state.stop.proven, "an unknown position is not flat"


def test_dust_below_the_minimum_does_not_hold_a_flat_stop() -> None:
    desk = ready_desk(Wish(), held="0.001", policy=Policy(on_stop_position=FLAT))
    assert not of_kind(desk.say(stop), PlaceOrder)
    live(desk, 5, lambda now: [listed(now), position(now, "0.001"), balances(now)])
    assert desk.state.stop is not None
    assert desk.state.stop.proven


def test_leaving_orders_and_ending_flat_do_not_go_together_so_orders_go() -> None:
    policy = Policy(on_stop_orders=OrdersPolicy.LEAVE, on_stop_position=FLAT)
    desk = ready_desk(WISH, held="1", policy=policy)
    accept(desk, [approved.command for approved in desk.result.commands])  # type: ignore[union-attr]
    assert len(of_kind(desk.say(stop), CancelOrder)) == 2


def test_a_run_ends_after_its_duration() -> None:
    desk = ready_desk(Wish(), policy=Policy(duration_ns=5 * NS_PER_S))
    live(desk, 10, empty_answers)
    assert desk.state.stop is not None
    assert (desk.state.stop.reason, desk.state.phase) == ("duration", Phase.STOPPED)


def test_a_list_that_cannot_be_read_is_not_asked_for_in_a_loop() -> None:
    desk = ready_desk(Wish())
    asked = desk.say(stop) + live(desk, 29, lambda now: [ReadFailed(ACCOUNT, now, "open_orders", "500", BOOK)])
    assert 5 <= len(of_kind(asked, QueryOpenOrders)) <= 20
    live(desk, 5)
    assert desk.state.phase is Phase.STOPPED


# ------------------------------------------------------------------------------------------------------ lost streams


def private(kind: type, now: int) -> Event:
    lost = {"reason": "reset"} if kind is StreamDown else {}
    event: Event = kind("private", now, account=ACCOUNT, **lost)
    return event


def test_while_the_account_stream_is_down_and_until_all_was_asked_again_nothing_new_is_placed() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: private(StreamDown, now))
    desk.wish(bids=(("100", "1"),))
    assert not of_kind(desk.say(lambda now: book(now, 100.1, 100.3)), PlaceOrder)
    assert "account stream is down" in desk.state.why_not[0]
    asked = desk.say(lambda now: private(StreamUp, now))
    assert {type(c).__name__ for c in asked} == {"QueryOpenOrders", "QueryPosition", "QueryBalances", "QueryFills"}
    since = of_kind(asked, QueryFills)[0].since_ns
    assert since <= desk.state.private_down_ns
    assert not of_kind(desk.say(listed, position, balances), PlaceOrder)
    assert of_kind(desk.say(lambda now: FillsListed(ACCOUNT, BOOK, now, since)), PlaceOrder)


def test_answers_asked_for_before_the_loss_do_not_count_after_it() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: private(StreamDown, now))
    desk.say(lambda now: private(StreamUp, now))
    old = desk.now_ns - 1
    desk.say(lambda now: listed(now, asked_ns=old), lambda now: position(now, asked_ns=old))
    assert desk.state.catching_up
    assert not desk.state.ask_orders.answered_ns


def test_a_stop_without_account_stream_lists_the_fills_before_it_ends() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: private(StreamDown, now))
    asked = desk.say(stop) + live(desk, 20, empty_answers)
    assert of_kind(asked, QueryFills)
    assert desk.state.phase is Phase.STOPPING
    assert waits_for(desk.state) == "a list of fills"
