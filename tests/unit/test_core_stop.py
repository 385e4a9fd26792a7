"""How a run ends: cancel, prove, look a last time; and what a lost account stream means."""

from collections.abc import Callable

import pytest

from mmtui.core.lifecycle import waits_for
from mmtui.core.state import OrdersPolicy, Phase, Policy, PositionPolicy
from mmtui.core.step import BLIND_REASON
from mmtui.model.commands import CancelAll, CancelOrder, Command, PlaceOrder, QueryFills, QueryOpenOrders
from mmtui.model.events import (
    CancelEverything,
    Event,
    FillsListed,
    ReadFailed,
    Resume,
    Start,
    Stop,
    StreamDown,
    StreamUp,
)
from mmtui.model.orders import OrderStatus
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
    live,
    make_state,
    of_kind,
    position,
    ready_desk,
    report,
    sent,
    totals,
)

WISH = Wish(bids=(("100", "1"),), asks=(("100.2", "1"),))
FLAT = PositionPolicy.FLATTEN


def stop(now: int) -> Event:
    return Stop(now, "test")


def mine(now: int, name: str = "mm-s-77") -> Event:
    shown = report(now, name, order_id=f"v-{name}", side=Side.BUY, price=D(90), quantity=D(1), filled=D(0))
    return listed(now, shown)


def foreign(now: int) -> Event:
    return listed(now, report(now, "user-1", order_id="f1", side=Side.BUY, price=D(90), quantity=D(1), filled=D(0)))


def empty_answers(now: int) -> list[Event]:
    return [listed(now), position(now), balances(now)]


def test_a_stop_ends_with_two_empty_lists_and_last_looks() -> None:
    desk = ready_desk(WISH)
    accept(desk, sent(desk))
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
    assert desk.phase() is Phase.STOPPING
    desk.say(position, balances)
    assert desk.phase() is Phase.STOPPED
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
    assert desk.phase() is Phase.STOPPED
    desk.say(lambda now: fill(now, name, "t9", "0.5"))
    assert desk.state.position == D("0.5")


@pytest.mark.parametrize("before", [[], [Start], [Start, totals]])
def test_a_stop_while_preparing_proves_too(before: list[Callable[[int], Event]]) -> None:
    desk = Desk(make_state(WISH))
    desk.say(*before, stop)
    desk.say(stop)
    live(desk, 20, lambda now: [*empty_answers(now), book(now)])
    assert desk.phase() is Phase.STOPPED
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
    assert desk.phase() is Phase.STOPPED


def test_a_stop_can_leave_the_orders_but_not_one_whose_answer_is_owed() -> None:
    desk = ready_desk(WISH, policy=Policy(on_stop_orders=OrdersPolicy.LEAVE))
    name, other = desk.live()
    desk.say(lambda now: report(now, name, filled=D(0)))
    commands = desk.say(stop) + live(desk, 2)
    assert "live orders: " + other == waits_for(desk.state)
    desk.say(lambda now: report(now, other, filled=D(0)))
    commands += live(desk, 5, lambda now: empty_answers(now)[1:])
    assert not of_kind(commands, CancelOrder, CancelAll)
    assert desk.phase() is Phase.STOPPED
    assert len(desk.live()) == 2


def test_an_unproven_stop_ends_at_its_deadline_and_names_what_may_remain() -> None:
    desk = ready_desk(WISH)
    name = next(iter(desk.live()))
    began = desk.now_ns
    desk.say(stop)
    live(desk, 60)
    assert desk.phase() is Phase.STOPPED
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
    assert desk.phase() is Phase.STOPPING
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
    accept(desk, sent(desk))
    assert len(of_kind(desk.say(stop), CancelOrder)) == 2


def test_a_run_ends_after_its_duration() -> None:
    desk = ready_desk(Wish(), policy=Policy(duration_ns=5 * NS_PER_S))
    live(desk, 10, empty_answers)
    assert desk.state.stop is not None
    assert (desk.state.stop.reason, desk.phase()) == ("duration", Phase.STOPPED)


def test_a_list_that_cannot_be_read_is_not_asked_for_in_a_loop() -> None:
    desk = ready_desk(Wish())
    asked = desk.say(stop) + live(desk, 29, lambda now: [ReadFailed(ACCOUNT, now, "open_orders", "500", BOOK)])
    assert 5 <= len(of_kind(asked, QueryOpenOrders)) <= 20
    live(desk, 5)
    assert desk.phase() is Phase.STOPPED


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


def passing(desk: Desk, seconds: int, *resting: str) -> list[Command]:
    """Time with a fresh book, and with answers that show these orders."""
    commands: list[Command] = []
    for _ in range(2 * seconds):
        now = desk.now_ns + NS_PER_S // 2
        orders = [report(now, name, order_id=f"v-{name}", filled=D(0)) for name in resting]
        fills = FillsListed(ACCOUNT, BOOK, now, 0)
        commands += desk.feed(book(now), listed(now, *orders), position(now), balances(now), fills, after_ms=500)
    return commands


def test_quotes_are_withdrawn_when_fills_go_unheard_for_long_and_come_back_after_all_was_asked() -> None:
    desk = ready_desk(Wish(bids=(("100", "1"),)))
    accept(desk, sent(desk))
    (name,) = desk.live()
    desk.say(lambda now: private(StreamDown, now))
    early = passing(desk, 9, name)
    assert not of_kind(early, CancelOrder), "most losses are over by then, and the place in the queue is kept"
    late = passing(desk, 2, name)
    assert [cancel.client_order_id for cancel in of_kind(late, CancelOrder)][:1] == [name]
    assert desk.state.quotes.reason == BLIND_REASON
    accept(desk, of_kind(late, CancelOrder)[:1])
    assert not of_kind(passing(desk, 2), PlaceOrder)
    desk.say(lambda now: private(StreamUp, now))
    assert of_kind(passing(desk, 3), PlaceOrder)


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
    assert desk.phase() is Phase.STOPPING
    assert waits_for(desk.state) == "a list of fills"
