"""A live run that is killed on the spot, and the next one: orders known again, fills of the gap in the ledger once."""

import signal
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import VENUES, ledger_agrees, the_strategy, trading
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

GAP_S = 3.0


def killed_while_quoting(home: Path, venue: SandboxProcess) -> Any:  # noqa: ANN401 - JSON
    """Trade until something was filled, die, and let the market go on; what the venue then shows."""
    run = trading(home, venue)
    run.wait_for("fill")
    run.wait_for("order_open")
    run.send(signal.SIGKILL)
    run.end()
    left = venue.account()
    threading.Event().wait(GAP_S)
    return left


@pytest.mark.parametrize("name", VENUES)
def test_a_killed_run_is_taken_up_by_the_next(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        assert killed_while_quoting(tmp_path, venue)["open_orders"], "the kill came while orders rested"
        ended = trading(tmp_path, venue, "--duration", "5").end()
        truth = venue.account()
    strategy = the_strategy(ended)
    assert (ended.code, ended.summary["residual"], strategy["open_orders_left"]) == (0, "0", 0), ended.err[-2000:]
    assert truth["open_orders"] == []
    assert [line for line in ended.lines if line["event"] == "order_adopted"]
    held = [Decimal(row["quantity"]) for row in truth["positions"].values()]
    assert sum(held, Decimal(0)) == Decimal(strategy["position"])
    ledger_agrees(tmp_path, truth)
