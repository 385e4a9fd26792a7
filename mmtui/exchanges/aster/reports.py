"""Answers about one account. A read that fails is ReadFailed: what it asked for is unknown, never empty or zero."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mmtui.exchanges.aster import encode
from mmtui.exchanges.aster.answers import (
    OrderRow,
    PositionRow,
    SpotAccount,
    TradeRow,
    balances,
    fill,
    order_report,
    read,
)
from mmtui.exchanges.aster.calls import Calls, is_about
from mmtui.exchanges.aster.encode import question
from mmtui.exchanges.aster.facts import HISTORY_NS, PAGE, place_of
from mmtui.exchanges.aster.figures import exact, positive
from mmtui.exchanges.aster.instruments import AsterInstruments
from mmtui.exchanges.aster.order_ids import OrderIds
from mmtui.exchanges.aster.refusals import ORDER_UNKNOWN
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import Balances, Event, Fill, FillsListed, OpenOrders, OrderReport, PositionReport, ReadFailed
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, VenueError

_WHAT: Final = {
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
    QueryOrder: "order",
}

_MARGIN_NS: Final = NS_PER_S
"""Fills are listed from a little earlier: our clock and the venue's agree only so well. Told twice does no harm."""

_FEW: Final = 5
"""So many orders are asked for one by one; more are looked up in a list."""

_LISTS: Final = 10

_LONGEST_NS: Final = 365 * 86_400 * NS_PER_S

HEDGE_MODE: Final = "the account is in hedge mode; switch its position mode to one-way at the venue"


class AsterReports:
    """The account's answers.

    Args:
        account: its name in events.
        markets: the markets in use.
        calls: signs and sends.
        instruments: for base assets and fees.
        order_ids: which order is whose.
        offset: the venue's clock.
        clock: the machine's clocks.
    """

    def __init__(
        self,
        account: str,
        markets: Sequence[MarketType],
        calls: Calls,
        instruments: AsterInstruments,
        order_ids: OrderIds,
        offset: ClockOffset,
        clock: Clock,
    ) -> None:
        self._account = account
        self._markets = tuple(markets)
        self._calls = calls
        self._instruments = instruments
        self._order_ids = order_ids
        self._offset = offset
        self._clock = clock

    async def answer(self, query: Query) -> Sequence[Event]:
        """The answer as events; ReadFailed where there is none."""
        try:
            return await self._answer(query)
        except VenueError as error:
            instrument = None if isinstance(query, QueryBalances) else query.instrument
            return [ReadFailed(self._account, self._clock.now(), _WHAT[type(query)], str(error), instrument)]

    async def _answer(self, query: Query) -> Sequence[Event]:
        if isinstance(query, QueryOrder):
            return [await self._order(query)]
        if isinstance(query, QueryOpenOrders):
            return [await self._open_orders(query)]
        if isinstance(query, QueryPosition):
            return [await self._position(query)]
        if isinstance(query, QueryBalances):
            return [await self._balances()]
        return await self._fills(query)

    async def _order(self, query: QueryOrder) -> OrderReport:
        try:
            body = await self._calls.send(
                encode.order_question(query.instrument, query.client_order_id, query.order_id)
            )
        except VenueError as error:
            if not is_about(error, *ORDER_UNKNOWN):
                raise
            return OrderReport(
                self._account, query.instrument, self._clock.now(), OrderStatus.NOT_FOUND, query.client_order_id
            )
        report = self._report(query.instrument, read(OrderRow, body))
        if query.client_order_id != report.client_order_id and query.order_id != report.order_id:
            raise BadMessage("an answer about another order")
        return report

    async def _open_orders(self, query: QueryOpenOrders) -> OpenOrders:
        market, symbol = place_of(query.instrument)
        asked_ns = self._clock.now()
        body = await self._calls.send(question(market, "openOrders", [("symbol", symbol)]))
        orders = [self._report(query.instrument, row) for row in read(list[OrderRow], body)]
        # The list lags behind the stream: an order that has ended meanwhile is not open.
        still = [report for report in orders if report.status is OrderStatus.OPEN]
        return OpenOrders(self._account, query.instrument, self._clock.now(), asked_ns, still)

    def _report(self, instrument: str, row: OrderRow) -> OrderReport:
        report = order_report(self._account, place_of(instrument)[0], row, self._clock.now())
        if report.instrument != instrument:
            raise BadMessage(f"an answer about {report.instrument}, not {instrument}")
        self._order_ids.learn(report)
        return report

    async def _position(self, query: QueryPosition) -> PositionReport:
        market, symbol = place_of(query.instrument)
        if market is MarketType.SPOT:
            return await self._holding(query)
        asked_ns = self._clock.now()
        fields = [("symbol", symbol)]
        rows = read(list[PositionRow], await self._calls.send(question(market, "positionRisk", fields, 5)))
        rows = [row for row in rows if row.symbol == symbol]
        if any(row.position_side != "BOTH" for row in rows):
            raise BadMessage(HEDGE_MODE)
        if len(rows) != 1:
            raise BadMessage(f"{len(rows)} positions of {symbol} instead of one")
        row = rows[0]
        return PositionReport(
            self._account, query.instrument, self._clock.now(), asked_ns, exact(row.position_amt),
            positive(row.entry_price), positive(row.liquidation_price), positive(row.leverage),
        )  # fmt: skip

    async def _holding(self, query: QueryPosition) -> PositionReport:
        """What is held of the base asset; an asset that the whole list leaves out is held not at all."""
        base_asset = (await self._instruments.get(query.instrument)).base_asset
        asked_ns = self._clock.now()
        account = read(SpotAccount, await self._calls.send(question(MarketType.SPOT, "account", (), 5)))
        held = [exact(row.free) + exact(row.locked) for row in account.balances if row.asset == base_asset]
        quantity: Decimal = sum(held, ZERO)
        return PositionReport(self._account, query.instrument, self._clock.now(), asked_ns, quantity)

    async def _balances(self) -> Balances:
        asked_ns = self._clock.now()
        names = {MarketType.PERP: "balance", MarketType.SPOT: "account"}
        bodies = await asyncio.gather(
            *(self._calls.send(question(market, names[market], (), 5)) for market in self._markets)
        )
        found = dict(zip(self._markets, bodies, strict=True))
        rows = balances(found.get(MarketType.PERP), found.get(MarketType.SPOT))
        return Balances(self._account, self._clock.now(), asked_ns, rows)

    async def _fills(self, query: QueryFills) -> Sequence[Event]:
        rows = await self._trades(query)
        market, _ = place_of(query.instrument)
        known = await self._instruments.get(query.instrument)
        names = await self._names_of(query.instrument, {row.order_id for row in rows})
        events: list[Event] = [
            self._fill(market, row, names.get(row.order_id), rebate=known.maker_fee_bps < 0)
            for row in sorted(rows, key=lambda row: (row.time, row.id))
        ]
        events.append(FillsListed(self._account, query.instrument, self._clock.now(), query.since_ns))
        return events

    def _fill(self, market: MarketType, row: TradeRow, name: str | None, *, rebate: bool) -> Fill:
        return fill(self._account, market, row, self._clock.now(), name, rebate=rebate)

    async def _names_of(self, instrument: str, numbers: set[int]) -> dict[int, str | None]:
        """Client order ids of the fills' orders; those never heard of (a crash, a lost stream) are asked for.

        Many are looked up in the list of all orders, what is left one by one. An order that the venue itself has
        forgotten has no name. Raises VenueError.
        """
        names = {number: self._order_ids.name(instrument, str(number)) for number in sorted(numbers)}
        unknown = [number for number, name in names.items() if name is None]
        if len(unknown) > _FEW:
            names.update(await self._listed_names(instrument, unknown))
        for number in [number for number, name in names.items() if name is None]:
            names[number] = await self._name_of(instrument, number)
        return names

    async def _listed_names(self, instrument: str, numbers: Sequence[int]) -> dict[int, str | None]:
        """Names from the list of all orders, from the first of these numbers upwards."""
        market, symbol = place_of(instrument)
        found: dict[int, str | None] = {}
        first, last = numbers[0], numbers[-1]
        for _ in range(_LISTS):
            fields = [("symbol", symbol), ("orderId", str(first)), ("limit", str(PAGE))]
            rows = read(list[OrderRow], await self._calls.send(question(market, "allOrders", fields, 5)))
            found.update((row.order_id, self._report(instrument, row).client_order_id) for row in rows)
            first = max((row.order_id for row in rows), default=last) + 1
            if len(rows) < PAGE or first > last:
                break
        return {number: found[number] for number in numbers if number in found}

    async def _name_of(self, instrument: str, number: int) -> str | None:
        market, symbol = place_of(instrument)
        fields = [("symbol", symbol), ("orderId", str(number))]
        try:
            row = read(OrderRow, await self._calls.send(question(market, "order", fields)))
        except VenueError as error:
            if not is_about(error, *ORDER_UNKNOWN):
                raise
            return None
        return self._report(instrument, row).client_order_id

    async def _trades(self, query: QueryFills) -> list[TradeRow]:
        """Every fill since then: windows of at most seven days by time, a full page continued by id."""
        now_ms = self._offset.venue_now() // NS_PER_MS
        skew_ns = self._offset.venue_now() - self._clock.now()
        since_ns = max(query.since_ns + skew_ns - _MARGIN_NS, self._offset.venue_now() - _LONGEST_NS)
        start_ms, span_ms = since_ns // NS_PER_MS, HISTORY_NS // NS_PER_MS
        found: dict[int, TradeRow] = {}
        while start_ms <= now_ms:
            end_ms = start_ms + span_ms - 1
            page = await self._page(query.instrument, [("startTime", str(start_ms)), ("endTime", str(end_ms))])
            found.update((row.id, row) for row in page)
            while len(page) >= PAGE:
                page = await self._page(query.instrument, [("fromId", str(max(row.id for row in page) + 1))])
                found.update((row.id, row) for row in page)
            start_ms = end_ms + 1
        return list(found.values())

    async def _page(self, instrument: str, fields: Sequence[tuple[str, str]]) -> list[TradeRow]:
        market, symbol = place_of(instrument)
        named = [("symbol", symbol), *fields, ("limit", str(PAGE))]
        rows = read(list[TradeRow], await self._calls.send(question(market, "userTrades", named, 5)))
        if any(row.symbol != symbol for row in rows):
            raise BadMessage(f"fills of another symbol than {symbol}")
        return rows
