"""Whole runs on StandX's local venue: tokens that end in the middle, who logs in otherwise, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import agrees, the_strategy, trading
from tests.acceptance.processes import PATIENCE_S, Ended, Running
from tests.acceptance.test_live_pairs import RISK
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

USAGE = 2
STRANGER = "0x" + "07" * 32


def logins(venue: SandboxProcess) -> int:
    count: int = venue.state()["requests"].get("POST /v1/offchain/login", 0)
    return count


def test_the_end_of_a_token_is_no_event_for_a_strategy(tmp_path: Path) -> None:
    with sandbox("standx") as venue:
        run = trading(tmp_path, venue, "--duration", "9")
        run.wait_for("order_open")
        before = logins(venue)
        assert venue.ask("DELETE", "tokens")["expired"] > 1
        ended = run.end()
        agrees(ended, venue.account())
        assert logins(venue) == before + 1
    told = {line["event"] for line in ended.lines}
    assert not {name for name in told if "stream" in name or name == "order_unknown"}, told
    assert the_strategy(ended)["orders_placed"] > 4


def by_token(home: Path, venue: SandboxProcess, seconds: str) -> Ended:
    """A run of the account that has a token and a signing key, and no wallet."""
    document: dict[str, Any] = {
        "version": 1, "stage": "live", "risk": RISK,
        "accounts": {"main": {"venue": "standx", "rest_url": venue.rest, "ws_url": venue.ws, "token": "env:TOKEN",
                              "signing_key": "env:SIGNING_KEY"}},
        "strategies": [{"name": "eth", "kind": "bps_maker", "account": "main", "symbol": "ETH-USD",
                        "settings": {"quantity": "0.05"}, "duration": seconds}],
    }  # fmt: skip
    path = home / "token.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    given = venue.accounts["c"]
    changes = {"TOKEN": given["token"], "SIGNING_KEY": given["signing_key"]}
    return Running(home, "--headless", "--yes", "--config", str(path), changes=changes).end(2 * PATIENCE_S)


def test_a_token_with_its_key_does_without_the_wallet(tmp_path: Path) -> None:
    with sandbox("standx") as venue:
        ended = by_token(tmp_path, venue, "5")
        agrees(ended, venue.account("c"))
        assert logins(venue) == 0
        assert the_strategy(ended)["orders_placed"] >= 2


@pytest.mark.acceptance
def test_bps_maker_a_minute_at_home(tmp_path: Path) -> None:
    with sandbox("standx") as venue:
        ended = by_token(tmp_path, venue, "60")
        agrees(ended, venue.account("c"))
    assert any(line["event"] == "fill" for line in ended.lines)


@pytest.mark.parametrize(
    ("key", "words"),
    [(STRANGER, ("accounts.main", "standx refuses it")), ("0x1234", ("wallet_key", "64 hex digits"))],
    ids=["a stranger's wallet", "no key at all"],
)
def test_what_the_user_got_wrong_is_one_line(tmp_path: Path, key: str, words: tuple[str, ...]) -> None:
    with sandbox("standx") as venue:
        ended = trading(tmp_path, venue, "--duration", "2", changes={"STANDX_WALLET_KEY": key}).end()
    assert (ended.code, ended.out) == (USAGE, ""), ended.err
    (line,) = ended.err.splitlines()
    assert key not in line
    assert "Traceback" not in line
    for word in words:
        assert word in line
