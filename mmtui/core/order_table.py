"""THE order table: the only place that maps our orders to their states.

Every change of state goes through ``TRANSITIONS``; what is not in it cannot happen.
"""

import enum
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from mmtui.core.transitions import END_OF, SENT_BY, TRANSITIONS, Trigger
from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Fill, OrderReport
from mmtui.model.orders import Action, DoneReason, Order, OrderState, OrderStatus, RefusalCode
from mmtui.model.units import ZERO, Side
from mmtui.ports.errors import BugError

NEVER_ARRIVED_REASON: Final = "never arrived"
GONE_REASON: Final = "gone from the venue, fills accounted for"
_CONCLUDED: Final = (NEVER_ARRIVED_REASON, GONE_REASON)
"""Ends that no message of the venue named: later messages may prove them wrong."""

_KEPT_DONE: Final = 500
_KEPT_TRADE_IDS: Final = 20_000
_KEPT_FOREIGN_IDS: Final = 1_000


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

    ``prefix`` begins the client ids of this run, ``family`` those of all runs of this strategy (empty: as ``prefix``).
    ``touched`` is set by every change and cleared by the planner, so that an unchanged table costs nothing.
    """

    prefix: str
    family: str = ""
    next_number: int = 1
    live: dict[str, Order] = field(default_factory=dict)
    done: dict[str, Order] = field(default_factory=dict)
    by_order_id: dict[str, str] = field(default_factory=dict)
    trade_ids: dict[str, None] = field(default_factory=dict)
    foreign_trade_ids: dict[str, None] = field(default_factory=dict)
    foreign: dict[str, OrderReport] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    touched: bool = True

    # ------------------------------------------------------------------------------------------------ identity

    def next_id(self) -> str:
        """The client order id of the next order; ``place_sent`` uses it up, so that refusals by our own gate do not."""
        return f"{self.prefix}{self.next_number}"

    def is_ours(self, client_order_id: str | None) -> bool:
        """True for ids minted by this strategy, also by an earlier run."""
        return client_order_id is not None and client_order_id.startswith(self.family or self.prefix)

    def find(self, client_order_id: str | None, order_id: str | None) -> Order | None:
        """The row for a venue message, by client id, else by the venue's order id."""
        if client_order_id is not None:
            row = self.live.get(client_order_id) or self.done.get(client_order_id)
            if row is not None:
                return row
        client_order_id = self.by_order_id.get(order_id) if order_id is not None else None
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
        self.next_number += 1
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

    def on_report(self, report: OrderReport, *, amend_settled: bool = True) -> Order | None:
        """Apply the venue's word on one order. Returns the row, or None if it is not ours.

        ``amend_settled`` is False while an amend of unknown outcome may still reach the venue: old figures then prove
        nothing, and the order keeps counting at the larger size.
        """
        order = self.find(report.client_order_id, report.order_id)
        if order is None:
            return None
        if report.order_id is not None and order.order_id is None:
            order.order_id = report.order_id
            self.by_order_id[report.order_id] = order.client_order_id
        filled = report.filled
        if filled is None and report.status is OrderStatus.FILLED:
            sizes = (order.quantity, order.pending_quantity or order.quantity)
            filled = min(sizes) if report.quantity is None else report.quantity
        if filled is not None and filled > order.reported_filled:
            order.reported_filled = filled
            self.touched = True
        if report.status is OrderStatus.OPEN:
            self._on_open(order, report, amend_settled=amend_settled)
        elif report.status is not OrderStatus.NOT_FOUND:
            self._end(order, END_OF[report.status], report.reason, report.time_ns)
        return order

    def _on_open(self, order: Order, report: OrderReport, *, amend_settled: bool) -> None:
        state = order.state
        if state is OrderState.DONE:
            if order.reason in _CONCLUDED:
                self.turned_up(order, report)
            else:
                self._move(order, Trigger.OPENED)
            return
        amending = order.pending_price is not None
        amended = amending and report.price == order.pending_price and report.quantity == order.pending_quantity
        if state is OrderState.AMEND_SENT:
            self._move(order, Trigger.AMENDED if amended else Trigger.OPENED)
            if amended:
                self._take_figures(order, report)
            return
        if state is OrderState.UNKNOWN:
            if amending:  # else ours are right, and an old message may have been overtaken by the amend that made them
                if not amended and not amend_settled:
                    return
                self._take_figures(order, report)
            order.unknown_action = None
            order.probes = 0
        self._move(order, Trigger.OPENED)
        if order.opened_ns == 0:
            order.opened_ns = report.time_ns

    def _take_figures(self, order: Order, report: OrderReport) -> None:
        """The venue's price and size stand (after an amend, or after an unknown outcome that may have been one)."""
        order.pending_price = order.pending_quantity = None
        if report.price is not None:
            order.price = report.price
        if report.quantity is not None:
            order.quantity = report.quantity

    def turned_up(self, order: Order, report: OrderReport) -> None:
        """An order that seemed done is live after all: it counts again."""
        self._revive(order, report.time_ns)
        self._take_figures(order, report)

    def _revive(self, order: Order, now_ns: int) -> None:
        self._move(order, Trigger.TURNED_UP)
        order.done_reason = None
        order.reason = "turned up after it seemed to be done"
        order.opened_ns = order.opened_ns or now_ns
        del self.done[order.client_order_id]
        self.live[order.client_order_id] = order

    def on_refused(self, event: CommandRefused) -> Order | None:
        """A definite no. Returns None where nothing was waiting for this answer.

        A refused place ends the order; a refused cancel or amend leaves it open, unless the reason is that it is done
        or gone: then its end is unknown until the venue has named it.
        """
        order = self.live.get(event.client_order_id)
        if order is None:
            return None
        if event.action is Action.PLACE:
            if order.state not in (OrderState.SENT, OrderState.UNKNOWN):
                return None
            if event.code is RefusalCode.DUPLICATE_CLIENT_ID:
                # The venue knows the id: perhaps a first copy of this very request arrived. It must be asked for.
                self._lose(order, event.action, event.time_ns, event.reason)
            else:
                self._end(order, DoneReason.REJECTED, f"{event.code.value}: {event.reason}", event.time_ns)
            return order
        if event.action is Action.AMEND:
            order.pending_price = order.pending_quantity = None
        if event.code in (RefusalCode.ORDER_DONE, RefusalCode.ORDER_NOT_FOUND):
            self._lose(order, event.action, event.time_ns, event.reason)
        elif SENT_BY.get(order.state) is event.action:
            self._move(order, Trigger.REFUSED)
            if order.filled >= order.quantity:
                self._end(order, DoneReason.FILLED, "", event.time_ns)
        return order

    def on_unknown(self, event: CommandUnknown) -> Order | None:
        """The outcome of a command is unknown: it counts as live until the venue's word proves otherwise.

        Returns None where the venue's word has already come by another way.
        """
        order = self.live.get(event.client_order_id)
        if order is None or SENT_BY.get(order.state) is not event.action:
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
        self._end(order, DoneReason.CANCELLED, GONE_REASON, now_ns)

    def on_fill(self, fill: Fill) -> FillResult:
        """Count a fill once, whatever order it comes in. The caller books it to the account when it is ours.

        Both halves of a trade with ourselves carry one trade id, so a fill is known by trade id and side.
        """
        trade = f"{fill.trade_id}/{fill.side.value}"
        order = self.find(fill.client_order_id, fill.order_id)
        if order is None and not self.is_ours(fill.client_order_id):
            # Not remembered as booked: the venue's id of an order of ours may become known only after its first fill.
            if not _remember(self.foreign_trade_ids, trade, _KEPT_FOREIGN_IDS):
                return FillResult.DUPLICATE
            self.counters.foreign_fills += 1
            return FillResult.FOREIGN
        if not _remember(self.trade_ids, trade, _KEPT_TRADE_IDS):
            self.counters.duplicate_fills += 1
            return FillResult.DUPLICATE
        self.counters.fills += 1
        if order is None:
            # Ours by its id, from before the rows we kept: the money moved all the same.
            self.counters.late_fills += 1
            return FillResult.LATE
        self.touched = True
        announced = order.missing_fill >= fill.quantity  # the end of an order may be told before its fills
        order.filled += fill.quantity
        order.reported_filled = max(order.reported_filled, order.filled)
        late = order.state is OrderState.DONE and not announced
        if late:
            self.counters.late_fills += 1
            if order.reason not in _CONCLUDED:
                return FillResult.LATE
            # It did arrive, or was not gone: what is left of it may still trade until the venue says otherwise.
            self._revive(order, fill.time_ns)
            self._lose(order, Action.PLACE, fill.time_ns, "filled after it seemed to be done")
        if order.filled >= order.quantity and order.pending_quantity is None:
            self._end(order, DoneReason.FILLED, "", fill.time_ns)
        return FillResult.LATE if late else FillResult.BOOKED

    def remember_earlier(self, fill: Fill) -> bool:
        """Keep the trade of a fill from before the run, so that it is neither told nor booked again; True once."""
        return _remember(self.trade_ids, f"{fill.trade_id}/{fill.side.value}", _KEPT_TRADE_IDS)

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
        number = order.client_order_id.removeprefix(self.prefix)
        if number.isdecimal():
            self.next_number = max(self.next_number, int(number) + 1)
        return order

    # ------------------------------------------------------------------------------------------------ sums

    def worst(self, side: Side) -> Decimal:
        """Base quantity that could still trade on a side, at its worst.

        Open, in flight, being cancelled and unknown orders all count.
        """
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
        was = order.state
        rejected = reason is DoneReason.REJECTED
        self._move(order, Trigger.REFUSED if rejected and was is OrderState.SENT else Trigger.ENDED)
        if was is OrderState.DONE:
            if order.reason in _CONCLUDED:
                order.done_reason, order.reason = reason, why
            return
        if reason is DoneReason.CANCELLED:
            self.counters.cancelled += 1
        elif rejected:
            self.counters.rejects += 1
        self._file_done(order, reason, why, now_ns)

    def _file_done(self, order: Order, reason: DoneReason, why: str, now_ns: int) -> None:
        order.done_reason = reason
        order.reason = why
        order.done_ns = now_ns
        order.pending_price = order.pending_quantity = None
        self.live.pop(order.client_order_id, None)
        self.done[order.client_order_id] = order
        if len(self.done) > _KEPT_DONE:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Drop the oldest done row; one whose fills are still owed stays until they are known."""
        oldest = next((order for order in self.done.values() if not order.missing_fill), None)
        if oldest is not None:
            del self.done[oldest.client_order_id]
            if oldest.order_id is not None:
                self.by_order_id.pop(oldest.order_id, None)


def _remember(seen: dict[str, None], key: str, kept: int) -> bool:
    """Add a key to a bounded memory; False if it was there."""
    if key in seen:
        return False
    seen[key] = None
    if len(seen) > kept:
        del seen[next(iter(seen))]
    return True
