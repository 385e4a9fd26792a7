"""Questions about one account, answered as events. A read that failed is ReadFailed, never an empty answer."""

from typing import Final

import msgspec

from mmtui.exchanges.standx.account_rows import AccountRows
from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.encode import order_number
from mmtui.exchanges.standx.facts import OPEN_ORDERS, PAGE, QUOTE, symbol_of
from mmtui.exchanges.standx.figures import exact, from_iso, to_iso
from mmtui.exchanges.standx.trading import ORDERS
from mmtui.exchanges.standx.wire import BalanceRow, OrderRow, OwnTradeRow, PositionRow, TradesPage
from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import (
    Balance,
    Balances,
    Event,
    Fill,
    FillsListed,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, Refused, VenueError

_ORDER: Final = msgspec.json.Decoder(OrderRow, strict=False)
_TRADES: Final = msgspec.json.Decoder(TradesPage, strict=False)
_POSITIONS: Final = msgspec.json.Decoder(list[PositionRow], strict=False)
_BALANCE: Final = msgspec.json.Decoder(BalanceRow, strict=False)

_MOST_PAGES: Final = 50
_SKEW_MARGIN_NS: Final = NS_PER_S
"""The venue's clock is known to half a second: fills are listed from this much earlier."""

_WHAT: Final = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
}


class StandxReports:
    """Answers questions about one account."""

    def __init__(self, calls: Calls, rows: AccountRows, clock: Clock) -> None:
        self._calls = calls
        self._rows = rows
        self._clock = clock
        self._account = rows.account

    async def answer(self, query: Query) -> list[Event]:
        """The answer as events."""
        try:
            if isinstance(query, QueryOrder):
                return await self._order(query)
            if isinstance(query, QueryOpenOrders):
                return await self._open_orders(query)
            if isinstance(query, QueryPosition):
                return [await self._position(query)]
            if isinstance(query, QueryBalances):
                return [await self._balances()]
            return await self._fills(query)
        except VenueError as error:
            instrument = None if isinstance(query, QueryBalances) else query.instrument
            return [ReadFailed(self._account, self._clock.now(), _WHAT[type(query)], str(error), instrument)]

    # -------------------------------------------------------------------------------------------------------- orders

    async def _order(self, query: QueryOrder) -> list[Event]:
        number = order_number(query.order_id)
        field = ("cl_ord_id", query.client_order_id) if number is None else ("order_id", number)
        row = await self._found(field)
        if row is None:
            return [
                OrderReport(
                    self._account, query.instrument, self._clock.now(), OrderStatus.NOT_FOUND, query.client_order_id,
                    query.order_id,
                )
            ]  # fmt: skip
        if row.symbol != symbol_of(query.instrument) or (row.id != number and row.cl_ord_id != query.client_order_id):
            raise BadMessage("an answer about another order")
        return self._told(row)

    async def _found(self, field: tuple[str, object]) -> OrderRow | None:
        """One order; None where the venue knows none. Raises VenueError."""
        try:
            row, _ = await self._calls.read_own("query_order", _ORDER, field)
        except Refused as error:
            if error.code is RefusalCode.ORDER_NOT_FOUND:
                return None
            raise
        return row

    def _told(self, row: OrderRow) -> list[Event]:
        """The order, and the fills that have waited for it."""
        now_ns = self._clock.now()
        report = self._rows.order(row, now_ns)
        return [report, *self._rows.released(report.order_id, now_ns)]

    async def _open_orders(self, query: QueryOpenOrders) -> list[Event]:
        symbol = symbol_of(query.instrument)
        page, answer = await self._calls.read_own(
            "query_open_orders", ORDERS, ("symbol", symbol), ("limit", OPEN_ORDERS)
        )
        if page.total is not None and page.total > len(page.result):
            raise BadMessage(f"{page.total} orders are open and only {len(page.result)} are listed")
        events = [event for row in page.result if row.symbol == symbol for event in self._told(row)]
        live = [event for event in events if isinstance(event, OrderReport) and event.status is OrderStatus.OPEN]
        listed = OpenOrders(self._account, query.instrument, self._clock.now(), answer.sent.wall, live)
        return [*(event for event in events if isinstance(event, Fill)), listed]

    # ------------------------------------------------------------------------------------------------------- account

    async def _position(self, query: QueryPosition) -> PositionReport:
        symbol = symbol_of(query.instrument)
        rows, answer = await self._calls.read_own("query_positions", _POSITIONS, ("symbol", symbol))
        now_ns, asked_ns = self._clock.now(), answer.sent.wall
        found = [self._rows.position(row, now_ns, asked_ns) for row in rows if row.symbol == symbol]
        held = [report for report in found if report.quantity]
        if len(held) > 1:
            raise BadMessage(f"{len(held)} positions in {symbol} at once")
        return held[0] if held else PositionReport(self._account, query.instrument, now_ns, asked_ns, ZERO)

    async def _balances(self) -> Balances:
        """Collateral without open profit as the total; the free margin, which may be below zero, as free."""
        row, answer = await self._calls.read_own("query_balance", _BALANCE)
        balance = Balance(QUOTE, exact(row.balance), exact(row.cross_available))
        return Balances(self._account, self._clock.now(), answer.sent.wall, [balance])

    # --------------------------------------------------------------------------------------------------------- fills

    async def _fills(self, query: QueryFills) -> list[Event]:
        """All fills since a time, oldest first."""
        skew_ms = self._calls.offset.skew_ms or 0.0
        since_ns = max(0, query.since_ns + int(skew_ms * NS_PER_MS) - _SKEW_MARGIN_NS)
        rows = await self._trades(symbol_of(query.instrument), since_ns)
        events: list[Event] = []
        for number in dict.fromkeys(row.order_id for row in rows):
            if not self._rows.knows(number):
                found = await self._found(("order_id", number))
                if found is None:
                    self._rows.forgotten(number)
                else:
                    events += self._told(found)
        now_ns = self._clock.now()
        fills = [fill for row in rows if (fill := self._rows.fill(row, now_ns)) is not None]
        fills = [fill for fill in fills if (fill.venue_time_ns or since_ns) >= since_ns]
        return [*events, *fills, FillsListed(self._account, query.instrument, now_ns, query.since_ns)]

    async def _trades(self, symbol: str, since_ns: int) -> list[OwnTradeRow]:
        """Rows since a time. Which way pages go is not documented: they are followed until nothing new comes.

        Raises VenueError, also where more exist than could be read.
        """
        fields: list[tuple[str, object]] = [("symbol", symbol), ("limit", PAGE)]
        if since_ns:
            fields.append(("start", to_iso(since_ns)))
        rows: dict[int, OwnTradeRow] = {}
        cursor: list[tuple[str, object]] = []
        for _ in range(_MOST_PAGES):
            page, _ = await self._calls.read_own("query_trades", _TRADES, *fields, *cursor)
            fresh = [row for row in page.result if row.id not in rows]
            rows.update((row.id, row) for row in fresh if row.symbol == symbol)
            if len(page.result) < PAGE or not fresh:
                if page.total is not None and page.total > len(rows) and len(page.result) == PAGE:
                    raise BadMessage(f"{page.total} fills exist and only {len(rows)} are listed")
                return sorted(rows.values(), key=lambda row: (from_iso(row.time or row.created_at) or 0, row.id))
            cursor = [("last_id", page.result[-1].id)]
        raise BadMessage(f"more than {_MOST_PAGES * PAGE} fills since then; they cannot be listed")
