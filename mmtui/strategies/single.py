"""Join the best price with one order, keep it while it is at the touch, and close whatever fills.

R2's single-account mode, on any venue with perpetuals and in either direction. The order of checks is
docs/strategies/single.md.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Quotes, Snapshot
from mmtui.model.units import NS_PER_S, ZERO, decimal_text

TITLE = "Single order at the touch"

DEFAULTS = {"on_start_orders": "cancel_mine", "on_start_position": "flatten", "on_stop_position": "flatten"}


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses."""

    direction: Annotated[
        Literal["buy", "sell"],
        Meta(title="Direction", description="buy joins the best bid, sell the best ask."),
    ] = "buy"
    amount: Annotated[
        Decimal,
        Meta(
            title="Amount",
            description="Worth of the order (notional, not margin).",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = Decimal(100)
    tolerance_ticks: Annotated[
        int,
        Meta(
            title="Tolerance",
            description="So far from the touch an order still counts as being there.",
            ge=0,
            le=10_000,
            extra={"unit": "ticks", "minimum": "0", "maximum": "10000"},
        ),
    ] = 1
    least_age: Annotated[
        Decimal,
        Meta(
            title="Least age",
            description="An order is left alone for so long, wherever the touch goes.",
            extra={"unit": "s", "minimum": "0", "maximum": "3600"},
        ),
    ] = Decimal(10)
    close_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Close slippage",
            description="How far beyond the touch a close may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)


class Memory(Struct, frozen=True, gc=False):
    """The order that hangs (``price`` None: none) and since when."""

    price: Decimal | None = None
    quantity: Decimal = ZERO
    hung_ns: int = 0
    settings: Settings | None = None


PRESETS: dict[str, dict[str, str | int]] = {
    "conservative": {"amount": "50", "least_age": "20"},
    "beginner": {"amount": "50", "least_age": "10"},
    "aggressive": {"amount": "100", "least_age": "3", "tolerance_ticks": 0},
}


def check(_settings: Settings) -> list[str]:
    """No two of its settings can contradict each other."""
    return []


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say where the order should hang, or that the position must be closed; called on every change of the touch."""
    position, instrument = snapshot.position, snapshot.instrument
    touch = snapshot.best_bid if settings.direction == "buy" else snapshot.best_ask
    if instrument.market_type is not MarketType.PERP:
        return _none("single needs a perpetual market: it closes every position at once")
    if touch is None or snapshot.mid is None or snapshot.stale():
        return _none("no fresh book")
    if position is None:
        return _none("position unknown")
    if abs(position) // instrument.lot_size >= least_lots(instrument):
        reason = "closing the position before the next order"
        return msgspec.structs.replace(_none(reason), close=Close(ZERO, reason, settings.close_slippage_bps))
    if memory.price is None or memory.settings != settings:
        return _hang(settings, instrument, touch, snapshot.now_ns)
    due_ns = memory.hung_ns + int(settings.least_age * NS_PER_S)
    if snapshot.now_ns < due_ns:
        return _hanging(settings, memory, memory.price, "younger than its least age", due_ns)
    if abs(touch - memory.price) <= settings.tolerance_ticks * instrument.tick_size:
        return _hanging(settings, memory, memory.price, "resting at the touch", 0)
    return _hang(settings, instrument, touch, snapshot.now_ns)


def _none(reason: str) -> Decision[Memory]:
    """No order; the next one is priced afresh."""
    return Decision(Quotes(reason=reason), Memory())


def _hang(settings: Settings, instrument: Instrument, touch: Decimal, now_ns: int) -> Decision[Memory]:
    """A new order at the touch, of the amount's worth, rounded down to the lot."""
    quantity = instrument.quantity_down(settings.amount / (touch * instrument.multiplier))
    least = least_lots(instrument) * instrument.lot_size
    if quantity < least or instrument.notional(touch, quantity) < instrument.min_notional:
        return _none(
            f"amount {decimal_text(settings.amount)} buys {decimal_text(quantity)}, less than the venue's minimum"
        )
    memory = Memory(touch, quantity, now_ns, settings)
    return _hanging(settings, memory, touch, "joining the touch", now_ns + int(settings.least_age * NS_PER_S))


def _hanging(settings: Settings, memory: Memory, price: Decimal, reason: str, wake_ns: int) -> Decision[Memory]:
    side = (Quote(price, memory.quantity),)
    quotes = Quotes(bids=side, reason=reason) if settings.direction == "buy" else Quotes(asks=side, reason=reason)
    return Decision(quotes, memory, None, wake_ns)
