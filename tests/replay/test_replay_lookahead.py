"""Nothing is told before it could have been known: a recording cut at any time says the same until then."""

from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.replay import open_dataset
from mmtui.exchanges.replay.catalogue import ASTER_BOOK, ASTER_TRADES, STANDX_BOOK, STANDX_TRADES
from mmtui.model.events import MarketEvent

START_MS = 1_767_657_600_000


def standx_files(books: list[tuple[int, int]], trades: list[tuple[int, int]]) -> dict[str, list[tuple[int, str]]]:
    """Rows by file with their receive times in ms: books as (venue step, lag), trades likewise."""
    files: dict[str, list[tuple[int, str]]] = {}
    levels = [f"{100 - i / 10:.1f},1" for i in range(20)] + [f"{100.1 + i / 10:.1f},1" for i in range(20)]
    for name, header, rows in (
        ("book_a.csv", STANDX_BOOK.header, books),
        ("trades_a.csv", STANDX_TRADES.header, trades),
    ):
        files[name] = [(0, header.decode())]
        venue_ms = received_ms = START_MS
        for step, lag in rows:
            venue_ms += step
            received_ms = max(received_ms + 1, venue_ms + lag) if name.startswith("book") else venue_ms + lag
            cells = levels if name.startswith("book") else ["100.0,0.5"]
            files[name].append((received_ms, ",".join([str(venue_ms), str(received_ms * 1_000), *cells])))
    return files


def aster_files(books: list[tuple[int, int]], trades: list[tuple[int, int]]) -> dict[str, list[tuple[int, str]]]:
    levels = [f"{100 - i / 10:.1f},1" for i in range(10)] + [f"{100.1 + i / 10:.1f},1" for i in range(10)]
    book_rows, trade_rows = [(0, ASTER_BOOK.header.decode())], [(0, ASTER_TRADES.header.decode())]
    moment = START_MS
    for number, (step, _) in enumerate(books):
        moment += step
        book_rows.append((moment, ",".join([str(moment), str(number + 1), *levels])))
    moment = START_MS
    for number, (step, lag) in enumerate(trades):
        moment += step
        of_stream = number and lag % 3
        trade_id = number + (27_000_000 if of_stream else 50_000_000)
        trade_rows.append((moment + 250, f"{trade_id},{moment},buy,100.0,1"))
    return {"s_orderbook_ETHUSDT.csv": book_rows, "s_trades_ETHUSDT.csv": trade_rows}


def events_of(folder: Path, dataset: str, files: dict[str, list[tuple[int, str]]], until_ms: int) -> list[MarketEvent]:
    for name, rows in files.items():
        (folder / name).write_text("".join(f"{text}\n" for moment, text in rows if moment <= until_ms))
    symbol = "ETHUSDT" if dataset == "aster" else None
    return list(open_dataset(dataset, folder, symbol).events())


steps = st.lists(
    st.tuples(st.integers(1, 400) | st.integers(2_900, 9_000), st.integers(0, 2_000)), min_size=1, max_size=25
)


@pytest.mark.parametrize("dataset", ["standx-btc", "aster"])
@given(books=steps, trades=steps, cut=st.integers(0, 24))
def test_a_recording_cut_at_a_row_says_the_same_until_then(
    tmp_path_factory: pytest.TempPathFactory,
    dataset: str,
    books: list[tuple[int, int]],
    trades: list[tuple[int, int]],
    cut: int,
) -> None:
    files = (standx_files if dataset == "standx-btc" else aster_files)(books, trades)
    first = next(iter(files.values()))
    until_ms = first[1 + cut % (len(first) - 1)][0]
    folder = tmp_path_factory.mktemp("cut")
    whole = events_of(folder, dataset, files, 1 << 62)
    cut_off = events_of(folder, dataset, files, until_ms)
    assert cut_off == list(takewhile(lambda event: event.time_ns <= until_ms * 1_000_000, whole))


@given(books=steps, trades=steps)
def test_events_come_in_time_order(
    tmp_path_factory: pytest.TempPathFactory, books: list[tuple[int, int]], trades: list[tuple[int, int]]
) -> None:
    events = events_of(tmp_path_factory.mktemp("order"), "standx-btc", standx_files(books, trades), 1 << 62)
    times = [event.time_ns for event in events]
    assert times == sorted(times)
