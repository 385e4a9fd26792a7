"""Everything behind the screens, built once: accounts, runtime, desk, files. Venues may come late, and tell why."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from mmtui.config import Config, LoadedConfig, NetworkAccount, StrategyConfig
from mmtui.config.panel import Panel
from mmtui.core.state import State
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.desk import Desk
from mmtui.engine.ending import exit_code, proven
from mmtui.engine.run_files import RunFiles, journals_folder
from mmtui.engine.runtime import Ending, Runtime
from mmtui.model.instrument import Instrument
from mmtui.ports.errors import MmtuiError, SettingsError
from mmtui.wiring import WallClock, day_text, resolve_symbol
from mmtui.wiring.cells import CellMaker
from mmtui.wiring.links import Link, open_link
from mmtui.wiring.venues import sim_links

log = logging.getLogger("mmtui.terminal")

EXIT_BUG = 1
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0
"""An account that cannot be opened is tried again after the first wait, then after twice as long each time."""


def with_config(loaded: LoadedConfig, config: Config) -> LoadedConfig:
    """The same home, environment and sources with another configuration."""
    return LoadedConfig(
        config=config, home=loaded.home, path=loaded.path, sources=loaded.sources, environment=loaded.environment
    )


class House:
    """The engine of the terminal, ready before the first frame; accounts on networks are opened while it is shown."""

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
        self.links: dict[str, Link] = sim_links(loaded, clock)
        self._streamed = {row.id for link in self.links.values() for row in link.instruments}
        self._preparing: dict[str, asyncio.Task[None]] = {}
        self._instruments = {name: link.instruments for name, link in self.links.items()}
        sessions = list({id(link.session): link.session for link in self.links.values()}.values())
        ports = {name: link.ports for name, link in self.links.items()}
        self.files = RunFiles(loaded, run_id, clock.now(), day_text)
        self.runtime = Runtime([], sessions, ports, clock, self._observe, self._ended)
        self.runtime.absent = {
            name: _why_absent(row.venue) for name, row in config.accounts.items() if name not in ports
        }
        self.desk = Desk(
            panel, loaded, self.runtime, self._make_cell, self._instruments, self._find, clock, self._before_start
        )
        self.runtime.listener = self.desk.markets.hear
        for fault in panel.faults:
            self.desk.chronicle.say(clock.now(), "error", "settings", "settings_file", fault, alert=True)

    @property
    def states(self) -> list[State]:
        """The last run of each strategy; what an earlier run of it may have left, the later one has proved or named."""
        return [leg for cell in self._cells.values() for leg in cell.legs]

    def close(self, code: int) -> int:
        """Write the last figures; returns the exit code of what the workers left."""
        for cell in self._cells.values():
            if cell.name not in self.runtime.endings and cell.recorder is not None:
                cell.recorder.journal.close(clean=False)
        bug = EXIT_BUG if self._crashed else 0
        ended = exit_code(self.states, self.runtime.endings) or bug or code
        self.files.close(self.states, self.clock.now(), ended)
        return ended

    # ------------------------------------------------------------------------------------------------ connections

    async def connect(self) -> None:
        """Open every account on a network, each for itself, again and again until it is open."""
        async with asyncio.TaskGroup() as tasks:
            for name, account in self.panel.config.accounts.items():
                if isinstance(account, NetworkAccount):
                    tasks.create_task(self._connect(name, account), name=f"connecting {name}")

    async def disconnect(self) -> None:
        """Close all connections. Where an order may be left, a venue's dead-man's switch stays armed."""
        for task in self._preparing.values():
            task.cancel()
        for name, link in self.links.items():
            own = [state for state in self.states if state.account == name]
            await link.close(proven=all(proven(state) for state in own))

    async def _connect(self, name: str, account: NetworkAccount) -> None:
        wait_s = FIRST_WAIT_S
        while name not in self.links:
            try:
                self._take_up(await open_link(self._loaded, name, account, self.clock, self._wanted_of(name)))
            except MmtuiError as error:
                reason = str(error)
            except Exception as error:
                log.exception("account %s cannot be opened", name)
                reason = f"{type(error).__name__}: {error}"
            else:
                return
            self.runtime.absent[name] = reason
            self.desk.not_connected(name, reason)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _take_up(self, link: Link) -> None:
        """An account is open: the engine, the desk and the forms know it from now on."""
        self.links[link.account] = link
        self._instruments[link.account] = link.instruments
        self.runtime.connect(link.account, link.session, link.ports)
        self.desk.connected(link.account, link.instruments)

    def _wanted_of(self, name: str) -> Callable[[Sequence[Instrument]], Sequence[Instrument]]:
        """Which market data of an account are streamed at once: those of all its strategies, running or not."""

        def wanted(instruments: Sequence[Instrument]) -> Sequence[Instrument]:
            found = {}
            for strategy in self.panel.config.strategies:
                for owner, symbol in strategy.legs():
                    if owner == name:
                        try:
                            instrument = resolve_symbol(symbol, instruments, name)
                        except SettingsError:
                            continue  # the desk tells it where the strategy is shown
                        found[instrument.id] = instrument
            fresh = [row for row in found.values() if not self._is_streamed(name, row)]
            self._streamed.update(self._stream_key(name, row) for row in fresh)
            return fresh

        return wanted

    def _stream_key(self, account: str, instrument: Instrument) -> str:
        """A live book is streamed once for all accounts; a paper venue fills on what its own account streams."""
        return instrument.id if self._loaded.config.stage == "live" else f"{account} {instrument.id}"

    def _is_streamed(self, account: str, instrument: Instrument) -> bool:
        return not self._streamed.isdisjoint((instrument.id, self._stream_key(account, instrument)))

    def _follow(self, account: str, instrument: Instrument) -> None:
        """Stream a market that no strategy needed when its account was opened."""
        session = None if self._is_streamed(account, instrument) else self.links[account].follow([instrument])
        if session is not None:
            self._streamed.add(self._stream_key(account, instrument))
            self.runtime.attend(session, [account])

    # ------------------------------------------------------------------------------------------------ strategies

    def _before_start(self, strategy: StrategyConfig, begin: Callable[[], None]) -> None:
        """Follow the markets; where leverage must be set at the venue first, the start waits for that."""
        for account, symbol in strategy.legs():
            self._follow(account, self._find(account, symbol))
        if strategy.leverage is None:
            begin()
            return
        if strategy.name in self._preparing:
            raise SettingsError(f'"{strategy.name}" is being started already')
        task = asyncio.get_running_loop().create_task(self._prepare(strategy, begin))
        self._preparing[strategy.name] = task
        task.add_done_callback(lambda _: self._preparing.pop(strategy.name, None))

    async def _prepare(self, strategy: StrategyConfig, begin: Callable[[], None]) -> None:
        try:
            for name in strategy.account_names:
                await self.links[name].set_leverage(strategy)
            begin()
        except MmtuiError as error:
            text = f"not started: {error}"
            self.desk.chronicle.say(self.clock.now(), "error", strategy.name, "not_started", text, alert=True)

    def _find(self, account: str, symbol: str) -> Instrument:
        absent = self.runtime.absent.get(account)
        if absent is not None:
            raise SettingsError(f"account {account} is not connected: {absent}")
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
        legs = [(self._find(account, symbol), self.links[account].facts) for account, symbol in strategy.legs()]
        cell = maker.make(strategy, legs)
        self._runs[strategy.name] = number
        self._cells[strategy.name] = cell
        return cell

    def _observe(self, cell: Cell, result: StepResult) -> None:
        self.desk.observe(cell, result)
        self.files.observe(cell, result)

    def _ended(self, cell: Cell, ending: Ending) -> None:
        """A run is over: its figures and its journal are brought to the disk, the latter on a thread."""
        log.warning("%s: %s", cell.name, last_words(cell.legs))
        self._crashed = self._crashed or bool(ending.crashed)
        for leg in cell.legs:
            self.files.books.close_books(leg)
        self.desk.ended(cell, ending)
        if cell.recorder is not None:
            close = cell.recorder.journal.close
            asyncio.get_running_loop().run_in_executor(None, lambda: close(clean=not ending.crashed))
        if cell.keeper is not None:
            cell.keeper.close(cell, crashed=bool(ending.crashed))

    @property
    def farewells(self) -> list[str]:
        """For each strategy that ran, how its last run ended and whether that is proved."""
        return [f"{cell.name}: {last_words(cell.legs)}" for cell in self._cells.values()]


def _why_absent(venue: str) -> str:
    """What is said of an account that is not there when the first frame is drawn."""
    return 'venue "replay" runs in "mmtui replay", not here' if venue == "replay" else "connecting"


def last_words(legs: Sequence[State]) -> str:
    """How a run ended and whether that is proved."""
    reason = next((leg.stop.reason for leg in legs if leg.stop is not None), "unknown")
    if all(proven(leg) for leg in legs):
        return f"stopped ({reason}); the venue, asked twice, shows none of our orders"
    left = [name for leg in legs if not proven(leg) for name in leg.orders.live]
    return f"stopped ({reason}); NOT PROVEN, may remain: {', '.join(left) or 'unknown'}"
