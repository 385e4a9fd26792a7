"""Every kind of one leg on the simulated venue: it trades, ends with nothing left, and replays to the same commands."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mmtui.core.step import StepResult
from mmtui.engine.audit import Auditor, journals_below
from mmtui.engine.cell import Cell
from mmtui.engine.ending import EXIT_OK, exit_code
from mmtui.engine.proof import residual
from mmtui.model.units import Side
from tests.acceptance.processes import EXAMPLES
from tests.unit.engine_cells import Bench

D = Decimal
KINDS = ("spot_maker", "bps_maker", "single", "grid", "martingale")


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_runs_a_minute_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    document = json.loads((EXAMPLES / f"{kind}.sim.json").read_text(encoding="utf-8"))
    bench = Bench(tmp_path, document)
    bench.run(60)
    (cell,) = bench.cells
    state = cell.state
    assert state.stop is not None
    assert state.stop.proven
    assert not state.orders.live
    assert residual([state]) == 0
    assert exit_code([state]) == EXIT_OK
    assert state.orders.counters.fills, "nothing was traded"
    (path,) = journals_below(bench.journal)
    report = Auditor(path).run()
    assert report.identical, report.mismatch


CAPS = {
    # The most that may be held and resting on one side, in base units: what the settings of the example allow.
    "bps_maker": D("0.005"),
    "single": D("0.67"),
    "grid": D(6),
    "martingale": D("4.7"),
}
"""single: 100 quote at about 150; martingale: 700 quote over layers at about 150."""


class Reach:
    """The farthest that positions could go if every order filled whose end is not proven, and what crossed."""

    def __init__(self) -> None:
        self.farthest = D(0)
        self.least_held = D(0)

    def __call__(self, cell: Cell, _result: StepResult) -> None:
        state: Any = cell.state
        held = state.position
        if held is None:
            return
        bought, sold = held + state.orders.worst(Side.BUY), state.orders.worst(Side.SELL) - held
        self.farthest = max(self.farthest, bought, sold)
        self.least_held = min(self.least_held, held)


@pytest.mark.parametrize("seed", [7, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_an_example_bears_a_venue_that_fails(tmp_path: Path, kind: str, seed: int) -> None:
    """Rejects, lost answers and failing reads: caps hold at every step, and the end is proven all the same."""
    document = json.loads((EXAMPLES / f"{kind}.sim.json").read_text(encoding="utf-8"))
    (account,) = document["accounts"].values()
    account["settings"] = {
        "reject_rate": 0.2, "timeout_rate": 0.05, "loss_rate": 0.05, "read_fail_rate": 0.2, "timeout_ms": 500,
    }  # fmt: skip
    account["market"]["seed"] = seed
    bench = Bench(tmp_path, document)
    reach = Reach()
    bench.run(60, reach)
    state = bench.cells[0].state
    assert reach.farthest <= CAPS.get(kind, reach.farthest)
    if kind == "spot_maker":
        assert reach.least_held >= 0
    assert state.stop is not None
    assert state.stop.proven
    assert not state.orders.live
    assert residual([state]) == 0
    (path,) = journals_below(bench.journal)
    report = Auditor(path).run()
    assert report.identical, report.mismatch
