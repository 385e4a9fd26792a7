"""The local Aster, put together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web
from msgspec import structs

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.aster import markets
from mmtui.sandbox.aster.account import AccountApi
from mmtui.sandbox.aster.api import Api
from mmtui.sandbox.aster.budgets import Budgets
from mmtui.sandbox.aster.errors import fault_response
from mmtui.sandbox.aster.gate import Gate
from mmtui.sandbox.aster.ledger import Ledger
from mmtui.sandbox.aster.listen_keys import ListenKeys
from mmtui.sandbox.aster.market_streams import MarketStreams
from mmtui.sandbox.aster.markets import Room, room_of
from mmtui.sandbox.aster.outlet import Outlet
from mmtui.sandbox.aster.public import PublicApi
from mmtui.sandbox.aster.signing import Door, Member, make_key_pair, make_wallet
from mmtui.sandbox.aster.sockets import Sockets
from mmtui.sandbox.aster.trading import Trading
from mmtui.sandbox.aster.user_streams import UserStreams
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.faults import Fault
from mmtui.sandbox.floor import BookChange, Floor, FloorSettings
from mmtui.sandbox.launch import chosen
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.tape import MarkRow, TapeTrade
from mmtui.sandbox.wire import SocketHandler, Surroundings
from mmtui.simulation.account import VenueAccount

WARM_UP_S: Final = 30
"""The market has lived that long when the sandbox opens: there are trades and candles to be asked for."""


class Aster:
    """Aster's protocol on a floor of our own."""

    name = "aster"

    def __init__(self, around: Surroundings) -> None:
        options = around.options
        now_ns = around.clock.now_ns()
        first_id = now_ns // NS_PER_MS  # rises from one sandbox to the next, so that no number comes twice
        self._members = _members(options.seed)
        self.floor = _floor(around, self._members, first_id)
        ledger = Ledger({member.name: options.balance for member in self._members})
        outlets = {room: Outlet(room, around.hub) for room in Room}
        keys = {room: ListenKeys(room, first_id) for room in Room}
        self._streams = {room: MarketStreams(room, self.floor, outlets[room], around.clock, first_id) for room in Room}
        by_wallet = {member.wallet(room): member for member in self._members for room in Room}
        self._users = UserStreams(self.floor, ledger, by_wallet, keys, outlets, around.clock)
        self._sockets = Sockets(around.hub, around.clock, self._streams, outlets, keys)
        self._trading = {room: Trading(room, self.floor, first_id) for room in Room}
        door = Door(self._members)
        self._apis = [
            Api(
                Gate(room, door, Budgets(room)),
                PublicApi(room, self.floor, self._streams[room].last_update),
                self._trading[room],
                AccountApi(room, self.floor, ledger, self._users.tell),
                keys[room],
            )
            for room in Room
        ]
        self.floor.listen(self)
        self.floor.advance(now_ns - WARM_UP_S * NS_PER_S)
        self.floor.advance(now_ns)

    # --------------------------------------------------------------------------------------- what the plumbing asks

    def accounts(self) -> list[dict[str, Any]]:
        """Name and credentials of each; the first one's signer is its own wallet, the last one has an old key."""
        return [{"name": member.name} | structs.asdict(member.credentials) for member in self._members]

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST interface."""
        return [endpoint for api in self._apis for endpoint in api.endpoints()]

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """The websocket paths."""
        return self._sockets.paths()

    def ws_path(self) -> str:
        """Clients append the venue's own paths."""
        return "/"

    def spot_ws_path(self) -> str:
        """Spot streams have the paths of futures, so that on one port they need this in front."""
        return "/sstream/"

    def fault(self, fault: Fault) -> web.Response:
        """An injected error."""
        return fault_response(fault)

    def tick(self, now_ns: int) -> None:
        """What goes by time."""
        for trading in self._trading.values():
            trading.tick(now_ns)
        for streams in self._streams.values():
            streams.tick(now_ns)
        self._users.tick(now_ns)
        self._sockets.tick(now_ns)

    # ------------------------------------------------------------------------------------------ what the floor says

    def on_book(self, change: BookChange) -> None:
        """Levels changed."""
        self._streams[room_of(change.instrument)].on_book(change)

    def on_trade(self, trade: TapeTrade) -> None:
        """Something was traded."""
        self._streams[room_of(self.floor.instruments[trade.symbol])].on_trade(trade)

    def on_mark(self, mark: MarkRow) -> None:
        """Marks are told by the clock, from the tape."""

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of one of the accounts."""
        self._users.on_order(change, record, fill)

    def on_funding(self, payment: FundingRecord) -> None:
        """Funding was paid or received."""
        self._users.on_funding(payment)


def _members(seed: int) -> list[Member]:
    return [
        make_wallet("a", seed, own_agent=True),
        make_wallet("b", seed, own_agent=False),
        make_key_pair("c", seed),
    ]


def _floor(around: Surroundings, members: Sequence[Member], first_id: int) -> Floor:
    options = around.options
    traded = chosen(markets.instruments(), options.symbols)
    recorded = around.recorded(traded) if around.recorded is not None else None
    span_s = markets.FUNDING_INTERVAL_S
    floor_markets = FloorMarkets(traded, options.seed, funding_interval_s=span_s, recorded=recorded)
    quote = {markets.QUOTE: options.balance}
    spot = quote | {asset.name: asset.holding for asset in markets.ASSETS}
    leverage = Decimal(markets.START_LEVERAGE)
    accounts = [VenueAccount(member.name, quote, leverage) for member in members]
    accounts += [VenueAccount(member.wallet(Room.SPOT), spot, leverage) for member in members]
    settings = FloorSettings(first_id=first_id, fee_in_base_on_buy=True, funding_interval_s=span_s, can_amend=True)
    return Floor(floor_markets, accounts, settings)


def open_venue(around: Surroundings) -> Aster:
    """The venue for a sandbox."""
    return Aster(around)
