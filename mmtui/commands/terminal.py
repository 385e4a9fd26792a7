"""``mmtui``: the terminal over a running engine, in one event loop. Whatever ends the terminal, the orders go first."""

import asyncio
import gc
import logging
import os
import select
import signal
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mmtui.config import Config, LoadedConfig, StrategyConfig
from mmtui.config.panel import Panel, panel_path
from mmtui.config.preferences import PanelPreferences
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.desk import Desk
from mmtui.engine.ending import exit_code
from mmtui.engine.run_files import RunFiles, journals_folder, log_file
from mmtui.engine.runtime import AccountPorts, Ending, Runtime
from mmtui.exchanges.sim.session import SimSession
from mmtui.language import chosen_language
from mmtui.model.instrument import Instrument
from mmtui.ports.errors import SettingsError
from mmtui.wiring import CellMaker, WallClock, day_text, new_run_id, resolve_symbol, sim_venue

if TYPE_CHECKING:
    from mmtui.app import MmtuiApp

log = logging.getLogger("mmtui.terminal")

EXIT_BUG = 1
YOUNG_OBJECTS = 5_000
"""New objects between two collections: a frame makes hundreds, nearly all of them gone without the collector."""

LAST_WORD_S = 0.2
"""How long a line for the person waits for a terminal that is not reading."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

AppFactory = Callable[["House"], "MmtuiApp"]


def open_panel(home: Path, given: LoadedConfig | None) -> Panel:
    """The panel settings, or the configuration of ``--config`` in their place (changes go to the panel settings)."""
    path = panel_path(home)
    return Panel.open(path) if given is None else Panel.standing_in(path, given.config)


def run(loaded: LoadedConfig, panel: Panel, *, read_only: bool) -> int:
    """Open the terminal; returns the exit code. ``loaded`` resolves paths and secrets for the panel's configuration."""

    def make_app(house: "House") -> "MmtuiApp":
        from mmtui.app import MmtuiApp

        language = chosen_language(panel.config.language, os.environ)
        store = PanelPreferences(panel)
        return MmtuiApp(house.desk, house.desk, house.desk, store, read_only=read_only, language=language)

    return run_app(loaded, panel, make_app)


def run_app(loaded: LoadedConfig, panel: Panel, make_app: AppFactory) -> int:
    """Run an App over the engine until it ends, then stop every strategy; returns the exit code."""
    _refuse_unready(panel.config)
    clock = WallClock()
    run_id = new_run_id(clock.now())
    loaded = with_config(loaded, panel.config)
    with log_file(loaded, run_id):
        house = House(loaded, panel, clock, run_id)
        code = EXIT_BUG
        try:
            code = _run_in_a_loop(_live(house, make_app))
        finally:
            code = house.close(code)
    _tell(house)
    return code


def _refuse_unready(config: Config) -> None:
    """This version trades on the simulated venue only."""
    if config.stage != "sim":
        raise SettingsError(
            f'stage "{config.stage}": this version has no adapter for a real venue; put every account on venue "sim"'
        )


def with_config(loaded: LoadedConfig, config: Config) -> LoadedConfig:
    """The same home, environment and sources with another configuration."""
    return LoadedConfig(
        config=config, home=loaded.home, path=loaded.path, sources=loaded.sources, environment=loaded.environment
    )


class House:
    """Everything behind the screens, built once: venue, runtime, desk, files."""

    def __init__(self, loaded: LoadedConfig, panel: Panel, clock: WallClock, run_id: str) -> None:
        config = panel.config
        self.clock = clock
        self.panel = panel
        self.crash = ""
        """What ended the screens, empty where nothing did."""
        self._loaded = loaded
        self._run_id = run_id
        self._runs: Counter[str] = Counter()
        self._cells: dict[str, Cell] = {}
        self._crashed = False
        self.venue, self._all = sim_venue(config)
        self._instruments = {name: self._of_account(name) for name in config.accounts}
        session = SimSession(self.venue, self._all, clock)
        ports = {name: AccountPorts(session, session) for name in config.accounts}
        self.files = RunFiles(loaded, run_id, clock.now(), day_text)
        self.runtime = Runtime([], [session], ports, clock, self._observe, self._ended)
        self.desk = Desk(panel, loaded, self.runtime, self._make_cell, self._instruments, self._find, clock)
        self.runtime.listener = self.desk.markets.hear
        for fault in panel.faults:
            self.desk.chronicle.say(clock.now(), "error", "settings", "settings_file", fault, alert=True)

    @property
    def states(self) -> list[State]:
        """The last run of each strategy; what an earlier run of it may have left, the later one has proved or named."""
        return [cell.state for cell in self._cells.values()]

    def close(self, code: int) -> int:
        """Write the last figures; returns the exit code of what the workers left."""
        for cell in self._cells.values():
            if cell.name not in self.runtime.endings and cell.recorder is not None:
                cell.recorder.journal.close(clean=False)
        bug = EXIT_BUG if self._crashed else 0
        ended = exit_code(self.states, self.runtime.endings) or bug or code
        self.files.close(self.states, self.clock.now(), ended)
        return ended

    def _of_account(self, name: str) -> tuple[Instrument, ...]:
        market = getattr(self.panel.config.accounts[name], "market", None)
        prefix = f"sim.{market.name}:" if market is not None else ""
        return tuple(instrument for instrument in self._all if instrument.id.startswith(prefix))

    def _find(self, account: str, symbol: str) -> Instrument:
        if account not in self._instruments:
            raise SettingsError(f'no account is named "{account}"; there are: {", ".join(self._instruments)}')
        return resolve_symbol(symbol, self._instruments[account], account)

    def _make_cell(self, strategy: StrategyConfig) -> Cell:
        """A fresh run of a strategy, with its own journal beside those of earlier runs. Raises StorageError."""
        number = self._runs[strategy.name] + 1
        maker = CellMaker(
            with_config(self._loaded, self.panel.config), self._run_id if number == 1 else f"{self._run_id}-{number}",
            threaded=True, journal=journals_folder(self._loaded),
        )  # fmt: skip
        instrument = self._find(strategy.account_names[0], strategy.symbol_names[0])
        cell = maker.make(strategy, instrument, self.venue.facts)
        self._runs[strategy.name] = number
        self._cells[strategy.name] = cell
        return cell

    def _observe(self, cell: Cell, result: StepResult) -> None:
        self.desk.observe(cell, result)
        if result.notes:
            self.files.books.observe(cell, result)

    def _ended(self, cell: Cell, ending: Ending) -> None:
        """A run is over: its figures and its journal are brought to the disk, the latter on a thread."""
        log.warning("%s: %s", cell.name, _last_words(cell.state))
        self._crashed = self._crashed or bool(ending.crashed)
        self.files.books.close_books(cell.state)
        self.desk.ended(cell, ending)
        if cell.recorder is not None:
            close = cell.recorder.journal.close
            asyncio.get_running_loop().run_in_executor(None, lambda: close(clean=not ending.crashed))


async def _live(house: House, make_app: AppFactory) -> int:
    """The engine and the terminal side by side; returns the terminal's code once both have ended."""
    app = make_app(house)
    app.on_first_frame = _collect_seldom
    _make_patient(app)
    loop = asyncio.get_running_loop()

    def on_signal(name: str) -> None:
        log.warning("%s: stopping everything", name)
        house.runtime.close(name)
        app.exit(0)

    with suppress(NotImplementedError):  # Windows has no such signals
        for name in SIGNALS:
            loop.add_signal_handler(getattr(signal, name), on_signal, name)
    engine = asyncio.create_task(house.runtime.run(stay=True), name="engine")
    engine.add_done_callback(lambda _: app.exit(EXIT_BUG) if app.is_running else None)
    code = EXIT_BUG
    try:
        code = await _show(app, house)
    finally:
        house.runtime.close("the terminal was closed")
        if any(not cell.stopped for cell in house.runtime.cells):
            log.warning("the terminal has ended: stopping every strategy")
            _say("stopping every strategy; this takes a moment")
        code = await _until_over(engine, house) or code
    return code


def _collect_seldom() -> None:
    """What stands after the first frame stands to the end: the collector of cycles need not look at it again.

    A collection over a whole Textual tree holds the loop for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 50)


def _make_patient(app: "MmtuiApp") -> None:
    """A terminal that stops reading must not stop the engine."""
    try:
        from mmtui.screens.patient_drivers import be_patient
    except ImportError:  # Windows has no termios, and Textual another driver
        return
    be_patient(app)


async def _until_over(engine: asyncio.Task[None], house: House) -> int:
    """Wait for the engine; returns 0, or the code of a bug of its own, which is told and logged."""
    try:
        await engine
    except Exception as error:
        log.exception("the engine failed")
        house.crash = f"the engine: {type(error).__name__}: {error}"
        return EXIT_BUG
    return 0


async def _show(app: "MmtuiApp", house: House) -> int:
    """The screens, until they end in whatever way: a failure of theirs is told and logged, never raised."""
    try:
        await app.run_async()
        crash = app.crash
    except Exception as error:  # noqa: BLE001 - the engine must outlive whatever a terminal can do to its driver
        crash = error
    if crash is None:
        return app.return_code or 0
    log.error("the terminal failed", exc_info=crash)
    house.crash = f"{type(crash).__name__}: {crash}"
    return EXIT_BUG


def _run_in_a_loop(work: Coroutine[None, None, int]) -> int:
    """asyncio.run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    return uvloop.run(work)


def _tell(house: House) -> None:
    """Last words on stderr: the proof, or what may remain."""
    if house.crash:
        _say(f"failed: {house.crash}; the traceback is in the log")
    for state in house.states:
        _say(f"{state.strategy}: {_last_words(state)}")


def _last_words(state: State) -> str:
    """How a run ended and whether that is proved."""
    reason = "unknown" if state.stop is None else state.stop.reason
    if state.stop is not None and state.stop.proven:
        return f"stopped ({reason}); the venue, asked twice, shows none of our orders"
    return f"stopped ({reason}); NOT PROVEN, may remain: {', '.join(state.orders.live) or 'unknown'}"


def _say(text: str) -> None:
    """One line on stderr, where there still is somebody who reads it: a stalled terminal is not waited for."""
    with suppress(OSError, ValueError):
        if sys.platform != "win32" and not select.select([], [sys.stderr], [], LAST_WORD_S)[1]:
            return
        print(f"mmtui: {text}", file=sys.stderr, flush=True)
