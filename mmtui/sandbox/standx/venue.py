"""The local StandX, put together."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.faults import Fault
from mmtui.sandbox.floor import Floor, FloorSettings
from mmtui.sandbox.launch import chosen
from mmtui.sandbox.standx import markets
from mmtui.sandbox.standx.errors import fault_response
from mmtui.sandbox.standx.limits import Limits
from mmtui.sandbox.standx.login import Door, make_members
from mmtui.sandbox.standx.order_entry import OrderEntry
from mmtui.sandbox.standx.rest import Rest
from mmtui.sandbox.standx.results import Results
from mmtui.sandbox.standx.streams import API_PATH, STREAM_PATH, Streams
from mmtui.sandbox.wire import SocketHandler, Surroundings
from mmtui.simulation.account import VenueAccount

ACCOUNTS: Final = ("a", "b", "c")
LOGGED_IN: Final = "c"
"""This account has logged in elsewhere: it has a token and a signing key instead of the wallet's."""

WARM_UP_S: Final = 30
"""The market has lived that long when the sandbox opens: there are trades and candles to be asked for."""


class Standx:
    """StandX's protocol on a floor of our own."""

    name = "standx"

    def __init__(self, around: Surroundings) -> None:
        options = around.options
        traded = chosen(markets.instruments(), options.symbols)
        recorded = around.recorded(traded) if around.recorded is not None else None
        floor_markets = FloorMarkets(
            traded, options.seed, funding_interval_s=markets.FUNDING_INTERVAL_S, recorded=recorded
        )
        leverage = Decimal(markets.START_LEVERAGE)
        accounts = [VenueAccount(name, {markets.QUOTE: options.balance}, leverage=leverage) for name in ACCOUNTS]
        now_ns = around.clock.now_ns()
        # rises from one sandbox to the next, so that no number comes twice
        settings = FloorSettings(first_id=now_ns // NS_PER_MS, funding_interval_s=markets.FUNDING_INTERVAL_S)
        self.floor = Floor(floor_markets, accounts, settings)
        self._members = make_members(ACCOUNTS, options.seed)
        self._door = Door(self._members, options.seed)
        limits, results, entry = Limits(), Results(around.hub), OrderEntry(self.floor)
        self._streams = Streams(self.floor, around.hub, around.clock, self._door, self._members, limits, entry, results)
        self.floor.listen(self._streams)
        self._rest = Rest(self.floor, self._door, limits, entry, results)
        self._tokens = {
            member.name: self._door.logged_in(member, now_ns) for member in self._members if member.name == LOGGED_IN
        }
        self.floor.advance(now_ns - WARM_UP_S * NS_PER_S)
        self.floor.advance(now_ns)

    def accounts(self) -> list[dict[str, Any]]:
        """Name, and the wallet's key or a token with its key."""
        rows = []
        for member in self._members:
            if member.name in self._tokens:
                token, signing_key = self._tokens[member.name]
                rows.append({"name": member.name, "token": token, "signing_key": signing_key})
            else:
                rows.append({"name": member.name, "wallet_key": member.wallet_key})
        return rows

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST interface."""
        return self._rest.endpoints()

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """Data, and orders."""
        return [(STREAM_PATH, self._streams.serve_stream), (API_PATH, self._streams.serve_api)]

    def ws_path(self) -> str:
        """The paths of both lie under the root."""
        return "/"

    def fault(self, fault: Fault) -> web.Response:
        """An injected error."""
        return fault_response(fault)

    def tick(self, now_ns: int) -> None:
        """Streams and answers that go by time."""
        self._streams.tick(now_ns)


def open_venue(around: Surroundings) -> Standx:
    """The venue for a sandbox."""
    return Standx(around)
