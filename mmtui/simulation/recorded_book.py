"""The recorded book as it was shown: lists as they came, or sizes by price once changes of single levels arrive.

Prices are floats, as recorded; 0 and infinity stand for "no bid" and "no ask", so that comparisons need no None. A size
of 0 in best prices means that the source gives none; it is held as ``unknown_size``.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from mmtui.model.events import BestPrices, BookDelta, BookSnapshot, Level

NO_BID: Final = 0.0
NO_ASK: Final = math.inf


class RecordedSide:
    """One side of the book. ``best`` and ``best_size`` are the touch, which a stream of its own may know better."""

    __slots__ = ("_by_price", "_is_bid", "_levels", "_prices", "_sizes", "best", "best_size")

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self.best = NO_BID if is_bid else NO_ASK
        self.best_size = 0.0
        self._levels: list[Level] = []
        self._by_price = False
        self._sizes: dict[float, float] = {}
        self._prices: list[float] = []  # ascending

    def replace(self, levels: list[Level], *, with_touch: bool) -> None:
        """Take all levels, best first; the list is kept, never changed. Its best one becomes the touch if asked."""
        self._levels = levels
        self._by_price = False
        if with_touch:
            if levels:
                self.best, self.best_size = levels[0]
            else:
                self._empty()

    def change(self, levels: list[Level]) -> None:
        """Take changed levels; a size of 0 deletes."""
        if not self._by_price:
            self._sizes = {price: size for price, size in self._levels if size}
            self._prices = sorted(self._sizes)
            self._by_price = True
        sizes, prices = self._sizes, self._prices
        for price, size in levels:
            if size:
                if price not in sizes:
                    insort(prices, price)
                sizes[price] = size
            elif sizes.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]

    def adopt_touch(self) -> None:
        """The best changed level is the touch."""
        if self._prices:
            self.best = best = self._prices[-1 if self._is_bid else 0]
            self.best_size = self._sizes[best]
        else:
            self._empty()

    def _empty(self) -> None:
        self.best, self.best_size = NO_BID if self._is_bid else NO_ASK, 0.0

    def size_in(self, low: float, high: float) -> float | None:
        """The largest size shown between two prices; 0 if none is, None where the book does not reach that deep."""
        best, is_bid = self.best, self._is_bid
        if best < low if is_bid else best > high:
            return 0.0
        largest = self.best_size if low <= best <= high else 0.0
        if self._by_price:
            return self._size_by_price(low, high, largest)
        for price, size in self._levels:
            if price > high if is_bid else price < low:
                continue
            if price < low if is_bid else price > high:
                return largest
            largest = max(largest, size)
        return largest or None

    def _size_by_price(self, low: float, high: float, largest: float) -> float | None:
        prices, sizes = self._prices, self._sizes
        index = bisect_left(prices, low)
        beyond = index == 0 if self._is_bid else index == len(prices)
        while index < len(prices) and prices[index] <= high:
            largest = max(largest, sizes[prices[index]])
            index += 1
        return None if beyond and not largest else largest

    def levels(self) -> Iterator[Level]:
        """All levels, best first, none better than the touch."""
        best, is_bid = self.best, self._is_bid
        if best in (NO_BID, NO_ASK):
            return
        yield best, self.best_size
        if self._by_price:
            prices = reversed(self._prices) if is_bid else iter(self._prices)
            deeper: Iterator[Level] = ((price, self._sizes[price]) for price in prices)
        else:
            deeper = iter(self._levels)
        for price, size in deeper:
            if price < best if is_bid else price > best:
                yield price, size

    def deepest_size(self) -> float:
        """The size of the worst level shown, 0 with nothing shown."""
        if self._by_price:
            return self._sizes[self._prices[0 if self._is_bid else -1]] if self._prices else self.best_size
        return self._levels[-1][1] if self._levels else self.best_size


class RecordedBook:
    """What the recording shows of one instrument.

    ``known`` is False before the first book and inside a gap; the last touch stays readable then, but nothing may trade
    against it. Where best prices come beside a book, the newer word by the venue's time gives the touch; without venue
    times, the one received last.
    """

    __slots__ = ("_deep", "_touch_venue_ns", "_unknown_size", "asks", "bids", "known", "time_ns")

    def __init__(self, unknown_size: float) -> None:
        self.bids = RecordedSide(is_bid=True)
        self.asks = RecordedSide(is_bid=False)
        self.known = False
        self.time_ns = 0
        self._unknown_size = unknown_size
        self._deep = False
        self._touch_venue_ns = 0

    def replace(self, event: BookSnapshot) -> None:
        """Take a whole book; it ends a gap."""
        newer = not self._touch_venue_ns or self._is_newer(event.venue_time_ns)
        self.bids.replace(event.bids, with_touch=newer)
        self.asks.replace(event.asks, with_touch=newer)
        self.known = self._deep = True
        self.time_ns = event.time_ns

    def change(self, event: BookDelta) -> bool:
        """Take changed levels; False, and nothing happens, while no snapshot is known that they could change."""
        if not (self.known and self._deep):
            return False
        self.bids.change(event.bids)
        self.asks.change(event.asks)
        self.time_ns = event.time_ns
        if self._is_newer(event.venue_time_ns):
            self.bids.adopt_touch()
            self.asks.adopt_touch()
        return True

    def touch(self, event: BestPrices) -> bool:
        """Take best prices. They end a gap only where there never was a deeper book; else False inside a gap."""
        if self._deep and not self.known:
            return False
        self.known = True
        self.time_ns = event.time_ns
        self._touch_venue_ns = event.venue_time_ns or 0
        bids, asks = self.bids, self.asks
        bids.best, bids.best_size = event.bid, event.bid_size or self._unknown_size
        asks.best, asks.best_size = event.ask, event.ask_size or self._unknown_size
        return True

    def lose(self) -> None:
        """A gap begins."""
        self.known = False
        self._touch_venue_ns = 0

    def _is_newer(self, venue_ns: int | None) -> bool:
        """Whether a message with this venue time knows the touch better than the last best prices did."""
        return venue_ns is None or venue_ns >= self._touch_venue_ns
