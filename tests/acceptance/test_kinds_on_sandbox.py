"""Each kind with a book of its own at work on a venue's local server: proved books, nothing left, the venue agrees."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.acceptance.live import agrees, ledger_agrees
from tests.acceptance.processes import PATIENCE_S, Ended, command, environment
from tests.acceptance.test_live_pairs import RISK, access, secrets
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

QUICK_S = 6
MINUTE_S = 60

Settings = dict[str, Any]


class Case(Struct, frozen=True):
    """One kind on one venue's symbol, lively enough to trade within a minute."""

    kind: str
    venue: str
    symbol: str
    settings: Settings
    spot: bool = False
    quick: bool = False


GRID: Settings = {"price_range_pct": "0.2", "grid_num": 11, "quantity": "0.5", "max_position": "10"}
LAYERS: Settings = {
    "entry_type": "market", "total_capital": "400", "max_layers": 3, "price_step_pct": "0.03", "multiplier": "1.3",
    "take_profit_pct": "0.08", "stop_loss_pct": "0.15", "cycles": None, "cool_down": "1",
}  # fmt: skip
SHARE: Settings = {
    "spread_pct": "0.04", "quantity": "0.5", "max_orders": 3, "interval": "5", "rebalance": True,
    "base_asset_target": "36", "rebalance_threshold": "12",
}  # fmt: skip
BAND: Settings = {"quantity": "0.5", "target_bps": "2", "min_bps": "1", "max_bps": "3"}

CASES = [
    Case("spot_maker", "backpack", "SOL_USDC", SHARE, spot=True),
    Case("spot_maker", "aster", "SOLUSDT", SHARE, spot=True),
    Case("grid", "backpack", "SOL_USDC", GRID, spot=True),
    Case("grid", "aster", "SOLUSDT", GRID, quick=True),
    Case("martingale", "backpack", "SOL_USDC", LAYERS, spot=True),
    Case("martingale", "aster", "SOLUSDT", LAYERS | {"direction": "short"}, quick=True),
    Case("maker_hedge", "backpack", "SOL_USDC_PERP", {"quantity": "0.2"}),
    Case("maker_hedge", "aster", "SOLUSDT", {"quantity": "0.2"}),
    Case("bps_maker", "aster", "SOLUSDT", BAND),
    Case("single", "backpack", "SOL_USDC_PERP", {"direction": "buy", "amount": "100"}),
]


def at_work(home: Path, venue: SandboxProcess, case: Case, seconds: int) -> Ended:
    """The kind's run to its end, flat where it may be."""
    strategy = {
        "name": "one", "kind": case.kind, "account": "main", "symbol": case.symbol, "duration": str(seconds),
        "on_stop_position": "keep" if case.spot else "flatten",
        "settings": case.settings,
    }  # fmt: skip
    account = access(venue)
    if case.spot and case.venue == "aster":
        account["markets"] = "spot"
    risk = RISK | {"max_order_notional": "50000", "max_position_notional": "100000"}
    document = {"version": 1, "stage": "live", "accounts": {"main": account}, "risk": risk, "strategies": [strategy]}
    path = home / "one.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    ran = subprocess.run(
        command(home, "--headless", "--yes", "--config", str(path)),
        capture_output=True, text=True, check=False, cwd=home, env=environment(**secrets(venue)),
        timeout=PATIENCE_S + seconds,
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def spot_agrees(run: Ended, before: Any, truth: Any) -> None:  # noqa: ANN401 - JSON
    """The holding is the venue's balance, and the balances have moved by the venue's fills alone."""
    (strategy,) = run.summary["strategies"]
    assert (run.code, run.summary["residual"], strategy["open_orders_left"]) == (0, "0", 0), run.err[-2000:]
    assert truth["open_orders"] == []
    assert len(truth["fills"]) == strategy["fills"]
    assert Decimal(truth["balances"]["SOL"]["total"]) == Decimal(strategy["position"])
    moved = dict.fromkeys(truth["balances"], Decimal(0))
    quote = next(asset for asset in ("USDC", "USDT") if asset in moved)
    for fill in truth["fills"]:
        sign = 1 if fill["side"] == "buy" else -1
        moved["SOL"] += sign * Decimal(fill["quantity"])
        moved[quote] -= sign * Decimal(fill["quantity"]) * Decimal(fill["price"])
        moved[fill["fee_asset"]] += Decimal(fill["fee"])
    for asset, by in moved.items():
        assert Decimal(truth["balances"][asset]["total"]) - Decimal(before["balances"][asset]["total"]) == by


def shown(home: Path, case: Case, seconds: int) -> tuple[Ended, Any]:
    """Run it, and hold it against the venue's truth."""
    with sandbox(case.venue) as venue:
        account = "a.spot" if case.spot and case.venue == "aster" else "a"
        before = venue.account(account)
        run = at_work(home, venue, case, seconds)
        truth = venue.account(account)
    if case.spot:
        spot_agrees(run, before, truth)
    else:
        agrees(run, truth)
    ledger_agrees(home, truth)
    return run, truth


def _name(case: Case) -> str:
    return f"{case.kind}-{case.venue}"


@pytest.mark.parametrize("case", [case for case in CASES if case.quick], ids=_name)
def test_a_few_seconds(case: Case, tmp_path: Path) -> None:
    shown(tmp_path, case, QUICK_S)


@pytest.mark.acceptance
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_a_minute(case: Case, tmp_path: Path) -> None:
    run, truth = shown(tmp_path, case, MINUTE_S)
    (strategy,) = run.summary["strategies"]
    assert strategy["fills"] > 0
    if not case.spot:
        assert truth["positions"] == {}
