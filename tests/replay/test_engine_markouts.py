"""Markouts of a replay against a computation of their own, from the raw rows, with none of our readers."""

import csv
import gzip
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

import pytest

from mmtui.config import load
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.timeline import Timeline
from mmtui.model.notes import FillNote
from mmtui.wiring import replay
from tests.acceptance.processes import EXAMPLES, MARKET_DATA

HORIZONS_S = (1, 5, 30, 300)
STALE_NS = 3_000_000_000


class Recording(NamedTuple):
    """What to replay, and where its raw rows say time, best bid and best ask."""

    dataset: str
    data: str
    books: str
    time: str
    ns_per_unit: int
    bid: str
    ask: str


def standx(hour: str) -> Recording:
    book = f"book_2026-01-06_{hour}.csv.gz"
    return Recording("standx-btc", book, book, "recv_ts_us", 1_000, "bid0_px", "ask0_px")


RECORDINGS = [
    standx("03"),
    standx("14"),
    Recording("aster", ".", "*_orderbook_ETHUSDT.csv.gz", "unix_timestamp_ms", 1_000_000, "bid_price_0", "ask_price_0"),
]


def raw_mids(recording: Recording) -> tuple[list[int], list[float]]:
    """Receive times and mids, rows that come before their predecessor left out."""
    times: list[int] = []
    mids: list[float] = []
    for path in sorted((MARKET_DATA / recording.dataset).glob(recording.books)):
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.DictReader(file):
                now_ns = int(row[recording.time]) * recording.ns_per_unit
                if times and now_ns < times[-1]:
                    continue
                times.append(now_ns)
                mids.append((float(row[recording.bid]) + float(row[recording.ask])) / 2)
    return times, mids


class Markout(NamedTuple):
    n: int
    missing: int
    pending: int
    mean: float


def expected(fills: list[FillNote], times: list[int], mids: list[float], horizon_s: int) -> Markout:
    """The mid of the last row received up to the horizon; missing where that row is older than three seconds."""
    n = missing = pending = 0
    weight = weighted = 0.0
    for fill in fills:
        due_ns = fill.time_ns + horizon_s * 1_000_000_000
        last = bisect_right(times, due_ns) - 1
        if due_ns >= times[-1]:
            pending += 1
        elif due_ns - times[last] > STALE_NS:
            missing += 1
        else:
            price = float(fill.price)
            notional = price * float(fill.quantity)
            n += 1
            weight += notional
            weighted += notional * fill.side.sign * (mids[last] - price) / price * 10_000
    return Markout(n, missing, pending, weighted / weight)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: f"{recording.dataset}-{recording.data[5:18]}")
def test_markouts_are_what_the_raw_rows_say(tmp_path: Path, recording: Recording) -> None:
    data = MARKET_DATA / recording.dataset / recording.data
    if not data.exists():
        pytest.skip(f"no recorded data at {recording.dataset} in ../shared/data/market beside the checkout")
    fills: list[FillNote] = []

    def collect(_cell: Cell, result: StepResult) -> None:
        fills.extend(note for note in result.notes if isinstance(note, FillNote))

    loaded = load(str(EXAMPLES / f"perp_maker.replay.{recording.dataset}.json"), tmp_path, process={})
    run_of = replay(loaded, data, None)
    Timeline(run_of.cells, run_of.venue, run_of.rooms, collect).run_recorded(run_of.recording.events())
    times, mids = raw_mids(recording)
    assert len(fills) > 100
    figures = [row for row in run_of.cells[0].state.markouts.figures() if row.side is None]
    assert [row.horizon_ns // 1_000_000_000 for row in figures] == list(HORIZONS_S)
    for row, horizon_s in zip(figures, HORIZONS_S, strict=True):
        wanted = expected(fills, times, mids, horizon_s)
        assert (row.n, row.missing, row.pending) == (wanted.n, wanted.missing, wanted.pending), horizon_s
        assert row.markout_bps == pytest.approx(wanted.mean, rel=1e-9, abs=1e-9), horizon_s
