"""The headless runner: the engine without a terminal. JSON lines on stdout, narration on stderr, exit codes."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Collection, Coroutine, Sequence

from msgspec.structs import replace

from mmtui import __version__
from mmtui.config import LoadedConfig
from mmtui.config.run import RunOptions
from mmtui.core.state import Phase
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell, states_of
from mmtui.engine.ending import exit_code, proven
from mmtui.engine.proof import equity_change, residual
from mmtui.engine.publish_legs import cell_row
from mmtui.engine.run_files import RunFiles, journals_folder, log_file
from mmtui.engine.runtime import Ending, Runtime
from mmtui.engine.timeline import Timeline
from mmtui.headless.lines import JsonLines
from mmtui.headless.narration import Narrator
from mmtui.headless.signals import StopSignals
from mmtui.headless.streams import StandardStreams
from mmtui.headless.summary import summary_line
from mmtui.language import chosen_language
from mmtui.model.notes import Note, NoteLevel
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.wiring import (
    SIM_START_NS,
    WallClock,
    close_files,
    day_text,
    fixed_run_id,
    new_run_id,
    rooms_for,
    sim_cells,
    sim_venue,
    unused_run_id,
)
from mmtui.wiring.cells import CellMaker
from mmtui.wiring.consent import need_consent
from mmtui.wiring.venues import open_venues

log = logging.getLogger("mmtui.headless")

EXIT_STORAGE = 2
EXIT_INTERRUPTED = 130
BLOCK_EVERY_NS = 5 * NS_PER_S
MAX_SPEED_DURATION_NS = 3_600 * NS_PER_S
"""How long a run at full speed simulates where the configuration names no duration."""

SLICE_NS = 10 * NS_PER_S
"""How much simulated time a run at full speed covers between two looks for signals."""


def main(loaded: LoadedConfig, options: RunOptions) -> int:
    """Run a configuration to its end; returns the exit code. Raises MmtuiError for what the user can mend."""
    if loaded.config.stage == "live":
        need_consent(loaded, given=options.consent)
    with StandardStreams() as streams, StopSignals() as signals:
        teller = Teller(streams, chosen_language(loaded.config.language, os.environ))
        if options.max_speed:
            return _run_fast(loaded, teller, signals)
        return _run_on_the_clock(loaded, teller, signals)


class Teller:
    """The two voices of a run: lines for scripts, words for people."""

    def __init__(self, streams: StandardStreams, language: str) -> None:
        self.lines = JsonLines(streams.out.write)
        self.narrator = Narrator(streams.err.write, language, colour=streams.terminal, tty=streams.terminal)

    def alarm(self, event: str, message: str, time_ns: int, strategy: str = "") -> None:
        """Tell both that something is wrong with the run itself."""
        self.lines.event(event, time_ns, strategy=strategy or None, message=message)
        self.narrator.line(Note(time_ns, NoteLevel.ERROR, event, message), strategy or "mmtui", time_ns)

    def summarise(self, cells: Sequence[Cell], code: int, seconds: float, crashed: Collection[str] = ()) -> None:
        """The last words. After a crash, and without proof of the end, nobody vouches for the books.

        What should prove them is unknown then, and so is a position that orders left behind may have changed.
        """
        unsure = {cell.name for cell in cells if cell.name in crashed or any(not proven(leg) for leg in cell.legs)}
        rows = [cell_row(cell) for cell in cells]
        rows = [replace(row, position=None) if row.name in unsure else row for row in rows]
        states = states_of(cells)
        for row in rows:
            self.narrator.report(row)
        change, rest = (None, None) if unsure else (equity_change(states), residual(states))
        self.lines.document(summary_line(rows, code, seconds, change, rest))


class Reporter:
    """Tells what steps say: JSON lines, narration, ledger."""

    def __init__(self, teller: Teller, files: "RunFiles | None") -> None:
        self._teller = teller
        self._files = files
        self._told_ns: dict[str, int] = {}
        self._journal_told: set[str] = set()
        self._ledger_told = False

    def observe(self, cell: Cell, result: StepResult) -> None:
        """One step's notes; now and then the four blocks."""
        state, teller = cell.state, self._teller
        if result.notes:
            teller.lines.notes(cell.name, result.notes)
            for note in result.notes:
                teller.narrator.line(note, cell.name, note.time_ns)
        if self._files is not None:
            self._files.observe(cell, result)
            if result.notes:
                self.ledger_failed(state.now_ns)
        if state.journal_failed:
            self.journals_failed([cell])
        if state.phase is Phase.QUOTING and state.now_ns - self._told_ns.get(cell.name, 0) >= BLOCK_EVERY_NS:
            self._told_ns[cell.name] = state.now_ns
            teller.narrator.block(cell_row(cell), state.now_ns)

    def ledger_failed(self, time_ns: int) -> bool:
        """Tell, once, why the ledger is behind; False while all is well. Trading goes on: it waits for the disk."""
        failure = None if self._files is None else self._files.ledger.failure
        if failure is not None and not self._ledger_told:
            self._ledger_told = True
            self._teller.alarm("ledger_failed", str(failure), time_ns)
        return failure is not None

    def journals_failed(self, cells: Sequence[Cell]) -> bool:
        """Tell, once each, why journals cannot be written; False while all is well."""
        failed = False
        for cell in cells:
            failure = None if cell.recorder is None else cell.recorder.journal.failure
            if failure is None:
                continue
            failed = True
            if cell.name not in self._journal_told:
                self._journal_told.add(cell.name)
                self._teller.alarm("journal_failed", f"{failure} (no new orders)", cell.state.now_ns, cell.name)
        return failed


# ---------------------------------------------------------------------------------------------------- full speed


def _run_fast(loaded: LoadedConfig, teller: Teller, signals: StopSignals) -> int:
    """Stage sim on simulated time, as fast as it goes; deterministic."""
    begun = time.perf_counter()
    journals = journals_folder(loaded)
    run_id = unused_run_id(journals, fixed_run_id(loaded.config, "sim"))
    venue, instruments = sim_venue(loaded.config)
    cells = sim_cells(loaded, CellMaker(loaded, run_id, threaded=False, journal=journals), venue, instruments)
    reporter = Reporter(teller, None)
    timeline = Timeline(cells, venue, rooms_for(cells), reporter.observe)
    with close_files(cells):
        timeline.begin(SIM_START_NS)
        until_ns = SIM_START_NS
        end_ns = SIM_START_NS + max(cell.state.policy.duration_ns or MAX_SPEED_DURATION_NS for cell in cells)
        while until_ns < end_ns and not timeline.ended and not signals.first:
            until_ns = min(until_ns + SLICE_NS, end_ns)
            timeline.run_until(until_ns)
        timeline.stop(signals.first or "end of simulated time")
    code = exit_code(states_of(cells))
    if reporter.journals_failed(cells):
        code = code or EXIT_STORAGE
    teller.summarise(cells, code, time.perf_counter() - begun)
    return code


# ---------------------------------------------------------------------------------------------------- on the clock


def _run_on_the_clock(loaded: LoadedConfig, teller: Teller, signals: StopSignals) -> int:
    """Any stage in real time."""
    run_id = new_run_id(WallClock().now())
    with log_file(loaded, run_id):
        return _run_in_a_loop(_on_the_clock(loaded, teller, signals, run_id))


async def _on_the_clock(loaded: LoadedConfig, teller: Teller, signals: StopSignals, run_id: str) -> int:
    """Open the venues, run, close."""
    begun = time.perf_counter()
    clock = WallClock()
    venues = await open_venues(loaded, clock)
    cells: list[Cell] = []
    try:
        cells = venues.cells(loaded, CellMaker(loaded, run_id, threaded=True, journal=journals_folder(loaded)))
        files = RunFiles(loaded, run_id, clock.now(), day_text)
        reporter = Reporter(teller, files)
        endings = Endings(teller, clock)
        runtime = Runtime(cells, venues.sessions, venues.ports, clock, reporter.observe, endings.told)
        teller.lines.event("start", clock.now(), run_id=run_id, stage=loaded.config.stage, version=__version__)
        with close_files(cells, endings.crashed):
            interrupted_early = await _run(runtime, cells, signals)
    finally:
        await venues.close(proven=all(proven(state) for state in states_of(cells)))
    states = states_of(cells)
    code = exit_code(states, runtime.endings)
    if interrupted_early:
        code = code or EXIT_INTERRUPTED
    if reporter.journals_failed(cells):
        code = code or EXIT_STORAGE
    files.close(states, clock.now(), code)
    if reporter.ledger_failed(clock.now()):
        code = code or EXIT_STORAGE
    teller.summarise(cells, code, time.perf_counter() - begun, endings.crashed)
    return code


class Endings:
    """Tells at once when a worker has failed; the others go on."""

    def __init__(self, teller: Teller, clock: Clock) -> None:
        self.crashed: set[str] = set()
        self._teller = teller
        self._clock = clock

    def told(self, cell: Cell, ending: Ending) -> None:
        """A worker has ended."""
        if not ending.crashed:
            return
        self.crashed.add(cell.name)
        left = ", ".join(ending.survivors)
        orders = f"these orders may remain: {left}" if left else "its orders are cancelled, the venue shows none"
        self._teller.alarm("crashed", f"stopped by a bug: {ending.crashed}; {orders}", self._clock.now(), cell.name)


async def _run(runtime: Runtime, cells: Sequence[Cell], signals: StopSignals) -> bool:
    """Run until all have ended; True if a signal came before anything was quoted."""
    interrupted: list[bool] = []
    loop = asyncio.get_running_loop()

    def on_signal(name: str) -> None:
        if not interrupted:
            interrupted.append(all(not state.orders.counters.placed for state in states_of(cells)))
        runtime.stop_all(name)

    signals.listen(lambda name: _hand_over(loop, on_signal, name))
    try:
        await runtime.run()
    finally:
        signals.listen(None)
    return bool(interrupted and interrupted[0])


def _hand_over(loop: asyncio.AbstractEventLoop, listener: Callable[[str], None], name: str) -> None:
    """From a signal handler, which may interrupt anything, into the loop."""
    loop.call_soon_threadsafe(listener, name)


def _run_in_a_loop(work: Coroutine[None, None, int]) -> int:
    """asyncio.run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    return uvloop.run(work)
