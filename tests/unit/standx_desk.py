"""A small StandX on loopback: logins, signed commands, results on the order socket, the account's stream.

It keeps orders without a market: an order rests, unless it is post-only above ``ask`` (refused later, by the engine).
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import WSMsgType, web
from eth_account import Account
from eth_account.messages import encode_defunct
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.exchanges.standx.connect import StandxAccess, StandxSession, StandxTiming, open_standx
from mmtui.exchanges.standx.signing import from_base58
from mmtui.model.events import Event, StreamUp
from tests.unit.loopback import PATIENCE_S, WallClock

WALLET_KEY: Final = "0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
STAMP: Final = "2026-11-20T00:00:00.000000Z"

QUICK: Final = StandxTiming(
    http=HttpSettings(connect_s=2.0, read_s=2.0, total_s=2.0),
    public=SocketSettings(idle_s=5.0, first_wait_s=0.02, longest_wait_s=0.1),
    private=SocketSettings(ping_interval_s=None, first_wait_s=0.02, longest_wait_s=0.1),
)

INFO: Final = {
    "symbol": "BTC-USD", "base_asset": "BTC", "quote_asset": "DUSD", "price_tick_decimals": 2, "qty_tick_decimals": 4,
    "min_order_qty": "0.0001", "maker_fee": "0.0001", "taker_fee": "0.0004", "status": "trading",
}  # fmt: skip


def jwt(payload: dict[str, object]) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{middle}.c2lnbmF0dXJl"


class Desk:
    """The venue; what it does wrong is switched on by its attributes."""

    def __init__(self) -> None:
        self.url = ""
        self.address = str(Account.from_key(WALLET_KEY).address)
        self.token_life_s = 3_600.0
        self.logins = 0
        self.refuse_login = False
        self.foreign_message = False
        self.skew_s = 0
        self.window_s = 5.0
        self.ask = 100_000.0
        self.accepted_first = True
        self.results_first = False
        self.silent_results = False
        self.keys: dict[str, str] = {}
        self.dead_tokens: set[str] = set()
        self.orders: dict[int, dict[str, Any]] = {}
        self.trades: list[dict[str, Any]] = []
        self.funding: list[dict[str, Any]] = []
        self.streams: list[web.WebSocketResponse] = []
        self.public: list[web.WebSocketResponse] = []
        self.sessions: dict[str, web.WebSocketResponse] = {}
        self.requests: list[tuple[str, Any]] = []
        self.config = {"symbol": "BTC-USD", "leverage": "10", "margin_mode": "cross"}
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/offchain/{name}", self._offchain)
        app.router.add_get("/api/{name:.+}", self._question)
        app.router.add_post("/api/{name}", self._command)
        app.router.add_get("/ws-stream/v1", self._stream)
        app.router.add_get("/ws-api/v1", self._order_socket)
        return app

    # ---------------------------------------------------------------------------------------------------------- login

    async def _offchain(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert request.query["chain"] == "bsc"
        if self.refuse_login:
            return web.json_response({"code": 403, "message": "region is not served"}, status=403)
        if request.match_info["name"] == "prepare-signin":
            request_id = body["requestId"]
            message = f"standx.com wants you to sign in:\n{body['address']}\n\nRequest ID: {request_id}"
            if self.foreign_message:
                message = "I give all my tokens to somebody else"
            terms = {
                "domain": "standx.com", "chainId": 56, "address": body["address"], "requestId": request_id,
                "message": message,
            }  # fmt: skip
            return web.json_response({"success": True, "signedData": jwt(terms)})
        middle = body["signedData"].split(".")[1]
        terms = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        signer = Account.recover_message(encode_defunct(text=terms["message"]), signature=body["signature"])
        if signer != self.address:
            return web.json_response({"code": 401, "message": "signature does not belong to the address"}, status=401)
        self.logins += 1
        token = jwt({"exp": int(time.time() + self.skew_s + self.token_life_s), "n": self.logins})
        self.keys[token] = terms["requestId"]
        return web.json_response({"token": token, "address": signer, "chain": "bsc"})

    def expire_all(self) -> None:
        """Every token given so far ends now."""
        self.dead_tokens |= set(self.keys)

    def _is_alive(self, token: str) -> bool:
        return token in self.keys and token not in self.dead_tokens

    def _bearer(self, request: web.Request) -> str | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return token if self._is_alive(token) else None

    # ------------------------------------------------------------------------------------------------------ questions

    async def _question(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        open_answers: dict[str, Callable[[], object]] = {
            "kline/time": lambda: int(time.time() + self.skew_s),
            "query_market_overview": lambda: {"symbols": [{"symbol": "BTC-USD"}, {"symbol": "ODD-USD"}]},
            "query_symbol_info": lambda: [
                INFO if request.query["symbol"] == "BTC-USD" else {"symbol": "ODD-USD", "qty_tick_decimals": 2}
            ],
        }
        if name in open_answers:
            return web.json_response(open_answers[name]())
        if self._bearer(request) is None:
            return web.json_response({"code": 401, "message": "token has expired"}, status=401)
        return self._own(name, request.query)

    def _own(self, name: str, query: Any) -> web.Response:  # noqa: ANN401 - a multidict
        if name == "query_open_orders":
            rows = [row for row in self.orders.values() if row["status"] == "open"]
            return web.json_response({"code": 0, "result": rows, "total": len(rows), "page_size": 500})
        if name == "query_order":
            for row in self.orders.values():
                if str(row["id"]) == query.get("order_id") or row["cl_ord_id"] == query.get("cl_ord_id"):
                    return web.json_response(row)
            return web.json_response({"code": 404, "message": "order not found"})
        answers: dict[str, object] = {
            "query_trades": {"result": self.trades, "total": len(self.trades), "page_size": 500},
            "query_positions": [{"symbol": "BTC-USD", "qty": "-0.25", "entry_price": "99000", "status": "open"}],
            "query_balance": {"balance": "1000.5", "cross_available": "-3.25", "equity": "1001"},
            "query_position_config": self.config,
            "query_funding_history": self.funding,
        }
        return web.json_response(answers[name])

    # ------------------------------------------------------------------------------------------------------- commands

    async def _command(self, request: web.Request) -> web.Response:
        token, body = self._bearer(request), await request.read()
        if token is None:
            return web.json_response({"code": 401, "message": "token has expired"}, status=401)
        fault = self._signature_fault(request, body, self.keys[token])
        if fault:
            return web.json_response({"code": 403, "message": fault}, status=403)
        name, fields = request.match_info["name"], json.loads(body)
        self.requests.append((name, fields))
        if name.startswith("change_"):
            self.config.update({key: str(value) for key, value in fields.items()})
        request_id, session = request.headers["x-request-id"], request.headers.get("x-session-id", "")
        task = asyncio.create_task(self._work(name, fields, session, request_id))
        self._tasks.add(task)
        if self.results_first:
            await asyncio.sleep(0.1)
        return web.json_response({"code": 0, "message": "success", "request_id": request_id})

    def _signature_fault(self, request: web.Request, body: bytes, key: str) -> str:
        stamp, name = request.headers["x-request-timestamp"], request.headers["x-request-id"]
        if abs(int(stamp) / 1_000 - time.time() - self.skew_s) > self.window_s:
            return "signature has expired"
        try:
            signed = base64.b64decode(request.headers["x-request-signature"])
            VerifyKey(from_base58(key)).verify(f"v1,{name},{stamp},".encode() + body, signed)
        except BadSignatureError:
            return "invalid signature"
        return ""

    async def _work(self, name: str, fields: dict[str, Any], session: str, request_id: str) -> None:
        """The engine behind the gateway."""
        await asyncio.sleep(0 if self.results_first else 0.02)
        refusal = await self._place(fields) if name == "new_order" else await self._cancel(fields)
        socket = self.sessions.get(session)
        if socket is None or self.silent_results:
            return
        if self.accepted_first:
            await socket.send_json({"code": 0, "status": "accepted", "request_id": request_id})
        done = {"code": 0, "message": "success"} if not refusal else {"code": 400, "message": refusal}
        await socket.send_json({**done, "request_id": request_id})

    async def _place(self, fields: dict[str, Any]) -> str:
        crosses = fields["time_in_force"] == "alo" and fields["side"] == "buy" and float(fields["price"]) >= self.ask
        number = 1_000 + len(self.orders)
        row = {
            **fields, "id": number, "status": "rejected" if crosses else "open", "fill_qty": "0", "remark": "",
            "created_at": STAMP, "updated_at": STAMP,
        }  # fmt: skip
        self.orders[number] = row
        if crosses:
            return "alo order rejected"
        await self.tell("order", row)
        return ""

    async def _cancel(self, fields: dict[str, Any]) -> str:
        wanted = [*fields.get("order_id_list", []), *fields.get("cl_ord_id_list", [])]
        wanted += [fields[name] for name in ("order_id", "cl_ord_id") if name in fields]
        for row in self.orders.values():
            if row["status"] == "open" and (row["id"] in wanted or row["cl_ord_id"] in wanted):
                row["status"] = "canceled"
                wanted = [name for name in wanted if name not in (row["id"], row["cl_ord_id"])]
                await self.tell("order", row)
        return "order not found" if wanted else ""

    # -------------------------------------------------------------------------------------------------------- sockets

    async def tell(self, channel: str, data: object) -> None:
        for socket in self.streams:
            await socket.send_json({"seq": 1, "channel": channel, "data": data})

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            said = json.loads(frame.data) if frame.type is WSMsgType.TEXT else {}
            if "subscribe" in said and socket not in self.public:
                self.public.append(socket)
            if "auth" in said:
                well = self._is_alive(said["auth"]["token"])
                self.requests.append(("auth", well))
                data = {"code": 200, "msg": "success"} if well else {"code": 401, "msg": "token has expired"}
                await socket.send_json({"seq": 1, "channel": "auth", "data": data})
                if well and socket not in self.streams:
                    self.streams.append(socket)
        if socket in self.streams:
            self.streams.remove(socket)
        return socket

    async def _order_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            said = json.loads(frame.data)
            well = self._is_alive(json.loads(said["params"])["token"])
            self.requests.append(("auth:login", well))
            if well:
                self.sessions[said["session_id"]] = socket
            answer = {"code": 0, "message": "success"} if well else {"code": 401, "message": "invalid token"}
            await socket.send_json({**answer, "request_id": said["request_id"]})
        self.sessions = {name: other for name, other in self.sessions.items() if other is not socket}
        return socket

    async def kill_order_sockets(self) -> None:
        """Cut them all."""
        for socket in list(self.sessions.values()):
            await socket.close()


class Trader:
    """A session on the desk and what it heard."""

    def __init__(self, session: StandxSession) -> None:
        self.session = session
        self.events: list[Event] = []

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - the session has no event for each thing a test waits for
                await asyncio.sleep(0.005)

    def heard(self, *kinds: type[Event]) -> list[Any]:
        return [event for event in self.events if type(event) in kinds]


@asynccontextmanager
async def listening(desk: Desk) -> AsyncIterator[None]:
    """The desk's server."""
    runner = web.AppRunner(desk.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    desk.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served() -> AsyncIterator[Desk]:
    """The desk, listening."""
    desk = Desk()
    async with listening(desk):
        yield desk


def access(desk: Desk, **fields: str) -> StandxAccess:
    how = fields or {"wallet_key": WALLET_KEY}
    return StandxAccess(**how, rest_url=desk.url, ws_url=desk.url.replace("http", "ws"))  # type: ignore[arg-type]


@asynccontextmanager
async def trading(desk: Desk, **fields: str) -> AsyncIterator[Trader]:
    """A session that runs, its account's stream up."""
    session = open_standx("main", access(desk, **fields), WallClock(), timing=QUICK)
    trader = Trader(session)
    await session.start()
    task = asyncio.create_task(session.run(trader.events.append))
    try:
        await trader.until(lambda: trader.heard(StreamUp))
        yield trader
    finally:
        ended = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await session.close()
        if ended:
            task.result()
