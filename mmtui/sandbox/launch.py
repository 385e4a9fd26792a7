"""From options to a running sandbox."""

import asyncio
import importlib
import importlib.util
import signal
from collections.abc import Callable, Sequence
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.ports.errors import SettingsError
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.crowd import Recorded
from mmtui.sandbox.faults import FaultBoard
from mmtui.sandbox.server import SandboxServer, serve
from mmtui.sandbox.sockets import Hub
from mmtui.sandbox.wire import SandboxOptions, Surroundings, WireVenue

VENUES: Final = ("backpack", "aster", "websea", "standx", "lighter")
"""Venues by name; each lives in a package of that name whose module ``venue`` has ``open_venue(surroundings)``."""

FIRST_PORT: Final = 8801


def default_port(venue: str) -> int:
    """The port of a venue where none is named: one each, from 8801 on."""
    return FIRST_PORT + VENUES.index(venue)


def open_server(
    options: SandboxOptions, recorded: Callable[[Sequence[Instrument]], Recorded] | None = None
) -> SandboxServer:
    """Build the venue and the plumbing around it. Raises SettingsError for a venue or symbol that is not there."""
    module = f"mmtui.sandbox.{options.venue}"
    if options.venue not in VENUES or importlib.util.find_spec(module) is None:
        there = ", ".join(name for name in VENUES if importlib.util.find_spec(f"mmtui.sandbox.{name}") is not None)
        raise SettingsError(f"no sandbox for this venue; there is one for {there}")
    clock, board = SandboxClock(), FaultBoard(options.faults)
    hub = Hub(board)
    venue: WireVenue = importlib.import_module(f"{module}.venue").open_venue(
        Surroundings(options, clock, hub, board, recorded)
    )
    return SandboxServer(venue, clock, board, hub)


def chosen(instruments: Sequence[Instrument], symbols: Sequence[str] | None) -> tuple[Instrument, ...]:
    """The instruments that were asked for, all without a wish. Raises SettingsError for a symbol that is not there."""
    if symbols is None:
        return tuple(instruments)
    known = {row.symbol: row for row in instruments}
    missing = [name for name in symbols if name not in known]
    if missing:
        raise SettingsError(f"--symbols: {', '.join(missing)}: not here; there are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(symbols))


def run(server: SandboxServer, port: int, said: Callable[[dict[str, Any]], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError if the port is taken."""
    asyncio.run(_run(server, port, said))


async def _run(server: SandboxServer, port: int, said: Callable[[dict[str, Any]], None]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(server, port, said, ended)
