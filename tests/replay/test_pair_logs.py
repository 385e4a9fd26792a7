"""The files of an arbitrage for users of the older bot: names, columns, figures that agree with the books."""

import csv
from decimal import Decimal
from pathlib import Path

from mmtui.engine.pair_logs import PairLogs
from mmtui.wiring import SIM_START_NS
from tests.replay.test_legs_runs import SETTINGS
from tests.unit.engine_cells import Bench
from tests.unit.legs_scenes import D, document

BBO = [
    "timestamp", "one_bid", "one_ask", "two_bid", "two_ask", "long_spread", "short_spread", "signal",
    "long_spread_after_fees", "short_spread_after_fees",
]  # fmt: skip
OLD_TRADES = [
    "timestamp", "direction", "quantity", "one_side", "one_price", "two_side", "two_price", "spread_captured",
    "pnl_estimate",
]  # fmt: skip


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_names_columns_and_figures(tmp_path: Path) -> None:
    """The run begins 6 s before UTC midnight, so the dated files roll once."""
    bench = Bench(tmp_path, document("arbitrage", SETTINGS))
    (cell,) = bench.cells
    assert cell.desk is not None
    logs = PairLogs(tmp_path / "logs")
    bench.run(60, logs.observe, SIM_START_NS - 6 * 1_000_000_000)
    logs.close()
    folder = tmp_path / "logs"
    assert sorted(path.name for path in folder.iterdir()) == [
        "bbo_BTC_20251231.csv", "bbo_BTC_20260101.csv", "one_two_BTC.log", "trades_BTC_20251231.csv",
        "trades_BTC_20260101.csv",
    ]  # fmt: skip
    prices = rows_of(folder / "bbo_BTC_20251231.csv")
    assert list(prices[0]) == BBO
    assert len(prices) == 2
    assert {row["signal"] for row in prices} <= {"NONE", "LONG_ONE", "SHORT_ONE"}
    assert all(D(row["long_spread"]) == D(row["two_bid"]) - D(row["one_ask"]) for row in prices)
    trades = rows_of(folder / "trades_BTC_20251231.csv") + rows_of(folder / "trades_BTC_20260101.csv")
    assert list(trades[0])[:9] == OLD_TRADES
    states = cell.desk.legs
    for name, state in zip(("one", "two"), states, strict=True):
        assert sum((D(row[f"{name}_filled"]) for row in trades), D(0)) == state.pnl.position.quantity
        assert sum((D(row[f"{name}_fee"]) for row in trades), D(0)) == state.pnl.fees.total
    for row in trades:
        assert D(row["pnl_estimate"]) == D(row["spread_captured"]) * Decimal(row["quantity"])
    words = (folder / "one_two_BTC.log").read_text(encoding="utf-8").splitlines()
    assert words[-1].endswith(f"total {len(trades)}, successful {len(trades)}, failed 0")
