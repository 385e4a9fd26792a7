"""What must not be forgotten between decisions.

Overdue answers, unknown outcomes, owed fills, questions, loss limits. Whatever waits here has a time at which it is
looked at again (``next_watch_ns``), and each look either asks for something or puts that time off, so nothing hangs and
nothing spins.
"""

from mmtui.core.apply_operator import begin_stop
from mmtui.core.inquiry import ANSWER_TIMEOUT_NS
from mmtui.core.state import Phase, State
from mmtui.core.transitions import SENT_BY
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
from mmtui.model.orders import Order, OrderState
from mmtui.model.units import ZERO, decimal_text

OWED_PATIENCE_NS = 1_000_000_000
"""How long a fill message may lag behind the cumulative size before its details are asked for."""

FILLS_MARGIN_NS = 60_000_000_000
"""Fills are listed from this much before the moment in question: clocks differ, and a fill counts only once anyway."""

CANCEL_ALL_EVERY_NS = 2_000_000_000
FAR_FUTURE_NS = 1 << 62

Due = Query | CancelOrder | CancelAll


def watch_orders(state: State) -> list[Due]:
    """Turn overdue answers into UNKNOWN and probe what is unknown. Returns the commands that are due."""
    due: list[Due] = []
    now = state.now_ns
    timeout = state.policy.in_flight_timeout_ns
    for order in state.orders.live.values():
        if order.state is OrderState.OPEN:
            continue
        action = SENT_BY.get(order.state)
        if action is not None and now - order.sent_ns >= timeout:
            state.orders.lose(order, action, now, f"no answer to the {action.value} in time")
            state.note_order(f"{action.value}_unknown", order, order.reason)
        if order.state is OrderState.UNKNOWN and now >= _probe_due_ns(state, order):
            due.extend(_probe(state, order))
    return due


def _probe_due_ns(state: State, order: Order) -> int:
    """One probe of an order at a time, so that an answer can be told to have been asked for late enough to prove."""
    asked_ns = state.probing.get(order.client_order_id)
    if asked_ns is not None:
        return asked_ns + ANSWER_TIMEOUT_NS
    return order.last_probe_ns + state.facts.probe_interval_ns


def _probe(state: State, order: Order) -> list[Due]:
    """Ask what became of an order; while stopping also ask for its end, which can only help."""
    order.last_probe_ns = state.now_ns
    order.probes += 1
    state.probing[order.client_order_id] = state.now_ns
    instrument = state.instrument.id
    probes: list[Due] = [QueryOrder(state.account, instrument, order.client_order_id, order.order_id)]
    if state.phase is Phase.STOPPING and not state.leaves_at_stop:
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
            inquiry.forget(now)
    if state.catching_up and state.ask_orders.answered_ns and state.ask_position.answered_ns:
        state.catching_up = state.list_fills_since_ns > 0
    if state.cancel_all_wanted and now - state.cancel_all_sent_ns >= CANCEL_ALL_EVERY_NS:
        due.extend(_cancel_all(state))
    if not state.ask_orders.answered_ns and state.ask_orders.may_ask(now):
        state.ask_orders.ask(now)
        due.append(QueryOpenOrders(account, instrument))
    if not state.ask_position.answered_ns and state.ask_position.may_ask(now):
        state.ask_position.ask(now)
        due.append(QueryPosition(account, instrument))
    if state.balances_every_ns and state.ask_balances.answered_ns and now >= _balances_due_ns(state):
        state.ask_balances.forget(now)
    if not state.ask_balances.answered_ns and state.ask_balances.may_ask(now):
        state.ask_balances.ask(now)
        due.append(QueryBalances(account))
    since_ns = fills_wanted_since_ns(state)
    if since_ns is not None and state.ask_fills.may_ask(now):
        state.ask_fills.ask(now)
        due.append(QueryFills(account, instrument, since_ns))
    return due


def _balances_due_ns(state: State) -> int:
    """When the balances are too old for the strategy."""
    return (state.holdings.asked_ns or 0) + state.balances_every_ns


def _cancel_all(state: State) -> list[Due]:
    """Everything goes; a venue without such a command is asked order by order for those that are not ours."""
    state.cancel_all_sent_ns = state.now_ns
    state.ask_orders.forget(state.now_ns)
    account, instrument = state.account, state.instrument.id
    if state.facts.has_cancel_all:
        return [CancelAll(account, instrument)]
    return [
        CancelOrder(account, instrument, report.client_order_id or "", report.order_id)
        for report in state.orders.foreign.values()
    ]


def fills_wanted_since_ns(state: State) -> int | None:
    """From when fills should be listed now; None if they need not be.

    They must be when the venue has named a filled size that no fill message has explained for a while, when an order
    that the venue does not know can only be settled by its fills, and after something may have been missed. Those from
    before the run come first, once its start is known: they are for the ledger alone.
    """
    if state.earlier_fills_since_ns and state.start_position_ns:
        return state.earlier_fills_since_ns
    if not (state.list_fills_since_ns or state.fills_needed or state.fills_owed):
        return None
    since = []
    if state.list_fills_since_ns:
        since.append(state.list_fills_since_ns)
    orders, answered_ns = state.orders, state.ask_fills.answered_ns
    names = [name for name, first_ns in state.fills_needed.items() if answered_ns < first_ns]
    names += [name for name, owed_ns in state.fills_owed.items() if state.now_ns - owed_ns >= OWED_PATIENCE_NS]
    for name in names:
        order = orders.find(name, None)
        since.append(state.now_ns if order is None else order.created_ns)
    return max(min(since) - FILLS_MARGIN_NS, state.start_position_ns) if since else None


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
    now = state.now_ns
    due = state.last_reconcile_ns + state.policy.reconcile_every_ns
    for order in state.orders.live.values():
        if order.state is OrderState.OPEN:
            continue
        unknown = order.state is OrderState.UNKNOWN
        order_due = _probe_due_ns(state, order) if unknown else order.sent_ns + state.policy.in_flight_timeout_ns
        due = min(due, order_due)
    for inquiry in (state.ask_orders, state.ask_position, state.ask_balances):
        if not inquiry.answered_ns:
            due = min(due, inquiry.due_ns(now))
    if state.balances_every_ns and state.ask_balances.answered_ns:
        due = min(due, max(_balances_due_ns(state), now + 1))
    if fills_wanted_since_ns(state) is not None:
        due = min(due, state.ask_fills.due_ns(now))
    elif state.fills_owed:
        due = min(due, min(state.fills_owed.values()) + OWED_PATIENCE_NS)
    if state.cancel_all_wanted:
        due = min(due, state.cancel_all_sent_ns + CANCEL_ALL_EVERY_NS)
    for hold in state.cancel_holds.values():
        if now < hold.until_ns < due:
            due = hold.until_ns
    return due
