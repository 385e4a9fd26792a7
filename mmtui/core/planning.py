"""From what should rest to approved commands: conform, compare with live orders, pass the risk gate, note as sent.

Nothing leaves this module that the gate has not approved and the order table has not noted. Cancels never wait for a
side's back-off, a limit or another answer; only a refused cancel of the same order makes them wait.
"""

from mmtui.core.close import plan_close
from mmtui.core.conform import Target, Targets, conform
from mmtui.core.diff import Amendment, diff
from mmtui.core.lifecycle import wants_close, wants_start_cancel
from mmtui.core.risk import Approved, Exposure, Refusal, approve_cancel, judge_amend, judge_place
from mmtui.core.state import Phase, State
from mmtui.core.take import TAKE_LEVEL, beside, plan_take, take_side
from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.notes import NoteLevel
from mmtui.model.orders import Order, OrderState, TimeInForce
from mmtui.model.quotes import Close, Quotes, Take
from mmtui.model.units import ZERO, Side


def plan(state: State, quotes: Quotes, close: Close | None, take: Take | None = None) -> list[Approved]:
    """Commands that lead from the live orders to what is desired, approved by the risk gate."""
    if state.phase is Phase.STOPPED or _leaves_orders(state):
        return []
    if close is not None:
        state.settled = False
        return _plan_closing(state, close)
    if take is not None:
        return _plan_quotes_beside(state, quotes, take) + plan_taking(state, take)
    orders = state.orders
    if state.settled and not orders.touched:
        return []
    orders.touched = False
    targets = state.targets
    if targets is None:
        targets = state.targets = conform(quotes, state.instrument, state.best_bid, state.best_ask)
    steps = diff(targets, orders.live.values(), can_amend=state.facts.can_amend)
    if steps.is_empty:
        # With another touch a clamped price may fit better although the quotes are the same.
        state.settled = not targets.clamped
        tell_why_not(state, targets.dropped)
        return []
    state.settled = False
    commands = [_cancel(state, order) for order in steps.cancels if state.may_cancel(order)]
    if steps.amends or steps.places:
        commands += _send_more(state, targets, steps.amends, steps.places)
    return commands


def _leaves_orders(state: State) -> bool:
    """Phases in which resting orders stay as they are: adoption at start, and a stop that leaves them."""
    if state.phase is Phase.PREPARING:
        return not wants_start_cancel(state) and wants_close(state) is None
    return state.phase is Phase.STOPPING and state.leaves_at_stop


def _cancel(state: State, order: Order) -> Approved:
    command = CancelOrder(state.account, state.instrument.id, order.client_order_id, order.order_id)
    state.orders.cancel_sent(command, state.now_ns)
    return approve_cancel(command)


def _plan_closing(state: State, close: Close) -> list[Approved]:
    """Cancel what rests, then one reduce-only IOC at a time."""
    commands = [
        _cancel(state, order)
        for order in state.orders.live.values()
        if order.state is OrderState.OPEN and state.may_cancel(order)
    ]
    planned = plan_close(state, close)
    if isinstance(planned, str):
        tell_why_not(state, [f"{close.reason}: {planned}"])
        return commands
    if state.now_ns < state.hold(planned.side).until_ns:
        return commands
    command = PlaceOrder(
        state.account, state.instrument.id, state.orders.next_id(), planned.side, planned.price, planned.quantity,
        TimeInForce.IOC, post_only=False, reduce_only=True,
    )  # fmt: skip
    verdict = judge_place(command, state.instrument, state.limits, exposure_now(state))
    if isinstance(verdict, Refusal):
        tell_why_not(state, [f"{close.reason}: {verdict.limit}: {verdict.reason}"])
        return commands
    order = state.orders.place_sent(command, state.now_ns, 0)
    state.note_order("closing", order, close.reason)
    commands.append(verdict)
    return commands


def _plan_quotes_beside(state: State, quotes: Quotes, take: Take) -> list[Approved]:
    """The quotes' commands while a take goes on; they are compared anew each time, for takes are short."""
    state.settled, state.targets = False, None
    state.orders.touched = False
    targets = conform(quotes, state.instrument, state.best_bid, state.best_ask)
    targets = beside(targets, take_side(state, take), take.price)
    steps = diff(targets, state.orders.live.values(), can_amend=state.facts.can_amend)
    commands = [_cancel(state, order) for order in steps.cancels if state.may_cancel(order)]
    if steps.amends or steps.places:
        commands += _send_more(state, targets, steps.amends, steps.places)
    return commands


def plan_taking(state: State, take: Take) -> list[Approved]:
    """The next IOC of a take, if it may be sent now; else why not is told."""
    verdict = judge_taking(state, take)
    if isinstance(verdict, str):
        tell_why_not(state, [f"{take.reason}: {verdict}"])
        return []
    return [send_taking(state, take, verdict)]


def judge_taking(state: State, take: Take) -> Approved | str:
    """The next IOC of a take as the gate approves it, not yet noted as sent; or why it cannot be sent now."""
    planned = plan_take(state, take)
    if isinstance(planned, str):
        return planned
    if state.now_ns < state.hold(planned.side).until_ns:
        return "waiting after a refusal"
    command = PlaceOrder(
        state.account, state.instrument.id, state.orders.next_id(), planned.side, planned.price, planned.quantity,
        TimeInForce.IOC, post_only=False, reduce_only=planned.reduce_only,
    )  # fmt: skip
    verdict = judge_place(command, state.instrument, state.limits, exposure_now(state))
    return f"{verdict.limit}: {verdict.reason}" if isinstance(verdict, Refusal) else verdict


def send_taking(state: State, take: Take, approved: Approved) -> Approved:
    """Note an approved IOC of a take as sent."""
    command = approved.command
    assert isinstance(command, PlaceOrder)  # noqa: S101 - judge_taking makes nothing else
    order = state.orders.place_sent(command, state.now_ns, TAKE_LEVEL)
    state.note_order("taking", order, take.reason)
    return approved


def _send_more(state: State, targets: Targets, amends: list[Amendment], places: list[Target]) -> list[Approved]:
    """Amends and places, each judged on the exposure that those before it leave."""
    exposure = exposure_now(state)
    commands: list[Approved] = []
    refused: list[str] = list(targets.dropped)
    judged = False
    for amendment in amends:
        if state.now_ns >= state.hold(amendment.target.side).until_ns:
            _amend(state, amendment, exposure, commands, refused)
            judged = True
        elif state.may_cancel(amendment.order):
            commands.insert(0, _cancel(state, amendment.order))
    for target in places:
        if state.now_ns >= state.hold(target.side).until_ns:
            _place(state, target, exposure, commands, refused, post_only=targets.post_only)
            judged = True
    if judged:
        tell_why_not(state, refused)
    return commands


def _place(
    state: State, target: Target, exposure: Exposure, commands: list[Approved], refused: list[str], *, post_only: bool
) -> None:
    command = PlaceOrder(
        state.account, state.instrument.id, state.orders.next_id(), target.side, target.price, target.quantity,
        TimeInForce.GTC, post_only and state.facts.has_post_only,
    )  # fmt: skip
    verdict = judge_place(command, state.instrument, state.limits, exposure)
    if isinstance(verdict, Refusal):
        refused.append(f"{target.side.value} level {target.level}: {verdict.limit}: {verdict.reason}")
        return
    order = state.orders.place_sent(command, state.now_ns, target.level)
    state.note_order("order_sent", order)
    commands.append(verdict)


def _amend(
    state: State, amendment: Amendment, exposure: Exposure, commands: list[Approved], refused: list[str]
) -> None:
    order, target = amendment.order, amendment.target
    quantity = order.reported_filled + target.quantity
    command = AmendOrder(
        state.account, state.instrument.id, order.client_order_id, order.order_id, order.side, target.price, quantity
    )
    more = max(target.quantity - order.worst_remaining, ZERO)
    verdict = judge_amend(command, target.quantity, more, state.instrument, state.limits, exposure)
    if isinstance(verdict, Refusal):
        # An order that may not move to where it is wanted must not stay where it is not.
        refused.append(f"{target.side.value} level {target.level}: {verdict.limit}: {verdict.reason}")
        if state.may_cancel(order):
            commands.insert(0, _cancel(state, order))
        return
    state.orders.amend_sent(command, state.now_ns)
    order.level = target.level
    state.note_order("amend_sent", order)
    commands.append(verdict)


def tell_why_not(state: State, reasons: list[str]) -> None:
    """Keep why something wanted is not there; told once per change of cause, not each time its figures move."""
    if reasons != state.why_not:
        before = [_cause(reason) for reason in state.why_not]
        state.why_not = reasons
        if reasons and [_cause(reason) for reason in reasons] != before:
            state.note(NoteLevel.WARNING, "not_quoted", "; ".join(reasons))


def _cause(reason: str) -> list[str]:
    """A reason without its figures: what, and which limit."""
    return reason.split(": ", 2)[:2]


def exposure_now(state: State) -> Exposure:
    """What could still happen, for the gate. Fills that the venue has named but not sent yet count as still to come."""
    orders, totals = state.orders, state.totals
    why_not = ""
    if state.phase is Phase.STOPPING:
        why_not = "the run is stopping"
    elif state.journal_failed:
        why_not = "the journal cannot be written"
    elif not state.private_up:
        why_not = "the account stream is down"
    elif state.catching_up:
        why_not = "what happened while the account stream was down is not known yet"
    worst_buys, worst_sells = orders.worst(Side.BUY), orders.worst(Side.SELL)
    for client_order_id in state.fills_owed:
        order = orders.find(client_order_id, None)
        if order is not None and order.side is Side.BUY:
            worst_buys += order.missing_fill
        elif order is not None:
            worst_sells += order.missing_fill
    return Exposure(
        position=state.position,
        worst_buys=worst_buys,
        worst_sells=worst_sells,
        open_orders=len(orders.live),
        other_open_orders=0 if totals is None else totals.other_open_orders,
        reference=state.reference,
        book_age_ns=state.now_ns - state.book.time_ns if state.mid is not None else None,
        granted=totals is not None and totals.granted,
        exposure_allowed=not why_not,
        why_not=why_not,
    )
