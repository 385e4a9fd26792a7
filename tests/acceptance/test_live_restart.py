"""A live run that is killed on the spot, and the next one: orders known again, fills of the gap in the ledger once."""

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import VENUES, agrees_since, ledger_agrees, trading
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
        left = killed_while_quoting(tmp_path, venue)
        assert left["open_orders"], "the kill came while orders rested"
        before = venue.account()
        run = trading(tmp_path, venue, "--duration", "5")
        ended = run.end()
        truth = venue.account()
    agrees_since(ended, truth, before)
    adopted = {line["client_order_id"] for line in ended.lines if line["event"] == "order_adopted"}
    assert len(adopted) == len(before["open_orders"])
    ledger_agrees(tmp_path, truth)
