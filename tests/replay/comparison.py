"""Ours beside the original rules, on the same recordings with the same fill model: `python -m tests.replay.comparison`.

Prints the table of docs/strategies/comparison.md. Each row is one replay through the real engine.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mmtui.config import load
from mmtui.core.reward_band import RewardMeter, RewardRules
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.proof import residual
from mmtui.engine.publish import strategy_row
from mmtui.engine.timeline import Timeline
from mmtui.strategies import KINDS, Kind
from mmtui.wiring import replay
from tests.acceptance.processes import EXAMPLES, MARKET_DATA
from tests.replay.original_rules import Hung, R0Settings, R3Settings, decide_r0, decide_r3

Values = dict[str, Any]

ORIGINALS = {
    "R0 original": Kind(
        name="R0 original", title="R0's published rules", settings_type=R0Settings, memory_type=Hung, decide=decide_r0,
        initial_memory=Hung, check=lambda _: [], presets={},
    ),
    "R3 original": Kind(
        name="R3 original", title="R3's published rules", settings_type=R3Settings, memory_type=Hung, decide=decide_r3,
        initial_memory=Hung, check=lambda _: [], presets={},
    ),
}  # fmt: skip


class Set(NamedTuple):
    """A recording: which dataset, which files of it, which symbol, and sizes that suit it."""

    name: str
    dataset: str
    data: str
    symbol: str
    quantity: str
    band_quantity: str
    amount: str


STANDX_DAY = Set("StandX BTC, a day", "standx-btc", ".", "BTC-USD", "0.005", "0.005", "450")
STANDX_HOUR = STANDX_DAY._replace(name="StandX BTC, 14:00", data="book_2026-01-06_14.csv.gz")
ASTER_ETH = Set("Aster ETH", "aster", ".", "ETHUSDT", "0.1", "0.1", "300")


class Row(NamedTuple):
    """What one replay came to. Amounts in the quote asset, markouts and per-volume figures in bps."""

    data: str
    rules: str
    fills: int
    volume: Decimal
    net: Decimal
    net_bps: float | None
    maker_share: Decimal | None
    markouts: tuple[float | None, ...]
    in_band_pct: float | None
    residual: Decimal | None


def ladder(chosen: Set) -> Values:
    """The flags of R0's published perpetual command line, scaled to the market."""
    size = Decimal(chosen.quantity)
    return {
        "spread_pct": "0.05", "quantity": chosen.quantity, "max_orders": 2, "interval": "10", "target_position": "0",
        "max_position": str(size * 5), "position_threshold": str(size * 4),
    }  # fmt: skip


def contestants(chosen: Set) -> list[tuple[str, Values]]:
    """(rules, settings) of every run on a recording: ours beside the original whose place it takes."""
    flags = ladder(chosen)
    return [
        ("R0 original", flags),
        ("perp_maker", {**flags, "inventory_skew": "0"}),
        ("perp_maker", {**flags, "inventory_skew": "0.5"}),
        ("R3 original", {"quantity": chosen.band_quantity}),
        ("bps_maker", {"quantity": chosen.band_quantity, "balance_threshold_1": "0", "balance_threshold_2": "0"}),
        ("single", {"amount": chosen.amount}),
    ]


@contextmanager
def known_originals() -> Iterator[None]:
    """The originals count as kinds for as long as this lasts."""
    KINDS.update(ORIGINALS)
    try:
        yield
    finally:
        for name in ORIGINALS:
            del KINDS[name]


def run(chosen: Set, rules: str, settings: Values) -> Row:
    """One replay."""
    with known_originals(), tempfile.TemporaryDirectory() as home:
        document = msgspec.json.decode((EXAMPLES / f"perp_maker.replay.{chosen.dataset}.json").read_bytes())
        document["strategies"] = [
            {"name": "run", "kind": rules, "account": "recorded", "symbol": chosen.symbol, "settings": settings}
        ]
        document["risk"] = {"max_daily_loss": "100000", "max_drawdown": "100000", "max_order_notional": "100000"}
        path = Path(home) / "config.json"
        path.write_bytes(msgspec.json.encode(document))
        run_of = replay(load(str(path), Path(home), process={}), MARKET_DATA / chosen.dataset / chosen.data, None)
        (cell,) = run_of.cells
        cell.state.rewards = RewardMeter(rules=RewardRules(reference="mid"))
        Timeline(run_of.cells, run_of.venue, run_of.rooms, _unheard).run_recorded(run_of.recording.events())
    return _row(chosen, _named(rules, settings), cell)


def _unheard(_cell: Cell, _result: StepResult) -> None:
    """The figures at the end are all that is wanted."""


def _named(rules: str, settings: Values) -> str:
    skew = settings.get("inventory_skew")
    return rules if skew is None else f"{rules}, skew {skew}"


def _row(chosen: Set, rules: str, cell: Cell) -> Row:
    row = strategy_row(cell.state)
    net, volume = row.pnl.net or Decimal(0), row.pnl.volume
    meter = cell.state.rewards
    figures = None if meter is None else meter.figures(cell.state.now_ns)
    return Row(
        chosen.name, rules, row.fills, volume, net, float(net / volume * 10_000) if volume else None,
        row.pnl.maker_share, tuple(markout.markout_bps for markout in row.markouts if markout.horizon_s <= 30),
        None if figures is None else figures.uptime_pct, residual([cell.state]),
    )  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| data | rules | fills | volume | net PnL | net bps | maker share | markout 1 s | 5 s | 30 s | in band |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        cells = [
            row.data, row.rules, f"{row.fills:,}", f"{row.volume:,.0f}", f"{row.net:,.2f}", _figure(row.net_bps),
            "–" if row.maker_share is None else f"{row.maker_share:.3f}", *(_figure(value) for value in row.markouts),
            "–" if row.in_band_pct is None else f"{row.in_band_pct:.1f} %",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def main() -> None:
    """Replay everything and print the table."""
    rows = []
    for chosen in (STANDX_DAY, ASTER_ETH):
        for rules, settings in contestants(chosen):
            sys.stderr.write(f"{chosen.name}: {_named(rules, settings)}\n")
            rows.append(run(chosen, rules, settings))
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
