"""Every kind of strategy, from its example, on the simulated venue at full speed: books proved, nothing left."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.strategies import KINDS
from tests.acceptance.processes import EXAMPLES, PATIENCE_S, Ended, command, environment


def run_of(home: Path, kind: str, *arguments: str) -> Ended:
    """The kind's example on the simulated venue."""
    words = command(home, "--headless", "--config", str(EXAMPLES / f"{kind}.sim.json"), *arguments)
    ran = subprocess.run(
        words, capture_output=True, text=True, check=False, cwd=home, env=environment(), timeout=PATIENCE_S + 90
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def holds_together(run: Ended, kind: str) -> None:
    """What every run must show, however it earned."""
    assert run.code in (0, 4), run.err[-2000:]
    assert run.summary["residual"] == "0"
    (strategy,) = run.summary["strategies"]
    assert strategy["kind"] == kind
    assert strategy["open_orders_left"] == 0
    assert strategy["fills"] > 0
    if run.code == 4:
        assert strategy["reason_stopped"].startswith(("max_daily_loss", "max_drawdown"))


@pytest.mark.parametrize("kind", KINDS)
def test_ten_minutes_at_full_speed(kind: str, tmp_path: Path) -> None:
    run = run_of(tmp_path, kind, "--speed", "max", "--duration", "600")
    holds_together(run, kind)
    assert run.code == 0, run.err[-2000:]


@pytest.mark.acceptance
@pytest.mark.parametrize("kind", KINDS)
def test_a_minute_on_the_clock(kind: str, tmp_path: Path) -> None:
    run = run_of(tmp_path, kind, "--duration", "60")
    assert run.code == 0, run.err[-2000:]
    assert run.summary["residual"] == "0"
    (strategy,) = run.summary["strategies"]
    assert strategy["open_orders_left"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_that_must_end_flat_do(kind: str, tmp_path: Path) -> None:
    """Those whose own default is to flatten at the end hold nothing afterwards."""
    if KINDS[kind].defaults.get("on_stop_position") != "flatten":
        pytest.skip(f"{kind} keeps its position unless told otherwise")
    run = run_of(tmp_path, kind, "--speed", "max", "--duration", "120")
    assert run.code == 0, run.err[-2000:]
    (strategy,) = run.summary["strategies"]
    assert Decimal(strategy["position"]) == 0
    assert json.loads(run.out.splitlines()[-1])["residual"] == "0"
