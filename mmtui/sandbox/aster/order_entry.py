"""From the parameters of an order to a ticket: types, steps, bands, and what the venue refuses before matching."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from mmtui.model.instrument import Instrument
from mmtui.model.orders import TimeInForce
from mmtui.model.units import ZERO, Side
from mmtui.sandbox.aster import markets
from mmtui.sandbox.aster.errors import ApiError, invalid, missing, not_here
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.aster.signing import Member
from mmtui.sandbox.floor import Floor, Ticket, quote_walk

SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTC,
}
CONDITIONAL: Final = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")
RESPONSES: Final = ("ACK", "RESULT")
CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
STP_MODES: Final = ("EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH")
STP_HERE: Final = STP_MODES[0]


class OrderReader:
    """Reads the orders of one room. ``new_client_id`` makes the ids of orders that come without one."""

    def __init__(self, room: Room, floor: Floor, new_client_id: Callable[[], str]) -> None:
        self._room = room
        self._floor = floor
        self._new_client_id = new_client_id

    def ticket(self, member: Member, parameters: Parameters) -> Ticket:
        """The order to enter. Raises ApiError for what the venue refuses before matching."""
        instrument = parameters.instrument(self._floor, self._room)
        side = SIDES[parameters.choice("side", SIDES, -1117)]
        kind = parameters.choice("type", (*markets.ORDER_TYPES, markets.TRAILING), -1116)
        if kind not in ("LIMIT", "MARKET"):
            self._refuse_conditional(instrument, side, kind, parameters)
        time_in_force = self._time_in_force(kind, parameters)
        reduce_only = self._reduce_only(member, parameters)
        self._check_extras(parameters)
        price = self._price(instrument, side, parameters) if kind == "LIMIT" else None
        quantity = self._quantity(instrument, side, kind, parameters)
        self._check_notional(instrument, side, price, quantity, reduce_only=reduce_only)
        account = member.wallet(self._room)
        if len(self._floor.records.open_orders(account, instrument.symbol)) >= markets.MOST_OPEN_ORDERS:
            raise ApiError(-2025)
        return Ticket(
            account=account,
            instrument=instrument,
            side=side,
            quantity=quantity,
            price=price,
            time_in_force=TIMES_IN_FORCE[time_in_force],
            post_only=time_in_force == "GTX",
            reduce_only=reduce_only,
            client_id=self._client_id(account, parameters),
            details={"type": kind, "timeInForce": time_in_force},
        )

    # ------------------------------------------------------------------------------------------------ kinds of orders

    def _refuse_conditional(self, instrument: Instrument, side: Side, kind: str, parameters: Parameters) -> None:
        """There are no conditional orders here; one that would trigger at once is told so, as on the venue."""
        stop = parameters.decimal("stopPrice")
        if kind in CONDITIONAL and stop is None:
            raise missing("stopPrice")
        mark = self._floor.mark(instrument.symbol)
        if stop is not None and mark is not None:
            upwards = (side is Side.BUY) == kind.startswith("STOP")
            if stop <= mark if upwards else stop >= mark:
                raise ApiError(-2021)
        raise not_here(f"an order of type {kind}")

    def _time_in_force(self, kind: str, parameters: Parameters) -> str:
        if kind == "MARKET":
            return "GTC"  # whatever it says, a market order never rests
        text = parameters.needed("timeInForce")
        if text == markets.HIDDEN and self._room is Room.FUTURES:
            raise not_here("a hidden order")
        if text not in TIMES_IN_FORCE:
            raise ApiError(-1115)
        return text

    def _reduce_only(self, member: Member, parameters: Parameters) -> bool:
        """The flag; with it the position side is checked. Spot knows neither."""
        if self._room is Room.SPOT:
            return False
        position_side = parameters.text("positionSide") or "BOTH"
        if position_side not in ("BOTH", "LONG", "SHORT"):
            raise ApiError(-4060)
        if (position_side == "BOTH") == member.hedge_mode:
            raise ApiError(-4061)
        reduce_only = parameters.flag("reduceOnly")
        if member.hedge_mode:
            if reduce_only:
                raise ApiError(-4062)
            raise not_here("trading in hedge mode")
        return reduce_only

    def _check_extras(self, parameters: Parameters) -> None:
        mode = parameters.text("stpMode")
        if mode is not None and mode not in STP_MODES:
            raise invalid("stpMode")
        if mode not in (None, STP_HERE):
            raise not_here(f"self-trade prevention by {mode}")
        if parameters.text("pegPriceType") is not None:
            raise not_here("a pegged order")
        if parameters.flag("closePosition"):
            raise ApiError(-1128)
        response = parameters.text("newOrderRespType")
        if response is not None and response not in RESPONSES:
            raise ApiError(-1136, "Invalid newOrderRespType.")

    def _client_id(self, account: str, parameters: Parameters) -> str:
        text = parameters.text("newClientOrderId")
        if text is None:
            return self._new_client_id()
        if not CLIENT_ID.fullmatch(text):
            raise ApiError(-4015)
        rival = self._floor.records.by_client_id(account, text)
        if rival is not None and rival.is_open:
            raise ApiError(-2010, "Duplicate order sent.")
        return text

    # --------------------------------------------------------------------------------------------- prices, quantities

    def _price(self, instrument: Instrument, side: Side, parameters: Parameters) -> Decimal:
        price = parameters.decimal("price")
        if price is None:
            raise missing("price")
        self.check_price(instrument, side, price)
        return price

    def check_price(self, instrument: Instrument, side: Side, price: Decimal) -> None:
        """Refuse a price off the grid or outside its bounds. Raises ApiError."""
        limits = markets.bounds(instrument)
        if price < 0:
            raise ApiError(-4001)
        if markets.places(price.normalize()) > markets.price_precision(instrument):
            raise ApiError(-1111)
        if price < limits.min_price:
            raise ApiError(-4013)
        if price > limits.max_price:
            raise ApiError(-4002)
        if price % instrument.tick_size:
            raise ApiError(-4014)
        mark = self._floor.mark(instrument.symbol)
        if mark is None:
            return
        if side is Side.BUY and price > mark * limits.multiplier_up:
            raise ApiError(-4016)
        if side is Side.SELL and price < mark * limits.multiplier_down:
            raise ApiError(-4024)

    def _quantity(self, instrument: Instrument, side: Side, kind: str, parameters: Parameters) -> Decimal:
        quantity = parameters.decimal("quantity")
        quote = parameters.decimal("quoteOrderQty")
        if quantity is None and quote is not None and kind == "MARKET" and self._room is Room.SPOT:
            rows = self._floor.book(instrument.symbol)
            quantity = quote_walk(rows.asks if side is Side.BUY else rows.bids, quote, instrument.lot_size)
        if quantity is None:
            raise missing("quantity")
        self.check_quantity(instrument, quantity, at_market=kind == "MARKET")
        return quantity

    def check_quantity(self, instrument: Instrument, quantity: Decimal, *, at_market: bool = False) -> None:
        """Refuse a quantity off the grid or outside its bounds. Raises ApiError."""
        limits = markets.bounds(instrument)
        if quantity < 0:
            raise ApiError(-4003)
        if markets.places(quantity.normalize()) > markets.quantity_precision(instrument):
            raise ApiError(-1111)
        if quantity < instrument.min_quantity:
            raise ApiError(-4004)
        if quantity > (limits.max_market_quantity if at_market else limits.max_quantity):
            raise ApiError(-4005)
        if quantity % instrument.lot_size:
            raise ApiError(-4023)

    def _check_notional(
        self, instrument: Instrument, side: Side, price: Decimal | None, quantity: Decimal, *, reduce_only: bool
    ) -> None:
        if price is None:
            bid, ask = self._floor.touch(instrument.symbol)
            price = ask if side is Side.BUY else bid
        if not reduce_only and instrument.notional(price or ZERO, quantity) < instrument.min_notional:
            raise ApiError(-4164)
