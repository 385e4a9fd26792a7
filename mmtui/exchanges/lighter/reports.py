"""Questions about one account, answered as events. A read that failed is ReadFailed, never an empty answer."""

from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.lighter.account_frames import QUOTE, AccountRows
from mmtui.exchanges.lighter.calls import Calls
from mmtui.exchanges.lighter.facts import PAGE
from mmtui.exchanges.lighter.figures import exact, positive
from mmtui.exchanges.lighter.ids import OrderNumbers
from mmtui.exchanges.lighter.instruments import Listing
from mmtui.exchanges.lighter.outbox import Outbox
from mmtui.exchanges.lighter.wire import AccountAnswer, AccountRow, OrderRow, OrdersAnswer, PositionRow, TradesAnswer
from mmtui.exchanges.shared.http import HttpAnswer
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
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_MS, ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, SettingsError, VenueError

ORDERS: Final = msgspec.json.Decoder(OrdersAnswer, strict=False)
TRADES: Final = msgspec.json.Decoder(TradesAnswer, strict=False)
ACCOUNT: Final = msgspec.json.Decoder(AccountAnswer, strict=False)

_MOST_PAGES: Final = 50
_PERCENT: Final = 100
"""Positions tell their margin fraction in percent; where it is below one the unit is in doubt, and it is not used."""

_CLASSIC: Final = 0
_SKEW_MARGIN_NS: Final = 1_000 * NS_PER_MS
"""The venue's clock is known to half a second: fills are listed from this much earlier."""

_WHAT: Final = {
    QueryOrder: "order",
    QueryOpenOrders: "open_orders",
    QueryPosition: "position",
    QueryBalances: "balances",
    QueryFills: "fills",
}


class LighterReports:
    """Answers questions about one account."""

    def __init__(
        self, calls: Calls, rows: AccountRows, listing: Listing, numbers: OrderNumbers, outbox: Outbox, clock: Clock
    ) -> None:
        self._calls = calls
        self._rows = rows
        self._listing = listing
        self._numbers = numbers
        self._outbox = outbox
        self._clock = clock
        self._account = rows.account
        self._index = ("account_index", rows.account_index)

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
        """What became of one order.

        Asked only once no lost transaction about it can be executed any more: before, "not found" would prove nothing.
        """
        number = self._numbers.number(query.client_order_id)
        market_id = self._listing.form(query.instrument).market_id
        await self._outbox.settle(number)
        found, _ = await self._calls.read_own("accountOrders", ORDERS, self._index, ("client_order_indexes", number))
        rows = [row for row in found.orders if row.market_index == market_id and row.client_order_index == number]
        if query.order_id is not None:
            rows = [row for row in rows if str(row.order_index) == query.order_id] or rows
        if not rows:
            return OrderReport(
                self._account, query.instrument, self._clock.now(), OrderStatus.NOT_FOUND, query.client_order_id,
                query.order_id,
            )  # fmt: skip
        return self._rows.order(max(rows, key=_age), self._clock.now())

    async def _open_orders(self, query: QueryOpenOrders) -> OpenOrders:
        market_id = self._listing.form(query.instrument).market_id
        found, answer = await self._calls.read_own("accountActiveOrders", ORDERS, self._index, ("market_id", market_id))
        now_ns = self._clock.now()
        reports = [self._rows.order(row, now_ns) for row in found.orders if row.market_index == market_id]
        live = [report for report in reports if report.status is OrderStatus.OPEN]
        return OpenOrders(self._account, query.instrument, now_ns, answer.sent.wall, live)

    # ------------------------------------------------------------------------------------------------------- account

    async def account(self) -> tuple[AccountRow, HttpAnswer]:
        """The account's own row. Raises VenueError; also where the answer is about no account, or another."""
        found, answer = await self._calls.read_own(
            "account", ACCOUNT, ("by", "index"), ("value", self._rows.account_index)
        )
        mine = [row for row in found.accounts if row.account_index == self._rows.account_index]
        if len(mine) != 1:
            raise BadMessage(f"GET account: {len(found.accounts)} accounts, not the one asked for")
        return mine[0], answer

    async def _position(self, query: QueryPosition) -> PositionReport:
        row, answer = await self.account()
        form, instrument = self._listing.form(query.instrument), self._listing.known[query.instrument]
        now_ns = self._clock.now()
        if instrument.market_type is MarketType.SPOT:
            held = _balances(row, perps=False).get(instrument.base_asset, (ZERO, ZERO))[0]
            return PositionReport(self._account, query.instrument, now_ns, answer.sent.wall, held)
        position = next((found for found in row.positions if found.market_id == form.market_id), None)
        if position is None:
            return PositionReport(self._account, query.instrument, now_ns, answer.sent.wall, ZERO)
        return position_report(self._account, query.instrument, position, now_ns, answer.sent.wall)

    async def _balances(self) -> Balances:
        row, answer = await self.account()
        found = _balances(row, perps=True)
        balances = [Balance(name, total, free) for name, (total, free) in found.items()]
        return Balances(self._account, self._clock.now(), answer.sent.wall, balances)

    async def _fills(self, query: QueryFills) -> list[Event]:
        """All fills since a time, newest page first; fills that come meanwhile only repeat some."""
        skew_ms = self._calls.offset.skew_ms or 0.0
        since_ns = query.since_ns + int(skew_ms * NS_PER_MS) - _SKEW_MARGIN_NS
        fields = [
            ("sort_by", "timestamp"),
            ("sort_dir", "desc"),
            ("limit", PAGE),
            self._index,
            ("market_id", self._listing.form(query.instrument).market_id),
        ]
        fills: list[Fill] = []
        cursor: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            found, _ = await self._calls.read_own("trades", TRADES, *fields, *cursor)
            now_ns = self._clock.now()
            page = [fill for row in found.trades for fill in self._rows.fills(row, now_ns)]
            fills += [fill for fill in page if (fill.venue_time_ns or since_ns) >= since_ns]
            if not found.next_cursor or not page or (page[-1].venue_time_ns or 0) < since_ns:
                listed = FillsListed(self._account, query.instrument, now_ns, query.since_ns)
                return [*reversed(fills), listed]
            cursor = [("cursor", found.next_cursor)]
        raise BadMessage(f"more than {_MOST_PAGES * PAGE} fills since then; they cannot be listed")


def _age(row: OrderRow) -> tuple[int, int]:
    return row.transaction_time, row.order_index


def position_report(account: str, instrument: str, row: PositionRow, now_ns: int, asked_ns: int) -> PositionReport:
    """A position with its sign. Raises BadMessage."""
    size = exact(row.position)
    if size < 0 or row.sign not in (-1, 0, 1) or (size and not row.sign):
        raise BadMessage(f"position {row.symbol}: size {size} with sign {row.sign} cannot be")
    return PositionReport(
        account, instrument, now_ns, asked_ns, size * row.sign or ZERO,
        positive(row.avg_entry_price) if size else None, positive(row.liquidation_price) if size else None,
        _PERCENT / row.initial_margin_fraction if row.initial_margin_fraction > 1 else None,
    )  # fmt: skip


def _balances(row: AccountRow, *, perps: bool) -> dict[str, tuple[Decimal, Decimal]]:
    """Total and free by asset: the spot wallet and, for the quote asset, the collateral of the perps.

    In unified mode the collateral is the whole account's, with its spot assets in it.
    """
    found = {
        asset.symbol: (exact(asset.balance), exact(asset.balance) - exact(asset.locked_balance)) for asset in row.assets
    }
    if perps:
        total, free = exact(row.collateral), exact(row.available_balance)
        spot_total, spot_free = found.get(QUOTE, (ZERO, ZERO)) if row.account_trading_mode == _CLASSIC else (ZERO, ZERO)
        found[QUOTE] = (total + spot_total, free + spot_free)
    return found
