"""A Lighter of a few lines on loopback: it counts nonces, says what a test tells it to, and keeps what it hears."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs

from aiohttp import web

from mmtui.exchanges.lighter.connect import LighterAccess, LighterSession, LighterTiming, open_lighter
from mmtui.exchanges.lighter.facts import LIMIT_STATUSES
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import Event
from mmtui.model.units import Side
from tests.unit.aster_desk import Desk
from tests.unit.lighter_payloads import ACCOUNT_INDEX, ETH, KEY
from tests.unit.loopback import WallClock

KEY_INDEX: Final = 5
SOCKET: Final = SocketSettings(first_wait_s=0.01, longest_wait_s=0.05, ping_interval_s=None)
QUICK: Final = LighterTiming(
    http=HttpSettings(read_s=0.3, total_s=0.6, connect_s=0.5, pause_s=0.05, limit_statuses=LIMIT_STATUSES),
    public=SOCKET,
    private=SOCKET,
)


def market(symbol: str = "ETH", number: int = 0, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "symbol": symbol, "market_id": number, "market_type": "perp", "status": "active", "taker_fee": "0.0000",
        "maker_fee": "0.0000", "min_base_amount": "0.0050", "min_quote_amount": "10.000000",
        "supported_size_decimals": 4, "supported_price_decimals": 2, "size_decimals": 4, "price_decimals": 2,
        "is_maker_fee_enabled": True, "is_taker_fee_enabled": True, "min_initial_margin_fraction": 200,
    }  # fmt: skip
    return {**row, **changes}


def no(code: int, message: str = "no", status: int = 400) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)


class Sequence:
    """The venue's nonce of one key, and the transactions it took."""

    def __init__(self) -> None:
        self.nonce = 722
        self.taken: list[dict[str, Any]] = []

    def next(self, _request: web.Request) -> object:
        return {"code": 200, "nonce": self.nonce}

    async def one(self, request: web.Request) -> object:
        form = parse_qs((await request.read()).decode())
        return self.take([json.loads(form["tx_info"][0]) | {"type": int(form["tx_type"][0])}])

    async def batch(self, request: web.Request) -> object:
        form = parse_qs((await request.read()).decode())
        kinds, infos = json.loads(form["tx_types"][0]), json.loads(form["tx_infos"][0])
        assert len(kinds) == len(infos)
        return self.take([json.loads(info) | {"type": kind} for kind, info in zip(kinds, infos, strict=True)])

    def take(self, rows: list[dict[str, Any]]) -> object:
        for row in rows:
            if row["Nonce"] != self.nonce:
                return no(21104, "invalid nonce")
            assert row["AccountIndex"] == ACCOUNT_INDEX
            self.nonce += 1
        self.taken += rows
        hashes = ["ab" * 40] * len(rows)
        return {
            "code": 200, "message": "{}", "tx_hash": hashes[0] if len(rows) == 1 else hashes,
            "predicted_execution_time_ms": 1, "volume_quota_remaining": 10_000 - len(self.taken),
        }  # fmt: skip


def furnish(desk: Desk) -> Sequence:
    """What a healthy venue answers."""
    sequence = Sequence()
    root = "/api/v1"
    desk.say("GET /", lambda _: {"status": 200, "network_id": 1, "timestamp": int(time.time())})
    desk.say(f"GET {root}/apikeys", {"code": 200, "api_keys": [{"account_index": ACCOUNT_INDEX, "api_key_index": 5}]})
    desk.say(f"GET {root}/accountLimits", {"code": 200, "user_tier": "premium"})
    desk.say(f"GET {root}/orderBookDetails", {"code": 200, "order_book_details": [market(), market("BTC", 1)]})
    desk.say(f"GET {root}/nextNonce", sequence.next)
    desk.say(f"POST {root}/sendTx", sequence.one)
    desk.say(f"POST {root}/sendTxBatch", sequence.batch)
    return sequence


@contextlib.asynccontextmanager
async def open_desk(
    timing: LighterTiming = QUICK, *, signs: bool = True, switch_ms: int = 0, account_index: int = ACCOUNT_INDEX
) -> AsyncIterator[tuple[Desk, Sequence, LighterSession]]:
    """A venue and a session of account ``main`` that has not started."""
    desk = Desk()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", desk.handle)
    runner = desk.runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    desk.url = f"http://{host}:{port}"
    desk.greetings = ['{"session_id":"x","type":"connected"}']
    sequence = furnish(desk)
    access = LighterAccess(
        account_index=account_index, api_key_index=KEY_INDEX, api_key_private=KEY if signs else None,
        rest_url=desk.url, ws_url=f"ws://{host}:{port}/", switch_ms=switch_ms,
    )  # fmt: skip
    session = open_lighter("main", access, WallClock(), timing=timing)
    try:
        yield desk, sequence, session
    finally:
        await session.close(disarm=False)
        for socket in desk.sockets:
            await socket.close()
        await desk.leave()


@contextlib.asynccontextmanager
async def running(session: LighterSession, heard: list[Event]) -> AsyncIterator[None]:
    task = asyncio.create_task(session.run(heard.append))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def place(number: int = 1, **changes: Any) -> PlaceOrder:  # noqa: ANN401 - fields of the order
    fields: dict[str, Any] = {"side": Side.BUY, "price": Decimal("2352.74"), "quantity": Decimal("0.0050")}
    return PlaceOrder("main", ETH, f"mm-eth-{number}", **{**fields, **changes})


def cancel(number: int = 1, order_id: str | None = None) -> CancelOrder:
    return CancelOrder("main", ETH, f"mm-eth-{number}", order_id)
