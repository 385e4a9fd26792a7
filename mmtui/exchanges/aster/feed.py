"""Books, trades and marks of one market over one public socket, each book joined to a snapshot and kept in step.

A book's StreamUp comes after its snapshot; a gap is a StreamDown of that book alone until it is joined anew.
"""

import asyncio
import json
from collections.abc import Callable, Sequence

from mmtui.exchanges.aster.answers import MarkAnswer, read, snapshot
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.decode import MarketDecoder
from mmtui.exchanges.aster.depth import DepthChain
from mmtui.exchanges.aster.facts import (
    DEPTH_LIMIT,
    DEPTH_WEIGHT,
    PUBLIC_SOCKETS,
    STREAMS_PER_CONNECTION,
    place_of,
)
from mmtui.exchanges.aster.figures import exact, from_ms
from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.polling import BookPolling, PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, MarkPrice, StreamDown, StreamUp
from mmtui.model.instrument import Instrument, MarketType
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import EventSink

_LONGEST_WAIT_S = 5.0

OpenSocket = Callable[[MarketType, SocketHandlers, SocketSettings], SocketSession]
"""Makes a socket session to a market's streams with these handlers."""


class AsterFeed:
    """The market data of some instruments.

    Args:
        calls: for snapshots and first marks.
        open_socket: makes the socket sessions.
        clock: the machine's clocks.
        redactor: cleans samples.
        polled: takes books read by REST while the socket is down; None: they are not read.
        settings: of the sockets.
    """

    def __init__(
        self,
        calls: Calls,
        open_socket: OpenSocket,
        clock: Clock,
        redactor: Redactor,
        *,
        polled: Callable[[PolledBook], None] | None = None,
        settings: SocketSettings | None = None,
    ) -> None:
        self._calls = calls
        self._open_socket = open_socket
        self._clock = clock
        self._redactor = redactor
        self._polled = polled
        self._settings = settings
        self.sockets: list[SocketSession] = []

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for market in MarketType:
                own = [instrument for instrument in instruments if instrument.market_type is market]
                per_socket = STREAMS_PER_CONNECTION // len(_streams(market, ""))
                for start in range(0, len(own), per_socket):
                    part = own[start : start + per_socket]
                    tasks.create_task(self._run_market(market, part, sink), name=f"aster {market.value} feed")

    async def _run_market(self, market: MarketType, instruments: Sequence[Instrument], sink: EventSink) -> None:
        books = [_FedBook(instrument.id) for instrument in instruments]
        stream = _PublicStream(market, books, MarketDecoder(market, self._redactor), sink, self._clock)
        polling = BookPolling([book.id for book in books], self._snapshot_of, self._polled or _drop, self._clock)
        stream.watchers = (polling.socket_down, polling.socket_up)
        socket = self._open_socket(market, stream.handlers(), self._settings or PUBLIC_SOCKETS[market])
        self.sockets.append(socket)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(socket.run(), name="aster public stream")
            for book in books:
                tasks.create_task(self._keep_joined(book, stream), name=f"aster book {book.id}")
            if self._polled is not None:
                tasks.create_task(polling.run(), name="aster book polling")

    async def _keep_joined(self, book: "_FedBook", stream: "_PublicStream") -> None:
        """Read and join a snapshot whenever the book has none.

        One that is older than the stream is read again; one that is newer than all that came waits for nothing, since
        the next change proves by its link whether it follows.
        """
        backoff = Backoff(0.1, _LONGEST_WAIT_S)
        while True:
            await book.wanted.wait()
            try:
                found = await self._snapshot_of(book.id)
                mark = await self._mark_of(book.id) if not book.marked else None
            except VenueError as error:
                book.failure = str(error)
                await asyncio.sleep(backoff.next_s())
                continue
            if mark is not None:
                book.marked = True
                stream.sink(mark)
            if stream.joined(book, found):
                backoff.reset()
            else:
                await asyncio.sleep(backoff.next_s())

    async def _snapshot_of(self, book_id: str) -> BookSnapshot:
        market, symbol = place_of(book_id)
        answer = await self._calls.read_public(market, "depth", f"symbol={symbol}&limit={DEPTH_LIMIT}", DEPTH_WEIGHT)
        return snapshot(book_id, answer.body, answer.received.wall)

    async def _mark_of(self, book_id: str) -> MarkPrice | None:
        """The first mark by REST, so that nothing waits for the stream's; spot has none."""
        market, symbol = place_of(book_id)
        if market is MarketType.SPOT:
            return None
        answer = await self._calls.read_public(market, "premiumIndex", f"symbol={symbol}")
        row = read(MarkAnswer, answer.body)
        if exact(row.mark_price) <= 0:
            return None
        return MarkPrice(
            book_id, answer.received.wall, row.mark_price, exact(row.index_price) or None,
            exact(row.last_funding_rate), from_ms(row.next_funding_time), from_ms(row.time),
        )  # fmt: skip


def _drop(_book: PolledBook) -> None:
    """Nobody wants polled books."""


def _streams(market: MarketType, symbol: str) -> list[str]:
    """What is subscribed to for one symbol, in lower case. The depth stream contains the best prices."""
    name = symbol.lower()
    streams = [f"{name}@depth@100ms", f"{name}@aggTrade"]
    if market is MarketType.PERP:
        streams.append(f"{name}@markPrice@1s")
    return streams


class _FedBook:
    """A book's state in the feed; ``wanted`` is set while the socket is up and the book is not joined."""

    __slots__ = ("chain", "failure", "id", "marked", "up", "wanted")

    def __init__(self, book_id: str) -> None:
        self.id = book_id
        self.chain = DepthChain()
        self.wanted = asyncio.Event()
        self.up = False
        self.marked = False
        self.failure = ""


class _PublicStream:
    """What is done with each message of a public socket."""

    def __init__(
        self, market: MarketType, books: Sequence[_FedBook], decoder: MarketDecoder, sink: EventSink, clock: Clock
    ) -> None:
        self.sink = sink
        self.watchers: tuple[Callable[[], None], Callable[[], None]] = (_nothing, _nothing)
        self._market = market
        self._books = {book.id: book for book in books}
        self._decode = decoder.decode
        self._clock = clock

    def handlers(self) -> SocketHandlers:
        """For the socket session."""
        return SocketHandlers(
            on_message=self.on_message,
            on_up=self.on_up,
            on_down=self.on_down,
            subscriptions=self._subscriptions,
            address=_address,
        )

    def on_message(self, data: bytes, time_ns: int) -> bool:
        """One frame; False for what is no data. The hot path."""
        events = self._decode(data, time_ns)
        for event in events:
            if type(event) is BookDelta:
                book = self._books.get(event.instrument)
                if book is not None:
                    self._on_delta(book, event, time_ns)
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
            book.chain.lose()
            book.wanted.clear()
            book.up = False
            self.sink(StreamDown("public", now_ns, reason, book.id))
        self.watchers[0]()

    def joined(self, book: _FedBook, found: BookSnapshot) -> bool:
        """Try to join a snapshot; False if it is too old."""
        if not book.wanted.is_set():
            return True  # the socket was lost meanwhile; whoever sets it again wants a newer one
        events = book.chain.join(found)
        if events is None:
            book.failure = "the snapshot is older than the stream"
            return False
        book.wanted.clear()
        book.up = True
        book.failure = ""
        for event in events:
            self.sink(event)
        self.sink(StreamUp("public", self._clock.now(), book.id))
        return True

    def _on_delta(self, book: _FedBook, delta: BookDelta, time_ns: int) -> None:
        taken = book.chain.take(delta)
        if taken is not None:
            self.sink(taken)
        elif book.up and book.chain.broken:
            book.up = False
            self.sink(StreamDown("public", time_ns, f"sequence gap before {delta.sequence}", book.id))
            book.wanted.set()

    def _subscriptions(self) -> list[str]:
        streams = [name for book_id in self._books for name in _streams(self._market, place_of(book_id)[1])]
        return [json.dumps({"method": "SUBSCRIBE", "params": streams, "id": 1})]


async def _address() -> str:
    return "/ws"


def _nothing() -> None:
    """Nobody watches."""
