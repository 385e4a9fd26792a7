"""Connections of a sandbox by themselves: keepalive, order of frames, goodbyes."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from mmtui.sandbox.faults import WS_PRIVATE, FaultBoard, read_faults
from mmtui.sandbox.sockets import Connection, Hub, Keepalive

IMPATIENT = Keepalive(ping_s=0.05, pong_s=0.15)


class Wire:
    """A hub behind one websocket path; a client's text is the stream it wants."""

    def __init__(self) -> None:
        self.board = FaultBoard()
        self.hub = Hub(self.board)
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return await self.hub.serve(request, self._on_text, IMPATIENT, self._on_open)

    def _on_open(self, connection: Connection) -> None:
        connection.reply("hello")

    def _on_text(self, connection: Connection, text: str) -> None:
        self.hub.subscribe(connection, text, WS_PRIVATE)
        connection.reply(f"subscribed {text}")


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire()
    app = web.Application()
    app.router.add_get("/", made.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


async def test_who_answers_pings_stays(wire: Wire) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(wire.url, autoping=False) as socket:
        assert (await socket.receive()).data == "hello"
        for _ in range(6):
            message = await socket.receive()
            assert message.type is WSMsgType.PING
            await socket.pong(message.data)
        assert not socket.closed


async def test_who_answers_no_ping_is_dropped(wire: Wire) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(wire.url, autoping=False) as socket:
        kinds = {(await socket.receive()).type async for _ in _until_closed(socket)}
        assert WSMsgType.PING in kinds
        assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def _until_closed(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[None]:
    while not socket.closed:
        yield


async def test_frames_reach_who_wants_them_in_order(wire: Wire) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(wire.url) as one,
        session.ws_connect(wire.url) as other,
    ):
        for socket, stream in ((one, "x"), (other, "y")):
            assert await socket.receive_str() == "hello"
            await socket.send_str(stream)
            assert await socket.receive_str() == f"subscribed {stream}"
        assert (wire.hub.heard("x"), wire.hub.heard("z")) == (True, False)
        wire.board.add(read_faults('[{"on": "ws_private", "do": "delay_ms", "ms": 50}]', "test"))
        for number in range(3):
            wire.hub.publish("x", str(number))
        wire.hub.publish("y", "mine")
        assert [await one.receive_str() for _ in range(3)] == ["0", "1", "2"]
        assert await other.receive_str() == "mine"


async def test_goodbyes_are_said(wire: Wire) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(wire.url) as socket:
        assert await socket.receive_str() == "hello"
        await wire.hub.close_all()
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
