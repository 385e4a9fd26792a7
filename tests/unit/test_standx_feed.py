"""Market data without credentials: marks first, whole books, losses told, books by REST meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.standx.connect import StandxAccess, open_standx
from mmtui.model.events import BookSnapshot, MarkPrice, StreamDown, StreamUp, Unrecognised
from tests.unit.loopback import WallClock
from tests.unit.standx_desk import QUICK, Trader
from tests.unit.standx_market import MarketDesk, market
from tests.unit.standx_payloads import BTC


@asynccontextmanager
async def watching(desk: MarketDesk, polled: list[PolledBook]) -> AsyncIterator[Trader]:
    """A session that only reads, its book up; a silent stream is given up after half a second."""
    access = StandxAccess(rest_url=desk.url, ws_url=desk.url.replace("http", "ws") + "/ws-stream/v1")
    timing = replace(QUICK, public=replace(QUICK.public, idle_s=0.5))
    session = open_standx("main", access, WallClock(), timing=timing, polled=polled.append)
    trader = Trader(session)
    session.watch(await session.start())
    task = asyncio.create_task(session.run(trader.events.append))
    try:
        await trader.until(lambda: trader.heard(StreamUp))
        yield trader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await session.close()


async def test_marks_come_first_and_books_are_whole_and_sorted() -> None:
    async with market() as desk, watching(desk, []) as trader:
        await trader.until(lambda: len(trader.heard(BookSnapshot)) > 5)
        first = [type(event) for event in trader.events][:3]
        assert first == [MarkPrice, BookSnapshot, StreamUp]
        for book in trader.heard(BookSnapshot):
            assert len(book.bids) == len(book.asks) == 3
            assert book.bids == sorted(book.bids, reverse=True)
            assert book.asks == sorted(book.asks)
        assert not trader.heard(Unrecognised, StreamDown)
        assert trader.session.client is None


async def test_a_lost_stream_is_told_and_a_whole_book_comes_before_it_is_up_again() -> None:
    async with market() as desk, watching(desk, []) as trader:
        for socket in list(desk.public):
            await socket.close()
        await trader.until(lambda: len(trader.heard(StreamUp)) == 2)
        since = trader.events[trader.events.index(trader.heard(StreamDown)[0]) :]
        kinds = [type(event) for event in since if type(event) is not MarkPrice]
        assert kinds[:3] == [StreamDown, BookSnapshot, StreamUp]


async def test_marks_without_books_are_silence_and_books_are_asked_for_meanwhile() -> None:
    polled: list[PolledBook] = []
    async with market() as desk, watching(desk, polled) as trader:
        desk.books_stop = True
        await trader.until(lambda: trader.heard(StreamDown))
        assert "no data" in trader.heard(StreamDown)[0].reason
        desk.answers_sockets = False
        await trader.until(lambda: polled)
        assert polled[0].snapshot.instrument == BTC
        assert polled[0].snapshot.bids[0][0] < polled[0].snapshot.asks[0][0]
