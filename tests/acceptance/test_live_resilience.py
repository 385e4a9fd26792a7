"""Streams that are killed and a server that goes away while a real run trades: nothing lost, nothing counted twice."""

import signal
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from mmtui.core.book import Book
from mmtui.model.units import NS_PER_MS, NS_PER_S
from tests.acceptance.live import ALL_VENUES, PERPS, VENUES, agrees, ledger_agrees, the_strategy, trading
from tests.acceptance.processes import Running, fed_again, only_journal
from tests.sandbox.sandbox_process import SandboxProcess, sandbox

DEPTH = 10
"""Rows a side that are compared; every venue's stream shows at least so many."""

SERIES, SERIES_STEP_S = 8, 0.06
NEAR_NS = NS_PER_S
"""How far the journal's book may be from the moment at which the server was asked: pace of the stream and transport."""


class Picture(NamedTuple):
    """The server's own book at one moment."""

    time_ns: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


def picture(venue: SandboxProcess) -> Picture:
    state = venue.state()
    book = state["books"][PERPS[venue.line["venue"]]]
    bids, asks = ([(float(price), float(size)) for price, size in book[side][:DEPTH]] for side in ("bids", "asks"))
    return Picture(state["now_ms"] * NS_PER_MS, bids, asks)


def series(venue: SandboxProcess, pause: threading.Event) -> list[Picture]:
    """Several, because a stream with a pace shows only some of the moments."""
    pictures = []
    for _ in range(SERIES):
        pictures.append(picture(venue))
        pause.wait(SERIES_STEP_S)
    return pictures


def kill_streams(venue: SandboxProcess) -> None:
    venue.faults({"on": "ws_public", "do": "drop"}, {"on": "ws_private", "do": "drop"})
    venue.clear_faults()


def back_to_quotes(run: Running) -> None:
    """Until both streams are lost and back, and orders rest again."""
    for event in ("private_stream_lost", "private_stream_up", "order_open"):
        run.wait_for(event)


def struck(home: Path, venue: SandboxProcess, kills: int) -> list[list[Picture]]:
    """Trade through so many kills and one restart; the server's books, a series before each kill and at the end."""
    pause = threading.Event()
    run = trading(home, venue)
    seen = []
    run.wait_for("order_open")
    for kill in range(kills):
        pause.wait(0.2 * (kill % 4))
        seen.append(series(venue, pause))
        kill_streams(venue)
        back_to_quotes(run)
        if kill == kills // 2:
            venue.ask("POST", "restart", {"down_s": 1})
            back_to_quotes(run)
    seen.append(series(venue, pause))
    run.send(signal.SIGINT)
    ended = run.end()
    truth = venue.account()
    agrees(ended, truth)
    ledger_agrees(home, truth)
    lost = [line["event"] for line in ended.lines]
    assert lost.count("private_stream_lost") == kills + 1
    assert lost.count("market_data_lost") >= kills
    assert the_strategy(ended)["orders_placed"] > kills
    return seen


def same(book: Book, seen: Picture) -> bool:
    return book.top_bids(DEPTH) == seen.bids and book.top_asks(DEPTH) == seen.asks


def had_too(journal: Path, seen: list[list[Picture]]) -> list[bool]:
    """Of which series the run had at least one book, at about that moment, row for row."""
    met = [False] * len(seen)
    for state, _ in fed_again(journal):
        for index, pictures in enumerate(seen):
            if not met[index] and state.book.ready:
                near = [one for one in pictures if abs(state.now_ns - one.time_ns) < NEAR_NS]
                met[index] = any(same(state.book, one) for one in near)
    return met


def proved(name: str, home: Path, kills: int) -> None:
    with sandbox(name) as venue:
        seen = struck(home, venue, kills)
    assert all(had_too(only_journal(home / "data" / "journal"), seen))


@pytest.mark.parametrize("name", VENUES)
def test_lost_streams_and_a_restart_lose_nothing(name: str, tmp_path: Path) -> None:
    proved(name, tmp_path, 2)


@pytest.mark.acceptance
@pytest.mark.timeout(900)  # the pauses before new connections grow, as they must
@pytest.mark.parametrize("name", ALL_VENUES)
def test_twenty_lost_streams_and_a_restart_lose_nothing(name: str, tmp_path: Path) -> None:
    proved(name, tmp_path, 20)
