"""From the body of an order to a ticket: types, steps, bands, and what the venue refuses before matching."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.orders import TimeInForce
from mmtui.model.units import BPS, ONE, ZERO, Side
from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.errors import (
    PAYLOAD,
    ApiError,
    bad_request,
    insufficient_funds,
    unknown_symbol,
    unreadable,
)
from mmtui.sandbox.backpack.signing import Member
from mmtui.sandbox.floor import Floor, Ticket, quote_walk

SIDES: Final = {"Bid": Side.BUY, "Ask": Side.SELL}
TIMES_IN_FORCE: Final = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
ORDER_TYPES: Final = ("Limit", "Market")
SELF_TRADE: Final = ("RejectTaker", "RejectMaker", "RejectBoth")
LARGEST_CLIENT_ID: Final = 2**32 - 1
MOST_OPEN_ORDERS: Final = 500

_DECIMAL: Final = re.compile(r"[0-9]{1,24}(\.[0-9]{1,24})?")
_FLAGS: Final = ("postOnly", "reduceOnly", "autoLend", "autoLendRedeem", "autoBorrow", "autoBorrowRepay")
_CONDITIONAL: Final = (
    "triggerPrice",
    "triggerQuantity",
    "triggerBy",
    "takeProfitTriggerPrice",
    "stopLossTriggerPrice",
)

Body = Mapping[str, Any]


def read_object(body: object, payload: str = PAYLOAD) -> Body:
    """The body as an object. Raises ApiError."""
    if not isinstance(body, dict):
        raise unreadable(payload, "expected an object", payload)
    return body


def read_symbol(floor: Floor, body: Body, payload: str = PAYLOAD) -> Instrument:
    """The market that a body or query names. Raises ApiError."""
    symbol = body.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise unreadable("MarketSymbol", "Invalid market symbol", payload)
    instrument = floor.instruments.get(symbol)
    if instrument is None:
        raise unknown_symbol()
    return instrument


def read_client_id(body: Body) -> int | None:
    """The client id, a number below 2^32; None if absent. Raises ApiError."""
    value = body.get("clientId")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_CLIENT_ID:
        raise unreadable("uint32", "expected a number from 0 to 4294967295")
    return value


def read_ticket(floor: Floor, member: Member, body: Body) -> Ticket:
    """An order to enter. Raises ApiError for what the venue refuses before matching."""
    instrument = read_symbol(floor, body)
    side = SIDES[_choice(body, "side", tuple(SIDES), "Side")]
    order_type = _choice(body, "orderType", ORDER_TYPES, "OrderTypeEnum")
    time_in_force = TIMES_IN_FORCE[_choice(body, "timeInForce", tuple(TIMES_IN_FORCE), "TimeInForce", "GTC")]
    self_trade = _choice(body, "selfTradePrevention", SELF_TRADE, "SelfTradePrevention", "RejectTaker")
    flags = {name: _flag(body, name) for name in _FLAGS}
    client_id = read_client_id(body)
    _check_kind(floor, member, instrument, body, flags)
    if client_id is not None:
        rival = floor.records.by_client_id(member.name, str(client_id))
        if rival is not None and rival.is_open:
            raise ApiError("INVALID_ORDER", "Client id is in use by an open order")
    price = _price(floor, instrument, body, side) if order_type == "Limit" else None
    quantity, quote = _quantities(floor, instrument, body, order_type, side)
    if quantity < instrument.min_quantity:
        raise ApiError("INVALID_QUANTITY", "Quantity is below the minimum")
    _check_lent(floor, member, instrument, side, price, quantity, redeem=flags["autoLendRedeem"])
    return Ticket(
        account=member.name,
        instrument=instrument,
        side=side,
        quantity=quantity,
        price=price,
        time_in_force=time_in_force,
        post_only=flags["postOnly"],
        reduce_only=flags["reduceOnly"],
        client_id=None if client_id is None else str(client_id),
        details={
            "orderType": order_type,
            "timeInForce": body.get("timeInForce") or "GTC",
            "selfTradePrevention": self_trade,
            "reduceOnly": body.get("reduceOnly"),
            "quoteQuantity": quote,
            "slippageTolerance": body.get("slippageTolerance"),
            "slippageToleranceType": body.get("slippageToleranceType"),
        },
    )


def _check_kind(floor: Floor, member: Member, instrument: Instrument, body: Body, flags: Mapping[str, bool]) -> None:
    if any(body.get(name) is not None for name in _CONDITIONAL):
        raise ApiError("NOT_IMPLEMENTED", "Conditional orders are not part of this sandbox")
    if flags["reduceOnly"] and not markets.is_perp(instrument):
        raise ApiError("INVALID_ORDER", "Reduce only is for futures")
    if flags["postOnly"] and (body["orderType"] == "Market" or body.get("timeInForce", "GTC") != "GTC"):
        raise bad_request("Post only orders must be limit orders that are good till cancelled")
    if len(floor.records.open_orders(member.name)) >= MOST_OPEN_ORDERS:
        raise ApiError("ORDER_LIMIT", "Too many open orders")


def _price(floor: Floor, instrument: Instrument, body: Body, side: Side) -> Decimal:
    price = _decimal(body, "price", instrument.tick_size, "Price")
    if price is None:
        raise bad_request("Limit orders need a price")
    if not price or price % instrument.tick_size:
        raise ApiError("INVALID_PRICE", "Price is not a multiple of the tick size")
    last = floor.tapes[instrument.symbol].last_price or floor.mark(instrument.symbol)
    if last is not None and not last * markets.MIN_MULTIPLIER <= price <= last * markets.MAX_MULTIPLIER:
        raise ApiError("INVALID_PRICE", "Price is too far from the last active price")
    mark = floor.mark(instrument.symbol) if markets.is_perp(instrument) else None
    if mark is not None:
        taking = price > mark * markets.MARK_MAX_MULTIPLIER if side is Side.BUY else (
            price < mark * markets.MARK_MIN_MULTIPLIER
        )  # fmt: skip
        if taking:
            raise ApiError("INVALID_PRICE", "Price is outside the mark price band")
    return price


def _quantities(
    floor: Floor, instrument: Instrument, body: Body, order_type: str, side: Side
) -> tuple[Decimal, str | None]:
    """Base quantity, and the quote quantity as it was sent where the order names that instead."""
    quantity = _decimal(body, "quantity", instrument.lot_size, "Quantity")
    quote = _decimal(body, "quoteQuantity", None, "Quote quantity") if order_type == "Market" else None
    if (quantity is None) == (quote is None):
        raise bad_request("Must specify either `quantity` or `quoteQuantity`")
    if quantity is not None:
        if quantity % instrument.lot_size:
            raise ApiError("INVALID_QUANTITY", "Quantity is not a multiple of the step size")
        return quantity, None
    rows = floor.book(instrument.symbol)
    walked = quote_walk(rows.asks if side is Side.BUY else rows.bids, quote or ZERO, instrument.lot_size)
    return walked, str(body["quoteQuantity"])


def _check_lent(
    floor: Floor,
    member: Member,
    instrument: Instrument,
    side: Side,
    price: Decimal | None,
    quantity: Decimal,
    *,
    redeem: bool,
) -> None:
    """With auto-lend on, everything free is lent: a spot order needs leave to redeem it."""
    if not member.auto_lend or redeem or markets.is_perp(instrument):
        return
    asset = instrument.base_asset if side is Side.SELL else instrument.quote_asset
    needed = quantity if side is Side.SELL else quantity * (price or ONE) * (ONE + instrument.taker_fee_bps / BPS)
    if needed > 0 and floor.truth(member.name).balances.get(asset, (ZERO, ZERO))[1] > 0:
        raise insufficient_funds()


def _choice(body: Body, name: str, known: tuple[str, ...], kind: str, default: str | None = None) -> str:
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or value not in known:
        raise unreadable(kind, "Expect a valid enumeration value.")
    return value


def _flag(body: Body, name: str) -> bool:
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise unreadable("boolean", f"expected true or false for {name}")
    return value


def _decimal(body: Body, name: str, step: Decimal | None, title: str) -> Decimal | None:
    value = body.get(name)
    if value is None:
        return None
    if type(value) is not str or not _DECIMAL.fullmatch(value):
        raise unreadable("decimal", f"expected a decimal as text for {name}")
    if step is not None and len(value.partition(".")[2].rstrip("0")) > max(0, -int(step.as_tuple().exponent)):
        raise bad_request(f"{title} decimal too long")
    return Decimal(value)
