"""What a strategy sees (Snapshot) and what it answers (Decision)."""

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

from mmtui.model.events import Level
from mmtui.model.instrument import Instrument
from mmtui.model.units import ZERO

Memory = TypeVar("Memory")


class Quote(Struct, frozen=True, gc=False, array_like=True):
    """One order that should rest: price and base quantity, not yet on the grid."""

    price: Decimal
    quantity: Decimal


class Quotes(Struct, frozen=True, gc=False, array_like=True):
    """All orders that should rest now, best first on each side. Empty means: have no orders; ``reason`` says why.

    A live order whose price is within ``price_tolerance`` (quote asset) of its quote is left alone.
    """

    bids: tuple[Quote, ...] = ()
    asks: tuple[Quote, ...] = ()
    reason: str = ""
    post_only: bool = True
    price_tolerance: Decimal = ZERO


class Close(Struct, frozen=True, gc=False, array_like=True):
    """Bring the position to ``target`` (signed base units) by reduce-only IOC orders, resting orders cancelled first.

    ``slippage_bps`` caps the price beyond the touch.
    """

    target: Decimal
    reason: str
    slippage_bps: Decimal = Decimal(20)


class Snapshot(Struct, frozen=True, gc=False):
    """The picture a decision is made on. Prices and position are exact; ``bids`` and ``asks`` are floats, for signals.

    ``position`` is None while unknown, which is never zero. ``mid``, ``best_bid`` and ``best_ask`` are None without a
    usable book. ``unrealized_pnl`` is at mark (mid where the venue has no mark), None where it cannot be known.
    ``base_total`` and ``quote_total`` are total balances, None until reported. ``fills`` counts our fills so far, so a
    strategy sees that something traded.
    """

    now_ns: int
    instrument: Instrument
    best_bid: Decimal | None
    best_ask: Decimal | None
    mid: Decimal | None
    mark: Decimal | None
    book_time_ns: int
    position: Decimal | None
    average_entry: Decimal | None
    unrealized_pnl: Decimal | None
    base_total: Decimal | None
    quote_total: Decimal | None
    fills: int
    stale_after_ns: int
    bids: list[Level]
    asks: list[Level]

    def stale(self) -> bool:
        """True when the book is older than the account's stale_after_ms allows."""
        return self.now_ns - self.book_time_ns > self.stale_after_ns


class Decision(Struct, Generic[Memory], frozen=True):
    """A strategy's answer. ``wake_ns`` asks to be decided again at that time even if nothing happens (0: no)."""

    quotes: Quotes
    memory: Memory
    close: Close | None = None
    wake_ns: int = 0
