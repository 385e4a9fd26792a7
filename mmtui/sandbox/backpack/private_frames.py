"""Frames of the private streams: what happened to an order, and to a position."""

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.units import ONE, ZERO, decimal_text
from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.holdings import ratio
from mmtui.sandbox.backpack.orders import expiry_reason, side_text, status_text
from mmtui.sandbox.backpack.times import us
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.records import FillRecord, OrderChange, OrderRecord
from mmtui.simulation.account import PerpPosition

EVENTS: Final = {
    OrderChange.ACCEPTED: "orderAccepted",
    OrderChange.FILLED: "orderFill",
    OrderChange.AMENDED: "orderModified",
    OrderChange.CANCELLED: "orderCancelled",
    OrderChange.EXPIRED: "orderExpired",
}
FIRST_POSITION_ID: Final = 5_411_399_000


def order_frame(change: OrderChange, record: OrderRecord, fill: FillRecord | None, now_us: int) -> dict[str, Any]:
    """The data of an ``account.orderUpdate`` frame. The order type is upper case here, side and state are not."""
    details = record.details
    data: dict[str, Any] = {
        "e": EVENTS[change],
        "E": now_us,
        "T": us(record.updated_ns),
        "s": record.symbol,
        "i": str(record.order_id),
        "S": side_text(record.side),
        "o": details["orderType"].upper(),
        "f": details["timeInForce"],
        "q": decimal_text(record.quantity),
        "X": "New" if change is OrderChange.ACCEPTED else status_text(record),
        "z": "0" if change is OrderChange.ACCEPTED else decimal_text(record.filled),
        "Z": "0" if change is OrderChange.ACCEPTED else decimal_text(record.filled_quote),
        "V": details["selfTradePrevention"],
        "O": "USER",
        "r": record.reduce_only,
        "t": None,
    }
    if record.client_id is not None:
        data["c"] = int(record.client_id)
    if record.price is not None:
        data["p"] = decimal_text(record.price)
        data["Q"] = decimal_text(record.price * record.quantity)
        data["y"] = record.post_only
    elif details["quoteQuantity"] is not None:
        data["Q"] = details["quoteQuantity"]
    if change is OrderChange.EXPIRED:
        data["R"] = expiry_reason(record)
    if fill is not None:
        data |= {
            "t": fill.trade_id,
            "l": decimal_text(fill.quantity),
            "L": decimal_text(fill.price),
            "m": fill.maker,
            "n": decimal_text(-fill.fee_cash),
            "N": fill.fee_asset,
        }
    return data


class Running(Struct):
    """A position fill by fill, so that every frame tells of its own moment."""

    number: int
    position: PerpPosition
    realized: Decimal = ZERO
    fees: Decimal = ZERO


class PositionBook:
    """The positions of all accounts as the stream tells them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._running: dict[tuple[str, str], Running] = {}

    def moved(self, fill: FillRecord, now_us: int) -> dict[str, Any]:
        """Book a fill; the frame that tells of it."""
        record = fill.order
        key = (record.account, record.symbol)
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = Running(FIRST_POSITION_ID + len(self._running), PerpPosition())
        before = running.position.quantity
        signed = fill.quantity * record.side.sign
        running.realized += running.position.trade(signed, signed * fill.price)
        running.fees += fill.fee_cash
        now = running.position.quantity
        event = "positionOpened" if not before else "positionAdjusted" if now else "positionClosed"
        return {"e": event} | self._data(record.account, record.instrument, running, now_us, us(fill.time_ns))

    def open_frames(self, account: str, now_us: int) -> list[dict[str, Any]]:
        """The open positions of an account, without an event name."""
        return [
            self._data(account, self._floor.instruments[symbol], running, now_us, now_us)
            for (owner, symbol), running in self._running.items()
            if owner == account and running.position.quantity
        ]

    def _data(
        self, account: str, instrument: Instrument, running: Running, now_us: int, time_us: int
    ) -> dict[str, Any]:
        quantity = running.position.quantity
        entry = running.position.entry_price(ONE) or ZERO
        mark = self._floor.mark(instrument.symbol) or entry
        leverage = self._floor.accounts[account].leverage
        mmf = markets.margin_functions(instrument)[1]["base"]
        return {
            "E": now_us,
            "T": time_us,
            "s": instrument.symbol,
            "i": running.number,
            "q": decimal_text(quantity),
            "Q": decimal_text(abs(quantity)),
            "n": decimal_text(abs(quantity) * mark),
            "B": ratio(entry),
            "b": ratio(entry - running.fees / quantity if quantity else ZERO),
            "M": decimal_text(mark),
            "p": ratio(running.realized),
            "P": ratio(quantity * mark - running.position.cost),
            "f": ratio(ONE / leverage),
            "m": mmf,
            "l": "0",
        }
