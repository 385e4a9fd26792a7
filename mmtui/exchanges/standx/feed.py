"""Marks, books and trades over one public socket. Every book frame is the whole book: there are no gaps to mend.

The mark comes first, since quotes that are to earn rewards are measured from it. Only books count as data: where none
comes for a while, the socket is made anew. A book's StreamUp comes after its first frame.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from mmtui.exchanges.shared.polling import BookPolling, PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.decode import MarketDecoder, decode_book
from mmtui.exchanges.standx.encode import subscribe
from mmtui.exchanges.standx.facts import PUBLIC_SOCKET, symbol_of
from mmtui.model.events import BookSnapshot, StreamDown, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink

CHANNELS = ("price", "depth_book", "public_trade")

_RAW = msgspec.json.Decoder(msgspec.Raw)

OpenSocket = Callable[[str, SocketHandlers, SocketSettings], SocketSession]
"""Makes a socket session to one of the venue's paths with these handlers."""


class StandxFeed:
    """The market data of some instruments.

    Args:
        calls: for books read by REST.
        open_socket: makes the socket session.
        clock: the machine's clocks.
        redactor: cleans samples.
        path: of the stream.
        polled: takes books read by REST while the socket is down; None: they are not read.
        settings: of the socket.
    """

    def __init__(
        self,
        calls: Calls,
        open_socket: OpenSocket,
        clock: Clock,
        redactor: Redactor,
        path: str,
        *,
        polled: Callable[[PolledBook], None] | None = None,
        settings: SocketSettings = PUBLIC_SOCKET,
    ) -> None:
        self._calls = calls
        self._open_socket = open_socket
        self._clock = clock
        self._redactor = redactor
        self._path = path
        self._polled = polled
        self._settings = settings
        self.socket: SocketSession | None = None

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled."""
        names = {instrument.symbol: instrument.id for instrument in instruments}
        stream = _PublicStream(names, MarketDecoder(names, self._redactor), sink, self._clock)
        polling = BookPolling(list(names.values()), self.book, self._polled or _drop, self._clock)
        stream.watchers = (polling.socket_down, polling.socket_up)
        self.socket = self._open_socket(self._path, stream.handlers(), self._settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.socket.run(), name="standx public stream")
            if self._polled is not None:
                tasks.create_task(polling.run(), name="standx book polling")

    async def book(self, instrument: str) -> BookSnapshot:
        """The book by REST. Raises VenueError."""
        body, answer = await self._calls.read("query_depth_book", _RAW, ("symbol", symbol_of(instrument)))
        return decode_book(bytes(body), instrument, answer.received.wall)


def _drop(_book: PolledBook) -> None:
    """Nobody wants polled books."""


class _PublicStream:
    """What is done with each message of the public socket."""

    def __init__(self, names: dict[str, str], decoder: MarketDecoder, sink: EventSink, clock: Clock) -> None:
        self.watchers: tuple[Callable[[], None], Callable[[], None]] = (_nothing, _nothing)
        self._names = names
        self._decode = decoder.decode
        self._sink = sink
        self._clock = clock
        self._up: dict[str, None] = {}

    def handlers(self) -> SocketHandlers:
        """For the socket session."""
        return SocketHandlers(
            on_message=self.on_message, on_up=self.on_up, on_down=self.on_down, subscriptions=self._subscriptions
        )

    def on_message(self, data: bytes, time_ns: int) -> bool:
        """One frame; False for what is no book. The hot path."""
        event = self._decode(data, time_ns)
        self._sink(event)
        if type(event) is not BookSnapshot:
            return False
        if event.instrument not in self._up:
            self._up[event.instrument] = None
            self._sink(StreamUp("public", time_ns, event.instrument))
        return True

    def on_up(self) -> None:
        """Subscribed; the books come by themselves."""
        self.watchers[1]()

    def on_down(self, reason: str) -> None:
        """Lost: all books with it."""
        self._up.clear()
        now_ns = self._clock.now()
        for instrument in self._names.values():
            self._sink(StreamDown("public", now_ns, reason, instrument))
        self.watchers[0]()

    def _subscriptions(self) -> list[str]:
        return [subscribe(channel, symbol) for symbol in self._names for channel in CHANNELS]


def _nothing() -> None:
    """Nobody watches."""
