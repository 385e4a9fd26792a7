"""The local Backpack, put together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.backpack import markets
from mmtui.sandbox.backpack.errors import fault_response
from mmtui.sandbox.backpack.private import PrivateApi
from mmtui.sandbox.backpack.public import Budgets, PublicApi
from mmtui.sandbox.backpack.signing import Door, make_member
from mmtui.sandbox.backpack.streams import Streams
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.faults import Fault
from mmtui.sandbox.floor import Floor, FloorSettings
from mmtui.sandbox.launch import chosen
from mmtui.sandbox.wire import SocketHandler, Surroundings
from mmtui.simulation.account import VenueAccount

ACCOUNTS: Final = ("a", "b")
LEVERAGE: Final = 10
WARM_UP_S: Final = 30
"""The market has lived that long when the sandbox opens: there are trades and candles to be asked for."""


class Backpack:
    """Backpack's protocol on a floor of our own."""

    name = "backpack"

    def __init__(self, around: Surroundings) -> None:
        options = around.options
        traded = chosen(markets.instruments(), options.symbols)
        recorded = around.recorded(traded) if around.recorded is not None else None
        floor_markets = FloorMarkets(
            traded, options.seed, funding_interval_s=markets.FUNDING_INTERVAL_S, recorded=recorded
        )
        holdings = {markets.QUOTE: options.balance} | {asset.symbol: asset.holding for asset in markets.ASSETS}
        accounts = [VenueAccount(name, holdings, leverage=Decimal(LEVERAGE)) for name in ACCOUNTS]
        now_ns = around.clock.now_ns()
        first_id = now_ns // NS_PER_MS  # rises from one sandbox to the next, so that no number comes twice
        settings = FloorSettings(
            first_id=first_id, fee_in_base_on_buy=True, funding_interval_s=markets.FUNDING_INTERVAL_S
        )
        self.floor = Floor(floor_markets, accounts, settings)
        self._members = [make_member(name, number, options.seed) for number, name in enumerate(ACCOUNTS)]
        door, budgets = Door(self._members), Budgets()
        self._streams = Streams(self.floor, around.hub, around.clock, door, first_id)
        self.floor.listen(self._streams)
        self._public = PublicApi(self.floor, self._streams, budgets, around.board)
        self._private = PrivateApi(self.floor, door, budgets)
        self.floor.advance(now_ns - WARM_UP_S * NS_PER_S)
        self.floor.advance(now_ns)

    def accounts(self) -> list[dict[str, Any]]:
        """Name, key and secret of each."""
        return [{"name": member.name, "key": member.key, "secret": member.secret} for member in self._members]

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST interface."""
        return [*self._public.endpoints(), *self._private.endpoints()]

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """The one websocket, at the root."""
        return [("/", self._streams.serve)]

    def ws_path(self) -> str:
        """The root."""
        return "/"

    def fault(self, fault: Fault) -> web.Response:
        """An injected error."""
        return fault_response(fault)

    def tick(self, now_ns: int) -> None:
        """Streams that go by time."""
        self._streams.tick(now_ns)


def open_venue(around: Surroundings) -> Backpack:
    """The venue for a sandbox."""
    return Backpack(around)
