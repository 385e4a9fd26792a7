"""The middle of mmtui: events go in, approved commands come out. It awaits nothing, reads no clock, opens no file.

The main path of a tick, in order: apply the events; stop here if nothing decisive changed and nothing is due; watch
what is overdue; move the life cycle; ask the strategy; conform its quotes; compare with live orders; pass the risk
gate; note what is sent in the order table.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.core.apply import HANDLERS
from mmtui.core.apply_operator import begin_stop
from mmtui.core.lifecycle import advance_phase, missing_preparations, wants_close
from mmtui.core.planning import plan
from mmtui.core.risk import Approved, approve_cancel, approve_query
from mmtui.core.snapshot import make_snapshot
from mmtui.core.state import Kind, Phase, State
from mmtui.core.watch import FAR_FUTURE_NS, Due, next_watch_ns, watch_account, watch_losses, watch_orders
from mmtui.model.commands import CancelAll, CancelOrder
from mmtui.model.events import Event
from mmtui.model.notes import AnyNote, NoteLevel
from mmtui.model.quotes import Close, Quotes, Take
from mmtui.model.units import NS_PER_MS, NS_PER_S

LEAST_WAKE_NS: Final = NS_PER_MS
"""A strategy that asks to be woken at once, or in the past, is woken this much later: it has just been heard."""


BLIND_AFTER_NS: Final = 10 * NS_PER_S
"""A lost account stream is usually back within seconds, and a quote's place in the queue is worth keeping so long."""

BLIND_REASON: Final = "the account stream is down: quotes are withdrawn until it is back"


class StepResult(Struct, frozen=True):
    """What a step asks for. ``commands`` are in sending order: cancels, amends, places, questions.

    Over several legs ``quotes`` are those of all, and ``by_leg`` tells whose the notes are.
    """

    commands: list[Approved]
    notes: list[AnyNote]
    quotes: Quotes
    by_leg: tuple[list[AnyNote], ...] = ()


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
    if state.rewards is not None:
        state.count_rewards()
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
    due, watching = look_around(state)
    quotes, close, take = _desired(state, kind)
    commands = carry_out(state, quotes, close, take, due, watching=watching)
    state.wake_ns = next_wake(state)
    return _result(state, commands)


def look_around(state: State) -> tuple[list[Due], bool]:
    """Watch what is overdue and move the life cycle; what is due to be asked, and whether all was looked through."""
    now_ns = state.now_ns
    watching = now_ns >= state.watch_due_ns or state.phase is not Phase.QUOTING
    due: list[Due] = watch_orders(state) if watching else []
    if watching or state.pnl.position.quantity or now_ns >= state.pnl.day_ends_ns:
        watch_losses(state)  # else flat, and no word of the account: nothing can have been lost
    advance_phase(state)
    watching = watching or state.phase is not Phase.QUOTING
    if watching and state.phase is not Phase.STOPPED:
        due += watch_account(state)
    state.book_stale = now_ns - state.book.time_ns > state.limits.stale_after_ns
    return due, watching


def carry_out(
    state: State, quotes: Quotes, close: Close | None, take: Take | None, due: list[Due], *, watching: bool
) -> list[Approved]:
    """The commands of one decision and of what was due, in sending order."""
    if not state.private_up and _is_blind(state):
        quotes, take = _withdrawn(state.quotes), None
    if quotes is not state.quotes:
        state.settled = state.settled and _same_orders(quotes, state.quotes)
        state.quotes = quotes
        state.targets = None
    commands = plan(state, quotes, close, take)
    if due:
        cancels = [approve_cancel(d) for d in due if isinstance(d, CancelOrder | CancelAll)]
        questions = [approve_query(d) for d in due if not isinstance(d, CancelOrder | CancelAll)]
        commands = cancels + commands + questions
    if watching:
        state.watch_due_ns = next_watch_ns(state)
    elif commands:
        state.watch_due_ns = min(state.watch_due_ns, state.now_ns + state.policy.in_flight_timeout_ns)
    return commands


def _same_orders(one: Quotes, other: Quotes) -> bool:
    """True if both want the same orders, whatever their reasons say."""
    return (
        one.bids == other.bids
        and one.asks == other.asks
        and one.post_only is other.post_only
        and one.price_tolerance == other.price_tolerance
    )


def _desired(state: State, kind: Kind) -> tuple[Quotes, Close | None, Take | None]:
    """What should rest now, what must be closed, and what must be taken."""
    phase = state.phase
    if phase is Phase.QUOTING:
        decision = kind.decide(state.settings, make_snapshot(state), state.memory)
        state.memory = decision.memory
        state.decision_wake_ns = decision.wake_ns
        if decision.balances_every_ns != state.balances_every_ns:
            state.balances_every_ns = decision.balances_every_ns
            state.watch_due_ns = 0
        if not decision.finished and not decision.halt:
            return decision.quotes, decision.close, decision.take
        begin_stop(state, decision.halt or decision.finished, risk_stop=bool(decision.halt), of_itself=True)
        state.watch_due_ns = 0
    state.decision_wake_ns = 0
    return idle_quotes(state), wants_close(state), None


def idle_quotes(state: State) -> Quotes:
    """Empty quotes with the reason why nothing is quoted in this phase."""
    phase = state.phase
    if phase is Phase.PREPARING:
        reason = "preparing: waiting for " + ", ".join(missing_preparations(state))
    elif phase is Phase.PAUSED:
        reason = f"paused: {state.pause_reason}"
    else:
        reason = phase.value if state.stop is None else f"{phase.value}: {state.stop.reason}"
    return state.quotes if state.quotes.reason == reason else Quotes(reason=reason)


# ---------------------------------------------------------------------------------------------------- the end of a step


def _is_blind(state: State) -> bool:
    """Whether the account stream has been down for so long that nothing may rest any more."""
    return state.now_ns - state.private_down_ns >= BLIND_AFTER_NS


def _withdrawn(quotes: Quotes) -> Quotes:
    """Nothing, because of blindness; the same object as long as that lasts."""
    return quotes if quotes.reason == BLIND_REASON else Quotes(reason=BLIND_REASON)


def next_wake(state: State) -> int:
    """When to step again although nothing happens."""
    now_ns = state.now_ns
    if state.phase is Phase.STOPPED:
        return FAR_FUTURE_NS
    due = state.watch_due_ns
    wanted_ns = state.decision_wake_ns
    if wanted_ns and wanted_ns < due:
        due = wanted_ns if wanted_ns > now_ns else min(due, now_ns + LEAST_WAKE_NS)
    stale_ns = state.book.time_ns + state.limits.stale_after_ns + 1
    if now_ns < stale_ns < due and state.mid is not None:
        due = stale_ns
    if not state.private_up and now_ns < state.private_down_ns + BLIND_AFTER_NS < due:
        due = state.private_down_ns + BLIND_AFTER_NS
    if state.stop is not None:
        due = min(due, state.stop.since_ns + state.policy.stop_timeout_ns)
    elif state.policy.duration_ns:
        due = min(due, state.started_ns + state.policy.duration_ns)
    if not state.settled:
        for hold in (state.hold_buy, state.hold_sell):
            if now_ns < hold.until_ns < due:
                due = hold.until_ns
    return max(due, now_ns + 1)


def _take_settings(state: State, kind: Kind) -> None:
    """New settings for a running strategy take effect from this decision on; unreadable ones change nothing."""
    assert state.pending_settings is not None  # noqa: S101 - the caller has looked
    encoded, state.pending_settings = state.pending_settings, None
    try:
        state.settings = msgspec.msgpack.decode(encoded, type=kind.settings_type)
    except msgspec.MsgspecError as error:
        state.note(NoteLevel.ERROR, "settings_refused", f"new settings cannot be read, the old ones stay: {error}")
        return
    state.settled = False
    state.note(NoteLevel.INFO, "settings_changed", "new settings are in force")


def _result(state: State, commands: list[Approved]) -> StepResult:
    notes = state.notes
    state.notes = []
    return StepResult(commands, notes, state.quotes)
