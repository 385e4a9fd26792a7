"""What the venue's words on orders change: reports, refusals, unknown outcomes, fills, the list of open orders.

Handlers return True when a decision may be due.
"""

from typing import Final

from mmtui.core.order_table import FillResult
from mmtui.core.reconcile import reconcile_orders
from mmtui.core.state import State, StopProgress
from mmtui.core.transitions import SENT_BY
from mmtui.model.events import CommandRefused, CommandUnknown, Fill, OpenOrders, OrderMissing, OrderReport
from mmtui.model.notes import FillNote, NoteLevel
from mmtui.model.orders import Action, DoneReason, Order, OrderState, OrderStatus
from mmtui.model.units import NS_PER_MS, decimal_text

EARLIER_FILL: Final = "earlier_fill"
"""The event of notes that tell a fill from before the run; its fields are all there is to know of it."""


def on_order_report(state: State, event: OrderReport) -> bool:
    """The venue's word on one order. An answer leaves less to watch; only what it leaves open is looked at anew."""
    order = state.orders.find(event.client_order_id, event.order_id)
    if order is None:
        return False
    if event.status is OrderStatus.NOT_FOUND:
        return _on_not_found(state, order, event)
    before = order.state
    amend_settled = event.time_ns - order.sent_ns >= state.facts.unknown_proof_ns
    state.orders.on_report(event, amend_settled=amend_settled)
    if order.state is not before:
        if before is OrderState.SENT and order.state is OrderState.OPEN:
            state.hold(order.side).clear()
        _note_change(state, order)
    if order.is_done and before is not OrderState.DONE:
        _back_off_if_unasked(state, order, before)
    _after_word(state, order, before)
    return True


def _note_change(state: State, order: Order) -> None:
    word = order.state.value if order.done_reason is None else order.done_reason.value
    state.note_order(f"order_{word}", order, order.reason if order.is_done else "")


def _back_off_if_unasked(state: State, order: Order, before: OrderState) -> None:
    """After an end that we did not ask for and that brought no fill, the side waits.

    Post-only by report, an IOC without a match, self-trade prevention: it is a refusal in other words, and the order
    would be sent again with every answer.
    """
    unasked = before is not OrderState.CANCEL_SENT and before is not OrderState.UNKNOWN
    if unasked and order.done_reason is not DoneReason.FILLED and not order.filled and not order.reported_filled:
        state.hold(order.side).refused(state.now_ns)


def _after_word(state: State, order: Order, before: OrderState) -> None:
    """Keep what hangs on the order's state in step with it: its end, owed fills, probes, held-back cancels."""
    client_order_id = order.client_order_id
    if before is not OrderState.DONE and order.state is OrderState.DONE:
        state.last_order_end_ns = state.now_ns
        if state.cancel_holds:
            state.cancel_holds.pop(client_order_id, None)
    if order.state is not OrderState.UNKNOWN and (state.probing or state.fills_needed):
        state.fills_needed.pop(client_order_id, None)
        state.probing.pop(client_order_id, None)
    if order.reported_filled > order.filled:
        state.fills_owed.setdefault(client_order_id, state.now_ns)
        state.watch_due_ns = 0
    elif state.fills_owed:
        state.fills_owed.pop(client_order_id, None)


def _on_not_found(state: State, order: Order, event: OrderReport) -> bool:
    """The venue does not know an order whose fate is unknown.

    Asked past its request window, and with our fills listed after the first such answer, a second one is proof: it
    never arrived, or (once open) it ended with the fills we know.
    """
    client_order_id = order.client_order_id
    asked_ns = state.probing.pop(client_order_id, None)
    state.watch_due_ns = 0
    if order.state is not OrderState.UNKNOWN or asked_ns is None:
        return False
    if asked_ns - order.sent_ns < state.facts.unknown_proof_ns:
        return False
    first_ns = state.fills_needed.setdefault(client_order_id, state.now_ns)
    if state.ask_fills.answered_ns < first_ns or asked_ns < first_ns:
        return True
    if order.opened_ns == 0 and not order.filled:
        state.orders.never_arrived(order, event.time_ns)
        state.note_order("order_never_arrived", order, order.reason)
    else:
        state.orders.ended_unseen(order, event.time_ns)
        state.note_order("order_gone", order, order.reason)
    _after_word(state, order, OrderState.UNKNOWN)
    return True


def on_refused(state: State, event: CommandRefused) -> bool:
    """A definite no.

    After a refused place or amend the side waits a little before it tries again; a refused cancel waits by itself, so
    that nothing else waits for it.
    """
    row = state.orders.live.get(event.client_order_id)
    before = None if row is None else row.state
    row = state.orders.on_refused(event)
    if row is None:
        return False
    retry_ns = 0 if event.retry_after_ms is None else event.retry_after_ms * NS_PER_MS
    if event.action is Action.CANCEL:
        if not row.is_done:
            state.cancel_hold(row.client_order_id).refused(state.now_ns, retry_ns)
    else:
        state.hold(row.side).refused(state.now_ns, retry_ns)
    if row.state is not before:  # the refused cancel beside each probe of an unknown order tells nothing new
        state.note_order(f"{event.action.value}_refused", row, f"{event.code.value}: {event.reason}")
    if row.is_done:
        _after_word(state, row, OrderState.OPEN)
    return True


def on_unknown(state: State, event: CommandUnknown) -> bool:
    """An outcome that nobody knows."""
    row = state.orders.on_unknown(event)
    if row is not None:
        state.note_order(f"{event.action.value}_unknown", row, event.reason)
    return row is not None


def on_fill(state: State, event: Fill) -> bool:
    """One execution: booked once, whenever it comes."""
    row = state.orders.find(event.client_order_id, event.order_id)
    if _is_before_start(state, event, row):
        _tell_earlier(state, event)
        return False
    before = OrderState.DONE if row is None else row.state
    result = state.orders.on_fill(event)
    if result is FillResult.DUPLICATE:
        return False
    if result is FillResult.FOREIGN:
        state.note(
            NoteLevel.WARNING, "foreign_fill", "a fill that is not ours changes this position", trade_id=event.trade_id
        )
        state.ask_position.forget(state.now_ns)
        return True
    state.pnl.apply_fill(event, state.mid)
    if state.mid is not None:
        quantity = float(event.quantity * state.instrument.multiplier)
        state.markouts.on_fill(event.time_ns, event.side, float(event.price), quantity, float(state.mid))
    state.last_fill_ns = state.now_ns
    state.hold(event.side).clear()
    if row is not None:
        _after_word(state, row, before)
    state.note_fill(
        FillNote(
            state.now_ns, event.client_order_id or "", event.trade_id, event.side, event.price, event.quantity,
            event.fee_cash, event.fee_asset, event.maker, state.pnl.position.quantity, result is FillResult.LATE,
        )
    )  # fmt: skip
    return True


def _is_before_start(state: State, event: Fill, row: Order | None) -> bool:
    """True for a listed fill of an earlier run: the position taken over at the start already contains it."""
    if event.venue_time_ns is None or event.venue_time_ns >= state.start_position_ns:
        return False
    return row is None or row.recovered


def _tell_earlier(state: State, event: Fill) -> None:
    """A fill of an earlier run of this strategy that may have died before it heard: the ledger keeps each once."""
    if not state.orders.is_ours(event.client_order_id) or not state.orders.remember_earlier(event):
        return
    state.note(
        NoteLevel.INFO, EARLIER_FILL,
        f"filled before this run: {event.side.value} {decimal_text(event.quantity)} at {decimal_text(event.price)}",
        trade_id=event.trade_id, side=event.side.value, price=decimal_text(event.price),
        quantity=decimal_text(event.quantity), fee=decimal_text(event.fee_cash), fee_asset=event.fee_asset,
        maker="yes" if event.maker else "no", client_order_id=event.client_order_id or "",
        order_id=event.order_id or "", venue_time_ns=str(event.venue_time_ns),
    )  # fmt: skip


def on_open_orders(state: State, event: OpenOrders) -> bool:
    """The venue's list of open orders."""
    found = reconcile_orders(state.orders, event)
    proves = _count_proof(state, state.stop, event, found.ours_listed) if state.stop is not None else True
    state.ask_orders.answered(event.asked_ns, now_ns=state.now_ns, settles=proves)
    state.orders.foreign = found.foreign
    if state.cancel_all_wanted and not event.orders and event.asked_ns >= state.cancel_all_sent_ns > 0:
        state.cancel_all_wanted = False
    for report in found.adopt:
        order = state.orders.adopt(report)
        state.note_order("order_adopted", order)
    for row, report in found.turned_up:
        state.orders.turned_up(row, report)
        state.note_order("order_turned_up", row, row.reason)
    for fact in found.events:
        if isinstance(fact, OrderMissing):
            on_order_missing(state, fact)
        else:
            on_order_report(state, fact)
    return True


def _count_proof(state: State, stop: StopProgress, event: OpenOrders, ours_listed: int) -> bool:
    """A list asked for after the last order ended, with none of ours in it, is one proof; any other starts over.

    Returns False for a list that says the opposite of a proof.
    """
    stop.listed_left = ours_listed
    if ours_listed or state.orders.live or event.asked_ns < state.last_order_end_ns:
        stop.proofs = 0
    else:
        stop.proofs += 1
    return not ours_listed or bool(state.orders.live)


def on_order_missing(state: State, event: OrderMissing) -> bool:
    """One of our orders is not in the venue's list: ask for it, conclude nothing."""
    order = state.orders.live.get(event.client_order_id)
    if order is None or order.state is OrderState.UNKNOWN:
        return False
    action = SENT_BY.get(order.state, Action.PLACE)
    state.orders.lose(order, action, event.time_ns, "absent from the venue's list of open orders")
    state.note_order("order_missing", order, order.reason)
    return True
