"""How a run begins and ends.

Each condition is data that screens show; quoting needs all of them, a stop proves its end.
"""

from collections.abc import Collection
from decimal import Decimal

from mmtui.core.apply_operator import begin_stop
from mmtui.core.state import OrdersPolicy, Phase, PositionPolicy, State, StopProgress
from mmtui.model.instrument import MarketType
from mmtui.model.notes import NoteLevel
from mmtui.model.orders import Order
from mmtui.model.quotes import Close
from mmtui.model.units import ZERO

PROOFS_NEEDED = 2
"""How many lists in a row, asked for after the last order ended, must show none of ours."""


def missing_preparations(state: State) -> list[str]:
    """What quoting still waits for, in words; empty when all is green."""
    missing = []
    if not state.start_wanted:
        missing.append("start")
    if not state.ask_orders.answered_ns:
        missing.append("open orders")
    if state.start_position is None:
        missing.append("position")
    if state.first_quote_cash is None:
        missing.append("balances")
    if not state.start_orders_done:
        missing.append("orders of earlier runs")
    flatten = state.policy.on_start_position is PositionPolicy.FLATTEN
    if flatten and tradable(state, not_flat(state, state.position or ZERO)):
        missing.append("flat position")
    if state.mid is None:
        missing.append("order book")
    return missing


def advance_phase(state: State) -> None:
    """Move the run on when its conditions are met."""
    if state.started_ns == 0:
        state.started_ns = state.now_ns
    duration = state.policy.duration_ns
    if duration and state.now_ns - state.started_ns >= duration:
        begin_stop(state, "duration", risk_stop=False)
    if state.phase is Phase.PREPARING:
        _advance_preparing(state)
    elif state.phase is Phase.STOPPING and state.stop is not None:
        _advance_stopping(state, state.stop)


def _advance_preparing(state: State) -> None:
    if not state.start_orders_done and state.ask_orders.answered_ns:
        _settle_start_orders(state)
    if missing_preparations(state):
        return
    if state.pause_wanted:
        state.phase = Phase.PAUSED
        state.note(NoteLevel.INFO, "ready", f"all preparations are green; paused: {state.pause_reason}")
    else:
        state.phase = Phase.QUOTING
        state.note(NoteLevel.INFO, "ready", "all preparations are green; quoting")


def _settle_start_orders(state: State) -> None:
    """Deal with what an earlier run (or somebody else) left at the venue, as the policy says."""
    policy = state.policy.on_start_orders
    if policy is OrdersPolicy.CANCEL_ALL:
        if state.cancel_all_sent_ns == 0:
            state.cancel_all_wanted = True
        state.start_orders_done = not state.cancel_all_wanted and not state.orders.live
    elif policy is OrdersPolicy.CANCEL_MINE:
        state.start_orders_done = not state.orders.live
    else:
        state.start_orders_done = True


def wants_start_cancel(state: State) -> bool:
    """True while the orders of an earlier run are being cancelled."""
    policy = state.policy.on_start_orders
    return state.phase is Phase.PREPARING and policy in (OrdersPolicy.CANCEL_MINE, OrdersPolicy.CANCEL_ALL)


def wants_close(state: State) -> Close | None:
    """The close that start or stop asks for."""
    position = state.position
    if position is None or not tradable(state, position):
        return None
    excess = not_flat(state, position)
    if state.phase is Phase.PREPARING and state.policy.on_start_position is PositionPolicy.FLATTEN:
        wanted = state.start_orders_done and tradable(state, excess)
        return Close(position - excess, "flatten at start") if wanted else None
    if state.phase is Phase.STOPPING:
        if state.policy.on_stop_position is PositionPolicy.FLATTEN:
            return Close(position - excess, "flatten at stop") if tradable(state, excess) else None
        if state.stop_target is not None and tradable(state, position - state.stop_target):
            return Close(state.stop_target, "unwinding what no other leg balances")
    return None


def _advance_stopping(state: State, stop: StopProgress) -> None:
    """Cancel, prove, look a last time, stop. Past the deadline the run ends unproven, with exit code 5."""
    now = state.now_ns
    if now - stop.since_ns >= state.policy.stop_timeout_ns:
        _end(state, stop, proven=False)
        return
    if state.policy.on_stop_orders is OrdersPolicy.CANCEL_ALL and state.cancel_all_sent_ns < stop.since_ns:
        state.cancel_all_wanted = True
    if waits_for(state):
        return
    if stop.proofs < PROOFS_NEEDED and not state.leaves_at_stop:
        if state.ask_orders.answered_ns:
            state.ask_orders.forget(now)
        return
    if not stop.last_looks_asked:
        stop.last_looks_asked = True
        state.ask_position.forget(now)
        state.ask_balances.forget(now)
        if not state.private_up:
            state.list_fills_since_ns = state.private_down_ns
            state.ask_fills.forget(now)
        return
    if state.ask_position.answered_ns and state.ask_balances.answered_ns:
        _end(state, stop, proven=True)


def waits_for(state: State) -> str:
    """What a stop still waits for before it asks for proof, in words; empty when nothing."""
    live: Collection[Order] = state.orders.live.values()
    if state.leaves_at_stop:
        live = [order for order in live if order.is_busy]
    if live:
        return "live orders: " + ", ".join(order.client_order_id for order in live)
    if state.cancel_all_wanted:
        return "the end of all orders"
    if state.fills_owed:
        return "fills that the venue has named: " + ", ".join(state.fills_owed)
    if state.list_fills_since_ns:
        return "a list of fills"
    if flattening(state):
        return "a flat position"
    if state.other_leg_waits:
        return "the other leg"
    return ""


def flattening(state: State) -> bool:
    """True while a stop that must end flat, or in balance, still holds too much, or a position that is not known."""
    position = state.position
    if state.policy.on_stop_position is PositionPolicy.FLATTEN:
        return position is None or tradable(state, not_flat(state, position))
    if state.stop_target is None:
        return False
    return position is None or tradable(state, position - state.stop_target)


def not_flat(state: State, position: Decimal) -> Decimal:
    """What must go for the run to be flat. On spot what was held before it began is not the run's to sell."""
    if state.instrument.market_type is MarketType.PERP:
        return position
    return max(position - (state.start_position or ZERO), ZERO)


def tradable(state: State, position: Decimal) -> bool:
    """Whether a position is large enough to be closed on this venue."""
    instrument = state.instrument
    quantity = instrument.quantity_down(abs(position))
    return quantity > 0 and quantity >= instrument.min_quantity


def _end(state: State, stop: StopProgress, *, proven: bool) -> None:
    stop.proven = proven
    waited_for = waits_for(state) or "the venue's word that none of our orders is left"
    state.phase = Phase.STOPPED
    if not proven:
        state.note(NoteLevel.ERROR, "stopped_unproven", f"stopped without proof; still waiting for {waited_for}")
    elif state.leaves_at_stop:
        left = f"{len(state.orders.live)} orders left as asked"
        state.note(NoteLevel.INFO, "stopped", f"stopped: {stop.reason}; {left}")
    else:
        state.note(
            NoteLevel.INFO, "stopped", f"stopped: {stop.reason}; the venue, asked twice, shows none of our orders"
        )
