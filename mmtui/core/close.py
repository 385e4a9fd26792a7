"""The planner behind ``Close``: bring the position to a size, and never further.

Resting orders are cancelled first and their ends proved, so that nothing grows the position again while it is being
closed. Then one reduce-only IOC with a price cap at a time; its proven fills decide what is left to do.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.core.state import State
from mmtui.model.orders import TimeInForce
from mmtui.model.quotes import Close
from mmtui.model.units import BPS, ONE, Side


class ClosingOrder(Struct, frozen=True):
    """The next reduce-only IOC of a close."""

    side: Side
    price: Decimal
    quantity: Decimal


def closing_side(position: Decimal, target: Decimal) -> Side | None:
    """Which way to trade to get from ``position`` to ``target``; None when there."""
    if position == target:
        return None
    return Side.SELL if position > target else Side.BUY


def plan_close(state: State, close: Close) -> ClosingOrder | str:
    """The next order of a close, or in words what it waits for."""
    position = state.position
    if position is None:
        return "position unknown: nothing is closed blindly"
    side = closing_side(position, close.target)
    if side is None:
        return "position is at its target"
    instrument = state.instrument
    quantity = instrument.quantity_down(min(abs(position - close.target), abs(position)))
    if quantity <= 0 or quantity < instrument.min_quantity:
        return "what is left to close is below the minimum quantity"
    if state.orders.live:
        return "waiting for the ends of live orders before closing"
    if state.best_bid is None or state.best_ask is None:
        return "no book to close at"
    cap = close.slippage_bps / BPS
    if side is Side.SELL:
        price = instrument.price_down(state.best_bid * (ONE - cap))
    else:
        price = instrument.price_up(state.best_ask * (ONE + cap))
    return ClosingOrder(side, price, quantity)


CLOSE_TIME_IN_FORCE = TimeInForce.IOC
