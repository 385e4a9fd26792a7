"""Raw Binance frames: where snapshot and diffs join, where the chain breaks, what is no frame. And our own journal."""

import json
from pathlib import Path

import pytest

from mmtui.exchanges.replay import DataReport, InstrumentOverrides, instruments_of, open_dataset, open_journal
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Event,
    MarketEvent,
    MarkPrice,
    PublicTrade,
    Start,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.units import Side
from mmtui.ports.errors import DataError

BASE_NS = 1_723_161_255_000_000_000

Body = dict[str, object]


def diff(first: int, last: int, previous: int | None = None, bids: object = (), asks: object = ()) -> Body:
    data: Body = {
        "e": "depthUpdate",
        "E": 1_723_161_256_000,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "b": bids,
        "a": asks,
    }
    if previous is not None:
        data["pu"] = previous
    return {"stream": "btcusdt@depth@0ms", "data": data}


def rest(last: int, size: str = "1.5") -> Body:
    return {"lastUpdateId": last, "E": 1_723_161_256_001, "bids": [["100.0", size]], "asks": [["100.1", "2"]]}


def ticker(bid: str = "100.0", ask: str = "100.1") -> Body:
    return {"stream": "btcusdt@bookTicker", "data": {"u": 1, "s": "BTCUSDT", "b": bid, "B": "1", "a": ask, "A": "2"}}


def trade(price: str = "100.1", *, maker: bool = False) -> Body:
    data = {"e": "trade", "T": 1_723_161_256_002, "s": "BTCUSDT", "t": 7, "p": price, "q": "0.5", "m": maker}
    return {"stream": "btcusdt@trade", "data": data}


def read(folder: Path, *bodies: Body | str, symbol: str = "BTCUSDT-PERP") -> tuple[list[MarketEvent], DataReport]:
    kind = "usdm" if symbol.endswith("PERP") else "spot"
    lines = [
        body if isinstance(body, str) else f"{BASE_NS + i} {json.dumps(body, separators=(',', ':'))}"
        for i, body in enumerate(bodies)
    ]
    (folder / f"{kind}_btcusdt_x.txt").write_text("".join(f"{line}\n" for line in lines))
    recording = open_dataset("binance-btcusdt-raw", folder, symbol)
    return list(recording.events()), recording.report


def chain(events: list[MarketEvent]) -> list[tuple[str, int | None, int | None]]:
    """Snapshots, deltas and broken streams with their sequences."""
    told: list[tuple[str, int | None, int | None]] = []
    for event in events:
        if isinstance(event, BookSnapshot):
            told.append(("book", event.sequence, None))
        elif isinstance(event, BookDelta):
            told.append(("delta", event.sequence, event.previous_sequence))
        elif isinstance(event, StreamDown):
            told.append(("down", None, None))
    return told


def test_futures_drop_older_diffs_and_start_at_the_one_that_spans_the_snapshot(tmp_path: Path) -> None:
    bodies = (diff(1, 10, 0), diff(11, 20, 10), diff(21, 30, 20), rest(15), diff(31, 40, 30))
    events, report = read(tmp_path, *bodies)
    assert chain(events) == [("book", 15, None), ("delta", 20, 15), ("delta", 30, 20), ("delta", 40, 30)]
    assert report.gaps == 0
    # Diffs kept for the snapshot are told when it comes: before that nobody could have used them.
    assert [event.time_ns - BASE_NS for event in events] == [0, 3, 3, 3, 4]


def test_a_diff_that_ends_with_the_snapshot_is_not_needed(tmp_path: Path) -> None:
    events, _ = read(tmp_path, diff(11, 15, 10), rest(15), diff(16, 20, 15))
    assert chain(events) == [("book", 15, None), ("delta", 20, 15)]


def test_spot_diffs_follow_by_their_first_id(tmp_path: Path) -> None:
    bodies = (diff(1, 10), rest(10), diff(11, 12), diff(13, 20))
    events, _ = read(tmp_path, *bodies, symbol="BTCUSDT-SPOT")
    assert chain(events) == [("book", 10, None), ("delta", 12, 10), ("delta", 20, 12)]


@pytest.mark.parametrize("symbol", ["BTCUSDT-PERP", "BTCUSDT-SPOT"])
def test_a_missing_diff_loses_the_book_until_the_next_snapshot(tmp_path: Path, symbol: str) -> None:
    futures = symbol.endswith("PERP")
    bodies = (
        rest(10),
        diff(11, 12, 10 if futures else None),
        diff(15, 16, 14 if futures else None),
        diff(17, 20, 16 if futures else None),
        rest(16),
    )
    events, report = read(tmp_path, *bodies, symbol=symbol)
    assert chain(events) == [
        ("book", 10, None),
        ("delta", 12, 10),
        ("down", None, None),
        ("book", 16, None),
        ("delta", 20, 16),
    ]
    assert sum(isinstance(event, StreamUp) for event in events) == 2
    assert (report.gaps, report.stream_downs) == (1, 1)


def test_a_snapshot_too_old_for_the_diffs_gives_no_chain(tmp_path: Path) -> None:
    events, report = read(tmp_path, diff(50, 60, 49), rest(10), diff(61, 70, 60))
    assert chain(events) == [("book", 10, None), ("down", None, None)]
    assert report.gaps == 1


def test_a_snapshot_older_than_the_book_changes_nothing(tmp_path: Path) -> None:
    events, _ = read(tmp_path, rest(10), diff(11, 20, 10), rest(15), diff(21, 30, 20))
    assert chain(events) == [("book", 10, None), ("delta", 20, 10), ("delta", 30, 20)]


def test_sizes_sides_and_venue_times(tmp_path: Path) -> None:
    bodies = (
        rest(10),
        diff(11, 12, 10, bids=[["100.0", "0"]], asks=[["100.2", "3"]]),
        ticker(),
        trade(),
        trade(maker=True),
    )
    events, _ = read(tmp_path, *bodies)
    assert events[1:] == [
        BookSnapshot("replay:BTCUSDT-PERP", BASE_NS, [(100.0, 1.5)], [(100.1, 2.0)], 10, 1_723_161_256_001_000_000),
        BookDelta(
            "replay:BTCUSDT-PERP", BASE_NS + 1, [(100.0, 0.0)], [(100.2, 3.0)], 12, 10, 1_723_161_256_000_000_000
        ),
        BestPrices("replay:BTCUSDT-PERP", BASE_NS + 2, 100.0, 1.0, 100.1, 2.0, None),
        PublicTrade("replay:BTCUSDT-PERP", BASE_NS + 3, 100.1, 0.5, Side.BUY, "7", 1_723_161_256_002_000_000),
        PublicTrade("replay:BTCUSDT-PERP", BASE_NS + 4, 100.1, 0.5, Side.SELL, "7", 1_723_161_256_002_000_000),
    ]


@pytest.mark.parametrize(
    ("dirty", "reason"),
    [
        ("", "no receive time in nanoseconds"),
        (f"soon {json.dumps(ticker())}", "no receive time in nanoseconds"),
        (f"{BASE_NS // 1000} {json.dumps(ticker())}", "no receive time in nanoseconds"),
        (f"{BASE_NS - 1} {json.dumps(ticker())}", "time runs back"),
        (f"{BASE_NS + 1} not json", "not a frame of this stream"),
        (f"{BASE_NS + 1} " + json.dumps(ticker())[:-9], "not a frame of this stream"),
        (f'{BASE_NS + 1} {{"stream":"btcusdt@kline_1m","data":{{}}}}', "not a frame of this stream"),
        (f"{BASE_NS + 1} " + json.dumps(ticker(bid="100.2")), "crossed book"),
        (f"{BASE_NS + 1} " + json.dumps(ticker(bid="-1")), "price or size not above 0"),
        (f"{BASE_NS + 1} " + json.dumps(trade("0")), "price or size not above 0"),
        (f"{BASE_NS + 1} " + json.dumps(diff(11, 12, 10, bids=[["1", "-1"]])), "negative price or size"),
        (f"{BASE_NS + 1} " + json.dumps(rest(20, size="-1")), "negative price or size"),
        (f'{BASE_NS + 1} {{"lastUpdateId": 11, "bids": [], "asks": []}}', "empty book"),
    ],
)
def test_what_is_no_usable_frame_is_left_out_and_placed(tmp_path: Path, dirty: str, reason: str) -> None:
    events, report = read(tmp_path, rest(10), dirty, ticker())
    assert len(events) == 3
    assert report.dirty[reason].first == "usdm_btcusdt_x.txt:2"
    assert report.dirty_rows == 1


def test_a_file_without_a_frame_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"usdm_btcusdt_x\.txt:1: no receive time"):
        read(tmp_path, "hello")


def test_the_journal_gives_the_market_of_the_chosen_instruments_under_their_replay_names() -> None:
    perp, spot = instruments_of("binance-btcusdt-raw")
    book = BookSnapshot("live:BTC", 1, [(1.0, 1.0)], [(2.0, 1.0)])
    mark = MarkPrice(spot.id, 2, mark=spot.tick_size)
    batches: list[tuple[int, list[Event]]] = [
        (1, [StreamUp("public", 1, "live:BTC"), StreamUp("private", 1, account="a"), book]),
        (2, [Start(2), mark, BookSnapshot("live:ETH", 2, [], [])]),
        (3, [Unrecognised("ws", 3, "?"), PublicTrade("live:BTC", 3, 1.0, 1.0)]),
    ]
    recording = open_journal(lambda: batches, {"live:BTC": perp, spot.id: spot})
    events = list(recording.events())
    assert events == [
        StreamUp("public", 1, perp.id),
        BookSnapshot(perp.id, 1, [(1.0, 1.0)], [(2.0, 1.0)]),
        mark,
        PublicTrade(perp.id, 3, 1.0, 1.0),
    ]
    assert events[2] is mark
    assert list(recording.events()) == events
    assert (recording.report.events, recording.dataset, recording.book_step) == (4, "journal", None)


def test_an_empty_journal_is_an_error() -> None:
    with pytest.raises(DataError, match="dataset journal: nothing usable"):
        list(open_journal(list, {}).events())


def test_the_configuration_may_say_what_the_recording_cannot() -> None:
    overrides = InstrumentOverrides(
        tick_size=instruments_of("aster")[0].lot_size, maker_fee_bps=-instruments_of("aster")[0].lot_size
    )
    default, changed = instruments_of("aster")[0], instruments_of("aster", overrides)[0]
    assert (changed.tick_size, changed.maker_fee_bps) == (default.lot_size, -default.lot_size)
    assert (changed.lot_size, changed.taker_fee_bps) == (default.lot_size, default.taker_fee_bps)
    larger = instruments_of("aster", InstrumentOverrides(lot_size=default.tick_size))[0]
    assert larger.lot_size == larger.min_quantity == default.tick_size
