"""What the venue knows of orders: lists by page, one order, its executions; and which of them a lost answer meant."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import PAGE, MarginMode, instrument_id
from mmtui.exchanges.websea.figures import exact, positive, whole
from mmtui.exchanges.websea.order_rows import closes, fills_of, in_time, report_of, side_of, status_of
from mmtui.exchanges.websea.own_orders import OwnOrder, OwnOrders, Stage
from mmtui.exchanges.websea.positions import Positions
from mmtui.exchanges.websea.signing import Pair
from mmtui.exchanges.websea.wire import OrderRow, OwnTradeRow
from mmtui.model.events import Event
from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import NS_PER_S, ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, Refused

_ORDERS: Final = msgspec.json.Decoder(list[OrderRow] | None, strict=False)
_ORDER: Final = msgspec.json.Decoder(OrderRow, strict=False)
_TRADES: Final = msgspec.json.Decoder(list[OwnTradeRow] | None, strict=False)

_MOST_PAGES: Final = 50
_KEPT: Final = 5_000
_EARLIER_S: Final = 2
"""The venue's clock is known to a second: an order may seem this much older than its request."""


class OrderReads:
    """Asks about the orders of one account.

    Args:
        account: its name in events.
        calls: ask the venue.
        known: the venue's instruments by id.
        own: our orders.
        positions: are told of fills.
        mode: the margin mode that this account trades in.
        clock: the machine's clocks.
    """

    def __init__(
        self,
        account: str,
        calls: Calls,
        known: Mapping[str, Instrument],
        own: OwnOrders,
        positions: Positions,
        mode: MarginMode,
        clock: Clock,
    ) -> None:
        self.account = account
        self.own = own
        self._calls = calls
        self._known = known
        self._positions = positions
        self._mode = mode
        self._clock = clock
        self._began_s = clock.now() // NS_PER_S
        self._finished: dict[str, list[OwnTradeRow]] = {}

    # --------------------------------------------------------------------------------------------------------- reads

    async def open_rows(self, symbol: str | None, mode: MarginMode | None = None) -> tuple[list[OrderRow], int]:
        """All open orders of a symbol (None: of all), and when they were first asked for. Raises VenueError."""
        return await self._pages("open", symbol, mode or self._mode, 0)

    async def history_rows(self, symbol: str, since_s: int) -> list[OrderRow]:
        """Ended orders that were made since a second. Raises VenueError."""
        rows, _ = await self._pages("history", symbol, self._mode, since_s)
        return [row for row in rows if row.ctime >= since_s]

    async def detail(self, order_id: str) -> OrderRow | None:
        """One order; None where the venue knows none. Raises VenueError."""
        try:
            row, _ = await self._calls.read_own("detail", _ORDER, ("order_id", order_id))
        except Refused as error:
            if error.code is RefusalCode.ORDER_NOT_FOUND:
                return None
            raise
        if str(row.order_id) != order_id:
            raise BadMessage("an answer about another order")
        return row

    async def trades(self, order_id: str) -> list[OwnTradeRow]:
        """The executions of one order; of one that ended they are kept. Raises VenueError."""
        if order_id in self._finished:
            return self._finished[order_id]
        rows, _ = await self._calls.read_own("trades", _TRADES, ("order_id", order_id))
        if any(str(row.order_id) != order_id for row in rows or ()):
            raise BadMessage("executions of another order")
        return rows or []

    def coins(self, order: OwnOrder) -> Decimal:
        """The size of an order in coins."""
        return order.contracts * self._known[order.instrument].lot_size

    def venue_s(self) -> int:
        """The venue's time in seconds."""
        return self._calls.offset.venue_now() // NS_PER_S

    # --------------------------------------------------------------------------------------------------------- events

    async def told(self, row: OrderRow) -> list[Event]:
        """An order's row as events: its fills first. Raises VenueError."""
        own = self.own.by_id(str(row.order_id)) or self._adopted(row)
        instrument = self._known.get(instrument_id(row.symbol))
        before = None if own is None else (own.filled, own.stage)
        events: list[Event] = []
        if row.deal_amount and instrument is not None:
            trades = await self.trades(str(row.order_id))
            now_ns = self._clock.now()
            fills = fills_of(trades, side_of(row.type), own, instrument, self.account, now_ns)
            if own is not None:
                for fill, trade in zip(fills, in_time(trades), strict=True):
                    if not own.adopted or trade.ctime > self._began_s:
                        self._positions.cash.book(fill, exact(trade.profit), instrument)
            events += fills
            self._keep(row, trades)
        events.append(report_of(row, own, instrument, self.account, self._clock.now()))
        if own is None or before != (own.filled, own.stage):
            self._positions.changed(instrument_id(row.symbol))
        return events

    async def look(self, order_id: str) -> list[Event]:
        """What became of one order of which the venue knows; nothing where it does not. Raises VenueError."""
        row = await self.detail(order_id)
        return [] if row is None else await self.told(row)

    async def claim(self, order: OwnOrder) -> OrderRow | None:
        """The venue's row of an order whose answer was lost: the one that is what was sent, and nobody else's.

        Raises VenueError, also while an equal order is under way, which it could be mistaken for.
        """
        if order.stage is Stage.SENT:
            raise BadMessage("its answer is still awaited; ask again")
        symbol = order.instrument.partition(":")[2]
        rows, _ = await self.open_rows(symbol)
        row = self.fitting(order, rows)
        if row is None:
            row = self.fitting(order, await self.history_rows(symbol, order.asked_s - _EARLIER_S))
        if row is not None:
            self.own.name(order, str(row.order_id))
        return row

    def fitting(self, order: OwnOrder, rows: list[OrderRow]) -> OrderRow | None:
        """The oldest row that may be an order whose answer was lost. Raises BadMessage as ``claim`` does."""
        fits = [row for row in rows if self.own.by_id(str(row.order_id)) is None and _is_what_was_sent(row, order)]
        if not fits:
            return None
        if any(_alike(order, other) for other in self.own.live(order.instrument) if other.stage is Stage.SENT):
            raise BadMessage("an equal order is under way, whose this may be; ask again")
        return min(fits, key=lambda row: row.ctime)

    def _adopted(self, row: OrderRow) -> OwnOrder | None:
        """An order of an earlier run, known by the name that was kept; None for a stranger's. Raises BadMessage."""
        order_id = str(row.order_id)
        name = self.own.earlier_name(order_id)
        if name is None:
            return None
        order = OwnOrder(
            client_order_id=name,
            instrument=instrument_id(row.symbol),
            side=side_of(row.type),
            price=positive(row.price) or ZERO,
            contracts=whole(row.amount),
            opens=not closes(row),
            asked_s=row.ctime,
            adopted=True,
        )
        self.own.add(order)
        self.own.name(order, order_id)
        return order

    def _keep(self, row: OrderRow, trades: list[OwnTradeRow]) -> None:
        ended = status_of(row.status) is not OrderStatus.OPEN
        if ended and sum(whole(trade.amount) for trade in trades) == whole(row.deal_amount):
            self._finished[str(row.order_id)] = trades
            if len(self._finished) > _KEPT:
                del self._finished[next(iter(self._finished))]

    async def _pages(self, name: str, symbol: str | None, mode: MarginMode, since_s: int) -> tuple[list[OrderRow], int]:
        """Rows of a list, newest first as asked for, until one is older than a second. Raises VenueError."""
        fixed: list[Pair] = [("is_full", str(mode.value)), ("limit", str(PAGE))]
        if symbol is not None:
            fixed.append(("symbol", symbol))
        found: dict[str, OrderRow] = {}
        cursor: list[Pair] = []
        first_ns = 0
        for _ in range(_MOST_PAGES):
            page, answer = await self._calls.read_own(name, _ORDERS, *fixed, *cursor)
            first_ns = first_ns or answer.sent.wall
            rows = page or []
            fresh = [row for row in rows if str(row.order_id) not in found]
            found.update((str(row.order_id), row) for row in fresh if symbol in (None, row.symbol))
            if len(rows) < PAGE or not fresh or min(row.ctime for row in fresh) < since_s:
                return list(found.values()), first_ns
            cursor = [("from", str(rows[-1].order_id))]
        raise BadMessage(f"more than {_MOST_PAGES * PAGE} orders; they cannot be listed")


def _is_what_was_sent(row: OrderRow, order: OwnOrder) -> bool:
    return (
        row.ctime >= order.asked_s - _EARLIER_S
        and row.type == order.kind
        and closes(row) != order.opens
        and whole(row.amount) == order.contracts
        and positive(row.price) == order.price
        and instrument_id(row.symbol) == order.instrument
    )


def _alike(one: OwnOrder, other: OwnOrder) -> bool:
    return (one.side, one.price, one.contracts, one.opens) == (other.side, other.price, other.contracts, other.opens)
