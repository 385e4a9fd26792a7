"""The local Websea, put together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.faults import Fault
from mmtui.sandbox.floor import BookChange, Floor, FloorSettings
from mmtui.sandbox.launch import chosen
from mmtui.sandbox.records import WIRE_ID, FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.tape import MarkRow, TapeTrade
from mmtui.sandbox.websea import markets
from mmtui.sandbox.websea.api import Api
from mmtui.sandbox.websea.errors import fault_response
from mmtui.sandbox.websea.gate import Gate
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.holdings import Holdings
from mmtui.sandbox.websea.market_channels import MarketChannels
from mmtui.sandbox.websea.order_documents import wire_id
from mmtui.sandbox.websea.order_socket import OrderSocket
from mmtui.sandbox.websea.public import PublicApi
from mmtui.sandbox.websea.rows import Rows
from mmtui.sandbox.websea.signing import Door, make_member
from mmtui.sandbox.websea.sockets import Sockets
from mmtui.sandbox.websea.trading import Trading
from mmtui.sandbox.websea.web_channels import WebChannels
from mmtui.sandbox.wire import SocketHandler, Surroundings
from mmtui.simulation.account import VenueAccount

ACCOUNTS: Final = ("a", "b")
WARM_UP_S: Final = 30
"""The market has lived that long when the sandbox opens: there are trades and candles to be asked for."""


class Websea:
    """Websea's protocol on a floor of our own, which hears of everything first."""

    name = "websea"

    def __init__(self, around: Surroundings) -> None:
        self.floor = _floor(around)
        self._members = [make_member(name, around.options.seed) for name in ACCOUNTS]
        self._habits = Habits()
        self._rows = Rows()
        holdings = Holdings(self.floor, self._rows)
        door, clock, hub = Door(self._members), around.clock, around.hub
        self._trading = Trading(self.floor, self._rows, holdings, self._habits)
        self._market = MarketChannels(self.floor, hub, clock)
        self._orders = OrderSocket(hub, clock, door)
        self._web = WebChannels(self.floor, hub)
        self._sockets = Sockets(hub, clock, self._habits, self._market, self._orders, self._web)
        public = PublicApi(self.floor, self._habits)
        self._api = Api(Gate(door, self._habits), public, self._trading, holdings, self._habits)
        self.floor.listen(self)
        now_ns = clock.now_ns()
        self.floor.advance(now_ns - WARM_UP_S * NS_PER_S)
        self.floor.advance(now_ns)

    def accounts(self) -> list[dict[str, Any]]:
        """Name, token and secret of each."""
        return [{"name": member.name, "token": member.token, "secret": member.secret} for member in self._members]

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST interface."""
        return self._api.endpoints()

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """The documented websockets, and those of the venue's web pages."""
        return self._sockets.paths()

    def ws_path(self) -> str:
        """Clients append the venue's own paths."""
        return "/"

    def fault(self, fault: Fault) -> web.Response:
        """An injected error."""
        return fault_response(fault)

    def tick(self, now_ns: int) -> None:
        """What goes by time."""
        self._trading.tick(now_ns)
        self._market.tick(now_ns)
        self._web.tick(now_ns)
        self._sockets.tick()

    # ------------------------------------------------------------------------------------------ what the floor says

    def on_book(self, change: BookChange) -> None:
        """Books are told by the clock."""

    def on_trade(self, trade: TapeTrade) -> None:
        """Something was traded."""
        self._market.on_trade(trade)

    def on_mark(self, mark: MarkRow) -> None:
        """Marks are told by the clock."""

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of one of the accounts: its row moves before anybody is told."""
        record.details.setdefault(WIRE_ID, wire_id(record))
        if fill is not None:
            self._rows.book(fill, self._habits.closable_after_ns)
        self._orders.on_order(change, record, fill)

    def on_funding(self, payment: FundingRecord) -> None:
        """The venue does not tell of funding."""


def _floor(around: Surroundings) -> Floor:
    """Accounts with the widest leverage there is: the rows need more margin than the net position, and are checked."""
    options = around.options
    traded = chosen(markets.instruments(), options.symbols)
    recorded = around.recorded(traded) if around.recorded is not None else None
    span_s = markets.FUNDING_INTERVAL_S
    floor_markets = FloorMarkets(traded, options.seed, funding_interval_s=span_s, recorded=recorded)
    leverage = Decimal(markets.LARGEST_LEVERAGE)
    accounts = [VenueAccount(name, {markets.QUOTE: options.balance}, leverage=leverage) for name in ACCOUNTS]
    first_id = around.clock.now_ns() // NS_PER_MS  # rises from one sandbox to the next: no number comes twice
    return Floor(floor_markets, accounts, FloorSettings(first_id=first_id, funding_interval_s=span_s))


def open_venue(around: Surroundings) -> Websea:
    """The venue for a sandbox."""
    return Websea(around)
