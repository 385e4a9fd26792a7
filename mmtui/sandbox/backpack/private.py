"""The signed REST interface: orders, history, holdings, settings."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from aiohttp import web

from mmtui.model.instrument import Instrument
from mmtui.model.units import decimal_text
from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.errors import ApiError, bad_request, not_found, refused, unknown_symbol, unreadable
from mmtui.sandbox.backpack.history import History
from mmtui.sandbox.backpack.holdings import Holdings
from mmtui.sandbox.backpack.order_entry import SIDES, read_client_id, read_object, read_symbol, read_ticket
from mmtui.sandbox.backpack.orders import order_document
from mmtui.sandbox.backpack.public import Budgets
from mmtui.sandbox.backpack.signing import Door, Fields, Member, read_body
from mmtui.sandbox.calls import Call, Endpoint, json_response
from mmtui.sandbox.floor import Floor, Refusal
from mmtui.sandbox.records import OrderRecord

LARGEST_BATCH: Final = 50
LARGEST_LEVERAGE: Final = 50
CANCEL: Final = "OrderCancelPayload"
CANCEL_ALL: Final = "OrderCancelAllPayload"
SETTINGS: Final = "UpdateAccountSettingsRequest"
CANCEL_TYPES: Final = ("RestingLimitOrder", "ConditionalOrder")

Query = Mapping[str, str]
Reader = Callable[[Member, Query, Call], Any]
"""Answers a signed GET with a document."""
Writer = Callable[[Member, Any, Call], web.Response]
"""Answers a request with a signed body."""

NO_ENTRIES: Final = {
    "/wapi/v1/history/position": "positionHistoryQueryAll",
    "/wapi/v1/history/settlement": "settlementHistoryQueryAll",
    "/wapi/v1/history/borrowLend": "borrowHistoryQueryAll",
    "/wapi/v1/history/interest": "interestHistoryQueryAll",
    "/wapi/v1/history/dust": "dustHistoryQueryAll",
    "/wapi/v1/capital/deposits": "depositQueryAll",
    "/wapi/v1/capital/withdrawals": "withdrawalQueryAll",
}
"""Histories of what does not happen here."""


class PrivateApi:
    """Answers members only."""

    def __init__(self, floor: Floor, door: Door, budgets: Budgets) -> None:
        self._floor = floor
        self._door = door
        self._budgets = budgets

    def endpoints(self) -> Sequence[Endpoint]:
        """The paths."""
        history = History(self._floor)
        reads: list[tuple[str, str, Reader]] = [
            ("/api/v1/account", "accountQuery", lambda member, _query, _call: self._held(member).account()),
            ("/api/v1/account/limits/order", "maxOrderQuantity", self._max_order),
            ("/api/v1/capital", "balanceQuery", lambda member, _query, _call: self._held(member).capital()),
            (
                "/api/v1/capital/collateral",
                "collateralQuery",
                lambda member, _query, _call: self._held(member).collateral(),
            ),
            (
                "/api/v1/borrowLend/positions",
                "borrowLendPositionQuery",
                lambda member, _query, _call: self._held(member).lend_positions(),
            ),
            ("/api/v1/position", "positionQuery", self._positions),
            ("/api/v1/order", "orderQuery", self._order),
            ("/api/v1/orders", "orderQueryAll", self._orders),
            ("/wapi/v1/history/fills", "fillHistoryQueryAll", history.fills),
            ("/wapi/v1/history/orders", "orderHistoryQueryAll", history.orders),
            ("/wapi/v1/history/funding", "fundingHistoryQueryAll", history.funding),
            *((path, instruction, _nothing) for path, instruction in NO_ENTRIES.items()),
        ]
        return [
            *(
                Endpoint("GET", path, self._reading(instruction, answer), "query")
                for path, instruction, answer in reads
            ),
            Endpoint("POST", "/api/v1/order", self._writing("orderExecute", self._place), "place"),
            Endpoint("POST", "/api/v1/orders", self._writing("orderExecute", self._place_many), "place"),
            Endpoint("DELETE", "/api/v1/order", self._writing("orderCancel", self._cancel), "cancel"),
            Endpoint("DELETE", "/api/v1/orders", self._writing("orderCancelAll", self._cancel_all), "cancel"),
            Endpoint("PATCH", "/api/v1/account", self._writing("accountUpdate", self._update_account)),
        ]

    # -------------------------------------------------------------------------------------------- who may come in

    def _reading(self, instruction: str, answer: Reader) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                self._budgets.spend(call)
                member = self._door.admit(call.headers, instruction, [call.query], call.now_ms)
                return json_response(answer(member, dict(call.query), call))
            except ApiError as error:
                return error.response()

        return serve

    def _writing(self, instruction: str, answer: Writer) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                self._budgets.spend(call)
                body = read_body(call.body)
                pieces = [list(row.items()) for row in _objects(body)]
                member = self._door.admit(call.headers, instruction, pieces, call.now_ms)
                return answer(member, body, call)
            except ApiError as error:
                return error.response()

        return serve

    def _held(self, member: Member) -> Holdings:
        return Holdings(self._floor, member)

    # ------------------------------------------------------------------------------------------------------- orders

    def _place(self, member: Member, body: Any, call: Call) -> web.Response:  # noqa: ANN401 - any JSON
        return json_response(order_document(self._enter(member, read_object(body), call)))

    def _enter(self, member: Member, body: Fields, call: Call) -> OrderRecord:
        ticket = read_ticket(self._floor, member, body)
        placed = self._floor.place(ticket, call.now_ns)
        if isinstance(placed, Refusal):
            raise refused(placed, perp=markets.is_perp(ticket.instrument))
        return placed

    def _place_many(self, member: Member, body: Any, call: Call) -> web.Response:  # noqa: ANN401 - any JSON
        if not isinstance(body, list):
            raise unreadable("OrderExecutePayload", "expected an array")
        if not 0 < len(body) <= LARGEST_BATCH:
            raise bad_request(f"Batch must hold 1 to {LARGEST_BATCH} orders")
        results = []
        for row in body:
            try:
                results.append({"operation": "Ok"} | order_document(self._enter(member, read_object(row), call)))
            except ApiError as error:
                results.append({"operation": "Err"} | error.document())
        return json_response(results)

    def _cancel(self, member: Member, body: Any, call: Call) -> web.Response:  # noqa: ANN401 - any JSON
        fields = read_object(body, CANCEL)
        instrument = read_symbol(self._floor, fields, CANCEL)
        order_id = fields.get("orderId")
        if order_id is not None and type(order_id) is not str:
            raise unreadable("string", "expected orderId as text", CANCEL)
        record = self._open_order(member, instrument, order_id, read_client_id(fields))
        refusal = self._floor.cancel(record, call.now_ns)
        if refusal is not None:
            raise refused(refusal, perp=markets.is_perp(instrument))
        return json_response(order_document(record))

    def _cancel_all(self, member: Member, body: Any, call: Call) -> web.Response:  # noqa: ANN401 - any JSON
        fields = read_object(body, CANCEL_ALL)
        instrument = read_symbol(self._floor, fields, CANCEL_ALL)
        kind = fields.get("orderType")
        if kind is not None and kind not in CANCEL_TYPES:
            raise unreadable("CancelOrderTypeEnum", "Expect a valid enumeration value.", CANCEL_ALL)
        if kind == "ConditionalOrder":
            return json_response([])
        cancelled = self._floor.cancel_all(member.name, instrument.symbol, call.now_ns)
        return json_response([order_document(record) for record in cancelled])

    def _open_order(
        self, member: Member, instrument: Instrument, order_id: str | None, client_id: int | None
    ) -> OrderRecord:
        if (order_id is None) == (client_id is None):
            raise bad_request("Must specify either `orderId` or `clientId`, and not both")
        if order_id is not None:
            number = int(order_id) if order_id.isascii() and order_id.isdecimal() else -1
            record = self._floor.records.by_id(member.name, number)
        else:
            record = self._floor.records.by_client_id(member.name, str(client_id))
        if record is None or not record.is_open or record.symbol != instrument.symbol:
            raise not_found()
        return record

    def _order(self, member: Member, query: Query, _call: Call) -> dict[str, Any]:
        """An order that is open; of all others the venue knows nothing here."""
        client_id = query.get("clientId")
        if client_id is not None and not (client_id.isascii() and client_id.isdecimal()):
            raise bad_request("failed to parse parameter `clientId`: expected a number")
        number = None if client_id is None else int(client_id)
        record = self._open_order(member, read_symbol(self._floor, query), query.get("orderId"), number)
        return order_document(record)

    def _orders(self, member: Member, query: Query, _call: Call) -> list[dict[str, Any]]:
        symbol = query.get("symbol")
        if symbol is not None and symbol not in self._floor.instruments:
            raise unknown_symbol()
        kind = query.get("marketType")
        rows = self._floor.records.open_orders(member.name, symbol)
        return [
            order_document(row) for row in rows if kind is None or (kind == "PERP") == markets.is_perp(row.instrument)
        ]

    # ---------------------------------------------------------------------------------------- holdings and settings

    def _positions(self, member: Member, query: Query, _call: Call) -> list[dict[str, Any]]:
        """All positions; a symbol without one is not found, which is how the venue says flat."""
        rows = self._held(member).positions()
        symbol = query.get("symbol")
        if symbol is None:
            return rows
        found = [row for row in rows if row["symbol"] == symbol]
        if not found:
            raise not_found()
        return found

    def _max_order(self, member: Member, query: Query, _call: Call) -> dict[str, Any]:
        instrument = read_symbol(self._floor, query)
        side = SIDES.get(query.get("side", ""))
        if side is None:
            raise bad_request("failed to parse parameter `side`: Expect a valid enumeration value.")
        price = _amount(query.get("price"), "price") or self._floor.mark(instrument.symbol)
        if price is None:
            raise bad_request("No price")
        quantity = self._held(member).max_order_quantity(instrument, side, price)
        return {
            "symbol": instrument.symbol,
            "side": query["side"],
            "price": decimal_text(price),
            "maxOrderQuantity": decimal_text(quantity),
            "reduceOnly": query.get("reduceOnly") == "true",
            "autoBorrow": None,
            "autoBorrowRepay": None,
            "autoLendRedeem": None,
        }

    def _update_account(self, member: Member, body: Any, _call: Call) -> web.Response:  # noqa: ANN401 - any JSON
        """Change settings; the answer is empty."""
        fields = read_object(body, SETTINGS)
        flags = {name: fields.get(name) for name in ("autoBorrowSettlements", "autoLend", "autoRepayBorrows")}
        for name, value in flags.items():
            if value is not None and not isinstance(value, bool):
                raise unreadable("boolean", f"expected true or false for {name}", SETTINGS)
        limit = fields.get("leverageLimit")
        if limit is not None and type(limit) is not str:
            raise unreadable("decimal", "expected a decimal as text for leverageLimit", SETTINGS)
        leverage = _amount(limit, "leverageLimit")
        if leverage is not None:
            if not 1 <= leverage <= LARGEST_LEVERAGE:
                raise ApiError("INVALID_RANGE", f"Leverage limit must be from 1 to {LARGEST_LEVERAGE}")
            self._floor.accounts[member.name].leverage = leverage
        member.auto_borrow_settlements = _or(flags["autoBorrowSettlements"], member.auto_borrow_settlements)
        member.auto_lend = _or(flags["autoLend"], member.auto_lend)
        member.auto_repay_borrows = _or(flags["autoRepayBorrows"], member.auto_repay_borrows)
        return web.Response()


def _objects(body: object) -> list[dict[str, object]]:
    rows: list[object] = body if isinstance(body, list) else [body]
    objects = [row for row in rows if isinstance(row, dict)]
    if len(objects) < len(rows):
        raise bad_request("parse request payload error: failed to parse JSON: expected objects")
    return objects


def _amount(text: str | None, name: str) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value <= 0:
        raise bad_request(f"failed to parse parameter `{name}`: expected a number above 0")
    return value


def _or(value: bool | None, default: bool) -> bool:
    return default if value is None else value


def _nothing(_member: Member, _query: Query, _call: Call) -> list[Any]:
    return []
