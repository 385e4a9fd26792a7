"""Orders of one account. A transaction's answer is that it is queued: what became of it, the account's stream says.

So an order that was taken has no event here; the stream reports it open, filled or ended, and where it does not, the
engine asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from mmtui.exchanges.lighter import encode
from mmtui.exchanges.lighter.dead_mans_switch import DeadMansSwitch
from mmtui.exchanges.lighter.facts import FACTS
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.instruments import Listing
from mmtui.exchanges.lighter.outbox import Outbox
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, ReadFailed
from mmtui.model.orders import Action, RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import RateLimited, Refused, Unreachable, VenueError
from mmtui.ports.venue import EventSink

_UNREACHABLE_RETRY_MS = 1_000

OneOrder = PlaceOrder | AmendOrder | CancelOrder


class LighterTrading:
    """The trading client of one account.

    Args:
        account: its name in events.
        outbox: signs and sends.
        listing: how orders of each instrument are written.
        numbers: client order ids both ways.
        switch: the dead-man's switch.
        clock: the machine's clocks.
        keep_stream: keeps the private stream, until cancelled.
    """

    facts = FACTS

    def __init__(
        self,
        account: str,
        outbox: Outbox,
        listing: Listing,
        numbers: OrderNumbers,
        switch: DeadMansSwitch,
        clock: Clock,
        keep_stream: Callable[[EventSink], Awaitable[None]],
    ) -> None:
        self._account = account
        self._outbox = outbox
        self._listing = listing
        self._numbers = numbers
        self._switch = switch
        self._clock = clock
        self._keep_stream = keep_stream

    async def run(self, sink: EventSink) -> None:
        """Keep the private stream and the dead-man's switch until cancelled.

        Being cancelled does not disarm the switch: ``LighterSession.close`` does, at the end of a clean run.
        """

        async def stream() -> None:
            await self._keep_stream(sink)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stream(), name="lighter account")
            tasks.create_task(self._switch.run(), name="lighter dead-man's switch")

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands in the order given; what waits while a request is under way travels together."""
        results = await asyncio.gather(*[self._carry(command) for command in commands])
        return [event for event in results if event is not None]

    async def _carry(self, command: OrderCommand) -> Event | None:
        """Queue one command before anything is waited for, so that the order of the commands is kept."""
        if isinstance(command, CancelAll):
            return await self._cancel_all(command)
        if isinstance(command, AmendOrder):
            no = Refused(RefusalCode.NOT_ALLOWED, "amending is not supported on Lighter; cancel and place")
            return self._failed(command, Action.AMEND, no)
        action = Action.PLACE if isinstance(command, PlaceOrder) else Action.CANCEL
        try:
            form = self._listing.form(command.instrument)
            number = self._numbers.number(command.client_order_id)
            if isinstance(command, PlaceOrder):
                transaction = encode.place(command, form, number)
                self._switch.watch()
                await self._outbox.submit(transaction, Kind.ORDER, number)
            else:
                await self._outbox.submit(encode.cancel(command, form, number), Kind.CANCEL, number)
        except VenueError as error:
            return self._failed(command, action, error)
        return None

    async def _cancel_all(self, command: CancelAll) -> Event | None:
        """A failure is told as a read that failed: no single order's outcome is at stake."""
        try:
            await self._outbox.submit(encode.cancel_market(self._listing.form(command.instrument)), Kind.CANCEL)
        except VenueError as error:
            return ReadFailed(self._account, self._clock.now(), "cancel_all", str(error), command.instrument)
        return None

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
