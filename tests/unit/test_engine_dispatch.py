"""The way out: cancels first, nobody waits for somebody else's answer, whatever is unclear stays UNKNOWN."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from mmtui.core.risk import Approved
from mmtui.engine.dispatch import Dispatcher
from mmtui.model.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    OrderCommand,
    PlaceOrder,
    Query,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.facts import VenueFacts
from mmtui.model.orders import Action, OrderStatus
from mmtui.model.units import Side
from mmtui.ports.errors import Ambiguous, Unreachable
from mmtui.ports.venue import EventSink
from tests.unit.engine_cells import until

NOW_NS = 77


def place(number: int) -> PlaceOrder:
    return PlaceOrder("a", "x:BTC", f"p{number}", Side.BUY, Decimal(100), Decimal(1))


def cancel(number: int) -> CancelOrder:
    return CancelOrder("a", "x:BTC", f"c{number}", None)


def approved(*commands: Command) -> list[Approved]:
    return [Approved(command) for command in commands]


class Client:
    """Notes what begins and ends; whatever ``held`` names waits for its release."""

    facts = VenueFacts(venue="fake")

    def __init__(self, held: Callable[[object], bool] = lambda _command: False) -> None:
        self.began: list[object] = []
        self.ended: list[object] = []
        self.release = asyncio.Event()
        self.failure: Exception | None = None
        self._held = held

    async def run(self, sink: EventSink) -> None:
        """Nothing streams."""

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        self.began.extend(commands)
        if any(map(self._held, commands)):
            await self.release.wait()
        else:
            await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.ended.extend(commands)
        return [OrderReport("a", "x:BTC", NOW_NS, OrderStatus.OPEN, str(index)) for index in range(len(commands))]

    async def answer(self, query: Query) -> Sequence[Event]:
        self.began.append(query)
        if self._held(query):
            await self.release.wait()
        if self.failure is not None:
            raise self.failure
        self.ended.append(query)
        return []


@asynccontextmanager
async def dispatching(client: Client) -> AsyncIterator[tuple[Dispatcher, list[Event]]]:
    heard: list[Event] = []
    dispatcher = Dispatcher(client, client, heard.append, lambda: NOW_NS)
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher, heard
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_cancels_begin_before_the_places_of_the_same_and_earlier_steps() -> None:
    client = Client()
    async with dispatching(client) as (dispatcher, _):
        dispatcher.send(approved(place(1), cancel(1), QueryBalances("a")))
        dispatcher.send(approved(place(2), cancel(2), CancelAll("a", "x:BTC")))
        await until(lambda: len(client.ended) == 6)
    assert client.began == [
        cancel(1), cancel(2), CancelAll("a", "x:BTC"), place(1), place(2), QueryBalances("a")
    ]  # fmt: skip


async def test_places_wait_until_cancels_have_begun_but_not_for_their_answers() -> None:
    client = Client(held=lambda command: isinstance(command, CancelOrder))
    async with dispatching(client) as (dispatcher, _):
        dispatcher.send(approved(cancel(1), place(1)))
        await until(lambda: place(1) in client.ended)
        assert client.began == [cancel(1), place(1)]
        assert cancel(1) not in client.ended
        client.release.set()
        await until(lambda: cancel(1) in client.ended)


@pytest.mark.parametrize("slow", [cancel(1), place(1), QueryBalances("a")])
async def test_a_slow_answer_holds_up_nobody(slow: Command) -> None:
    client = Client(held=lambda command: command == slow)
    async with dispatching(client) as (dispatcher, _):
        dispatcher.send(approved(slow))
        await until(lambda: client.began == [slow])
        later: list[Command] = [cancel(2), place(2), QueryPosition("a", "x:BTC"), cancel(3), place(3)]
        dispatcher.send(approved(*later[:3]))
        dispatcher.send(approved(*later[3:]))
        await until(lambda: len(client.ended) == len(later))
        assert slow not in client.ended
        client.release.set()
        await until(lambda: slow in client.ended)


async def test_places_keep_their_order() -> None:
    client = Client()
    orders = [place(number) for number in range(5)]
    async with dispatching(client) as (dispatcher, _):
        for order in orders:
            dispatcher.send(approved(order))
        await until(lambda: len(client.ended) == 5)
    assert client.began == orders


async def test_outcomes_reach_the_sink() -> None:
    async with dispatching(client := Client()) as (dispatcher, heard):
        dispatcher.send(approved(place(1)))
        await until(lambda: bool(heard))
    assert heard == [OrderReport("a", "x:BTC", NOW_NS, OrderStatus.OPEN, "0")]
    assert client.ended == [place(1)]


@pytest.mark.parametrize("error", [Ambiguous("reset by peer"), Unreachable("no route")])
async def test_a_client_that_raises_leaves_unknown_behind(error: Exception) -> None:
    client = Client()
    client.failure = error
    amend = AmendOrder("a", "x:BTC", "p1", "o1", Side.BUY, Decimal(99), Decimal(1))
    async with dispatching(client) as (dispatcher, heard):
        dispatcher.send(approved(cancel(1), CancelAll("a", "x:BTC"), place(1), amend))
        await until(lambda: len(heard) == 3)
    assert heard == [
        CommandUnknown("a", "x:BTC", NOW_NS, action, client_id, str(error))
        for action, client_id in ((Action.CANCEL, "c1"), (Action.PLACE, "p1"), (Action.AMEND, "p1"))
    ]


@pytest.mark.parametrize(
    ("query", "what", "instrument"),
    [
        (QueryBalances("a"), "balances", None),
        (QueryOpenOrders("a", "x:BTC"), "open_orders", "x:BTC"),
        (QueryPosition("a", "x:BTC"), "position", "x:BTC"),
        (QueryFills("a", "x:BTC", 0), "fills", "x:BTC"),
        (QueryOrder("a", "x:BTC", "p1", None), "order", "x:BTC"),
    ],
)
async def test_a_question_that_fails_is_a_failed_read(query: Query, what: str, instrument: str | None) -> None:
    client = Client()
    client.failure = Ambiguous("cut off")
    async with dispatching(client) as (dispatcher, heard):
        dispatcher.send(approved(query))
        await until(lambda: bool(heard))
    assert heard == [ReadFailed("a", NOW_NS, what, "cut off", instrument)]


async def test_a_bug_of_an_adapter_is_raised_not_guessed_away() -> None:
    client = Client()
    client.failure = KeyError("orderId")
    dispatcher = Dispatcher(client, client, lambda _event: None, lambda: NOW_NS)
    dispatcher.send(approved(place(1)))
    with pytest.raises(ExceptionGroup) as raised:
        await dispatcher.run()
    assert raised.group_contains(KeyError)
