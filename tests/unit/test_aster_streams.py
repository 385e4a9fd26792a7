"""Listen keys, books that join, gaps, and the dead-man's switch, against a desk on loopback."""

import asyncio
import json

from mmtui.exchanges.aster.account_frames import AccountDecoder
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.connect import AsterSession
from mmtui.exchanges.aster.countdown import Countdown
from mmtui.exchanges.aster.listen_key import AccountStream
from mmtui.exchanges.shared.polling import PolledBook
from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.shared.socket import SocketHandlers, SocketSession, SocketSettings
from mmtui.model.events import BookDelta, BookSnapshot, Event, Fill, MarkPrice, OrderReport, StreamDown, StreamUp
from mmtui.model.instrument import MarketType
from tests.unit.aster_desk import BTC, SPOT, open_desk, order_row, place, refusal, running
from tests.unit.test_aster_decode import FILL

KEY_PATH = "/ws/pqia91ma19a5s61cv6a81va65sdf19v8a65a1"
MARK = {"symbol": "BTCUSDT", "markPrice": "60000", "indexPrice": "60001", "nextFundingTime": 1, "time": 1}
QUICK = SocketSettings(first_wait_s=0.01, longest_wait_s=0.05)


def depth(last: int) -> dict[str, object]:
    return {"lastUpdateId": last, "E": 1, "bids": [["59999", "1"]], "asks": [["60001", "2"]]}


def change(previous: int, last: int) -> str:
    frame = {"e": "depthUpdate", "E": 5, "s": "BTCUSDT", "U": previous + 1, "u": last, "pu": previous}
    return json.dumps({**frame, "b": [["59999", "3"]], "a": []})


def calls_of(session: AsterSession) -> Calls:
    return session.countdown._calls  # noqa: SLF001 - the session's own way to the desk


def of(heard: list[Event], *kinds: type) -> list[Event]:
    return [event for event in heard if isinstance(event, kinds)]


# ---------------------------------------------------------------------------------------------------- the account


async def test_orders_and_fills_come_over_the_key_and_the_key_is_never_closed() -> None:
    async with open_desk() as (desk, session):
        desk.greetings = [FILL.decode()]
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: of(heard, Fill) and of(heard, StreamUp))
        assert desk.socket_paths == [KEY_PATH]
        assert [method for method, path, _ in desk.heard if path.endswith("listenKey")] == ["POST"]
    up = of(heard, StreamUp)[0]
    assert isinstance(up, StreamUp)
    assert (up.stream, up.account) == ("private", "main")
    assert of(heard, OrderReport)


async def test_an_expired_key_makes_a_new_connection() -> None:
    async with open_desk() as (desk, session):
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: of(heard, StreamUp))
            await desk.sockets[0].send_str('{"e":"listenKeyExpired","E":1576653824250}')
            await desk.until(lambda: len(of(heard, StreamUp)) == 2)
        assert len(desk.socket_paths) == 2
        down = of(heard, StreamDown)[0]
        assert isinstance(down, StreamDown)
        assert "expired" in down.reason
        assert len(desk.calls("POST /fapi/v3/listenKey")) == 2


async def test_a_key_is_extended_and_one_that_is_gone_is_replaced() -> None:
    async with open_desk() as (desk, session):
        opened: list[SocketSession] = []

        def open_socket(market: MarketType, handlers: SocketHandlers, _settings: SocketSettings) -> SocketSession:
            feed = session.feed
            opened.append(feed._open_socket(market, handlers, QUICK))  # noqa: SLF001 - with shorter waits
            return opened[-1]

        decoder = AccountDecoder("main", MarketType.PERP, {})
        stream = AccountStream(MarketType.PERP, calls_of(session), decoder, open_socket, Redactor(), refresh_s=0.02)
        ups: list[MarketType] = []
        downs: list[str] = []

        def on_down(_market: MarketType, reason: str) -> None:
            downs.append(reason)

        task = asyncio.create_task(stream.run(lambda _event: None, ups.append, on_down, lambda: None))
        await desk.until(lambda: len(desk.calls("PUT /fapi/v3/listenKey")) >= 2)
        assert desk.calls("PUT /fapi/v3/listenKey")[0]["listenKey"] == KEY_PATH.removeprefix("/ws/")
        assert not downs
        desk.say("PUT /fapi/v3/listenKey", refusal(-1125, "This listenKey does not exist."), {})
        await desk.until(lambda: len(ups) >= 2)
        task.cancel()
        assert downs[0] == "the listen key is gone"


async def test_two_markets_are_up_when_both_are() -> None:
    async with open_desk(markets=(MarketType.PERP, MarketType.SPOT)) as (desk, session):
        desk.say("POST /api/v3/listenKey", refusal(-1002, "not authorised"))
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: desk.sockets and of(heard, StreamDown))
            assert not of(heard, StreamUp)
            desk.say("POST /api/v3/listenKey", {"listenKey": "spotspotspot"})
            await desk.until(lambda: of(heard, StreamUp))
        assert "/ws/spotspotspot" in desk.socket_paths


# ---------------------------------------------------------------------------------------------------- books


async def test_a_book_joins_follows_breaks_and_joins_again() -> None:
    async with open_desk({}) as (desk, session):
        desk.say("GET /fapi/v3/depth", depth(10))
        desk.say("GET /fapi/v3/premiumIndex", MARK)
        session.watch(await session.instruments())
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: of(heard, StreamUp))
            assert desk.frames == [
                {
                    "method": "SUBSCRIBE",
                    "params": ["btcusdt@depth@100ms", "btcusdt@aggTrade", "btcusdt@markPrice@1s"],
                    "id": 1,
                }
            ]
            await desk.sockets[0].send_str('{"result":null,"id":1}')
            await desk.sockets[0].send_str(change(8, 12))
            await desk.sockets[0].send_str(change(12, 20))
            await desk.until(lambda: len(of(heard, BookDelta)) == 2)
            desk.say("GET /fapi/v3/depth", depth(15), depth(33))
            await desk.sockets[0].send_str(change(25, 30))
            await desk.sockets[0].send_str(change(30, 40))
            await desk.until(lambda: len(of(heard, StreamUp)) == 2)
        assert isinstance(of(heard, MarkPrice)[0], MarkPrice)
    told = [
        (type(event).__name__, getattr(event, "previous_sequence", None), getattr(event, "sequence", None))
        for event in of(heard, BookSnapshot, BookDelta, StreamUp, StreamDown)
    ]
    assert told == [
        ("BookSnapshot", None, 10),
        ("StreamUp", None, None),
        ("BookDelta", 10, 12),
        ("BookDelta", 12, 20),
        ("StreamDown", None, None),
        ("BookSnapshot", None, 33),
        ("BookDelta", 33, 40),
        ("StreamUp", None, None),
    ]
    assert len(desk.sockets) == 1


async def test_a_lost_socket_comes_back_with_a_snapshot_first() -> None:
    async with open_desk({}, markets=(MarketType.SPOT,)) as (desk, session):
        desk.say("GET /api/v3/depth", depth(10), depth(50))
        session.watch(await session.instruments())
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: of(heard, StreamUp))
            await desk.sockets[0].close()
            await desk.until(lambda: len(of(heard, StreamUp)) == 2)
    assert [type(event) for event in heard] == [BookSnapshot, StreamUp, StreamDown, BookSnapshot, StreamUp]
    assert {event.instrument for event in heard if isinstance(event, BookSnapshot)} == {SPOT}


async def test_a_snapshot_that_cannot_be_read_is_read_again() -> None:
    async with open_desk({}) as (desk, session):
        crossed = {**depth(10), "asks": [["1", "1"]]}
        desk.say("GET /fapi/v3/depth", refusal(-1121), crossed, depth(10))
        desk.say("GET /fapi/v3/premiumIndex", MARK)
        session.watch(await session.instruments())
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: of(heard, StreamUp))
    assert len(of(heard, BookSnapshot)) == 1


async def test_books_are_polled_while_the_socket_is_down() -> None:
    polled: list[PolledBook] = []
    async with open_desk({}) as (desk, session):
        session.feed._polled = polled.append  # noqa: SLF001 - as open_aster hands it in
        desk.say("GET /fapi/v3/depth", depth(10))
        desk.say("GET /fapi/v3/premiumIndex", MARK)
        instruments = await session.instruments()
        broken = SocketSettings(first_wait_s=30.0, longest_wait_s=30.0, open_s=0.01)
        session.feed._settings = broken  # noqa: SLF001 - a socket that does not come back soon
        session.watch(instruments)
        heard: list[Event] = []
        async with running(session, heard):
            await desk.until(lambda: desk.sockets or of(heard, StreamDown))
            for socket in desk.sockets:
                await socket.close()
            await desk.until(lambda: polled)
    assert polled[0].snapshot.instrument == BTC


# ---------------------------------------------------------------------------------------------------- the switch

COUNTDOWN = "POST /fapi/v3/countdownCancelAll"


async def test_the_switch_is_armed_with_the_first_order_renewed_and_disarmed() -> None:
    async with open_desk(countdown_ms=90) as (desk, session):
        desk.say("POST /fapi/v3/order", order_row())
        heard: list[Event] = []
        async with running(session, heard):
            assert session.client is not None
            await session.client.execute([place()])
            await desk.until(lambda: len(desk.calls(COUNTDOWN)) >= 3)
        assert list(session.countdown.armed) == [BTC]
        assert {row["countdownTime"] for row in desk.calls(COUNTDOWN)} == {"90"}
        assert await session.countdown.disarm() == []
        assert desk.calls(COUNTDOWN)[-1]["countdownTime"] == "0"
        assert not session.countdown.armed


async def test_a_switch_that_was_not_disarmed_is_named() -> None:
    async with open_desk() as (desk, session):
        desk.say(COUNTDOWN, refusal(-1121, "Invalid symbol."))
        session.countdown.watch(BTC)
        session.countdown.watch(SPOT)  # has none
        assert await session.countdown.disarm() == [BTC]
        assert len(desk.calls(COUNTDOWN)) == 1


async def test_no_switch_where_none_is_wanted() -> None:
    async with open_desk() as (desk, session):
        switch = Countdown(calls_of(session), 0)
        switch.watch(BTC)
        assert await switch.disarm() == []
        assert not desk.calls(COUNTDOWN)
