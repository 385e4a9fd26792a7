"""The command lines of the reference bots at work: five seconds each on local servers of their venues, live."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.acceptance.live import the_strategy
from tests.acceptance.processes import Running
from tests.acceptance.reference_lines import LINES
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytestmark = pytest.mark.acceptance


def access(venue: SandboxProcess) -> dict[str, str]:
    """What a user of the line would have in the environment."""
    name = venue.line["venue"]
    names = {f"MMTUI__ACCOUNTS__{name.upper()}__{key.upper()}_URL": venue.line[key] for key in ("rest", "ws")}
    if name == "lighter":
        given = venue.accounts["a"]
        return names | {
            "API_KEY_PRIVATE_KEY": given["api_key_private"], "LIGHTER_ACCOUNT_INDEX": str(given["account_index"]),
            "LIGHTER_API_KEY_INDEX": str(given["api_key_index"]),
        }  # fmt: skip
    if name == "aster":
        given = venue.accounts["c"]
        return names | {"ASTER_API_KEY": given["key"], "ASTER_SECRET_KEY": given["secret"]}
    given = venue.accounts["a"]
    return names | {"BACKPACK_KEY": given["key"], "BACKPACK_SECRET": given["secret"]}


def at_work(home: Path, line: str, *venues: SandboxProcess) -> None:
    changes = {name: value for venue in venues for name, value in access(venue).items()}
    run = Running(home, "--headless", "--yes", *line.split(), "--stage", "live", "--duration", "5", changes=changes)
    ended = run.end()
    assert (ended.code, ended.summary["residual"]) == (0, "0"), ended.err[-3000:]
    assert the_strategy(ended)["open_orders_left"] == 0
    for venue in venues:
        assert all(account["open_orders"] == [] for account in venue.state()["accounts"].values())


@pytest.mark.parametrize("line", LINES[:6])
def test_a_maker_line_runs_on_a_sandbox(tmp_path: Path, line: str) -> None:
    with sandbox("aster" if "aster" in line else "backpack") as venue:
        at_work(tmp_path, line, venue)


@pytest.mark.skipif(find_spec("mmtui.sandbox.lighter") is None, reason="this version has no sandbox for lighter")
@pytest.mark.parametrize("line", LINES[6:])
def test_an_arbitrage_line_runs_on_two_sandboxes(tmp_path: Path, line: str) -> None:
    with sandbox("backpack") as first, sandbox("lighter") as second:
        at_work(tmp_path, line, first, second)
