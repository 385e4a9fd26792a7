"""The market streams of a room: books, trades, prices, candles, each at its own pace."""

import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, Side
from mmtui.sandbox.aster import figures
from mmtui.sandbox.aster.depth import DepthChanges, DepthPicture
from mmtui.sandbox.aster.figures import ms
from mmtui.sandbox.aster.markets import Room, floor_symbol, room_of, wire_symbol
from mmtui.sandbox.aster.outlet import Outlet
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.floor import BookChange, Floor
from mmtui.sandbox.tape import TapeTrade

PACES_MS: Final = {
    Room.FUTURES: {None: 250, "100ms": 100, "500ms": 500},
    Room.SPOT: {None: 1_000, "100ms": 100},
}
MARK_MS: Final = {None: 3_000, "1s": 1_000}
TICKER_MS: Final = 1_000
CANDLE_MS: Final = 250

_DEPTH: Final = re.compile(r"depth(5|10|20)?(?:@(100ms|500ms))?")
_MARK: Final = re.compile(r"markPrice(?:@(1s))?")
_ALL_MARKS: Final = re.compile(r"!markPrice@arr(?:@(1s))?")
_CANDLE: Final = re.compile(r"kline_(\w+)")

Make = Callable[[int], Any]
"""The next payload at a time in ns; None if there is nothing to tell."""


class Paced(Struct):
    """A stream that goes by time."""

    span_ns: int
    due_ns: int
    make: Make
    sequenced: bool = False


class MarketStreams:
    """Hears the room's books and trades, and tells the subscribers."""

    def __init__(self, room: Room, floor: Floor, outlet: Outlet, clock: SandboxClock, first_id: int) -> None:
        self._room = room
        self._floor = floor
        self._outlet = outlet
        self._clock = clock
        self._instruments = [row for row in floor.instruments.values() if room_of(row) is room]
        self._count = first_id
        self._last = {row.symbol: first_id for row in self._instruments}
        self._paced: dict[str, Paced] = {}
        self._changes: dict[str, DepthChanges] = {}
        self._touch: dict[str, tuple[object, ...]] = {}

    def last_update(self, symbol: str) -> int:
        """Number of the newest change of a book (the floor's symbol)."""
        return self._last[symbol]

    # ------------------------------------------------------------------------------------------------ what there is

    def open(self, name: str) -> None:
        """Somebody listens to this stream from now on; a name that is none of ours stays silent, as on the venue."""
        if name in self._paced:
            return
        head, _, kind = name.partition("@")
        instrument = self._floor.instruments.get(floor_symbol(self._room, head.upper()))
        paced = self._all_symbols(name) if instrument is None else self._one_symbol(name, instrument, kind)
        if paced is not None:
            self._paced[name] = paced

    def _pace(self, span_ms: int, make: Make, *, sequenced: bool = False) -> Paced:
        return Paced(span_ms * NS_PER_MS, self._clock.now_ns() + span_ms * NS_PER_MS, make, sequenced)

    def _all_symbols(self, name: str) -> Paced | None:
        marks = _ALL_MARKS.fullmatch(name)
        if marks and self._room is Room.FUTURES:
            return self._pace(MARK_MS[marks[1]], lambda now_ns: self._each(self._mark, now_ns))
        if name == "!ticker@arr":
            return self._pace(TICKER_MS, lambda now_ns: self._each(self._ticker, now_ns))
        if name == "!miniTicker@arr":
            return self._pace(TICKER_MS, lambda now_ns: self._each(self._mini_ticker, now_ns))
        return None

    def _one_symbol(self, name: str, instrument: Instrument, kind: str) -> Paced | None:
        depth, mark, candle = _DEPTH.fullmatch(kind), _MARK.fullmatch(kind), _CANDLE.fullmatch(kind)
        if depth:
            return self._depth(name, instrument, depth[1], depth[2])
        if mark and self._room is Room.FUTURES:
            return self._pace(MARK_MS[mark[1]], lambda now_ns: self._mark(instrument, now_ns))
        if candle and candle[1] in figures.INTERVALS_S:
            interval = candle[1]
            make: Make = lambda now_ns: figures.candle_frame(self._floor, instrument, interval, now_ns)  # noqa: E731
            return self._pace(CANDLE_MS, make)
        if kind == "ticker":
            return self._pace(TICKER_MS, lambda now_ns: self._ticker(instrument, now_ns))
        if kind == "miniTicker":
            return self._pace(TICKER_MS, lambda now_ns: self._mini_ticker(instrument, now_ns))
        return None

    def _depth(self, name: str, instrument: Instrument, levels: str | None, pace: str | None) -> Paced | None:
        span_ms = PACES_MS[self._room].get(pace)
        if span_ms is None:
            return None
        if levels is not None:
            return self._pace(span_ms, DepthPicture(self._floor, instrument, int(levels), self.last_update).take)
        changes = self._changes[name] = DepthChanges(instrument, self._last[instrument.symbol])
        return self._pace(span_ms, changes.take, sequenced=True)

    def tick(self, now_ns: int) -> None:
        """Send what is due; forget streams that nobody hears any more."""
        for name, paced in tuple(self._paced.items()):
            if not self._outlet.heard(name):
                del self._paced[name]
                self._changes.pop(name, None)
            elif now_ns >= paced.due_ns:
                paced.due_ns = now_ns + paced.span_ns
                payload = paced.make(now_ns)
                if payload:
                    self._outlet.publish(name, payload, sequenced=paced.sequenced)

    # ------------------------------------------------------------------------------------------ what the floor says

    def on_book(self, change: BookChange) -> None:
        """Number a change, keep it for the depth streams, tell the best prices."""
        symbol = change.instrument.symbol
        if self._room is Room.FUTURES:  # one sequence for all books: a book's own numbers have holes
            self._count += 1
            self._last[symbol] = self._count
        else:
            self._last[symbol] += 1
        for changes in self._changes.values():
            if changes.instrument is change.instrument:
                changes.add(change, self._last[symbol])
        name = f"{wire_symbol(change.instrument).lower()}@bookTicker"
        if self._outlet.heard(name) or self._outlet.heard("!bookTicker"):
            self._tell_touch(name, change)

    def _tell_touch(self, name: str, change: BookChange) -> None:
        instrument = change.instrument
        book = self._floor.book(instrument.symbol)
        if not book.bids or not book.asks:
            return
        touch = (book.bids[0], book.asks[0])
        if touch == self._touch.get(instrument.symbol):
            return
        self._touch[instrument.symbol] = touch
        [[bid, bid_size], [ask, ask_size]] = figures.price_rows(instrument, touch)
        frame: dict[str, Any] = {
            "u": self._last[instrument.symbol],
            "s": wire_symbol(instrument),
            "b": bid,
            "B": bid_size,
            "a": ask,
            "A": ask_size,
        }
        if self._room is Room.FUTURES:
            frame |= {"e": "bookTicker", "T": ms(change.time_ns), "E": self._clock.now_ms()}
        self._outlet.publish(name, frame)
        self._outlet.publish("!bookTicker", frame)

    def on_trade(self, trade: TapeTrade) -> None:
        """A public trade."""
        instrument = self._floor.instruments[trade.symbol]
        head = wire_symbol(instrument).lower()
        frame = {
            "E": self._clock.now_ms(),
            "s": wire_symbol(instrument),
            "p": figures.fixed(trade.price, instrument.tick_size),
            "q": figures.fixed(trade.quantity, instrument.lot_size),
            "T": ms(trade.time_ns),
            "m": trade.taker_side is Side.SELL,
        }
        number = trade.trade_id
        spot = self._room is Room.SPOT
        if self._outlet.heard(f"{head}@aggTrade"):
            more = {"M": True} if spot else {}
            numbers = {"a": number, "f": number, "l": number}
            self._outlet.publish(f"{head}@aggTrade", {"e": "aggTrade"} | frame | numbers | more)
        if spot and self._outlet.heard(f"{head}@trade"):
            self._outlet.publish(f"{head}@trade", {"e": "trade"} | frame | {"t": number})

    # --------------------------------------------------------------------------------------------------- by the clock

    def _each(self, make: Callable[[Instrument, int], dict[str, Any] | None], now_ns: int) -> list[dict[str, Any]]:
        rows = [make(instrument, now_ns) for instrument in self._instruments]
        return [row for row in rows if row is not None]

    def _mark(self, instrument: Instrument, now_ns: int) -> dict[str, Any] | None:
        row = figures.mark_row(self._floor, instrument, now_ns)
        if row is None:
            return None
        return {
            "e": "markPriceUpdate",
            "E": ms(now_ns),
            "s": wire_symbol(instrument),
            "p": figures.eight(row.mark),
            "i": figures.eight(row.index),
            "P": figures.eight(row.index),
            "r": figures.eight(row.funding_rate),
            "T": ms(row.next_funding_ns),
        }

    def _ticker(self, instrument: Instrument, now_ns: int) -> dict[str, Any] | None:
        day = figures.day_of(self._floor, instrument, now_ns)
        return None if day is None else day.ticker_frame()

    def _mini_ticker(self, instrument: Instrument, now_ns: int) -> dict[str, Any] | None:
        day = figures.day_of(self._floor, instrument, now_ns)
        return None if day is None else day.mini_frame()
