"""The REST interface: login, markets for everybody, accounts for who brings a token, orders for who can sign."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from mmtui.model.units import NS_PER_MS, NS_PER_S, Side, decimal_text
from mmtui.sandbox.calls import Call, Endpoint, json_response
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.standx import markets
from mmtui.sandbox.standx.documents import (
    AccountPicture,
    funding_document,
    order_document,
    status_of,
    trade_document,
)
from mmtui.sandbox.standx.errors import ApiError, bad_request, not_found
from mmtui.sandbox.standx.limits import Limits
from mmtui.sandbox.standx.login import CHAIN, WEEK_S, Door, Member
from mmtui.sandbox.standx.order_entry import MODES, Deed, OrderEntry
from mmtui.sandbox.standx.prices import book_document, candles, market_document, overview_row, price_document
from mmtui.sandbox.standx.results import Results
from mmtui.sandbox.standx.times import from_iso, iso

OFFCHAIN: Final = "/v1/offchain/"
API: Final = "/api/"
PAGE: Final = 100
MOST_ROWS: Final = 500
MOST_OPEN: Final = 1_200
DEPTH: Final = 100
FUNDING_STEP_MS: Final = 3_600_000

Answer = Any


class Prepare(Struct, frozen=True, rename="camel"):
    """The body of ``prepare-signin``."""

    address: str
    request_id: str


class Login(Struct, frozen=True, rename="camel"):
    """The body of ``login``."""

    signature: str
    signed_data: str
    expires_seconds: int = WEEK_S


class Rest:
    """Answers requests."""

    def __init__(self, floor: Floor, door: Door, limits: Limits, entry: OrderEntry, results: Results) -> None:
        self._floor = floor
        self._door = door
        self._limits = limits
        self._entry = entry
        self._results = results

    def endpoints(self) -> Sequence[Endpoint]:
        """The paths."""
        public: dict[str, Callable[[Call], Answer]] = {
            "kline/time": lambda call: call.now_ns // NS_PER_S,
            "query_market_overview": self._overview,
            "query_symbol_info": lambda call: [markets.info_document(markets.BY_SYMBOL[self._symbol(call)])],
            "query_symbol_market": lambda call: market_document(self._floor, self._symbol(call), call.now_ns),
            "query_symbol_price": lambda call: price_document(self._floor, self._symbol(call), call.now_ns),
            "query_depth_book": self._depth,
            "query_recent_trades": self._recent_trades,
            "query_funding_rates": self._funding_rates,
            "kline/history": self._candles,
        }
        own: dict[str, Callable[[Call, Member], Answer]] = {
            "query_order": self._order,
            "query_orders": self._orders,
            "query_open_orders": self._open_orders,
            "query_trades": self._trades,
            "query_positions": self._positions,
            "query_balance": lambda _, member: AccountPicture(self._floor, member).balance(),
            "query_position_config": self._position_config,
            "query_funding_history": self._funding_history,
        }
        deeds: dict[str, tuple[Deed, str | None]] = {
            "new_order": (self._entry.new, "place"),
            "cancel_order": (self._entry.cancel, "cancel"),
            "cancel_orders": (self._entry.cancel_many, "cancel"),
            "change_leverage": (self._entry.change_leverage, None),
            "change_margin_mode": (self._entry.change_margin_mode, None),
        }
        return [
            Endpoint("GET", f"{API}health", lambda _: web.Response(text="OK")),
            Endpoint("GET", "/v1/region", lambda call: json_response({"systemTime": call.now_ms, "region": "local"})),
            Endpoint("DELETE", "/_sandbox/tokens", lambda _: json_response({"expired": self._door.expire_all()})),
            Endpoint("POST", f"{OFFCHAIN}prepare-signin", self._guarded(self._prepare)),
            Endpoint("POST", f"{OFFCHAIN}login", self._guarded(self._login)),
            *(Endpoint("GET", API + path, self._guarded(handler)) for path, handler in public.items()),
            *(Endpoint("GET", API + path, self._for_members(handler), "query") for path, handler in own.items()),
            *(Endpoint("POST", API + path, self._doing(deed), kind) for path, (deed, kind) in deeds.items()),
        ]

    # ----------------------------------------------------------------------------------------------------- plumbing

    def _guarded(self, handler: Callable[[Call], Answer]) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                self._limits.address(call.remote, call.now_ns)
                return json_response(handler(call))
            except ApiError as error:
                return error.response()

        return serve

    def _for_members(self, handler: Callable[[Call, Member], Answer]) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> Answer:
            member = self._door.enter(call).member
            self._limits.account(member.name, call.now_ns)
            return handler(call, member)

        return self._guarded(serve)

    def _doing(self, deed: Deed) -> Callable[[Call], web.Response]:
        """Queue what a signed body asks for: the answer says no more than that."""

        def serve(call: Call) -> Answer:
            member = self._door.signed(call).member
            self._limits.account(member.name, call.now_ns)
            request_id = str(uuid.UUID(int=call.now_ns))
            verdict = deed(member, call.body, call.now_ns)
            self._results.tell(member, call.headers.get("x-session-id", ""), request_id, verdict, call.now_ns)
            return {"code": 0, "message": "success", "request_id": request_id}

        return self._guarded(serve)

    # -------------------------------------------------------------------------------------------------------- login

    @staticmethod
    def _chain(call: Call) -> None:
        if call.parameter("chain") != CHAIN:
            raise bad_request("unsupported chain")

    def _prepare(self, call: Call) -> Answer:
        self._chain(call)
        try:
            asked = msgspec.json.decode(call.body, type=Prepare)
        except msgspec.MsgspecError as error:
            raise bad_request(f"invalid request: {error}") from None
        return {"success": True, "signedData": self._door.prepare(asked.address, asked.request_id, call.now_ns)}

    def _login(self, call: Call) -> Answer:
        self._chain(call)
        try:
            asked = msgspec.json.decode(call.body, type=Login)
        except msgspec.MsgspecError as error:
            raise bad_request(f"invalid request: {error}") from None
        return self._door.login(asked.signature, asked.signed_data, asked.expires_seconds, call.now_ns)

    # ------------------------------------------------------------------------------------------------------ markets

    def _symbol(self, call: Call) -> str:
        symbol = call.parameter("symbol")
        if symbol is None:
            raise bad_request("symbol is required")
        if symbol not in self._floor.instruments:
            raise not_found("symbol")
        return symbol

    def _overview(self, call: Call) -> Answer:
        rows = [overview_row(self._floor, symbol, call.now_ns) for symbol in self._floor.instruments]
        summary = {"open_interest_notional": "0", "symbol_count": len(rows), "volume_quote_24h": "0"}
        return {"summary": summary, "symbols": rows}

    def _depth(self, call: Call) -> Answer:
        return book_document(self._floor, self._symbol(call), whole(call, "limit", DEPTH))

    def _recent_trades(self, call: Call) -> Answer:
        symbol = self._symbol(call)
        latest = list(self._floor.tapes[symbol].trades)[-whole(call, "limit", PAGE) :]
        return [
            {
                "symbol": symbol, "price": decimal_text(row.price), "qty": decimal_text(row.quantity),
                "quote_qty": decimal_text(row.price * row.quantity), "is_buyer_taker": row.taker_side is Side.BUY,
                "time": iso(row.time_ns),
            }
            for row in reversed(latest)
        ]  # fmt: skip

    def _funding_rates(self, call: Call) -> Answer:
        symbol = self._symbol(call)
        mark = self._floor.tapes[symbol].mark
        begin, end = whole(call, "start_time"), whole(call, "end_time", call.now_ms)
        if mark is None:
            return []
        hours = range(-(-begin // FUNDING_STEP_MS) * FUNDING_STEP_MS, min(end, call.now_ms) + 1, FUNDING_STEP_MS)
        return [
            {
                "id": hour // FUNDING_STEP_MS, "symbol": symbol, "funding_rate": decimal_text(mark.funding_rate),
                "index_price": decimal_text(mark.index), "mark_price": decimal_text(mark.mark), "premium": "0",
                "time": iso(hour * NS_PER_MS), "created_at": iso(hour * NS_PER_MS),
                "updated_at": iso(hour * NS_PER_MS),
            }
            for hour in hours
        ]  # fmt: skip

    def _candles(self, call: Call) -> Answer:
        symbol, resolution = self._symbol(call), call.parameter("resolution") or ""
        return candles(self._floor, symbol, resolution, whole(call, "from"), whole(call, "to", call.now_ns // NS_PER_S))

    # ----------------------------------------------------------------------------------------------------- accounts

    def _document(self, record: Any, member: Member) -> dict[str, Any]:  # noqa: ANN401 - an OrderRecord
        return order_document(record, member, member.leverage.get(record.symbol, markets.START_LEVERAGE))

    def _order(self, call: Call, member: Member) -> Answer:
        number, name = call.parameter("order_id"), call.parameter("cl_ord_id")
        if number is not None:
            record = self._floor.records.by_id(member.name, whole(call, "order_id"))
        elif name is not None:
            record = self._floor.records.by_client_id(member.name, name)
        else:
            raise bad_request("order_id or cl_ord_id is required")
        if record is None:
            raise not_found("order")
        return self._document(record, member)

    def _orders(self, call: Call, member: Member) -> Answer:
        symbol, status, order_type = (call.parameter(name) for name in ("symbol", "status", "order_type"))
        begin, end, last = moment(call, "start"), moment(call, "end"), whole(call, "last_id", 0)
        rows = [
            row
            for row in self._floor.records.orders(member.name, symbol)
            if status in (None, status_of(row))
            and order_type in (None, row.details["order_type"])
            and (begin is None or row.created_ns >= begin)
            and (end is None or row.created_ns <= end)
            and (not last or row.order_id < last)
        ]
        return page([self._document(row, member) for row in rows], most(call, PAGE, MOST_ROWS))

    def _open_orders(self, call: Call, member: Member) -> Answer:
        rows = self._floor.records.open_orders(member.name, call.parameter("symbol"))
        return page([self._document(row, member) for row in rows], most(call, MOST_ROWS, MOST_OPEN))

    def _trades(self, call: Call, member: Member) -> Answer:
        symbol, side = call.parameter("symbol"), call.parameter("side")
        begin, end, last = moment(call, "start"), moment(call, "end"), whole(call, "last_id", 0)
        rows = [
            fill
            for fill in reversed(self._floor.records.fills.get(member.name, []))
            if symbol in (None, fill.order.symbol)
            and side in (None, fill.order.side.value)
            and (begin is None or fill.time_ns >= begin)
            and (end is None or fill.time_ns <= end)
            and (not last or fill.trade_id < last)
        ]
        return page([trade_document(fill, member) for fill in rows], most(call, PAGE, MOST_ROWS))

    def _positions(self, call: Call, member: Member) -> Answer:
        return AccountPicture(self._floor, member).positions(call.parameter("symbol"), call.now_ns)

    def _position_config(self, call: Call, member: Member) -> Answer:
        symbol = self._symbol(call)
        return {
            "symbol": symbol, "leverage": member.leverage.get(symbol, markets.START_LEVERAGE),
            "margin_mode": member.margin_mode.get(symbol, MODES[0]),
        }  # fmt: skip

    def _funding_history(self, call: Call, member: Member) -> Answer:
        symbol, begin, end = call.parameter("symbol"), moment(call, "start"), moment(call, "end")
        last = whole(call, "last_id", 0)
        rows = [
            funding_document(row, number, member)
            for number, row in enumerate(self._floor.records.funding.get(member.name, []), 1)
            if symbol in (None, row.symbol)
            and (begin is None or row.time_ns >= begin)
            and (end is None or row.time_ns <= end)
            and (not last or number < last)
        ]
        return rows[::-1][: most(call, PAGE, MOST_ROWS)]


def page(rows: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """The wrapper of lists."""
    shown = rows[:limit]
    return {"code": 0, "message": "success", "page_size": len(shown), "result": shown, "total": len(rows)}


def most(call: Call, default: int, largest: int) -> int:
    """How many rows are wanted. Raises ApiError."""
    count = whole(call, "limit", default)
    if not 1 <= count <= largest:
        raise bad_request("invalid limit")
    return count


def whole(call: Call, name: str, default: int | None = None) -> int:
    """A whole number of the query. Raises ApiError."""
    text = call.parameter(name)
    if not text:
        if default is None:
            raise bad_request(f"{name} is required")
        return default
    if not (text.isascii() and text.isdecimal()):
        raise bad_request(f"invalid {name}")
    return int(text)


def moment(call: Call, name: str) -> int | None:
    """A time of the query in nanoseconds. Raises ApiError."""
    text = call.parameter(name)
    if not text:
        return None
    try:
        return from_iso(text)
    except ValueError:
        raise bad_request(f"invalid {name}") from None
