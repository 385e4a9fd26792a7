"""``mmtui``: the terminal over a running engine, in one event loop. Whatever ends the terminal, the orders go first."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path

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

log = logging.getLogger("mmtui.terminal")

EXIT_BUG = 1


def open_panel(home: Path, given: LoadedConfig | None) -> Panel:
    """The panel settings, or the configuration of ``--config`` in their place (changes go to the panel settings)."""
    path = panel_path(home)
    return Panel.open(path) if given is None else Panel(path, given.config)


def run(loaded: LoadedConfig, panel: Panel, *, read_only: bool) -> int:
    """Open the terminal; returns the exit code. ``loaded`` resolves paths and secrets for the panel's configuration."""
    _refuse_unready(panel.config)
    clock = WallClock()
    run_id = new_run_id(clock.now())
    loaded = with_config(loaded, panel.config)
    with log_file(loaded, run_id):
        house = House(loaded, panel, clock, run_id)
        code, crashed = _run_in_a_loop(_live(house, read_only=read_only))
        ended = house.close(code)
    _tell(house, crashed)
    return EXIT_BUG if crashed and not ended else ended


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
        self.states: list[State] = []
        self._loaded = loaded
        self._run_id = run_id
        self._cells: list[Cell] = []
        self._venue, self._all = sim_venue(config)
        self._instruments = {name: self._of_account(name) for name in config.accounts}
        session = SimSession(self._venue, self._all, clock)
        ports = {name: AccountPorts(session, session) for name in config.accounts}
        self.files = RunFiles(loaded, run_id, clock.now(), day_text)
        self.runtime = Runtime([], [session], ports, clock, self._observe, self._ended)
        self.desk = Desk(
            panel, loaded, self.runtime, self._make_cell, self._find, self._instruments, clock,
            loaded.under_home(config.storage.database),
        )  # fmt: skip
        self.runtime.listener = self.desk.markets.hear
        for fault in panel.faults:
            self.desk.chronicle.say(clock.now(), "error", "settings", "settings_file", fault, alert=True)

    def close(self, code: int) -> int:
        """Write the last figures; returns the exit code of what the workers left."""
        for cell in self._cells:
            if cell.recorder is not None:
                cell.recorder.journal.close()
        states = [cell.state for cell in self._cells]
        ended = exit_code(states, self.runtime.endings) or code
        self.files.close(states, self.clock.now(), ended)
        self.states = states
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
        """A fresh run of a strategy, with its own journal beside those of earlier runs."""
        number = sum(1 for cell in self._cells if cell.name == strategy.name)
        run_id = self._run_id if not number else f"{self._run_id}-{number + 1}"
        maker = CellMaker(
            with_config(self._loaded, self.panel.config), run_id, threaded=True,
            journal=journals_folder(self._loaded),
        )  # fmt: skip
        instrument = self._find(strategy.account_names[0], strategy.symbol_names[0])
        cell = maker.make(strategy, instrument, self._venue.facts)
        self._cells.append(cell)
        return cell

    def _observe(self, cell: Cell, result: StepResult) -> None:
        self.desk.observe(cell, result)
        if result.notes:
            self.files.books.observe(cell, result)

    def _ended(self, cell: Cell, ending: Ending) -> None:
        self.files.books.close_books(cell.state)
        self.desk.ended(cell, ending)


async def _live(house: House, *, read_only: bool) -> tuple[int, str]:
    """The engine and the terminal side by side; returns the terminal's code and what crashed it, if anything."""
    from mmtui.app import MmtuiApp

    store = PanelPreferences(house.panel)
    language = chosen_language(house.panel.config.language, os.environ)
    app = MmtuiApp(house.desk, house.desk, house.desk, store, read_only=read_only, language=language)
    loop = asyncio.get_running_loop()

    def on_signal(name: str) -> None:
        log.warning("%s: stopping everything", name)
        house.runtime.close(name)
        app.exit(0)

    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal, number.name)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.runtime.run(stay=True), name="engine")
        try:
            await app.run_async()
        finally:
            house.runtime.close("the terminal was closed")
    crash = app.crash
    if crash is not None:
        log.error("the terminal failed", exc_info=crash)
    return app.return_code or 0, "" if crash is None else f"{type(crash).__name__}: {crash}"


def _run_in_a_loop(work: Coroutine[None, None, tuple[int, str]]) -> tuple[int, str]:
    """asyncio.run on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    return uvloop.run(work)


def _tell(house: House, crashed: str) -> None:
    """Last words on stderr: the proof, or what may remain."""
    if crashed:
        print(f"mmtui: the terminal failed: {crashed}; the traceback is in the log", file=sys.stderr)
    for state in _latest(house.states):
        proven = state.stop is not None and state.stop.proven
        left = ", ".join(state.orders.live) or "unknown"
        proof = "the venue, asked twice, shows none of our orders" if proven else f"NOT PROVEN, may remain: {left}"
        print(f"mmtui: {state.strategy}: stopped; {proof}", file=sys.stderr)


def _latest(states: Sequence[State]) -> list[State]:
    """The last run of each strategy."""
    return list({state.strategy: state for state in states}.values())
