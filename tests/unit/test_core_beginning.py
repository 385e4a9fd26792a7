"""How a run begins, holds still and takes new settings."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from mmtui.core.lifecycle import missing_preparations
from mmtui.core.state import OrdersPolicy, Phase, Policy, PositionPolicy
from mmtui.model.commands import CancelAll, CancelOrder, PlaceOrder, QueryOpenOrders, QueryPosition
from mmtui.model.events import (
    CancelEverything,
    ChangeLimits,
    ChangeSettings,
    Event,
    MarkPrice,
    Pause,
    Resume,
    Start,
    Stop,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import OrderState, OrderStatus, TimeInForce
from mmtui.model.units import NS_PER_S, Side
from tests.unit.core_scenes import (
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


def test_quoting_waits_for_everything_and_says_for_what() -> None:
    desk = Desk(make_state(WISH))
    assert of_kind(desk.say(totals), QueryOpenOrders, QueryPosition)
    assert missing_preparations(desk.state)[0] == "start"
    desk.say(Start)
    for event, what in ((listed, "open orders"), (position, "position"), (balances, "balances"), (book, "order book")):
        assert what in desk.state.quotes.reason
        assert desk.phase() is Phase.PREPARING
        desk.say(event)
    assert desk.phase() is Phase.QUOTING


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
    assert desk.phase() is Phase.PREPARING
    desk.say(lambda now: report(now, "mm-s-77", OrderStatus.CANCELLED))
    desk.say(listed, after_ms=600)
    assert desk.phase() is Phase.QUOTING


def test_a_position_can_be_closed_first_and_dust_is_no_hindrance() -> None:
    desk = Desk(make_state(WISH, policy=Policy(on_start_position=FLAT)))
    desk.say(totals, Start)
    commands = desk.say(book, listed, balances, lambda now: position(now, "0.5001"))
    close = of_kind(commands, PlaceOrder)[0]
    assert (close.side, close.quantity, close.time_in_force, close.reduce_only) == (
        Side.SELL, D("0.5"), TimeInForce.IOC, True,
    )  # fmt: skip
    desk.say(lambda now: fill(now, close.client_order_id, "t1", "0.5", Side.SELL))
    assert desk.phase() is Phase.QUOTING
    assert desk.state.position == D("0.0001")


def test_a_position_without_a_price_is_asked_for_again_when_there_is_one() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start)
    desk.say(listed, balances, lambda now: position(now, "2"))
    assert not desk.state.start_position_ns
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
    assert not desk.state.start_position_ns, "asked before the fill: whether it is in there cannot be told"
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


def test_a_pause_cancels_and_holds_until_resumed() -> None:
    desk = ready_desk(WISH)
    accept(desk, sent(desk))
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
    assert desk.phase() is Phase.PAUSED
    assert not desk.live()
    assert of_kind(desk.say(Resume), PlaceOrder)


def test_a_resume_takes_back_a_pause_that_had_not_begun() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals, Start, Pause)
    desk.say(Resume)
    desk.say(book, listed, position, balances)
    assert desk.phase() is Phase.QUOTING


def test_cancel_everything_is_repeated_until_the_list_is_empty() -> None:
    desk = ready_desk(WISH)
    assert of_kind(desk.say(CancelEverything), CancelAll)
    assert len(of_kind(live(desk, 5, lambda now: [foreign(now)]), CancelAll)) == 2
    desk.say(listed)
    assert not desk.state.cancel_all_wanted
    assert of_kind(desk.say(CancelEverything), CancelAll), "said again, it is done again at once"


def test_cancel_everything_goes_order_by_order_where_the_venue_knows_no_other_way() -> None:
    desk = ready_desk(Wish(), facts=VenueFacts(venue="t", has_cancel_all=False))
    desk.say(foreign)
    commands = desk.say(CancelEverything)
    assert [(c.client_order_id, c.order_id) for c in of_kind(commands, CancelOrder)] == [("user-1", "f1")]


def test_new_settings_replan_at_once() -> None:
    desk = ready_desk(WISH)
    accept(desk, sent(desk))
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


def test_new_limits_hold_from_the_next_decision_on() -> None:
    desk = ready_desk(WISH)
    accept(desk, sent(desk))
    limits = msgspec.structs.replace(desk.state.limits, max_order_notional=Decimal(1), max_daily_loss=Decimal(3))
    desk.say(lambda now: ChangeLimits(now, msgspec.Raw(msgspec.msgpack.encode(limits))))
    assert desk.state.limits == limits
    assert "limits_changed" in [getattr(note, "event", "") for note in desk.result.notes]  # type: ignore[union-attr]


def test_limits_that_cannot_be_read_change_nothing() -> None:
    desk = ready_desk(WISH)
    limits = desk.state.limits
    desk.say(lambda now: ChangeLimits(now, msgspec.Raw(b"\xc1")))
    assert desk.state.limits == limits
    assert "limits_refused" in [getattr(note, "event", "") for note in desk.result.notes]  # type: ignore[union-attr]
