"""The step of a strategy over several legs: events go to the legs they name, one decision is made for all of them.

Each leg is watched, moved through its life and planned exactly like a strategy of its own. What is added: the legs
begin together, stop together, and takes that belong together are sent together or not at all.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from mmtui.core.apply import HANDLERS
from mmtui.core.apply_operator import begin_stop
from mmtui.core.legs import LegsKind, LegsState, concerns, imbalance, is_busy, stop_together
from mmtui.core.lifecycle import tradable, wants_close
from mmtui.core.planning import judge_taking, send_taking, tell_why_not
from mmtui.core.risk import Approved
from mmtui.core.snapshot import make_snapshot
from mmtui.core.state import Phase, State
from mmtui.core.step import LEAST_WAKE_NS, StepResult, carry_out, idle_quotes, look_around, next_wake
from mmtui.core.watch import FAR_FUTURE_NS, Due
from mmtui.model.events import ChangeSettings, Event
from mmtui.model.notes import AnyNote, NoteLevel
from mmtui.model.quotes import LegAnswer, LegsDecision, LegsSnapshot, Quotes
from mmtui.model.units import ZERO, decimal_text


def step_legs(desk: LegsState, kind: LegsKind, now_ns: int, events: Sequence[Event]) -> StepResult | None:
    """Apply a batch of events and decide on the newest pictures; None when there was nothing to decide.

    Raises BugError as ``step`` does.
    """
    desk.now_ns = now_ns
    decisive = now_ns >= desk.wake_ns
    for leg in desk.legs:
        leg.now_ns = now_ns
    for event in events:
        if _apply(desk, event):
            decisive = True
    if not decisive:
        return None
    if desk.stopped:
        desk.wake_ns = FAR_FUTURE_NS
        return _result(desk, [])
    if desk.pending_settings is not None:
        _take_settings(desk, kind)
    return _work(desk, kind)


def _apply(desk: LegsState, event: Event) -> bool:
    """Hand an event to the legs it is about; True if a decision may be due."""
    if type(event) is ChangeSettings:
        desk.pending_settings = bytes(event.settings)
        return True
    handler = HANDLERS[type(event)]
    decisive = False
    for leg in desk.legs:
        if concerns(leg, event) and handler(leg, event):
            decisive = True
        leg.count_rewards()
    return decisive


def _work(desk: LegsState, kind: LegsKind) -> StepResult:
    stop_together(desk)
    looked = [look_around(leg) for leg in desk.legs]
    stop_together(desk)  # a leg may have come to its end by a limit or by its duration
    together = False
    if all(leg.phase is Phase.QUOTING for leg in desk.legs):
        decision = _decide(desk, kind)
        answers, together = decision.legs, decision.together
        if decision.halt or decision.finished:
            _end(desk, decision)
            answers, together = _idle(desk), False
    else:
        desk.decision_wake_ns = 0
        answers = _idle(desk)
    commands: list[Approved] = []
    for leg, answer, (due, watching) in zip(desk.legs, answers, looked, strict=True):
        commands += _carry_out(leg, answer, due, watching=watching, together=together)
    if together:
        commands += _take_together(desk.legs, answers)
    _set_wake(desk)
    _time_imbalance(desk)
    if desk.stopped:
        _name_what_is_left(desk)
    return _result(desk, commands)


def _decide(desk: LegsState, kind: LegsKind) -> LegsDecision[Any]:
    snapshots = tuple(make_snapshot(leg, busy=is_busy(leg), open_orders=len(leg.orders.live)) for leg in desk.legs)
    decision = kind.decide(desk.settings, LegsSnapshot(desk.now_ns, snapshots), desk.memory)
    desk.memory = decision.memory
    desk.decision_wake_ns = decision.wake_ns
    desk.references = decision.references
    return decision


def _carry_out(leg: State, answer: LegAnswer, due: list[Due], *, watching: bool, together: bool) -> list[Approved]:
    """One leg's commands, without its take where the takes go out together."""
    quotes = leg.quotes if answer.quotes == leg.quotes else answer.quotes
    take = None if together else answer.take
    commands = carry_out(leg, quotes, answer.close, take, due, watching=watching)
    leg.wake_ns = next_wake(leg)
    return commands


def _take_together(legs: list[State], answers: Sequence[LegAnswer]) -> list[Approved]:
    """Send every leg's take, or none where one of them may not be sent."""
    taking = [(leg, answer.take) for leg, answer in zip(legs, answers, strict=True) if answer.take is not None]
    verdicts = [(leg, take, judge_taking(leg, take)) for leg, take in taking]
    faults = [f"{leg.account}: {verdict}" for leg, _, verdict in verdicts if isinstance(verdict, str)]
    if faults:
        for leg, take in taking:
            tell_why_not(leg, [f"{take.reason}: {'; '.join(faults)}"])
        return []
    commands = []
    for leg, take, verdict in verdicts:
        assert isinstance(verdict, Approved)  # noqa: S101 - there were no faults
        commands.append(send_taking(leg, take, verdict))
        tell_why_not(leg, [])
        leg.watch_due_ns = min(leg.watch_due_ns, leg.now_ns + leg.policy.in_flight_timeout_ns)
        leg.wake_ns = next_wake(leg)
    return commands


def _idle(desk: LegsState) -> tuple[LegAnswer, ...]:
    """Empty quotes with the reason, and what start or stop must close; a leg that is ready waits for the others."""
    answers = []
    for leg in desk.legs:
        if leg.phase is Phase.QUOTING:
            answers.append(LegAnswer(Quotes(reason="ready: waiting for the other leg")))
        else:
            answers.append(LegAnswer(idle_quotes(leg), close=wants_close(leg)))
    return tuple(answers)


def _end(desk: LegsState, decision: LegsDecision[Any]) -> None:
    """The strategy is done, or cannot go on safely: then stop as a risk stop, with the exposure named."""
    desk.halted = decision.halt
    for leg in desk.legs:
        begin_stop(leg, decision.halt or decision.finished, risk_stop=bool(decision.halt), of_itself=True)
        leg.watch_due_ns = 0


def _time_imbalance(desk: LegsState) -> None:
    """Since when the legs have been out of balance by more than can be traded."""
    net = imbalance(desk.legs, desk.references) if desk.references else ZERO
    if net is not None and not _out_of_balance(desk, net):
        desk.unhedged_ns = 0
    elif not desk.unhedged_ns:
        desk.unhedged_ns = desk.now_ns


def _out_of_balance(desk: LegsState, net: Decimal) -> bool:
    return bool(net) and any(tradable(leg, net / leg.instrument.multiplier) for leg in desk.legs)


def _name_what_is_left(desk: LegsState) -> None:
    """A run that ends out of balance has failed at what it is for, however orderly it ended: a risk stop."""
    net = imbalance(desk.legs, desk.references) if desk.references else ZERO
    first = desk.legs[0]
    if net is not None and not _out_of_balance(desk, net):
        return
    left = "unknown" if net is None else f"{decimal_text(net)} {first.instrument.base_asset}"
    first.note(NoteLevel.ERROR, "exposure_left", f"the legs ended out of balance: net exposure {left}", net=left)
    if first.stop is not None:
        first.stop.risk_stop = True


def _set_wake(desk: LegsState) -> None:
    """When to step again: the earliest alarm of a leg or of the strategy."""
    due = min(FAR_FUTURE_NS if leg.phase is Phase.STOPPED else leg.wake_ns for leg in desk.legs)
    wanted_ns = desk.decision_wake_ns
    if wanted_ns:
        due = min(due, max(wanted_ns, desk.now_ns + LEAST_WAKE_NS))
    desk.wake_ns = due


def _take_settings(desk: LegsState, kind: LegsKind) -> None:
    """New settings take effect from this decision on; unreadable ones change nothing."""
    assert desk.pending_settings is not None  # noqa: S101 - the caller has looked
    encoded, desk.pending_settings = desk.pending_settings, None
    first = desk.legs[0]
    try:
        desk.settings = msgspec.msgpack.decode(encoded, type=kind.settings_type)
    except msgspec.MsgspecError as error:
        first.note(NoteLevel.ERROR, "settings_refused", f"new settings cannot be read, the old ones stay: {error}")
        return
    for leg in desk.legs:
        leg.settled = False
    first.note(NoteLevel.INFO, "settings_changed", "new settings are in force")


def _result(desk: LegsState, commands: list[Approved]) -> StepResult:
    """What all legs ask for and tell, cancels first."""
    notes: list[AnyNote] = []
    by_leg = []
    for leg in desk.legs:
        by_leg.append(leg.notes)
        notes += leg.notes
        leg.notes = []
    quotes = _combined(desk.legs)
    desk.quotes = desk.quotes if quotes == desk.quotes else quotes
    return StepResult(commands, notes, desk.quotes, tuple(by_leg))


def _combined(legs: list[State]) -> Quotes:
    """The quotes of all legs as one, for journal and screens; equal reasons are told once."""
    bids = tuple(quote for leg in legs for quote in leg.quotes.bids)
    asks = tuple(quote for leg in legs for quote in leg.quotes.asks)
    reasons = list(dict.fromkeys(leg.quotes.reason for leg in legs))
    return Quotes(bids, asks, " | ".join(reason for reason in reasons if reason))
