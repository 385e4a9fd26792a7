"""A recorded folder or file as a market: its instruments, its events in time order, and a report of what was found."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from mmtui.exchanges.replay import catalogue
from mmtui.exchanges.replay.backfill import received_late, second_id_series
from mmtui.exchanges.replay.best_prices import (
    PAIR_FAST,
    PAIR_SLOW,
    read_dirty_prices,
    read_dirty_trades,
    read_pair,
    read_updates,
)
from mmtui.exchanges.replay.binance import read_frames
from mmtui.exchanges.replay.catalogue import Dataset, InstrumentOverrides
from mmtui.exchanges.replay.files import DataFile, find_files
from mmtui.exchanges.replay.journal import Batch, market_events
from mmtui.exchanges.replay.report import DataReport
from mmtui.exchanges.replay.tables import nothing_is_backfill, read_books, read_trades
from mmtui.exchanges.replay.timing import GapWatch, in_time_order, merged
from mmtui.model.events import MarketEvent
from mmtui.model.instrument import Instrument
from mmtui.ports.errors import DataError, SettingsError

Streams = list[Iterable[MarketEvent]]
Opener = Callable[[Sequence[DataFile], Sequence[Instrument], DataReport], Streams]
"""Streams of a dataset, each in time order; where two events have one time, the earlier stream's goes first."""


class Recording:
    """Recorded market data. ``events`` may be read again and again; ``report`` tells of the latest pass."""

    def __init__(
        self,
        dataset: str,
        instruments: Sequence[Instrument],
        streams: Callable[[DataReport], Streams],
        book_step: Decimal | None = None,
        file_count: int = 1,
    ) -> None:
        self.dataset = dataset
        self.instruments = tuple(instruments)
        self.book_step = book_step
        self.report = DataReport(dataset)
        self._streams = streams
        self._file_count = file_count

    @property
    def percent_read(self) -> float:
        """How far the latest pass has come, by files."""
        return 100.0 * self.report.files_read / max(self._file_count, 1)

    def events(self) -> Iterator[MarketEvent]:
        """All events in time order, from the start. Raises DataError if a file is unreadable or nothing is usable."""
        report = self.report = DataReport(self.dataset)
        event: MarketEvent | None = None
        try:
            for event in _joined(self._streams(report)):
                if not report.events:
                    report.first_ns = event.time_ns
                report.events += 1
                yield event
        finally:  # a reader may stop before the end
            report.last_ns = None if event is None else event.time_ns
        if event is None:
            raise DataError(_nothing_usable(report))


def instruments_of(dataset: str, overrides: InstrumentOverrides | None = None) -> tuple[Instrument, ...]:
    """What can be replayed from a dataset, before any file is opened. Raises SettingsError for an unknown name."""
    changes = {name: value for name in _OVERRIDABLE if (value := getattr(overrides, name, None)) is not None}
    if "lot_size" in changes:
        changes["min_quantity"] = changes["lot_size"]
    return tuple(replace(instrument, **changes) for instrument in _dataset(dataset).instruments)


def open_dataset(
    dataset: str,
    path: Path,
    symbol: str | Sequence[str] | None = None,
    overrides: InstrumentOverrides | None = None,
) -> Recording:
    """Open a recorded folder, or one of its files.

    ``symbol`` picks one or several instruments by symbol or id; None takes all. Files are looked up here and read while
    events are. Raises SettingsError for an unknown dataset or symbol, DataError where the path holds none of it.
    """
    data = _dataset(dataset)
    instruments = _chosen(data, instruments_of(dataset, overrides), symbol)
    files = find_files(path, dataset, data.files)
    opener = _OPENERS[dataset]
    return Recording(dataset, instruments, partial(opener, files, instruments), data.book_step, len(files))


def open_journal(batches: Callable[[], Iterable[Batch]], instruments: Mapping[str, Instrument]) -> Recording:
    """The market of a journal of ours; ``batches`` reads it anew, ``instruments`` are keyed by their recorded ids."""
    names = {recorded: instrument.id for recorded, instrument in instruments.items()}

    def streams(_report: DataReport) -> Streams:
        return [market_events(batches(), names)]

    return Recording("journal", tuple(instruments.values()), streams)


def _joined(streams: Streams) -> Iterable[MarketEvent]:
    first, *others = streams
    for other in others:
        first = merged(first, other)
    return first


_OVERRIDABLE = ("tick_size", "lot_size", "min_notional", "maker_fee_bps", "taker_fee_bps")


def _dataset(name: str) -> Dataset:
    known = catalogue.DATASETS.get(name)
    if known is None:
        near = difflib.get_close_matches(name, catalogue.DATASETS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SettingsError(f"dataset {name!r} is unknown{hint} (known: {', '.join(catalogue.DATASETS)})")
    return known


def _chosen(
    data: Dataset, instruments: tuple[Instrument, ...], symbol: str | Sequence[str] | None
) -> tuple[Instrument, ...]:
    if symbol is None:
        return instruments
    wanted = (symbol,) if isinstance(symbol, str) else tuple(symbol)
    for name in wanted:
        if not any(name in (instrument.symbol, instrument.id) for instrument in instruments):
            symbols = ", ".join(instrument.symbol for instrument in instruments)
            raise SettingsError(f"symbol {name!r} is not in dataset {data.name} (it holds {symbols})")
    return tuple(found for found in instruments if found.symbol in wanted or found.id in wanted)


def _nothing_usable(report: DataReport) -> str:
    reasons = [f"{rows.first}: {reason} ({rows.count} times)" for reason, rows in report.dirty.items()]
    reasons += [f"{name} is cut off" for name in report.truncated_files]
    why = "; ".join(reasons[:3]) or "no rows for the chosen symbol"
    return f"dataset {report.dataset}: nothing usable: {why}; check that the files are of this dataset and whole"


# ------------------------------------------------------------------------------------------------------- by dataset


def _of_kind(files: Iterable[DataFile], *kinds: str) -> list[DataFile]:
    return [file for file in files if file.kind in kinds]


def _standx(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    name = instruments[0].id
    gaps = GapWatch(catalogue.STANDX.gap_threshold_s, [name], report)
    trades = read_trades(_of_kind(files, "trades"), catalogue.STANDX_TRADES, name, report, lambda: nothing_is_backfill)
    return [in_time_order(trades), read_books(_of_kind(files, "book"), catalogue.STANDX_BOOK, name, gaps, report)]


def _aster(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    streams: Streams = []
    for instrument in instruments:
        gaps = GapWatch(catalogue.ASTER.gap_threshold_s, [instrument.id], report)
        trades = _of_kind(files, f"trades_{instrument.symbol}")
        books = _of_kind(files, f"orderbook_{instrument.symbol}")
        streams.append(
            in_time_order(read_trades(trades, catalogue.ASTER_TRADES, instrument.id, report, second_id_series))
        )
        streams.append(read_books(books, catalogue.ASTER_BOOK, instrument.id, gaps, report))
    return streams


def _hyperliquid(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    name = instruments[0].id
    gaps = GapWatch(catalogue.HYPERLIQUID.gap_threshold_s, [name], report)
    trades = read_trades(_of_kind(files, "trades"), catalogue.HYPERLIQUID_TRADES, name, report, received_late)
    return [
        in_time_order(trades),
        read_books(_of_kind(files, "orderbooks"), catalogue.HYPERLIQUID_BOOK, name, gaps, report),
        read_updates(_of_kind(files, "prices"), name, report),
    ]


def _binance(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    kinds = {"BTCUSDT-PERP": "usdm", "BTCUSDT-SPOT": "spot"}
    return [read_frames(_of_kind(files, kinds[one.symbol]), one.id, report) for one in instruments]


def _pair(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    """The fast file; the slow one, which covers the same hours coarsely, only where it was named by itself."""
    columns = {"BACKPACK-BTC": (1, 2), "LIGHTER-BTC": (3, 4)}
    chosen = {one.id: columns[one.symbol] for one in instruments}
    fast = _of_kind(files, "bbo_pair")
    threshold_s = catalogue.PAIR.gap_threshold_s if fast else catalogue.PAIR_SLOW_GAP_S
    gaps = GapWatch(threshold_s, list(chosen), report)
    return [read_pair(fast or files, PAIR_FAST if fast else PAIR_SLOW, chosen, gaps, report)]


def _lighter_raw(files: Sequence[DataFile], instruments: Sequence[Instrument], report: DataReport) -> Streams:
    name = instruments[0].id
    gaps = GapWatch(catalogue.LIGHTER_RAW.gap_threshold_s, [name], report)
    return [
        in_time_order(read_dirty_trades(_of_kind(files, "trades"), name, report)),
        read_dirty_prices(_of_kind(files, "prices"), name, gaps, report),
    ]


_OPENERS: Mapping[str, Opener] = {
    catalogue.STANDX.name: _standx,
    catalogue.ASTER.name: _aster,
    catalogue.HYPERLIQUID.name: _hyperliquid,
    catalogue.BINANCE.name: _binance,
    catalogue.PAIR.name: _pair,
    catalogue.LIGHTER_RAW.name: _lighter_raw,
}
