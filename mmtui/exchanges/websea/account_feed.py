"""What becomes of our orders: the private socket says where to look, REST says what there is.

Frames of the socket name no execution and their units are not certain, so a trade is read from the order it belongs to.
Beside the socket the open orders are asked for now and then, and every second where there is no socket; an order of
ours that is not listed any more is looked at, for absence alone means nothing.
"""

import asyncio
from decimal import Decimal, InvalidOperation
from typing import Final

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import LoginChannel, SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.websea.decode import decode_own, spoken
from mmtui.exchanges.websea.encode import order_channel
from mmtui.exchanges.websea.facts import PRIVATE_SOCKET
from mmtui.exchanges.websea.feed import OpenSocket
from mmtui.exchanges.websea.order_reads import OrderReads
from mmtui.exchanges.websea.own_orders import OwnOrder, Stage
from mmtui.exchanges.websea.signing import Signer
from mmtui.exchanges.websea.wire import PushedOrder
from mmtui.model.events import Event, OrderReport, StreamDown, StreamUp, Unrecognised
from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Unreachable, VenueError
from mmtui.ports.venue import EventSink

_AGAIN_S: Final = 0.3
_AWAIT_S: Final = 0.02
_SAFETY_S: Final = 5.0
_ALONE_S: Final = 1.0
_LIST_LAG_S: Final = 2
_FAILURES: Final = 3
_LOOKS: Final = 40


class AccountFeed:
    """Keeps one account's orders in view.

    Args:
        reads: ask about orders.
        signer: lets us in.
        open_socket: makes the socket session.
        path: of the private socket; None: there is none.
        clock: the machine's clocks.
        redactor: cleans samples.
        settings: of the socket.
    """

    def __init__(
        self,
        reads: OrderReads,
        signer: Signer,
        open_socket: OpenSocket,
        path: str | None,
        clock: Clock,
        redactor: Redactor,
        settings: SocketSettings = PRIVATE_SOCKET,
    ) -> None:
        self._reads = reads
        self._signer = signer
        self._open_socket = open_socket
        self._path = path
        self._clock = clock
        self._redactor = redactor
        self._settings = settings
        self._sink: EventSink | None = None
        self._due: dict[str, int] = {}
        self._rung = asyncio.Event()
        self._failures = 0
        self._up = False
        self.socket: SocketSession | None = None

    def look_at(self, order_id: str, after_s: float = 0.0, looks: int = _LOOKS) -> None:
        """See to it that an order is looked at until it has ended or rests undisturbed."""
        if after_s:
            asyncio.get_running_loop().call_later(after_s, self._look_if_not_over, order_id, looks)
            return
        self._due[order_id] = max(looks, self._due.get(order_id, 0))
        self._rung.set()

    def _look_if_not_over(self, order_id: str, looks: int) -> None:
        """The socket may have told its end meanwhile."""
        own = self._reads.own.by_id(order_id)
        if own is None or own.stage is not Stage.DONE:
            self.look_at(order_id, looks=looks)

    async def run(self, sink: EventSink) -> None:
        """Until cancelled."""
        self._sink = sink
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_where_due(), name="websea looks")
            tasks.create_task(self._poll(), name="websea open orders")
            if self._path is not None:
                handlers = SocketHandlers(
                    on_message=self._on_message, on_up=self._on_up, on_down=self._on_down, login=self._log_in
                )
                self.socket = self._open_socket(self._path, handlers, self._settings)
                tasks.create_task(self.socket.run(), name="websea private stream")

    # --------------------------------------------------------------------------------------------------------- socket

    async def _log_in(self, channel: LoginChannel) -> None:
        await channel.send(order_channel(self._signer.headers(())))
        while True:
            answer = spoken(await channel.receive())
            if answer is not None:
                break
        if answer.errno:
            raise Unreachable(f"the stream was refused: {answer.errno} {self._redactor.sample(answer.errmsg)}")

    def _on_message(self, data: bytes, time_ns: int) -> bool:
        found = decode_own(data, time_ns, self._redactor)
        if not isinstance(found, Unrecognised):
            self._hear(found.order, time_ns)
            return True
        if spoken(data) is None:
            self._tell(found)
        return False

    def _hear(self, pushed: PushedOrder, time_ns: int) -> None:
        """A new or cancelled order without fills is told at once; whatever traded is looked at."""
        order_id = str(pushed.order_id)
        own = self._reads.own.by_id(order_id)
        untouched = own is not None and not own.filled and _nothing(pushed.deal_amount)
        if own is not None and pushed.event == "TRADE" and pushed.is_maker is not None:
            own.maker = pushed.is_maker if own.maker is None else own.maker and pushed.is_maker
        if own is not None and untouched and pushed.event == "NEW" and own.stage is Stage.LIVE:
            self._tell(self._report(own, OrderStatus.OPEN, time_ns))
        elif own is not None and untouched and pushed.event == "CANCELED" and pushed.status == "CANCELED":
            own.stage = Stage.DONE
            self._tell(self._report(own, OrderStatus.CANCELLED, time_ns))
        elif own is None or pushed.event != "NEW":
            self.look_at(order_id)

    def _report(self, own: OwnOrder, status: OrderStatus, time_ns: int) -> OrderReport:
        return OrderReport(
            self._reads.account, own.instrument, time_ns, status, own.client_order_id, own.order_id, own.side,
            own.price, self._reads.coins(own), ZERO if status is OrderStatus.CANCELLED else None,
            own.reduce_only, own.time_in_force, own.post_only,
        )  # fmt: skip

    def _on_up(self) -> None:
        self._up = True
        self._tell(StreamUp("private", self._clock.now(), None, self._reads.account))
        for own in self._reads.own.live():
            if own.order_id is not None:
                self.look_at(own.order_id)

    def _on_down(self, reason: str) -> None:
        self._up = False
        self._tell(StreamDown("private", self._clock.now(), reason, None, self._reads.account))

    # ---------------------------------------------------------------------------------------------------------- looks

    async def _look_where_due(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            while self._must_wait():  # noqa: ASYNC110 - an answer may be about to name it
                await asyncio.sleep(_AWAIT_S)
            due, self._due = self._due, {}
            await asyncio.gather(*(self._look(order_id, looks) for order_id, looks in due.items()))

    def _must_wait(self) -> bool:
        own = self._reads.own
        return own.awaiting and any(own.by_id(order_id) is None for order_id in self._due)

    async def _look(self, order_id: str, looks: int) -> None:
        """One look; what has failed, and a cancel that is not through, is looked at again."""
        try:
            events = await self._reads.look(order_id)
        except VenueError:
            events = []
        for event in events:
            self._tell(event)
        own = self._reads.own.by_id(order_id)
        ended = any(isinstance(event, OrderReport) and event.status is not OrderStatus.OPEN for event in events)
        if own is not None and own.stage is not Stage.DONE and not ended and looks > 1 and (own.ending or not events):
            self.look_at(order_id, _AGAIN_S, looks - 1)

    async def _poll(self) -> None:
        while True:
            try:
                await self.look_around()
            except VenueError as error:
                self._failed(str(error))
            else:
                self._went_well()
            wait_s = _SAFETY_S if self._up and self._path is not None else _ALONE_S
            await asyncio.sleep(wait_s)

    async def look_around(self) -> None:
        """Compare our live orders with the venue's list once. Raises VenueError."""
        live = [own for own in self._reads.own.live() if own.order_id is not None]
        if not live and self._path is not None:
            return
        asked_s = self._reads.venue_s()
        rows, _ = await self._reads.open_rows(None)
        listed = {str(row.order_id): row for row in rows}
        for own in live:
            row = listed.get(own.order_id or "")
            if row is None:
                if own.asked_s + _LIST_LAG_S <= asked_s:
                    self.look_at(own.order_id or "", looks=1)
            elif row.deal_amount > own.filled:
                self.look_at(own.order_id or "", looks=1)

    def _went_well(self) -> None:
        self._failures = 0
        if self._path is None and not self._up:
            self._on_up()

    def _failed(self, reason: str) -> None:
        self._failures += 1
        if self._path is None and self._up and self._failures >= _FAILURES:
            self._on_down(reason)

    def _tell(self, event: Event) -> None:
        if self._sink is not None:
            self._sink(event)


def _nothing(text: str) -> bool:
    """True for a cumulative quantity of zero, in whatever unit."""
    try:
        return not text or not Decimal(text)
    except InvalidOperation:
        return False
