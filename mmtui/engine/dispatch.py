"""Sends what the gate approved: cancels before places, always, and nothing waits for another's answer.

Takes ``Approved`` commands only. Outcomes come back through the sink as events; a client that raises a VenueError
leaves UNKNOWN behind, never a guess.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from mmtui.core.risk import Approved
from mmtui.model.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    OrderCommand,
    PlaceOrder,
    Query,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import CommandUnknown, Event, ReadFailed
from mmtui.model.orders import Action
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import AccountReports, EventSink, TradingClient

WHAT = {
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
    QueryOrder: "order",
}


class Dispatcher:
    """The way out of one account: cancels, orders and questions, each started in the order given, cancels first.

    A place never waits here for an answer: one that lay in a queue of ours could be given up as lost and then be sent.
    """

    def __init__(
        self, client: TradingClient, reports: AccountReports, sink: EventSink, clock_ns: Callable[[], int]
    ) -> None:
        self._client = client
        self._reports = reports
        self._sink = sink
        self._clock_ns = clock_ns
        self._cancels: deque[list[OrderCommand]] = deque()
        self._orders: deque[list[OrderCommand]] = deque()
        self._questions: deque[Query] = deque()
        self._given = asyncio.Event()

    def send(self, approved: Sequence[Approved]) -> None:
        """Take the approved commands of one step; returns at once."""
        cancels: list[OrderCommand] = []
        orders: list[OrderCommand] = []
        for item in approved:
            command = item.command
            if isinstance(command, CancelOrder | CancelAll):
                cancels.append(command)
            elif isinstance(command, PlaceOrder | AmendOrder):
                orders.append(command)
            else:
                self._questions.append(command)
        if cancels:
            self._cancels.append(cancels)
        if orders:
            self._orders.append(orders)
        self._given.set()

    async def run(self) -> None:
        """Carry commands until cancelled. Raises what the client raises beside VenueError: a bug of its adapter."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._given.wait()
                self._given.clear()
                while self._cancels or self._orders or self._questions:
                    await self._start_next(tasks)

    async def _start_next(self, tasks: asyncio.TaskGroup) -> None:
        """Start what is most urgent: orders only when every cancel has reached the client, questions last."""
        if self._cancels:
            tasks.create_task(self._deliver(self._cancels.popleft()), name="cancels")
            await asyncio.sleep(0)  # let it reach the client
        elif self._orders:
            tasks.create_task(self._deliver(self._orders.popleft()), name="orders")
        else:
            tasks.create_task(self._ask(self._questions.popleft()), name="question")

    async def _deliver(self, commands: Sequence[OrderCommand]) -> None:
        try:
            events = await self._client.execute(commands)
        except VenueError as error:
            events = [self._unknown(command, str(error)) for command in commands if not isinstance(command, CancelAll)]
        for event in events:
            self._sink(event)

    def _unknown(self, command: PlaceOrder | AmendOrder | CancelOrder, reason: str) -> CommandUnknown:
        action = {PlaceOrder: Action.PLACE, AmendOrder: Action.AMEND, CancelOrder: Action.CANCEL}[type(command)]
        return CommandUnknown(
            command.account, command.instrument, self._clock_ns(), action, command.client_order_id, reason
        )

    async def _ask(self, query: Query) -> None:
        events: Sequence[Event]
        try:
            events = await self._reports.answer(query)
        except VenueError as error:
            instrument = None if isinstance(query, QueryBalances) else query.instrument
            events = [ReadFailed(query.account, self._clock_ns(), WHAT[type(query)], str(error), instrument)]
        for event in events:
            self._sink(event)
