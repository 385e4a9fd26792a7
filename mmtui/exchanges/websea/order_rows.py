"""The venue's rows about orders into events. Pure.

An execution has no id, so it is named by what it is: order, second, price, size, and a number among equal ones. The
name does not depend on when or in which order the rows were read.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from mmtui.exchanges.websea.facts import QUOTE, instrument_id
from mmtui.exchanges.websea.figures import exact, moment_ns, positive, whole
from mmtui.exchanges.websea.own_orders import OwnOrder, Stage
from mmtui.exchanges.websea.wire import OrderRow, OwnTradeRow
from mmtui.model.events import Fill, OrderReport
from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import BPS, ZERO, Side, decimal_text
from mmtui.ports.errors import BadMessage

CANCELLING: Final = 4
"""Not the end: it may still trade."""

_STATUSES: Final = {
    1: OrderStatus.OPEN,
    2: OrderStatus.OPEN,
    3: OrderStatus.FILLED,
    CANCELLING: OrderStatus.OPEN,
    5: OrderStatus.CANCELLED,
    6: OrderStatus.CANCELLED,
}
_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


def status_of(number: int) -> OrderStatus:
    """What a status means. Raises BadMessage for one that nobody knows: then it must be asked for."""
    status = _STATUSES.get(number)
    if status is None:
        raise BadMessage("an order status that nobody knows")
    return status


def side_of(kind: str) -> Side:
    """The side of an order's type. Raises BadMessage."""
    side = _SIDES.get(kind.partition("-")[0].lower())
    if side is None:
        raise BadMessage("neither buy nor sell")
    return side


def closes(row: OrderRow) -> bool:
    """True for a closing order; lists have words and single orders numbers."""
    return str(row.contract_type).lower() in ("close", "2")


def report_of(
    row: OrderRow, own: OwnOrder | None, instrument: Instrument | None, account: str, now_ns: int
) -> OrderReport:
    """What an order's row says; ours learns from it. Raises BadMessage."""
    status, size = status_of(row.status), None if instrument is None else instrument.lot_size
    filled, count = whole(row.deal_amount), whole(row.amount)
    if filled > count:
        raise BadMessage("more filled than ordered")
    if own is not None:
        own.filled = max(own.filled, filled)
        if status is not OrderStatus.OPEN:
            own.stage = Stage.DONE
    return OrderReport(
        account=account,
        instrument=instrument_id(row.symbol),
        time_ns=now_ns,
        status=status,
        client_order_id=None if own is None else own.client_order_id,
        order_id=str(row.order_id),
        side=side_of(row.type),
        price=positive(row.price),
        quantity=None if size is None else count * size,
        filled=None if size is None else filled * size,
        reduce_only=closes(row) if own is None else own.reduce_only,
        time_in_force=TimeInForce.GTC if own is None else own.time_in_force,
        post_only=own is not None and own.post_only,
        venue_time_ns=moment_ns(row.ctime),
    )


def in_time(rows: Sequence[OwnTradeRow]) -> list[OwnTradeRow]:
    """Oldest first, as far as whole seconds tell."""
    return sorted(rows, key=lambda row: row.ctime)


def fills_of(
    rows: Sequence[OwnTradeRow], side: Side, own: OwnOrder | None, instrument: Instrument, account: str, now_ns: int
) -> list[Fill]:
    """The executions of one order, oldest first. Raises BadMessage."""
    met: Counter[str] = Counter()
    fills: list[Fill] = []
    for row in in_time(rows):
        price, count = positive(row.price), whole(row.amount)
        if price is None or not count:
            raise BadMessage("a fill of nothing")
        name = f"{row.order_id}-{row.ctime}-{decimal_text(price)}-{count}"
        met[name] += 1
        fee = exact(row.fee)
        quantity = count * instrument.lot_size
        fills.append(
            Fill(
                account=account,
                instrument=instrument.id,
                time_ns=now_ns,
                trade_id=f"{name}-{met[name]}",
                side=side,
                price=price,
                quantity=quantity,
                fee_cash=-fee or ZERO,
                fee_asset=QUOTE,
                maker=_is_maker(row, own, instrument),
                client_order_id=None if own is None else own.client_order_id,
                order_id=str(row.order_id),
                venue_time_ns=moment_ns(row.ctime),
            )
        )
    if own is not None:
        own.filled = max(own.filled, sum(whole(row.amount) for row in rows))
    return fills


def _is_maker(row: OwnTradeRow, own: OwnOrder | None, instrument: Instrument) -> bool:
    """As the private socket said of this order, else by which of the two fees was paid."""
    if own is not None and own.maker is not None:
        return own.maker
    paid_bps = row.fee * BPS / (row.price * row.amount * instrument.lot_size)
    return abs(paid_bps - instrument.maker_fee_bps) < abs(paid_bps - instrument.taker_fee_bps)
