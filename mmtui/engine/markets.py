"""Follows the market data that passes through the engine, for front ends: trades, price history, stream state.

It hears every event once, before the workers do, and keeps little of each; nothing here takes part in a decision.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from mmtui.core.book import Book
from mmtui.core.snapshot import exact_price
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Event,
    MarkPrice,
    PositionReport,
    PublicTrade,
    StreamDown,
    StreamUp,
)
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S
from mmtui.views.board import MarketRow, PricePoint, TradeRow

DEPTH = 40
WHOLE = 1_000_000
TRADES = 100
HISTORY_POINTS = 900
HISTORY_EVERY_NS = 2 * NS_PER_S


class MarketWatch:
    """One instrument's market as screens show it."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.stream = "starting"
        self.down: StreamDown | None = None
        self.book = Book()
        self.mark: Decimal | None = None
        self.mark_ns = 0
        self.index: Decimal | None = None
        self.funding_rate: Decimal | None = None
        self.next_funding_ns: int | None = None
        self._trades: deque[TradeRow] = deque(maxlen=TRADES)
        self._history: deque[PricePoint] = deque(maxlen=HISTORY_POINTS)
        self._trades_row: tuple[TradeRow, ...] | None = ()
        self._history_row: tuple[PricePoint, ...] | None = ()

    def hear(self, event: Event) -> None:
        """Take one market event of this instrument."""
        kind = type(event)
        if kind is BookDelta:
            self.book.apply_delta(event)  # type: ignore[arg-type]
            self._sample(event.time_ns)
        elif kind is BookSnapshot:
            self.book.apply_snapshot(event)  # type: ignore[arg-type]
            self.stream, self.down = "up", None
            self._sample(event.time_ns)
        elif isinstance(event, PublicTrade):
            self._trades.appendleft(TradeRow(event.time_ns, event.price, event.size, event.taker_side))
            self._trades_row = None
        elif isinstance(event, MarkPrice):
            self.mark, self.index, self.mark_ns = event.mark, event.index, event.time_ns
            self.funding_rate, self.next_funding_ns = event.funding_rate, event.next_funding_ns
        elif isinstance(event, StreamDown):
            self.stream, self.down = "down", event
            self.book.invalidate()
        elif isinstance(event, StreamUp):
            self.stream, self.down = "up", None
        elif isinstance(event, BestPrices) and self.book.as_snapshot and len(self.book.snapshot_bids) <= 1:
            bids, asks = [(event.bid, event.bid_size)], [(event.ask, event.ask_size)]
            self.book.apply_snapshot(BookSnapshot(event.instrument, event.time_ns, bids, asks))
            self._sample(event.time_ns)

    @property
    def touch(self) -> tuple[Decimal | None, Decimal | None]:
        """Best bid and ask on the venue's grid; None while the book cannot be used."""
        book, instrument = self.book, self.instrument
        if not book.usable:
            return None, None
        bid = None if book.best_bid is None else exact_price(instrument, book.best_bid)
        ask = None if book.best_ask is None else exact_price(instrument, book.best_ask)
        return bid, ask

    def so_far(self) -> list[Event]:
        """What somebody who begins to listen now must hear first, to follow the deltas and the mark."""
        book, instrument = self.book, self.instrument.id
        events: list[Event] = []
        if book.ready:
            bids, asks = list(book.top_bids(WHOLE)), list(book.top_asks(WHOLE))
            events.append(BookSnapshot(instrument, book.time_ns, bids, asks, book.sequence))
        if self.mark is not None:
            mark = MarkPrice(instrument, self.mark_ns, self.mark, self.index, self.funding_rate, self.next_funding_ns)
            events.append(mark)
        if self.down is not None:
            events.append(self.down)
        return events

    def row(self, now_ns: int) -> MarketRow:
        """The picture now."""
        if self._trades_row is None:
            self._trades_row = tuple(self._trades)
        if self._history_row is None:
            self._history_row = tuple(self._history)
        instrument, book = self.instrument, self.book
        return MarketRow(
            instrument=instrument.id,
            venue=instrument.venue,
            symbol=instrument.symbol,
            base_asset=instrument.base_asset,
            quote_asset=instrument.quote_asset,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
            bids=tuple(book.top_bids(DEPTH)) if book.ready else (),
            asks=tuple(book.top_asks(DEPTH)) if book.ready else (),
            trades=self._trades_row,
            history=self._history_row,
            mark=self.mark,
            index=self.index,
            funding_rate=self.funding_rate,
            next_funding_ns=self.next_funding_ns,
            book_age_ns=max(now_ns - book.time_ns, 0) if book.ready else None,
            stream=self.stream,
        )

    def _sample(self, time_ns: int) -> None:
        book = self.book
        if not book.usable or (self._history and time_ns - self._history[-1].time_ns < HISTORY_EVERY_NS):
            return
        if book.best_bid is not None and book.best_ask is not None:
            self._history.append(PricePoint(time_ns, (book.best_bid + book.best_ask) / 2))
            self._history_row = None


class Markets:
    """The instruments of all accounts: each is followed from its first event on, those that matter are shown.

    Streams begin with a whole book and go on with changes, so who begins to trade later needs what was told before.
    """

    def __init__(self, known: Iterable[Instrument]) -> None:
        self.heard = 0
        """Counts what was heard of the instruments shown."""
        self._known = {instrument.id: instrument for instrument in known}
        self._watches: dict[str, MarketWatch] = {}
        self._shown: dict[str, MarketWatch] = {}
        self._account_down: dict[str, StreamDown] = {}
        self._reports: dict[tuple[str, str], PositionReport] = {}

    def know(self, instruments: Iterable[Instrument]) -> None:
        """More instruments that may be heard of."""
        self._known.update({instrument.id: instrument for instrument in instruments})

    def show(self, instrument: Instrument) -> MarketWatch:
        """Let an instrument be among ``rows`` from now on; returns its watch."""
        watch = self._watches.setdefault(instrument.id, MarketWatch(instrument))
        return self._shown.setdefault(instrument.id, watch)

    def hear(self, event: Event) -> None:
        """Take any event; of accounts only the state of their streams and what they say of positions are kept."""
        account = getattr(event, "account", None)
        if account is not None:
            self._hear_account(account, event)
            return
        name = getattr(event, "instrument", None) or ""
        watch = self._watches.get(name)
        if watch is None:
            if name not in self._known:
                return
            watch = self._watches[name] = MarketWatch(self._known[name])
        self.heard += name in self._shown
        watch.hear(event)

    def _hear_account(self, account: str, event: Event) -> None:
        if isinstance(event, StreamDown):
            self._account_down[account] = event
        elif isinstance(event, StreamUp):
            self._account_down.pop(account, None)
        elif isinstance(event, PositionReport):
            self._reports[account, event.instrument] = event

    def reported(self, account: str, instrument: str, base_held: Decimal) -> PositionReport | None:
        """The venue's last word on a position; None where it says nothing, or spoke of another size than now."""
        report = self._reports.get((account, instrument))
        if report is None or report.quantity != base_held or account in self._account_down:
            return None
        return report

    def so_far(self, account: str, instrument: str) -> list[Event]:
        """What a worker that begins now must hear first: book, mark, and which of its streams are down."""
        watch, down = self._watches.get(instrument), self._account_down.get(account)
        events = [] if watch is None else watch.so_far()
        return events if down is None else [*events, down]

    def find(self, instrument: str) -> MarketWatch | None:
        """The watch of an instrument id."""
        return self._watches.get(instrument)

    def rows(self, now_ns: int) -> tuple[MarketRow, ...]:
        """Pictures now of the instruments shown."""
        return tuple(watch.row(now_ns) for watch in self._shown.values())
