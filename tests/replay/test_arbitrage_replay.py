"""Signals over the recorded pair of Backpack and Lighter, counted by the strategy and, independently, from the rows."""

import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.core.apply import HANDLERS
from mmtui.core.snapshot import make_snapshot
from mmtui.exchanges.replay import open_dataset
from mmtui.exchanges.replay.catalogue import InstrumentOverrides
from mmtui.model.events import BestPrices
from mmtui.strategies.arbitrage.decide import signal
from mmtui.strategies.arbitrage.settings import Settings
from tests.unit.core_scenes import make_state

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "market" / "backpack-lighter-btc"
FAST, SLOW = "bbo_pair_BTC.csv.gz", "bbo_pair_slow_BTC.csv.gz"
D = Decimal
FREE = InstrumentOverrides(tick_size=D("0.1"), taker_fee_bps=D(0))


def file_of(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"no recorded data at market/backpack-lighter-btc/{name} in ../shared/data beside the checkout")
    return path


def counted_from_rows(name: str, threshold: Decimal, unit: str) -> Counter[str]:
    """Rows whose crossing pays, with nothing of ours: prices as written, rows wider than 20 bps left out."""
    found: Counter[str] = Counter()
    with gzip.open(file_of(name), "rt") as rows:
        next(rows)
        for row in rows:
            bp_bid, bp_ask, lt_bid, lt_ask = (D(cell) for cell in row.split(",")[1:5])
            one, other = (bp_bid + bp_ask) / 2, (lt_bid + lt_ask) / 2
            if abs(one - other) * 10_000 > 20 * min(one, other):
                found["ignored"] += 1
            elif lt_bid - bp_ask > (threshold if unit == "quote" else threshold * bp_ask / 10_000):
                found["long"] += 1
            elif bp_bid - lt_ask > (threshold if unit == "quote" else threshold * lt_ask / 10_000):
                found["short"] += 1
    return found


def counted_by_strategy(name: str, settings: Settings) -> Counter[str]:
    """Signals after each row, through the books and pictures that a run would decide on."""
    recording = open_dataset("backpack-lighter-btc", file_of(name), None, FREE)
    states = {instrument.id: make_state(instrument=instrument) for instrument in recording.instruments}
    first, second = states.values()
    found: Counter[str] = Counter()
    for event in recording.events():
        for state in states.values():
            if getattr(event, "instrument", None) == state.instrument.id:
                state.now_ns = event.time_ns
                HANDLERS[type(event)](state, event)
        if isinstance(event, BestPrices) and event.instrument == second.instrument.id:
            first.now_ns = event.time_ns
            found[signal(settings, make_snapshot(first), make_snapshot(second), event.time_ns)[0]] += 1
    return found


@pytest.mark.parametrize("name", [FAST, SLOW])
@pytest.mark.parametrize(
    ("threshold", "unit"),
    [("0", "bps"), ("1", "bps"), ("2", "bps"), ("3", "bps"), ("5", "bps"), ("5", "quote"), ("30", "quote")],
)
def test_signal_counts_equal_those_of_the_rows(name: str, threshold: str, unit: str) -> None:
    rows = counted_from_rows(name, D(threshold), unit)
    settings = Settings(
        size=D("0.001"),
        long_threshold=D(threshold),
        short_threshold=D(threshold),
        threshold_unit="bps" if unit == "bps" else "quote",
    )
    ours = counted_by_strategy(name, settings)
    assert (ours["long"], ours["short"]) == (rows["long"], rows["short"])
    assert rows["long"] + rows["short"] > 0


def test_the_sixteen_broken_rows_are_ignored() -> None:
    assert counted_from_rows(SLOW, D(2), "bps")["ignored"] == 16
    everything = Settings(size=D("0.001"), long_threshold=D(10), short_threshold=D(10), max_gap_bps=D(10_000))
    guarded = Settings(size=D("0.001"), long_threshold=D(10), short_threshold=D(10))
    blind, seeing = counted_by_strategy(SLOW, everything), counted_by_strategy(SLOW, guarded)
    assert blind["long"] + blind["short"] - seeing["long"] - seeing["short"] == 16
