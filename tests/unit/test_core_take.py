"""Takes: one capped IOC at a time to a target, through every limit, beside quotes that it cannot meet."""

from typing import Any

import msgspec
import pytest

from mmtui.core.state import Phase
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Pause, Resume, Start
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.quotes import Decision, Quote, Quotes, Snapshot, Take
from mmtui.model.units import NS_PER_S, Side
from tests.unit.core_scenes import (
    WIDE,
    D,
    Desk,
    Wish,
    Wishes,
    accept,
    balances,
    book,
    fill,
    listed,
    make_state,
    of_kind,
    position,
    report,
    sent,
    totals,
)


class Taker(Wishes):
    """Wants what its settings say, and the take it was told."""

    take: Take | None = None

    def decide(self, settings: Any, snapshot: Snapshot, memory: Any) -> Decision[Any]:  # noqa: ANN401 - as the port says
        self.seen.append(snapshot)
        quotes = Quotes(
            tuple(Quote(D(price), D(quantity)) for price, quantity in settings.bids),
            tuple(Quote(D(price), D(quantity)) for price, quantity in settings.asks),
            "as wished",
        )
        return Decision(quotes, memory, take=self.take)


def taking_desk(target: str, price: str, wish: Wish | None = None, held: str = "0", **fields: Any) -> Desk:  # noqa: ANN401
    kind = Taker()
    desk = Desk(make_state(wish or Wish(), **fields), kind)
    desk.say(totals, Start)
    desk.say(book)
    desk.say(listed, lambda now: position(now, held), balances)
    assert desk.state.phase is Phase.QUOTING, desk.state.quotes.reason
    accept(desk, sent(desk))
    kind.take = Take(D(target), D(price), "test take")
    return desk


def places(commands: list[Any]) -> list[PlaceOrder]:
    return of_kind(commands, PlaceOrder)


def test_a_take_may_grow_the_position_with_one_capped_ioc() -> None:
    desk = taking_desk("0.5", "100.37")
    (order,) = places(desk.say(Resume))
    assert (order.side, order.price, order.quantity) == (Side.BUY, D("100.3"), D("0.5"))
    assert order.time_in_force is TimeInForce.IOC
    assert not order.post_only
    assert not order.reduce_only


def test_a_take_that_only_reduces_is_reduce_only() -> None:
    desk = taking_desk("0.5", "99.91", held="2")
    (order,) = places(desk.say(Resume))
    assert (order.side, order.price, order.quantity, order.reduce_only) == (Side.SELL, D("100"), D("1.5"), True)


def test_a_take_through_zero_is_not_reduce_only() -> None:
    desk = taking_desk("-1", "99.9", held="2")
    (order,) = places(desk.say(Resume))
    assert (order.quantity, order.reduce_only) == (D(3), False)


def test_no_second_order_while_one_is_in_flight_or_its_outcome_is_unknown() -> None:
    desk = taking_desk("0.5", "100.3")
    (order,) = places(desk.say(Resume))
    name = order.client_order_id
    assert places(desk.say(lambda now: book(now, 100.1, 100.3))) == []
    desk.say(lambda now: CommandUnknown(order.account, order.instrument, now, Action.PLACE, name, "timeout"))
    assert places(desk.say(Resume)) == []
    assert "last taking order" in desk.state.why_not[0]


def test_no_second_order_while_fills_are_owed_then_only_what_is_left() -> None:
    desk = taking_desk("0.5", "100.3")
    (order,) = places(desk.say(Resume))
    name = order.client_order_id
    commands = desk.say(lambda now: report(now, name, OrderStatus.CANCELLED, order_id="v", filled=D("0.2")))
    assert places(commands) == []
    assert "fills that the venue has named" in desk.state.why_not[0]
    (rest,) = places(desk.say(lambda now: fill(now, name, "t1", "0.2", price="100.2")))
    assert rest.quantity == D("0.3")


def test_a_take_is_refused_on_a_stale_book() -> None:
    desk = taking_desk("0.5", "100.3")
    assert places(desk.feed(after_ms=WIDE.stale_after_ns / 1e6 + 10)) == []
    assert "no fresh book" in desk.state.why_not[0]


def test_a_take_passes_the_gate_with_the_worst_case_of_resting_quotes() -> None:
    limits = type(WIDE)(
        **{name: getattr(WIDE, name) for name in WIDE.__struct_fields__} | {"max_position_notional": D(150)}
    )
    desk = taking_desk("1", "100.3", Wish(bids=(("99", "1"),)), limits=limits)
    assert places(desk.say(Resume)) == []
    assert "max_position_notional" in desk.state.why_not[0]


def test_quotes_rest_beside_a_take_but_none_that_it_could_meet() -> None:
    wish = Wish(bids=(("99.9", "1"),), asks=(("100.2", "1"), ("101", "1")))
    desk = taking_desk("0.5", "100.3", wish)
    commands = desk.say(Resume)
    (cancel,) = of_kind(commands, CancelOrder)
    assert places(commands) == []
    (order,) = places(desk.say(lambda now: report(now, cancel.client_order_id, OrderStatus.CANCELLED)))
    assert (order.side, order.quantity) == (Side.BUY, D("0.5"))
    assert [row.price for row in desk.state.orders.live.values()] == [D("99.9"), D("101"), D("100.3")]
    (ask,) = places(
        desk.say(
            lambda now: report(now, order.client_order_id, OrderStatus.FILLED, order_id="v9", filled=D("0.5")),
            lambda now: fill(now, order.client_order_id, "t1", "0.5", price="100.2"),
        )
    )
    assert (ask.side, ask.price) == (Side.SELL, D("100.2"))


def test_after_a_refusal_a_take_waits_before_it_tries_again() -> None:
    desk = taking_desk("0.5", "100.3")
    (order,) = places(desk.say(Resume))
    refused = CommandRefused(
        order.account, order.instrument, desk.now_ns, Action.PLACE, order.client_order_id, RefusalCode.OTHER, "no"
    )
    assert places(desk.feed(refused)) == []
    assert desk.state.wake_ns - desk.now_ns < NS_PER_S
    assert len(places(desk.feed(after_ms=300))) == 1


def test_a_paused_run_takes_nothing() -> None:
    desk = taking_desk("0.5", "100.3")
    assert places(desk.say(Pause)) == []


@pytest.mark.parametrize(("target", "why"), [("0", "at its target"), ("0.001", "below the minimum quantity")])
def test_nothing_is_sent_where_there_is_nothing_to_take(target: str, why: str) -> None:
    desk = taking_desk(target, "100.3")
    assert places(desk.say(Resume)) == []
    assert why in desk.state.why_not[0]


def test_a_take_alone_waits_until_nothing_rests() -> None:
    """The funds that resting orders bind must be free first."""
    desk = taking_desk("0.5", "100.37", Wish(bids=(("99", "0.1"),)))
    assert isinstance(desk.kind, Taker)
    desk.kind.take = Take(D("0.5"), D("100.37"), "test take", alone=True)
    assert not [order for order in places(desk.say(Resume)) if order.time_in_force is TimeInForce.IOC]
    assert desk.state.why_not == ["test take: waiting for the ends of live orders"]


def test_a_take_alone_goes_in_parts_where_one_order_would_be_too_large() -> None:
    """Each part within max_order_notional; one whose smallest part is too large is told by the gate."""
    desk = taking_desk("0.5", "100.37", limits=msgspec.structs.replace(WIDE, max_order_notional=D("20")))
    assert isinstance(desk.kind, Taker)
    desk.kind.take = Take(D("0.5"), D("100.37"), "test take", alone=True)
    (order,) = places(desk.say(Resume))
    assert order.price * order.quantity <= D("20")
    assert order.quantity > 0
