"""Orders of one account: sent, and every outcome told. Several orders of one step travel as one signed batch."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.encode import OrderForm, symbol_of
from mmtui.exchanges.backpack.facts import FACTS, MAX_BATCH
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.order_rows import number_of, order_report
from mmtui.exchanges.backpack.refusals import ErrorBody
from mmtui.exchanges.backpack.rest import ACCEPTED, BackpackRest
from mmtui.exchanges.backpack.wire import UNREADABLE, BatchErr, BatchOk, OrderRow
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.ports.clock import Clock
from mmtui.ports.errors import RateLimited, Refused, SettingsError, Unreachable, VenueError
from mmtui.ports.venue import EventSink

_ORDER: Final = msgspec.json.Decoder(OrderRow)
_ORDERS: Final = msgspec.json.Decoder(list[OrderRow])
_BATCH: Final = msgspec.json.Decoder(list[BatchOk | BatchErr])

_UNREACHABLE_RETRY_MS: Final = 1_000


class BackpackTrading:
    """The trading client of one account.

    Args:
        account: its name in events.
        rest: signs and sends.
        ids: client order ids both ways.
        clock: the machine's clocks.
        forms: how orders of each symbol are written; filled with the instruments.
        keep_stream: keeps the private stream, until cancelled.
    """

    facts = FACTS

    def __init__(
        self,
        account: str,
        rest: BackpackRest,
        ids: ClientIds,
        clock: Clock,
        forms: Mapping[str, OrderForm],
        keep_stream: Callable[[EventSink], Awaitable[None]],
    ) -> None:
        self._account = account
        self._rest = rest
        self._ids = ids
        self._clock = clock
        self._forms = forms
        self._keep_stream = keep_stream

    async def run(self, sink: EventSink) -> None:
        """Keep the private stream until cancelled."""
        await self._keep_stream(sink)

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands; requests start in the order given and none waits for another's answer."""
        requests: list[Awaitable[list[Event]]] = []
        places: list[PlaceOrder] = []
        for command in commands:
            if isinstance(command, PlaceOrder):
                places.append(command)
                if len(places) == MAX_BATCH:
                    requests.append(self._place(places))
                    places = []
                continue
            if places:
                requests.append(self._place(places))
                places = []
            requests.append(self._other(command))
        if places:
            requests.append(self._place(places))
        if len(requests) == 1:
            return await requests[0]
        return [event for events in await asyncio.gather(*requests) for event in events]

    def _other(self, command: AmendOrder | CancelOrder | CancelAll) -> Awaitable[list[Event]]:
        if isinstance(command, CancelOrder):
            return self._cancel(command)
        return self._cancel_all(command) if isinstance(command, CancelAll) else self._amend(command)

    # --------------------------------------------------------------------------------------------------------- place

    async def _place(self, commands: Sequence[PlaceOrder]) -> list[Event]:
        orders = [
            (command, self._ids.mint(command.client_order_id), self._form(command.instrument)) for command in commands
        ]
        call = encode.place_one(*orders[0]) if len(orders) == 1 else encode.place_batch(orders)
        try:
            answer = await self._rest.do(call, Kind.ORDER)
        except (VenueError, SettingsError) as error:
            return [self._failed(command, Action.PLACE, error) for command in commands]
        if answer.status == ACCEPTED:
            return [self._unknown(command, Action.PLACE, "accepted, not yet executed") for command in commands]
        if len(commands) == 1:
            return [self._placed(commands[0], answer.body)]
        return self._batch_placed(commands, [number for _, number, _ in orders], answer.body)

    def _form(self, instrument: str) -> OrderForm:
        symbol = symbol_of(instrument)
        form = self._forms.get(symbol)
        return OrderForm(symbol, is_perp=symbol.endswith("_PERP")) if form is None else form

    def _placed(self, command: PlaceOrder, body: bytes) -> Event:
        try:
            row = _ORDER.decode(body)
        except UNREADABLE:
            return self._unknown(command, Action.PLACE, "the answer cannot be read")
        return self._order_placed(command, row)

    def _batch_placed(self, commands: Sequence[PlaceOrder], numbers: Sequence[int], body: bytes) -> list[Event]:
        """Answers stand in the order of the requests; one that names another client id makes all of them unclear."""
        try:
            rows = _BATCH.decode(body)
        except UNREADABLE:
            return [self._unknown(command, Action.PLACE, "the answer cannot be read") for command in commands]
        told = [number_of(row.client_id) if isinstance(row, BatchOk) else None for row in rows]
        if len(rows) != len(commands) or any(
            number is not None and number != expected for number, expected in zip(told, numbers, strict=True)
        ):
            reason = "the answer to the batch does not match it"
            return [self._unknown(command, Action.PLACE, reason) for command in commands]
        return [
            self._order_placed(command, row) if isinstance(row, BatchOk) else self._not_placed(command, row)
            for command, row in zip(commands, rows, strict=True)
        ]

    def _order_placed(self, command: PlaceOrder, row: OrderRow) -> Event:
        final = command.time_in_force is not TimeInForce.GTC
        report = order_report(row, self._account, self._ids, self._clock.now(), final=final)
        if report is None:
            return self._unknown(command, Action.PLACE, "the answer cannot be read")
        if report.status is OrderStatus.REJECTED and not report.filled:
            code, _, words = report.reason.partition(": ")
            return self._no(command, Action.PLACE, RefusalCode(code), words)
        return msgspec.structs.replace(report, client_order_id=command.client_order_id)

    def _not_placed(self, command: PlaceOrder, row: BatchErr) -> Event:
        error = ErrorBody(row.code, row.message)
        if error.is_unclear:
            return self._unknown(command, Action.PLACE, self._rest.words(error))
        return self._no(command, Action.PLACE, error.refusal, self._rest.words(error))

    # -------------------------------------------------------------------------------------------------------- cancel

    async def _cancel(self, command: CancelOrder) -> list[Event]:
        number = self._ids.number(command.client_order_id)
        if command.order_id is None and number is None:
            reason = "neither the venue's id of this order nor its client id is known"
            return [self._no(command, Action.CANCEL, RefusalCode.ORDER_NOT_FOUND, reason)]
        call = encode.cancel_one(symbol_of(command.instrument), order_id=command.order_id, number=number)
        try:
            answer = await self._rest.do(call, Kind.CANCEL)
        except (VenueError, SettingsError) as error:
            return [self._failed(command, Action.CANCEL, error)]
        if answer.status == ACCEPTED:
            return []  # not yet executed: the stream will tell, else the order is asked for
        try:
            report = order_report(_ORDER.decode(answer.body), self._account, self._ids, self._clock.now())
        except UNREADABLE:
            report = None
        if report is None:
            return [self._unknown(command, Action.CANCEL, "the answer cannot be read")]
        return [msgspec.structs.replace(report, client_order_id=command.client_order_id)]

    async def _cancel_all(self, command: CancelAll) -> list[Event]:
        """The orders that are gone. A failure is told as a read that failed: no single order's outcome is at stake."""
        try:
            answer = await self._rest.do(encode.cancel_all(symbol_of(command.instrument)), Kind.CANCEL)
            rows = [] if answer.status == ACCEPTED else _ORDERS.decode(answer.body)
        except (VenueError, SettingsError) as error:
            return [self._not_all(command, str(error))]
        except UNREADABLE:
            return [self._not_all(command, "the answer cannot be read")]
        now_ns = self._clock.now()
        reports: list[OrderReport | None] = [order_report(row, self._account, self._ids, now_ns) for row in rows]
        return [report for report in reports if report is not None]

    def _not_all(self, command: CancelAll, reason: str) -> ReadFailed:
        return ReadFailed(self._account, self._clock.now(), "cancel_all", reason, command.instrument)

    async def _amend(self, command: AmendOrder) -> list[Event]:
        return [self._no(command, Action.AMEND, RefusalCode.NOT_ALLOWED, "Backpack cannot amend; cancel and place")]

    # ------------------------------------------------------------------------------------------------------ outcomes

    def _failed(self, command: PlaceOrder | CancelOrder, action: Action, error: Exception) -> Event:
        """The one place where errors become outcomes: proven refusals on one side, everything else on the other."""
        if isinstance(error, Refused):
            return self._no(command, action, error.code, error.reason)
        if isinstance(error, RateLimited):
            return self._no(command, action, RefusalCode.RATE_LIMITED, error.reason, error.retry_after_ms)
        if isinstance(error, Unreachable):
            return self._no(command, action, RefusalCode.OTHER, str(error), _UNREACHABLE_RETRY_MS)
        if isinstance(error, SettingsError):
            return self._no(command, action, RefusalCode.NOT_ALLOWED, str(error))
        return self._unknown(command, action, str(error))

    def _no(
        self,
        command: PlaceOrder | CancelOrder | AmendOrder,
        action: Action,
        code: RefusalCode,
        reason: str,
        retry_after_ms: int | None = None,
    ) -> CommandRefused:
        return CommandRefused(
            command.account, command.instrument, self._clock.now(), action, command.client_order_id, code, reason,
            retry_after_ms,
        )  # fmt: skip

    def _unknown(self, command: PlaceOrder | CancelOrder, action: Action, reason: str) -> CommandUnknown:
        return CommandUnknown(
            command.account, command.instrument, self._clock.now(), action, command.client_order_id, reason
        )
