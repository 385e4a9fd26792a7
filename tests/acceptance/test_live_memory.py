"""A strategy that is killed in the middle of its cycle goes on with it in the next run, and nobody runs it twice."""

import json
import signal
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.live import the_strategy
from tests.acceptance.processes import Running
from tests.acceptance.test_live_pairs import RISK, access, running, secrets
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

KEEP = {"on_start_orders": "adopt", "on_start_position": "keep", "on_stop_position": "keep"}
LAYERS = {
    "total_capital": "700", "max_layers": 3, "price_step_pct": "0.7", "entry_type": "market", "take_profit_pct": "40",
    "stop_loss_pct": "90", "cycles": 1,
}  # fmt: skip


def martingale(home: Path, venue: SandboxProcess, policies: Mapping[str, str], *arguments: str) -> Running:
    row = {"name": "layers", "kind": "martingale", "account": "main", "symbol": "SOL_USDC_PERP", "settings": LAYERS}
    document = {
        "version": 1, "stage": "live", "accounts": {"main": access(venue)}, "risk": RISK,
        "strategies": [row | dict(policies)],
    }  # fmt: skip
    path = home / "layers.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return Running(home, "--headless", "--yes", "--config", str(path), *arguments, changes=secrets(venue))


def killed_after_its_entry(home: Path, venue: SandboxProcess) -> Decimal:
    """The position that a killed cycle leaves."""
    run = martingale(home, venue, KEEP)
    run.wait_for("fill")
    run.wait_for("order_open")  # the first of its layers: what the entry cost is known
    run.send(signal.SIGKILL)
    run.end()
    return position_of(venue)


def position_of(venue: SandboxProcess, account: str = "a") -> Decimal:
    rows = venue.account(account)["positions"].values()
    return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))


def goes_on(home: Path) -> bool:
    logs = "".join(path.read_text(encoding="utf-8") for path in (home / "logs").glob("*.jsonl"))
    return "goes on with what its last run remembered" in logs


def test_a_killed_cycle_is_gone_on_with_and_not_begun_again(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        held = killed_after_its_entry(tmp_path, venue)
        assert held > 0
        ended = martingale(tmp_path, venue, KEEP, "--duration", "3").end()
        row = the_strategy(ended)
        assert (ended.code, ended.summary["residual"], row["fills"]) == (0, "0", 0), ended.err[-2000:]
        assert goes_on(tmp_path)
        assert Decimal(row["position"]) == held == position_of(venue)
        assert list((tmp_path / "data").glob("*.checkpoint")), "the position is kept, and so is what it is about"
        last = martingale(tmp_path, venue, KEEP | {"on_stop_position": "flatten"}, "--duration", "3").end()
        assert (last.code, the_strategy(last)["position"]) == (0, "0"), last.err[-2000:]
        assert not list((tmp_path / "data").glob("*.checkpoint"))


def pair(home: Path, venue: SandboxProcess, policies: Mapping[str, str], *arguments: str) -> Running:
    strategy = {
        "kind": "dual_hedge", "symbol": "SOL_USDC_PERP", "settings": {"quantity": "1", "hold_time": "600"}, **policies
    }  # fmt: skip
    accounts = {"long": access(venue, "a"), "short": access(venue, "b")}
    return running(home, accounts, strategy, secrets(venue), *arguments)


@pytest.mark.acceptance
def test_a_killed_pair_waits_on_with_what_it_holds(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        run = pair(tmp_path, venue, KEEP)
        run.wait_for("fill")
        run.wait_for("fill")
        run.send(signal.SIGKILL)
        run.end()
        held = position_of(venue, "a"), position_of(venue, "b")
        ended = pair(tmp_path, venue, KEEP, "--duration", "4").end()
        assert (ended.code, ended.summary["residual"]) == (0, "0"), ended.err[-2000:]
        assert goes_on(tmp_path)
        after = position_of(venue, "a"), position_of(venue, "b")
        assert sum(after) == 0
        assert sum(held) != 0 or after == held
        last = pair(tmp_path, venue, KEEP | {"on_stop_position": "flatten"}, "--duration", "3").end()
        assert last.code == 0, last.err[-2000:]
        assert position_of(venue, "a") == position_of(venue, "b") == 0
        assert not list((tmp_path / "data").glob("*.checkpoint"))


def test_a_strategy_that_runs_cannot_be_started_beside_itself(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        run = martingale(tmp_path, venue, KEEP)
        run.wait_for("order_open")
        second = martingale(tmp_path, venue, KEEP).end()
        run.send(signal.SIGTERM)
        first = run.end()
        assert first.code == 0
        assert second.code == 2
        assert f"process {run.pid} works this account already" in second.err
        assert "Traceback" not in second.err
