"""Market data: books and marks are read by REST, trades come over the public socket, and its tickers ring for a look.

A book's stream is up while the socket is and a book has been read since: without the bell the book may be a second old,
and nobody would know.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec.structs import replace

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.exchanges.websea.books import Books
from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.decode import Bell, MarketDecoder, decode_funding, decode_mark, spoken
from mmtui.exchanges.websea.encode import subscribe
from mmtui.exchanges.websea.facts import PUBLIC_SOCKET
from mmtui.model.events import BookSnapshot, Event, StreamDown, StreamUp, Unrecognised
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import EventSink

CHANNELS: Final = ("tickers", "trade")
_LEAST_GAP_S: Final = 0.25
_MARK_S: Final = 5.0
_FUNDING_ROUNDS: Final = 12
"""The rate of funding is asked for with every so many marks."""
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)

OpenSocket = Callable[[str, SocketHandlers, SocketSettings], SocketSession]
"""Makes a socket session to one of the venue's paths with these handlers."""


class WebseaFeed:
    """The market data of some instruments.

    Args:
        calls: for marks and rates.
        books: reads books.
        open_socket: makes the socket session.
        clock: the machine's clocks.
        redactor: cleans samples.
        path: of the public socket.
        settings: of the socket.
        book_s: seconds between two looks at a book while nothing rings.
    """

    def __init__(
        self,
        calls: Calls,
        books: Books,
        open_socket: OpenSocket,
        clock: Clock,
        redactor: Redactor,
        path: str,
        *,
        settings: SocketSettings = PUBLIC_SOCKET,
        book_s: float = 1.0,
    ) -> None:
        self._calls = calls
        self._books = books
        self._open_socket = open_socket
        self._clock = clock
        self._redactor = redactor
        self._path = path
        self._settings = settings
        self._book_s = book_s
        self.socket: SocketSession | None = None

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled."""
        decoder = MarketDecoder({instrument.symbol: instrument for instrument in instruments}, self._redactor)
        stream = _PublicStream(instruments, decoder, sink, self._clock)
        self.socket = self._open_socket(self._path, stream.handlers(), self._settings)
        ends = [self._books.listen(instrument.id, stream.on_book) for instrument in instruments]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.socket.run(), name="websea public stream")
                for instrument in instruments:
                    tasks.create_task(self._keep_book(instrument, stream.bells[instrument.id]), name="websea book")
                    tasks.create_task(self._keep_mark(instrument, sink), name="websea mark")
        finally:
            for end in ends:
                end()

    async def _keep_book(self, instrument: Instrument, bell: asyncio.Event) -> None:
        """Read the book in turn and when it rings, but never in a rush; a read that failed leaves it to grow old."""
        least_s = min(_LEAST_GAP_S, self._book_s)
        while True:
            bell.clear()
            with contextlib.suppress(VenueError):
                await self._books.read(instrument.id)
            await asyncio.sleep(least_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._book_s - least_s):
                    await bell.wait()

    async def _keep_mark(self, instrument: Instrument, sink: EventSink) -> None:
        rate: Decimal | None = None
        rounds = 0
        while True:
            with contextlib.suppress(VenueError):
                if rounds % _FUNDING_ROUNDS == 0:
                    rate = None
                    _, answer = await self._calls.read("funding", _RAW, ("symbol", instrument.symbol))
                    rate = decode_funding(answer.body).capital_rate
            with contextlib.suppress(VenueError):
                _, answer = await self._calls.read("mark", _RAW, ("symbol", instrument.symbol))
                mark = decode_mark(answer.body, instrument, answer.received.wall)
                if mark is not None:
                    sink(replace(mark, funding_rate=rate))
            rounds += 1
            await asyncio.sleep(_MARK_S)


class _PublicStream:
    """What is done with each message of the public socket, and with each book."""

    def __init__(
        self, instruments: Sequence[Instrument], decoder: MarketDecoder, sink: EventSink, clock: Clock
    ) -> None:
        self.bells = {instrument.id: asyncio.Event() for instrument in instruments}
        self._symbols = [instrument.symbol for instrument in instruments]
        self._decode = decoder.decode
        self._sink = sink
        self._clock = clock
        self._connected = False
        self._up: dict[str, None] = {}

    def handlers(self) -> SocketHandlers:
        """For the socket session."""
        return SocketHandlers(
            on_message=self.on_message, on_up=self.on_up, on_down=self.on_down, subscriptions=self._subscriptions
        )

    def on_message(self, data: bytes, time_ns: int) -> bool:
        """One frame; False for the answer to a subscription and for what nobody knows."""
        answer = spoken(data)
        if answer is not None and not answer.errno:
            return False
        event = self._decode(data, time_ns)
        if isinstance(event, Bell):
            self.bells[event.instrument].set()
            return True
        self._sink(event)
        return not isinstance(event, Unrecognised)

    def on_book(self, event: Event) -> None:
        """A book was read."""
        self._sink(event)
        if isinstance(event, BookSnapshot) and self._connected and event.instrument not in self._up:
            self._up[event.instrument] = None
            self._sink(StreamUp("public", event.time_ns, event.instrument))

    def on_up(self) -> None:
        """Subscribed: look at once."""
        self._connected = True
        for bell in self.bells.values():
            bell.set()

    def on_down(self, reason: str) -> None:
        """Lost: all books with it."""
        self._connected = False
        self._up.clear()
        now_ns = self._clock.now()
        for instrument in self.bells:
            self._sink(StreamDown("public", now_ns, reason, instrument))

    def _subscriptions(self) -> list[str]:
        return [subscribe(channel, symbol) for symbol in self._symbols for channel in CHANNELS]
