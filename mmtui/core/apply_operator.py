"""What the operator's words change: start, pause, resume, stop, cancel everything, new settings and limits."""

import msgspec

from mmtui.core.risk import Limits
from mmtui.core.state import Phase, State, StopProgress
from mmtui.model.events import CancelEverything, ChangeLimits, ChangeSettings, Pause, Resume, Start, Stop
from mmtui.model.notes import NoteLevel


def on_start(state: State, _event: Start) -> bool:
    """Quoting is wanted as soon as all is prepared."""
    state.start_wanted = True
    return True


def on_pause(state: State, event: Pause) -> bool:
    """Quotes off, held until resumed."""
    if state.phase is Phase.QUOTING:
        state.phase = Phase.PAUSED
        state.pause_reason = event.reason
        state.note(NoteLevel.INFO, "paused", f"paused: {event.reason}")
    elif state.phase is Phase.PREPARING:
        state.pause_wanted = True
        state.pause_reason = event.reason
    return True


def on_resume(state: State, _event: Resume) -> bool:
    """Quote again."""
    state.pause_wanted = False
    if state.phase is Phase.PAUSED:
        state.phase = Phase.QUOTING
        state.note(NoteLevel.INFO, "resumed", "quoting again")
    return True


def on_stop(state: State, event: Stop) -> bool:
    """The run ends; from here on nothing is placed except to close."""
    begin_stop(state, event.reason, risk_stop=False)
    return True


def begin_stop(state: State, reason: str, *, risk_stop: bool, of_itself: bool = False) -> None:
    """Enter STOPPING once; a later reason does not replace the first."""
    if state.stop is not None:
        return
    state.stop = StopProgress(reason=reason, risk_stop=risk_stop, since_ns=state.now_ns, of_itself=of_itself)
    state.phase = Phase.STOPPING
    level = NoteLevel.ERROR if risk_stop else NoteLevel.INFO
    state.note(level, "stopping", f"stopping: {reason}", reason=reason)


def on_cancel_everything(state: State, event: CancelEverything) -> bool:
    """Everything of this account and symbol goes, also foreign orders; then hold still."""
    state.cancel_all_wanted = True
    state.cancel_all_sent_ns = 0
    return on_pause(state, Pause(event.time_ns, "cancel all"))


def on_settings(state: State, event: ChangeSettings) -> bool:
    """New settings for a running strategy; step decodes them with the strategy's own type before it decides."""
    state.pending_settings = bytes(event.settings)
    return True


def on_limits(state: State, event: ChangeLimits) -> bool:
    """New limits hold from this decision on, for what is sent and for losses; what rests already is not cancelled."""
    try:
        state.limits = msgspec.msgpack.decode(event.limits, type=Limits)
    except msgspec.MsgspecError as error:
        state.note(NoteLevel.ERROR, "limits_refused", f"new risk limits cannot be read, the old ones stay: {error}")
        return True
    state.settled = False
    state.note(NoteLevel.INFO, "limits_changed", "new risk limits are in force")
    return True
