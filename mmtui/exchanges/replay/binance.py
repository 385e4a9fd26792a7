"""Raw websocket frames of Binance with one REST snapshot among them: snapshot + diff alignment, best prices, trades.

A line is the local receive time in nanoseconds, a blank, and the JSON as received. The alignment follows the venue's
rules: diffs are kept until a snapshot comes; those wholly older than it are dropped; the first one used must span it;
after that each diff must follow its predecessor (``pu`` on futures, ``U`` on spot), or the book is lost.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.replay.files import DataFile
from mmtui.exchanges.replay.report import DataReport
from mmtui.exchanges.replay.tables import CROSSED, TIME_RUNS_BACK, DirtyRow
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Level,
    MarketEvent,
    PublicTrade,
    StreamDown,
    StreamUp,
)
from mmtui.model.units import NS_PER_MS, Side

KIND_WITHIN: Final = 48
"""The stream's name stands within the first bytes of a frame."""
NS_DIGITS: Final = 19
KEPT_DIFFS: Final = 10_000
"""Diffs kept while no snapshot has come."""


class _Ticker(Struct, gc=False):
    b: float
    B: float
    a: float
    A: float
    E: int | None = None


class _Trade(Struct, gc=False):
    p: float
    q: float
    m: bool
    t: int
    T: int
    X: str = "MARKET"


class _Diff(Struct, gc=False):
    U: int
    u: int
    b: list[Level]
    a: list[Level]
    E: int
    pu: int | None = None


class _Rest(Struct, gc=False):
    lastUpdateId: int  # noqa: N815 - the venue's name
    bids: list[Level]
    asks: list[Level]
    E: int | None = None


class _TickerFrame(Struct, gc=False):
    data: _Ticker


class _TradeFrame(Struct, gc=False):
    data: _Trade


class _DiffFrame(Struct, gc=False):
    data: _Diff


_TICKER: Final = msgspec.json.Decoder(_TickerFrame, strict=False)
_TRADE: Final = msgspec.json.Decoder(_TradeFrame, strict=False)
_DIFF: Final = msgspec.json.Decoder(_DiffFrame, strict=False)
_REST: Final = msgspec.json.Decoder(_Rest, strict=False)


class DepthChain:
    """Joins one REST snapshot and the diffs around it into a book that later diffs keep."""

    def __init__(self, instrument: str, report: DataReport) -> None:
        self._instrument = instrument
        self._report = report
        self._waiting: deque[_Diff] = deque(maxlen=KEPT_DIFFS)
        self._last: int | None = None
        self._spanned = False
        self._was_lost = False

    def snapshot(self, rest: _Rest, now_ns: int) -> list[MarketEvent]:
        """The book of a snapshot, with those kept diffs that are newer; nothing if the book is newer already."""
        if self._last is not None and rest.lastUpdateId <= self._last:
            return []
        self._last, self._spanned = rest.lastUpdateId, False
        events: list[MarketEvent] = [StreamUp("public", now_ns, self._instrument)] if self._was_lost else []
        venue_ns = None if rest.E is None else rest.E * NS_PER_MS
        events.append(BookSnapshot(self._instrument, now_ns, rest.bids, rest.asks, rest.lastUpdateId, venue_ns))
        waiting, self._waiting = self._waiting, deque(maxlen=KEPT_DIFFS)
        for diff in waiting:
            events.extend(self.diff(diff, now_ns))
        return events

    def diff(self, diff: _Diff, now_ns: int) -> list[MarketEvent]:
        """The delta of a diff: none while it must wait for a snapshot or is older than it, StreamDown at a break."""
        last = self._last
        if last is None:
            self._waiting.append(diff)
            return []
        if not self._spanned:
            if diff.u <= last:
                return []
            follows = diff.pu == last or (last + 1 if diff.pu is None else last) >= diff.U
        else:
            follows = diff.pu == last or (diff.pu is None and last + 1 == diff.U)
        if not follows:
            return self._lose(diff, now_ns)
        self._spanned, self._last = True, diff.u
        return [BookDelta(self._instrument, now_ns, diff.b, diff.a, diff.u, last, diff.E * NS_PER_MS)]

    def _lose(self, diff: _Diff, now_ns: int) -> list[MarketEvent]:
        self._last, self._was_lost = None, True
        self._waiting.append(diff)
        self._report.gaps += 1
        self._report.stream_downs += 1
        return [StreamDown("public", now_ns, "the recorded depth updates have a gap", self._instrument)]


def read_frames(files: Iterable[DataFile], instrument: str, report: DataReport) -> Iterator[MarketEvent]:
    """The frames of one market in the order received. Raises DataError if a file cannot be read."""
    chain = DepthChain(instrument, report)
    begun = False
    last_ns = 0
    for file in files:
        lines = file.lines(report)
        report.rows += len(lines)
        for number, line in enumerate(lines, 1):
            try:
                now_ns, body = _split(line)
                if now_ns < last_ns:
                    raise DirtyRow(TIME_RUNS_BACK)
                events = _events(body, now_ns, instrument, chain)
            except ValueError as fault:
                reason = "not a frame of this stream" if isinstance(fault, msgspec.DecodeError) else str(fault)
                report.crossed_books += reason == CROSSED
                report.leave_out(reason, file.path, number)
                continue
            last_ns = now_ns
            if not begun:
                begun = True
                yield StreamUp("public", now_ns, instrument)
            yield from events


def _split(line: bytes) -> tuple[int, bytes]:
    stamp, _, body = line.partition(b" ")
    if not stamp.isdigit() or len(stamp) != NS_DIGITS:
        raise DirtyRow("no receive time in nanoseconds")
    return int(stamp), body


def _events(body: bytes, now_ns: int, instrument: str, chain: DepthChain) -> list[MarketEvent]:
    """What a frame says. Raises ValueError if it is none that can be used."""
    kind = body[:KIND_WITHIN]
    if b"@bookTicker" in kind:
        return [_best_prices(_TICKER.decode(body).data, now_ns, instrument)]
    if b"@depth" in kind:
        diff = _DIFF.decode(body).data
        _check(diff.b, diff.a)
        return chain.diff(diff, now_ns)
    if b"@trade" in kind:
        return [_trade(_TRADE.decode(body).data, now_ns, instrument)]
    if kind.startswith(b'{"lastUpdateId"'):
        rest = _REST.decode(body)
        _check(rest.bids, rest.asks)
        if not rest.bids or not rest.asks:
            raise DirtyRow("empty book")
        return chain.snapshot(rest, now_ns)
    raise DirtyRow("not a frame of this stream")


def _best_prices(ticker: _Ticker, now_ns: int, instrument: str) -> BestPrices:
    if not (0.0 < ticker.b < math.inf and 0.0 < ticker.a < math.inf) or min(ticker.B, ticker.A) < 0.0:
        raise DirtyRow("price or size not above 0")
    if ticker.b > ticker.a:
        raise DirtyRow(CROSSED)
    venue_ns = None if ticker.E is None else ticker.E * NS_PER_MS
    return BestPrices(instrument, now_ns, ticker.b, ticker.B, ticker.a, ticker.A, venue_ns)


def _trade(trade: _Trade, now_ns: int, instrument: str) -> PublicTrade:
    if not (0.0 < trade.p < math.inf and 0.0 < trade.q < math.inf):
        raise DirtyRow("price or size not above 0")
    side = Side.SELL if trade.m else Side.BUY
    return PublicTrade(instrument, now_ns, trade.p, trade.q, side, str(trade.t), trade.T * NS_PER_MS)


def _check(bids: list[Level], asks: list[Level]) -> None:
    """Sizes may be 0 in a diff (a level is gone), never negative, never NaN."""
    for price, size in (*bids, *asks):
        if not (0.0 < price < math.inf and 0.0 <= size < math.inf):
            raise DirtyRow("negative price or size")
