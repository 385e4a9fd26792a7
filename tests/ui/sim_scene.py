"""A terminal over the real engine and the simulated venue on simulated time: equal on every machine, without a loop."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, cast

from mmtui.app import MmtuiApp
from mmtui.config import LoadedConfig, StrategyConfig
from mmtui.config.envfile import load_environment
from mmtui.config.panel import Panel, first_config
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.desk import Desk
from mmtui.engine.runtime import AccountPorts, Runtime
from mmtui.engine.timeline import Timeline
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.commands import Command
from mmtui.model.events import Event
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S, MonoNs, WallNs
from mmtui.simulation.venue import Venue
from mmtui.views.preferences import Preferences
from mmtui.wiring import SIM_START_NS, resolve_symbol, rooms_for, sim_cells, sim_venue
from mmtui.wiring.cells import CellMaker
from tests.ui.fakes import FakeStore

SECOND: Final = {
    "spread_pct": "0.1",
    "quantity": "0.002",
    "max_orders": "3",
    "interval": "3",
    "max_position": "0.02",
    "inventory_skew": "0.6",
}


class SceneClock:
    """Says what the line of simulated time says."""

    def __init__(self) -> None:
        self.now_ns = SIM_START_NS

    def now(self) -> WallNs:
        return WallNs(self.now_ns)

    def monotonic(self) -> MonoNs:
        return MonoNs(self.now_ns)


class Overheard:
    """The venue as the timeline uses it; what it tells is heard by the screens too."""

    def __init__(self, venue: Venue, listen: Callable[[Event], None]) -> None:
        self._venue = venue
        self._listen = listen

    def advance(self, now_ns: int) -> Iterable[Event]:
        events = list(self._venue.advance(now_ns))
        for event in events:
            self._listen(event)
        return events

    def submit(self, command: Command, now_ns: int) -> None:
        self._venue.submit(command, now_ns)

    def next_time_ns(self) -> int | None:
        return self._venue.next_time_ns()


class SimScene:
    """The first start's strategy and one on BTC, both quoting; ``run`` lets time pass, ``app`` shows it."""

    def __init__(self, home: Path) -> None:
        self.clock = SceneClock()
        self._panel = Panel(home / "panel_settings.json", first_config())
        self._panel.add("btc", "perp_maker", "sim", "BTC-PERP", SECOND)
        loaded = LoadedConfig(self._panel.config, home, None, {}, load_environment({}, home, None))
        venue, self._instruments = sim_venue(self._panel.config)
        session = SimSession(venue, self._instruments, self.clock)
        maker = CellMaker(loaded, "picture", threaded=False, journal=None)
        cells = sim_cells(loaded, maker, venue, self._instruments)
        self.runtime = Runtime(cells, [session], {"sim": AccountPorts(session, session)}, self.clock, self._observe)
        owned: Mapping[str, tuple[Instrument, ...]] = {"sim": tuple(self._instruments)}
        self.desk = Desk(self._panel, loaded, self.runtime, _no_cell, owned, self._find, self.clock)
        heard = cast("Venue", Overheard(venue, self.desk.markets.hear))
        self._line = Timeline(cells, heard, rooms_for(cells), self._observe)
        self._line.begin(SIM_START_NS)

    def run(self, seconds: int) -> None:
        """Let simulated time pass; somebody looks once a second."""
        for _ in range(seconds):
            self.clock.now_ns += NS_PER_S
            self._line.run_until(self.clock.now_ns)
            assert self.desk.latest.time_ns == self.clock.now_ns

    def app(self) -> MmtuiApp:
        """The terminal as it is seen now: time stands still."""
        store = FakeStore(Preferences(tour_seen=True))
        return MmtuiApp(self.desk, self.desk, self.desk, store, read_only=False, language="en", now_ns=self.clock.now)

    def _observe(self, cell: Cell, result: StepResult) -> None:
        self.runtime.health.stepped(150_000, 0)
        self.desk.observe(cell, result)

    def _find(self, account: str, symbol: str) -> Instrument:
        return resolve_symbol(symbol, self._instruments, account)


def _no_cell(_strategy: StrategyConfig) -> Cell:
    raise AssertionError("a picture starts nothing")
