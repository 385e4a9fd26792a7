"""Books, trades and marks over one public socket. A book begins with its snapshot and is kept in step by its numbers.

Each change names the number that it follows. One that does not is a gap: a StreamDown of that book alone, which is
then subscribed to anew. A book's StreamUp comes after its snapshot.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from mmtui.exchanges.lighter.calls import Calls
from mmtui.exchanges.lighter.decode import MarketDecoder, decode_orders, kind_of
from mmtui.exchanges.lighter.encode import MarketForm
from mmtui.exchanges.lighter.facts import PUBLIC_SOCKET
from mmtui.exchanges.lighter.heartbeat import PING, Speaker, subscribe, unsubscribe
from mmtui.exchanges.shared.polling import BookPolling, PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, StreamDown, StreamUp
from mmtui.model.instrument import Instrument, MarketType
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink

_POLL_LIMIT = 250

OpenSocket = Callable[[SocketHandlers, SocketSettings], SocketSession]
"""Makes a socket session to the venue's stream with these handlers."""


class LighterFeed:
    """The market data of some instruments.

    Args:
        calls: for books read by REST.
        open_socket: makes the socket session.
        forms: the venue's number of each instrument.
        clock: the machine's clocks.
        redactor: cleans samples.
        polled: takes books read by REST while the socket is down; None: they are not read.
        settings: of the socket.
    """

    def __init__(
        self,
        calls: Calls,
        open_socket: OpenSocket,
        forms: Mapping[str, MarketForm],
        clock: Clock,
        redactor: Redactor,
        *,
        polled: Callable[[PolledBook], None] | None = None,
        settings: SocketSettings = PUBLIC_SOCKET,
    ) -> None:
        self._calls = calls
        self._open_socket = open_socket
        self._forms = forms
        self._clock = clock
        self._redactor = redactor
        self._polled = polled
        self._settings = settings
        self.socket: SocketSession | None = None

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled."""
        books = [_FedBook(instrument, self._forms[instrument.id].market_id) for instrument in instruments]
        decoder = MarketDecoder({book.market_id: book.id for book in books}, self._redactor)
        stream = _PublicStream(books, decoder, sink, self._clock, Speaker(lambda: self.socket))
        polling = BookPolling([book.id for book in books], self._snapshot_of, self._polled or _drop, self._clock)
        stream.watchers = (polling.socket_down, polling.socket_up)
        self.socket = self._open_socket(stream.handlers(), self._settings)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.socket.run(), name="lighter public stream")
            if self._polled is not None:
                tasks.create_task(polling.run(), name="lighter book polling")

    async def _snapshot_of(self, instrument: str) -> BookSnapshot:
        body, received_ns = await self._calls.book_orders(self._forms[instrument].market_id, _POLL_LIMIT)
        return decode_orders(body, instrument, received_ns)


def _drop(_book: PolledBook) -> None:
    """Nobody wants polled books."""


class _FedBook:
    """A book's state in the feed; ``nonce`` is None while it has no snapshot."""

    __slots__ = ("channel", "id", "market_id", "nonce", "others")

    def __init__(self, instrument: Instrument, market_id: int) -> None:
        self.id = instrument.id
        self.market_id = market_id
        self.channel = f"order_book/{market_id}"
        self.others = [f"trade/{market_id}"]
        if instrument.market_type is MarketType.PERP:
            self.others.append(f"market_stats/{market_id}")
        self.nonce: int | None = None


class _PublicStream:
    """What is done with each message of the public socket."""

    def __init__(
        self, books: Sequence[_FedBook], decoder: MarketDecoder, sink: EventSink, clock: Clock, speaker: Speaker
    ) -> None:
        self.watchers: tuple[Callable[[], None], Callable[[], None]] = (_nothing, _nothing)
        self._books = {book.id: book for book in books}
        self._decode = decoder.decode
        self._sink = sink
        self._clock = clock
        self._speaker = speaker

    def handlers(self) -> SocketHandlers:
        """For the socket session."""
        return SocketHandlers(
            on_message=self.on_message,
            on_up=self.on_up,
            on_down=self.on_down,
            subscriptions=self._subscriptions,
            beat=lambda: PING,
        )

    def on_message(self, data: bytes, time_ns: int) -> bool:
        """One frame; False for what is no data. The hot path."""
        events = self._decode(data, time_ns)
        if not events:
            self._speaker.attend(kind_of(data))
            return False
        for event in events:
            if type(event) is BookDelta:
                self._on_delta(event, time_ns)
            elif type(event) is BookSnapshot:
                self._on_snapshot(event, time_ns)
            else:
                self._sink(event)
        return True

    def on_up(self) -> None:
        """Subscribed; the snapshots come by themselves."""
        self.watchers[1]()

    def on_down(self, reason: str) -> None:
        """Lost: all books with it."""
        now_ns = self._clock.now()
        for book in self._books.values():
            book.nonce = None
            self._sink(StreamDown("public", now_ns, reason, book.id))
        self.watchers[0]()

    def _on_delta(self, delta: BookDelta, time_ns: int) -> None:
        book = self._books[delta.instrument]
        nonce = book.nonce
        if nonce is None:
            return  # its snapshot is on the way
        if delta.previous_sequence == nonce and delta.sequence is not None:
            book.nonce = delta.sequence
            self._sink(delta)
        elif delta.sequence is None or delta.sequence > nonce:
            self._lose(book, f"sequence gap before {delta.sequence}", time_ns)

    def _on_snapshot(self, snapshot: BookSnapshot, time_ns: int) -> None:
        book = self._books[snapshot.instrument]
        was_up = book.nonce is not None
        if snapshot.sequence is None:
            self._lose(book, "a snapshot without a number", time_ns)
            return
        book.nonce = snapshot.sequence
        self._sink(snapshot)
        if not was_up:
            self._sink(StreamUp("public", time_ns, book.id))

    def _lose(self, book: _FedBook, reason: str, time_ns: int) -> None:
        """Give a book up and ask for it anew."""
        book.nonce = None
        self._sink(StreamDown("public", time_ns, reason, book.id))
        self._speaker.say(unsubscribe(book.channel), subscribe(book.channel))

    def _subscriptions(self) -> list[str]:
        return [subscribe(name) for book in self._books.values() for name in (book.channel, *book.others)]


def _nothing() -> None:
    """Nobody watches."""
