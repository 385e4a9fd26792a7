"""Sends what the gate approved: cancels before places, always, and never one waiting for the other's answer.

Takes ``Approved`` commands only. Outcomes come back through the sink as events; a client that breaks its promise and
raises leaves UNKNOWN behind, never a guess.
"""

import asyncio
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
    """The way out of one account: three lanes (cancels, orders, questions), each in order, all started cancels first."""

    def __init__(
        self, client: TradingClient, reports: AccountReports, sink: EventSink, clock_ns: Callable[[], int]
    ) -> None:
        self._client = client
        self._reports = reports
        self._sink = sink
        self._clock_ns = clock_ns
        self._cancels: asyncio.Queue[list[OrderCommand]] = asyncio.Queue()
        self._orders: asyncio.Queue[list[OrderCommand]] = asyncio.Queue()
        self._questions: asyncio.Queue[Query] = asyncio.Queue()

    def send(self, approved: Sequence[Approved]) -> None:
        """Take approved commands; returns at once."""
        cancels: list[OrderCommand] = []
        orders: list[OrderCommand] = []
        for item in approved:
            command = item.command
            if isinstance(command, CancelOrder | CancelAll):
                cancels.append(command)
            elif isinstance(command, PlaceOrder | AmendOrder):
                orders.append(command)
            else:
                self._questions.put_nowait(command)
        if cancels:
            self._cancels.put_nowait(cancels)
        if orders:
            self._orders.put_nowait(orders)

    async def run(self) -> None:
        """Carry commands until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._carry(self._cancels), name="cancels")
            tasks.create_task(self._carry(self._orders), name="orders")
            tasks.create_task(self._ask(), name="questions")

    async def _carry(self, lane: "asyncio.Queue[list[OrderCommand]]") -> None:
        while True:
            commands = await lane.get()
            if lane is self._orders:
                # What was asked to be cancelled before goes out before.
                while not self._cancels.empty():
                    await asyncio.sleep(0)
            for event in await self._execute(commands):
                self._sink(event)

    async def _execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        try:
            return await self._client.execute(commands)
        except VenueError as error:
            return [self._unknown(command, str(error)) for command in commands if not isinstance(command, CancelAll)]

    def _unknown(self, command: PlaceOrder | AmendOrder | CancelOrder, reason: str) -> CommandUnknown:
        action = {PlaceOrder: Action.PLACE, AmendOrder: Action.AMEND, CancelOrder: Action.CANCEL}[type(command)]
        return CommandUnknown(
            command.account, command.instrument, self._clock_ns(), action, command.client_order_id, reason
        )

    async def _ask(self) -> None:
        while True:
            query = await self._questions.get()
            try:
                events = await self._reports.answer(query)
            except VenueError as error:
                what = WHAT[type(query)]
                instrument = None if isinstance(query, QueryBalances) else query.instrument
                events = [ReadFailed(query.account, self._clock_ns(), what, str(error), instrument)]
            for event in events:
                self._sink(event)
