"""Orders and cancels: checked and queued by the gateway, then taken or refused by the engine.

The engine acts at once here; what it made of a request is told a little later, as the venue does, to who listens under
the session id that the request named.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from msgspec import Struct

from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side
from mmtui.sandbox.floor import Floor, Refusal, Ticket
from mmtui.sandbox.records import OrderRecord
from mmtui.sandbox.standx import markets
from mmtui.sandbox.standx.documents import ORDER_TYPE, REJECTED, TIME_IN_FORCE
from mmtui.sandbox.standx.errors import bad_request, not_found, refusal_words
from mmtui.sandbox.standx.login import Member

Verdict = str
"""What the engine said against a request; empty for nothing."""

Deed = Callable[[Member, bytes, int], Verdict]
"""Carries out a signed body. Raises ApiError where the gateway refuses it."""

_TIMES_IN_FORCE: Final = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "alo": TimeInForce.GTC}
MODES: Final = ("cross", "isolated")
LARGEST: Final = Decimal("1e15")
"""No price and no size has more digits before the point."""


class NewOrder(Struct, frozen=True):
    """The body of ``new_order``."""

    symbol: str
    side: str
    order_type: str
    qty: str
    time_in_force: str
    reduce_only: bool
    price: str | None = None
    cl_ord_id: str | None = None
    margin_mode: str | None = None
    leverage: int | None = None
    tp_price: str | None = None
    sl_price: str | None = None


class Cancel(Struct, frozen=True):
    """The body of ``cancel_order``."""

    order_id: int | None = None
    cl_ord_id: str | None = None


class CancelMany(Struct, frozen=True):
    """The body of ``cancel_orders``."""

    order_id_list: list[int] = []
    cl_ord_id_list: list[str] = []


class Leverage(Struct, frozen=True):
    """The body of ``change_leverage``."""

    symbol: str
    leverage: int


class MarginMode(Struct, frozen=True):
    """The body of ``change_margin_mode``."""

    symbol: str
    margin_mode: str


class OrderEntry:
    """Does what signed bodies ask for."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def new(self, member: Member, body: bytes, now_ns: int) -> Verdict:
        """``new_order``."""
        order = _decoded(body, NewOrder)
        ticket = self._ticket(member, order)
        placed = self._floor.place(ticket, now_ns)
        if not isinstance(placed, Refusal):
            return ""
        words = refusal_words(placed)
        record = self._floor.accept_unmatched(ticket, now_ns)
        record.details[REJECTED] = words
        self._floor.expire(record, words, now_ns)
        return words

    def cancel(self, member: Member, body: bytes, now_ns: int) -> Verdict:
        """``cancel_order``."""
        asked = _decoded(body, Cancel)
        if (asked.order_id is None) is (asked.cl_ord_id is None):
            raise bad_request("order_id or cl_ord_id is required")
        record = self._find(member, asked.order_id, asked.cl_ord_id)
        if record is None:
            raise not_found("order")
        return self._end(record, now_ns)

    def cancel_many(self, member: Member, body: bytes, now_ns: int) -> Verdict:
        """``cancel_orders``: those that are not there are passed over."""
        asked = _decoded(body, CancelMany)
        if not asked.order_id_list and not asked.cl_ord_id_list:
            raise bad_request("order_id_list or cl_ord_id_list is required")
        found = [self._find(member, number, None) for number in asked.order_id_list]
        found += [self._find(member, None, name) for name in asked.cl_ord_id_list]
        verdicts = [self._end(record, now_ns) for record in found if record is not None]
        return next((verdict for verdict in verdicts if verdict), "")

    def change_leverage(self, member: Member, body: bytes, _now_ns: int) -> Verdict:
        """``change_leverage``."""
        asked = _decoded(body, Leverage)
        self._row(asked.symbol)
        if not 1 <= asked.leverage <= markets.MAX_LEVERAGE:
            raise bad_request("invalid leverage")
        member.leverage[asked.symbol] = asked.leverage
        self._floor.accounts[member.name].leverage = Decimal(asked.leverage)
        return ""

    def change_margin_mode(self, member: Member, body: bytes, _now_ns: int) -> Verdict:
        """``change_margin_mode``: not while something is held or rests."""
        asked = _decoded(body, MarginMode)
        row = self._row(asked.symbol)
        if asked.margin_mode not in MODES:
            raise bad_request("invalid margin mode")
        held = self._floor.instruments[row.symbol].id in self._floor.truth(member.name).positions
        before = member.margin_mode.get(asked.symbol, MODES[0])
        if before != asked.margin_mode and (held or self._floor.records.open_orders(member.name, row.symbol)):
            raise bad_request("margin mode cannot be changed with open orders or positions")
        member.margin_mode[asked.symbol] = asked.margin_mode
        return ""

    # ------------------------------------------------------------------------------------------------------- parts

    def _find(self, member: Member, number: int | None, name: str | None) -> OrderRecord | None:
        if number is not None:
            return self._floor.records.by_id(member.name, number)
        return self._floor.records.by_client_id(member.name, name or "")

    def _end(self, record: OrderRecord, now_ns: int) -> Verdict:
        if not record.is_open:
            return "order is not open"
        self._floor.cancel(record, now_ns)
        return ""

    def _row(self, symbol: str) -> markets.MarketRow:
        row = markets.BY_SYMBOL.get(symbol)
        if row is None or symbol not in self._floor.instruments:
            raise not_found("symbol")
        return row

    def _ticket(self, member: Member, order: NewOrder) -> Ticket:
        """The order for the engine. Raises ApiError for what the gateway refuses."""
        row = self._row(order.symbol)
        if order.side not in ("buy", "sell"):
            raise bad_request("invalid side")
        if order.order_type not in ("limit", "market") or order.time_in_force not in _TIMES_IN_FORCE:
            raise bad_request("invalid order type or time in force")
        if order.order_type == "market" and order.time_in_force != "ioc":
            raise bad_request("a market order must be ioc")
        if order.tp_price is not None or order.sl_price is not None:
            raise bad_request("tp_price and sl_price are not served here")
        quantity = _number(order.qty, row.lot_size, "qty")
        if not row.min_qty <= quantity <= row.max_qty:
            raise bad_request("qty is out of range")
        self._check_account(member, order)
        return Ticket(
            account=member.name,
            instrument=self._floor.instruments[row.symbol],
            side=Side.BUY if order.side == "buy" else Side.SELL,
            quantity=quantity,
            price=None if order.order_type == "market" else self._price(row, order),
            time_in_force=_TIMES_IN_FORCE[order.time_in_force],
            post_only=order.time_in_force == "alo",
            reduce_only=order.reduce_only,
            client_id=order.cl_ord_id,
            details={TIME_IN_FORCE: order.time_in_force, ORDER_TYPE: order.order_type},
        )

    def _price(self, row: markets.MarketRow, order: NewOrder) -> Decimal:
        price = _number(order.price or "", row.tick_size, "price")
        mark = self._floor.mark(row.symbol)
        if mark is not None and abs(price - mark) > mark * markets.PRICE_REACH:
            raise bad_request("price is too far from the mark price")
        return price

    def _check_account(self, member: Member, order: NewOrder) -> None:
        if order.leverage not in (None, member.leverage.get(order.symbol, markets.START_LEVERAGE)):
            raise bad_request("leverage differs from the position's")
        if order.margin_mode not in (None, member.margin_mode.get(order.symbol, MODES[0])):
            raise bad_request("margin mode differs from the position's")
        name = order.cl_ord_id
        if name is not None and self._floor.records.by_client_id(member.name, name) is not None:
            raise bad_request("cl_ord_id has been used")
        if len(self._floor.records.open_orders(member.name, order.symbol)) >= markets.MAX_OPEN_ORDERS:
            raise bad_request("too many open orders")


def _decoded(body: bytes, as_type: Any) -> Any:  # noqa: ANN401 - a Struct of this module
    try:
        return msgspec.json.decode(body, type=as_type)
    except msgspec.MsgspecError as error:
        raise bad_request(f"invalid request: {error}") from None


def _number(text: str, step: Decimal, name: str) -> Decimal:
    """A positive multiple of ``step``. Raises ApiError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise bad_request(f"invalid {name}") from None
    if not value.is_finite() or not 0 < value < LARGEST or value % step:
        raise bad_request(f"invalid {name}")
    return value
