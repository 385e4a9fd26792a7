"""One order as the venue tells it, on any endpoint or stream, in our words."""

from decimal import Decimal
from typing import Final

from mmtui.exchanges.backpack.encode import instrument_id
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.refusals import expiry_refusal
from mmtui.exchanges.backpack.wire import OrderRow, sound
from mmtui.model.events import OrderReport
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side

SIDES: Final = {"Bid": Side.BUY, "Ask": Side.SELL}

IN_FORCE: Final = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}

STATUSES: Final = {
    "New": OrderStatus.OPEN,
    "PartiallyFilled": OrderStatus.OPEN,
    "TriggerPending": OrderStatus.OPEN,
    "Triggered": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELLED,
    "Expired": OrderStatus.EXPIRED,
    "TriggerFailed": OrderStatus.EXPIRED,
}


def ended(reason: str | None) -> tuple[OrderStatus, str]:
    """How an expired order ended: rejected where its reason is a refusal in other words (a crossing post-only)."""
    code = expiry_refusal(reason)
    if code is not None:
        return OrderStatus.REJECTED, f"{code.value}: {reason}"
    return OrderStatus.EXPIRED, reason or ""


def number_of(client_id: int | str | None) -> int | None:
    """A client id, an integer in requests, orders and the stream, text in fills; None where there is none."""
    if isinstance(client_id, str):
        return int(client_id) if client_id.isdecimal() and len(client_id) <= 10 else None  # noqa: PLR2004 - uint32
    return client_id


def order_report(
    row: OrderRow, account: str, ids: ClientIds, time_ns: int, *, final: bool = False
) -> OrderReport | None:
    """What a row says; None where it cannot be read.

    ``final``: the row is an answer to an order that cannot rest (IOC, FOK, market), given after matching: what is not
    filled of it is gone, whatever its status says.
    """
    side, status = SIDES.get(row.side), STATUSES.get(row.status)
    if side is None or status is None or not sound(row.price, row.quantity, row.executed_quantity):
        return None
    in_force = IN_FORCE.get(row.time_in_force, TimeInForce.GTC)
    reason = ""
    if status is OrderStatus.EXPIRED:
        status, reason = ended(row.expiry_reason)
    elif final and status is OrderStatus.OPEN:
        is_full = row.quantity is not None and row.executed_quantity == row.quantity
        status, reason = (OrderStatus.FILLED, "") if is_full else (OrderStatus.EXPIRED, "ImmediateOrCancel")
    return OrderReport(
        account, instrument_id(row.symbol), time_ns, status, ids.text(number_of(row.client_id)), str(row.id), side,
        row.price, row.quantity, _filled(row, status), reduce_only=bool(row.reduce_only), time_in_force=in_force,
        post_only=bool(row.post_only), reason=reason,
    )  # fmt: skip


def _filled(row: OrderRow, status: OrderStatus) -> Decimal | None:
    return row.quantity if row.executed_quantity is None and status is OrderStatus.FILLED else row.executed_quantity
