"""The engine on a venue that loses, refuses and forgets: what it says at the end is what the venue says."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mmtui.engine.audit import Auditor
from mmtui.engine.ending import exit_code
from mmtui.engine.proof import residual
from tests.acceptance.processes import only_journal, sim_document
from tests.unit.engine_cells import Bench

FAULTS: dict[str, dict[str, Any]] = {
    "timeouts": {"timeout_rate": 0.2},
    "losses": {"loss_rate": 0.2},
    "rejects": {"reject_rate": 0.3},
    "failed reads": {"read_fail_rate": 0.4},
    "no amends": {"can_amend": False, "timeout_rate": 0.1},
    "everything": {
        "timeout_rate": 0.1, "loss_rate": 0.1, "reject_rate": 0.1, "read_fail_rate": 0.2, "latency_jitter_ms": 300,
        "timeout_ms": 500,
    },
}  # fmt: skip


def document(seed: int, faults: dict[str, Any], **strategy: object) -> dict[str, Any]:
    made = sim_document(strategy, risk={"max_daily_loss": "100000", "max_drawdown": "100000"})
    made["accounts"]["sim"]["market"] |= {"seed": seed, "trades_per_s": 10.0}
    made["accounts"]["sim"]["settings"] = faults
    return made


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(1, 4))
def test_whatever_the_venue_does_the_end_is_proved(tmp_path: Path, fault: str, seed: int) -> None:
    bench = Bench(tmp_path, document(seed, FAULTS[fault]))
    bench.run(60)
    (state,) = (cell.state for cell in bench.cells)
    truth = bench.venue.truth("sim")
    assert state.orders.counters.fills
    assert exit_code([state]) == 0, (state.stop, state.orders.live)
    assert not truth.open_orders
    assert not state.orders.live
    held, _ = truth.positions.get(state.instrument.id, (Decimal(0), None))
    assert state.pnl.position.quantity == held
    assert len(truth.fills) == state.orders.counters.fills
    assert residual([state]) == 0
    assert Auditor(only_journal(bench.journal)).run().identical


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_stop_that_must_end_flat_does_among_all_faults(tmp_path: Path, seed: int) -> None:
    bench = Bench(tmp_path, document(seed, FAULTS["everything"], on_stop_position="flatten"))
    bench.run(60)
    (state,) = (cell.state for cell in bench.cells)
    truth = bench.venue.truth("sim")
    code = exit_code([state])
    if code == 5:
        assert truth.positions or truth.open_orders or state.stop is None or not state.stop.proven
        return
    assert code == 0
    assert not truth.positions
    assert not truth.open_orders
    assert residual([state]) == 0


def test_a_venue_that_answers_nothing_ends_unproven(tmp_path: Path) -> None:
    """Exit 5, within the time a stop may take, and nothing is claimed."""
    bench = Bench(tmp_path, document(1, {"read_fail_rate": 1.0}))
    timeline = bench.run(30)
    (state,) = (cell.state for cell in bench.cells)
    assert state.stop is not None
    assert not state.stop.proven
    assert state.orders.counters.placed == 0
    assert exit_code([state]) == 5
    assert residual([state]) is None
    assert timeline.now_ns - timeline.first_ns < 120 * 10**9
