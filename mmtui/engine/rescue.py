"""The supervisor's own path after a worker failed: cancel what the order table calls live, and ask until none is left.

It uses nothing of step, diff or the strategy, because one of them has just failed.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from mmtui.core.legs import concerns
from mmtui.core.state import State
from mmtui.model.commands import CancelOrder, OrderCommand, QueryOpenOrders
from mmtui.model.events import Event, OpenOrders
from mmtui.model.orders import OrderState
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import AccountReports, TradingClient

PATIENCE_S = 30.0
PAUSE_S = 0.25
ANSWER_S = 5.0
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
    """Cancels one failed worker's orders and proves that they are gone, for at most ``patience_s``."""

    def __init__(self, state: State, ports: Ports, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self.state = state
        self._ports = ports
        self._clock = clock
        self._patience_ns = int(patience_s * NS_PER_S)
        self._newest: OpenOrders | None = None
        self._heard = asyncio.Event()
        self._ended = False

    def put(self, event: Event) -> None:
        """Hear what the venue says meanwhile of this account and symbol."""
        if isinstance(event, OpenOrders) and not self._ended and concerns(self.state, event):
            self._newest = event
            self._heard.set()

    async def run(self) -> tuple[str, ...]:
        """Cancel and ask until two lists in a row show none of ours; returns the ids that may be left."""
        try:
            return await self._cancel_until_gone()
        finally:
            self._ended = True

    async def _cancel_until_gone(self) -> tuple[str, ...]:
        table = self.state.orders
        left: Sequence[str] = tuple(table.live)
        lands_ns = self._last_landing_ns()
        deadline_ns = self._clock.monotonic() + self._patience_ns
        proofs = 0
        while (left_ns := deadline_ns - self._clock.monotonic()) > 0:
            begun_ns = self._clock.now()
            if not proofs:
                await self._cancel(left)
            listed = await self._ask(begun_ns, min(ANSWER_S, left_ns / NS_PER_S))
            if listed is None:
                continue
            ids = (report.client_order_id for report in listed.orders)
            left = tuple(name for name in ids if name is not None and table.is_ours(name))
            proofs = 0 if left or listed.asked_ns < lands_ns else proofs + 1
            if proofs == PROOFS_NEEDED:
                return ()
            if not proofs:
                await asyncio.sleep(PAUSE_S)
        return tuple(left) or tuple(table.live) or ("unknown",)

    def _last_landing_ns(self) -> int:
        """Until when a place that was on its way when the worker failed may still reach the venue."""
        window_ns = self.state.facts.unknown_proof_ns
        on_their_way = (OrderState.SENT, OrderState.UNKNOWN)
        sent = [order.sent_ns for order in self.state.orders.live.values() if order.state in on_their_way]
        return max(sent) + window_ns if sent else 0

    async def _cancel(self, client_order_ids: Sequence[str]) -> None:
        state = self.state
        commands: list[OrderCommand] = []
        for client_order_id in client_order_ids:
            order = state.orders.find(client_order_id, None)
            order_id = None if order is None else order.order_id
            commands.append(CancelOrder(state.account, state.instrument.id, client_order_id, order_id))
        if not commands:
            return
        try:
            for event in await self._ports.client.execute(commands):
                self.put(event)
        except VenueError:
            return  # the next round asks again

    async def _ask(self, begun_ns: int, patience_s: float) -> OpenOrders | None:
        """A list asked for now, or None if none came in time."""
        query = QueryOpenOrders(self.state.account, self.state.instrument.id)
        try:
            async with asyncio.timeout(patience_s):
                for event in await self._ports.reports.answer(query):
                    self.put(event)
                while (listed := self._listed_since(begun_ns)) is None:
                    self._heard.clear()
                    await self._heard.wait()
                return listed
        except (VenueError, TimeoutError):
            await asyncio.sleep(PAUSE_S)
            return None

    def _listed_since(self, begun_ns: int) -> OpenOrders | None:
        newest = self._newest
        return newest if newest is not None and newest.asked_ns >= begun_ns else None
