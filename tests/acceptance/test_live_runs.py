"""A whole run on a venue's local server: the venue's own books must agree with what the run says of itself."""

import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.live import ALL_VENUES, VENUES, access, agrees
from tests.acceptance.processes import EXAMPLES, PATIENCE_S, Ended, command, environment
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

FIRST_FILL_S = 15


def trade(home: Path, venue: SandboxProcess, *arguments: str, example: str) -> Ended:
    """Run the example on the local server to its end."""
    path = EXAMPLES / f"{example}.json"
    ran = subprocess.run(
        command(home, "--headless", "--config", str(path), *arguments),
        capture_output=True, text=True, check=False, cwd=home, env=environment(**access(venue)),
        timeout=PATIENCE_S + 60,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


@pytest.mark.parametrize("name", VENUES)
def test_the_venue_and_the_run_tell_the_same_story(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        run = trade(tmp_path, venue, "--yes", "--duration", "8", example=f"perp_maker.{name}")
        agrees(run, venue.account())


@pytest.mark.acceptance
@pytest.mark.parametrize("name", ALL_VENUES)
def test_a_minute_has_fills_within_its_first_quarter(name: str, tmp_path: Path) -> None:
    with sandbox(name) as venue:
        run = trade(tmp_path, venue, "--yes", "--duration", "60", example=f"perp_maker.{name}")
        agrees(run, venue.account())
    started = next(line["ts"] for line in run.lines if line.get("event") == "start")
    first = next(line["ts"] for line in run.lines if line.get("event") == "fill")
    assert (datetime.fromisoformat(first) - datetime.fromisoformat(started)).total_seconds() < FIRST_FILL_S


def test_a_live_start_needs_consent_once(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        refused = trade(tmp_path, venue, "--duration", "2", example="perp_maker.backpack")
        assert (refused.code, refused.out) == (2, "")
        assert "--yes" in refused.err
        assert trade(tmp_path, venue, "--yes", "--duration", "2", example="perp_maker.backpack").code == 0
        assert trade(tmp_path, venue, "--duration", "2", example="perp_maker.backpack").code == 0


def test_paper_trades_on_live_data_and_leaves_the_venue_alone(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        run = trade(tmp_path, venue, "--stage", "paper", "--duration", "6", example="perp_maker.backpack")
        assert run.code == 0, run.err[-2000:]
        (strategy,) = run.summary["strategies"]
        assert (run.summary["residual"], strategy["open_orders_left"]) == ("0", 0)
        assert strategy["orders_placed"] > 0
        requests = venue.state()["requests"]
        assert not any("order" in endpoint.casefold() and endpoint.startswith("POST") for endpoint in requests)


def test_a_wrong_secret_is_one_clear_line(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        other = venue.accounts["b"]["secret"]
        ran = subprocess.run(
            [sys.executable, "-m", "mmtui", "--headless", "--yes", "--config",
             str(EXAMPLES / "perp_maker.backpack.json"), "--duration", "2", "--home", str(tmp_path)],
            capture_output=True, text=True, check=False, cwd=tmp_path, timeout=PATIENCE_S,
            env=environment(**access(venue) | {"BACKPACK_SECRET": other}),
        )  # fmt: skip
    assert ran.returncode in (1, 2, 3)
    assert "Traceback" not in ran.stderr
    assert other not in ran.stderr + ran.stdout
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    assert not ran.stdout or json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "seconds", [pytest.param("8", id="quick"), pytest.param("60", id="a minute", marks=pytest.mark.acceptance)]
)
def test_spot_balances_are_the_venues(seconds: str, tmp_path: Path) -> None:
    """On spot the holding is the venue's balance, fees in whatever asset included, and the residual is nothing."""
    with sandbox("backpack") as venue:
        before = venue.account()["balances"]
        run = trade(tmp_path, venue, "--yes", "--duration", seconds, example="spot_maker.backpack")
        truth = venue.account()
    assert (run.code, run.summary["residual"]) == (0, "0"), run.err[-2000:]
    (strategy,) = run.summary["strategies"]
    assert truth["open_orders"] == []
    assert len(truth["fills"]) == strategy["fills"]
    assert Decimal(truth["balances"]["SOL"]["total"]) == Decimal(strategy["position"])
    cash = {"USDC": Decimal(0), "SOL": Decimal(0)}
    for fill in truth["fills"]:
        sign = 1 if fill["side"] == "buy" else -1
        cash["SOL"] += sign * Decimal(fill["quantity"])
        cash["USDC"] -= sign * Decimal(fill["quantity"]) * Decimal(fill["price"])
        cash[fill.get("fee_asset", "USDC")] += Decimal(fill["fee"])
    for asset, moved in cash.items():
        assert Decimal(truth["balances"][asset]["total"]) - Decimal(before[asset]["total"]) == moved
    if seconds == "60":
        assert strategy["fills"] > 0
