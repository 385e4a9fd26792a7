"""CSV tables of books and trades as events: the fast road for clean rows, a careful one for all others.

A clean row is one JSON list of numbers (no NaN, no empty cell), which msgspec turns into floats at several times the
speed of ``split`` and ``float``. Whatever fails there is read again cell by cell and kept, or left out with a reason.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.replay.files import FIRST_ROW, DataFile
from mmtui.exchanges.replay.report import DataReport
from mmtui.exchanges.replay.timing import GapWatch, time_ns
from mmtui.model.events import BookSnapshot, Level, MarketEvent, PublicTrade
from mmtui.model.units import Side

TIME_RUNS_BACK: Final = "time runs back"
CROSSED: Final = "crossed book"

_ROW: Final = msgspec.json.Decoder(list[float])
_SIDES: Final = {b"buy": Side.BUY, b"sell": Side.SELL}


class DirtyRow(ValueError):
    """This row cannot be used; the text says why."""


class BookLayout(Struct, frozen=True):
    """Where a book table keeps what. Column numbers count from 0, units are microseconds per count."""

    header: bytes
    width: int
    time_column: int
    time_unit_us: float
    bid_prices: slice
    bid_sizes: slice
    ask_prices: slice
    ask_sizes: slice
    venue_column: int | None = None
    venue_unit_us: float = 1.0
    sequence_column: int | None = None


class TradeLayout(Struct, frozen=True):
    """Where a trade table keeps what. ``delay_ns`` is added to times that are the venue's, not ours."""

    header: bytes
    time_column: int
    time_unit_us: float
    price_column: int
    size_column: int
    side_column: int | None = None
    id_column: int | None = None
    venue_column: int | None = None
    venue_unit_us: float = 1.0
    delay_ns: int = 0

    @property
    def width(self) -> int:
        """Cells of a row."""
        return self.header.count(b",") + 1


class TradeRow(Struct, frozen=True, gc=False):
    """A trade of a table, before it is known whether it is news: ``number`` is its id, 0 where there is none."""

    trade: PublicTrade
    number: int


BackfillRule = Callable[[TradeRow], bool]
"""Tells, row by row, which trades of a file are older than the recording; made anew for each file."""


def nothing_is_backfill(_row: TradeRow) -> bool:
    """For files without backfill."""
    return False


class _BookParser:
    """Turns lines of one layout into snapshots of one instrument."""

    def __init__(self, layout: BookLayout, instrument: str) -> None:
        self._layout = layout
        self._instrument = instrument

    def parse(self, line: bytes) -> BookSnapshot:
        """The snapshot of a row. Raises ValueError with the reason if it cannot be used."""
        layout = self._layout
        try:
            values = _ROW.decode(b"[%b]" % line)
        except msgspec.DecodeError:
            return self._parse_cells(line)
        bid_prices, ask_prices = values[layout.bid_prices], values[layout.ask_prices]
        if (
            len(values) != layout.width
            or min(values) <= 0.0
            or bid_prices != sorted(bid_prices, reverse=True)
            or ask_prices != sorted(ask_prices)
        ):
            return self._parse_cells(line)
        bids = list(zip(bid_prices, values[layout.bid_sizes], strict=True))
        return self._snapshot(values, bids, list(zip(ask_prices, values[layout.ask_sizes], strict=True)))

    def _parse_cells(self, line: bytes) -> BookSnapshot:
        layout = self._layout
        cells = line.split(b",")
        if len(cells) != layout.width:
            raise DirtyRow(f"{layout.width} cells expected")
        try:
            values = [float(cell) if cell.strip() else 0.0 for cell in cells]
        except ValueError:
            raise DirtyRow("not a number") from None
        if not all(map(math.isfinite, values)):
            raise DirtyRow("NaN or infinite number")
        bids = _levels(values[layout.bid_prices], values[layout.bid_sizes])
        asks = _levels(values[layout.ask_prices], values[layout.ask_sizes])
        if not bids or not asks:
            raise DirtyRow("empty book")
        if bids != sorted(bids, reverse=True) or asks != sorted(asks):
            raise DirtyRow("levels out of order")
        return self._snapshot(values, bids, asks)

    def _snapshot(self, values: list[float], bids: list[Level], asks: list[Level]) -> BookSnapshot:
        layout = self._layout
        return BookSnapshot(
            self._instrument,
            time_ns(values[layout.time_column], layout.time_unit_us),
            bids,
            asks,
            None if layout.sequence_column is None else int(values[layout.sequence_column]),
            None if layout.venue_column is None else time_ns(values[layout.venue_column], layout.venue_unit_us),
        )


def _levels(prices: Sequence[float], sizes: Sequence[float]) -> list[Level]:
    """The levels of one side without the empty ones; a negative figure spoils the row."""
    if min(prices) < 0.0 or min(sizes) < 0.0:
        raise DirtyRow("negative price or size")
    return [(price, size) for price, size in zip(prices, sizes, strict=True) if price and size]


def read_books(
    files: Iterable[DataFile], layout: BookLayout, instrument: str, gaps: GapWatch, report: DataReport
) -> Iterator[MarketEvent]:
    """Book tables as snapshots in time order, with the holes between them. Raises DataError."""
    parse, threshold_ns = _BookParser(layout, instrument).parse, gaps.threshold_ns
    last_ns = last_venue_ns = 0
    for file in files:
        for number, line in enumerate(file.rows(layout.header, report), FIRST_ROW):
            try:
                book = parse(line)
            except ValueError as fault:
                report.leave_out(str(fault), file.path, number)
                continue
            now_ns, venue_ns = book.time_ns, book.venue_time_ns
            bid, ask = book.bids[0][0], book.asks[0][0]
            if bid >= ask:
                if bid > ask:
                    report.crossed_books += 1
                    report.leave_out(CROSSED, file.path, number)
                    continue
                report.locked_books += 1
            if now_ns < last_ns:
                report.leave_out(TIME_RUNS_BACK, file.path, number)
                continue
            venue_gap_ns = None if venue_ns is None else venue_ns - last_venue_ns
            if now_ns - last_ns > threshold_ns or (venue_gap_ns is not None and venue_gap_ns > threshold_ns):
                yield from gaps.hole(last_ns, now_ns, venue_gap_ns) if last_ns else gaps.begin(now_ns)
            last_ns, last_venue_ns = now_ns, venue_ns or 0
            yield book


class _TradeParser:
    """Turns lines of one layout into trades of one instrument."""

    def __init__(self, layout: TradeLayout, instrument: str) -> None:
        self._layout = layout
        self._instrument = instrument

    def parse(self, line: bytes) -> TradeRow:
        """The trade of a row. Raises ValueError with the reason if it cannot be used."""
        layout = self._layout
        cells = line.split(b",")
        if len(cells) != layout.width:
            raise DirtyRow(f"{layout.width} cells expected")
        try:
            price, size = float(cells[layout.price_column]), float(cells[layout.size_column])
            stamp = float(cells[layout.time_column])
            venue_stamp = None if layout.venue_column is None else float(cells[layout.venue_column])
            number = 0 if layout.id_column is None else int(cells[layout.id_column])
        except ValueError:
            raise DirtyRow("not a number") from None
        if not (0.0 < price < math.inf and 0.0 < size < math.inf):
            raise DirtyRow("price or size not above 0")
        side = None if layout.side_column is None else _SIDES.get(cells[layout.side_column].strip())
        if layout.side_column is not None and side is None:
            raise DirtyRow("unknown side")
        now_ns = time_ns(stamp, layout.time_unit_us)
        venue_ns = now_ns if venue_stamp is None else time_ns(venue_stamp, layout.venue_unit_us)
        trade_id = str(number) if layout.id_column is not None else None
        return TradeRow(
            PublicTrade(self._instrument, now_ns + layout.delay_ns, price, size, side, trade_id, venue_ns), number
        )


def read_trades(
    files: Iterable[DataFile],
    layout: TradeLayout,
    instrument: str,
    report: DataReport,
    backfill_rule: Callable[[], BackfillRule],
) -> Iterator[list[PublicTrade]]:
    """The trades of each file, backfill and unusable rows left out. Raises DataError if a file cannot be read."""
    parse = _TradeParser(layout, instrument).parse
    for file in files:
        is_backfill = backfill_rule()
        trades: list[PublicTrade] = []
        for number, line in enumerate(file.rows(layout.header, report), FIRST_ROW):
            try:
                row = parse(line)
            except ValueError as fault:
                report.leave_out(str(fault), file.path, number)
                continue
            if is_backfill(row):
                report.backfill_rows += 1
                continue
            trades.append(row.trade)
        if layout.side_column is None:
            report.trades_without_side += len(trades)
        yield trades
