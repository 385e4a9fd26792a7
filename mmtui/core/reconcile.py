"""Compare the venue's lists with our table. Reconciliation emits events only; it never changes a row by itself.

A listed order of ours is reported like any other word of the venue. One of ours that is not listed is *missing*: that
is no proof of a fill or a cancel (lists lag), only a reason to ask for that one order. Orders that are not ours are
foreign: remembered, shown, never touched.
"""

from decimal import Decimal

from msgspec import Struct, field

from mmtui.core.order_table import OrderTable
from mmtui.model.events import OpenOrders, OrderMissing, OrderReport, PositionAdjustment, PositionReport
from mmtui.model.orders import Order, OrderState

LIST_LAG_NS = 1_000_000_000
"""An order younger than this when the list was asked for may be absent from it without meaning anything."""


EQUAL_DIFFERENCES = 2
"""How many equal differences in a row make an adjustment; one may be a message that is late."""


class Reconciled(Struct, frozen=True):
    """What a list of open orders says.

    Events to apply, orders of ours to adopt, rows that seemed done and live on, and the foreign orders.
    """

    events: list[OrderReport | OrderMissing]
    adopt: list[OrderReport]
    turned_up: list[tuple[Order, OrderReport]]
    foreign: dict[str, OrderReport]
    ours_listed: int


def reconcile_orders(table: OrderTable, listed: OpenOrders) -> Reconciled:
    """Turn a list of open orders into events. Pure: the caller applies them."""
    events: list[OrderReport | OrderMissing] = []
    adopt: list[OrderReport] = []
    turned_up: list[tuple[Order, OrderReport]] = []
    foreign: dict[str, OrderReport] = {}
    seen: set[str] = set()
    for report in listed.orders:
        row = table.find(report.client_order_id, report.order_id)
        if row is not None:
            seen.add(row.client_order_id)
            if row.is_done and listed.asked_ns - row.done_ns >= LIST_LAG_NS:
                turned_up.append((row, report))
            elif row.sent_ns <= listed.asked_ns:
                events.append(report)
        elif table.is_ours(report.client_order_id):
            adopt.append(report)
        else:
            foreign[report.order_id or report.client_order_id or ""] = report
    for order in table.live.values():
        if order.client_order_id in seen or order.state not in (OrderState.OPEN, OrderState.CANCEL_SENT):
            continue
        if max(order.opened_ns, order.sent_ns) + LIST_LAG_NS <= listed.asked_ns:
            events.append(OrderMissing(listed.account, listed.instrument, listed.time_ns, order.client_order_id))
    return Reconciled(events, adopt, turned_up, foreign, len(seen) + len(adopt))


class PositionCheck(Struct):
    """Watches whether the venue's position agrees with ours; two disagreements in a row make an adjustment."""

    disagreements: int = 0
    last_difference: Decimal = field(default_factory=Decimal)


def reconcile_position(
    check: PositionCheck, report: PositionReport, ours: Decimal, *, settled: bool, price: Decimal | None
) -> PositionAdjustment | None:
    """Compare the venue's position with ours; returns the adjustment to apply after the second equal difference.

    ``settled`` means that no fill, order or answer was under way when it was asked for; only then a difference means
    anything.
    """
    difference = report.quantity - ours
    if not settled:
        return None
    if not difference:
        check.disagreements = 0
        return None
    if check.disagreements and difference != check.last_difference:
        check.disagreements = 0
    check.disagreements += 1
    check.last_difference = difference
    value_at = report.entry_price if price is None else price
    if check.disagreements < EQUAL_DIFFERENCES or value_at is None:
        return None
    check.disagreements = 0
    return PositionAdjustment(
        report.account, report.instrument, report.time_ns, difference, value_at, "the venue's position differed twice"
    )
