"""Orders of one account: sent, and every outcome told. Orders of one step travel as one signed batch where perps do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from mmtui.exchanges.aster import encode
from mmtui.exchanges.aster.answers import OrderRow, batch, order_report, read
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.countdown import Countdown
from mmtui.exchanges.aster.encode import Request
from mmtui.exchanges.aster.facts import CANCEL_BATCH, PLACE_BATCH, facts_of, place_of
from mmtui.exchanges.aster.order_ids import OrderIds
from mmtui.exchanges.aster.private_streams import PrivateStreams
from mmtui.exchanges.aster.refusals import ErrorBody
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import MarketType
from mmtui.model.orders import Action, RefusalCode
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, RateLimited, Refused, Unreachable, VenueError
from mmtui.ports.venue import EventSink

_UNREACHABLE_RETRY_MS = 1_000

OneOrder = PlaceOrder | AmendOrder | CancelOrder


class AsterTrading:
    """The trading client of one account.

    ``facts`` are those of perps where the account trades any; ``facts_for`` tells those of one instrument.

    Args:
        account: its name in events.
        markets: the markets in use, perps first.
        calls: signs and sends.
        countdown: the dead-man's switch.
        order_ids: learns which order is whose.
        streams: the account's streams.
        clock: the machine's clocks.
    """

    def __init__(
        self,
        account: str,
        markets: Sequence[MarketType],
        calls: Calls,
        countdown: Countdown,
        order_ids: OrderIds,
        streams: PrivateStreams,
        clock: Clock,
    ) -> None:
        self.facts = facts_of(markets[0], calls.version)
        self._account = account
        self._calls = calls
        self._countdown = countdown
        self._order_ids = order_ids
        self._streams = streams
        self._clock = clock

    def facts_for(self, instrument: str) -> VenueFacts:
        """What can be done with orders of this instrument (its id)."""
        return facts_of(place_of(instrument)[0], self._calls.version)

    async def run(self, sink: EventSink) -> None:
        """Keep the private streams and the dead-man's switch until cancelled.

        Being cancelled does not disarm the switch: ``AsterSession.close`` does, at the end of a clean run.
        """

        def hear(event: Event) -> None:
            if isinstance(event, OrderReport):
                self._order_ids.learn(event)
            sink(event)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._streams.run(hear), name="aster account")
            tasks.create_task(self._countdown.run(), name="aster dead-man's switch")

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands; requests start in the order given and none waits for another's answer."""
        requests = [self._carry(part) for part in parts_of(commands)]
        results = await asyncio.gather(*requests)
        events = [event for result in results for event in result]
        for event in events:
            if isinstance(event, OrderReport):
                self._order_ids.learn(event)
        return events

    def _carry(self, part: Sequence[OrderCommand]) -> Awaitable[list[Event]]:
        first = part[0]
        if isinstance(first, CancelAll):
            return self._cancel_all(first)
        if isinstance(first, PlaceOrder):
            places = [command for command in part if isinstance(command, PlaceOrder)]
            for command in places:
                self._countdown.watch(command.instrument)
            if len(places) > 1:
                return self._many(places, Action.PLACE, lambda: encode.place_batch(places))
            return self._one(first, Action.PLACE, lambda: encode.place(first))
        if isinstance(first, AmendOrder):
            return self._one(first, Action.AMEND, lambda: encode.amend(first))
        cancels = [command for command in part if isinstance(command, CancelOrder)]
        if len(cancels) > 1:
            return self._many(cancels, Action.CANCEL, lambda: encode.cancel_batch(cancels))
        return self._one(first, Action.CANCEL, lambda: encode.cancel(first))

    async def _one(self, command: OneOrder, action: Action, build: Callable[[], Request]) -> list[Event]:
        try:
            body = await self._calls.send(build())
            return [self._report(command, read(OrderRow, body))]
        except VenueError as error:
            return [self._failed(command, action, error)]

    async def _many(
        self, commands: Sequence[PlaceOrder | CancelOrder], action: Action, build: Callable[[], Request]
    ) -> list[Event]:
        """One call for several orders; each has an outcome of its own, or all share that of the call."""
        try:
            items = batch(await self._calls.send(build()), len(commands))
        except VenueError as error:
            return [self._failed(command, action, error) for command in commands]
        return [self._outcome(command, action, item) for command, item in zip(commands, items, strict=True)]

    def _outcome(self, command: OneOrder, action: Action, item: ErrorBody | OrderRow | None) -> Event:
        try:
            if isinstance(item, OrderRow):
                return self._report(command, item)
            error = BadMessage("an answer that cannot be read") if item is None else self._calls.error_of(item)
        except BadMessage as unreadable:
            error = unreadable
        return self._failed(command, action, error)

    def _report(self, command: OneOrder, row: OrderRow) -> OrderReport:
        """Raises BadMessage, also where the answer is about another order."""
        report = order_report(self._account, place_of(command.instrument)[0], row, self._clock.now())
        named = report.client_order_id in (None, command.client_order_id)
        numbered = not isinstance(command, PlaceOrder) and report.order_id == command.order_id
        if report.instrument != command.instrument or not (named or numbered):
            raise BadMessage("an answer about another order")
        return report

    async def _cancel_all(self, command: CancelAll) -> list[Event]:
        """The answer names no orders: the stream tells which ended."""
        try:
            await self._calls.send(encode.cancel_all(command.instrument))
        except VenueError as error:
            return [ReadFailed(self._account, self._clock.now(), "cancel_all", str(error), command.instrument)]
        return []

    def _failed(self, command: OneOrder, action: Action, error: VenueError) -> Event:
        """A definite no, or an outcome that nobody knows."""
        now_ns = self._clock.now()
        who = (command.account, command.instrument, now_ns, action, command.client_order_id)
        if isinstance(error, RateLimited):
            return CommandRefused(*who, RefusalCode.RATE_LIMITED, error.reason, error.retry_after_ms)
        if isinstance(error, Refused):
            return CommandRefused(*who, error.code, error.reason)
        if isinstance(error, Unreachable):
            return CommandRefused(*who, RefusalCode.OTHER, str(error), _UNREACHABLE_RETRY_MS)
        return CommandUnknown(*who, str(error))


def parts_of(commands: Sequence[OrderCommand]) -> list[list[OrderCommand]]:
    """Which commands travel together, in the order given: neighbours of one kind, as many as a call takes.

    Spot takes one order a call. Cancels of one call are of one symbol and named by client order id.
    """
    parts: list[list[OrderCommand]] = []
    for command in commands:
        if parts and _together(parts[-1], command):
            parts[-1].append(command)
        else:
            parts.append([command])
    return parts


def _together(part: Sequence[OrderCommand], command: OrderCommand) -> bool:
    first = part[0]
    if isinstance(first, PlaceOrder) and isinstance(command, PlaceOrder):
        return len(part) < PLACE_BATCH and _batched(first) and _batched(command)
    if isinstance(first, CancelOrder) and isinstance(command, CancelOrder):
        same = first.instrument == command.instrument
        return same and len(part) < CANCEL_BATCH and _batched(first) and _batched(command)
    return False


def _batched(command: PlaceOrder | CancelOrder) -> bool:
    """An order with a name that the venue would refuse goes alone, or it would spoil the batch."""
    return place_of(command.instrument)[0] is MarketType.PERP and encode.is_client_id(command.client_order_id)
