"""Cells on the simulated venue, built as wiring builds them, for tests of the engine."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from mmtui.config import LoadedConfig, load
from mmtui.engine.cell import Cell
from mmtui.engine.room import AccountRoom
from mmtui.engine.timeline import ResultObserver, Timeline
from mmtui.model.instrument import Instrument
from mmtui.simulation.venue import Venue
from mmtui.wiring import SIM_START_NS, fixed_run_id, rooms_for, sim_cells, sim_venue
from mmtui.wiring.cells import CellMaker
from tests.acceptance.processes import write_config


async def until(condition: Callable[[], object], patience_s: float = 60.0) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - the engine has no event for each thing a test waits for
            await asyncio.sleep(0.001)


class Bench:
    """A configuration on the simulated venue: its cells, its rooms, its venue."""

    def __init__(self, home: Path, document: Mapping[str, object], *, threaded: bool = False) -> None:
        self.loaded: LoadedConfig = load(write_config(home, document), home, process={})
        self.venue: Venue
        self.instruments: list[Instrument]
        self.venue, self.instruments = sim_venue(self.loaded.config)
        self.journal = home / "journal"
        run_id = fixed_run_id(self.loaded.config, "sim")
        maker = CellMaker(self.loaded, run_id, threaded=threaded, journal=self.journal)
        self.cells: list[Cell] = sim_cells(self.loaded, maker, self.venue, self.instruments)
        self.rooms: dict[str, AccountRoom] = rooms_for(self.cells)

    def run(self, seconds: int, observe: ResultObserver | None = None, begin_ns: int = SIM_START_NS) -> Timeline:
        """Trade for so long on simulated time, then stop and close the journals."""
        timeline = Timeline(self.cells, self.venue, self.rooms, observe)
        timeline.begin(begin_ns)
        timeline.run_until(begin_ns + seconds * 1_000_000_000)
        timeline.stop("end of the test")
        self.close()
        return timeline

    def close(self) -> None:
        for cell in self.cells:
            if cell.recorder is not None:
                cell.recorder.journal.close()
