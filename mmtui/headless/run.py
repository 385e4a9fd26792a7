"""The headless runner: the engine without a terminal. JSON lines on stdout, narration on stderr, signals, exit codes."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmtui import __version__
from mmtui.config import LoadedConfig
from mmtui.config.run import RunOptions
from mmtui.core.state import Phase, State
from mmtui.core.step import StepResult
from mmtui.engine.bookkeeping import Bookkeeper
from mmtui.engine.cell import Cell
from mmtui.engine.ending import exit_code
from mmtui.engine.proof import equity_change, residual
from mmtui.engine.publish import strategy_row
from mmtui.engine.runtime import AccountPorts, Runtime
from mmtui.engine.timeline import Timeline
from mmtui.exchanges.sim.session import SimSession
from mmtui.headless.lines import JsonLines
from mmtui.headless.narration import Narrator
from mmtui.headless.summary import summary_line
from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import SettingsError, StorageError
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import RunRow
from mmtui.wiring import (
    SIM_START_NS,
    CellMaker,
    WallClock,
    day_text,
    fixed_run_id,
    new_run_id,
    rooms_for,
    sim_cells,
    sim_venue,
)

log = logging.getLogger("mmtui.headless")

EXIT_INTERRUPTED = 130
BLOCK_EVERY_NS = 5 * NS_PER_S
MAX_SPEED_DURATION_NS = 3_600 * NS_PER_S
"""How long a run at full speed simulates where the configuration names no duration."""


def main(loaded: LoadedConfig, options: RunOptions) -> int:
    """Run a configuration to its end; returns the exit code. Raises MmtuiError for what the user can mend."""
    if loaded.config.stage != "sim":
        raise SettingsError(
            f'stage "{loaded.config.stage}": this version has no adapter for a real venue; '
            'put every account on venue "sim"'
        )
    return _run_fast(loaded) if options.max_speed else _run_on_the_clock(loaded)


class Reporter:
    """Tells what steps say: JSON lines, narration, ledger."""

    def __init__(self, lines: JsonLines, narrator: Narrator, books: Bookkeeper | None) -> None:
        self._lines = lines
        self._narrator = narrator
        self._books = books
        self._told_ns: dict[str, int] = {}

    def observe(self, cell: Cell, result: StepResult) -> None:
        """One step's notes; now and then the four blocks."""
        state = cell.state
        if result.notes:
            self._lines.notes(cell.name, result.notes)
            for note in result.notes:
                self._narrator.line(note, cell.name, note.time_ns)
            if self._books is not None:
                self._books.observe(cell, result)
        if state.phase is Phase.QUOTING and state.now_ns - self._told_ns.get(cell.name, 0) >= BLOCK_EVERY_NS:
            self._told_ns[cell.name] = state.now_ns
            self._narrator.block(strategy_row(state), state.now_ns)


class RunFiles:
    """The ledger of a run and the row that says how it went."""

    def __init__(self, loaded: LoadedConfig, run_id: str, started_ns: int, lines: JsonLines) -> None:
        self._lines = lines
        self._row = RunRow(
            run_id=run_id, started_ns=started_ns, stage=loaded.config.stage, mmtui_version=__version__,
            configuration="" if loaded.path is None else str(loaded.path),
        )  # fmt: skip
        path = loaded.under_home(loaded.config.storage.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.ledger = LedgerWriter(path, self._failed)
        self.ledger.put(self._row)
        self.books = Bookkeeper(self.ledger, run_id, day_text)

    def _failed(self, error: StorageError) -> None:
        log.error("%s", error)

    def close(self, states: Sequence[State], ended_ns: int, code: int) -> None:
        """Write the last figures and wait for the disk."""
        for state in states:
            self.books.close_books(state)
        row = self._row
        reason = "; ".join(sorted({state.stop.reason for state in states if state.stop is not None}))
        self.ledger.put(
            RunRow(
                run_id=row.run_id, started_ns=row.started_ns, stage=row.stage, mmtui_version=row.mmtui_version,
                configuration=row.configuration, ended_ns=ended_ns, exit_code=code, reason=reason,
            )
        )  # fmt: skip
        self.ledger.close()


def _outputs(loaded: LoadedConfig) -> tuple[JsonLines, Narrator]:
    lines = JsonLines(_flushing)
    narrator = Narrator(sys.stderr.write, loaded.config.language, colour=sys.stderr.isatty())
    return lines, narrator


def _flushing(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _journal_folder(loaded: LoadedConfig, run_id: str) -> Path | None:
    """Where this run's journals go; None where none is kept."""
    journal = loaded.config.journal
    return None if journal.record == "off" else loaded.under_home(journal.directory) / run_id


def _summarise(lines: JsonLines, narrator: Narrator, states: Sequence[State], code: int, seconds: float) -> None:
    rows = [strategy_row(state) for state in states]
    for row in rows:
        narrator.report(row)
    lines.document(summary_line(rows, code, seconds, equity_change(states), residual(states)))


# ---------------------------------------------------------------------------------------------------- full speed


def _run_fast(loaded: LoadedConfig) -> int:
    """Stage sim on simulated time, as fast as it goes; deterministic."""
    begun = time.perf_counter()
    lines, narrator = _outputs(loaded)
    run_id = fixed_run_id(loaded.config)
    venue, instruments = sim_venue(loaded.config)
    maker = CellMaker(loaded, run_id, threaded=False, journal=_fresh(_journal_folder(loaded, run_id)))
    cells = sim_cells(loaded, maker, venue, instruments)
    reporter = Reporter(lines, narrator, None)
    timeline = Timeline(cells, venue, rooms_for(cells), reporter.observe)
    timeline.begin(SIM_START_NS)
    timeline.run_until(SIM_START_NS + MAX_SPEED_DURATION_NS)
    timeline.stop("end of simulated time")
    _close_journals(cells)
    states = [cell.state for cell in cells]
    code = exit_code(states)
    _summarise(lines, narrator, states, code, time.perf_counter() - begun)
    return code


def _fresh(folder: Path | None) -> Path | None:
    """A folder for a deterministic run's journal: beside older ones of the same name, never over them."""
    if folder is None or not folder.exists():
        return folder
    number = 2
    while (found := folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return found


def _close_journals(cells: Sequence[Cell]) -> None:
    for cell in cells:
        if cell.recorder is not None:
            cell.recorder.journal.close()


# ---------------------------------------------------------------------------------------------------- on the clock


def _run_on_the_clock(loaded: LoadedConfig) -> int:
    """Stage sim in real time."""
    begun = time.perf_counter()
    clock = WallClock()
    run_id = new_run_id(clock.now())
    lines, narrator = _outputs(loaded)
    with _log_file(loaded, run_id):
        venue, instruments = sim_venue(loaded.config)
        maker = CellMaker(loaded, run_id, threaded=True, journal=_journal_folder(loaded, run_id))
        cells = sim_cells(loaded, maker, venue, instruments)
        session = SimSession(venue, instruments, clock)
        files = RunFiles(loaded, run_id, clock.now(), lines)
        ports = {name: AccountPorts(session, session) for name in loaded.config.accounts}
        reporter = Reporter(lines, narrator, files.books)
        runtime = Runtime(cells, [session], ports, clock, loaded.config.stage, reporter.observe)
        lines.event("start", clock.now(), run_id=run_id, stage=loaded.config.stage, version=__version__)
        interrupted_early = _run_loop(runtime, cells)
        _close_journals(cells)
        states = [cell.state for cell in cells]
        code = EXIT_INTERRUPTED if interrupted_early else exit_code(states, runtime.endings)
        files.close(states, clock.now(), code)
        for name, ending in runtime.endings.items():
            if ending.crashed:
                lines.event("crashed", clock.now(), strategy=name, reason=ending.crashed)
        _summarise(lines, narrator, states, code, time.perf_counter() - begun)
    return code


def _run_loop(runtime: Runtime, cells: Sequence[Cell]) -> bool:
    """Run until all have ended; True if a signal came before anything was quoted."""
    interrupted: list[bool] = []

    def on_signal(name: str) -> None:
        if not interrupted:
            interrupted.append(all(not cell.state.orders.counters.placed for cell in cells))
        runtime.stop_all(name)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, on_signal, number.name)
        await runtime.run()

    _runner(run())
    return bool(interrupted and interrupted[0])


def _runner(main_task: object) -> None:
    """asyncio.run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        asyncio.run(main_task)  # type: ignore[arg-type] - a coroutine, see the caller
    else:
        uvloop.run(main_task)  # type: ignore[arg-type] - a coroutine, see the caller


@contextmanager
def _log_file(loaded: LoadedConfig, run_id: str) -> Iterator[None]:
    """JSON lines of the program's own log, one file a run."""
    folder = loaded.under_home(loaded.config.logs.directory)
    path = folder / f"{run_id}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError as error:
        raise StorageError(f"logs.directory: {folder}: {error.strerror}; name a folder that can be written") from None
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("mmtui")
    root.addHandler(handler)
    root.propagate = False
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        import msgspec

        line = {
            "ts": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()
