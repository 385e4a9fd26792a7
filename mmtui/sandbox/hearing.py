"""What the simulation reports becomes records and tapes, and is told to the listener, in order."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Protocol

from msgspec import Struct

from mmtui.model.events import (
    BookDelta,
    CommandRefused,
    Event,
    Fill,
    FundingPayment,
    MarketEvent,
    MarkPrice,
    OrderReport,
    PublicTrade,
)
from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO, Side
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord, Records
from mmtui.sandbox.tape import MarkRow, Tape, TapeTrade

Row = tuple[Decimal, Decimal]
"""(price, quantity)."""

_ENDS: Final = {OrderStatus.CANCELLED: OrderChange.CANCELLED, OrderStatus.EXPIRED: OrderChange.EXPIRED}


class BookChange(Struct, frozen=True):
    """Changed levels of one book; quantity 0 removes."""

    instrument: Instrument
    bids: list[Row]
    asks: list[Row]
    time_ns: int


class Listener(Protocol):
    """Who hears what happens on the floor."""

    def on_book(self, change: BookChange) -> None:
        """Levels changed."""
        ...

    def on_trade(self, trade: TapeTrade) -> None:
        """Something was traded."""
        ...

    def on_mark(self, mark: MarkRow) -> None:
        """A new mark price."""
        ...

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of one of the accounts was accepted, filled, amended or ended; ``fill`` comes with FILLED."""
        ...

    def on_funding(self, payment: FundingRecord) -> None:
        """An account paid or received funding."""
        ...


class Numbers:
    """The venue's numbers for orders and trades: one rising sequence."""

    def __init__(self, first: int) -> None:
        self._next = first

    def mint(self) -> int:
        """The next number."""
        self._next += 1
        return self._next


class Hearing:
    """Turns events into records and tapes."""

    def __init__(self, instruments: Iterable[Instrument], numbers: Numbers) -> None:
        self.records = Records()
        self.tapes: dict[str, Tape] = {}
        self.listener: Listener | None = None
        self._refused: CommandRefused | None = None
        self._numbers = numbers
        self._instruments: dict[str, Instrument] = {}
        self._pending: dict[str, OrderRecord] = {}
        for row in instruments:
            self._instruments[row.id] = row
            self.tapes[row.symbol] = Tape()

    def expect(self, record: OrderRecord) -> None:
        """An order goes to the simulation now; its number is its client order id there."""
        self._pending[str(record.order_id)] = record

    def forget(self, record: OrderRecord) -> None:
        """The order was refused."""
        del self._pending[str(record.order_id)]

    def accept_unmatched(self, record: OrderRecord, time_ns: int) -> None:
        """An order is taken up without the simulation."""
        self.records.add(record)
        self._accept(record, time_ns)

    def expire(self, record: OrderRecord, reason: str, time_ns: int) -> None:
        """Such an order ends."""
        record.status, record.reason, record.updated_ns = OrderStatus.EXPIRED, reason, time_ns
        self.records.close(record)
        self._tell(OrderChange.EXPIRED, record)

    def take_refusal(self) -> CommandRefused | None:
        """The refusal heard since the last call, if any."""
        refused, self._refused = self._refused, None
        return refused

    def hear(self, event: Event) -> None:
        """Take one event of the simulation."""
        if isinstance(event, BookDelta):
            self._hear_book(event)
        elif isinstance(event, PublicTrade):
            self._hear_trade(event)
        elif isinstance(event, MarkPrice):
            self._hear_mark(event)
        elif isinstance(event, Fill):
            self._hear_fill(event)
        elif isinstance(event, OrderReport):
            self._hear_report(event)
        elif isinstance(event, CommandRefused):
            self._refused = event
        elif isinstance(event, FundingPayment):
            self._hear_funding(event)

    def hear_recorded(self, event: MarketEvent) -> None:
        """Take one event of a recording: its books are told as changes of what can be seen, with our orders in it."""
        if isinstance(event, PublicTrade | MarkPrice):
            self.hear(event)

    def tell_book(self, instrument: Instrument, bids: list[Row], asks: list[Row], time_ns: int) -> None:
        """Tell of changed levels."""
        if self.listener is not None and (bids or asks):
            self.listener.on_book(BookChange(instrument, bids, asks, time_ns))

    def _hear_book(self, event: BookDelta) -> None:
        instrument = self._instruments[event.instrument]
        self.tell_book(instrument, rows_of(instrument, event.bids), rows_of(instrument, event.asks), _time_ns(event))

    def _hear_trade(self, event: PublicTrade) -> None:
        instrument = self._instruments[event.instrument]
        price, quantity = rows_of(instrument, [(event.price, event.size)])[0]
        if not quantity:
            return  # a recorded print below our lot size
        side = event.taker_side or Side.BUY
        trade = TapeTrade(self._numbers.mint(), instrument.symbol, price, quantity, side, _time_ns(event))
        self.tapes[instrument.symbol].trades.append(trade)
        if self.listener is not None:
            self.listener.on_trade(trade)

    def _hear_mark(self, event: MarkPrice) -> None:
        symbol = self._instruments[event.instrument].symbol
        index = event.index if event.index is not None else event.mark
        row = MarkRow(
            symbol, event.mark, index, event.funding_rate or ZERO, event.next_funding_ns or 0, _time_ns(event)
        )
        self.tapes[symbol].mark = row
        if self.listener is not None:
            self.listener.on_mark(row)

    def _record_of(self, client_order_id: str | None) -> OrderRecord:
        """The record behind a report; the first report of an order makes it known."""
        name = client_order_id or ""
        record = self._pending.pop(name, None)
        if record is None:
            return self.records.by_number(int(name))
        self.records.add(record)
        return record

    def _accept(self, record: OrderRecord, time_ns: int) -> None:
        if not record.accepted:
            record.accepted = True
            record.updated_ns = time_ns
            self._tell(OrderChange.ACCEPTED, record)

    def _hear_report(self, event: OrderReport) -> None:
        record, time_ns = self._record_of(event.client_order_id), _time_ns(event)
        amended = record.accepted and event.status is OrderStatus.OPEN
        self._accept(record, time_ns)
        record.updated_ns = time_ns
        if amended:
            self._tell(OrderChange.AMENDED, record)
        if event.status is OrderStatus.OPEN:
            return
        record.status = event.status
        record.reason = event.reason
        self.records.close(record)
        change = _ENDS.get(event.status)
        if change is not None:
            self._tell(change, record)

    def _hear_fill(self, event: Fill) -> None:
        record, time_ns = self._record_of(event.client_order_id), _time_ns(event)
        self._accept(record, time_ns)
        fill = FillRecord(
            trade_id=self._numbers.mint(),
            order=record,
            price=event.price,
            quantity=event.quantity,
            fee_cash=event.fee_cash,
            fee_asset=event.fee_asset,
            maker=event.maker,
            time_ns=time_ns,
        )
        record.filled += event.quantity
        record.filled_quote += record.instrument.notional(event.price, event.quantity)
        record.fills.append(fill)
        record.updated_ns = time_ns
        if record.filled >= record.quantity:
            record.status = OrderStatus.FILLED
            self.records.close(record)
        self.records.fills.setdefault(record.account, []).append(fill)
        self._tell(OrderChange.FILLED, record, fill)

    def _hear_funding(self, event: FundingPayment) -> None:
        symbol = self._instruments[event.instrument].symbol
        payment = FundingRecord(event.account, symbol, event.amount_cash, event.rate or ZERO, _time_ns(event))
        self.records.funding.setdefault(event.account, []).append(payment)
        if self.listener is not None:
            self.listener.on_funding(payment)

    def _tell(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None = None) -> None:
        if self.listener is not None:
            self.listener.on_order(change, record, fill)


def rows_of(instrument: Instrument, levels: Iterable[tuple[float, float]]) -> list[Row]:
    """Exact prices and quantities of levels that the simulation gives as the nearest floats; one row per price."""
    tick, lot = instrument.tick_size, instrument.lot_size
    rows: dict[int, int] = {}
    for price, size in levels:
        ticks = round(price / float(tick))
        rows[ticks] = rows.get(ticks, 0) + round(size / float(lot))
    return [(ticks * tick, lots * lot) for ticks, lots in rows.items()]


def _time_ns(event: BookDelta | PublicTrade | MarkPrice | Fill | OrderReport | FundingPayment) -> int:
    return event.venue_time_ns or event.time_ns
