"""The small StandX with a market: a price that walks, books and marks on the stream, resting orders that are taken."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from mmtui.simulation.account import PerpPosition
from tests.unit.standx_desk import Desk, listening

TICK: Final = Decimal("0.01")
STEP_S: Final = 0.05
START_CASH: Final = Decimal(10_000)


class MarketDesk(Desk):
    """Takes what its walking price reaches, at the order's price; an immediate order trades at once at its price."""

    def __init__(self, seed: int = 5) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.mid = Decimal(100_000)
        self.position = PerpPosition()
        self.cash = START_CASH
        self.books_stop = False
        self.answers_sockets = True

    def levels(self) -> dict[str, Any]:
        """A book that comes unsorted."""
        rungs = [Decimal(5), Decimal(1), Decimal(3)]
        return {
            "symbol": "BTC-USD",
            "bids": [[str(self.mid - rung), "1.5"] for rung in rungs],
            "asks": [[str(self.mid + rung), "1.5"] for rung in rungs],
        }

    async def live(self) -> None:
        """Walk until cancelled."""
        while True:
            await asyncio.sleep(STEP_S)
            self.mid += TICK * self.chance.randint(-1_200, 1_200)
            self.ask = float(self.mid) + 1
            for row in list(self.orders.values()):
                reached = row["side"] == "buy" and self.mid <= Decimal(row["price"])
                if row["status"] == "open" and (
                    reached or (row["side"] == "sell" and self.mid >= Decimal(row["price"]))
                ):
                    await self.take(row, maker=True)
            await self.publish()

    async def publish(self) -> None:
        price = {"mark_price": str(self.mid), "index_price": str(self.mid), "symbol": "BTC-USD", "time": now_text()}
        for channel, data in (("price", price), ("depth_book", self.levels())):
            for socket in self.public if channel == "price" or not self.books_stop else []:
                if not socket.closed:
                    await socket.send_json({"seq": 1, "channel": channel, "symbol": "BTC-USD", "data": data})

    async def take(self, row: dict[str, Any], *, maker: bool) -> None:
        """The whole order trades."""
        quantity, price = Decimal(row["qty"]), Decimal(row["price"])
        signed = quantity if row["side"] == "buy" else -quantity
        fee = price * quantity * Decimal("0.0001" if maker else "0.0004")
        self.cash += self.position.trade(signed, signed * price) - fee
        row.update(status="filled", fill_qty=row["qty"], updated_at=now_text())
        trade = {
            "id": 50_000 + len(self.trades), "order_id": row["id"], "symbol": "BTC-USD", "side": row["side"],
            "price": row["price"], "qty": row["qty"], "fee_asset": "DUSD", "fee_qty": str(fee),
            "created_at": now_text(),
        }  # fmt: skip
        self.trades.append(trade)
        frames = [("trade", trade), ("order", row)]
        for channel, data in frames if self.chance.random() < 0.5 else frames[::-1]:
            await self.tell(channel, data)

    async def _place(self, fields: dict[str, Any]) -> str:
        if fields["side"] == "sell" and fields["time_in_force"] == "alo" and Decimal(fields["price"]) <= self.mid - 1:
            return "alo order rejected"
        refusal = await super()._place(fields)
        if not refusal and fields["time_in_force"] == "ioc":
            await self.take(list(self.orders.values())[-1], maker=False)
        return refusal

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        if not self.answers_sockets:
            raise web.HTTPServiceUnavailable
        return await super()._stream(request)

    async def _question(self, request: web.Request) -> web.Response:
        if request.match_info["name"] == "query_depth_book":
            return web.json_response(self.levels())
        return await super()._question(request)

    def _own(self, name: str, query: Any) -> web.Response:  # noqa: ANN401 - a multidict
        quantity = self.position.quantity
        if name == "query_positions":
            return web.json_response(
                [{"symbol": "BTC-USD", "qty": str(quantity), "status": "open"}] if quantity else []
            )
        if name == "query_balance":
            return web.json_response({"balance": str(self.cash), "cross_available": str(self.cash)})
        return super()._own(name, query)


def now_text() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


@asynccontextmanager
async def market() -> AsyncIterator[MarketDesk]:
    """The venue with its market, listening."""
    desk = MarketDesk()
    async with listening(desk):
        walk = asyncio.create_task(desk.live())
        yield desk
        walk.cancel()
        await asyncio.gather(walk, return_exceptions=True)
