"""The account's own rows and frames: orders and trades into events. Nothing is raised for what a stream brings.

Fees are turned into signed cash here: the venue writes millionths of the trade's worth, paid as positive.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from mmtui.exchanges.lighter.decode import ENVELOPE, QUIET, SNAPSHOT
from mmtui.exchanges.lighter.facts import VENUE
from mmtui.exchanges.lighter.figures import UNREADABLE, exact, from_ms, from_s_or_ms, from_us, positive
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.order_words import POST_ONLY, end_reason, status_of, time_in_force_of
from mmtui.exchanges.lighter.refusals import ErrorBody
from mmtui.exchanges.lighter.wire import OrderRow, OwnOrdersFrame, OwnTradesFrame, TradeRow
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import Event, Fill, OrderReport, Unrecognised
from mmtui.model.units import ZERO, Side
from mmtui.ports.errors import BadMessage

R = TypeVar("R", OrderRow, TradeRow)

_ORDERS: Final = msgspec.json.Decoder(OwnOrdersFrame, strict=False)
_TRADES: Final = msgspec.json.Decoder(OwnTradesFrame, strict=False)
_ERROR: Final = msgspec.json.Decoder(ErrorBody)

PRIVATE_SOURCE: Final = f"{VENUE} private stream"

ORDERS: Final = "account_all_orders"
TRADES: Final = "account_all_trades"

_FEE_UNIT: Final = Decimal(1_000_000)
QUOTE: Final = "USDC"
"""What perps are settled in, and every spot pair is priced in."""


class AccountRows:
    """Turns rows about one account into events, whichever way they came.

    Args:
        account: its name in events.
        account_index: its number on the venue.
        names: instrument id by the venue's market number; filled with the instruments.
        numbers: client order ids both ways.
    """

    def __init__(self, account: str, account_index: int, names: Mapping[int, str], numbers: OrderNumbers) -> None:
        self.account = account
        self.account_index = account_index
        self._names = names
        self._numbers = numbers

    def name(self, market_id: int) -> str:
        """Instrument id of a market. Raises BadMessage for one that is not listed."""
        name = self._names.get(market_id)
        if name is None:
            raise BadMessage(f"market {market_id} is not listed")
        return name

    def order(self, row: OrderRow, now_ns: int) -> OrderReport:
        """What an order's row says. Raises BadMessage."""
        return OrderReport(
            account=self.account,
            instrument=self.name(row.market_index),
            time_ns=now_ns,
            status=status_of(row.status),
            client_order_id=self._numbers.text(row.client_order_index),
            order_id=str(row.order_index),
            side=Side.SELL if row.is_ask else Side.BUY,
            price=positive(row.price),
            quantity=positive(row.initial_base_amount),
            filled=exact(row.filled_base_amount),
            reduce_only=row.reduce_only,
            time_in_force=time_in_force_of(row.time_in_force),
            post_only=row.time_in_force == POST_ONLY,
            reason=end_reason(row.status),
            venue_time_ns=from_us(row.transaction_time) or from_s_or_ms(row.updated_at or row.timestamp),
        )

    def fills(self, row: TradeRow, now_ns: int) -> list[Fill]:
        """Our side of a trade; both sides where both are ours, told apart by the ends of their ids.

        Raises BadMessage, also for a trade in which we have no side.
        """
        asks = row.ask_account_id == self.account_index
        bids = row.bid_account_id == self.account_index
        if asks and bids:
            return [self._fill(row, Side.SELL, now_ns, "-ask"), self._fill(row, Side.BUY, now_ns, "-bid")]
        if not asks and not bids:
            raise BadMessage("a trade of other accounts")
        return [self._fill(row, Side.SELL if asks else Side.BUY, now_ns, "")]

    def _fill(self, row: TradeRow, side: Side, now_ns: int, suffix: str) -> Fill:
        price, quantity = positive(row.price), positive(row.size)
        if price is None or quantity is None or price < 0 or quantity < 0:
            raise BadMessage("a fill of nothing")
        maker = (side is Side.SELL) == row.is_maker_ask
        fee = row.maker_fee if maker else row.taker_fee
        order_id, number = (row.ask_id, row.ask_client_id) if side is Side.SELL else (row.bid_id, row.bid_client_id)
        return Fill(
            account=self.account,
            instrument=self.name(row.market_id),
            time_ns=now_ns,
            trade_id=f"{row.trade_id}{suffix}",
            side=side,
            price=price,
            quantity=quantity,
            fee_cash=-(price * quantity * fee / _FEE_UNIT) or ZERO,
            fee_asset=QUOTE,
            maker=maker,
            client_order_id=self._numbers.text(number),
            order_id=str(order_id),
            venue_time_ns=from_us(row.transaction_time) or from_ms(row.timestamp),
        )


class AccountDecoder:
    """Decodes frames of one account's private channels."""

    def __init__(self, rows: AccountRows, redactor: Redactor) -> None:
        self._rows = rows
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> list[Event]:
        """The events of one frame; none for an acknowledgement.

        The snapshot of the orders tells those that are open. The one of the trades, if any, is history: what was missed
        is asked for by the engine, from the time at which it was lost.
        """
        try:
            frame = ENVELOPE.decode(data)
            if frame.type in QUIET or frame.type == SNAPSHOT + TRADES:
                return []
            kind = frame.type.partition("/")[2]
            if kind in (ORDERS, "account_orders"):
                orders = [row for rows in _ORDERS.decode(data).orders.values() for row in rows]
                return self._each(orders, lambda row: [self._rows.order(row, time_ns)], data, time_ns)
            if kind == TRADES:
                return self._each(_trades(data), lambda row: self._rows.fills(row, time_ns), data, time_ns)
        except UNREADABLE:
            pass
        return [Unrecognised(PRIVATE_SOURCE, time_ns, self._redactor.sample(data))]

    def _each(
        self, rows: Sequence[R], events_of: Callable[[R], Sequence[Event]], data: bytes, time_ns: int
    ) -> list[Event]:
        """The events of all rows; one that cannot be read (an unlisted market) does not hide the others."""
        events: list[Event] = []
        unread = False
        for row in rows:
            try:
                events += events_of(row)
            except BadMessage:
                unread = True
        if unread:
            events.append(Unrecognised(PRIVATE_SOURCE, time_ns, self._redactor.sample(data)))
        return events

    def error_of(self, data: bytes) -> ErrorBody | None:
        """The error that this frame is; None if it is none."""
        try:
            return _ERROR.decode(ENVELOPE.decode(data).error)
        except UNREADABLE:
            return None


def _trades(data: bytes) -> list[TradeRow]:
    trades = _TRADES.decode(data).trades
    return trades if isinstance(trades, list) else [row for rows in trades.values() for row in rows]
