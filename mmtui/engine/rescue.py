"""The supervisor's own path after a worker failed: cancel what the order table calls live, and ask until none is left.

It uses nothing of step, diff or the strategy, because one of them has just failed.
"""

import asyncio
from typing import Protocol

from mmtui.core.state import State
from mmtui.model.commands import CancelOrder, OrderCommand, QueryOpenOrders
from mmtui.model.events import Event, OpenOrders
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import AccountReports, TradingClient

ROUNDS = 20
PAUSE_S = 0.25
PROOFS_NEEDED = 2


class Ports(Protocol):
    """How the account is reached."""

    @property
    def client(self) -> TradingClient:
        """Takes the cancels."""
        ...

    @property
    def reports(self) -> AccountReports:
        """Answers what is open."""
        ...


class Rescue:
    """Cancels one failed worker's orders and proves that they are gone."""

    def __init__(self, state: State, ports: Ports, clock: Clock) -> None:
        self._state = state
        self._ports = ports
        self._clock = clock
        self._lists: list[OpenOrders] = []
        self._heard = asyncio.Event()

    def put(self, event: Event) -> None:
        """Hear what the venue says meanwhile."""
        if isinstance(event, OpenOrders):
            self._lists.append(event)
            self._heard.set()

    async def run(self) -> tuple[str, ...]:
        """Cancel and ask until two lists in a row show none of ours; returns the ids that may be left."""
        table = self._state.orders
        left = tuple(table.live)
        proofs = 0
        for _ in range(ROUNDS):
            begun = self._clock.now()
            if not proofs:
                await self._cancel(left)
            listed = await self._ask(begun)
            if listed is None:
                continue
            left = tuple(r.client_order_id for r in listed.orders if r.client_order_id and table.is_ours(r.client_order_id))
            proofs = 0 if left else proofs + 1
            if proofs == PROOFS_NEEDED:
                return ()
        return left or ("unknown",)

    async def _cancel(self, client_order_ids: tuple[str, ...]) -> None:
        state = self._state
        commands: list[OrderCommand] = []
        for client_order_id in client_order_ids:
            order = state.orders.find(client_order_id, None)
            order_id = None if order is None else order.order_id
            commands.append(CancelOrder(state.account, state.instrument.id, client_order_id, order_id))
        try:
            for event in await self._ports.client.execute(commands):
                self.put(event)
        except VenueError:
            return  # the next round asks again

    async def _ask(self, begun_ns: int) -> OpenOrders | None:
        """A list asked for now, or None if none came in time."""
        self._heard.clear()
        try:
            for event in await self._ports.reports.answer(QueryOpenOrders(self._state.account, self._state.instrument.id)):
                self.put(event)
            async with asyncio.timeout(PAUSE_S * 4):
                while not any(listed.asked_ns >= begun_ns for listed in self._lists):
                    self._heard.clear()
                    await self._heard.wait()
        except (VenueError, TimeoutError):
            await asyncio.sleep(PAUSE_S)
            return None
        return self._lists[-1]
