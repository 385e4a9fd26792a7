"""The account's streams and lists: bytes into events. Nothing is raised for what a stream brings.

Fees are turned into signed cash here: the venue writes what was paid as positive and a rebate as negative.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.backpack.decode import is_acknowledgement
from mmtui.exchanges.backpack.encode import instrument_id
from mmtui.exchanges.backpack.facts import VENUE
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.moments import from_text, from_us
from mmtui.exchanges.backpack.order_rows import IN_FORCE, SIDES, STATUSES, ended, number_of
from mmtui.exchanges.backpack.wire import (
    ABSENT,
    UNREADABLE,
    AnyFrame,
    FillRow,
    FundingRow,
    OrderData,
    PositionData,
    sound,
)
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import Event, Fill, FundingPayment, OrderReport, PositionReport, Unrecognised
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import NS_PER_US

_FRAMES: Final = msgspec.json.Decoder(AnyFrame)
_ORDERS: Final = msgspec.json.Decoder(OrderData)
_POSITIONS: Final = msgspec.json.Decoder(PositionData)

PRIVATE_SOURCE: Final = f"{VENUE} private stream"

ORDER_STREAM: Final = "account.orderUpdate"
POSITION_STREAM: Final = "account.positionUpdate"


class AccountDecoder:
    """Decodes frames of one account's private streams."""

    def __init__(self, account: str, ids: ClientIds, redactor: Redactor) -> None:
        self._account = account
        self._ids = ids
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int, skew_ns: int = 0) -> list[Event]:
        """The events of one frame; a fill stands before the order's new state. None for an acknowledgement.

        ``skew_ns`` is the venue's clock less this machine's.
        """
        try:
            frame = _FRAMES.decode(data)
            if frame.stream.startswith(ORDER_STREAM):
                return self._order(_ORDERS.decode(frame.data), data, time_ns)
            if frame.stream.startswith(POSITION_STREAM):
                return self._position(_POSITIONS.decode(frame.data), data, time_ns, skew_ns)
        except UNREADABLE:
            return [self._unrecognised(data, time_ns)]
        return [] if is_acknowledgement(data) else [self._unrecognised(data, time_ns)]

    def error_of(self, data: bytes) -> str | None:
        """The venue's words if this frame is an error (a refused subscription); None if it is none."""
        try:
            error = _FRAMES.decode(data).error
        except UNREADABLE:
            return None
        return None if error == ABSENT else self._redactor.sample(bytes(error))

    def _order(self, order: OrderData, data: bytes, time_ns: int) -> list[Event]:
        side = SIDES.get(order.side)
        figures = (order.price, order.quantity, order.executed, order.fill_quantity, order.fill_price, order.fee)
        if side is None or not sound(*figures):
            return [self._unrecognised(data, time_ns)]
        events: list[Event] = []
        if order.event == "orderFill":
            fill = self._fill(order, time_ns)
            events.append(self._unrecognised(data, time_ns) if fill is None else fill)
        status = STATUSES.get(order.state)
        if status is None:
            return events or [self._unrecognised(data, time_ns)]
        reason = ""
        if status is OrderStatus.EXPIRED:
            status, reason = ended(order.expiry_reason)
        events.append(
            OrderReport(
                self._account, instrument_id(order.symbol), time_ns, status, self._ids.text(number_of(order.client_id)),
                str(order.order_id), side, order.price, order.quantity, order.executed,
                reduce_only=bool(order.reduce_only),
                time_in_force=IN_FORCE.get(order.in_force, TimeInForce.GTC), post_only=bool(order.post_only),
                reason=reason, venue_time_ns=from_us(order.engine_us),
            )
        )  # fmt: skip
        return events

    def _fill(self, order: OrderData, time_ns: int) -> Fill | None:
        """The execution in a fill message; None where a figure is missing (then the list of fills will tell)."""
        price, quantity, fee, asset = order.fill_price, order.fill_quantity, order.fee, order.fee_asset
        if price is None or quantity is None or fee is None or asset is None or order.trade_id is None:
            return None
        if price <= 0 or quantity <= 0:
            return None
        return Fill(
            self._account, instrument_id(order.symbol), time_ns, str(order.trade_id), SIDES[order.side], price,
            quantity, -fee, asset, bool(order.is_maker), self._ids.text(number_of(order.client_id)),
            str(order.order_id), from_us(order.engine_us),
        )  # fmt: skip

    def _position(self, position: PositionData, data: bytes, time_ns: int, skew_ns: int) -> list[Event]:
        if not sound(position.net, position.entry_price):
            return [self._unrecognised(data, time_ns)]
        # True when the venue wrote it, which for us is no later than now.
        true_ns = position.emitted_us * NS_PER_US - skew_ns if position.emitted_us else time_ns
        asked_ns = min(max(true_ns, 0), time_ns)
        return [
            PositionReport(
                self._account, instrument_id(position.symbol), time_ns, asked_ns, position.net,
                _entry(position.entry_price, position.net),
            )
        ]  # fmt: skip

    def _unrecognised(self, data: bytes, time_ns: int) -> Unrecognised:
        return Unrecognised(PRIVATE_SOURCE, time_ns, self._redactor.sample(data))


def _entry(price: Decimal | None, net: Decimal) -> Decimal | None:
    """The entry price; a flat position has none, though the venue writes 0."""
    return price if price and net else None


def fill_events(rows: Sequence[FillRow], account: str, ids: ClientIds, time_ns: int) -> list[Fill] | None:
    """Fills from the history; None if one of them cannot be read, since a list with holes proves nothing."""
    fills: list[Fill] = []
    for row in rows:
        side = SIDES.get(row.side)
        venue_ns = from_text(row.timestamp)
        if side is None or venue_ns is None or not sound(row.price, row.quantity, row.fee):
            return None
        # Liquidations and conversions may come without a trade id.
        trade_id = f"{row.order_id}@{row.timestamp}" if row.trade_id is None else str(row.trade_id)
        fills.append(
            Fill(
                account, instrument_id(row.symbol), time_ns, trade_id, side, row.price, row.quantity, -row.fee,
                row.fee_symbol, row.is_maker, ids.text(number_of(row.client_id)), str(row.order_id), venue_ns,
            )
        )  # fmt: skip
    return fills


def funding_events(rows: Sequence[FundingRow], account: str, time_ns: int) -> list[FundingPayment]:
    """Funding payments, oldest first; rows that cannot be read are left out until they can."""
    payments = []
    for row in reversed(rows):
        venue_ns = from_text(row.interval_end_timestamp)
        if venue_ns is not None and sound(row.quantity, row.funding_rate):
            payments.append(
                FundingPayment(
                    account, instrument_id(row.symbol), time_ns, f"{row.symbol}@{row.interval_end_timestamp}",
                    row.quantity, row.funding_rate, venue_ns,
                )
            )  # fmt: skip
    return payments
