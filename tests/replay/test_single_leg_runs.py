"""Every kind of one leg on the simulated venue: it trades, ends with nothing left, and replays to the same commands."""

import json
from pathlib import Path

import pytest

from mmtui.engine.audit import Auditor, journals_below
from mmtui.engine.ending import EXIT_OK, exit_code
from mmtui.engine.proof import residual
from tests.acceptance.processes import EXAMPLES
from tests.unit.engine_cells import Bench

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


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_bears_a_venue_that_fails(tmp_path: Path, kind: str) -> None:
    """Rejects, lost answers and failing reads: the end is proven all the same."""
    document = json.loads((EXAMPLES / f"{kind}.sim.json").read_text(encoding="utf-8"))
    (account,) = document["accounts"].values()
    account["settings"] = {
        "reject_rate": 0.2, "timeout_rate": 0.05, "loss_rate": 0.05, "read_fail_rate": 0.2, "timeout_ms": 500,
    }  # fmt: skip
    bench = Bench(tmp_path, document)
    bench.run(60)
    state = bench.cells[0].state
    assert state.stop is not None
    assert state.stop.proven
    assert not state.orders.live
    assert residual([state]) == 0
    (path,) = journals_below(bench.journal)
    report = Auditor(path).run()
    assert report.identical, report.mismatch
