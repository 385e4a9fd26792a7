"""Streams that are killed and a server that goes away while a real run trades: nothing is lost, nothing counted twice."""

import signal
import threading
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mmtui.core.book import Book
from mmtui.model.units import NS_PER_MS, NS_PER_S
from tests.acceptance.live import VENUES, agrees, ledger_agrees, the_strategy, trading
from tests.acceptance.processes import Running, fed_again, only_journal
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

SYMBOLS = {"backpack": "SOL_USDC_PERP", "aster": "SOLUSDT"}

DEPTH = 10
"""Rows a side that are compared; every venue's stream shows at least so many."""

NEAR_NS = NS_PER_S
"""How far the journal's book may be from the moment at which the server was asked: pace of the stream and transport."""


class Picture(NamedTuple):
    """The server's own book at one moment."""

    time_ns: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


def picture(venue: SandboxProcess, symbol: str) -> Picture:
    state = venue.state()
    rows = {side: [(float(price), float(size)) for price, size in state["books"][symbol][side]][:DEPTH]
            for side in ("bids", "asks")}  # fmt: skip
    return Picture(state["now_ms"] * NS_PER_MS, rows["bids"], rows["asks"])


def kill_streams(venue: SandboxProcess) -> None:
    venue.faults(*({"on": target, "do": "drop"} for target in ("ws_public", "ws_private")))
    venue.clear_faults()


def back_to_quotes(run: Running) -> None:
    """Until both streams are lost and back, and orders rest again."""
    for event in ("private_stream_lost", "private_stream_up", "order_open"):
        run.wait_for(event)


def struck(home: Path, venue: SandboxProcess, kills: int, restart_after: int) -> list[Picture]:
    """Trade through so many kills and one restart; the server's books meanwhile, each some time after a resync."""
    symbol = SYMBOLS[venue.line["venue"]]
    pause = threading.Event()
    run = trading(home, venue)
    pictures = []
    run.wait_for("order_open")
    for kill in range(kills):
        pause.wait(0.3 + 0.2 * (kill % 4))
        pictures.append(picture(venue, symbol))
        kill_streams(venue)
        back_to_quotes(run)
        if kill == restart_after:
            venue.ask("POST", "restart", {"down_s": 1})
            back_to_quotes(run)
    pause.wait(1)
    pictures.append(picture(venue, symbol))
    run.send(signal.SIGINT)
    ended = run.end()
    truth = venue.account()
    agrees(ended, truth)
    ledger_agrees(home, truth)
    lost = [line["event"] for line in ended.lines if line["event"].endswith("_lost")]
    assert lost.count("private_stream_lost") == kills + 1
    assert lost.count("market_data_lost") >= kills
    assert the_strategy(ended)["orders_placed"] > kills
    return pictures


def same(book: Book, seen: Picture) -> bool:
    return book.top_bids(DEPTH) == seen.bids and book.top_asks(DEPTH) == seen.asks


def found(journal: Path, pictures: list[Picture]) -> list[bool]:
    """Which of the server's books the run had too, at about that moment."""
    met = [False] * len(pictures)
    for state, _ in fed_again(journal):
        for index, seen in enumerate(pictures):
            if not met[index] and state.book.ready and abs(state.now_ns - seen.time_ns) < NEAR_NS:
                met[index] = same(state.book, seen)
    return met


def prove(name: str, home: Path, kills: int) -> Any:
    with sandbox(name) as venue:
        pictures = struck(home, venue, kills, kills // 2)
    met = found(only_journal(home / "data" / "journal"), pictures)
    print(met)
    return met


@pytest.mark.parametrize("name", VENUES)
def test_a_few_lost_streams_and_a_restart_lose_nothing(name: str, tmp_path: Path) -> None:
    prove(name, tmp_path, 3)


@pytest.mark.acceptance
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", VENUES)
def test_twenty_lost_streams_and_a_restart_lose_nothing(name: str, tmp_path: Path) -> None:
    prove(name, tmp_path, 20)
