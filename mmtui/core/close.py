"""The planner behind ``Close``: bring the position to a size, and never further.

Resting orders are cancelled first and their ends proved, so that nothing grows the position again while it is being
closed. Then one reduce-only IOC with a price cap at a time; its proven fills decide what is left to do.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.core.snapshot import exact_price
from mmtui.core.state import State
from mmtui.model.quotes import Close
from mmtui.model.units import BPS, ONE, ZERO, Side


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
    if side is closing_side(ZERO, position):
        return "a close never grows a position"
    instrument = state.instrument
    quantity = instrument.quantity_down(min(abs(position - close.target), abs(position)))
    if quantity <= 0 or quantity < instrument.min_quantity:
        return "what is left to close is below the minimum quantity"
    if state.orders.live:
        return "waiting for the ends of live orders before closing"
    if state.fills_owed:
        return "waiting for fills that the venue has named"
    touch = closing_touch(state, side)
    if touch is None:
        return "no book to close at"
    cap = close.slippage_bps / BPS
    if side is Side.SELL:
        price = instrument.price_down(touch * (ONE - cap))
    else:
        price = instrument.price_up(touch * (ONE + cap))
    return ClosingOrder(side, price, quantity)


def closing_touch(state: State, side: Side) -> Decimal | None:
    """The best price to close against. A book that has lost its other side still has this one."""
    if state.mid is not None:
        return state.best_bid if side is Side.SELL else state.best_ask
    book = state.book
    if not (book.ready and state.public_up) or (book.best_bid is not None and book.best_ask is not None):
        return None
    best = book.best_bid if side is Side.SELL else book.best_ask
    return None if best is None else exact_price(state.instrument, best)
