"""The planner behind ``Take``: reach a position at once, by one IOC with a price cap at a time.

Other than a close it may grow the position, so its orders pass every limit of the gate and need a fresh book. The next
one is planned only when the last has ended and every fill the venue has named is known. Resting quotes may stand beside
it; one that it could meet is cancelled first, and its end proved.
"""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.core.close import closing_side
from mmtui.core.conform import Target, Targets
from mmtui.core.state import State
from mmtui.model.instrument import MarketType
from mmtui.model.orders import Order, TimeInForce
from mmtui.model.quotes import Take
from mmtui.model.units import ONE, ZERO, Side

TAKE_LEVEL: Final = -1
"""The ladder level of a taking order: it is no rung, and the comparison with the quotes leaves it alone."""


class TakingOrder(Struct, frozen=True):
    """The next IOC of a take. ``reduce_only`` where all of it only brings the position nearer to zero."""

    side: Side
    price: Decimal
    quantity: Decimal
    reduce_only: bool


def is_taking(order: Order) -> bool:
    """True for an order that a take has sent."""
    return order.level == TAKE_LEVEL and order.time_in_force is TimeInForce.IOC


def take_side(state: State, take: Take) -> Side | None:
    """Which way the take trades; None when it is there or the position is unknown."""
    position = state.position
    return None if position is None else closing_side(position, take.target)


def plan_take(state: State, take: Take) -> TakingOrder | str:
    """The next order of a take, or in words what it waits for."""
    position = state.position
    if position is None:
        return "position unknown: nothing is taken blindly"
    side = closing_side(position, take.target)
    if side is None:
        return "position is at its target"
    hindrance = _hindrance(state, side, take)
    if hindrance:
        return hindrance
    instrument = state.instrument
    price = instrument.price_down(take.price) if side is Side.BUY else instrument.price_up(take.price)
    quantity = instrument.quantity_down(abs(take.target - position))
    if take.alone:  # one that belongs to another leg's is sent whole or not at all
        quantity = _in_parts(state, price, quantity)
    if quantity <= 0 or quantity < instrument.min_quantity:
        return "what is left to take is below the minimum quantity"
    if price <= 0:
        return "its price is not positive"
    reduces = _only_reduces(state, side, position, quantity)
    if not reduces and instrument.min_notional and instrument.notional(price, quantity) < instrument.min_notional:
        return "what is left to take is below the minimum notional"
    return TakingOrder(side, price, quantity, reduces)


def _in_parts(state: State, price: Decimal, quantity: Decimal) -> Decimal:
    """As much of it as one order may be; where even the smallest order is too large, the gate says so."""
    instrument = state.instrument
    worth = instrument.notional(max(price, state.mid or ZERO), ONE)
    most = instrument.quantity_down(state.limits.max_order_notional / worth) if worth > 0 else quantity
    return min(quantity, most) if most >= max(instrument.min_quantity, instrument.lot_size) else quantity


def _hindrance(state: State, side: Side, take: Take) -> str:
    """What a take must wait for, in words; empty when nothing."""
    if state.mid is None or state.book_stale:
        return "no fresh book to take from"
    for order in state.orders.live.values():
        if is_taking(order):
            return "waiting for the end of the last taking order"
        if take.alone:
            return "waiting for the ends of live orders"
        if order.side is not side and meets(side, take.price, order.price):
            return "waiting for the end of an own order that it would meet"
    if state.fills_owed or state.list_fills_since_ns:
        return "waiting for fills that the venue has named"
    return ""


def meets(side: Side, price: Decimal, resting: Decimal) -> bool:
    """Whether an order of ``side`` at ``price`` would trade with one resting on the other side."""
    return price >= resting if side is Side.BUY else price <= resting


def beside(targets: Targets, side: Side | None, price: Decimal) -> Targets:
    """The quotes that may stand while a take of ``side`` at ``price`` goes on: none that it could meet."""
    if side is None:
        return targets
    bids, asks = targets.bids, targets.asks
    if side is Side.BUY:
        asks = _apart(asks, side, price)
    else:
        bids = _apart(bids, side, price)
    return Targets(bids, asks, targets.dropped, targets.post_only, targets.price_tolerance, targets.clamped)


def _apart(targets: list[Target], side: Side, price: Decimal) -> list[Target]:
    return [target for target in targets if not meets(side, price, target.price)]


def _only_reduces(state: State, side: Side, position: Decimal, quantity: Decimal) -> bool:
    """True on a perp where all of it and whatever else rests on its side would still not cross zero."""
    if state.instrument.market_type is not MarketType.PERP:
        return False
    held = -position if side is Side.BUY else position
    return held > ZERO and quantity + state.orders.worst(side) <= held
