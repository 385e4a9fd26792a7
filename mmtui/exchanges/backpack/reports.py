"""Questions about one account, answered as events. A read that failed is ReadFailed, never an empty answer."""

from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.decode_account import fill_events
from mmtui.exchanges.backpack.encode import Call, symbol_of
from mmtui.exchanges.backpack.facts import PAGE
from mmtui.exchanges.backpack.holdings import Holdings, read_holdings
from mmtui.exchanges.backpack.ids import ClientIds
from mmtui.exchanges.backpack.instruments import Listing
from mmtui.exchanges.backpack.order_rows import number_of, order_report
from mmtui.exchanges.backpack.refusals import read_error
from mmtui.exchanges.backpack.rest import OK, BackpackRest
from mmtui.exchanges.backpack.wire import UNREADABLE, FillRow, OrderRow, PositionRow, sound
from mmtui.exchanges.shared.http import HttpAnswer
from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import (
    Balances,
    Event,
    Fill,
    FillsListed,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, SettingsError, VenueError

_ORDER: Final = msgspec.json.Decoder(OrderRow)
_ORDERS: Final = msgspec.json.Decoder(list[OrderRow])
_POSITIONS: Final = msgspec.json.Decoder(list[PositionRow])
_FILLS: Final = msgspec.json.Decoder(list[FillRow])

_NOT_FOUND: Final = 404
_MOST_PAGES: Final = 50

_WHAT: Final = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
}


class BackpackReports:
    """Answers questions about one account."""

    def __init__(self, account: str, rest: BackpackRest, ids: ClientIds, clock: Clock, listing: Listing) -> None:
        self._account = account
        self._rest = rest
        self._ids = ids
        self._clock = clock
        self._listing = listing

    async def answer(self, query: Query) -> list[Event]:
        """The answer as events."""
        try:
            if isinstance(query, QueryOrder):
                return [await self._order(query)]
            if isinstance(query, QueryOpenOrders):
                return [await self._open_orders(query)]
            if isinstance(query, QueryPosition):
                return [await self._position(query)]
            if isinstance(query, QueryBalances):
                return [await self._balances()]
            return await self._fills(query)
        except (VenueError, SettingsError) as error:
            instrument = None if isinstance(query, QueryBalances) else query.instrument
            return [ReadFailed(self._account, self._clock.now(), _WHAT[type(query)], str(error), instrument)]

    # -------------------------------------------------------------------------------------------------------- orders

    async def _order(self, query: QueryOrder) -> OrderReport:
        """What became of one order: among the open ones, else in the history.

        An order that neither knows is NOT_FOUND, and so is one that the history still calls open: it lags.
        """
        symbol = symbol_of(query.instrument)
        number = self._ids.number(query.client_order_id)
        if query.order_id is None and number is None:
            raise BadMessage("neither the venue's id of this order nor its client id is known")
        answer = await self._rest.send(encode.open_order(symbol, order_id=query.order_id, number=number))
        row = None if self._is_not_found(answer) else self._row(answer, "GET order")
        if row is None:
            row = await self._past_order(symbol, query.order_id, number)
        report = None if row is None else self._reported(row)
        if row is None or report is None:
            return OrderReport(
                self._account, query.instrument, self._clock.now(), OrderStatus.NOT_FOUND, query.client_order_id,
                query.order_id,
            )  # fmt: skip
        told = number_of(row.client_id)
        if told is not None and number is None:
            self._ids.learn(told, query.client_order_id)
        return msgspec.structs.replace(report, client_order_id=query.client_order_id)

    async def _past_order(self, symbol: str, order_id: str | None, number: int | None) -> OrderRow | None:
        """The final state of one order. The history cannot be asked by client id: then the newest page is searched."""
        rows, _ = await self._rest.read(encode.order_history(symbol, order_id=order_id), _ORDERS)
        for row in rows:
            is_it = str(row.id) == order_id if order_id is not None else number_of(row.client_id) == number
            if is_it and row.status not in ("New", "PartiallyFilled"):
                return row
        return None

    async def _open_orders(self, query: QueryOpenOrders) -> OpenOrders:
        rows, answer = await self._rest.read(encode.open_orders(symbol_of(query.instrument)), _ORDERS)
        reports = [self._reported(row) for row in rows if encode.instrument_id(row.symbol) == query.instrument]
        return OpenOrders(self._account, query.instrument, self._clock.now(), answer.sent.wall, reports)

    def _reported(self, row: OrderRow) -> OrderReport:
        report = order_report(row, self._account, self._ids, self._clock.now())
        if report is None:
            raise BadMessage(f"order {row.id}: side {row.side}, status {row.status}: cannot be read")
        return report

    def _row(self, answer: HttpAnswer, what: str) -> OrderRow:
        if answer.status != OK:
            raise self._rest.refused(answer, what)
        try:
            return _ORDER.decode(answer.body)
        except UNREADABLE as error:
            raise BadMessage(f"{what}: {error}") from None

    def _is_not_found(self, answer: HttpAnswer) -> bool:
        if answer.status == OK:
            return False
        error = read_error(answer.body)
        return error is not None and error.is_not_found

    # ------------------------------------------------------------------------------------------------------- account

    async def _position(self, query: QueryPosition) -> PositionReport:
        symbol = symbol_of(query.instrument)
        instrument = self._listing.known.get(query.instrument)
        if instrument is not None and instrument.market_type is MarketType.SPOT:
            holdings = await read_holdings(self._rest)
            held = holdings.total(instrument.base_asset)
            return PositionReport(self._account, query.instrument, self._clock.now(), holdings.asked_ns, held)
        answer = await self._rest.send(encode.position(symbol))
        rows = [] if self._is_flat(answer) else self._positions(answer, encode.position(symbol))
        mine = [row for row in rows if row.symbol == symbol]
        net = sum((row.net_quantity for row in mine), Decimal(0))
        row = mine[0] if mine and net else None
        return PositionReport(
            self._account, query.instrument, self._clock.now(), answer.sent.wall, net,
            None if row is None else row.entry_price or None,
            None if row is None else row.est_liquidation_price or None,
            None if row is None or not row.imf else 1 / row.imf,
        )  # fmt: skip

    def _is_flat(self, answer: HttpAnswer) -> bool:
        """True for the 404 with which a flat position is answered; every other error stays one."""
        error = read_error(answer.body)
        return answer.status == _NOT_FOUND and error is not None and error.code == "RESOURCE_NOT_FOUND"

    def _positions(self, answer: HttpAnswer, call: Call) -> list[PositionRow]:
        if answer.status != OK:
            raise self._rest.refused(answer, f"GET {call.path}")
        try:
            rows = _POSITIONS.decode(answer.body)
        except UNREADABLE as error:
            raise BadMessage(f"GET {call.path}: {error}") from None
        if not all(sound(row.net_quantity, row.entry_price, row.est_liquidation_price, row.imf) for row in rows):
            raise BadMessage(f"GET {call.path}: a figure that cannot be")
        return rows

    async def _balances(self) -> Balances:
        holdings: Holdings = await read_holdings(self._rest)
        return Balances(self._account, self._clock.now(), holdings.asked_ns, holdings.balances())

    async def _fills(self, query: QueryFills) -> list[Event]:
        """All fills since a time, page by page; fills that come meanwhile only shift the last page."""
        since_ms = self._rest.venue_ms(query.since_ns)
        fills: list[Fill] = []
        for page in range(_MOST_PAGES):
            call = encode.fills(symbol_of(query.instrument), since_ms, page * PAGE)
            rows, _ = await self._rest.read(call, _FILLS)
            read = fill_events(rows, self._account, self._ids, self._clock.now())
            if read is None:
                raise BadMessage(f"GET {call.path}: a fill that cannot be read")
            fills += read
            if len(rows) < PAGE:
                listed = FillsListed(self._account, query.instrument, self._clock.now(), query.since_ns)
                return [*fills, listed]
        raise BadMessage(f"more than {_MOST_PAGES * PAGE} fills since then; they cannot be listed")
