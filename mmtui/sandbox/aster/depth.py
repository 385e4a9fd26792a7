"""Changes of a book that wait for the next frame of a depth stream."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mmtui.model.instrument import Instrument
from mmtui.sandbox.aster.figures import ms, price_rows
from mmtui.sandbox.aster.markets import Room, room_of, wire_symbol
from mmtui.sandbox.floor import BookChange, Floor


class DepthChanges:
    """One diff stream. ``last`` is the number of the book's newest change when the stream begins."""

    def __init__(self, instrument: Instrument, last: int) -> None:
        self.instrument = instrument
        self._told = last
        self._first: int | None = None
        self._last = last
        self._time_ns = 0
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def add(self, change: BookChange, number: int) -> None:
        """Take one more change; the newest quantity of a price counts."""
        self._first = number if self._first is None else self._first
        self._last, self._time_ns = number, change.time_ns
        self._bids.update(change.bids)
        self._asks.update(change.asks)

    def take(self, now_ns: int) -> dict[str, Any] | None:
        """The next frame: what has gathered since the last one. None if nothing has."""
        if self._first is None:
            return None
        frame = {
            "e": "depthUpdate",
            "E": ms(now_ns),
            "T": ms(self._time_ns),
            "s": wire_symbol(self.instrument),
            "U": self._first,
            "u": self._last,
            "pu": self._told,
            "b": price_rows(self.instrument, sorted(self._bids.items(), reverse=True)),
            "a": price_rows(self.instrument, sorted(self._asks.items())),
        }
        self._told, self._first = self._last, None
        self._bids, self._asks = {}, {}
        return frame


class DepthPicture:
    """One stream of the best levels, told whenever the book has changed."""

    def __init__(self, floor: Floor, instrument: Instrument, levels: int, last_update: Callable[[str], int]) -> None:
        self._floor = floor
        self._instrument = instrument
        self._levels = levels
        self._last_update = last_update
        self._told = 0

    def take(self, now_ns: int) -> dict[str, Any] | None:
        """The next frame; None if nothing has changed. On spot the sides are told by both of their names."""
        instrument = self._instrument
        number = self._last_update(instrument.symbol)
        if number == self._told:
            return None
        book = self._floor.book(instrument.symbol)
        bids = price_rows(instrument, book.bids[: self._levels])
        asks = price_rows(instrument, book.asks[: self._levels])
        frame: dict[str, Any] = {
            "e": "depthUpdate",
            "E": ms(now_ns),
            "T": ms(self._floor.now_ns),
            "s": wire_symbol(instrument),
            "U": self._told + 1,
            "u": number,
            "pu": self._told,
            "b": bids,
            "a": asks,
        }
        self._told = number
        if room_of(instrument) is Room.SPOT:
            frame |= {"lastUpdateId": number, "bids": bids, "asks": asks}
        return frame
