"""What must not be forgotten between decisions: overdue answers, unknown outcomes, owed fills, questions, loss limits."""

from mmtui.core.apply_operator import begin_stop
from mmtui.core.state import Phase, State
from mmtui.model.commands import (
    CancelAll,
    CancelOrder,
    Query,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.orders import Action, Order, OrderState
from mmtui.model.units import ZERO, decimal_text

OWED_PATIENCE_NS = 1_000_000_000
"""How long a fill message may lag behind the cumulative size before its details are asked for."""

CANCEL_ALL_EVERY_NS = 2_000_000_000
FAR_FUTURE_NS = 1 << 62

_ACTION_OF = {
    OrderState.SENT: Action.PLACE,
    OrderState.AMEND_SENT: Action.AMEND,
    OrderState.CANCEL_SENT: Action.CANCEL,
}

Due = Query | CancelOrder | CancelAll


def watch_orders(state: State) -> list[Due]:
    """Turn overdue answers into UNKNOWN and probe what is unknown. Returns the commands that are due."""
    due: list[Due] = []
    now = state.now_ns
    timeout = state.policy.in_flight_timeout_ns
    for order in state.orders.live.values():
        action = _ACTION_OF.get(order.state)
        if action is not None and now - order.sent_ns >= timeout:
            state.orders.lose(order, action, now, f"no answer to the {action.value} in time")
            state.note_order(f"{action.value}_unknown", order, order.reason)
        if order.state is OrderState.UNKNOWN and now - order.last_probe_ns >= state.facts.probe_interval_ns:
            due.extend(_probe(state, order))
    return due


def _probe(state: State, order: Order) -> list[Due]:
    """Ask what became of an order; while stopping also ask for its end, which can only help."""
    order.last_probe_ns = state.now_ns
    order.probes += 1
    instrument = state.instrument.id
    probes: list[Due] = [QueryOrder(state.account, instrument, order.client_order_id, order.order_id)]
    if state.phase is Phase.STOPPING:
        probes.insert(0, CancelOrder(state.account, instrument, order.client_order_id, order.order_id))
    return probes


def watch_account(state: State) -> list[Due]:
    """The questions about the account that are due: first answers, periodic comparison, owed fills."""
    due: list[Due] = []
    now = state.now_ns
    account, instrument = state.account, state.instrument.id
    if now - state.last_reconcile_ns >= state.policy.reconcile_every_ns:
        state.last_reconcile_ns = now
        for inquiry in (state.ask_orders, state.ask_position, state.ask_balances):
            inquiry.forget()
    if not state.ask_orders.answered_ns and state.ask_orders.may_ask(now):
        state.ask_orders.ask(now)
        due.append(QueryOpenOrders(account, instrument))
    if not state.ask_position.answered_ns and state.ask_position.may_ask(now):
        state.ask_position.ask(now)
        due.append(QueryPosition(account, instrument))
    if not state.ask_balances.answered_ns and state.ask_balances.may_ask(now):
        state.ask_balances.ask(now)
        due.append(QueryBalances(account))
    if fills_overdue(state) and state.ask_fills.may_ask(now):
        state.ask_fills.ask(now)
        due.append(QueryFills(account, instrument, _fills_since(state)))
    if state.cancel_all_wanted and now - state.cancel_all_sent_ns >= CANCEL_ALL_EVERY_NS:
        state.cancel_all_sent_ns = now
        state.ask_orders.forget()
        due.insert(0, CancelAll(account, instrument))
    return due


def fills_overdue(state: State) -> bool:
    """True when the venue has named a filled size that no fill message has explained for a while, or when an unknown
    order can only be settled by the list of fills."""
    if state.fills_needed:
        return True
    owed = state.fills_owed
    return bool(owed) and state.now_ns - next(iter(owed.values())) >= OWED_PATIENCE_NS


def _fills_since(state: State) -> int:
    """From when to list fills: well before the oldest order in question."""
    oldest = state.now_ns
    for client_order_id in (*state.fills_owed, *state.fills_needed):
        order = state.orders.find(client_order_id, None)
        if order is not None:
            oldest = min(oldest, order.created_ns)
    return max(oldest - 60_000_000_000, 0)


def watch_losses(state: State) -> None:
    """Value the books; a breached loss limit stops the run (cancel, prove, exit code 4)."""
    net = state.pnl.observe(state.now_ns, state.reference)
    if net is None or state.stop is not None:
        return
    totals = state.totals
    other_net = ZERO if totals is None else totals.other_net_pnl
    other_day = ZERO if totals is None else totals.other_day_pnl
    account_net = net + other_net
    state.account_peak = max(state.account_peak, account_net)
    day = net - state.pnl.day_baseline + other_day
    limits = state.limits
    if day <= -limits.max_daily_loss:
        begin_stop(state, f"max_daily_loss: today's PnL {decimal_text(day)}", risk_stop=True)
    elif state.account_peak - account_net >= limits.max_drawdown:
        drawdown = state.account_peak - account_net
        begin_stop(state, f"max_drawdown: {decimal_text(drawdown)} below the peak", risk_stop=True)


def next_watch_ns(state: State) -> int:
    """When something here is due although nothing happens."""
    due = state.last_reconcile_ns + state.policy.reconcile_every_ns
    for order in state.orders.live.values():
        if order.state is OrderState.UNKNOWN:
            due = min(due, order.last_probe_ns + state.facts.probe_interval_ns)
        elif order.state is not OrderState.OPEN:
            due = min(due, order.sent_ns + state.policy.in_flight_timeout_ns)
    for inquiry in (state.ask_orders, state.ask_position, state.ask_balances):
        if not inquiry.answered_ns:
            due = min(due, inquiry.due_ns(state.now_ns))
    if state.fills_owed:
        due = min(due, max(next(iter(state.fills_owed.values())) + OWED_PATIENCE_NS, state.ask_fills.not_before_ns))
    if state.cancel_all_wanted:
        due = min(due, state.cancel_all_sent_ns + CANCEL_ALL_EVERY_NS)
    return due
