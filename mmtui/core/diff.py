"""The fewest steps from what rests to what should rest.

An order that is near enough is left alone, so it keeps its place in the queue. Nothing is sent that could meet an order
of our own. A side never has more orders live, in flight or unknown than it should have: a place whose answer is owed is
busy, and nothing is placed on top of it. That is what makes every state on the way at most as exposed as its end.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from mmtui.core.conform import Target, Targets
from mmtui.model.orders import Order, OrderState
from mmtui.model.units import ZERO, Side

MIN_REMAINING_SHARE = Decimal("0.5")
"""A partly filled order is left in its queue place until less than this share of the wanted quantity remains."""


class Amendment(Struct, frozen=True, gc=False):
    """Move this order to that target."""

    order: Order
    target: Target


class Plan(Struct, frozen=True):
    """What to ask for, in this order: cancels, amends, places. ``waiting`` targets wait for a busy order's answer."""

    cancels: list[Order]
    amends: list[Amendment]
    places: list[Target]
    waiting: int

    @property
    def is_empty(self) -> bool:
        """True when all that should rest does."""
        return not (self.cancels or self.amends or self.places or self.waiting)


def diff(targets: Targets, live: Iterable[Order], *, can_amend: bool) -> Plan:
    """Compare targets with the live orders of one account and symbol; those of a take (level below 0) stay as is."""
    plan = Plan([], [], [], 0)
    buys: list[Order] = []
    sells: list[Order] = []
    taking: list[Order] = []
    for order in live:
        if order.level < 0:
            taking.append(order)
        else:
            (buys if order.side is Side.BUY else sells).append(order)
    waiting = _plan_side(targets.bids, buys, targets.price_tolerance, plan, can_amend=can_amend)
    waiting += _plan_side(targets.asks, sells, targets.price_tolerance, plan, can_amend=can_amend)
    if taking:  # no rungs of the ladder, but nothing may be placed that they could meet
        buys += [order for order in taking if order.side is Side.BUY]
        sells += [order for order in taking if order.side is Side.SELL]
    if (plan.places or plan.amends) and (buys or sells):
        waiting += _hold_back_crossing(plan, buys, sells)
    return Plan(plan.cancels, plan.amends, plan.places, waiting) if waiting else plan


def _plan_side(targets: list[Target], orders: list[Order], tolerance: Decimal, plan: Plan, *, can_amend: bool) -> int:
    """Plan one side; returns how many targets must wait for busy orders.

    Neither the number of orders nor the quantity that could still trade may exceed the targets on the way: a strategy's
    cap on its position is kept by what it asks for, so what it asks for is never exceeded.
    """
    if not orders:
        plan.places.extend(targets)
        return 0
    unmet, spare = _match(targets, orders, tolerance)
    room = _total(target.quantity for target in targets) - _total(order.worst_remaining for order in orders)
    movable = [order for order in spare if order.state is OrderState.OPEN]
    busy = len(spare) - len(movable)
    waiting = 0
    if can_amend:
        for order in movable:
            if not unmet:
                plan.cancels.append(order)
                continue
            target = unmet.pop(0)
            more = max(target.quantity - order.worst_remaining, ZERO)
            if more > max(room, ZERO):
                waiting += 1
            else:
                room -= more
                plan.amends.append(Amendment(order, target))
    else:
        # A cancelled order holds its place until the venue has confirmed: it counts as busy for what follows.
        plan.cancels.extend(movable)
        busy += len(movable)
    return waiting + _plan_places(unmet, max(len(unmet) - busy, 0), room, plan)


def _plan_places(unmet: list[Target], free: int, room: Decimal, plan: Plan) -> int:
    """Place what there is a free place and quantity for; returns how many must wait."""
    waiting = 0
    for target in unmet:
        if free and target.quantity <= room:
            plan.places.append(target)
            room -= target.quantity
            free -= 1
        else:
            waiting += 1
    return waiting


def _total(quantities: Iterable[Decimal]) -> Decimal:
    return sum(quantities, ZERO)


def _hold_back_crossing(plan: Plan, buys: list[Order], sells: list[Order]) -> int:
    """Take out what would meet an order of our own whose end or move is not confirmed; returns how many now wait."""
    lowest_ask = min((_nearest(order) for order in sells), default=None)
    highest_bid = max((_nearest(order) for order in buys), default=None)

    def crosses(target: Target) -> bool:
        if target.side is Side.BUY:
            return lowest_ask is not None and target.price >= lowest_ask
        return highest_bid is not None and target.price <= highest_bid

    held = [target for target in plan.places if crosses(target)]
    held_amends = [amendment for amendment in plan.amends if crosses(amendment.target)]
    if held:
        plan.places[:] = [target for target in plan.places if target not in held]
    if held_amends:
        plan.amends[:] = [amendment for amendment in plan.amends if amendment not in held_amends]
    return len(held) + len(held_amends)


def _nearest(order: Order) -> Decimal:
    """The order's price nearest the other side, as it is or as a pending amend may have made it."""
    pending = order.pending_price
    if pending is None:
        return order.price
    return max(order.price, pending) if order.side is Side.BUY else min(order.price, pending)


def _match(targets: list[Target], orders: list[Order], tolerance: Decimal) -> tuple[list[Target], list[Order]]:
    """Pair targets with orders: first those at the very price, then those near enough.

    Of equals the oldest order keeps its queue place.
    """
    spare = list(orders)
    unmet = _pair(targets, spare, ZERO)
    if tolerance and unmet and spare:
        unmet = _pair(unmet, spare, tolerance)
    return unmet, spare


def _pair(targets: list[Target], spare: list[Order], tolerance: Decimal) -> list[Target]:
    """Take the best order for each target out of ``spare``; returns the targets that found none."""
    unmet: list[Target] = []
    for target in targets:
        best: Order | None = None
        for order in spare:
            if _serves(order, target, tolerance) and (best is None or _nearer(order, best, target)):
                best = order
        if best is None:
            unmet.append(target)
        else:
            spare.remove(best)
    return unmet


def _serves(order: Order, target: Target, tolerance: Decimal) -> bool:
    """Whether the order, as it is or as it will be when its pending answer comes, does the target's work."""
    state = order.state
    if state is OrderState.OPEN or state is OrderState.SENT:
        price, quantity = order.price, order.quantity
    elif state is OrderState.AMEND_SENT and order.pending_price is not None and order.pending_quantity is not None:
        price, quantity = order.pending_price, order.pending_quantity
    else:
        return False
    if price != target.price and (not tolerance or abs(price - target.price) > tolerance):
        return False
    wanted = target.quantity
    if not order.reported_filled:
        return quantity == wanted
    return wanted * MIN_REMAINING_SHARE <= quantity - order.reported_filled <= wanted


def _nearer(order: Order, best: Order, target: Target) -> bool:
    distance, best_distance = abs(order.price - target.price), abs(best.price - target.price)
    return distance < best_distance or (distance == best_distance and order.created_ns < best.created_ns)
