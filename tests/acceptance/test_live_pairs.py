"""Two legs on local servers of the venues: a pair on two accounts of one book, arbitrage between two venues."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Ended, Running
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

SYMBOLS = {"backpack": "SOL_USDC_PERP", "aster": "SOLUSDT", "lighter": "SOL"}

RISK = {
    "max_order_notional": "5000",
    "max_position_notional": "20000",
    "max_daily_loss": "5000",
    "max_drawdown": "5000",
}


def access(venue: SandboxProcess, account: str = "a") -> dict[str, Any]:
    """One account's part of a configuration, its secrets named by environment variables."""
    given, name = venue.accounts[account], venue.line["venue"]
    shared = {"venue": name, "rest_url": venue.rest, "ws_url": venue.ws}
    if name == "lighter":
        private = {"api_key_private": f"env:LIGHTER_{account.upper()}"}
        return shared | {field: given[field] for field in ("account_index", "api_key_index", "chain_id")} | private
    if name == "backpack":
        return shared | {"key": f"env:KEY_{account.upper()}", "secret": f"env:SECRET_{account.upper()}"}
    return shared | {
        "spot_ws_url": venue.line["spot_ws"], "user": given["user"], "signer": given["signer"],
        "signer_key": f"env:SIGNER_{account.upper()}",
    }  # fmt: skip


def secrets(venue: SandboxProcess) -> dict[str, str]:
    """The environment of all accounts of a venue."""
    found: dict[str, str] = {}
    for name, given in venue.accounts.items():
        if venue.line["venue"] == "backpack":
            found |= {f"KEY_{name.upper()}": given["key"], f"SECRET_{name.upper()}": given["secret"]}
        elif venue.line["venue"] == "lighter":
            found[f"LIGHTER_{name.upper()}"] = given["api_key_private"]
        elif "signer_key" in given:
            found[f"SIGNER_{name.upper()}"] = given["signer_key"]
    return found


def running(
    home: Path, accounts: dict[str, Any], strategy: dict[str, Any], changes: dict[str, str], *arguments: str
) -> Running:
    """A live run of one strategy over two accounts."""
    document = {
        "version": 1,
        "stage": "live",
        "accounts": accounts,
        "risk": RISK,
        "strategies": [{"name": "pair", "accounts": list(accounts), **strategy}],
    }
    path = home / "pair.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return Running(home, "--headless", "--yes", "--config", str(path), *arguments, changes=changes)


def net_held(*truths: Any) -> Decimal:  # noqa: ANN401 - JSON
    return sum((Decimal(row["quantity"]) for truth in truths for row in truth["positions"].values()), Decimal(0))


def settled(run: Ended, *truths: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """What must hold at the end of any pair, and the summary's row."""
    (row,) = run.summary["strategies"]
    assert run.summary["residual"] == "0", run.err[-3000:]
    assert row["open_orders_left"] == 0
    assert all(truth["open_orders"] == [] for truth in truths)
    assert sum(len(truth["fills"]) for truth in truths) == row["fills"]
    assert Decimal(row["position"]) == net_held(*truths)
    found: dict[str, Any] = row
    return found


def hedged_pair(home: Path, venue: SandboxProcess, seconds: int) -> tuple[Ended, dict[str, Any]]:
    strategy = {
        "kind": "dual_hedge", "symbol": "SOL_USDC_PERP", "duration": str(seconds),
        "settings": {"quantity": "1", "hold_time": "3", "opening_timeout": "20", "closing_timeout": "4",
                     "hedge_after": "1", "hedge_time": "3", "pause": "0.5"},
    }  # fmt: skip
    accounts = {"long": access(venue, "a"), "short": access(venue, "b")}
    run = running(home, accounts, strategy, secrets(venue)).end()
    return run, settled(run, venue.account("a"), venue.account("b"))


def test_a_hedged_pair_on_two_accounts_of_one_book_ends_flat(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        run, row = hedged_pair(tmp_path, venue, 5)
        assert run.code == 0, run.err[-3000:]
        assert row["orders_placed"] >= 2
        assert net_held(venue.account("a")) == net_held(venue.account("b")) == 0


@pytest.mark.acceptance
def test_hedged_pairs_on_one_book_never_trade_with_each_other(tmp_path: Path) -> None:
    with sandbox("backpack") as venue:
        run, row = hedged_pair(tmp_path, venue, 45)
        assert run.code == 0, run.err[-3000:]
        assert row["fills"] > 0
        trades = [{fill["trade_id"] for fill in venue.account(name)["fills"]} for name in ("a", "b")]
        assert not trades[0] & trades[1]


def arbitrage(home: Path, first: SandboxProcess, second: SandboxProcess, seconds: int) -> Running:
    accounts = {"one": access(first), "two": access(second)}
    strategy = {
        "kind": "arbitrage", "symbols": [SYMBOLS[venue.line["venue"]] for venue in (first, second)],
        "duration": str(seconds),
        "settings": {"size": "0.5", "long_threshold": "0", "short_threshold": "0", "exit_threshold": "-1",
                     "max_position": "1", "max_position_second": "1", "max_gap_bps": "10000", "hedge_time": "2",
                     "unwind_time": "2", "slippage_bps": "5"},
    }  # fmt: skip
    return running(home, accounts, strategy, secrets(first) | secrets(second))


@pytest.mark.acceptance
@pytest.mark.parametrize("other", ["aster", "lighter"])
def test_arbitrage_across_two_venues_ends_in_balance(tmp_path: Path, other: str) -> None:
    with sandbox("backpack", "--seed", "1") as first, sandbox(other, "--seed", "2") as second:
        run = arbitrage(tmp_path, first, second, 20).end()
        truths = first.account(), second.account()
        row = settled(run, *truths)
        assert run.code == 0, run.err[-3000:]
        assert row["fills"] >= 2
        assert net_held(*truths) == 0


@pytest.mark.acceptance
@pytest.mark.parametrize("other", ["aster", "lighter"])
@pytest.mark.parametrize("failing", [0, 1])
def test_a_leg_that_always_fails_is_unwound_and_ends_the_run(tmp_path: Path, failing: int, other: str) -> None:
    """One venue refuses every order: each time the other leg is brought back, and after three times the run halts."""
    with sandbox("backpack", "--seed", "1") as first, sandbox(other, "--seed", "2") as second:
        (first, second)[failing].faults({"on": "place", "do": "reject", "times": 1000})
        run = arbitrage(tmp_path, first, second, 50).end()
        truths = first.account(), second.account()
        row = settled(run, *truths)
        assert run.code == 4, run.err[-3000:]
        assert "unwound: the legs are in balance" in row["reason_stopped"]
        assert net_held(*truths) == 0
        assert row["fills"] >= 2 * 3
