"""Books are read, for the venue's documented sockets have none; the touch of a book that is young enough is kept."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.decode import decode_book
from mmtui.exchanges.websea.facts import DEPTH
from mmtui.model.events import BookSnapshot
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.model.units import NS_PER_S, Side
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Refused, VenueError
from mmtui.ports.venue import EventSink

_FRESH_NS: Final = NS_PER_S
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)


class Books:
    """Reads books; whoever asked, each one read is told to those who stream it."""

    def __init__(self, calls: Calls, known: Mapping[str, Instrument], clock: Clock) -> None:
        self._calls = calls
        self._known = known
        self._clock = clock
        self._latest: dict[str, tuple[BookSnapshot, int]] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._listeners: dict[str, list[EventSink]] = {}

    def listen(self, instrument: str, sink: EventSink) -> Callable[[], None]:
        """Tell a sink of each book that is read; returns what ends it."""
        sinks = self._listeners.setdefault(instrument, [])
        sinks.append(sink)
        return lambda: sinks.remove(sink)

    async def read(self, instrument: str) -> BookSnapshot:
        """The book now. Raises VenueError."""
        known = self._known[instrument]
        pairs = ("symbol", known.symbol), ("limit", str(DEPTH))
        asked_ns = self._clock.monotonic()
        _, answer = await self._calls.read("depth", _RAW, *pairs)
        book = decode_book(answer.body, known, answer.received.wall)
        latest = self._latest.get(instrument)
        if latest is None or latest[1] <= asked_ns:  # answers may overtake each other
            self._latest[instrument] = book, asked_ns
            for sink in list(self._listeners.get(instrument, ())):
                sink(book)
        return book

    async def fresh(self, instrument: str) -> BookSnapshot:
        """A book that is at most a second old. Raises VenueError."""
        async with self._reading.setdefault(instrument, asyncio.Lock()):
            latest = self._latest.get(instrument)
            if latest is not None and self._clock.monotonic() - latest[1] <= _FRESH_NS:
                return latest[0]
            return await self.read(instrument)

    async def refuse_crossing(self, instrument: str, side: Side, price: float) -> None:
        """The venue has no post-only: what would take is refused here.

        Raises:
            Refused: it would cross the touch, or there is no book to tell by.
        """
        try:
            book = await self.fresh(instrument)
        except VenueError as error:
            raise Refused(RefusalCode.OTHER, f"no book to tell whether it would take: {error}") from None
        opposite = book.asks if side is Side.BUY else book.bids
        if not opposite:
            raise Refused(RefusalCode.OTHER, "the book has no touch to tell whether it would take")
        touch = opposite[0][0]
        if (side is Side.BUY and price >= touch) or (side is Side.SELL and price <= touch):
            raise Refused(RefusalCode.POST_ONLY_WOULD_CROSS, f"would take at {touch:g} (the venue has no post-only)")
