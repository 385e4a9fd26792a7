"""The order book: dict of sizes and sorted prices per side, best by index.

Floats, because this is the read path: every frame passes here, and a price becomes exact only in ``conform``. A
snapshot is kept as it came and turned into the dict form when the first delta needs it, so snapshot-only venues pay
nothing.
"""

from bisect import bisect_left, insort

from msgspec import Struct, field

from mmtui.model.events import BookDelta, BookSnapshot, Level


class Book(Struct):
    """One instrument's book. ``ready`` is False before the first snapshot and after a gap, until the next snapshot."""

    ready: bool = False
    best_bid: float | None = None
    best_ask: float | None = None
    time_ns: int = 0
    sequence: int | None = None
    gaps: int = 0
    stale_deltas: int = 0
    snapshot_bids: list[Level] = field(default_factory=list)
    snapshot_asks: list[Level] = field(default_factory=list)
    as_snapshot: bool = True
    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)
    bid_prices: list[float] = field(default_factory=list)
    ask_prices: list[float] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """True with both sides present and not crossed.

        A locked book (bid equal to ask) is usable: some venues aggregate their depth to a coarser tick than they trade
        on.
        """
        return self.ready and self.best_bid is not None and self.best_ask is not None and self.best_bid <= self.best_ask

    def apply_snapshot(self, event: BookSnapshot) -> bool:
        """Replace the book; True if a best price changed or the book became ready."""
        bids = event.bids
        asks = event.asks
        self.snapshot_bids = bids
        self.snapshot_asks = asks
        self.as_snapshot = True
        self.sequence = event.sequence
        self.time_ns = event.time_ns
        return self._set_best(bids[0][0] if bids else None, asks[0][0] if asks else None)

    def apply_delta(self, event: BookDelta) -> bool:
        """Apply changed levels; True if a best price changed or the book became unusable.

        A delta that does not link to the last sequence makes the book not ready (the adapter re-synchronises); one that
        is not newer than the book is counted and ignored.
        """
        if not self.ready:
            return False
        sequence = event.sequence
        if sequence is not None and self.sequence is not None and sequence <= self.sequence:
            self.stale_deltas += 1
            return False
        if event.previous_sequence is not None and event.previous_sequence != self.sequence:
            self.gaps += 1
            return self.invalidate()
        if self.as_snapshot:
            self._materialise()
        self.sequence = sequence
        self.time_ns = event.time_ns
        if event.bids:
            _apply_levels(self.bids, self.bid_prices, event.bids)
        if event.asks:
            _apply_levels(self.asks, self.ask_prices, event.asks)
        bid_prices = self.bid_prices
        ask_prices = self.ask_prices
        best_bid = bid_prices[-1] if bid_prices else None
        best_ask = ask_prices[0] if ask_prices else None
        if best_bid == self.best_bid and best_ask == self.best_ask:
            return False
        self.best_bid = best_bid
        self.best_ask = best_ask
        return True

    def invalidate(self) -> bool:
        """What is known is stale (gap, stream down): not ready until a snapshot comes. True if it was ready."""
        was_ready = self.ready
        self.ready = False
        return was_ready

    def touch_alive(self, time_ns: int) -> None:
        """A message proved that the picture is current (heartbeat with sequence, best prices)."""
        self.time_ns = time_ns

    def top_bids(self, depth: int) -> list[Level]:
        """The best ``depth`` bids, best first."""
        if self.as_snapshot:
            return self.snapshot_bids[:depth]
        bids = self.bids
        return [(price, bids[price]) for price in reversed(self.bid_prices[-depth:])]

    def top_asks(self, depth: int) -> list[Level]:
        """The best ``depth`` asks, best first."""
        if self.as_snapshot:
            return self.snapshot_asks[:depth]
        asks = self.asks
        return [(price, asks[price]) for price in self.ask_prices[:depth]]

    def _set_best(self, best_bid: float | None, best_ask: float | None) -> bool:
        changed = best_bid != self.best_bid or best_ask != self.best_ask or not self.ready
        self.best_bid = best_bid
        self.best_ask = best_ask
        self.ready = True
        return changed

    def _materialise(self) -> None:
        """Turn the kept snapshot into the dict form that deltas work on."""
        self.bids = {price: size for price, size in self.snapshot_bids if size}
        self.asks = {price: size for price, size in self.snapshot_asks if size}
        self.bid_prices = sorted(self.bids)
        self.ask_prices = sorted(self.asks)
        self.as_snapshot = False
        self.snapshot_bids = []
        self.snapshot_asks = []


def _apply_levels(sizes: dict[float, float], prices: list[float], levels: list[Level]) -> None:
    for price, size in levels:
        if size:
            if price not in sizes:
                insort(prices, price)
            sizes[price] = size
        elif sizes.pop(price, None) is not None:
            del prices[bisect_left(prices, price)]
