"""Recorded files as they should not be: a fault is counted with its place, or ends in one line a user can act on."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from mmtui.exchanges.replay import DataReport, open_dataset
from mmtui.exchanges.replay.catalogue import STANDX_BOOK
from mmtui.model.events import BestPrices, BookSnapshot, MarketEvent, PublicTrade, StreamDown
from mmtui.model.units import NS_PER_MS, Side
from mmtui.ports.errors import DataError, SettingsError

HEADER = STANDX_BOOK.header.decode()
START_MS = 1_767_657_600_000
TRADES = "exchange_ts_ms,recv_ts_us,price,qty"
ASTER_TRADES = "id,unix_timestamp_ms,side,price,quantity"


def book_row(offset_ms: int, touch: tuple[float, float] = (100.0, 100.1), /, **cells: str) -> str:
    """A StandX row with 20 levels a side; ``cells`` replaces cells by column name."""
    bid, ask = touch
    moment = START_MS + offset_ms
    values = [str(moment), str((moment + 100) * 1_000)]
    for side in (-1, 1):
        values += [cell for i in range(20) for cell in (f"{(bid if side < 0 else ask) + side * i * 0.1:.1f}", "0.5")]
    names = HEADER.split(",")
    for name, cell in cells.items():
        values[names.index(name)] = cell
    return ",".join(values)


def write(folder: Path, name: str, lines: Iterable[str]) -> Path:
    path = folder / name
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def read(path: Path, dataset: str = "standx-btc", symbol: str | None = None) -> tuple[list[MarketEvent], DataReport]:
    recording = open_dataset(dataset, path, symbol)
    return list(recording.events()), recording.report


def books(events: Sequence[MarketEvent]) -> list[BookSnapshot]:
    return [event for event in events if isinstance(event, BookSnapshot)]


@pytest.mark.parametrize(
    ("dirty", "reason"),
    [
        (book_row(250, bid0_px="abc"), "not a number"),
        (book_row(250, bid3_qty="nan"), "NaN or infinite number"),
        (book_row(250, ask0_qty="inf"), "NaN or infinite number"),
        (book_row(250, ask5_qty="1e999"), "NaN or infinite number"),
        (book_row(250, bid1_qty="-0.5"), "negative price or size"),
        (book_row(250, ask2_px="-1"), "negative price or size"),
        (book_row(250, (101.0, 100.0)), "crossed book"),
        (book_row(250, bid1_px="100.5"), "levels out of order"),
        (book_row(250, ask1_px="90"), "levels out of order"),
        (book_row(250).rsplit(",", 1)[0], "82 cells expected"),
        ("", "82 cells expected"),
        (book_row(250, recv_ts_us="0"), "not a time"),
        (book_row(250, exchange_ts_ms="99999999999999999"), "not a time"),
        (book_row(250, **{f"ask{i}_qty": "" for i in range(20)}), "empty book"),
        (book_row(-250), "time runs back"),
    ],
)
def test_a_dirty_book_row_is_left_out_counted_and_placed(tmp_path: Path, dirty: str, reason: str) -> None:
    write(tmp_path, "book_a.csv.gz", [HEADER, book_row(0), dirty, book_row(500)])
    events, report = read(tmp_path)
    assert len(books(events)) == 2
    assert report.dirty_rows == 1
    assert report.dirty[reason].first == "book_a.csv.gz:3"
    assert report.crossed_books == (reason == "crossed book")
    assert any(reason in line and "book_a.csv.gz:3" in line for line in report.lines())


def test_a_row_with_some_empty_levels_keeps_the_others(tmp_path: Path) -> None:
    thin = {f"{side}{i}_{what}": "" for side in ("bid", "ask") for i in range(3, 20) for what in ("px", "qty")}
    write(tmp_path, "book_a.csv", [HEADER, book_row(0, **thin), book_row(250, ask1_qty="0")])
    events, report = read(tmp_path)
    first, second = books(events)
    assert (len(first.bids), len(first.asks), len(second.asks)) == (3, 3, 19)
    assert report.dirty_rows == 0


def test_windows_line_ends_and_plain_text_are_read(tmp_path: Path) -> None:
    (tmp_path / "book_a.csv").write_bytes("\r\n".join([HEADER, book_row(0), book_row(250)]).encode())
    events, report = read(tmp_path)
    assert len(books(events)) == 2
    assert not report.truncated_files


def test_a_locked_book_is_counted_and_kept(tmp_path: Path) -> None:
    write(tmp_path, "book_a.csv", [HEADER, book_row(0, (100.0, 100.0))])
    events, report = read(tmp_path)
    assert len(books(events)) == report.locked_books == 1


@pytest.mark.parametrize(
    ("dirty", "reason"),
    [
        ("1,2,3", "4 cells expected"),
        (f"{START_MS},{START_MS * 1000},x,1", "not a number"),
        (f"{START_MS},{START_MS * 1000},nan,1", "price or size not above 0"),
        (f"{START_MS},{START_MS * 1000},100,-1", "price or size not above 0"),
        (f"{START_MS},nan,100,1", "not a time"),
    ],
)
def test_a_dirty_trade_is_left_out_counted_and_placed(tmp_path: Path, dirty: str, reason: str) -> None:
    write(tmp_path, "book_a.csv", [HEADER, book_row(0)])
    write(tmp_path, "trades_a.csv", [TRADES, dirty, f"{START_MS},{START_MS * 1000},100,1"])
    events, report = read(tmp_path)
    assert sum(isinstance(event, PublicTrade) for event in events) == 1
    assert report.dirty[reason].first == "trades_a.csv:2"


def test_trades_out_of_order_are_sorted_also_across_files(tmp_path: Path) -> None:
    stamps = {"a": (10, 30, 20, 500), "b": (400, 450, 600)}
    for key, offsets in stamps.items():
        rows = [f"{START_MS + offset},{(START_MS + offset) * 1000},100,1" for offset in offsets]
        write(tmp_path, f"trades_{key}.csv", [TRADES, *rows])
    write(tmp_path, "trades_c.csv", [TRADES])
    events, _ = read(tmp_path)
    assert [event.time_ns // NS_PER_MS - START_MS for event in events] == [10, 20, 30, 400, 450, 500, 600]


def test_a_cut_gzip_gives_its_readable_rows_and_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "book_a.csv.gz", [HEADER, *(book_row(i * 250, bid0_qty=f"0.{i:05}") for i in range(1, 400))])
    path.write_bytes(path.read_bytes()[:-200])
    events, report = read(tmp_path)
    assert 0 < len(books(events)) < 399
    assert report.truncated_files == ["book_a.csv.gz"]
    assert any("cut off" in line for line in report.lines())


@pytest.mark.parametrize(("at", "least"), [(-6, 59), (700, 1)])
def test_a_damaged_gzip_gives_what_stands_before_the_fault(tmp_path: Path, at: int, least: int) -> None:
    path = write(tmp_path, "book_a.csv.gz", [HEADER, *(book_row(i * 250, bid0_qty=f"0.{i:05}") for i in range(1, 60))])
    packed = bytearray(path.read_bytes())
    packed[at : at + 4] = bytes(byte ^ 0xFF for byte in packed[at : at + 4])
    path.write_bytes(packed)
    events, report = read(tmp_path)
    assert least <= len(books(events)) <= 59
    assert report.truncated_files == ["book_a.csv.gz"]


def test_a_gzip_of_several_members_is_read_to_its_end(tmp_path: Path) -> None:
    one, two = (f"{HEADER}\n{book_row(0)}\n".encode(), f"{book_row(250)}\n".encode())
    (tmp_path / "book_a.csv.gz").write_bytes(gzip.compress(one) + gzip.compress(two))
    events, report = read(tmp_path)
    assert len(books(events)) == 2
    assert not report.truncated_files


def test_a_bad_file_among_good_ones_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "book_a.csv", [HEADER, book_row(0)])
    write(tmp_path, "book_b.csv", ["time,price", "1,2"])
    write(tmp_path, "book_c.csv", [])
    events, report = read(tmp_path)
    assert len(books(events)) == 1
    assert report.dirty["unexpected header"].first == "book_b.csv:1"
    assert report.dirty["empty file"].first == "book_c.csv:1"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "empty file"),
        (["a,b", "1,2"], "unexpected header"),
        ([HEADER], "no rows"),
        ([HEADER, book_row(0, bid0_px="x"), book_row(1, bid0_px="x")], "book_a.csv:2: not a number (2 times)"),
    ],
)
def test_nothing_usable_is_an_error_with_place_and_remedy(tmp_path: Path, lines: list[str], said: str) -> None:
    write(tmp_path, "book_a.csv", lines)
    with pytest.raises(DataError, match="nothing usable") as caught:
        read(tmp_path)
    assert said in str(caught.value)
    assert "check that the files" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wholly_cut_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write(tmp_path, "book_a.csv.gz", [HEADER, book_row(0)])
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match=r"book_a\.csv\.gz is cut off"):
        read(tmp_path)


def test_paths_that_lead_nowhere_are_errors_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        open_dataset("standx-btc", tmp_path / "missing")
    with pytest.raises(DataError, match="holds no file of dataset standx-btc; expected names like book_"):
        open_dataset("standx-btc", tmp_path)
    other = write(tmp_path, "readme.txt", ["hello"])
    with pytest.raises(DataError, match="is no file of dataset"):
        open_dataset("standx-btc", other)


def test_a_file_that_cannot_be_read_is_an_error_with_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, "book_a.csv", [HEADER, book_row(0)])
    recording = open_dataset("standx-btc", tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=r"book_a\.csv: cannot be read"):
        list(recording.events())


def test_unknown_names_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean standx-btc"):
        open_dataset("standx-btx", tmp_path)
    with pytest.raises(SettingsError, match=r"known: standx-btc, aster"):
        open_dataset("", tmp_path)
    with pytest.raises(SettingsError, match="it holds ETHUSDT, BNBUSDT"):
        open_dataset("aster", tmp_path, "BTCUSDT")


def test_more_reasons_than_fit_are_summed_up(tmp_path: Path) -> None:
    report = DataReport("x")
    for i in range(12):
        report.leave_out(f"reason {i}", tmp_path, 1)
    assert report.lines()[-1] == "... and 2 more reasons"
    assert report.market_seconds == 0.0


def test_a_hole_goes_down_after_the_threshold_and_up_with_the_next_book(tmp_path: Path) -> None:
    write(tmp_path, "book_a.csv", [HEADER, book_row(0), book_row(7_000)])
    events, report = read(tmp_path)
    down = next(event for event in events if isinstance(event, StreamDown))
    assert down.time_ns == (START_MS + 100 + 3_000) * NS_PER_MS
    assert (report.gaps, report.gap_seconds, report.longest_gap_seconds) == (1, 7.0, 7.0)
    assert [type(event).__name__ for event in events] == [
        "StreamUp",
        "BookSnapshot",
        "StreamDown",
        "StreamUp",
        "BookSnapshot",
    ]


def test_a_late_row_is_silence_but_no_hole_of_the_recording(tmp_path: Path) -> None:
    late = str((START_MS + 5_000) * 1_000)
    write(tmp_path, "book_a.csv", [HEADER, book_row(0), book_row(250, recv_ts_us=late)])
    events, report = read(tmp_path)
    assert (report.gaps, report.stream_downs) == (0, 1)
    assert sum(isinstance(event, StreamDown) for event in events) == 1


def test_a_jump_of_venue_time_alone_is_told_when_it_is_seen(tmp_path: Path) -> None:
    soon = (START_MS + 200) * 1_000
    write(tmp_path, "book_a.csv", [HEADER, book_row(0), book_row(5_000, recv_ts_us=str(soon))])
    events, report = read(tmp_path)
    down = next(event for event in events if isinstance(event, StreamDown))
    assert (down.time_ns, report.gaps) == (soon * 1_000, 1)
    assert "skipped more than 3 s" in down.reason


def aster_trade(number: int, offset_ms: int, side: str = "buy") -> str:
    return f"{number},{START_MS + offset_ms},{side},100.0,1.0"


def test_aster_backfill_is_told_by_its_id_series_row_by_row(tmp_path: Path) -> None:
    rows = [
        aster_trade(50_000_000, -9_000),
        aster_trade(50_000_001, -8_000),
        aster_trade(27_000_000, 0),
        aster_trade(27_000_001, 10, "sell"),
        aster_trade(50_000_200, 5),  # a reconnect
        aster_trade(27_000_001, 10),  # seen before
        aster_trade(27_000_050, 20),
        aster_trade(27_000_051, 30, "both"),
    ]
    write(tmp_path, "s_trades_ETHUSDT.csv", [ASTER_TRADES, *rows])
    events, report = read(tmp_path, "aster", "ETHUSDT")
    trades = [(event.trade_id, event.taker_side) for event in events if isinstance(event, PublicTrade)]
    assert trades == [("27000000", Side.BUY), ("27000001", Side.SELL), ("27000050", Side.BUY)]
    assert report.backfill_rows == 4
    assert report.dirty["unknown side"].first == "s_trades_ETHUSDT.csv:9"


PAIR = "timestamp,bp_bid,bp_ask,lt_bid,lt_ask,long_spread,short_spread"


def test_dirty_rows_of_the_pair(tmp_path: Path) -> None:
    rows = [
        "2025-12-03 00:00:00.000,100,101,100,100,0,0",
        "yesterday,100,101,100,101,0,0",
        "2025-12-03 00:00:01.000,102,101,100,101,0,0",
        "2025-12-03 00:00:01.500,100,101,nan,101,0,0",
        "2025-12-03 00:00:01.600,100,101,0,101,0,0",
        "2025-12-03 00:00:01.700,100,101,100",
        "2025-12-02 23:00:00.000,100,101,100,101,0,0",
        "2025-12-03 00:00:02.000,100,101,x,101,0,0",
        "2025-12-03 00:00:09.000,100,101,100,101,0,0",
    ]
    write(tmp_path, "bbo_pair_BTC.csv", [PAIR, *rows])
    events, report = read(tmp_path, "backpack-lighter-btc")
    assert sum(isinstance(event, BestPrices) for event in events) == 4
    assert list(report.dirty) == [
        "not a time",
        "crossed book",
        "NaN or infinite number",
        "price or size not above 0",
        "7 cells expected",
        "time runs back",
        "not a number",
    ]
    assert (report.locked_books, report.crossed_books) == (1, 1)
    assert [event.instrument for event in events if isinstance(event, StreamDown)] == [
        "replay:BACKPACK-BTC",
        "replay:LIGHTER-BTC",
    ]


UPDATES = "timestamp,price,size,side,exchange_timestamp"


def test_half_updates_and_foreign_rows_of_hyperliquid_prices(tmp_path: Path) -> None:
    moment = START_MS / 1_000
    rows = [
        f"{moment},100.0,1.0,bid,{START_MS}",
        f"{moment},100.1,1.0,ask,{START_MS}",
        f"{moment + 1},100.0,1.0,bid,{START_MS}",
        f"{moment + 2},100.0,1.0,bid,{START_MS}",
        f"{moment + 3},100.1,1.0,ask,{START_MS}",
        f"{moment + 4},100.1,1.0,ask,{START_MS}",
        "1,2,3",
        f"{moment + 5},100.0,1.0,bid,{START_MS}",
        f"{moment + 5},100.2,2.0,ask,{START_MS}",
    ]
    write(tmp_path, "prices_ETH.csv", [UPDATES, *rows])
    events, report = read(tmp_path, "hyperliquid-eth")
    quotes = [(event.bid, event.ask) for event in events if isinstance(event, BestPrices)]
    assert quotes == [(100.0, 100.1), (100.0, 100.2)]
    assert {reason: rows.count for reason, rows in report.dirty.items()} == {
        "bid without its ask": 1,
        "ask without its bid": 2,
        "5 cells expected": 1,
    }


DIRTY_PRICES = "timestamp,bid_price,bid_size,ask_price,ask_size,market_id"
DIRTY_TRADES = "timestamp,price,size,side,trade_id,usd_amount"


def test_a_clock_set_back_moves_what_follows_on_by_whole_hours(tmp_path: Path) -> None:
    prices = [
        "2025-09-15T23:13:00.5,100,1,101,1,1",
        "2025-09-15T21:22:00,100,1,101,1,1",
        "2025-09-15T21:21:59,100,1,101,1",
        "2025-09-15T21:22:01,100,1,101,1",
        "2025-09-15T21:22:02,100,0,101,1",
        "2025-09-15T21:22:02",
        "2025-09-15T21:22:03,100,1,100,1",
    ]
    trades = [
        "2025-09-15T23:13:00,100,1,buy,1,100",
        "2025-09-15T21:22:00,100,1,sell,2,100",
        "2025-09-15T21:22:01,100,1,hold,3,100",
        "2025-09-15T21:22:02,100,-1,sell,4,100",
        "2025-09-15T21:22:03,?,1,sell,5,100",
    ]
    write(tmp_path, "prices_BTC.csv", [DIRTY_PRICES, *prices])
    write(tmp_path, "trades_BTC.csv", [DIRTY_TRADES, *trades])
    events, report = read(tmp_path, "lighter-btc-raw")
    times = [event.time_ns for event in events if isinstance(event, BestPrices)]
    assert times == sorted(times)
    assert times[1] - times[0] == 8 * 60_000 * NS_PER_MS + 59_500 * NS_PER_MS  # 23:22:00
    assert [event.trade_id for event in events if isinstance(event, PublicTrade)] == ["1", "2"]
    assert report.short_rows == 4
    assert {reason: rows.count for reason, rows in report.dirty.items()} == {
        "unknown side": 1,
        "price or size not above 0": 2,
        "not a number": 1,
        "time runs back": 1,
        "6 cells expected": 1,
    }
