"""Orders of one account: sent, and every outcome told.

The answer to a command is that it is queued. Whether it was done comes over the order socket (refusals) and the
account's stream (orders and fills); what neither tells, the engine asks for. There is no amend: cancel and place.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.standx import encode
from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.facts import CANCEL_MANY, FACTS, OPEN_ORDERS, symbol_of
from mmtui.exchanges.standx.private_stream import PrivateStream
from mmtui.exchanges.standx.results import Asked, Results
from mmtui.exchanges.standx.wire import OrdersPage
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, ReadFailed
from mmtui.model.orders import Action, RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, RateLimited, Refused, Unreachable, VenueError
from mmtui.ports.venue import EventSink

ORDERS: Final = msgspec.json.Decoder(OrdersPage, strict=False)

_UNREACHABLE_RETRY_MS: Final = 1_000
_RESULTS_FIRST_S: Final = 5.0
"""How long the account's stream waits for the order socket, so that no refusal of a first order is missed."""
_LOOKS: Final = 10
_AGAIN_S: Final = 0.2

OneOrder = PlaceOrder | AmendOrder | CancelOrder


class StandxTrading:
    """The trading client of one account.

    Args:
        account: its name in events.
        calls: signs and sends.
        results: the order socket.
        stream: the account's channels.
        clock: the machine's clocks.
        traded: is told the instrument of each order.
    """

    facts = FACTS

    def __init__(
        self,
        account: str,
        calls: Calls,
        results: Results,
        stream: PrivateStream,
        clock: Clock,
        traded: Callable[[str], None],
    ) -> None:
        self._account = account
        self._calls = calls
        self._results = results
        self._stream = stream
        self._clock = clock
        self._traded = traded

    async def run(self, sink: EventSink) -> None:
        """Keep order socket and private stream until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._results.run(sink), name="standx order socket")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RESULTS_FIRST_S):
                    await self._results.connected.wait()
            tasks.create_task(self._stream.run(sink), name="standx account")

    async def check(self, symbol: str) -> None:
        """Ask something that only the account may ask. Raises Refused, VenueError."""
        await self._open(symbol)

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands; requests start in the order given and none waits for another's answer."""
        results = await asyncio.gather(*[self._carry(part) for part in parts_of(commands)])
        return [event for events in results for event in events]

    async def _carry(self, part: Sequence[OrderCommand]) -> list[Event]:
        first = part[0]
        if isinstance(first, CancelAll):
            return await self._cancel_all(first)
        if isinstance(first, AmendOrder):
            no = Refused(RefusalCode.NOT_ALLOWED, "amending is not supported on StandX; cancel and place")
            return [self._failed(first, Action.AMEND, no)]
        if isinstance(first, PlaceOrder):
            self._traded(first.instrument)
            return await self._place(first)
        cancels = [command for command in part if isinstance(command, CancelOrder)]
        name, body = encode.cancel(cancels)
        return await self._send(name, body, Kind.CANCEL, Asked(Action.CANCEL, cancels, self._results.session_id))

    async def _place(self, command: PlaceOrder) -> list[Event]:
        try:
            body = encode.place(command)
        except Refused as error:
            return [self._failed(command, Action.PLACE, error)]
        asked = Asked(Action.PLACE, [command], self._results.session_id)
        return await self._send("new_order", body, Kind.ORDER, asked)

    async def _send(self, name: str, body: bytes, kind: Kind, asked: Asked) -> list[Event]:
        """One request; whatever is not clear by its answer is told later."""

        def named(request_id: str) -> None:
            self._results.name(asked, request_id)

        try:
            request_id = await self._calls.command(name, body, kind, session_id=asked.session_id, named=named)
        except VenueError as error:
            if isinstance(error, Refused | RateLimited | Unreachable):
                self._results.forget(asked)
            return [self._failed(command, asked.action, error) for command in asked.commands]
        return self._results.queued(asked, request_id)

    async def _cancel_all(self, command: CancelAll) -> list[Event]:
        """List, cancel, and look until they are gone; the stream tells which ended."""
        symbol = symbol_of(command.instrument)
        try:
            listed = await self._open(symbol)
            for at in range(0, len(listed), CANCEL_MANY):
                await self._calls.command(
                    "cancel_orders", encode.cancel_listed(listed[at : at + CANCEL_MANY]), Kind.CANCEL
                )
            await self._gone(symbol, set(listed))
        except VenueError as error:
            return [ReadFailed(self._account, self._clock.now(), "cancel_all", str(error), command.instrument)]
        return []

    async def _gone(self, symbol: str, numbers: set[int]) -> None:
        """Wait until none of these is listed any more. Raises VenueError."""
        left = numbers
        for _ in range(_LOOKS):
            if not left:
                return
            await asyncio.sleep(_AGAIN_S)
            left = numbers & set(await self._open(symbol))
        if left:
            raise BadMessage(f"{len(left)} orders are still listed after their cancel")

    async def _open(self, symbol: str) -> list[int]:
        page, _ = await self._calls.read_own("query_open_orders", ORDERS, ("symbol", symbol), ("limit", OPEN_ORDERS))
        return [row.id for row in page.result if row.symbol == symbol]

    def _failed(self, command: OneOrder, action: Action, error: VenueError) -> Event:
        """A definite no, or an outcome that nobody knows."""
        who = (command.account, command.instrument, self._clock.now(), action, command.client_order_id)
        if isinstance(error, RateLimited):
            return CommandRefused(*who, RefusalCode.RATE_LIMITED, error.reason, error.retry_after_ms)
        if isinstance(error, Refused):
            return CommandRefused(*who, error.code, error.reason)
        if isinstance(error, Unreachable):
            return CommandRefused(*who, RefusalCode.OTHER, str(error), _UNREACHABLE_RETRY_MS)
        return CommandUnknown(*who, str(error))


def parts_of(commands: Sequence[OrderCommand]) -> list[list[OrderCommand]]:
    """Which commands travel together, in the order given: neighbouring cancels named in one way."""
    parts: list[list[OrderCommand]] = []
    for command in commands:
        last = parts[-1] if parts else []
        if last and len(last) < CANCEL_MANY and _named_alike(last[0], command):
            last.append(command)
        else:
            parts.append([command])
    return parts


def _named_alike(first: OrderCommand, other: OrderCommand) -> bool:
    if not isinstance(first, CancelOrder) or not isinstance(other, CancelOrder):
        return False
    return (encode.order_number(first.order_id) is None) == (encode.order_number(other.order_id) is None)
