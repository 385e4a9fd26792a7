"""What the account's reports change: position, balances, funding, totals.

Handlers return True when a decision may be due.
"""

from typing import Final

from mmtui.core.reconcile import reconcile_position
from mmtui.core.state import State
from mmtui.model.events import (
    AccountTotals,
    Balances,
    FillsListed,
    FundingPayment,
    PositionAdjustment,
    PositionReport,
    ReadFailed,
)
from mmtui.model.notes import NoteLevel
from mmtui.model.units import decimal_text

QUIET_NS = 2_000_000_000
"""A position read this soon after a fill may not contain it."""


FUNDING: Final = "funding"
"""The event of notes that tell a payment of funding; its fields are all there is to know of it."""


def on_funding(state: State, event: FundingPayment) -> bool:
    """Funding booked by the venue."""
    state.pnl.apply_funding(event)
    state.note(
        NoteLevel.INFO, FUNDING, f"funding {decimal_text(event.amount_cash)}", amount=decimal_text(event.amount_cash),
        payment_id=event.payment_id, rate="" if event.rate is None else decimal_text(event.rate),
    )  # fmt: skip
    return True


def on_position_report(state: State, event: PositionReport) -> bool:
    """The venue's position: at the start it is ours, later it is compared."""
    state.venue_position = event.quantity
    if state.start_position is None:
        taken = _take_start_position(state, event)
        state.ask_position.answered(event.asked_ns, now_ns=state.now_ns, settles=taken)
        if not taken:
            state.ask_position.forget(state.now_ns)
        return True
    settled = _is_settled(state, event.asked_ns)
    adjustment = reconcile_position(
        state.position_check, event, state.pnl.base_held, settled=settled, price=state.reference
    )
    differs = state.position_check.disagreements > 0
    state.ask_position.answered(event.asked_ns, now_ns=state.now_ns, settles=not differs)
    if adjustment is not None:
        return on_position_adjustment(state, adjustment)
    if differs:
        if settled and state.position_check.disagreements == 1:
            _list_fills_to_explain(state, event)
        state.ask_position.forget(state.now_ns)
    elif settled:
        state.position_agreed_ns = event.asked_ns
    return True


def _is_settled(state: State, asked_ns: int) -> bool:
    """Whether a difference between the venue's position and ours would mean something.

    It does when nothing is owed, being listed or under way, and no fill or end of an order came near the question.
    """
    if not state.private_up or state.catching_up or state.fills_owed or state.list_fills_since_ns:
        return False
    orders = state.orders.live
    if not orders:
        return asked_ns >= max(state.last_fill_ns, state.last_order_end_ns)
    return asked_ns - state.last_fill_ns > QUIET_NS and all(not order.is_busy for order in orders.values())


def _list_fills_to_explain(state: State, event: PositionReport) -> None:
    """A fill may have been missed: before anything is concluded, list the fills since the positions last agreed."""
    state.list_fills_since_ns = state.position_agreed_ns
    state.ask_fills.forget(state.now_ns)
    state.note(
        NoteLevel.WARNING, "position_differs", "the venue's position differs from ours; asking again",
        venue=decimal_text(event.quantity), ours=decimal_text(state.pnl.base_held),
    )  # fmt: skip


def _take_start_position(state: State, event: PositionReport) -> bool:
    """What is held at the start, less what fills of this run have already booked; False while it cannot be taken."""
    if state.last_fill_ns > event.asked_ns:
        return False  # whether the answer contains that fill cannot be told
    multiplier = state.instrument.multiplier
    quantity = (event.quantity - state.pnl.base_held) / multiplier
    if quantity:
        price = state.reference
        if price is None:
            # Held, but at no known price yet: it stays unknown until a mark or a mid can value it. The venue's entry
            # price would bring profit from before the run into the run's figures.
            return False
        state.pnl.take_over(quantity, price, event.entry_price)
        if state.carried is not None and not state.pnl.volume.fills:
            state.pnl.go_on_from(quantity, state.carried.entry_of(quantity, event.entry_price, price))
        state.note(
            NoteLevel.INFO, "position_taken_over", f"position at start {decimal_text(event.quantity)}",
            price=decimal_text(price),
        )  # fmt: skip
    state.start_position = quantity
    state.start_position_ns = state.position_agreed_ns = event.asked_ns
    return True


def on_position_adjustment(state: State, event: PositionAdjustment) -> bool:
    """Ours follows the venue after two equal differences; told loudly, because somebody else traded."""
    state.pnl.take_over(event.quantity / state.instrument.multiplier, event.price)
    state.note(
        NoteLevel.ERROR, "position_adjusted",
        f"position changed by {decimal_text(event.quantity)} without a fill of ours: {event.reason}",
    )  # fmt: skip
    return True


def on_balances(state: State, event: Balances) -> bool:
    """All balances of the account."""
    state.ask_balances.answered(event.asked_ns, now_ns=state.now_ns)
    if not state.holdings.report(event):
        return False
    _take_totals(state)
    if state.first_quote_cash is None:
        state.first_quote_cash = state.quote_total
    return True


def _take_totals(state: State) -> None:
    """What every snapshot tells of the balances is looked up when they change, not at each tick."""
    state.base_total = state.holdings.total(state.instrument.base_asset)
    state.quote_total = state.holdings.total(state.instrument.quote_asset)
    state.base_free = state.holdings.free(state.instrument.base_asset)
    state.quote_free = state.holdings.free(state.instrument.quote_asset)


def on_fills_listed(state: State, event: FillsListed) -> bool:
    """All fills since a time have been delivered. Those still owed are asked for again, later each time."""
    inquiry = state.ask_fills
    inquiry.answered(inquiry.asked_ns, now_ns=state.now_ns, settles=not state.fills_owed)
    if inquiry.answered_ns and event.since_ns <= state.list_fills_since_ns:
        state.list_fills_since_ns = 0
    if state.start_position_ns and event.since_ns <= state.earlier_fills_since_ns:
        state.earlier_fills_since_ns = 0
    return True


def on_read_failed(state: State, event: ReadFailed) -> bool:
    """A question without an answer: what it asked for stays unknown."""
    if event.what == "balances":
        state.holdings.forget()
        _take_totals(state)
    elif event.what == "order":
        state.probing.clear()  # which of the probes failed is not told; each may be sent again
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
