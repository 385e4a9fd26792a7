"""The local Lighter, put together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import SettingsError
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.faults import Fault
from mmtui.sandbox.floor import Floor, FloorSettings
from mmtui.sandbox.launch import chosen
from mmtui.sandbox.lighter import markets
from mmtui.sandbox.lighter.errors import fault_response
from mmtui.sandbox.lighter.execution import Execution
from mmtui.sandbox.lighter.limits import PREMIUM, START_QUOTA, TIERS, Limits
from mmtui.sandbox.lighter.members import CHAIN_ID, Door, make_members
from mmtui.sandbox.lighter.rest import Rest
from mmtui.sandbox.lighter.streams import Streams
from mmtui.sandbox.lighter.transactions import FIRST_SERVER_INDEX
from mmtui.sandbox.wire import SocketHandler, Surroundings
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.settings import SelfTrade

ACCOUNTS: Final = ("a", "b")
LEVERAGE: Final = 20
WARM_UP_S: Final = 30
"""The market has lived that long when the sandbox opens: there are trades and candles to be asked for."""


class Lighter:
    """Lighter's protocol on a floor of our own."""

    name = "lighter"

    def __init__(self, around: Surroundings) -> None:
        options = around.options
        tier = options.tier or PREMIUM
        if tier not in TIERS:
            raise SettingsError(f"--tier {tier}: unknown here; there are {', '.join(TIERS)}")
        traded = chosen(markets.instruments(tier), options.symbols)
        recorded = around.recorded(traded) if around.recorded is not None else None
        floor_markets = FloorMarkets(
            traded, options.seed, funding_interval_s=markets.FUNDING_INTERVAL_S, recorded=recorded
        )
        accounts = [
            VenueAccount(name, {markets.QUOTE: options.balance}, leverage=Decimal(LEVERAGE)) for name in ACCOUNTS
        ]
        now_ns = around.clock.now_ns()
        settings = FloorSettings(
            # rises from one sandbox to the next, so that no number comes twice
            first_id=FIRST_SERVER_INDEX + now_ns // NS_PER_MS,
            funding_interval_s=markets.FUNDING_INTERVAL_S,
            can_amend=True,
            self_trade=SelfTrade.EXPIRE_MAKER,
        )
        self.floor = Floor(floor_markets, accounts, settings)
        self._members = make_members(ACCOUNTS, START_QUOTA)
        door, limits = Door(self._members), Limits(tier)
        self._execution = Execution(self.floor, door, limits)
        self._streams = Streams(self.floor, around.hub, around.clock, door, self._members, self._execution)
        self.floor.listen(self._streams)
        self._rest = Rest(self.floor, door, limits, self._execution, self._streams.fundings)
        self.floor.advance(now_ns - WARM_UP_S * NS_PER_S)
        self.floor.advance(now_ns)

    def accounts(self) -> list[dict[str, Any]]:
        """Name, indexes, key and chain of each."""
        return [
            {
                "name": member.name,
                "account_index": member.account_index,
                "api_key_index": member.first_key.index,
                "api_key_private": member.first_key.private_key,
                "chain_id": CHAIN_ID,
            }
            for member in self._members
        ]

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST interface."""
        return self._rest.endpoints()

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """The one websocket."""
        return [(self.ws_path(), self._streams.serve)]

    def ws_path(self) -> str:
        """Where the stream is."""
        return "/stream"

    def fault(self, fault: Fault) -> web.Response:
        """An injected error."""
        return fault_response(fault)

    def tick(self, now_ns: int) -> None:
        """Plans, expiries, and streams that go by time."""
        self._execution.tick(now_ns, self._members)
        self._streams.tick(now_ns)


def open_venue(around: Surroundings) -> Lighter:
    """The venue for a sandbox."""
    return Lighter(around)
