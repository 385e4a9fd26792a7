"""Books by REST while the socket is down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from mmtui.exchanges.shared.polling import BookPolling, PolledBook
from mmtui.model.events import BookSnapshot
from mmtui.ports.errors import Unreachable
from tests.unit.loopback import PATIENCE_S, HandClock


class Venue:
    """Gives books, or fails; keeps what was delivered."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.books: asyncio.Queue[PolledBook] = asyncio.Queue()
        self.failures: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.asked = 0
        self.broken = False
        self.hold = asyncio.Event()
        self.hold.set()
        self.asking = asyncio.Event()

    async def fetch(self, instrument: str) -> BookSnapshot:
        self.asked += 1
        self.asking.set()
        await self.hold.wait()
        if self.broken:
            raise Unreachable("no connection")
        self.clock.pass_ns(40)
        return BookSnapshot(instrument, self.clock.wall, [(1.0, 1.0)], [(2.0, 1.0)])

    def polling(self, grace_s: float = 0.0) -> BookPolling:
        return BookPolling(
            ["v:A", "v:B"],
            self.fetch,
            self.books.put_nowait,
            self.clock,
            interval_s=0.001,
            grace_s=grace_s,
            failed=lambda instrument, reason: self.failures.put_nowait((instrument, reason)),
        )


@contextlib.asynccontextmanager
async def running(polling: BookPolling) -> AsyncIterator[None]:
    task = asyncio.ensure_future(polling.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_books_come_only_while_the_socket_is_down_and_tell_their_age() -> None:
    venue = Venue()
    polling = venue.polling()
    async with running(polling):
        await asyncio.sleep(0)
        assert venue.asked == 0
        polling.socket_down()
        first, second = await venue.books.get(), await venue.books.get()
        assert [first.snapshot.instrument, second.snapshot.instrument] == ["v:A", "v:B"]
        assert first.age_ns(first.asked_ns + 1_000) == 1_000
        assert first.asked_ns < first.snapshot.time_ns
        await venue.books.get()


async def test_a_book_under_way_when_the_socket_returns_is_thrown_away() -> None:
    venue = Venue()
    polling = venue.polling()
    async with running(polling):
        venue.hold.clear()
        polling.socket_down()
        await venue.asking.wait()
        polling.socket_up()
        venue.hold.set()
        polling.socket_down()
        polling.socket_up()
        for _ in range(20):
            await asyncio.sleep(0)
    assert venue.books.empty()


async def test_a_short_loss_costs_no_request() -> None:
    venue = Venue()
    polling = venue.polling(grace_s=PATIENCE_S)
    async with running(polling):
        polling.socket_down()
        await asyncio.sleep(0)
        polling.socket_up()
        await asyncio.sleep(0)
    assert venue.asked == 0


async def test_a_failed_read_is_told_and_tried_again() -> None:
    venue = Venue()
    venue.broken = True
    polling = venue.polling()
    async with running(polling):
        polling.socket_down()
        assert await venue.failures.get() == ("v:A", "no connection")
        venue.broken = False
        assert (await venue.books.get()).snapshot.bids == [(1.0, 1.0)]
