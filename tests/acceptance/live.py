"""Runs on a venue's local server: how they find it, and what the venue says of them afterwards."""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.acceptance.processes import EXAMPLES, Ended, Line, Running
from tests.sandbox.sandbox_process import SandboxProcess

VENUES = ("backpack", "aster")
"""Those that the quick runs of the usual suite try."""

ALL_VENUES = (*VENUES, "lighter", "standx")
"""Those of the long runs."""

PERPS = {"backpack": "SOL_USDC_PERP", "aster": "SOLUSDT", "lighter": "SOL", "standx": "BTC-USD"}
"""What each venue's example trades."""


def access(venue: SandboxProcess, account: str = "main") -> dict[str, str]:
    """The environment that points the example at the local server."""
    given = venue.accounts["a"]
    prefix = f"MMTUI__ACCOUNTS__{account.upper()}__"
    names = {f"{prefix}REST_URL": venue.rest, f"{prefix}WS_URL": venue.ws}
    if venue.line["venue"] == "backpack":
        return names | {"BACKPACK_KEY": given["key"], "BACKPACK_SECRET": given["secret"]}
    if venue.line["venue"] == "standx":
        return names | {"STANDX_WALLET_KEY": given["wallet_key"]}
    if venue.line["venue"] == "lighter":
        numbers = ("account_index", "api_key_index", "chain_id")
        names |= {f"{prefix}{field.upper()}": str(given[field]) for field in numbers}
        return names | {"API_KEY_PRIVATE_KEY": given["api_key_private"]}
    return names | {
        f"{prefix}SPOT_WS_URL": venue.line["spot_ws"],
        f"{prefix}USER": given["user"],
        f"{prefix}SIGNER": given["signer"],
        "ASTER_SIGNER_KEY": given["signer_key"],
    }


def example_of(name: str) -> str:
    """The path of a venue's example."""
    return str(EXAMPLES / f"perp_maker.{name}.json")


def trading(home: Path, venue: SandboxProcess, *arguments: str, changes: Mapping[str, str] | None = None) -> Running:
    """The venue's example at work on its local server."""
    config = example_of(venue.line["venue"])
    return Running(
        home, "--headless", "--yes", "--config", config, *arguments, changes=access(venue) | dict(changes or {})
    )


def the_strategy(run: Ended) -> Line:
    """The summary's only strategy."""
    (strategy,) = run.summary["strategies"]
    row: Line = strategy
    return row


def agrees(run: Ended, truth: Any) -> None:  # noqa: ANN401 - JSON
    """The run's own figures are the venue's."""
    strategy = the_strategy(run)
    assert (run.code, run.summary["exit"], run.summary["residual"]) == (0, 0, "0"), run.err[-2000:]
    assert strategy["open_orders_left"] == 0
    assert truth["open_orders"] == []
    held = [Decimal(row["quantity"]) for row in truth["positions"].values()]
    assert sum(held, Decimal(0)) == Decimal(strategy["position"])
    assert len(truth["fills"]) == strategy["fills"]
    assert sum((Decimal(row["fee"]) for row in truth["fills"]), Decimal(0)) == Decimal(strategy["fees"])


def ledger_agrees(home: Path, truth: Any) -> None:  # noqa: ANN401 - JSON
    """Every fill of the venue stands in the ledger once, as the venue has it, and nothing else does."""
    ledger = sqlite3.connect(home / "data" / "mmtui.sqlite")
    try:
        rows = ledger.execute("SELECT trade_id, side, price, quantity, fee_cash, maker FROM fills").fetchall()
    finally:
        ledger.close()
    written = [(key, side, *map(Decimal, figures), bool(maker)) for key, side, *figures, maker in rows]
    known = [
        (row["trade_id"], row["side"], *(Decimal(row[name]) for name in ("price", "quantity", "fee")), row["maker"])
        for row in truth["fills"]
    ]
    assert sorted(written) == sorted(known)
