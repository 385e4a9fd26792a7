"""From any live orders to any wish, with answers in any order: limits hold all the way, and the wish is met."""

import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from mmtui.model.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from mmtui.model.events import Event
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO, Side
from tests.unit.core_scenes import WIDE, Desk, Wish, book, ready_desk, report

MAX_ORDERS = 4
MAX_POSITION = Decimal(700)


class TinyVenue:
    """Takes one command at a time, in any order, and answers it; checks what it holds after each."""

    def __init__(self) -> None:
        self.orders: dict[str, PlaceOrder] = {}

    def take(self, now_ns: int, command: Command) -> Event:
        if isinstance(command, PlaceOrder):
            self.orders[command.client_order_id] = command
            self.check()
            return self.word(now_ns, command.client_order_id, OrderStatus.OPEN)
        assert isinstance(command, AmendOrder | CancelOrder)
        name = command.client_order_id
        if isinstance(command, AmendOrder):
            amended = msgspec.structs.replace(self.orders[name], price=command.price, quantity=command.quantity)
            self.orders[name] = amended
            self.check()
            return self.word(now_ns, name, OrderStatus.OPEN)
        event = self.word(now_ns, name, OrderStatus.CANCELLED)
        del self.orders[name]
        return event

    def word(self, now_ns: int, name: str, status: OrderStatus) -> Event:
        order = self.orders[name]
        return report(now_ns, name, status, side=order.side, price=order.price, quantity=order.quantity, filled=ZERO)

    def check(self) -> None:
        assert len(self.orders) <= MAX_ORDERS
        bids = [order.price for order in self.orders.values() if order.side is Side.BUY]
        asks = [order.price for order in self.orders.values() if order.side is Side.SELL]
        assert not bids or not asks or max(bids) < min(asks), "orders of our own would meet"
        for side in Side:
            total = sum((o.quantity for o in self.orders.values() if o.side is side), ZERO)
            assert total * Decimal("100.1") <= MAX_POSITION


def random_wish(rng: random.Random) -> dict[str, Any]:
    middle = rng.randint(-20, 20)

    def levels(sign: int) -> tuple[tuple[str, str], ...]:
        prices = [Decimal("100.1") + Decimal(middle + sign * (1 + 3 * i + rng.randint(0, 2))) / 10 for i in range(3)]
        return tuple((str(price), str(rng.randint(1, 3))) for price in prices[: rng.randint(0, 3)])

    return {"bids": levels(-1), "asks": levels(1), "tolerance": rng.choice(["0", "0.1"]), "post_only": False}


@pytest.mark.parametrize("can_amend", [False, True])
def test_any_wish_is_reached_within_the_limits(can_amend: bool) -> None:
    for seed in range(150):
        rng = random.Random(seed)
        limits = msgspec.structs.replace(WIDE, max_open_orders=MAX_ORDERS, max_position_notional=MAX_POSITION)
        desk = ready_desk(Wish(), facts=VenueFacts(venue="t", can_amend=can_amend), limits=limits)
        venue, travelling = TinyVenue(), list[Command]()
        for _ in range(4):
            desk.wish(**random_wish(rng))
            shake(rng, desk, venue, travelling, rng.randint(0, 4))
        settle(rng, desk, venue, travelling)
        assert_wish_is_met(desk, venue)


def shake(rng: random.Random, desk: Desk, venue: TinyVenue, travelling: list[Command], answers: int) -> None:
    """A tick, then some answers in any order."""
    touch = 100.0 + rng.choice([0.0, 0.1])
    travelling += orders_of(desk.say(lambda now: book(now, touch, touch + 0.2)))
    for _ in range(min(answers, len(travelling))):
        command = travelling.pop(rng.randrange(len(travelling)))
        travelling += orders_of(desk.feed(venue.take(desk.now_ns, command)))


def settle(rng: random.Random, desk: Desk, venue: TinyVenue, travelling: list[Command]) -> None:
    """All answers, until nothing is on its way."""
    for _ in range(20):
        shake(rng, desk, venue, travelling, len(travelling))
    assert not travelling


def orders_of(commands: list[Command]) -> list[Command]:
    return [command for command in commands if isinstance(command, PlaceOrder | AmendOrder | CancelOrder)]


def assert_wish_is_met(desk: Desk, venue: TinyVenue) -> None:
    """Each wished level rests within tolerance, unless a limit stands in the way; nothing else rests."""
    wish = desk.state.settings
    for side, levels in ((Side.BUY, wish.bids), (Side.SELL, wish.asks)):
        resting = sorted((o.price, o.quantity) for o in venue.orders.values() if o.side is side)
        wanted = [(Decimal(price), Decimal(quantity)) for price, quantity in levels]
        assert len(resting) <= len(wanted)
        if not desk.state.why_not:
            assert len(resting) == len(wanted)
        for price, quantity in resting:
            near = [w for w in wanted if abs(w[0] - price) <= Decimal(wish.tolerance) and w[1] == quantity]
            assert near, (price, quantity, wanted)
