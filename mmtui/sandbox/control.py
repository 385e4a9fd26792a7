"""The control endpoints beside the protocol: the truth, the market, the clock, faults, and a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from msgspec import Struct

from mmtui.model.units import Side, decimal_text
from mmtui.ports.errors import SettingsError
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.faults import AT_ONCE, SOCKETS, read_faults
from mmtui.sandbox.floor import Floor, Row
from mmtui.sandbox.records import WIRE_ID, FillRecord, OrderRecord

if TYPE_CHECKING:
    from mmtui.sandbox.server import SandboxServer

JUMP_STEP_S = 600
"""Advancing the clock lives through that much at a time, so that other requests get their turn between."""
RESTART_DELAY_S = 0.05


class CrowdTrade(Struct, frozen=True, forbid_unknown_fields=True):
    """A market order of the crowd."""

    side: Side
    quantity: Decimal


class MarketOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``POST /_sandbox/market`` asks for."""

    symbol: str
    mid: Decimal | None = None
    trade: CrowdTrade | None = None


class ClockOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``POST /_sandbox/clock`` asks for."""

    advance_s: float


class RestartOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``POST /_sandbox/restart`` asks for."""

    down_s: float = 1.0


class Control:
    """Serves ``/_sandbox/*`` for a server."""

    def __init__(self, server: "SandboxServer") -> None:
        self._server = server
        self._floor: Floor = server.venue.floor
        self._restarts: set[asyncio.Task[None]] = set()

    def add_routes(self, app: web.Application) -> None:
        """Put the endpoints into the application."""
        router = app.router
        router.add_get("/_sandbox/state", self._told(self._state))
        router.add_post("/_sandbox/market", self._told(self._market))
        router.add_post("/_sandbox/clock", self._told(self._clock))
        router.add_get("/_sandbox/faults", self._told(self._list_faults))
        router.add_post("/_sandbox/faults", self._told(self._add_faults))
        router.add_delete("/_sandbox/faults", self._told(self._clear_faults))
        router.add_post("/_sandbox/restart", self._told(self._restart))

    def _told(self, handler: Callable[[bytes], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Answer what the handler says; what the caller did wrong becomes one line."""

        async def tell(request: web.Request) -> web.Response:
            try:
                return json_response(await handler(await request.read()))
            except (SettingsError, msgspec.DecodeError, UnicodeDecodeError) as error:
                return json_response({"error": str(error)}, 400)

        return tell

    # ---------------------------------------------------------------------------------------------------- the truth

    async def _state(self, _body: bytes) -> dict[str, Any]:
        floor = self._floor
        floor.advance(self._server.clock.now_ns())
        return {
            "accounts": {name: self._account(name) for name in floor.accounts},
            "books": {symbol: self._book(symbol) for symbol in floor.instruments},
            "requests": dict(self._server.requests),
            "now_ms": self._server.clock.now_ms(),
        }

    def _account(self, name: str) -> dict[str, Any]:
        floor = self._floor
        truth = floor.truth(name)
        symbols = {instrument.id: symbol for symbol, instrument in floor.instruments.items()}
        return {
            "balances": {
                asset: {"total": decimal_text(total), "free": decimal_text(free)}
                for asset, (total, free) in truth.balances.items()
            },
            "positions": {
                symbols[key]: {
                    "quantity": decimal_text(quantity),
                    "entry_price": None if entry is None else decimal_text(entry),
                }
                for key, (quantity, entry) in truth.positions.items()
            },
            "open_orders": [_order(record) for record in floor.records.open_orders(name)],
            "fills": [_fill(fill) for fill in floor.records.fills.get(name, ())],
        }

    def _book(self, symbol: str) -> dict[str, list[list[str]]]:
        book = self._floor.book(symbol)
        return {"bids": _rows(book.bids), "asks": _rows(book.asks)}

    # ----------------------------------------------------------------------------------------------------- steering

    async def _market(self, body: bytes) -> dict[str, Any]:
        order = msgspec.json.decode(body, type=MarketOrder)
        if order.symbol not in self._floor.instruments:
            raise SettingsError(f"symbol {order.symbol!r} is none of {', '.join(self._floor.instruments)}")
        if order.mid is None and order.trade is None:
            raise SettingsError("neither mid nor trade: nothing to do")
        now_ns = self._server.clock.now_ns()
        try:
            if order.mid is not None:
                self._floor.move_mid(order.symbol, _positive(order.mid, "mid"), now_ns)
            if order.trade is not None:
                quantity = _positive(order.trade.quantity, "trade.quantity")
                self._floor.crowd_trade(order.symbol, order.trade.side, quantity, now_ns)
        except KeyError:
            raise SettingsError(f"{order.symbol} plays recorded data: nobody steers it") from None
        return self._book(order.symbol)

    async def _clock(self, body: bytes) -> dict[str, Any]:
        left = msgspec.json.decode(body, type=ClockOrder).advance_s
        if not 0 <= left < float("inf"):
            raise SettingsError("advance_s: must be 0 or more; time does not run backwards")
        while left > 0:
            step = min(left, JUMP_STEP_S)
            left -= step
            self._server.clock.advance(step)
            now_ns = self._server.clock.now_ns()
            self._floor.jump(now_ns)
            self._server.venue.tick(now_ns)
            await asyncio.sleep(0)
        return {"now_ms": self._server.clock.now_ms()}

    async def _restart(self, body: bytes) -> dict[str, Any]:
        order = msgspec.json.decode(body or b"{}", type=RestartOrder)
        task = asyncio.create_task(self._restart_soon(order.down_s))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)
        return {"restarting": True}

    async def _restart_soon(self, down_s: float) -> None:
        await asyncio.sleep(RESTART_DELAY_S)  # this very answer is to leave first
        await self._server.restart(down_s)

    # -------------------------------------------------------------------------------------------------------- faults

    async def _list_faults(self, _body: bytes) -> list[Any]:
        listed: list[Any] = msgspec.to_builtins(self._server.board.faults)
        return listed

    async def _add_faults(self, body: bytes) -> list[Any]:
        faults = read_faults(body, "faults")
        self._server.board.add(faults)
        for fault in faults:
            if fault.on in SOCKETS and fault.do in AT_ONCE:
                self._server.hub.strike_at_once(fault)
        return await self._list_faults(body)

    async def _clear_faults(self, body: bytes) -> list[Any]:
        self._server.board.clear()
        return await self._list_faults(body)


def _positive(value: Decimal, name: str) -> Decimal:
    if not value.is_finite() or value <= 0:
        raise SettingsError(f"{name}: must be above 0")
    return value


def _rows(rows: list[Row]) -> list[list[str]]:
    return [[decimal_text(price), decimal_text(quantity)] for price, quantity in rows]


def _order_id(record: OrderRecord) -> str:
    """The id as the wire has it; venues whose ids are not the bare number note theirs."""
    return str(record.details.get(WIRE_ID, record.order_id))


def _order(record: OrderRecord) -> dict[str, Any]:
    return {
        "order_id": _order_id(record),
        "client_id": record.client_id,
        "symbol": record.symbol,
        "side": record.side.value,
        "price": None if record.price is None else decimal_text(record.price),
        "quantity": decimal_text(record.quantity),
        "filled": decimal_text(record.filled),
    }


def _fill(fill: FillRecord) -> dict[str, Any]:
    return {
        "trade_id": str(fill.trade_id),
        "order_id": _order_id(fill.order),
        "symbol": fill.order.symbol,
        "side": fill.order.side.value,
        "price": decimal_text(fill.price),
        "quantity": decimal_text(fill.quantity),
        "fee": decimal_text(fill.fee_cash),
        "fee_asset": fill.fee_asset,
        "maker": fill.maker,
    }
