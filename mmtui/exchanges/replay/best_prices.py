"""Recordings of best prices: a pair of venues on one clock, price updates row by row, a dirty recorder."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from mmtui.exchanges.replay.files import FIRST_ROW, DataFile
from mmtui.exchanges.replay.report import DataReport
from mmtui.exchanges.replay.tables import CROSSED, TIME_RUNS_BACK, DirtyRow
from mmtui.exchanges.replay.timing import MILLISECONDS, SECONDS, GapWatch, time_ns
from mmtui.model.events import BestPrices, MarketEvent, PublicTrade
from mmtui.model.units import NS_PER_S, NS_PER_US, Side

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NS_PER_HOUR: Final = 3_600 * NS_PER_S

PAIR_CLOCK: Final = timezone(timedelta(hours=8))
PAIR_FAST: Final = b"timestamp,bp_bid,bp_ask,lt_bid,lt_ask,long_spread,short_spread"
PAIR_SLOW: Final = b"timestamp,bp_bid,bp_ask,lt_bid,lt_ask"

UPDATES: Final = b"timestamp,price,size,side,exchange_timestamp"

DIRTY_PRICES: Final = b"timestamp,bid_price,bid_size,ask_price,ask_size,market_id"
DIRTY_TRADES: Final = b"timestamp,price,size,side,trade_id,usd_amount"


def read_pair(
    files: Iterable[DataFile],
    header: bytes,
    columns: Mapping[str, tuple[int, int]],
    gaps: GapWatch,
    report: DataReport,
) -> Iterator[MarketEvent]:
    """Best prices of several instruments by row; ``columns`` gives each one's bid and ask. Sizes are unknown (0)."""
    last_ns = 0
    for file in files:
        for number, line in enumerate(file.rows(header, report), FIRST_ROW):
            cells = line.split(b",")
            try:
                if len(cells) != header.count(b",") + 1:
                    raise DirtyRow(f"{header.count(b',') + 1} cells expected")
                now_ns = _clock_ns(cells[0], PAIR_CLOCK)
                quotes = [
                    _best(name, now_ns, _number(cells[bid]), 0.0, _number(cells[ask]), 0.0)
                    for name, (bid, ask) in columns.items()
                ]
                if now_ns < last_ns:
                    raise DirtyRow(TIME_RUNS_BACK)
            except ValueError as fault:
                _leave_out(fault, file, number, report)
                continue
            yield from _holes(last_ns, now_ns, gaps)
            last_ns = now_ns
            report.locked_books += sum(quote.bid == quote.ask for quote in quotes)
            yield from quotes


def read_updates(files: Iterable[DataFile], instrument: str, report: DataReport) -> Iterator[MarketEvent]:
    """Best prices written as two rows each (bid, then ask, of one time); told when both are known."""
    for file in files:
        half: list[bytes] = []
        for number, line in enumerate(file.rows(UPDATES, report), FIRST_ROW):
            cells = line.split(b",")
            try:
                if len(cells) != UPDATES.count(b",") + 1:
                    raise DirtyRow("5 cells expected")
                if cells[3] == b"bid":
                    orphan, half = half, cells
                    if orphan:
                        raise DirtyRow("bid without its ask")
                    continue
                bid, half = half, []
                if cells[3] != b"ask" or not bid or bid[0] != cells[0]:
                    raise DirtyRow("ask without its bid")
                yield _best(
                    instrument,
                    time_ns(_number(cells[0]), SECONDS),
                    _number(bid[1]),
                    _number(bid[2]),
                    _number(cells[1]),
                    _number(cells[2]),
                    time_ns(_number(cells[4]), MILLISECONDS),
                )
            except ValueError as fault:
                _leave_out(fault, file, number, report)


def read_dirty_prices(
    files: Iterable[DataFile], instrument: str, gaps: GapWatch, report: DataReport
) -> Iterator[MarketEvent]:
    """Best prices of a recorder whose rows lose a column and whose clock is set back: rows of 5 or 6 cells are read."""
    last_ns = 0
    for file in files:
        lines = file.rows(DIRTY_PRICES, report)
        for (number, cells), now_ns in _on_one_clock(file, lines, (5, 6), report):
            try:
                bid, bid_size, ask, ask_size = map(_number, cells[1:5])
                best = _best(instrument, now_ns, bid, bid_size, ask, ask_size)
                if min(bid_size, ask_size) <= 0.0:
                    raise DirtyRow("price or size not above 0")
                if now_ns < last_ns:
                    raise DirtyRow(TIME_RUNS_BACK)
            except ValueError as fault:
                _leave_out(fault, file, number, report)
                continue
            yield from _holes(last_ns, now_ns, gaps)
            last_ns = now_ns
            report.locked_books += bid == ask
            yield best


def read_dirty_trades(files: Iterable[DataFile], instrument: str, report: DataReport) -> Iterator[list[PublicTrade]]:
    """Trades of the same recorder, on the same clock."""
    sides = {b"buy": Side.BUY, b"sell": Side.SELL}
    for file in files:
        trades: list[PublicTrade] = []
        lines = file.rows(DIRTY_TRADES, report)
        for (number, cells), now_ns in _on_one_clock(file, lines, (6,), report):
            try:
                price, size, side = _number(cells[1]), _number(cells[2]), sides.get(cells[3])
                if side is None:
                    raise DirtyRow("unknown side")
                if min(price, size) <= 0.0:
                    raise DirtyRow("price or size not above 0")
            except ValueError as fault:
                _leave_out(fault, file, number, report)
                continue
            trades.append(PublicTrade(instrument, now_ns, price, size, side, cells[4].decode("ascii", "replace")))
        yield trades


def _on_one_clock(
    file: DataFile, lines: Sequence[bytes], widths: tuple[int, ...], report: DataReport
) -> Iterator[tuple[tuple[int, list[bytes]], int]]:
    """Numbered cells of each row with a time on the clock of the first row.

    A clock set back by more than half an hour is a change of time zone: what follows is moved on by whole hours. (The
    other way round, moving what came before, would need to know the future.)
    """
    shift_ns = last_ns = 0
    for number, line in enumerate(lines, FIRST_ROW):
        cells = line.rstrip(b"\r").split(b",")
        try:
            if len(cells) not in widths:
                raise DirtyRow(f"{widths[-1]} cells expected")
            now_ns = _clock_ns(cells[0], UTC) + shift_ns
        except ValueError as fault:
            _leave_out(fault, file, number, report)
            continue
        if last_ns - now_ns > NS_PER_HOUR // 2:
            hours = -((now_ns - last_ns) // NS_PER_HOUR)
            shift_ns += hours * NS_PER_HOUR
            now_ns += hours * NS_PER_HOUR
        report.shifted_rows += bool(shift_ns)
        report.short_rows += len(cells) < widths[-1]
        last_ns = now_ns
        yield (number, cells), now_ns


def _holes(last_ns: int, now_ns: int, gaps: GapWatch) -> list[MarketEvent]:
    if now_ns - last_ns <= gaps.threshold_ns:
        return []
    return gaps.hole(last_ns, now_ns, None) if last_ns else gaps.begin(now_ns)


def _best(
    instrument: str, now_ns: int, bid: float, bid_size: float, ask: float, ask_size: float, venue_ns: int | None = None
) -> BestPrices:
    """Best prices that can be: raises DirtyRow for those that cannot."""
    if min(bid, ask) <= 0.0 or min(bid_size, ask_size) < 0.0:
        raise DirtyRow("price or size not above 0")
    if bid > ask:
        raise DirtyRow(CROSSED)
    return BestPrices(instrument, now_ns, bid, bid_size, ask, ask_size, venue_ns)


def _number(cell: bytes) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise DirtyRow("not a number") from None
    if not math.isfinite(value):
        raise DirtyRow("NaN or infinite number")
    return value


def _clock_ns(cell: bytes, zone: tzinfo) -> int:
    """A time written out, in the recorder's zone, as wall nanoseconds."""
    try:
        moment = datetime.fromisoformat(cell.decode("ascii")).replace(tzinfo=zone)
    except ValueError:
        raise DirtyRow("not a time") from None
    return (moment - EPOCH) // timedelta(microseconds=1) * NS_PER_US


def _leave_out(fault: ValueError, file: DataFile, number: int, report: DataReport) -> None:
    """Count a row that cannot be used; crossed prices have a count of their own too."""
    reason = str(fault)
    report.crossed_books += reason == CROSSED
    report.leave_out(reason, file.path, number)
