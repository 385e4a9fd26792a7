"""Sockets that say what the sandbox does not: late snapshots, refused subscriptions, books by REST meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

from websockets.asyncio.server import ServerConnection

from mmtui.exchanges.backpack.connect import BackpackAccess, BackpackSession, BackpackTiming, open_backpack
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.events import BestPrices, BookDelta, BookSnapshot, Event, MarkPrice, StreamDown, StreamUp, Unrecognised
from tests.unit.backpack_desk import PERP_ID, Desk, desk
from tests.unit.backpack_payloads import enveloped
from tests.unit.loopback import PATIENCE_S, WallClock
from tests.unit.loopback_streams import Talk, Venue, listen
from tests.unit.test_backpack_requests import KEY, SEED

QUICK = SocketSettings(first_wait_s=0.01, longest_wait_s=0.05, ping_interval_s=None)
DEPTH = "GET /api/v1/depth"
MARKS = "GET /api/v1/markPrices"


def depth(number: int, bid: str = "140.9") -> dict[str, object]:
    return {"asks": [["141.1", "2"]], "bids": [["100", "1"], [bid, "3"]], "lastUpdateId": str(number), "timestamp": 5}


def frame(first: int, last: int, size: str = "1") -> str:
    data = {"e": "depth", "E": 1, "s": "SOL_USDC_PERP", "a": [], "b": [["140.8", size]], "U": first, "u": last, "T": 2}
    return enveloped("depth.SOL_USDC_PERP", data).decode()


def says(*frames: str, then: Talk = listen) -> Talk:
    """Wait for the subscription, say these, then do something else."""

    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        for text in frames:
            await connection.send(text)
        await then(connection)

    return talk


async def hang_up(connection: ServerConnection) -> None:
    await connection.close()


class Heard:
    """What a session delivers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - a session has no event for each thing a test waits for
                await asyncio.sleep(0.005)

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def streaming(
    venue: Desk,
    *talks: Talk,
    signs: bool = False,
    polled: Callable[[PolledBook], None] | None = None,
    best_prices: bool = False,
) -> AsyncIterator[tuple[Heard, Venue, BackpackSession]]:
    """A running session of one perp; with ``signs`` of the account alone."""
    stream, heard = Venue(*talks), Heard()
    await stream.start()
    access = BackpackAccess(
        key=KEY if signs else None, secret=SEED if signs else None, rest_url=venue.server.url, ws_url=stream.url
    )
    timing = BackpackTiming(public=QUICK, private=QUICK)
    session = open_backpack("main", access, WallClock(), polled=polled, best_prices=best_prices, timing=timing)
    instruments = await session.start()
    if not signs:
        session.watch([instrument for instrument in instruments if instrument.id == PERP_ID])
    task = asyncio.create_task(session.run(heard.events.append))
    try:
        yield heard, stream, session
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await session.close()
        await stream.stop()


async def test_a_snapshot_older_than_the_stream_is_asked_for_again() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(5), depth(7), depth(11))
        async with streaming(venue, says(frame(10, 10), frame(11, 12), frame(13, 13))) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamUp))
            assert len(venue.asked(DEPTH)) == 3
            assert heard.names() == ["BookSnapshot", "BookDelta", "BookDelta", "StreamUp"]
            snapshot, straddling, following, _ = heard.events
            assert isinstance(snapshot, BookSnapshot)
            assert snapshot.bids == [(140.9, 3.0), (100.0, 1.0)]
            assert isinstance(straddling, BookDelta)
            assert isinstance(following, BookDelta)
            assert (straddling.previous_sequence, straddling.sequence) == (11, 12)
            assert (following.previous_sequence, following.sequence) == (12, 13)


async def test_a_crossed_snapshot_is_not_believed() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(10, bid="150"), depth(11))
        async with streaming(venue, says(frame(12, 12))) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamUp))
            assert heard.count(BookSnapshot) == 1
            assert len(venue.asked(DEPTH)) == 2


async def test_the_streams_of_a_market() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(9))
        async with streaming(venue, says(frame(10, 10))) as (heard, stream, _):
            await heard.until(lambda: heard.count(StreamUp))
            assert json.loads(stream.heard[0][0]) == {
                "method": "SUBSCRIBE",
                "params": ["depth.SOL_USDC_PERP", "trade.SOL_USDC_PERP", "markPrice.SOL_USDC_PERP"],
            }


async def test_best_prices_can_be_streamed_too() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(9))
        ticker = enveloped(
            "bookTicker.SOL_USDC_PERP",
            {"e": "bookTicker", "E": 1, "s": "SOL_USDC_PERP", "a": "141.1", "A": "2", "b": "140.9", "B": "3", "T": 2},
        ).decode()
        async with streaming(venue, says(frame(10, 10), ticker), best_prices=True) as (heard, stream, _):
            await heard.until(lambda: heard.count(BestPrices))
            assert json.loads(stream.heard[0][0])["params"][-1] == "bookTicker.SOL_USDC_PERP"


async def test_a_snapshot_that_cannot_be_had_is_told_once() -> None:
    async with desk() as venue:
        refusal = (400, b'{"code":"INVALID_SYMBOL","message":"no such market"}')
        venue.tell(DEPTH, refusal, refusal, depth(9))
        async with streaming(venue, says(frame(10, 10))) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamUp))
            down = [event.reason for event in heard.events if isinstance(event, StreamDown)]
            assert down == ["no snapshot: other: INVALID_SYMBOL: no such market"]


async def test_the_first_mark_does_not_wait_for_the_stream() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(9))
        row = {"symbol": "SOL_USDC_PERP", "markPrice": "141.02", "indexPrice": "141", "fundingRate": "0.0001"}
        venue.tell(MARKS, [{**row, "nextFundingTimestamp": 1753113600000}])
        async with streaming(venue, says(frame(10, 10))) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamUp))
            marks = [event for event in heard.events if isinstance(event, MarkPrice)]
            assert [(mark.mark, mark.next_funding_ns) for mark in marks] == [(Decimal("141.02"), 1753113600000_000_000)]


async def test_a_lost_stream_is_a_lost_book_and_begins_anew_with_a_snapshot() -> None:
    async with desk() as venue:
        venue.tell(DEPTH, depth(10), depth(30))

        async def lose(connection: ServerConnection) -> None:
            await asyncio.wait_for(told.wait(), PATIENCE_S)
            await connection.close()

        told = asyncio.Event()
        async with streaming(venue, says(frame(11, 11), then=lose), says(frame(31, 31))) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamUp) == 1)
            told.set()
            await heard.until(lambda: heard.count(StreamUp) == 2)
            assert heard.names() == [
                "BookSnapshot", "BookDelta", "StreamUp", "StreamDown", "BookSnapshot", "BookDelta", "StreamUp",
            ]  # fmt: skip


async def test_while_the_stream_is_down_books_are_read_by_rest_beside_it() -> None:
    """They are old the moment they come, and never go the way of the stream's books."""
    async with desk() as venue:
        venue.tell(DEPTH, depth(10))
        books: list[PolledBook] = []
        async with streaming(venue, says(frame(11, 11), then=hang_up), hang_up, polled=books.append) as (heard, _, _):
            await heard.until(lambda: books)
            assert books[0].snapshot.instrument == PERP_ID
            assert books[0].asked_ns <= books[0].snapshot.time_ns
            assert heard.count(StreamDown) >= 1


async def test_a_refused_subscription_is_a_lost_stream() -> None:
    async with desk() as venue:
        refusal = '{"id":null,"error":{"code":4005,"message":"Invalid signature"}}'
        async with streaming(venue, says(refusal), says(), signs=True) as (heard, _, _):
            await heard.until(lambda: heard.count(StreamDown))
            down = next(event for event in heard.events if isinstance(event, StreamDown))
            assert (down.stream, down.account) == ("private", "main")
            assert "Invalid signature" in down.reason
            assert heard.count(Unrecognised) == 1
            await heard.until(lambda: heard.count(StreamUp) == 2)


async def test_the_private_subscription_is_signed_with_the_venues_time() -> None:
    async with desk() as venue:
        ahead_ms = WallClock().now() // 1_000_000 + 30_000
        venue.tell("GET /api/v1/time", str(ahead_ms).encode())
        async with streaming(venue, says(), signs=True) as (heard, stream, _):
            await heard.until(lambda: heard.count(StreamUp))
            async with asyncio.timeout(10):
                while not (stream.heard and stream.heard[0]):  # noqa: ASYNC110 - the server's side has no event to wait for
                    await asyncio.sleep(0)
            sent = json.loads(stream.heard[0][0])
            assert sent["params"] == ["account.orderUpdate", "account.positionUpdate"]
            key, _signature, timestamp, window = sent["signature"]
            assert (key, window) == (KEY, "5000")
            assert 0 <= int(timestamp) - ahead_ms < PATIENCE_S * 1_000
