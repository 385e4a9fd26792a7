"""What a venue brings to a sandbox, and what it is given."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from aiohttp import web
from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.sandbox.calls import Endpoint
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.crowd import Recorded
from mmtui.sandbox.faults import Fault, FaultBoard, FaultKind
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.sockets import Hub

START_QUOTE = Decimal(100_000)

SocketHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SandboxOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks of a sandbox. ``symbols`` None means all; ``tier`` None the venue's default."""

    venue: str
    port: int = 0
    seed: int = 1
    balance: Decimal = START_QUOTE
    symbols: tuple[str, ...] | None = None
    tier: str | None = None
    faults: tuple[Fault, ...] = ()


class Surroundings(Struct, frozen=True):
    """What the plumbing hands to a venue: the options, the clock, the hub for its streams, the faults.

    ``recorded`` finds recorded market data for the venue's own instruments; None where none was asked for. It raises
    SettingsError where the data fits none of them.
    """

    options: SandboxOptions
    clock: SandboxClock
    hub: Hub
    board: FaultBoard
    recorded: Callable[[Sequence[Instrument]], Recorded] | None = None


class WireVenue(Protocol):
    """One venue's protocol on top of a floor."""

    name: str
    floor: Floor

    def accounts(self) -> list[dict[str, Any]]:
        """Name and credential fields of each account, for the listening line."""
        ...

    def endpoints(self) -> Sequence[Endpoint]:
        """The REST paths."""
        ...

    def sockets(self) -> Sequence[tuple[str, SocketHandler]]:
        """The websocket paths."""
        ...

    def ws_path(self) -> str:
        """The path of the websocket address in the listening line, with its leading slash."""
        ...

    def fault(self, fault: Fault) -> web.Response:
        """Word an injected error: error_500_*, error_503_after, rate_limit, ban, reject or maintenance."""
        ...

    def tick(self, now_ns: int) -> None:
        """Time has passed: timers of the protocol (dead-man's switch, expiry, slow streams)."""
        ...


@runtime_checkable
class SpotApart(Protocol):
    """A venue whose spot streams have a host of their own; here they have a path of their own on the same port."""

    def spot_ws_path(self) -> str:
        """What stands for that host in the listening line, with its leading slash."""
        ...


FAULT_STATUS = {
    FaultKind.ERROR_500_BEFORE: 500,
    FaultKind.ERROR_500_AFTER: 500,
    FaultKind.ERROR_503_AFTER: 503,
    FaultKind.RATE_LIMIT: 429,
    FaultKind.BAN: 418,
    FaultKind.REJECT: 400,
    FaultKind.MAINTENANCE: 503,
}
"""HTTP status that each injected error has on every venue unless its documentation says otherwise."""
