"""The terminal without its screens: a desk over a real runtime on the simulated venue, in the test's own loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mmtui.commands.house import House
from mmtui.config import LoadedConfig
from mmtui.config.envfile import load_environment
from mmtui.config.panel import FIRST, Panel, panel_path
from mmtui.core.state import Phase, State
from mmtui.engine.desk import Desk
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.units import MonoNs, WallNs
from mmtui.views.board import Board, StrategyRow
from mmtui.wiring import WallClock
from tests.unit.engine_cells import until

FAST = {"order_latency_ms": 2, "report_latency_ms": 2}


class LeapingClock(WallClock):
    """The machine's clocks; at every look as much time has passed as pictures wait for, unless ``held``."""

    def __init__(self) -> None:
        self.held = False
        self.set_back_ns = 0
        self._leapt_ns = 0

    def now(self) -> WallNs:
        return WallNs(super().now() - self.set_back_ns)

    def monotonic(self) -> MonoNs:
        self._leapt_ns += 0 if self.held else 10_000_000_000
        return MonoNs(self._leapt_ns)


def first_document(**changes: object) -> dict[str, Any]:
    """The configuration of a first start on a venue that answers at once."""
    document: dict[str, Any] = json.loads(FIRST)
    document["accounts"]["sim"]["settings"] = FAST
    document["strategies"][0]["settings"]["interval"] = "0.2"
    return document | changes


def strategy(name: str, symbol: str = "ETH-PERP", **settings: str) -> dict[str, Any]:
    """Another strategy on the same account."""
    values = {"spread_pct": "0.1", "quantity": "0.1", "max_orders": 1, "interval": "0.2", "max_position": "1"}
    return {"name": name, "kind": "perp_maker", "account": "sim", "symbol": symbol, "settings": {**values, **settings}}


def write_settings(home: Path, document: Mapping[str, object]) -> Path:
    """Panel settings as a file of an earlier session."""
    path = home / "settings" / "panel_settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def saved(home: Path) -> dict[str, Any]:
    """What stands in the settings file now."""
    document: dict[str, Any] = json.loads(panel_path(home).read_text())
    return document


class Room:
    """A house with its engine running."""

    def __init__(self, home: Path, panel: Panel) -> None:
        loaded = LoadedConfig(
            config=panel.config, home=home, path=None, sources={}, environment=load_environment({}, home, None)
        )
        self.panel = panel
        self.clock = LeapingClock()
        self.house = House(loaded, panel, self.clock, "run")

    @property
    def desk(self) -> Desk:
        return self.house.desk

    @property
    def board(self) -> Board:
        return self.desk.latest

    def row(self, name: str = "maker") -> StrategyRow:
        (row,) = [row for row in self.board.strategies if row.name == name]
        return row

    def state(self, name: str = "maker") -> State:
        (state,) = [cell.state for cell in self.house.runtime.cells if cell.name == name]
        return state

    def at_the_venue(self, name: str = "maker") -> int:
        """Orders of the strategy's symbol that the venue itself holds."""
        session = self.house.links["sim"].session
        assert isinstance(session, SimSession)
        return session.venue.open_order_count("sim", self.row(name).instrument)

    async def until_quoting(self, name: str = "maker") -> None:
        self.desk.start(name)
        await until(lambda: self.at_the_venue(name) and self.state(name).phase is Phase.QUOTING)

    async def until_stopped(self, name: str = "maker") -> None:
        self.desk.stop(name, "test")
        await until(lambda: name in self.house.runtime.endings)


@asynccontextmanager
async def open_room(home: Path, document: Mapping[str, object] | None = None) -> AsyncIterator[Room]:
    """A running house; at the end everything is stopped and written."""
    if document is not None:
        write_settings(home, document)
    (home / "settings").mkdir(exist_ok=True)
    room = Room(home, Panel.open(panel_path(home)))
    engine = asyncio.create_task(room.house.runtime.run(stay=True))
    try:
        await until(lambda: all(row.bids for row in room.board.markets))
        yield room
    finally:
        room.house.runtime.close("end of the test")
        await engine
        room.house.close(0)
