"""Compare the simulated market with recorded ones: `python benchmarks/market_statistics.py ../shared/data/market`.

Prints the table of docs/simulation.md. Takes the folder of recordings, and as a second argument the seconds of market
to simulate (3,600 if not given).
"""

import csv
import gzip
import itertools
import math
import statistics
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from mmtui.model.events import BookDelta, PublicTrade
from mmtui.simulation.build import sim_instruments
from mmtui.simulation.generator import FairPrice, MarketGenerator
from mmtui.simulation.market_settings import AssetSettings, MarketSettings
from mmtui.simulation.matching import MatchingMarket

GAP_S = 3.0
WINDOW_S = 30.0
SAMPLE_S = 0.25
REACHES_BPS = (0.5, 1.0, 2.0, 5.0, 10.0)
START_NS = 1_767_657_600 * 10**9

QUIET = replace(
    MarketSettings(),
    assets=(AssetSettings("BTC", Decimal(93_800), Decimal("0.1"), Decimal("0.0001")),),
    spread_bps=0.02,
    level_spacing_bps=0.14,
    level_notional=4_000.0,
    updates_per_s=3.0,
    volatility_bps=5.0,
    trades_per_s=1.2,
    trade_median=40.0,
    trade_mean=600.0,
    burst_share=0.01,
    burst_bps=2.0,
)
"""Settings in the likeness of the StandX day."""


class Recording(Struct):
    """A market as seen: ``tops`` are (seconds, best bid, best ask), ``trades`` (seconds, price, notional)."""

    name: str
    tops: list[tuple[float, float, float]]
    trades: list[tuple[float, float, float]]
    updates_per_s: float = 0.0


def rows(path: Path) -> Iterator[list[str]]:
    """Rows of a compressed CSV file without its header."""
    with gzip.open(path, "rt") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def standx(folder: Path) -> Recording:
    """The StandX day; locked snapshots are taken as they are."""
    tops = [
        (int(row[0]) / 1e3, float(row[2]), float(row[42]))
        for path in sorted(folder.glob("book_*.csv.gz"))
        for row in rows(path)
    ]
    trades = [
        (int(row[0]) / 1e3, float(row[2]), float(row[2]) * float(row[3]))
        for path in sorted(folder.glob("trades_*.csv.gz"))
        for row in rows(path)
    ]
    return Recording("StandX BTC", tops, trades)


def aster(folder: Path, session: str, symbol: str) -> Recording:
    """One Aster session; the backfilled trades (older than the book) are left out."""
    book = rows(folder / f"{session}_orderbook_{symbol}.csv.gz")
    tops = [(int(row[0]) / 1e3, float(row[2]), float(row[22])) for row in book]
    trades = [
        (int(row[1]) / 1e3, float(row[3]), float(row[3]) * float(row[4]))
        for row in rows(folder / f"{session}_trades_{symbol}.csv.gz")
        if int(row[1]) / 1e3 >= tops[0][0]
    ]
    return Recording(f"Aster {symbol[:3]} {session[-1]}", tops, sorted(trades))


def hyperliquid(folder: Path) -> Recording:
    """Hyperliquid's best prices; two rows an update, bid then ask."""
    best: dict[str, float] = {}
    tops = []
    for row in rows(folder / "prices_ETH.csv.gz"):
        best[row[3]] = float(row[1])
        if row[3] == "ask" and "bid" in best:
            tops.append((float(row[0]), best["bid"], best["ask"]))
    trades = [
        (float(row[0]), float(row[1]), float(row[1]) * float(row[2]))
        for row in rows(folder / "trades_ETH.csv.gz")
        if float(row[0]) >= tops[0][0]
    ]
    return Recording("Hyperliquid ETH", tops, trades)


def simulated(name: str, settings: MarketSettings, base: str, seconds: float) -> Recording:
    """The perp of one asset, seen at the rate of the recordings; its spot market lives beside it."""
    asset = next(asset for asset in settings.assets if asset.base == base)
    fair = FairPrice(settings, asset)
    instruments = [row for row in sim_instruments(settings) if row.base_asset == base]
    markets = [MatchingMarket(row, MarketGenerator(row, settings, fair)) for row in instruments]
    perp = markets[0]
    tick = float(asset.tick_size)
    recording = Recording(name, [], [])
    updates = 0
    for sample in range(int(seconds / SAMPLE_S)):
        now_ns = START_NS + int(sample * SAMPLE_S * 1e9)
        for market in markets:
            _, events = market.advance(now_ns)
            if market is not perp:
                continue
            updates += sum(isinstance(event, BookDelta) for event in events)
            prints = [event for event in events if isinstance(event, PublicTrade)]
            recording.trades.extend(
                (print_.time_ns / 1e9, print_.price, print_.price * print_.size) for print_ in prints
            )
        bid, ask = perp.best_ticks()
        assert bid is not None
        assert ask is not None
        recording.tops.append((now_ns / 1e9, bid * tick, ask * tick))
    recording.updates_per_s = updates / seconds
    return recording


def covered_seconds(times: list[float]) -> float:
    """Length of the recording without its holes."""
    return sum(later - earlier for earlier, later in itertools.pairwise(times) if later - earlier <= GAP_S)


def volatility_bps(recording: Recording) -> float:
    """Standard deviation of one-minute log returns of the mid, in basis points."""
    by_minute = {int(time // 60): (bid + ask) / 2 for time, bid, ask in recording.tops}
    moves = [
        math.log(mid / by_minute[minute - 1]) * 1e4 for minute, mid in by_minute.items() if minute - 1 in by_minute
    ]
    return statistics.pstdev(moves)


def reach_shares(recording: Recording) -> list[float]:
    """Share of 30 s windows, mean of both sides, in which trades reach so far from the first mid."""
    first: dict[int, float] = {}
    for time, bid, ask in recording.tops:
        first.setdefault(int(time // WINDOW_S), (bid + ask) / 2)
    highs: dict[int, float] = {}
    lows: dict[int, float] = {}
    for time, price, _ in recording.trades:
        window = int(time // WINDOW_S)
        highs[window] = max(highs.get(window, price), price)
        lows[window] = min(lows.get(window, price), price)
    shares = []
    for reach in REACHES_BPS:
        above = sum(highs.get(window, mid) >= mid * (1 + reach / 1e4) for window, mid in first.items())
        below = sum(lows.get(window, mid) <= mid * (1 - reach / 1e4) for window, mid in first.items())
        shares.append((above + below) / 2 / len(first))
    return shares


def figures(recording: Recording) -> dict[str, str]:
    """The column of one market."""
    tops = recording.tops
    seconds = covered_seconds([time for time, _, _ in tops])
    spreads = sorted((ask - bid) / (ask + bid) * 2e4 for _, bid, ask in tops)
    changes = sum(one[1:] != other[1:] for one, other in itertools.pairwise(tops))
    worths = [notional for _, _, notional in recording.trades]
    column = {
        "spread, median (bps)": f"{statistics.median(spreads):.2f}",
        "spread, 95 % (bps)": f"{spreads[int(0.95 * len(spreads))]:.2f}",
        "book updates (1/s)": f"{recording.updates_per_s or len(tops) / seconds:.1f}",
        "best price changes between samples (1/s)": f"{changes / seconds:.2f}",
        "one-minute volatility (bps)": f"{volatility_bps(recording):.1f}",
        "trades (1/s)": f"{len(worths) / seconds:.1f}",
        "trade, median (quote)": f"{statistics.median(worths):.0f}",
        "trade, mean (quote)": f"{statistics.fmean(worths):.0f}",
    }
    for reach, share in zip(REACHES_BPS, reach_shares(recording), strict=True):
        column[f"30 s windows traded through at {reach:g} bps (%)"] = f"{100 * share:.0f}"
    return column


def main(folder: Path, seconds: float) -> None:
    """Print the table in Markdown."""
    sources: list[Callable[[], Recording]] = [
        lambda: standx(folder / "standx-btc"),
        lambda: simulated("sim quiet BTC", QUIET, "BTC", seconds),
        lambda: aster(folder / "aster", "2025-11-28a", "ETHUSDT"),
        lambda: aster(folder / "aster", "2025-11-28c", "ETHUSDT"),
        lambda: aster(folder / "aster", "2025-11-28a", "BNBUSDT"),
        lambda: hyperliquid(folder / "hyperliquid-eth"),
        lambda: simulated("sim SOL", MarketSettings(), "SOL", seconds),
        lambda: simulated("sim ETH", MarketSettings(), "ETH", seconds),
        lambda: simulated("sim BTC", MarketSettings(), "BTC", seconds),
    ]
    columns: dict[str, dict[str, str]] = {}
    for source in sources:
        recording = source()
        columns[recording.name] = figures(recording)
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for row in next(iter(columns.values())):
        print(f"| {row} | " + " | ".join(column[row] for column in columns.values()) + " |")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python benchmarks/market_statistics.py DATA_FOLDER [SECONDS]")
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 3_600.0)
