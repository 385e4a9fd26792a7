"""Every recorded dataset against the figures that its README gives."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from mmtui.exchanges.replay import Recording, open_dataset
from mmtui.exchanges.replay.report import DataReport
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    MarketEvent,
    PublicTrade,
    StreamDown,
    StreamUp,
)
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side

MARKET_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "market"


def recorded(dataset: str, symbol: str | None = None, file: str = "") -> Recording:
    path = MARKET_DATA / dataset / file
    if not path.exists():
        pytest.skip(f"no recorded data at {dataset}/{file} in ../shared/data/market beside the checkout")
    return open_dataset(dataset, path, symbol)


def read(recording: Recording) -> tuple[list[MarketEvent], DataReport]:
    events = list(recording.events())
    return events, recording.report


def count(events: Sequence[MarketEvent]) -> Counter[type[MarketEvent]]:
    return Counter(type(event) for event in events)


def in_order(events: Sequence[MarketEvent]) -> bool:
    return all(one.time_ns <= other.time_ns for one, other in pairwise(events))


def test_the_standx_day_has_the_rows_gaps_and_locked_books_of_its_readme() -> None:
    recording = recorded("standx-btc")
    kinds: Counter[type[MarketEvent]] = Counter()
    last_ns, back = 0, 0
    for event in recording.events():
        kinds[type(event)] += 1
        back += event.time_ns < last_ns
        last_ns = event.time_ns
    report = recording.report
    assert back == 0
    assert kinds[BookSnapshot] == 261_470
    assert kinds[PublicTrade] == report.trades_without_side == 165_660
    assert report.rows == 261_470 + 165_660
    assert report.gaps == 2_380
    assert report.gap_seconds / 86_400 == pytest.approx(0.19, abs=0.005)
    assert report.longest_gap_seconds == pytest.approx(108, abs=0.5)
    assert report.locked_books / 261_470 == pytest.approx(0.47, abs=0.005)
    assert report.crossed_books == report.dirty_rows == 0
    assert kinds[StreamDown] == report.stream_downs >= report.gaps
    assert kinds[StreamUp] == kinds[StreamDown] + 1
    assert report.market_seconds == pytest.approx(86_400, abs=5)


def test_standx_events_carry_receive_times_venue_times_and_no_side() -> None:
    events, _ = read(recorded("standx-btc", file="book_2026-01-06_00.csv.gz"))
    book = next(event for event in events if isinstance(event, BookSnapshot))
    trade = next(event for event in events if isinstance(event, PublicTrade))
    assert (book.instrument, book.time_ns, book.venue_time_ns) == (
        "replay:BTC-USD",
        1767657601343051000,
        1767657600940000000,
    )
    assert len(book.bids) == len(book.asks) == 20
    assert (book.bids[0], book.asks[0]) == ((93869.5, 0.0002), (93869.8, 0.0001))
    assert (trade.price, trade.size, trade.taker_side, trade.time_ns) == (93869.83, 0.0001, None, 1767657601748977000)


def test_a_single_standx_file_brings_its_companion_and_nothing_else() -> None:
    events, report = read(recorded("standx-btc", file="trades_2026-01-06_03.csv.gz"))
    assert count(events)[BookSnapshot] > 10_000
    assert report.market_seconds < 3_700


def test_streams_go_down_one_threshold_after_the_last_book_and_never_tell_how_long() -> None:
    events, _ = read(recorded("standx-btc", file="book_2026-01-06_00.csv.gz"))
    last_book_ns = 0
    downs = 0
    for event in events:
        if isinstance(event, BookSnapshot):
            last_book_ns = event.time_ns
        elif isinstance(event, StreamDown):
            downs += 1
            assert 0 < event.time_ns - last_book_ns <= 3 * NS_PER_S
            assert "3 s" in event.reason
    assert downs > 90
    assert in_order(events)


def test_aster_leaves_out_every_backfilled_trade_and_keeps_the_streamed_ones() -> None:
    events, report = read(recorded("aster", "ETHUSDT"))
    trades = [event for event in events if isinstance(event, PublicTrade)]
    # The README counts 1,438 and 3,418: all rows but the first hundred of each file. Reconnects brought 379 more.
    assert len(trades) == 1_438 + 3_418 - 379
    assert report.backfill_rows == 200 + 379
    ids = [int(trade.trade_id or 0) for trade in trades]
    assert all(one < other for one, other in pairwise(ids))
    assert count(events)[BookSnapshot] == 5_724 + 6_269
    assert report.locked_books == report.crossed_books == 0
    assert in_order(events)


def test_aster_sessions_follow_one_another_with_the_stream_down_between() -> None:
    events, report = read(recorded("aster", "ETHUSDT"))
    assert report.longest_gap_seconds == pytest.approx(8_866, abs=1)
    first, second = 1_764_326_046_083 * NS_PER_MS, 1_764_336_371_958 * NS_PER_MS
    assert events[0] == StreamUp("public", first, "replay:ETHUSDT")
    up = events.index(StreamUp("public", second, "replay:ETHUSDT"))
    downs = [event for event in events[:up] if isinstance(event, StreamDown)]
    assert downs[-1].time_ns < second - 8_000 * NS_PER_S


def test_aster_trades_are_told_a_quarter_second_late_because_they_carry_venue_times() -> None:
    events, _ = read(recorded("aster", "BNBUSDT"))
    trade = next(event for event in events if isinstance(event, PublicTrade))
    assert trade.venue_time_ns is not None
    assert trade.time_ns == trade.venue_time_ns + 250 * NS_PER_MS


def test_aster_gives_both_symbols_merged_where_none_is_picked() -> None:
    recording = recorded("aster")
    events, _ = read(recording)
    assert [one.id for one in recording.instruments] == ["replay:ETHUSDT", "replay:BNBUSDT"]
    assert {event.instrument for event in events if isinstance(event, BookSnapshot)} == {
        "replay:ETHUSDT",
        "replay:BNBUSDT",
    }
    assert in_order(events)


def test_hyperliquid_has_two_holes_sides_and_best_prices() -> None:
    events, report = read(recorded("hyperliquid-eth"))
    kinds = count(events)
    assert (kinds[BookSnapshot], kinds[BestPrices]) == (2_081, 9_967)
    assert kinds[PublicTrade] + report.backfill_rows == 6_385
    assert report.gaps == 2
    assert report.longest_gap_seconds == pytest.approx(243, abs=1)
    sides = Counter(event.taker_side for event in events if isinstance(event, PublicTrade))
    assert sides[None] == 0
    assert sides[Side.BUY] / sum(sides.values()) == pytest.approx(0.64, abs=0.01)
    assert report.crossed_books == 0
    assert in_order(events)


@pytest.mark.parametrize(
    ("symbol", "tickers", "trades", "diffs"),
    [("BTCUSDT-PERP", 66_089, 21_313, 6_551), ("BTCUSDT-SPOT", 28_040, 9_757, 3_451)],
)
def test_binance_frames_become_one_unbroken_chain(symbol: str, tickers: int, trades: int, diffs: int) -> None:
    events, report = read(recorded("binance-btcusdt-raw", symbol))
    kinds = count(events)
    assert (kinds[BestPrices], kinds[PublicTrade], kinds[BookSnapshot]) == (tickers, trades, 1)
    assert diffs - 10 < kinds[BookDelta] < diffs
    assert report.gaps == report.dirty_rows == 0
    sequence: int | None = None
    for event in events:
        if isinstance(event, BookSnapshot):
            sequence = event.sequence
        elif isinstance(event, BookDelta):
            assert event.previous_sequence == sequence
            sequence = event.sequence
    assert in_order(events)


@pytest.mark.parametrize("symbol", ["BTCUSDT-PERP", "BTCUSDT-SPOT"])
def test_the_binance_book_agrees_with_the_best_prices_sent_beside_it(symbol: str) -> None:
    """Built from snapshot and diffs alone, the book is never crossed and keeps meeting the best prices stream."""
    events, _ = read(recorded("binance-btcusdt-raw", symbol))
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    tickers: set[tuple[float, float]] = set()
    agreed = diffs = 0
    for event in events:
        if isinstance(event, BestPrices):
            tickers.add((event.bid, event.ask))
        elif isinstance(event, BookSnapshot | BookDelta):
            for side, levels in ((bids, event.bids), (asks, event.asks)):
                side.update(levels)
                for price, size in levels:
                    if not size:
                        side.pop(price)
            best = (max(bids), min(asks))
            assert best[0] < best[1]
            diffs += 1
            agreed += best in tickers
            tickers = {best}
    assert agreed / diffs > 0.95


def test_binance_markets_run_side_by_side_on_one_clock() -> None:
    events, _ = read(recorded("binance-btcusdt-raw"))
    assert in_order(events)
    assert len(events) == 135_199


def test_the_pair_has_both_venues_on_each_row_in_true_time() -> None:
    events, report = read(recorded("backpack-lighter-btc"))
    quotes = [event for event in events if isinstance(event, BestPrices)]
    assert len(quotes) == 2 * 6_737
    assert report.crossed_books == 0
    first, second = quotes[:2]
    # 2025-12-02 23:59:23.901 at UTC+8
    assert first == BestPrices("replay:BACKPACK-BTC", 1_764_691_163_901 * NS_PER_MS, 90900.9, 0.0, 90903.1, 0.0)
    assert second == BestPrices("replay:LIGHTER-BTC", 1_764_691_163_901 * NS_PER_MS, 90902.2, 0.0, 90906.9, 0.0)


def test_the_excess_of_the_pair_is_that_of_its_readme() -> None:
    events, _ = read(recorded("backpack-lighter-btc"))
    quotes = [event for event in events if isinstance(event, BestPrices)]
    rows = list(zip(quotes[::2], quotes[1::2], strict=True))
    above = sum(backpack.bid > lighter.ask for backpack, lighter in rows)
    below = sum(lighter.bid > backpack.ask for backpack, lighter in rows)
    assert (above, below) == (5_459, 931)


def test_the_slow_pair_file_is_read_only_where_it_is_named() -> None:
    _, report = read(recorded("backpack-lighter-btc", file="bbo_pair_slow_BTC.csv.gz"))
    assert report.rows == 1_274
    assert report.gaps == 2


def test_one_venue_of_the_pair_can_be_picked() -> None:
    events, _ = read(recorded("backpack-lighter-btc", "LIGHTER-BTC"))
    assert {event.instrument for event in events if isinstance(event, BestPrices)} == {"replay:LIGHTER-BTC"}


def test_the_dirty_recorder_is_read_on_one_clock_and_told_of() -> None:
    events, report = read(recorded("lighter-btc-raw"))
    kinds = count(events)
    assert (kinds[BestPrices], kinds[PublicTrade]) == (17_974, 456)
    assert report.gaps == 14  # 15 pieces
    assert report.short_rows == 11_635
    assert report.shifted_rows > 0
    assert in_order(events)
    ids = [int(event.trade_id or 0) for event in events if isinstance(event, PublicTrade)]
    assert ids == sorted(ids)  # trade_id shows the true order
    assert any("shorter than their header" in line for line in report.lines())


def test_each_pass_starts_anew() -> None:
    recording = recorded("hyperliquid-eth")
    first, report = read(recording)
    second, again = read(recording)
    assert first == second
    assert report == again
    assert report is not again


def test_a_folder_of_datasets_leads_to_the_one_asked_for() -> None:
    recorded("hyperliquid-eth")
    assert open_dataset("hyperliquid-eth", MARKET_DATA).instruments[0].id == "replay:ETH"
