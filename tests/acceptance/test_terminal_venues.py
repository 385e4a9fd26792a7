"""The terminal on a venue's local server: real orders, paper orders, and a venue that is not there."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.live import VENUES, access
from tests.acceptance.processes import EXAMPLES
from tests.acceptance.terminals import Tmux, needs_tmux, terminal, wait_for
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

pytestmark = needs_tmux

PROOF = "the venue, asked twice, shows none of our orders"


def example(home: Path, name: str, **changes: object) -> str:
    """A venue's example with changes at its top level."""
    document = json.loads((EXAMPLES / f"perp_maker.{name}.json").read_text())
    path = home / "config.json"
    path.write_text(json.dumps({**document, "$schema": "x", **changes}))
    return str(path)


@contextmanager
def shown(home: Path, name: str, environment: dict[str, Any], **changes: object) -> Iterator[Tmux]:
    """The terminal at 120x40 on a configuration, its tour skipped."""
    with terminal(home, (120, 40), "--config", example(home, name, **changes), **environment) as pane:
        pane.until_shown("1/4")
        pane.press("Escape")
        pane.until(lambda seen: "1/4" not in seen, "the dashboard without the tour")
        yield pane


def has(venue: SandboxProcess, what: str) -> Callable[[], bool]:
    """Whether the venue's account has fills or open orders."""
    return lambda: bool(venue.account()[what])


@pytest.mark.parametrize("name", VENUES)
def test_a_live_session_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    """The first start of real money is typed; the venue's own books agree that nothing is left."""
    with sandbox(name) as venue, shown(tmp_path, name, access(venue)) as pane:
        pane.until_shown("LIVE", "idle")
        pane.until(lambda seen: "connecting" not in seen, "the account is open")
        pane.press("s")
        pane.until_shown("Type LIVE")
        assert not venue.account()["open_orders"]
        pane.press("L", "I", "V", "E", "Enter")
        pane.until_shown("1 quoting")
        wait_for(has(venue, "open_orders"), "orders at the venue")
        wait_for(has(venue, "fills"), "a fill at the venue")
        pane.press("x")
        pane.until_shown("■ stopped", "0 quoting")
        assert venue.account()["open_orders"] == []
        pane.press("q")
        assert pane.code() == 0
        assert PROOF in pane.screen().replace("\n", "")


def test_a_paper_session_fills_on_live_data_and_sends_nothing(tmp_path: Path) -> None:
    """Stage paper: quotes and fills in the terminal, none at the venue, no question asked, no key needed."""
    with sandbox("backpack") as venue, shown(tmp_path, "backpack", access(venue), stage="paper") as pane:
        pane.until_shown("PAPER", "idle")
        pane.until(lambda seen: "connecting" not in seen, "the account is open")
        pane.press("s")
        pane.until_shown("1 quoting")
        assert venue.account()["open_orders"] == []
        pane.press("x")
        pane.until_shown("■ stopped")
        pane.press("q")
        assert pane.code() == 0
        assert venue.account()["fills"] == []


def test_a_venue_that_is_not_there_is_named_and_tried_again(tmp_path: Path) -> None:
    """The terminal opens all the same; a start is refused with the reason, and it connects when the venue is back."""
    with sandbox("backpack") as venue:
        environment = access(venue)
        port = venue.rest.rpartition(":")[2]
    with shown(tmp_path, "backpack", environment, stage="paper") as pane:
        pane.until_shown("cannot be used now")
        pane.press("s")
        pane.until_shown("cannot be started")
        with sandbox("backpack", "--port", port):
            pane.until(lambda seen: "not started" in seen, "the strategy can be started")
            pane.press("s")
            pane.until_shown("1 quoting")
            pane.press("x")
            pane.until_shown("■ stopped")
            pane.press("q")
            assert pane.code() == 0
