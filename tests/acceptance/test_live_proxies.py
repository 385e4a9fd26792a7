"""Runs through a proxy: everything goes through it, and its death is a lost stream like any other."""

import signal
from pathlib import Path

import pytest

from tests.acceptance.live import VENUES, agrees, ledger_agrees, the_strategy, trading
from tests.acceptance.proxy_thread import KINDS, proxy
from tests.sandbox.sandbox_process import sandbox

SETTING = "MMTUI__ACCOUNTS__MAIN__PROXY"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VENUES)
def test_a_run_through_a_proxy_is_a_run(name: str, kind: str, tmp_path: Path) -> None:
    with sandbox(name) as venue, proxy(kind) as way:
        ended = trading(tmp_path, venue, "--duration", "4", changes={SETTING: way.url}).end()
        truth = venue.account()
        agrees(ended, truth)
        ledger_agrees(tmp_path, truth)
        assert the_strategy(ended)["orders_placed"] > 0
        port = venue.rest.rpartition(":")[2]
        assert all(f":{port}" in target for target in way.targets)
        assert len(way.targets) > 2, "streams and questions, each a connection of its own"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VENUES)
def test_a_proxy_that_comes_back_costs_nothing_but_time(name: str, kind: str, tmp_path: Path) -> None:
    with sandbox(name) as venue, proxy(kind) as way:
        run = trading(tmp_path, venue, changes={SETTING: way.url})
        run.wait_for("order_open")
        way.die()
        run.wait_for("private_stream_lost")
        way.rise()
        run.wait_for("private_stream_up")
        run.wait_for("order_open")
        run.send(signal.SIGINT)
        ended = run.end()
        truth = venue.account()
        agrees(ended, truth)
        ledger_agrees(tmp_path, truth)


@pytest.mark.acceptance
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VENUES)
def test_a_proxy_that_stays_dead_leaves_orders_that_are_admitted(name: str, kind: str, tmp_path: Path) -> None:
    with sandbox(name) as venue, proxy(kind) as way:
        run = trading(tmp_path, venue, changes={SETTING: way.url})
        run.wait_for("order_open")
        way.die()
        run.wait_for("private_stream_lost")
        asked = venue.state()["requests"]
        run.send(signal.SIGINT)
        ended = run.end()
        assert (ended.code, ended.summary["exit"]) == (5, 5), ended.err[-2000:]
        assert venue.state()["requests"] == asked, "nothing reached the venue, by no other way either"
        at_work = [line["event"] for line in ended.lines]
        assert "order_sent" not in at_work[at_work.index("private_stream_lost") :]
        assert the_strategy(ended)["open_orders_left"] >= len(venue.account()["open_orders"])
        assert "stopped without proof" in ended.err
        assert "Traceback" not in ended.err
