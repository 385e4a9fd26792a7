"""What the account's reports change: orders, fills, position, balances. Handlers return True when a decision may be due."""

from mmtui.core.order_table import FillResult
from mmtui.core.reconcile import reconcile_orders, reconcile_position
from mmtui.core.state import SideHold, State, StopProgress
from mmtui.model.events import (
    AccountTotals,
    Balances,
    CommandRefused,
    CommandUnknown,
    Fill,
    FillsListed,
    FundingPayment,
    OpenOrders,
    OrderMissing,
    OrderReport,
    PositionAdjustment,
    PositionReport,
    ReadFailed,
)
from mmtui.model.notes import FillNote, NoteLevel
from mmtui.model.orders import Action, Order, OrderState, OrderStatus
from mmtui.model.units import decimal_text

HOLD_FIRST_NS = 250_000_000
HOLD_MAX_NS = 5_000_000_000


def on_order_report(state: State, event: OrderReport) -> bool:
    """The venue's word on one order."""
    order = state.orders.find(event.client_order_id, event.order_id)
    if order is None:
        return False
    before = order.state
    if event.status is OrderStatus.NOT_FOUND:
        return _on_not_found(state, order, event)
    row = state.orders.on_report(event)
    assert row is order  # noqa: S101 - the table finds the same row again
    if row.state is not before:
        if before is OrderState.SENT and row.state is OrderState.OPEN:
            _good_answer(state.hold(row.side))
        event_name = f"order_{row.done_reason.value}" if row.done_reason is not None else f"order_{row.state.value}"
        state.note_order(event_name, row, row.reason if row.is_done else "")
    if row.is_done and before is not OrderState.DONE:
        state.last_order_end_ns = state.now_ns
    if row.missing_fill:
        state.fills_owed.setdefault(row.client_order_id, state.now_ns)
    return True


def _on_not_found(state: State, order: Order, event: OrderReport) -> bool:
    """The venue does not know an order whose fate is unknown. Past its request window, and with our fills listed after
    the first such answer, a second one is proof: it never arrived, or (once open) it ended with the fills we know."""
    if order.state is not OrderState.UNKNOWN or event.time_ns - order.sent_ns < state.facts.unknown_proof_ns:
        return False
    first_ns = state.fills_needed.setdefault(order.client_order_id, event.time_ns)
    if state.ask_fills.answered_ns <= first_ns:
        return True
    del state.fills_needed[order.client_order_id]
    if order.opened_ns == 0 and not order.filled:
        state.orders.never_arrived(order, event.time_ns)
        state.note_order("order_never_arrived", order, order.reason)
    else:
        state.orders.ended_unseen(order, event.time_ns)
        state.note_order("order_gone", order, order.reason)
    state.last_order_end_ns = state.now_ns
    return True


def on_refused(state: State, event: CommandRefused) -> bool:
    """A definite no; the side waits a little before it tries again."""
    row = state.orders.on_refused(event)
    if row is None:
        return False
    hold = state.hold(row.side)
    hold.refusals += 1
    pause = min(HOLD_FIRST_NS << min(hold.refusals - 1, 6), HOLD_MAX_NS)
    if event.retry_after_ms is not None:
        pause = max(pause, event.retry_after_ms * 1_000_000)
    hold.until_ns = state.now_ns + pause
    state.last_order_end_ns = state.now_ns
    state.note_order(f"{event.action.value}_refused", row, f"{event.code.value}: {event.reason}")
    return True


def on_unknown(state: State, event: CommandUnknown) -> bool:
    """An outcome that nobody knows."""
    row = state.orders.on_unknown(event)
    if row is not None:
        state.note_order(f"{event.action.value}_unknown", row, event.reason)
    return row is not None


def on_fill(state: State, event: Fill) -> bool:
    """One execution: booked once, whenever it comes."""
    result = state.orders.on_fill(event)
    if result is FillResult.DUPLICATE:
        return False
    if result is FillResult.FOREIGN:
        state.note(
            NoteLevel.WARNING, "foreign_fill", "a fill that is not ours changes this position", trade_id=event.trade_id
        )
        state.ask_position.forget()
        return True
    state.pnl.apply_fill(event, state.mid)
    if state.mid is not None:
        quantity = float(event.quantity * state.instrument.multiplier)
        state.markouts.on_fill(event.time_ns, event.side, float(event.price), quantity, float(state.mid))
    state.last_fill_ns = state.now_ns
    row = state.orders.find(event.client_order_id, event.order_id)
    if row is not None:
        if row.is_done:
            state.last_order_end_ns = state.now_ns
        if not row.missing_fill:
            state.fills_owed.pop(row.client_order_id, None)
        _good_answer(state.hold(row.side))
    state.note_fill(
        FillNote(
            state.now_ns, event.client_order_id or "", event.trade_id, event.side, event.price, event.quantity,
            event.fee_cash, event.fee_asset, event.maker, state.pnl.position.quantity, result is FillResult.LATE,
        )
    )  # fmt: skip
    return True


def _good_answer(hold: SideHold) -> None:
    hold.refusals = 0
    hold.until_ns = 0


def on_funding(state: State, event: FundingPayment) -> bool:
    """Funding booked by the venue."""
    state.pnl.apply_funding(event)
    state.note(
        NoteLevel.INFO, "funding", f"funding {decimal_text(event.amount_cash)}", amount=decimal_text(event.amount_cash)
    )
    return True


def on_open_orders(state: State, event: OpenOrders) -> bool:
    """The venue's list of open orders."""
    found = reconcile_orders(state.orders, event)
    state.ask_orders.answered(event.asked_ns)
    state.orders.foreign = found.foreign
    if state.cancel_all_wanted and not event.orders and event.asked_ns >= state.cancel_all_sent_ns:
        state.cancel_all_wanted = False
    for report in found.adopt:
        order = state.orders.adopt(report)
        state.note_order("order_adopted", order)
    for fact in found.events:
        if isinstance(fact, OrderMissing):
            on_order_missing(state, fact)
        else:
            on_order_report(state, fact)
    if state.stop is not None:
        _count_proof(state, state.stop, event, found.ours_listed)
    return True


def _count_proof(state: State, stop: StopProgress, event: OpenOrders, ours_listed: int) -> None:
    """A list asked for after the last order ended, with none of ours in it, is one proof; anything else starts over."""
    stop.listed_left = ours_listed
    if ours_listed or state.orders.live or event.asked_ns < state.last_order_end_ns:
        stop.proofs = 0
    else:
        stop.proofs += 1


def on_order_missing(state: State, event: OrderMissing) -> bool:
    """One of our orders is not in the venue's list: ask for it, conclude nothing."""
    order = state.orders.live.get(event.client_order_id)
    if order is None:
        return False
    action = Action.CANCEL if order.state is OrderState.CANCEL_SENT else Action.PLACE
    state.orders.lose(order, action, event.time_ns, "absent from the venue's list of open orders")
    state.note_order("order_missing", order, order.reason)
    return True


def on_position_report(state: State, event: PositionReport) -> bool:
    """The venue's position: at the start it is ours, later it is compared."""
    state.ask_position.answered(event.asked_ns)
    state.venue_position = event.quantity
    if state.start_position is None:
        return _take_start_position(state, event)
    settled = not state.orders.live and event.asked_ns >= max(state.last_fill_ns, state.last_order_end_ns)
    settled = settled or _nothing_under_way(state, event.asked_ns)
    adjustment = reconcile_position(
        state.position_check, event, state.pnl.base_held, settled=settled, price=state.reference
    )
    if adjustment is not None:
        return on_position_adjustment(state, adjustment)
    if state.position_check.disagreements:
        state.note(
            NoteLevel.WARNING, "position_differs", "the venue's position differs from ours; asking again",
            venue=decimal_text(event.quantity), ours=decimal_text(state.pnl.base_held),
        )  # fmt: skip
        state.ask_position.forget()
    return True


def _nothing_under_way(state: State, asked_ns: int) -> bool:
    """Resting orders may be there, but no fill came near the question and no answer is owed."""
    quiet_ns = 2_000_000_000
    return asked_ns - state.last_fill_ns > quiet_ns and all(not order.is_busy for order in state.orders.live.values())


def _take_start_position(state: State, event: PositionReport) -> bool:
    if event.quantity:
        price = state.reference
        if price is None:
            # Held, but at no known price yet: it stays unknown until a mark or a mid can value it. The venue's entry
            # price would bring profit from before the run into the run's figures.
            state.ask_position.forget()
            return True
        state.pnl.take_over(event.quantity, price)
        state.note(
            NoteLevel.INFO, "position_taken_over", f"position at start {decimal_text(event.quantity)}",
            price=decimal_text(price),
        )  # fmt: skip
    state.start_position = event.quantity
    return True


def on_position_adjustment(state: State, event: PositionAdjustment) -> bool:
    """Ours follows the venue after two equal differences; told loudly, because somebody else traded."""
    state.pnl.take_over(event.quantity, event.price)
    state.note(
        NoteLevel.ERROR, "position_adjusted",
        f"position changed by {decimal_text(event.quantity)} without a fill of ours: {event.reason}",
    )  # fmt: skip
    return True


def on_balances(state: State, event: Balances) -> bool:
    """All balances of the account."""
    state.ask_balances.answered(event.asked_ns)
    if not state.holdings.report(event):
        return False
    if state.first_quote_cash is None:
        state.first_quote_cash = state.holdings.total(state.instrument.quote_asset)
        state.first_base_total = state.holdings.total(state.instrument.base_asset)
    return True


def on_fills_listed(state: State, event: FillsListed) -> bool:
    """All fills since a time have been delivered."""
    state.ask_fills.answered(event.time_ns)
    return True


def on_read_failed(state: State, event: ReadFailed) -> bool:
    """A question without an answer: what it asked for stays unknown."""
    inquiry = {
        "open_orders": state.ask_orders,
        "position": state.ask_position,
        "balances": state.ask_balances,
        "fills": state.ask_fills,
    }.get(event.what)
    if inquiry is not None:
        inquiry.failed(state.now_ns)
    state.note(NoteLevel.WARNING, "read_failed", f"could not read {event.what}: {event.reason}")
    return True


def on_totals(state: State, event: AccountTotals) -> bool:
    """What the account's other workers hold."""
    state.totals = event
    return True
