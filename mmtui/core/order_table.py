"""THE order table: the only place that maps our orders to their states.

Every change of state goes through ``TRANSITIONS``; what is not in it cannot happen. Reality is in the table too: a fill
may come before the acceptance or after the cancel, a refused cancel may mean that the order is already done, and an
order that seemed never to have arrived may turn up after all.
"""

import enum
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Fill, OrderReport
from mmtui.model.orders import Action, DoneReason, Order, OrderState, OrderStatus, RefusalCode
from mmtui.model.units import ZERO, Side
from mmtui.ports.errors import BugError


class Trigger(enum.Enum):
    """What can move an order from one state to another."""

    SEND = "send"
    SEND_AMEND = "send_amend"
    SEND_CANCEL = "send_cancel"
    OPENED = "opened"
    AMENDED = "amended"
    ENDED = "ended"
    REFUSED = "refused"
    LOST = "lost"
    NEVER_ARRIVED = "never_arrived"
    TURNED_UP = "turned_up"


_S = OrderState
_T = Trigger

TRANSITIONS: Final[dict[tuple[OrderState, Trigger], OrderState]] = {
    (_S.NEW, _T.SEND): _S.SENT,
    (_S.SENT, _T.OPENED): _S.OPEN,
    (_S.SENT, _T.ENDED): _S.DONE,
    (_S.SENT, _T.REFUSED): _S.DONE,
    (_S.SENT, _T.LOST): _S.UNKNOWN,
    (_S.OPEN, _T.OPENED): _S.OPEN,
    (_S.OPEN, _T.SEND_AMEND): _S.AMEND_SENT,
    (_S.OPEN, _T.SEND_CANCEL): _S.CANCEL_SENT,
    (_S.OPEN, _T.ENDED): _S.DONE,
    (_S.OPEN, _T.LOST): _S.UNKNOWN,
    # A report of the old price may cross an amend on its way: only the new figures end the amend.
    (_S.AMEND_SENT, _T.OPENED): _S.AMEND_SENT,
    (_S.AMEND_SENT, _T.AMENDED): _S.OPEN,
    (_S.AMEND_SENT, _T.REFUSED): _S.OPEN,
    (_S.AMEND_SENT, _T.ENDED): _S.DONE,
    (_S.AMEND_SENT, _T.LOST): _S.UNKNOWN,
    # An acceptance that arrives after the cancel was sent does not revoke the cancel.
    (_S.CANCEL_SENT, _T.OPENED): _S.CANCEL_SENT,
    (_S.CANCEL_SENT, _T.REFUSED): _S.OPEN,
    (_S.CANCEL_SENT, _T.ENDED): _S.DONE,
    (_S.CANCEL_SENT, _T.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _T.OPENED): _S.OPEN,
    (_S.UNKNOWN, _T.ENDED): _S.DONE,
    (_S.UNKNOWN, _T.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _T.NEVER_ARRIVED): _S.DONE,
    (_S.DONE, _T.ENDED): _S.DONE,
    # Messages overtake each other: an OPEN report behind the end changes nothing ...
    (_S.DONE, _T.OPENED): _S.DONE,
    # ... unless we had only concluded that the order never arrived; then the venue's word counts.
    (_S.DONE, _T.TURNED_UP): _S.OPEN,
}

_END_OF: Final = {
    OrderStatus.FILLED: DoneReason.FILLED,
    OrderStatus.CANCELLED: DoneReason.CANCELLED,
    OrderStatus.EXPIRED: DoneReason.EXPIRED,
    OrderStatus.REJECTED: DoneReason.REJECTED,
}

NEVER_ARRIVED_REASON: Final = "never arrived"
_KEPT_DONE: Final = 500
_KEPT_TRADE_IDS: Final = 20_000


class FillResult(enum.Enum):
    """What became of a fill message."""

    BOOKED = "booked"
    LATE = "late"
    DUPLICATE = "duplicate"
    FOREIGN = "foreign"


class Counters(Struct):
    """Totals of the run, for the summary."""

    placed: int = 0
    cancelled: int = 0
    amended: int = 0
    rejects: int = 0
    unknown_outcomes: int = 0
    fills: int = 0
    late_fills: int = 0
    duplicate_fills: int = 0
    foreign_fills: int = 0


class OrderTable(Struct):
    """All orders of one account and symbol that are ours, live ones and the latest done ones.

    ``touched`` is set by every change and cleared by the planner, so that an unchanged table costs nothing.
    """

    prefix: str
    next_number: int = 1
    live: dict[str, Order] = field(default_factory=dict)
    done: dict[str, Order] = field(default_factory=dict)
    by_order_id: dict[str, str] = field(default_factory=dict)
    trade_ids: dict[str, None] = field(default_factory=dict)
    foreign: dict[str, OrderReport] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    touched: bool = True

    # ------------------------------------------------------------------------------------------------ identity

    def mint(self) -> str:
        """The next client order id of this run."""
        number = self.next_number
        self.next_number = number + 1
        return f"{self.prefix}{number}"

    def is_ours(self, client_order_id: str | None) -> bool:
        """True for ids minted under our prefix, also by an earlier process of the same instance."""
        return client_order_id is not None and client_order_id.startswith(self.prefix)

    def find(self, client_order_id: str | None, order_id: str | None) -> Order | None:
        """The row for a venue message, by client id, else by the venue's order id."""
        if client_order_id is None and order_id is not None:
            client_order_id = self.by_order_id.get(order_id)
        if client_order_id is None:
            return None
        return self.live.get(client_order_id) or self.done.get(client_order_id)

    # ------------------------------------------------------------------------------------------------ what we send

    def place_sent(self, command: PlaceOrder, now_ns: int, level: int) -> Order:
        """A new row, already on its way. Raises BugError if the client id was used before."""
        if command.client_order_id in self.live or command.client_order_id in self.done:
            raise BugError(f"client order id {command.client_order_id} used twice")
        order = Order(
            client_order_id=command.client_order_id, side=command.side, price=command.price, quantity=command.quantity,
            created_ns=now_ns, post_only=command.post_only, reduce_only=command.reduce_only,
            time_in_force=command.time_in_force, level=level,
        )  # fmt: skip
        self.live[order.client_order_id] = order
        self.counters.placed += 1
        order.sent_ns = now_ns
        self._move(order, Trigger.SEND)
        return order

    def amend_sent(self, command: AmendOrder, now_ns: int) -> None:
        """An amend is on its way; until answered the order counts at the larger of both sizes."""
        order = self.live[command.client_order_id]
        self._move(order, Trigger.SEND_AMEND)
        order.pending_price = command.price
        order.pending_quantity = command.quantity
        order.sent_ns = now_ns
        self.counters.amended += 1

    def cancel_sent(self, command: CancelOrder, now_ns: int) -> None:
        """A cancel is on its way."""
        order = self.live[command.client_order_id]
        self._move(order, Trigger.SEND_CANCEL)
        order.sent_ns = now_ns

    # ------------------------------------------------------------------------------------------------ what we hear

    def on_report(self, report: OrderReport) -> Order | None:
        """Apply the venue's word on one order. Returns the row, or None if it is not ours."""
        order = self.find(report.client_order_id, report.order_id)
        if order is None:
            return None
        if report.order_id is not None and order.order_id is None:
            order.order_id = report.order_id
            self.by_order_id[report.order_id] = order.client_order_id
        if report.filled is not None and report.filled > order.reported_filled:
            order.reported_filled = report.filled
        if report.status is OrderStatus.OPEN:
            self._on_open(order, report)
        elif report.status is not OrderStatus.NOT_FOUND:
            self._end(order, _END_OF[report.status], report.reason, report.time_ns)
        return order

    def _on_open(self, order: Order, report: OrderReport) -> None:
        if order.state is OrderState.DONE:
            if order.done_reason is DoneReason.REJECTED and order.reason == NEVER_ARRIVED_REASON:
                self._revive(order, report)
            return
        if order.state is OrderState.AMEND_SENT:
            if report.price == order.pending_price and report.quantity == order.pending_quantity:
                self._move(order, Trigger.AMENDED)
                self._take_figures(order, report)
            return
        was = order.state
        self._move(order, Trigger.OPENED)
        if was is OrderState.UNKNOWN:
            self._take_figures(order, report)
            order.unknown_action = None
            order.probes = 0
        if order.opened_ns == 0:
            order.opened_ns = report.time_ns

    def _take_figures(self, order: Order, report: OrderReport) -> None:
        """The venue's price and size stand (after an amend, or after an unknown outcome that may have been one)."""
        order.pending_price = order.pending_quantity = None
        if report.price is not None:
            order.price = report.price
        if report.quantity is not None:
            order.quantity = report.quantity

    def _revive(self, order: Order, report: OrderReport) -> None:
        self._move(order, Trigger.TURNED_UP)
        order.done_reason = None
        order.reason = "turned up after it seemed never to have arrived"
        order.opened_ns = report.time_ns
        del self.done[order.client_order_id]
        self.live[order.client_order_id] = order

    def on_refused(self, event: CommandRefused) -> Order | None:
        """A definite no. A refused place ends the order; a refused cancel or amend leaves it open, unless the reason is
        that it is done or gone: then its end is unknown until the venue has named it."""
        order = self.live.get(event.client_order_id)
        if order is None:
            return self.done.get(event.client_order_id)
        if event.action is Action.PLACE:
            if order.state in (OrderState.SENT, OrderState.UNKNOWN):
                self.counters.rejects += 1
                self._end(order, DoneReason.REJECTED, f"{event.code.value}: {event.reason}", event.time_ns)
            return order
        order.pending_price = order.pending_quantity = None
        if event.code in (RefusalCode.ORDER_DONE, RefusalCode.ORDER_NOT_FOUND):
            self._lose(order, event.action, event.time_ns, event.reason)
        elif order.state in (OrderState.AMEND_SENT, OrderState.CANCEL_SENT):
            self._move(order, Trigger.REFUSED)
        return order

    def on_unknown(self, event: CommandUnknown) -> Order | None:
        """The outcome of a command is unknown: it counts as live until the venue's word proves otherwise."""
        order = self.live.get(event.client_order_id)
        if order is None:
            return None
        self.counters.unknown_outcomes += 1
        self._lose(order, event.action, event.time_ns, event.reason)
        return order

    def lose(self, order: Order, action: Action, now_ns: int, reason: str) -> None:
        """An answer is overdue or an order is missing from a list: unknown, to be asked for."""
        self.counters.unknown_outcomes += 1
        self._lose(order, action, now_ns, reason)

    def _lose(self, order: Order, action: Action, now_ns: int, reason: str) -> None:
        if order.state is not OrderState.UNKNOWN:
            order.unknown_since_ns = now_ns
            order.unknown_action = action
            order.probes = 0
            order.last_probe_ns = 0
        self._move(order, Trigger.LOST)
        order.reason = reason

    def never_arrived(self, order: Order, now_ns: int) -> None:
        """It is proved (venue's validity window over, asked again, no fills) that a place never reached the venue."""
        self._move(order, Trigger.NEVER_ARRIVED)
        self._file_done(order, DoneReason.REJECTED, NEVER_ARRIVED_REASON, now_ns)

    def ended_unseen(self, order: Order, now_ns: int) -> None:
        """It is proved that an order which was once open is no longer at the venue, and its fills are all known."""
        self._end(order, DoneReason.CANCELLED, "gone from the venue, fills accounted for", now_ns)

    def on_fill(self, fill: Fill) -> FillResult:
        """Count a fill once, whatever order it comes in. The caller books it to the account when it is ours."""
        if fill.trade_id in self.trade_ids:
            self.counters.duplicate_fills += 1
            return FillResult.DUPLICATE
        order = self.find(fill.client_order_id, fill.order_id)
        if order is None and not self.is_ours(fill.client_order_id):
            self.counters.foreign_fills += 1
            return FillResult.FOREIGN
        self._remember_trade(fill.trade_id)
        self.counters.fills += 1
        if order is None:
            # Ours by its id, from before the rows we kept: the money moved all the same.
            self.counters.late_fills += 1
            return FillResult.LATE
        self.touched = True
        order.filled += fill.quantity
        if order.filled > order.reported_filled:
            order.reported_filled = order.filled
        if order.state is OrderState.DONE:
            self.counters.late_fills += 1
            return FillResult.LATE
        if order.filled >= order.quantity and order.pending_quantity is None:
            self._end(order, DoneReason.FILLED, "", fill.time_ns)
        return FillResult.BOOKED

    def adopt(self, report: OrderReport) -> Order:
        """Take over a live order that an earlier process of ours left at the venue."""
        assert report.client_order_id is not None  # noqa: S101 - reconcile adopts by client id only
        order = Order(
            client_order_id=report.client_order_id, side=report.side or Side.BUY, price=report.price or ZERO,
            quantity=report.quantity or ZERO, created_ns=report.time_ns, post_only=report.post_only,
            reduce_only=report.reduce_only, time_in_force=report.time_in_force, state=OrderState.OPEN,
            order_id=report.order_id, filled=report.filled or ZERO, reported_filled=report.filled or ZERO,
            opened_ns=report.time_ns, recovered=True,
        )  # fmt: skip
        self.live[order.client_order_id] = order
        self.touched = True
        if report.order_id is not None:
            self.by_order_id[report.order_id] = order.client_order_id
        return order

    # ------------------------------------------------------------------------------------------------ sums

    def worst(self, side: Side) -> Decimal:
        """Base quantity that could still trade on a side: open, in flight, being cancelled and unknown, at its worst."""
        total = ZERO
        for order in self.live.values():
            if order.side is side:
                total += order.worst_remaining
        return total

    # ------------------------------------------------------------------------------------------------ inside

    def _move(self, order: Order, trigger: Trigger) -> None:
        state = TRANSITIONS.get((order.state, trigger))
        if state is None:
            raise BugError(f"order {order.client_order_id}: {trigger.value} is impossible in state {order.state.value}")
        order.state = state
        self.touched = True

    def _end(self, order: Order, reason: DoneReason, why: str, now_ns: int) -> None:
        was_done = order.state is OrderState.DONE
        self._move(order, Trigger.REFUSED if self._is_place_refusal(order, reason) else Trigger.ENDED)
        if was_done:
            return
        if reason is DoneReason.CANCELLED:
            self.counters.cancelled += 1
        self._file_done(order, reason, why, now_ns)

    @staticmethod
    def _is_place_refusal(order: Order, reason: DoneReason) -> bool:
        return order.state is OrderState.SENT and reason is DoneReason.REJECTED

    def _file_done(self, order: Order, reason: DoneReason, why: str, now_ns: int) -> None:
        order.done_reason = reason
        order.reason = why
        order.done_ns = now_ns
        order.pending_price = order.pending_quantity = None
        self.live.pop(order.client_order_id, None)
        self.done[order.client_order_id] = order
        while len(self.done) > _KEPT_DONE:
            oldest = self.done.pop(next(iter(self.done)))
            if oldest.order_id is not None:
                self.by_order_id.pop(oldest.order_id, None)

    def _remember_trade(self, trade_id: str) -> None:
        self.trade_ids[trade_id] = None
        if len(self.trade_ids) > _KEPT_TRADE_IDS:
            del self.trade_ids[next(iter(self.trade_ids))]
