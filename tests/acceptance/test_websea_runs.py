"""Whole runs on Websea's local venue: both tell the same story; what a user gets wrong is one line."""

import signal
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import agrees, example_of
from tests.acceptance.processes import PATIENCE_S, Ended, Running, command, environment
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

PREFIX = "MMTUI__ACCOUNTS__MAIN__"
TOKEN, SECRET = "WEBSEA_TOKEN", "WEBSEA_SECRET"
USAGE, UNREACHABLE = 2, 3


def access(venue: SandboxProcess) -> dict[str, str]:
    """The environment that points the example at the local venue."""
    given = venue.accounts["a"]
    addresses = {f"{PREFIX}REST_URL": venue.rest, f"{PREFIX}WS_URL": venue.ws}
    return {**addresses, TOKEN: given["token"], SECRET: given["secret"]}


def run(home: Path, venue: SandboxProcess, seconds: int, changes: dict[str, str] | None = None) -> Ended:
    """Run the example on the local venue to its end."""
    arguments = ("--headless", "--yes", "--config", example_of("websea"), "--duration", str(seconds))
    ran = subprocess.run(
        command(home, *arguments),
        capture_output=True, text=True, check=False, cwd=home, timeout=PATIENCE_S + 90,
        env=environment(**(access(venue) | (changes or {}))),
    )  # fmt: skip
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def said_without_surprise(ended: Ended) -> dict[str, Any]:
    """The strategy's row of a run in which nothing was unclear or unread."""
    (strategy,) = ended.summary["strategies"]
    names = {str(line.get("event")) for line in ended.lines}
    assert not names & {"unrecognised_message", "order_unknown", "position_adjusted", "read_failed"}, names
    row: dict[str, Any] = strategy
    return row


def agrees_by_old_paths(ended: Ended, truth: Any) -> None:  # noqa: ANN401 - JSON
    """As ``agrees``, but for the residual: the old wallet's parts hold the open profit, which nothing separates."""
    (strategy,) = ended.summary["strategies"]
    assert (ended.code, ended.summary["exit"], strategy["open_orders_left"]) == (0, 0, 0), ended.err[-2000:]
    assert truth["open_orders"] == []
    held = sum((Decimal(row["quantity"]) for row in truth["positions"].values()), Decimal(0))
    assert held == Decimal(strategy["position"])
    assert len(truth["fills"]) == strategy["fills"]
    assert sum((Decimal(row["fee"]) for row in truth["fills"]), Decimal(0)) == Decimal(strategy["fees"])


def test_the_venue_and_the_run_tell_the_same_story(tmp_path: Path) -> None:
    with sandbox("websea") as venue:
        ended = run(tmp_path, venue, 8)
        agrees(ended, venue.account())
    said_without_surprise(ended)


def test_the_old_paths_tell_the_same_story(tmp_path: Path) -> None:
    with sandbox("websea") as venue:
        ended = run(tmp_path, venue, 8, {f"{PREFIX}PATH_STYLE": "legacy"})
        agrees_by_old_paths(ended, venue.account())
    said_without_surprise(ended)


@pytest.mark.acceptance
@pytest.mark.timeout(240)
@pytest.mark.parametrize("style", ["v1", "v2", "legacy"])
def test_a_minute_of_trading(tmp_path: Path, style: str) -> None:
    with sandbox("websea") as venue:
        ended = run(tmp_path, venue, 60, {f"{PREFIX}PATH_STYLE": style})
        (agrees_by_old_paths if style == "legacy" else agrees)(ended, venue.account())
    row = said_without_surprise(ended)
    assert row["fills"] > 0
    assert Decimal(row["fees"]) < 0


def open_ids(venue: SandboxProcess) -> set[str]:
    return {row["order_id"] for row in venue.account()["open_orders"]}


def kept_ids(home: Path) -> set[str]:
    """The venue's ids that stand beside the database, where they are numbers."""
    lines = [line for path in (home / "data").glob("*.ids") for line in path.read_text().splitlines()]
    numbers = [int(line.partition(" ")[0]) for line in lines]
    return {number.to_bytes((number.bit_length() + 7) // 8, "big").decode() for number in numbers}


def test_a_killed_run_is_taken_up_by_the_next(tmp_path: Path) -> None:
    """The venue keeps no ids of ours: the names beside the database make the orders ours again."""
    with sandbox("websea") as venue:
        arguments = ("--headless", "--yes", "--config", example_of("websea"))
        killed = Running(tmp_path, *arguments, changes=access(venue))
        killed.wait_for("order_open")
        while not (rests := open_ids(venue)) or not rests <= kept_ids(tmp_path):
            pass  # the question itself takes a while; an order that has no name yet would be a stranger's later
        killed.send(signal.SIGKILL)
        killed.end()
        rests = open_ids(venue)
        ended = run(tmp_path, venue, 5)
        truth = venue.account()
    assert rests
    assert truth["open_orders"] == []
    (strategy,) = ended.summary["strategies"]
    assert (ended.code, strategy["open_orders_left"]) == (0, 0), ended.err[-2000:]
    adopted = [line for line in ended.lines if line["event"] == "order_adopted"]
    filled_meanwhile = rests & {row["order_id"] for row in truth["fills"]}
    assert len(rests) <= len(adopted) + len(filled_meanwhile)


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_what_the_user_got_wrong_is_one_line(tmp_path: Path) -> None:
    with sandbox("websea") as venue:
        for changes, words in (
            ({TOKEN: "0123456789abcdef"}, "websea refuses it: 20525"),
            ({SECRET: "wrong0wrong0wrong0"}, "wrong secret"),
            ({SECRET: "two words"}, "Open API page"),
            ({f"{PREFIX}PATH_STYLE": "v3"}, "path_style"),
            ({f"{PREFIX}REST_URL": "https://example.com"}, "nothing is sent there"),
            ({"MMTUI__STRATEGIES__SOL__SYMBOL": "NOPE"}, "unknown symbol"),
        ):
            ended = run(tmp_path, venue, 2, changes)
            assert (ended.code, ended.out) == (USAGE, ""), ended.err
            (line,) = ended.err.splitlines()
            assert words in line, line
            assert venue.accounts["a"]["secret"] not in line
        for fault in ("maintenance", "rate_limit", "ban"):
            venue.faults({"on": "*", "do": fault, "times": None})
            ended = run(tmp_path, venue, 2)
            assert ended.code == UNREACHABLE, ended.err
            assert len(ended.err.splitlines()) == 1
            venue.clear_faults()
        assert venue.account()["open_orders"] == []
