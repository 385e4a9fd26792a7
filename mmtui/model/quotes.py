"""What a strategy sees (Snapshot) and what it answers (Decision)."""

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

from mmtui.model.events import Level
from mmtui.model.instrument import Instrument, MarketType
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


class Take(Struct, frozen=True, gc=False, array_like=True):
    """Bring the position (perp) or base holding (spot) to ``target`` at once, by one IOC at a time.

    ``target`` is signed base units and may be larger than what is held; ``price`` is the worst price to trade at. The
    order passes every limit of the risk gate; resting quotes may stand beside it, but none that it could meet.
    ``alone`` waits until no order of ours rests at all, so that the funds they bind are free.
    """

    target: Decimal
    price: Decimal
    reason: str
    alone: bool = False


class Snapshot(Struct, frozen=True, gc=False):
    """The picture a decision is made on. Prices and position are exact; ``bids`` and ``asks`` are floats, for signals.

    ``position`` is None while unknown, which is never zero. ``mid``, ``best_bid`` and ``best_ask`` are None without a
    usable book. ``unrealized_pnl`` is at mark (mid where the venue has no mark), None where it cannot be known.
    ``base_total`` and ``quote_total`` are total balances, None until reported. ``fills`` counts our fills so far, so a
    strategy sees that something traded.

    ``net_realized`` is the run's realised profit with fees and funding. ``base_free`` and ``quote_free`` are the parts
    of the balances not bound in orders; ``balances_ns`` is when the venue was asked for balances (0: unknown). Fees
    are the instrument's. For strategies of several legs only: ``busy`` says that an IOC, an unknown outcome or a fill
    is still owed on this leg, ``open_orders`` counts its orders that are live or unresolved.
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
    net_realized: Decimal = ZERO
    base_free: Decimal | None = None
    quote_free: Decimal | None = None
    balances_ns: int = 0
    busy: bool = False
    open_orders: int = 0

    @property
    def net_pnl(self) -> Decimal | None:
        """Net profit of the run: realised, unrealised, fees, funding; None while the position cannot be valued."""
        return None if self.unrealized_pnl is None else self.net_realized + self.unrealized_pnl

    @property
    def account_equity(self) -> Decimal | None:
        """Worth of this market's balances in the quote asset, None while unknown.

        Perp: quote balance and unrealised profit. Spot: quote balance and the base holding at mid.
        """
        if self.quote_total is None:
            return None
        if self.instrument.market_type is MarketType.PERP:
            return None if self.unrealized_pnl is None else self.quote_total + self.unrealized_pnl
        if self.base_total is None or (self.base_total and self.mid is None):
            return None
        return self.quote_total + self.base_total * (self.mid or ZERO)

    def stale(self) -> bool:
        """True when the book is older than the account's stale_after_ms allows."""
        return self.now_ns - self.book_time_ns > self.stale_after_ns


class Decision(Struct, Generic[Memory], frozen=True):
    """A strategy's answer. ``wake_ns`` asks to be decided again at that time even if nothing happens (0: no).

    ``take`` trades beside the quotes; a ``close`` outweighs it and takes the quotes off. ``finished`` says why the
    strategy has done all it had to do: the run is then stopped in order ("" while it goes on). ``halt`` says why it
    cannot go on safely: the run is stopped as a risk stop, with exit code 4.
    """

    quotes: Quotes
    memory: Memory
    close: Close | None = None
    wake_ns: int = 0
    take: Take | None = None
    halt: str = ""
    finished: str = ""
    balances_every_ns: int = 0


class LegsSnapshot(Struct, frozen=True, gc=False):
    """What a strategy over several (account, instrument) pairs decides on: one picture per leg, as configured."""

    now_ns: int
    legs: tuple[Snapshot, ...]


class LegAnswer(Struct, frozen=True, gc=False, array_like=True):
    """What one leg should do: quotes that rest, a position to reach, a position to close down to."""

    quotes: Quotes = Quotes()
    take: Take | None = None
    close: Close | None = None


class LegsDecision(Struct, Generic[Memory], frozen=True):
    """The answer of a strategy over several legs, one ``LegAnswer`` per leg.

    ``together``: the takes are sent only if every one of them may be sent now. ``halt`` ends the run as a risk stop
    (exit code 4) with this reason. ``references`` are the positions, one per leg, at which the legs count as balanced:
    a stop brings what is held beyond them back to balance. ``wake_ns`` and ``finished`` as in ``Decision``.
    """

    legs: tuple[LegAnswer, ...]
    memory: Memory
    wake_ns: int = 0
    together: bool = False
    halt: str = ""
    references: tuple[Decimal, ...] = ()
    finished: str = ""
