"""Orders of one account: sent, and every outcome told.

There is no amend: cancel and place. There is no immediate-or-cancel: what is left after a moment is cancelled. There is
no id of ours: an order whose answer was lost is looked for, and never sent twice.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.shared.limiter import Kind
from mmtui.exchanges.websea import encode
from mmtui.exchanges.websea.account_feed import AccountFeed
from mmtui.exchanges.websea.books import Books
from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import CANCEL_MANY, FACTS, LEGACY_FACTS, MarginMode, PathStyle, symbol_of
from mmtui.exchanges.websea.hedge import opens
from mmtui.exchanges.websea.instruments import contracts_of
from mmtui.exchanges.websea.order_reads import OrderReads
from mmtui.exchanges.websea.own_orders import OwnOrder, Stage
from mmtui.exchanges.websea.positions import Positions
from mmtui.exchanges.websea.wire import CancelAnswer, OrderRow, PlacedAnswer
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, OrderReport, ReadFailed
from mmtui.model.instrument import Instrument
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, BugError, RateLimited, Refused, Unreachable, VenueError
from mmtui.ports.venue import EventSink

_PLACED: Final = msgspec.json.Decoder(PlacedAnswer, strict=False)
_CANCELLED: Final = msgspec.json.Decoder(CancelAnswer, strict=False)

_UNREACHABLE_RETRY_MS: Final = 1_000
_AGAIN_S: Final = 0.25
_CLOSE_TRIES: Final = 15
"""What was just filled can be closed only a moment later."""
_IMMEDIATE_S: Final = 0.25
_ROUNDS: Final = 5


class Margin(Struct, frozen=True):
    """Mode of every order, and leverage of opening ones where none was set and no position has one."""

    mode: MarginMode
    leverage: int


OneOrder = PlaceOrder | AmendOrder | CancelOrder


class WebseaTrading:
    """The trading client of one account.

    Args:
        calls: sign and send.
        reads: ask about orders.
        positions: the rows to decide by.
        books: the touch to decide by.
        feed: looks at orders.
        known: the venue's instruments by id.
        margin: of every order.
        clock: the machine's clocks.
    """

    def __init__(
        self,
        calls: Calls,
        reads: OrderReads,
        positions: Positions,
        books: Books,
        feed: AccountFeed,
        known: Mapping[str, Instrument],
        margin: Margin,
        clock: Clock,
    ) -> None:
        self.facts = LEGACY_FACTS if calls.style is PathStyle.LEGACY else FACTS
        self._calls = calls
        self._reads = reads
        self._positions = positions
        self._books = books
        self._feed = feed
        self._known = known
        self._margin = margin
        self._leverages: dict[str, int] = {}
        self._clock = clock

    async def run(self, sink: EventSink) -> None:
        """Keep the account in view until cancelled."""
        await self._feed.run(sink)

    async def set_leverage(self, leverage: Decimal, instrument: Instrument) -> Decimal:
        """The leverage of opening orders from now on; that of a position stands. Raises Refused, VenueError."""
        if leverage != leverage.to_integral_value() or leverage < 1:
            raise Refused(RefusalCode.NOT_ALLOWED, f"leverage {leverage} is no whole number of at least 1")
        view = await self._positions.view(instrument.id, fresh=True)
        if view.leverage is not None:
            return Decimal(view.leverage)
        self._leverages[instrument.id] = int(leverage)
        return leverage

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands; requests start in the order given and none waits for another's answer."""
        results = await asyncio.gather(*[self._carry(command) for command in commands])
        return [event for events in results for event in events]

    async def _carry(self, command: OrderCommand) -> Sequence[Event]:
        if isinstance(command, CancelAll):
            return await self._cancel_all(command)
        if isinstance(command, AmendOrder):
            no = Refused(RefusalCode.NOT_ALLOWED, "amending is not supported on Websea; cancel and place")
            return [self._failed(command, Action.AMEND, no)]
        if isinstance(command, PlaceOrder):
            return await self._place(command)
        return await self._cancel(command)

    # ---------------------------------------------------------------------------------------------------------- place

    async def _place(self, command: PlaceOrder) -> Sequence[Event]:
        """Send it; what the venue does not yet let us close is tried again for a while."""
        for left in reversed(range(_CLOSE_TRIES)):
            try:
                order = await self._decided(command)
            except VenueError as error:
                return [self._failed(command, Action.PLACE, error)]
            try:
                return await self._placed(command, order, await self._send(order))
            except VenueError as error:
                short = isinstance(error, Refused) and error.code is RefusalCode.REDUCE_ONLY_VIOLATION
                if not short or not left:
                    return [self._failed(command, Action.PLACE, error)]
            await asyncio.sleep(_AGAIN_S)
        raise BugError("no try was the last")

    async def _send(self, order: OwnOrder) -> str:
        """The venue's name of a new order. Raises VenueError; then it is known to be lost, or not to exist."""
        leverage = self._leverages.get(order.instrument, self._margin.leverage)
        form = encode.place(order, leverage, self._margin.mode, self._calls.style)
        try:
            return str((await self._calls.command("create", _PLACED, Kind.ORDER, *form)).order_id)
        except (Refused, RateLimited, Unreachable):
            self._reads.own.drop(order)
            self._positions.changed(order.instrument)
            raise
        except BaseException:
            order.stage = Stage.LOST
            raise

    async def _placed(self, command: PlaceOrder, order: OwnOrder, order_id: str) -> Sequence[Event]:
        self._reads.own.name(order, order_id)
        if order.time_in_force is TimeInForce.IOC:
            return await self._end_soon(order)
        return [self._opened(command, order_id)]

    async def _decided(self, command: PlaceOrder) -> OwnOrder:
        """The order as it is to be sent; it counts from now on. Raises Refused."""
        instrument = self._known[command.instrument]
        if command.time_in_force is TimeInForce.FOK:
            raise Refused(RefusalCode.NOT_ALLOWED, "fill-or-kill is not supported on Websea")
        try:
            contracts = contracts_of(instrument, command.quantity)
        except BadMessage as error:
            raise Refused(RefusalCode.BAD_QUANTITY, str(error)) from None
        if command.time_in_force is TimeInForce.GTC:
            await self._books.refuse_crossing(command.instrument, command.side, float(command.price))
        live = self._reads.own.live(command.instrument)
        strict = command.reduce_only or any(order.reduce_only for order in live)
        view = await self._positions.view(command.instrument, fresh=strict)
        live = self._reads.own.live(command.instrument)  # anew: nothing may be awaited between here and ``add``
        order = OwnOrder(
            client_order_id=command.client_order_id,
            instrument=command.instrument,
            side=command.side,
            price=command.price,
            contracts=contracts,
            opens=opens(command.side, contracts, view, live, reduce_only=command.reduce_only),
            reduce_only=command.reduce_only,
            post_only=command.post_only,
            time_in_force=command.time_in_force,
            asked_s=self._reads.venue_s(),
        )
        self._reads.own.add(order)
        if view.leverage is not None:
            self._leverages[command.instrument] = view.leverage
        return order

    def _opened(self, command: PlaceOrder, order_id: str) -> OrderReport:
        return OrderReport(
            command.account, command.instrument, self._clock.now(), OrderStatus.OPEN, command.client_order_id, order_id,
            command.side, command.price, command.quantity, None, command.reduce_only, command.time_in_force,
            command.post_only,
        )  # fmt: skip

    async def _end_soon(self, order: OwnOrder) -> Sequence[Event]:
        """Immediate or cancel: a moment to trade, then a cancel, and a look until it has ended."""
        assert order.order_id is not None  # noqa: S101 - named just now
        cancelled = False
        events: Sequence[Event] = []
        for _ in range(_CLOSE_TRIES):
            await asyncio.sleep(_IMMEDIATE_S)
            with contextlib.suppress(VenueError):
                events = await self._reads.look(order.order_id) or events
                if order.stage is Stage.DONE:
                    return events
                if not cancelled:
                    order.ending = True
                    await self._ask_end(symbol_of(order.instrument), [order.order_id])
                    cancelled = True
        self._feed.look_at(order.order_id)
        return events

    # --------------------------------------------------------------------------------------------------------- cancel

    async def _cancel(self, command: CancelOrder) -> Sequence[Event]:
        order = self._reads.own.by_name(command.client_order_id)
        order_id = command.order_id or (None if order is None else order.order_id)
        if order_id is None:
            no = Refused(RefusalCode.ORDER_NOT_FOUND, "the venue has not named this order; it is being looked for")
            return [self._failed(command, Action.CANCEL, no)]
        if order is not None:
            order.ending = True
        try:
            taken = order_id in await self._ask_end(symbol_of(command.instrument), [order_id])
            if taken:
                self._feed.look_at(order_id, _AGAIN_S)
                return []
            row = await self._reads.detail(order_id)
            told = [] if row is None else await self._reads.told(row)
        except VenueError as error:
            return [self._failed(command, Action.CANCEL, error)]
        return [*told, self._failed(command, Action.CANCEL, _why_not(told))]

    async def _ask_end(self, symbol: str, order_ids: Sequence[str]) -> list[str]:
        """Cancel by ids; returns those that were taken for it. Raises VenueError."""
        answer = await self._calls.command("cancel", _CANCELLED, Kind.CANCEL, *encode.cancel(symbol, order_ids))
        return [str(order_id) for order_id in answer.success]

    async def _cancel_all(self, command: CancelAll) -> Sequence[Event]:
        """List, cancel by ids, list again until nothing is left, in both margin modes."""
        symbol = symbol_of(command.instrument)
        try:
            for _ in range(_ROUNDS):
                listed = [str(row.order_id) for mode in MarginMode for row in await self._listed(symbol, mode)]
                if not listed:
                    return []
                for at in range(0, len(listed), CANCEL_MANY):
                    await self._ask_end(symbol, listed[at : at + CANCEL_MANY])
                for order_id in listed:
                    self._feed.look_at(order_id, _AGAIN_S)
                await asyncio.sleep(_AGAIN_S)
            raise BadMessage(f"orders are still listed after {_ROUNDS} cancels")
        except VenueError as error:
            return [ReadFailed(self._reads.account, self._clock.now(), "cancel_all", str(error), command.instrument)]

    async def _listed(self, symbol: str, mode: MarginMode) -> list[OrderRow]:
        rows, _ = await self._reads.open_rows(symbol, mode)
        return rows

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


def _why_not(told: Sequence[Event]) -> Refused:
    """Why a cancel was not taken, by what the order is now."""
    reports = [event for event in told if isinstance(event, OrderReport)]
    if not reports:
        return Refused(RefusalCode.ORDER_NOT_FOUND, "the venue knows no such order")
    if reports[-1].status is OrderStatus.OPEN:
        return Refused(RefusalCode.OTHER, "the venue did not take the cancel; it will be asked again")
    return Refused(RefusalCode.ORDER_DONE, "the order has ended")
