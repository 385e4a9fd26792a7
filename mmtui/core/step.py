"""The middle of mmtui: events go in, approved commands come out. It awaits nothing, reads no clock, opens no file.

The main path of a tick, in order: apply the events; stop here if nothing decisive changed and nothing is due; watch what
is overdue; move the life cycle; ask the strategy; conform its quotes; compare with live orders; pass the risk gate; note
what is sent in the order table.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.core.apply import HANDLERS
from mmtui.core.close import plan_close
from mmtui.core.conform import Target, Targets, conform
from mmtui.core.diff import Amendment, diff
from mmtui.core.lifecycle import advance_phase, missing_preparations, wants_close, wants_start_cancel
from mmtui.core.risk import Approved, Exposure, Refusal, approve_cancel, approve_query, judge_amend, judge_place
from mmtui.core.snapshot import make_snapshot
from mmtui.core.state import Kind, OrdersPolicy, Phase, State
from mmtui.core.watch import FAR_FUTURE_NS, next_watch_ns, watch_account, watch_losses, watch_orders
from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, PlaceOrder
from mmtui.model.events import Event
from mmtui.model.notes import AnyNote, NoteLevel
from mmtui.model.orders import Order, OrderState, TimeInForce
from mmtui.model.quotes import Close, Quotes
from mmtui.model.units import Side


class StepResult(Struct, frozen=True):
    """What a step asks for. ``commands`` are in sending order: cancels, amends, places, questions."""

    commands: list[Approved]
    notes: list[AnyNote]
    quotes: Quotes


QUIET: Final = None


def step(state: State, kind: Kind, now_ns: int, events: Sequence[Event]) -> StepResult | None:
    """Apply a batch of events and decide on the newest picture; None when there was nothing to decide.

    Raises BugError when an invariant of ours is broken; the engine then stops this worker and cancels its orders.
    """
    state.now_ns = now_ns
    decisive = now_ns >= state.wake_ns
    for event in events:
        if HANDLERS[type(event)](state, event):
            decisive = True
    if not decisive:
        return QUIET
    if state.phase is Phase.STOPPED:
        state.wake_ns = FAR_FUTURE_NS
        return _result(state, [])
    if state.pending_settings is not None:
        _take_settings(state, kind)
    return _work(state, kind)


def _work(state: State, kind: Kind) -> StepResult:
    """One decision."""
    due = watch_orders(state)
    watch_losses(state)
    advance_phase(state)
    due += watch_account(state)
    quotes, close = _desired(state, kind)
    if quotes is not state.quotes:
        state.settled = state.settled and quotes == state.quotes
        state.quotes = quotes
    commands = [approve_cancel(d) for d in due if isinstance(d, CancelOrder | CancelAll)]
    commands += _plan(state, quotes, close)
    commands += [approve_query(d) for d in due if not isinstance(d, CancelOrder | CancelAll)]
    state.wake_ns = _next_wake(state)
    return _result(state, commands)


def _desired(state: State, kind: Kind) -> tuple[Quotes, Close | None]:
    """What should rest now, and what must be closed."""
    phase = state.phase
    if phase is Phase.QUOTING:
        decision = kind.decide(state.settings, make_snapshot(state), state.memory)
        state.memory = decision.memory
        state.decision_wake_ns = decision.wake_ns
        return decision.quotes, decision.close
    state.decision_wake_ns = 0
    return _idle_quotes(state), wants_close(state)


def _idle_quotes(state: State) -> Quotes:
    """Empty quotes with the reason why nothing is quoted in this phase."""
    phase = state.phase
    if phase is Phase.PREPARING:
        reason = "preparing: waiting for " + ", ".join(missing_preparations(state))
    elif phase is Phase.PAUSED:
        reason = f"paused: {state.pause_reason}"
    else:
        reason = phase.value if state.stop is None else f"{phase.value}: {state.stop.reason}"
    return state.quotes if state.quotes.reason == reason else Quotes(reason=reason)


# ---------------------------------------------------------------------------------------------------- planning


def _plan(state: State, quotes: Quotes, close: Close | None) -> list[Approved]:
    """Commands that lead from the live orders to what is desired, approved by the risk gate."""
    phase = state.phase
    if phase is Phase.STOPPED or _leaves_orders(state):
        return []
    if close is not None:
        state.settled = False
        return _plan_closing(state, close)
    orders = state.orders
    if state.settled and not orders.touched:
        return []
    orders.touched = False
    targets = conform(quotes, state.instrument, state.best_bid, state.best_ask)
    plan = diff(targets, orders.live.values(), can_amend=state.facts.can_amend)
    if targets.dropped != state.why_not:
        state.why_not = targets.dropped
    if plan.is_empty:
        state.settled = True
        return []
    state.settled = False
    commands = [_cancel(state, order) for order in plan.cancels]
    if plan.amends or plan.places:
        commands += _send_more(state, targets, plan.amends, plan.places)
    return commands


def _leaves_orders(state: State) -> bool:
    """Phases in which resting orders stay as they are: adoption at start, and a stop that leaves them."""
    if state.phase is Phase.PREPARING:
        return not wants_start_cancel(state) and wants_close(state) is None
    return state.phase is Phase.STOPPING and state.policy.on_stop_orders is OrdersPolicy.LEAVE


def _cancel(state: State, order: Order) -> Approved:
    command = CancelOrder(state.account, state.instrument.id, order.client_order_id, order.order_id)
    state.orders.cancel_sent(command, state.now_ns)
    return approve_cancel(command)


def _plan_closing(state: State, close: Close) -> list[Approved]:
    """Cancel what rests, then one reduce-only IOC at a time."""
    commands = [_cancel(state, order) for order in state.orders.live.values() if order.state is OrderState.OPEN]
    planned = plan_close(state, close)
    if isinstance(planned, str):
        _explain(state, [f"{close.reason}: {planned}"])
        return commands
    if state.now_ns < state.hold(planned.side).until_ns:
        return commands
    command = PlaceOrder(
        state.account, state.instrument.id, state.orders.mint(), planned.side, planned.price, planned.quantity,
        TimeInForce.IOC, post_only=False, reduce_only=True,
    )  # fmt: skip
    verdict = judge_place(command, state.instrument, state.limits, _exposure(state))
    if isinstance(verdict, Refusal):
        _explain(state, [f"{close.reason}: {verdict.limit}: {verdict.reason}"])
        return commands
    order = state.orders.place_sent(command, state.now_ns, 0)
    state.note_order("closing", order, close.reason)
    commands.append(verdict)
    return commands


def _send_more(state: State, targets: Targets, amends: list[Amendment], places: list[Target]) -> list[Approved]:
    """Amends and places, each judged on the exposure that those before it leave."""
    exposure = _exposure(state)
    commands: list[Approved] = []
    refused: list[str] = list(targets.dropped)
    for amendment in amends:
        if state.now_ns >= state.hold(amendment.target.side).until_ns:
            _amend(state, amendment, exposure, commands, refused)
    for target in places:
        if state.now_ns >= state.hold(target.side).until_ns:
            _place(state, target, exposure, commands, refused, post_only=targets.post_only)
    _explain(state, refused)
    return commands


def _place(
    state: State, target: Target, exposure: Exposure, commands: list[Approved], refused: list[str], *, post_only: bool
) -> None:
    command = PlaceOrder(
        state.account, state.instrument.id, state.orders.mint(), target.side, target.price, target.quantity,
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
    quantity = order.filled + target.quantity
    command = AmendOrder(
        state.account, state.instrument.id, order.client_order_id, order.order_id, order.side, target.price, quantity
    )
    more = max(target.quantity - order.worst_remaining, Decimal(0))
    verdict = judge_amend(command, target.quantity, more, state.instrument, state.limits, exposure)
    if isinstance(verdict, Refusal):
        # An order that may not move to where it is wanted must not stay where it is not.
        refused.append(f"{target.side.value} level {target.level}: {verdict.limit}: {verdict.reason}")
        commands.insert(0, _cancel(state, order))
        return
    state.orders.amend_sent(command, state.now_ns)
    state.note_order("amend_sent", order)
    commands.append(verdict)


def _explain(state: State, reasons: list[str]) -> None:
    """Keep why something wanted is not there; told once per change, not per tick."""
    if reasons != state.why_not:
        state.why_not = reasons
        if reasons:
            state.note(NoteLevel.WARNING, "not_quoted", "; ".join(reasons))


def _exposure(state: State) -> Exposure:
    """What could still happen, for the gate."""
    orders, totals = state.orders, state.totals
    stopping = state.phase is Phase.STOPPING
    why_not = ""
    if stopping:
        why_not = "the run is stopping"
    elif state.journal_failed:
        why_not = "the journal cannot be written"
    elif not state.private_up:
        why_not = "the account stream is down"
    return Exposure(
        position=state.position,
        worst_buys=orders.worst(Side.BUY),
        worst_sells=orders.worst(Side.SELL),
        open_orders=len(orders.live),
        other_open_orders=0 if totals is None else totals.other_open_orders,
        reference=state.reference,
        book_age_ns=state.now_ns - state.book.time_ns if state.mid is not None else None,
        granted=totals is not None and totals.granted,
        exposure_allowed=not why_not,
        why_not=why_not,
    )


# ---------------------------------------------------------------------------------------------------- the end of a step


def _next_wake(state: State) -> int:
    """When to step again although nothing happens."""
    due = next_watch_ns(state)
    if state.decision_wake_ns:
        due = min(due, state.decision_wake_ns)
    stale_ns = state.book.time_ns + state.limits.stale_after_ns + 1
    if state.mid is not None and stale_ns > state.now_ns:
        due = min(due, stale_ns)
    duration = state.policy.duration_ns
    if duration and state.stop is None:
        due = min(due, state.started_ns + duration)
    if state.stop is not None:
        due = min(due, state.stop.since_ns + state.policy.stop_timeout_ns)
    if not state.settled:
        for hold in (state.hold_buy, state.hold_sell):
            if hold.until_ns > state.now_ns:
                due = min(due, hold.until_ns)
    return max(due, state.now_ns + 1)


def _take_settings(state: State, kind: Kind) -> None:
    """New settings for a running strategy take effect from this decision on."""
    assert state.pending_settings is not None  # noqa: S101 - the caller has looked
    state.settings = msgspec.msgpack.decode(state.pending_settings, type=kind.settings_type)
    state.pending_settings = None
    state.settled = False
    state.note(NoteLevel.INFO, "settings_changed", "new settings are in force")


def _result(state: State, commands: list[Approved]) -> StepResult:
    notes = state.notes
    state.notes = []
    return StepResult(commands, notes, state.quotes)
