"""Whole runs on Lighter's local venue: both tell the same story; what a user gets wrong is one line.

The local venue cannot verify signatures (that needs the venue's registry of keys), so a stranger's key is no test here.
"""

import subprocess
from pathlib import Path

import pytest

from tests.acceptance.live import agrees, example_of
from tests.acceptance.processes import PATIENCE_S, Ended, command, environment
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytest.importorskip("mmtui.sandbox.lighter", reason="Lighter's local venue is not there")

PREFIX = "MMTUI__ACCOUNTS__MAIN__"
SECRET = "API_KEY_PRIVATE_KEY"
USAGE, UNREACHABLE = 2, 3


def access(venue: SandboxProcess) -> dict[str, str]:
    """The environment that points the example at the local venue."""
    given = venue.accounts["a"]
    names = {f"{PREFIX}{name.upper()}": str(given[name]) for name in ("account_index", "api_key_index", "chain_id")}
    addresses = {f"{PREFIX}REST_URL": venue.rest, f"{PREFIX}WS_URL": venue.ws}
    return {**names, **addresses, SECRET: given["api_key_private"]}


def run(home: Path, venue: SandboxProcess, seconds: int, changes: dict[str, str] | None = None) -> Ended:
    """Run the example on the local venue to its end."""
    arguments = ("--headless", "--yes", "--config", example_of("lighter"), "--duration", str(seconds))
    ran = subprocess.run(
        command(home, *arguments),
        capture_output=True, text=True, check=False, cwd=home, timeout=PATIENCE_S + 90,
        env=environment(**(access(venue) | (changes or {}))),
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def test_the_venue_and_the_run_tell_the_same_story(tmp_path: Path) -> None:
    with sandbox("lighter") as venue:
        agrees(run(tmp_path, venue, 8), venue.account())


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_a_minute_of_trading(tmp_path: Path) -> None:
    with sandbox("lighter") as venue:
        ended = run(tmp_path, venue, 60)
        agrees(ended, venue.account())
    assert any(line.get("event") == "fill" for line in ended.lines)


@pytest.mark.acceptance
def test_what_the_user_got_wrong_is_one_line(tmp_path: Path) -> None:
    with sandbox("lighter") as venue:
        for changes, words in (
            ({f"{PREFIX}API_KEY_INDEX": "250"}, "api_key_index"),
            ({f"{PREFIX}ACCOUNT_INDEX": "999999"}, "account_index"),
            ({SECRET: "c0ffee"}, "80 hex digits"),
            ({f"{PREFIX}REST_URL": "https://testnet.zklighter.elliot.ai"}, "chain_id"),
            ({f"{PREFIX}REST_URL": "https://example.com"}, "nothing is sent there"),
            ({"MMTUI__STRATEGIES__SOL__SYMBOL": "NOPE"}, "unknown symbol"),
        ):
            ended = run(tmp_path, venue, 2, changes)
            assert (ended.code, ended.out) == (USAGE, ""), ended.err
            (line,) = ended.err.splitlines()
            assert words in line
            assert venue.accounts["a"]["api_key_private"] not in line
        for fault in ("maintenance", "rate_limit", "ban"):
            venue.faults({"on": "*", "do": fault, "times": None})
            ended = run(tmp_path, venue, 2)
            assert ended.code == UNREACHABLE, ended.err
            assert len(ended.err.splitlines()) == 1
            venue.clear_faults()
        assert venue.account()["open_orders"] == []
