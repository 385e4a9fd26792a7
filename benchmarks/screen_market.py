"""A market at full speed in the loop of a screen: raw frames to book, lateness told, a Board ten times a second."""

import asyncio
from collections import deque
from decimal import Decimal
from pathlib import Path
from time import perf_counter, perf_counter_ns, thread_time
from typing import Final

from benchmarks import recording
from benchmarks.frames import decode, opening_book
from benchmarks.tally import Tally
from mmtui.core.book import Book
from mmtui.model.events import BookDelta, PublicTrade
from mmtui.model.units import NS_PER_S, ZERO, Side
from mmtui.views.board import (
    AttributionRow,
    Board,
    FillRow,
    HealthRow,
    LogRow,
    MarketRow,
    OrderRow,
    PnlRow,
    PricePoint,
    PriceRow,
    StrategyRow,
    TradeRow,
)

MESSAGES: Final = 12_000
"""Depth messages of the recording; at the end it begins again from the opening book."""

BOARDS_PER_S: Final = 10
LOG_LINES_PER_S: Final = 10
START_NS: Final = 1_767_225_600 * NS_PER_S

_SYMBOL: Final = "SOL-USDC-PERP"
_NAME: Final = "maker"
_TICK: Final = Decimal("0.01")
_LEVELS: Final = 3
_DEPTH: Final = 60
_REQUOTE_EVERY: Final = 15
_FILL_EVERY: Final = 20
_KEPT_TRADES, _KEPT_POINTS, _KEPT_FILLS, _KEPT_LOG = 60, 900, 50, 2_000
_AT_ONCE: Final = 50
_SHORTEST_SLEEP_S: Final = 0.001
"""Shorter ones would make the loop spin, whose timers count in milliseconds."""
_NO_PNL: Final = PnlRow(
    ZERO, None, None, ZERO, fees_complete=True, funding=ZERO, net=None, day=None, volume=ZERO, buy_volume=ZERO,
    sell_volume=ZERO, maker_share=None, cost_per_million=None, wear_rate_pct=None,
)  # fmt: skip


class LiveMarket:
    """A BoardSource that is fed by frames.

    ``lateness_ms`` is how long after its time each message was taken in; ``held_ms`` the processor time that others
    took on this loop between two messages, which other programs on the machine do not add to.
    """

    def __init__(self, path: Path) -> None:
        opening, *lines = recording.read(path, MESSAGES)
        self._opening = opening.frame
        self._frames = [line.frame for line in lines]
        self._next = 0
        self._book = Book()
        self._trades: deque[TradeRow] = deque(maxlen=_KEPT_TRADES)
        self._history: deque[PricePoint] = deque(maxlen=_KEPT_POINTS)
        self._fills: deque[FillRow] = deque(maxlen=_KEPT_FILLS)
        self._log: deque[LogRow] = deque(maxlen=_KEPT_LOG)
        self._logged = 0
        self._quoted_at = Decimal(150)
        self._quoted_ns = START_NS
        self._began_ns = perf_counter_ns()
        self.lateness_ms = Tally()
        self.held_ms = Tally()
        self.latest = self._board(0)

    @property
    def version(self) -> int:
        """Of the newest Board."""
        return self.latest.version

    def log_since(self, number: int, limit: int = 500) -> tuple[LogRow, ...]:
        """Lines after a number, oldest first."""
        return tuple([row for row in self._log if row.number > number][:limit])

    def now_ns(self) -> int:
        """The clock of this market."""
        return START_NS + perf_counter_ns() - self._began_ns

    async def run(self, rate: float) -> None:
        """Take messages in at ``rate`` per second, each at its own time, until cancelled."""
        started, number = perf_counter(), 0
        while True:
            late_s = perf_counter() - started - number / rate
            if late_s < 0:
                used_s = thread_time()
                await asyncio.sleep(max(-late_s, _SHORTEST_SLEEP_S))
                self.held_ms.add((thread_time() - used_s) * 1e3)
                continue
            self.lateness_ms.add(late_s * 1e3)
            self._take()
            number += 1
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def publish(self) -> None:
        """Make a Board ten times a second, until cancelled."""
        while True:
            await asyncio.sleep(1 / BOARDS_PER_S)
            self.latest = self._board(self.version + 1)

    def _take(self) -> None:
        now_ns = self.now_ns()
        if self._next == 0:
            self._book.apply_snapshot(opening_book(self._opening, _SYMBOL, now_ns))
        event = decode(self._frames[self._next], _SYMBOL, now_ns)
        self._next = (self._next + 1) % len(self._frames)
        if isinstance(event, BookDelta):
            self._book.apply_delta(event)
        elif isinstance(event, PublicTrade):
            self._trades.appendleft(TradeRow(now_ns, event.price, event.size, event.taker_side))

    # ------------------------------------------------------------------------------------------------------ the Board

    def _board(self, version: int) -> Board:
        now_ns = self.now_ns()
        mid = (self._book.best_bid or 150.0) / 2 + (self._book.best_ask or 150.0) / 2
        self._live(version, now_ns, Decimal(repr(round(mid, 2))))
        if not self._history or now_ns - self._history[-1].time_ns >= NS_PER_S:
            self._history.append(PricePoint(now_ns, mid))
        health = HealthRow(1.0, 200.0, 0, version)
        strategy = self._strategy(now_ns, mid)
        return Board(
            version, now_ns, "sim", (strategy,), health, (self._market(now_ns),), fills=tuple(self._fills),
            net=Decimal(version) / 100, day_net=Decimal(version) / 100, log_number=self._logged,
        )  # fmt: skip

    def _live(self, version: int, now_ns: int, mid: Decimal) -> None:
        """What a strategy does: requotes now and then, is filled now and then, and writes a line each time."""
        if version % _REQUOTE_EVERY == 0:
            self._quoted_at, self._quoted_ns = mid, now_ns
        if version % _FILL_EVERY == 0:
            side = Side.BUY if version // _FILL_EVERY % 2 else Side.SELL
            self._fills.appendleft(
                FillRow(
                    now_ns, _NAME, _SYMBOL, f"t{version}", f"mm-{version}", side, mid, Decimal("2.50"), ZERO, "USDC",
                    maker=True, position=ZERO,
                )
            )  # fmt: skip
        for _ in range(LOG_LINES_PER_S // BOARDS_PER_S):
            self._logged += 1
            level = "warning" if self._logged % 9 == 0 else "info"
            text = f"order mm-{self._logged} placed: buy 2.50 at {mid} 已挂单"
            self._log.append(LogRow(self._logged, now_ns, level, _NAME, "order_sent", text))

    def _market(self, now_ns: int) -> MarketRow:
        book = self._book
        return MarketRow(
            instrument=_SYMBOL, venue="bench", symbol=_SYMBOL, base_asset="SOL", quote_asset="USDC", tick_size=_TICK,
            lot_size=_TICK, bids=tuple(book.top_bids(_DEPTH)), asks=tuple(book.top_asks(_DEPTH)),
            trades=tuple(self._trades), history=tuple(self._history), mark=self._quoted_at, index=self._quoted_at,
            funding_rate=Decimal("0.0001"), next_funding_ns=START_NS + 28_800 * NS_PER_S,
            book_age_ns=now_ns - book.time_ns if book.ready else None, stream="up",
        )  # fmt: skip

    def _strategy(self, now_ns: int, mid: float) -> StrategyRow:
        rungs = [
            (side, level, self._quoted_at - side.sign * _TICK * (3 + 4 * level))
            for side in Side
            for level in range(_LEVELS)
        ]
        size, age_ns = Decimal("2.50"), now_ns - self._quoted_ns
        state = "sent" if age_ns < NS_PER_S // 4 else "open"
        orders = tuple(
            OrderRow(f"{side.value}-{level}", side, price, size, ZERO, state, level, reduce_only=False, age_ns=age_ns)
            for side, level, price in rungs
        )
        exact_mid = Decimal(repr(round(mid, 3)))
        return StrategyRow(
            name=_NAME, kind="perp_maker", account="bench", instrument=_SYMBOL, symbol=_SYMBOL, base_asset="SOL",
            quote_asset="USDC", tick_size=_TICK, lot_size=_TICK, phase="quoting", reason="quoting", why_not=(),
            waiting_for=(), stop_reason="", started_ns=START_NS, best_bid=exact_mid, best_ask=exact_mid, mid=exact_mid,
            mark=exact_mid, index=exact_mid, funding_rate=ZERO, book_age_ns=0, position=ZERO, average_entry=None,
            wanted=tuple(PriceRow(side, price, size) for side, _, price in rungs), orders=orders, pnl=_NO_PNL,
            attribution=AttributionRow(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO), markouts=(), fills=0, orders_placed=0,
            orders_cancelled=0, orders_amended=0, rejects=0, unknown_outcomes=0, foreign_orders=0, settings={},
        )  # fmt: skip
