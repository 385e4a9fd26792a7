"""Books, trades and marks over one public socket, each book joined to a snapshot and kept in step.

A book's StreamUp comes after its snapshot; a gap is a StreamDown of that book alone until it is joined anew.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.book_sync import BookSync
from mmtui.exchanges.backpack.decode import MarketDecoder, decode_depth, decode_mark
from mmtui.exchanges.backpack.facts import PUBLIC_SOCKET
from mmtui.exchanges.backpack.rest import OK, BackpackRest
from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.polling import BookPolling, PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, StreamDown, StreamUp
from mmtui.model.instrument import Instrument, MarketType
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, VenueError
from mmtui.ports.venue import EventSink

_LONGEST_WAIT_S = 5.0

_FIRST_FRAME_S = 1.0
"""A snapshot is asked for once the stream has spoken, or after this long: the one of REST lags, and might end before
the stream begins."""

OpenSocket = Callable[[SocketHandlers, SocketSettings], SocketSession]
"""Makes a socket session to the venue's stream with these handlers."""


class BackpackFeed:
    """The market data of some instruments.

    Args:
        rest: for snapshots and first marks.
        open_socket: makes the socket session.
        clock: the machine's clocks.
        redactor: cleans samples.
        polled: takes books read by REST while the socket is down; None: they are not read.
        best_prices: subscribe to best prices too. The depth stream contains them, so it is off.
        settings: of the socket.
    """

    def __init__(
        self,
        rest: BackpackRest,
        open_socket: OpenSocket,
        clock: Clock,
        redactor: Redactor,
        *,
        polled: Callable[[PolledBook], None] | None = None,
        best_prices: bool = False,
        settings: SocketSettings = PUBLIC_SOCKET,
    ) -> None:
        self._rest = rest
        self._open_socket = open_socket
        self._clock = clock
        self._redactor = redactor
        self._polled = polled
        self._best_prices = best_prices
        self._settings = settings
        self.socket: SocketSession | None = None

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled."""
        books = [_FedBook(instrument) for instrument in instruments]
        stream = _PublicStream(books, self._decoder(instruments), sink, self._clock, self._frames(instruments))
        polling = BookPolling([book.id for book in books], self._snapshot_of, self._polled or _drop, self._clock)
        stream.watchers = (polling.socket_down, polling.socket_up)
        self.socket = self._open_socket(stream.handlers(), self._settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.socket.run(), name="backpack public stream")
            for book in books:
                tasks.create_task(self._keep_joined(book, stream), name=f"backpack book {book.id}")
            if self._polled is not None:
                tasks.create_task(polling.run(), name="backpack book polling")

    def _decoder(self, instruments: Sequence[Instrument]) -> MarketDecoder:
        return MarketDecoder([instrument.symbol for instrument in instruments], self._redactor)

    def _frames(self, instruments: Sequence[Instrument]) -> list[str]:
        """One subscription per market: how many streams a frame may name is not documented."""
        return [
            json.dumps({"method": "SUBSCRIBE", "params": _streams(instrument, best_prices=self._best_prices)})
            for instrument in instruments
        ]

    async def _keep_joined(self, book: "_FedBook", stream: "_PublicStream") -> None:
        """Fetch and join a snapshot whenever the book has none; the REST snapshot lags, so it may take several."""
        backoff = Backoff(0.1, _LONGEST_WAIT_S)
        while True:
            await book.wanted.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_FRAME_S):
                    await book.heard.wait()
            joined = False
            try:
                snapshot = await self._snapshot_of(book.id)
                await self._mark(book, stream)
                joined = stream.joined(book, snapshot)
            except VenueError as error:
                stream.not_joined(book, str(error))
            if joined:
                backoff.reset()
            else:
                await asyncio.sleep(backoff.next_s())

    async def _snapshot_of(self, instrument_id: str) -> BookSnapshot:
        answer = await self._rest.send(encode.depth(encode.symbol_of(instrument_id)))
        if answer.status != OK:
            raise self._rest.refused(answer, "GET depth")
        return decode_depth(answer.body, instrument_id, answer.received.wall)

    async def _mark(self, book: "_FedBook", stream: "_PublicStream") -> None:
        """The mark once by REST, so that nothing waits for the stream's next one; a failure leaves it unknown."""
        if not book.is_perp:
            return
        with contextlib.suppress(VenueError):
            answer = await self._rest.send(encode.mark_price(encode.symbol_of(book.id)))
            if answer.status != OK:
                raise BadMessage("no mark price")
            mark = decode_mark(answer.body, book.id, answer.received.wall)
            if mark is not None:
                stream.sink(mark)


def _drop(_book: PolledBook) -> None:
    """Nobody wants polled books."""


def _streams(instrument: Instrument, *, best_prices: bool) -> list[str]:
    symbol = instrument.symbol
    streams = [f"depth.{symbol}", f"trade.{symbol}"]
    if instrument.market_type is MarketType.PERP:
        streams.append(f"markPrice.{symbol}")
    if best_prices:
        streams.append(f"bookTicker.{symbol}")
    return streams


class _FedBook:
    """A book's state in the feed.

    ``wanted`` is set while the socket is up and the book is not joined, ``heard`` once frames are kept for it, ``told``
    once somebody was told why it cannot be joined.
    """

    __slots__ = ("heard", "id", "is_perp", "sync", "told", "up", "wanted")

    def __init__(self, instrument: Instrument) -> None:
        self.id = instrument.id
        self.is_perp = instrument.market_type is MarketType.PERP
        self.sync = BookSync()
        self.wanted = asyncio.Event()
        self.heard = asyncio.Event()
        self.up = False
        self.told = False


class _PublicStream:
    """What is done with each message of the public socket."""

    def __init__(
        self,
        books: Sequence[_FedBook],
        decoder: MarketDecoder,
        sink: EventSink,
        clock: Clock,
        frames: Sequence[str],
    ) -> None:
        self.sink = sink
        self.watchers: tuple[Callable[[], None], Callable[[], None]] = (_nothing, _nothing)
        self._books = {book.id: book for book in books}
        self._decode = decoder.decode
        self._clock = clock
        self._frames = frames

    def handlers(self) -> SocketHandlers:
        """For the socket session."""
        return SocketHandlers(
            on_message=self.on_message, on_up=self.on_up, on_down=self.on_down, subscriptions=lambda: self._frames
        )

    def on_message(self, data: bytes, time_ns: int) -> bool:
        """One frame; False for what is no data. The hot path."""
        events = self._decode(data, time_ns)
        for event in events:
            if type(event) is BookDelta:
                book = self._books[event.instrument]
                sync = book.sync
                if sync.last == event.previous_sequence:
                    sync.last = event.sequence
                    self.sink(event)
                else:
                    self._off_line(book, event, time_ns)
            else:
                self.sink(event)
        return bool(events)

    def on_up(self) -> None:
        """Subscribed: each book now needs a snapshot."""
        for book in self._books.values():
            if not book.up:
                book.wanted.set()
        self.watchers[1]()

    def on_down(self, reason: str) -> None:
        """Lost: all books with it."""
        now_ns = self._clock.now()
        for book in self._books.values():
            book.sync.lose()
            book.wanted.clear()
            book.heard.clear()
            book.up = False
            self.sink(StreamDown("public", now_ns, reason, book.id))
        self.watchers[0]()

    def joined(self, book: _FedBook, snapshot: BookSnapshot) -> bool:
        """Try to join a snapshot; False if it is too old, or the socket was lost while it was on its way."""
        if not book.wanted.is_set():
            return True  # whoever sets it again wants a newer one
        events = book.sync.join(snapshot)
        if events is None:
            return False
        book.wanted.clear()
        book.up = True
        book.told = False
        for event in events:
            self.sink(event)
        self.sink(StreamUp("public", self._clock.now(), book.id))
        return True

    def not_joined(self, book: _FedBook, reason: str) -> None:
        """No snapshot can be had: told once, until there is one again."""
        if book.wanted.is_set() and not book.told:
            book.told = True
            self.sink(StreamDown("public", self._clock.now(), f"no snapshot: {reason}", book.id))

    def _off_line(self, book: _FedBook, delta: BookDelta, time_ns: int) -> None:
        """A frame that does not simply follow: kept, already contained, or the proof of a gap."""
        was_joined = book.sync.last is not None
        usable = book.sync.off_line(delta)
        book.heard.set()
        if usable is not None:
            self.sink(usable)
        if was_joined and book.sync.last is None:
            book.up = False
            reason = f"sequence gap before {delta.previous_sequence}"
            self.sink(StreamDown("public", time_ns, reason, book.id))
            book.wanted.set()


def _nothing() -> None:
    """Nobody watches."""
