"""From the form of an order, old or new, to a ticket; and what the venue refuses before matching."""

from decimal import ROUND_FLOOR, Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mmtui.model.instrument import Instrument
from mmtui.model.units import ZERO
from mmtui.sandbox.floor import Floor, Ticket
from mmtui.sandbox.websea import markets
from mmtui.sandbox.websea.errors import ApiError, bad_parameter, no_position, not_here
from mmtui.sandbox.websea.holdings import Holdings, side_of
from mmtui.sandbox.websea.parameters import CROSS, ISOLATED, Parameters
from mmtui.sandbox.websea.rows import Intent, RowKey, Rows
from mmtui.sandbox.websea.signing import Member

TYPES: Final = {
    "buy-limit": (True, False),
    "sell-limit": (False, False),
    "buy-market": (True, True),
    "sell-market": (False, True),
}
"""(buys, at market)."""
TACTICS: Final = ("buy-tactics", "sell-tactics", "buy-market-tactic", "sell-market-tactics")
CONDITIONS: Final = (
    "trigger_price",
    "stop_loss_price",
    "stop_profit_price",
    "preset_stop_loss_price",
    "preset_take_profit_price",
)
MOST_OPEN_ORDERS: Final = 500


class Wish(Struct, frozen=True):
    """What a form asks for: coins and price None for market, checked for their shape."""

    instrument: Instrument
    intent: Intent
    coins: Decimal
    price: Decimal | None


class OrderEntry:
    """Reads the forms and checks them against what the account holds."""

    def __init__(self, floor: Floor, rows: Rows, holdings: Holdings) -> None:
        self._floor = floor
        self._rows = rows
        self._holdings = holdings

    def first(self, parameters: Parameters) -> Wish:
        """The form of the first version and of the old path: contract_type, type, amount. Raises ApiError."""
        opens = parameters.choice("contract_type", ("open", "close")) == "open"
        kind = parameters.choice("type", (*TYPES, *TACTICS))
        _no_conditions(parameters, tactic=kind in TACTICS)
        buys, at_market = TYPES[kind]
        mode = parameters.margin_mode() or ISOLATED
        leverage = _leverage(parameters, "lever_rate") if opens else 1
        count = parameters.decimal("amount")
        instrument = parameters.instrument(self._floor)
        price = None if at_market else _price(parameters, instrument)
        intent = Intent(opens, buys == opens, mode, leverage)
        return Wish(instrument, intent, _coins(instrument, count, at_market=at_market), price)

    def second(self, parameters: Parameters) -> Wish:
        """The form of the second version: trade_type, position_side, order_type, qty. Raises ApiError."""
        opens = parameters.choice("trade_type", ("open", "close")) == "open"
        long = parameters.choice("position_side", ("long", "short")) == "long"
        at_market = parameters.choice("order_type", ("limit", "market")) == "market"
        mode = {"isolated": ISOLATED, "cross": CROSS}[
            parameters.choice("margin_mode", ("isolated", "cross"), "isolated")
        ]
        unit = parameters.choice("qty_type", ("contract", "margin", "base"))
        _no_conditions(parameters, tactic=False)
        leverage = _leverage(parameters, "leverage") if opens else 1
        count = parameters.decimal("qty")
        instrument = parameters.instrument(self._floor)
        price = None if at_market else _price(parameters, instrument)
        if unit != "contract":
            worth = price or self._floor.mark(instrument.symbol)
            count = _converted(instrument, unit, count, worth, leverage)
        coins = _coins(instrument, count, at_market=at_market)
        return Wish(instrument, Intent(opens, long, mode, leverage), coins, price)

    def ticket(self, member: Member, wish: Wish, now_ns: int) -> Ticket:
        """An order to enter. Raises ApiError where the account cannot have it."""
        intent, instrument = wish.intent, wish.instrument
        key = RowKey(member.name, instrument.symbol, intent.margin_mode, intent.long)
        if len(self._floor.records.open_orders(member.name)) >= MOST_OPEN_ORDERS:
            raise ApiError(20001, "too many open orders")
        if intent.opens:
            self._check_margin(key, wish)
        else:
            intent = self._closing(key, wish, now_ns)
        return Ticket(
            account=member.name,
            instrument=instrument,
            side=side_of(opens=intent.opens, long=intent.long),
            quantity=wish.coins,
            price=wish.price,
            details={"intent": intent},
        )

    def _closing(self, key: RowKey, wish: Wish, now_ns: int) -> Intent:
        """The intent with the leverage of the row that it closes. Raises ApiError where there is not that much."""
        row = self._rows.find(key)
        if row is None or wish.coins > self._holdings.closable(key, now_ns):
            raise no_position()
        return replace(wish.intent, leverage=row.leverage)

    def _check_margin(self, key: RowKey, wish: Wish) -> None:
        row = self._rows.find(key)
        held = ZERO if row is None else row.coins
        if markets.contracts(wish.instrument, held + wish.coins) > markets.MAX_HOLD:
            raise ApiError(20511)
        price = wish.price or self._holdings.mark(key.symbol)
        if self._holdings.margin_for(price, wish.coins, wish.intent.leverage) > self._holdings.available(key.account):
            raise ApiError(20509)


def _no_conditions(parameters: Parameters, *, tactic: bool) -> None:
    if tactic or any(parameters.text(name) for name in CONDITIONS):
        raise not_here("a conditional order")


def _leverage(parameters: Parameters, name: str) -> int:
    parameters.needed(name)
    leverage = parameters.whole(name, 0)
    if not 1 <= leverage <= markets.LARGEST_LEVERAGE:
        raise bad_parameter(name)
    return leverage


def _price(parameters: Parameters, instrument: Instrument) -> Decimal:
    price, tick = parameters.decimal("price"), instrument.tick_size
    if not tick <= price <= markets.MAX_PRICE:
        raise ApiError(20510)
    if price % tick:
        raise ApiError(20512)
    return price


def _coins(instrument: Instrument, count: Decimal, *, at_market: bool) -> Decimal:
    """Contracts as coins; only whole contracts within the limits."""
    if count % 1:
        raise ApiError(20513)
    if not markets.MIN_CONTRACTS <= count <= markets.MAX_CONTRACTS:
        raise ApiError(20514 if at_market else 20511)
    return markets.coins(instrument, count)


def _converted(instrument: Instrument, unit: str, count: Decimal, worth: Decimal | None, leverage: int) -> Decimal:
    """Coins or margin in whole contracts, rounded down."""
    if unit == "margin":
        if worth is None:
            raise ApiError(20001, "no price")
        count = count * leverage / worth
    return markets.contracts(instrument, count).to_integral_value(ROUND_FLOOR)
