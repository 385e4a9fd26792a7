"""A venue of a few lines on loopback: it says what a test tells it to, and keeps what it hears."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from mmtui.exchanges.aster.connect import AsterAccess, AsterSession, AsterTiming, open_aster
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import Event
from mmtui.model.instrument import MarketType
from mmtui.model.units import Side
from tests.unit.loopback import PATIENCE_S, WallClock

KEY = "01" * 32
ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
BTC = "aster:BTCUSDT"
SPOT = "aster.spot:BTCUSDT"
V3: dict[str, Any] = {"user": ADDRESS, "signer": ADDRESS, "signer_key": KEY}
V1: dict[str, Any] = {"key": "some-api-key", "secret": "s3cr3t-c4n4ry"}

QUICK = HttpSettings(read_s=0.3, total_s=0.6, connect_s=0.5)

Say = web.StreamResponse | Callable[[web.Request], Any] | Any


def order_row(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "orderId": 22542179, "symbol": "BTCUSDT", "status": "NEW", "clientOrderId": "mm-1", "price": "60000.0",
        "avgPrice": "0.00000", "origQty": "0.010", "executedQty": "0", "cumQty": "0", "cumQuote": "0",
        "timeInForce": "GTX", "type": "LIMIT", "origType": "LIMIT", "side": "BUY", "positionSide": "BOTH",
        "reduceOnly": False, "closePosition": False, "stopPrice": "0", "updateTime": 1566818724722,
    }  # fmt: skip
    return {**row, **changes}


def refusal(code: int, msg: str = "no", status: int = 400) -> web.Response:
    return web.json_response({"code": code, "msg": msg}, status=status)


def info(symbol: str = "BTCUSDT", notional: str = "notional") -> dict[str, object]:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "1", "maxPrice": "1000000"},
        {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
        {"filterType": "MIN_NOTIONAL", notional: "5"},
    ]
    row = {"symbol": symbol, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": filters}
    return {"symbols": [row], "rateLimits": []}


class Desk:
    """Answers by method and path; a path without an answer is refused with -5000."""

    def __init__(self) -> None:
        self.says: dict[str, list[Say]] = {}
        self.heard: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.socket_paths: list[str] = []
        self.frames: list[Any] = []
        self.greetings: list[str] = []
        self.url = ""
        self.changed = asyncio.Event()
        self.runner: web.AppRunner | None = None

    async def leave(self) -> None:
        """Close the door: nobody answers any more."""
        if self.runner is not None:
            runner, self.runner = self.runner, None
            await runner.cleanup()

    def say(self, call: str, *answers: Say) -> None:
        """Answers to ``METHOD /path`` in turn, the last one for ever."""
        self.says[call] = list(answers)

    def calls(self, call: str) -> list[dict[str, str]]:
        """The parameters of every call heard, without a signature's value."""
        return [
            {name: values[0] for name, values in parse_qs(text).items()}
            for method, path, text in self.heard
            if f"{method} {path}" == call
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if "upgrade" in request.headers:
            return await self._socket(request)
        body = (await request.read()).decode()
        raw_query = request.raw_path.partition("?")[2]
        self.heard.append((request.method, request.path, raw_query or body))
        self.headers.append(dict(request.headers))
        self.changed.set()
        answers = self.says.get(f"{request.method} {request.path}")
        if not answers:
            return refusal(-5000, f"no answer for {request.path}", 404)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, web.Response):
            return web.Response(body=answer.body, status=answer.status, headers=dict(answer.headers))
        return web.json_response(answer)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self.socket_paths.append(request.path)
        self.changed.set()
        for greeting in self.greetings:
            await socket.send_str(greeting)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
                self.changed.set()
        return socket

    async def until(self, reached: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not reached():
                self.changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self.changed.wait()


def venue_time(_request: web.Request) -> object:
    return {"serverTime": time.time_ns() // 1_000_000}


async def hang(_request: web.Request) -> web.Response:
    await asyncio.sleep(PATIENCE_S)
    return web.Response()


def reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@contextlib.asynccontextmanager
async def open_desk(
    credentials: dict[str, Any] | None = None,
    markets: tuple[MarketType, ...] = (MarketType.PERP,),
    countdown_ms: int = 60_000,
) -> AsyncIterator[tuple[Desk, AsterSession]]:
    desk = Desk()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", desk.handle)
    runner = desk.runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    desk.url = f"http://{host}:{port}"
    for path in ("/fapi/v3", "/fapi/v1", "/api/v3", "/api/v1"):
        desk.say(f"GET {path}/time", venue_time)
        desk.say(f"GET {path}/exchangeInfo", info())
        desk.say(f"POST {path}/listenKey", {"listenKey": "pqia91ma19a5s61cv6a81va65sdf19v8a65a1"})
        desk.say(f"PUT {path}/listenKey", {})
        desk.say(f"POST {path}/countdownCancelAll", {"symbol": "BTCUSDT", "countdownTime": "60000"})
    where = AsterAccess(
        **(V3 if credentials is None else credentials), rest_url=desk.url, ws_url=f"ws://{host}:{port}",
        markets=markets, countdown_ms=countdown_ms,
    )  # fmt: skip
    session = open_aster("main", where, WallClock(), timing=AsterTiming(http=QUICK))
    try:
        yield desk, session
    finally:
        await session.close(disarm=False)
        for socket in desk.sockets:
            await socket.close()
        await desk.leave()


@contextlib.asynccontextmanager
async def running(session: AsterSession, heard: list[Event]) -> AsyncIterator[None]:
    task = asyncio.create_task(session.run(heard.append))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def place(number: int = 1, instrument: str = BTC, price: str = "60000.0", **changes: Any) -> PlaceOrder:  # noqa: ANN401 - fields of the order
    return PlaceOrder("main", instrument, f"mm-{number}", Side.BUY, Decimal(price), Decimal("0.010"), **changes)


def cancel(number: int = 1, instrument: str = BTC) -> CancelOrder:
    return CancelOrder("main", instrument, f"mm-{number}", None)
