"""Questions about one account, answered as events. A read that failed is ReadFailed, never an empty answer."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import QUOTE, MarginMode, PathStyle, symbol_of
from mmtui.exchanges.websea.figures import exact
from mmtui.exchanges.websea.order_reads import OrderReads
from mmtui.exchanges.websea.order_rows import CANCELLING
from mmtui.exchanges.websea.own_orders import Stage
from mmtui.exchanges.websea.positions import Positions
from mmtui.exchanges.websea.wire import OrderRow, WalletRow
from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import Balance, Balances, Event, Fill, FillsListed, OpenOrders, OrderReport, ReadFailed
from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, VenueError

_WALLETS: Final = msgspec.json.Decoder(list[WalletRow], strict=False)

_MARGIN_S: Final = 2
"""Times are whole seconds, and the venue's clock is known to about one."""
_LOOKS: Final = 8
_AGAIN_S: Final = 0.2
_OWN_BACK_S: Final = 60
_BACK_S: Final = 3_600
"""How much older than the time asked for an order may be whose fills are still looked for. Lists tell when an order was
made, not when it traded; those of this process are known by name, however old they are."""

_WHAT: Final = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
}


class WebseaReports:
    """Answers questions about one account.

    Args:
        calls: ask the venue.
        reads: ask about orders.
        positions: ask about positions.
        known: the venue's instruments by id.
        mode: the margin mode of the account.
        clock: the machine's clocks.
    """

    def __init__(
        self,
        calls: Calls,
        reads: OrderReads,
        positions: Positions,
        known: Mapping[str, Instrument],
        mode: MarginMode,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._reads = reads
        self._positions = positions
        self._known = known
        self._mode = mode
        self._clock = clock
        self._account = reads.account
        self._began_ns = clock.now()

    async def answer(self, query: Query) -> list[Event]:
        """The answer as events."""
        try:
            if isinstance(query, QueryOrder):
                return await self._order(query)
            if isinstance(query, QueryOpenOrders):
                return await self._open_orders(query)
            if isinstance(query, QueryPosition):
                return [await self._positions.report(query.instrument)]
            if isinstance(query, QueryBalances):
                return [await self._balances()]
            return await self._fills(query)
        except VenueError as error:
            instrument = None if isinstance(query, QueryBalances) else query.instrument
            return [ReadFailed(self._account, self._clock.now(), _WHAT[type(query)], str(error), instrument)]

    async def _order(self, query: QueryOrder) -> list[Event]:
        """By the venue's id where it is known, else by what was sent."""
        own = self._reads.own.by_name(query.client_order_id)
        order_id = query.order_id or (
            self._reads.own.earlier_id(query.client_order_id) if own is None else own.order_id
        )
        row: OrderRow | None = None
        if order_id is not None:
            row = await self._reads.detail(order_id)
        elif own is not None:
            row = await self._reads.claim(own)
        elif not query.client_order_id:
            raise BadMessage("an order without a name")
        if row is None:
            return [
                OrderReport(
                    self._account, query.instrument, self._clock.now(), OrderStatus.NOT_FOUND, query.client_order_id,
                    query.order_id,
                )
            ]  # fmt: skip
        if row.symbol != symbol_of(query.instrument):
            raise BadMessage("an answer about another order")
        return await self._reads.told(await self._decided(row))

    async def _decided(self, row: OrderRow) -> OrderRow:
        """The order once it is no longer about to be cancelled, or as it is after a while. Raises VenueError."""
        for _ in range(_LOOKS):
            if row.status != CANCELLING:
                break
            await asyncio.sleep(_AGAIN_S)
            row = await self._reads.detail(str(row.order_id)) or row
        return row

    async def _open_orders(self, query: QueryOpenOrders) -> list[Event]:
        rows, asked_ns = await self._reads.open_rows(symbol_of(query.instrument))
        for own in self._reads.own.live(query.instrument):
            if own.stage is Stage.LOST and (found := self._reads.fitting(own, rows)) is not None:
                self._reads.own.name(own, str(found.order_id))
        events = [event for row in rows for event in await self._reads.told(row)]
        live = [event for event in events if isinstance(event, OrderReport) and event.status is OrderStatus.OPEN]
        listed = OpenOrders(self._account, query.instrument, self._clock.now(), asked_ns, live)
        return [*(event for event in events if isinstance(event, Fill)), listed]

    async def _balances(self) -> Balances:
        """The wallet without open profit as the total, as a net position would have made it.

        The old paths tell the wallet's parts only, whose sum holds the open profit.
        """
        if self._calls.style is PathStyle.LEGACY:
            cross = self._mode is MarginMode.CROSS
            name = "cross_wallet" if cross else "wallet"
            pairs = (("trade_area", QUOTE),) if cross else ()
            rows, answer = await self._calls.read_own(name, _WALLETS, *pairs)
        else:
            rows, answer = await self._calls.read_own("wallet", _WALLETS)
            rows = [row for row in rows if row.asset == QUOTE]
        total = sum((_total(row) for row in rows), ZERO)
        if self._calls.style is not PathStyle.LEGACY:
            total += self._positions.cash.difference
        free = sum((exact(row.avail) for row in rows), ZERO)
        return Balances(self._account, self._clock.now(), answer.sent.wall, [Balance(QUOTE, total, free)])

    async def _fills(self, query: QueryFills) -> list[Event]:
        """All fills since a time, oldest first: those of every order that may have traded since, one by one."""
        skew_ms = self._calls.offset.skew_ms or 0.0
        since_s = max(0, (query.since_ns + int(skew_ms * NS_PER_MS)) // NS_PER_S - _MARGIN_S)
        back_s = _OWN_BACK_S if query.since_ns > self._began_ns else _BACK_S
        symbol = symbol_of(query.instrument)
        rows, _ = await self._reads.open_rows(symbol)
        rows += await self._reads.history_rows(symbol, max(0, since_s - back_s))
        found = {str(row.order_id): row for row in rows}
        for own in self._reads.own.live(query.instrument):
            if own.order_id is not None and own.order_id not in found:
                row = await self._reads.detail(own.order_id)
                if row is not None:
                    found[own.order_id] = row
        events = [event for row in found.values() for event in await self._reads.told(row)]
        fills = [event for event in events if isinstance(event, Fill)]
        fills = [fill for fill in fills if (fill.venue_time_ns or 0) >= since_s * NS_PER_S]
        fills.sort(key=lambda fill: (fill.venue_time_ns or 0, fill.trade_id))
        return [*fills, FillsListed(self._account, query.instrument, self._clock.now(), query.since_ns)]


def _total(row: WalletRow) -> Decimal:
    if row.balance is not None:
        return exact(row.balance)
    return exact(row.avail) + exact(row.hold) + exact(row.frozen)
