"""The trading floor behind a sandbox: one simulated venue without latency, asked and told synchronously.

Every answer to a command is there when the call returns; what else happened has been told to the listener by then, in
the order in which it happened.
"""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from msgspec import Struct, field

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, Command, PlaceOrder
from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode, TimeInForce
from mmtui.model.units import ZERO, Side
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.hearing import BookChange, Hearing, Listener, Numbers, Row, rows_of
from mmtui.sandbox.records import OrderRecord, Records
from mmtui.sandbox.tape import Tape
from mmtui.simulation.account import AccountTruth, VenueAccount
from mmtui.simulation.settings import SelfTrade, VenueSettings
from mmtui.simulation.venue import Venue

__all__ = ["BookChange", "BookRows", "Floor", "FloorSettings", "Listener", "Refusal", "Row", "Ticket", "quote_walk"]


class FloorSettings(Struct, frozen=True, kw_only=True):
    """Manners of the venue behind the wire; ``first_id`` is where its numbers for orders and trades begin."""

    first_id: int
    fee_in_base_on_buy: bool = False
    funding_interval_s: int = 8 * 3_600
    can_amend: bool = False
    self_trade: SelfTrade = SelfTrade.EXPIRE_TAKER


class BookRows(Struct, frozen=True):
    """A book, best prices first."""

    bids: list[Row]
    asks: list[Row]


class Ticket(Struct, frozen=True, kw_only=True):
    """A new order as the wire asks for it; ``price`` None means at market, with the rest expired.

    ``details`` is kept with the record for the venue's own answers.
    """

    account: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    client_id: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Refusal(Struct, frozen=True):
    """Why the venue did not do it."""

    code: RefusalCode
    reason: str


class Floor:
    """The simulated venue with its records and tapes. Times are nanoseconds of the sandbox's clock."""

    def __init__(self, markets: FloorMarkets, accounts: Iterable[VenueAccount], settings: FloorSettings) -> None:
        self.instruments: dict[str, Instrument] = {row.symbol: row for row in markets.instruments}
        self.accounts: dict[str, VenueAccount] = {account.name: account for account in accounts}
        self.settings = settings
        self._markets = markets
        self._numbers = Numbers(settings.first_id)
        self._hearing = Hearing(markets.instruments, self._numbers)
        manners = VenueSettings(
            order_latency_ms=0,
            report_latency_ms=0,
            funding_interval_s=settings.funding_interval_s,
            can_amend=settings.can_amend,
            fee_in_base_on_buy=settings.fee_in_base_on_buy,
            self_trade=settings.self_trade,
        )
        self._venue = Venue(markets.by_id, self.accounts.values(), manners, markets.seed)
        self._shown: dict[str, BookRows] = {}
        self._now = 0

    @property
    def records(self) -> Records:
        """Orders, fills and funding payments of all accounts."""
        return self._hearing.records

    @property
    def tapes(self) -> dict[str, Tape]:
        """Prints by symbol."""
        return self._hearing.tapes

    @property
    def now_ns(self) -> int:
        """The time until which the venue has lived."""
        return self._now

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` of everything from now on."""
        self._hearing.listener = listener

    # ---------------------------------------------------------------------------------------------------------- time

    def advance(self, now_ns: int) -> None:
        """Let the venue live until ``now_ns``."""
        self._now = max(self._now, now_ns)
        for event in self._markets.take_recorded(self._now):
            self._venue.feed(event)
            self._hearing.hear_recorded(event)
        for told in self._venue.advance(self._now):
            self._hearing.hear(told)
        self._tell_recorded_books()

    def jump(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` with a market that keeps still: marks, funding and timers only."""
        self._markets.sleep_until(now_ns)
        self.advance(now_ns)

    def next_time_ns(self) -> int | None:
        """When there is next something to do; None if nothing is planned."""
        dues = [due for due in (self._venue.next_time_ns(), self._markets.next_recorded_ns()) if due is not None]
        return min(dues, default=None)

    # -------------------------------------------------------------------------------------------------------- orders

    def place(self, ticket: Ticket, now_ns: int) -> OrderRecord | Refusal:
        """Enter an order; the record tells at once what became of it. A refused order leaves no record."""
        self.advance(now_ns)
        price = ticket.price if ticket.price is not None else self._market_price(ticket)
        if price is None:
            return Refusal(RefusalCode.OTHER, "no liquidity")
        record = self._new_record(ticket)
        self._hearing.expect(record)
        refusal = self._ask(
            PlaceOrder(
                account=record.account,
                instrument=record.instrument.id,
                client_order_id=str(record.order_id),
                side=record.side,
                price=price,
                quantity=record.quantity,
                time_in_force=record.time_in_force,
                post_only=record.post_only,
                reduce_only=record.reduce_only,
            )
        )
        if refusal is None:
            return record
        self._hearing.forget(record)
        return refusal

    def accept_unmatched(self, ticket: Ticket, now_ns: int) -> OrderRecord:
        """Take up an order that never reaches the book, as venues do that find out later; ``expire`` ends it."""
        self.advance(now_ns)
        record = self._new_record(ticket)
        self._hearing.accept_unmatched(record, self._now)
        return record

    def expire(self, record: OrderRecord, reason: str, now_ns: int) -> None:
        """End an order that never reached the book."""
        self.advance(now_ns)
        self._hearing.expire(record, reason, self._now)

    def cancel(self, record: OrderRecord, now_ns: int) -> Refusal | None:
        """Cancel an order; None if that is done."""
        self.advance(now_ns)
        return self._ask(CancelOrder(record.account, record.instrument.id, str(record.order_id), None))

    def cancel_all(self, account: str, symbol: str, now_ns: int) -> list[OrderRecord]:
        """Cancel every order of the account on the symbol; returns them."""
        self.advance(now_ns)
        rows = self.records.open_orders(account, symbol)
        self._ask(CancelAll(account, self.instruments[symbol].id))
        return rows

    def amend(self, record: OrderRecord, price: Decimal, quantity: Decimal, now_ns: int) -> Refusal | None:
        """Change price and total quantity of an order; None if that is done."""
        self.advance(now_ns)
        before = (record.price, record.quantity)
        record.price, record.quantity = price, quantity  # what it trades on the way is already told with these
        refusal = self._ask(
            AmendOrder(record.account, record.instrument.id, str(record.order_id), None, record.side, price, quantity)
        )
        if refusal is not None:
            record.price, record.quantity = before
        return refusal

    def curtail(self, record: OrderRecord, now_ns: int) -> None:
        """A drill: let the crowd fill about half of a resting order, and have the venue cancel the rest."""
        self.advance(now_ns)
        price, side = record.price, record.side
        if not record.is_open or price is None:
            return
        rows = self.book(record.symbol)
        ahead = ZERO
        for level, quantity in rows.bids if side is Side.BUY else rows.asks:
            if (level - price) * side.sign < 0:
                break
            ahead += quantity - (record.remaining if level == price else ZERO)
        half = max(record.instrument.lot_size, record.instrument.quantity_down(record.remaining / 2))
        self.crowd_trade(record.symbol, side.opposite, ahead + half, self._now)
        if record.is_open:
            self.cancel(record, self._now)

    # ------------------------------------------------------------------------------------------------------ pictures

    def book(self, symbol: str) -> BookRows:
        """The whole book now, best prices first."""
        instrument = self.instruments[symbol]
        snapshot = self._markets.by_id[instrument.id].snapshot(self._now)
        bids, asks = rows_of(instrument, snapshot.bids), rows_of(instrument, snapshot.asks)
        while bids and asks and bids[0][0] >= asks[0][0]:  # a recorded book, aggregated coarsely: no venue shows that
            (asks if bids[0][1] > asks[0][1] else bids).pop(0)
        return BookRows(bids, asks)

    def touch(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Best bid and ask; None where a side is empty."""
        instrument = self.instruments[symbol]
        bid, ask = self._markets.by_id[instrument.id].best_ticks()
        tick_size = instrument.tick_size
        return (None if bid is None else bid * tick_size, None if ask is None else ask * tick_size)

    def mark(self, symbol: str) -> Decimal | None:
        """The mark price of a perp, else the mid of the book; None without either."""
        row = self.tapes[symbol].mark
        if row is not None:
            return row.mark
        bid, ask = self.touch(symbol)
        return None if bid is None or ask is None else (bid + ask) / 2

    def truth(self, account: str) -> AccountTruth:
        """The books of an account. Raises KeyError for an unknown account."""
        return self._venue.truth(account)

    # ------------------------------------------------------------------------------------------------------ steering

    def move_mid(self, symbol: str, price: Decimal, now_ns: int) -> None:
        """Let the crowd believe in ``price``. Raises KeyError where there is no crowd."""
        self.advance(now_ns)
        self._venue.move_mid(self.instruments[symbol].id, price, self._now)
        self.advance(self._now)

    def crowd_trade(self, symbol: str, side: Side, quantity: Decimal, now_ns: int) -> None:
        """Let the crowd take ``quantity`` at any price. Raises KeyError where there is no crowd."""
        self.advance(now_ns)
        self._venue.crowd_trade(self.instruments[symbol].id, side, quantity, self._now)
        self.advance(self._now)

    # ----------------------------------------------------------------------------------------------------- internals

    def _new_record(self, ticket: Ticket) -> OrderRecord:
        return OrderRecord(
            order_id=self._numbers.mint(),
            account=ticket.account,
            instrument=ticket.instrument,
            side=ticket.side,
            quantity=ticket.quantity,
            price=ticket.price,
            time_in_force=ticket.time_in_force if ticket.price is not None else TimeInForce.IOC,
            post_only=ticket.post_only,
            reduce_only=ticket.reduce_only,
            client_id=ticket.client_id,
            created_ns=self._now,
            updated_ns=self._now,
            details=dict(ticket.details),
        )

    def _ask(self, command: Command) -> Refusal | None:
        self._venue.submit(command, self._now)
        self.advance(self._now)
        refused = self._hearing.take_refusal()
        return None if refused is None else Refusal(refused.code, refused.reason)

    def _market_price(self, ticket: Ticket) -> Decimal | None:
        """The price that reaches deep enough for the whole quantity, or to the end of the book."""
        rows = self.book(ticket.instrument.symbol)
        left, worst = ticket.quantity, None
        for price, quantity in rows.asks if ticket.side is Side.BUY else rows.bids:
            worst = price
            left -= quantity
            if left <= 0:
                break
        return None if worst is None else worst + ticket.side.sign * self._markets.slack(ticket.instrument.id)

    def _tell_recorded_books(self) -> None:
        """Recorded markets publish no changes of their own: tell what differs from what was told before."""
        for symbol, instrument in self.instruments.items():
            if not self._markets.is_recorded(instrument.id):
                continue
            before, now = self._shown.get(symbol, BookRows([], [])), self.book(symbol)
            self._shown[symbol] = now
            bids, asks = _changes(before.bids, now.bids), _changes(before.asks, now.asks)
            self._hearing.tell_book(instrument, bids, asks, self._now)


def quote_walk(rows: Iterable[Row], quote: Decimal, lot_size: Decimal) -> Decimal:
    """The base quantity, in whole lots, that ``quote`` is worth when it walks through these levels."""
    base = ZERO
    for price, quantity in rows:
        share = min(quantity, quote / price)
        base += share
        quote -= share * price
        if quote <= 0:
            break
    return (base / lot_size).to_integral_value(ROUND_FLOOR) * lot_size


def _changes(before: list[Row], now: list[Row]) -> list[Row]:
    held, rows = dict(before), dict(now)
    changed = [(price, quantity) for price, quantity in now if held.get(price) != quantity]
    return changed + [(price, ZERO) for price, _ in before if price not in rows]
