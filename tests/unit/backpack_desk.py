"""A Backpack that answers what a test tells it to, and a session that talks to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final

from mmtui.exchanges.backpack.connect import BackpackAccess, BackpackSession, BackpackTiming, open_backpack
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.shared.http import HttpSettings
from mmtui.exchanges.shared.socket import SocketSettings
from mmtui.model.commands import PlaceOrder
from mmtui.model.units import Side
from tests.unit.loopback import HttpServer, Request, WallClock, Writer, answer
from tests.unit.test_backpack_requests import KEY, SEED

PERP_ID: Final = "backpack:SOL_USDC_PERP"
SPOT_ID: Final = "backpack:SOL_USDC"
TAG: Final = 7
FIRST: Final = (TAG << 24) | 1
"""The number of the first client id of a session."""

Said = bytes | tuple[int, bytes]


def market(symbol: str, market_type: str, **changes: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "symbol": symbol,
        "baseSymbol": "SOL",
        "quoteSymbol": "USDC",
        "marketType": market_type,
        "filters": {
            "price": {"minPrice": "0.01", "maxPrice": None, "tickSize": "0.01"},
            "quantity": {"minQuantity": "0.01", "maxQuantity": None, "stepSize": "0.01"},
        },
        "fundingInterval": "28800000",
        "orderBookState": "Open",
        "createdAt": "2025-01-21T06:34:54.691858",
    }
    return {**row, **changes}


MARKETS: Final = [market("SOL_USDC", "SPOT"), market("SOL_USDC_PERP", "PERP")]
ACCOUNT: Final = {
    "autoBorrowSettlements": True,
    "autoLend": False,
    "borrowLimit": "1000000",
    "leverageLimit": "10",
    "futuresMakerFee": "-0.5",
    "futuresTakerFee": "5",
    "spotMakerFee": "8",
    "spotTakerFee": "10",
    "limitOrders": 3,
    "liquidating": False,
}
NOT_FOUND: Final = (404, b'{"code":"RESOURCE_NOT_FOUND","message":"Not Found"}')


def order_row(**changes: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "4228978331",
        "clientId": FIRST,
        "symbol": "SOL_USDC_PERP",
        "side": "Bid",
        "orderType": "Limit",
        "timeInForce": "GTC",
        "price": "141",
        "quantity": "12",
        "executedQuantity": "0",
        "executedQuoteQuantity": "0",
        "status": "New",
        "createdAt": 1753626206762,
        "postOnly": True,
        "reduceOnly": None,
        "selfTradePrevention": "RejectTaker",
        "relatedOrderId": None,
        "triggerPrice": None,
    }
    return {**row, **changes}


class Desk:
    """Answers "METHOD /path" with what it was told, in turn, the last one for ever."""

    def __init__(self) -> None:
        self.says: dict[str, list[Said]] = {}
        self.server = HttpServer(self._answer)
        self.session: BackpackSession

    def tell(self, name: str, *answers: object) -> None:
        """What to answer: bytes, (status, bytes), or anything as JSON."""
        self.says[name] = [row if isinstance(row, bytes | tuple) else json.dumps(row).encode() for row in answers]

    def asked(self, name: str) -> list[Request]:
        """The requests of one kind."""
        method, path = name.split(" ")
        return [row for row in self.server.requests if (row.method, row.target.split("?")[0]) == (method, path)]

    async def _answer(self, request: Request, writer: Writer) -> None:
        name = f"{request.method} {request.target.split('?')[0]}"
        told = self.says.get(name)
        if told is None:
            said: Said = NOT_FOUND
        else:
            said = told.pop(0) if len(told) > 1 else told[0]
        status, body = said if isinstance(said, tuple) else (200, said)
        if name == "GET /api/v1/time" and told is None:
            status, body = 200, str(WallClock().now() // 1_000_000).encode()
        writer.write(answer(body, status))
        await writer.drain()


@asynccontextmanager
async def desk(*, lends: bool = False, ws_url: str | None = None) -> AsyncIterator[Desk]:
    """A venue and a started session of account ``main``."""
    venue = Desk()
    venue.tell("GET /api/v1/markets", MARKETS)
    venue.tell("GET /api/v1/account", {**ACCOUNT, "autoLend": lends})
    await venue.server.start()
    access = BackpackAccess(key=KEY, secret=SEED, rest_url=venue.server.url, ws_url=ws_url or "ws://127.0.0.1:9/")
    timing = BackpackTiming(
        http=HttpSettings(connect_s=1.0, read_s=1.0, total_s=1.0),
        private=SocketSettings(first_wait_s=0.01, longest_wait_s=0.05, ping_interval_s=None),
    )
    ids = ClientIds(0, tag=TAG, next_counter=1)
    venue.session = open_backpack("main", access, WallClock(), ids=ids, timing=timing)
    try:
        await venue.session.start()
        yield venue
    finally:
        await venue.session.close()
        await venue.server.stop()
        await asyncio.sleep(0)


def place(number: int = 1, **changes: Any) -> PlaceOrder:  # noqa: ANN401 - fields of every type
    fields: dict[str, Any] = {
        "account": "main",
        "instrument": PERP_ID,
        "client_order_id": f"mm-sol-{number}",
        "side": Side.BUY,
        "price": Decimal(141),
        "quantity": Decimal(12),
    }
    return PlaceOrder(**{**fields, **changes})
