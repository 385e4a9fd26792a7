"""The desk: everything a front end sees and says, over a running engine.

It holds the configured strategies (running or not), makes a Board when somebody looks and something changed, and turns
the operator's words into events or changes of the panel settings. It never waits: what takes time is a query.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from mmtui.config import LoadedConfig, StrategyConfig
from mmtui.config.panel import Panel, legs_of, settings_faults, typed_settings
from mmtui.core.state import Phase, State
from mmtui.core.step import StepResult
from mmtui.engine.account_rows import account_rows, day_net, secrets_set, total
from mmtui.engine.answers import LedgerAnswers
from mmtui.engine.cell import Cell, states_of
from mmtui.engine.chronicle import Chronicle
from mmtui.engine.diagnosis import diagnose
from mmtui.engine.idle import idle_row
from mmtui.engine.kind_faces import kind_faces
from mmtui.engine.markets import Markets
from mmtui.engine.preview import preview
from mmtui.engine.proof import residual
from mmtui.engine.publish import PUBLISH_EVERY_NS, settings_text
from mmtui.engine.publish_legs import pair_rows
from mmtui.engine.runtime import Ending, Runtime
from mmtui.engine.strategy_rows import held, places, run_row
from mmtui.engine.terms import limits_of
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError
from mmtui.strategies import kind as find_kind
from mmtui.views.board import Board, FillRow, LogRow, StrategyRow
from mmtui.views.queries import DayRow, Finding, HistoryFilter, KindFace, OrderHistoryRow, Preview

CellFactory = Callable[[StrategyConfig], Cell]
InstrumentFinder = Callable[[str, str], Instrument]
"""(account, symbol as written) -> instrument. Raises SettingsError."""

_AGING_NS = 10 * PUBLISH_EVERY_NS

RUNNING = (Phase.PREPARING, Phase.QUOTING, Phase.PAUSED, Phase.STOPPING)


BeforeStart = Callable[[StrategyConfig, Callable[[], None]], None]
"""Does what must be done at the venue before a strategy starts, then calls back; may take its time."""


def _at_once(_strategy: StrategyConfig, begin: Callable[[], None]) -> None:
    """Nothing has to be done before."""
    begin()


class Desk:
    """BoardSource, CommandSink and Queries in one, for the terminal."""

    def __init__(
        self,
        panel: Panel,
        loaded: LoadedConfig,
        runtime: Runtime,
        make_cell: CellFactory,
        instruments: Mapping[str, tuple[Instrument, ...]],
        find_instrument: InstrumentFinder,
        clock: Clock,
        before_start: BeforeStart = _at_once,
    ) -> None:
        self.chronicle = Chronicle()
        self._before_start = before_start
        self.markets = Markets(instrument for owned in instruments.values() for instrument in owned)
        self._panel = panel
        self._loaded = loaded
        self._runtime = runtime
        self._make_cell = make_cell
        self._find_instrument = find_instrument
        self._instruments = instruments
        self._clock = clock
        self._answers = LedgerAnswers(loaded.under_home(panel.config.storage.database))
        self._secrets = secrets_set(loaded, panel.config)
        self._unusable: dict[str, str] = {}
        self._forgotten_ns: dict[str, int] = {}
        self._told_broken: set[str] = set()
        self._told_absent: dict[str, str] = {}
        self._changes = 0
        self._looked_at = (-1, -1, -1)
        self._made_at_ns = -_AGING_NS
        self._board = Board(0, 0, panel.config.stage, (), runtime.health.row())
        for strategy in panel.config.strategies:
            self._watch(strategy)

    # ------------------------------------------------------------------------------------------------ connections

    def connected(self, account: str, instruments: Sequence[Instrument]) -> None:
        """An account can be used from now on."""
        self.markets.know(instruments)
        for strategy in self._panel.config.strategies:
            if account in strategy.account_names:
                self._unusable.pop(strategy.name, None)
                self._watch(strategy)
        self._changed("info", account, "connected", "connected")

    def not_connected(self, account: str, reason: str) -> None:
        """An account cannot be used, and why; told once per reason."""
        if self._told_absent.get(account) != reason:
            self._told_absent[account] = reason
            self._changes += 1
            self.chronicle.say(self._clock.now(), "warning", account, "not_connected", reason, alert=True)

    def _not_connected(self, strategy: StrategyConfig) -> str:
        """Why the accounts of a strategy cannot be used yet; empty where they can."""
        return next((self._runtime.absent[n] for n in strategy.account_names if n in self._runtime.absent), "")

    # ------------------------------------------------------------------------------------------------ what is seen

    @property
    def latest(self) -> Board:
        """The newest picture; made anew when something changed and the last one is old enough.

        A picture a second is made in any case: ages and clocks move although nothing happens.
        """
        age_ns = self._clock.monotonic() - self._made_at_ns
        seen = (self._runtime.health.steps, self.markets.heard, self._changes)
        if age_ns >= _AGING_NS or (age_ns >= PUBLISH_EVERY_NS and seen != self._looked_at):
            self._looked_at = seen
            self._made_at_ns = self._clock.monotonic()
            self._board = self._picture(self._clock.now())
        return self._board

    @property
    def version(self) -> int:
        """Rises with every new picture."""
        return self.latest.version

    def log_since(self, number: int, limit: int = 500) -> tuple[LogRow, ...]:
        """Log lines with a higher number, oldest first."""
        return self.chronicle.log_since(number, limit)

    def observe(self, cell: Cell, result: StepResult) -> None:
        """Hear what a step told."""
        if result.notes:
            for state, notes in cell.told(result):
                self.chronicle.take(state, notes)

    def ended(self, cell: Cell, ending: Ending) -> None:
        """Hear how a worker ended."""
        self._changes += 1
        self.chronicle.ended(self._clock.now(), cell.name, ending)

    def _picture(self, now_ns: int) -> Board:
        config = self._panel.config
        self._tell_broken(now_ns)
        states = self._states()
        left = [self._runtime.left(account) for account in config.accounts]
        net = total([*(gone for gone, _ in left), *(state.pnl.net(state.reference) for state in states)])
        self.chronicle.value(now_ns, net)
        return Board(
            version=self._board.version + 1,
            time_ns=now_ns,
            stage=config.stage,
            strategies=tuple(self._row(strategy) for strategy in config.strategies),
            health=self._runtime.health.row(),
            markets=self.markets.rows(now_ns),
            accounts=account_rows(config, states, self._secrets, self._runtime.left, now_ns, self._runtime.absent),
            fills=self.chronicle.fills,
            alerts=self.chronicle.alerts,
            equity=self.chronicle.equity,
            net=net,
            day_net=total([*(gone for _, gone in left), *(day_net(state, now_ns) for state in states)]),
            residual=self._residual(states),
            log_number=self.chronicle.log_number,
            pairs=pair_rows(self._runtime.cells),
            risk=settings_text(config.risk),
            places=places(config, self._loaded, self._panel.path),
        )

    def _tell_broken(self, now_ns: int) -> None:
        """Raise an alert for every connection that has failed for good."""
        for account, cause in self._runtime.broken.items():
            if account not in self._told_broken:
                self._told_broken.add(account)
                text = f"the connection has failed: {cause}; quit and start mmtui again"
                self.chronicle.say(now_ns, "error", account, "connection_failed", text, alert=True)

    def _residual(self, states: list[State]) -> Decimal | None:
        """What the books of the last runs leave unexplained; unknown while one of them still changes the cash."""
        if not states or any(state.phase is not Phase.STOPPED for state in states):
            return None
        for account in {state.account for state in states}:
            began_ns = min(state.started_ns for state in states if state.account == account)
            if self._forgotten_ns.get(account, 0) > began_ns:
                return None  # an earlier run of one of these strategies moved cash in between
        return residual(states)

    def _states(self) -> list[State]:
        return states_of(self._runtime.cells)

    def _cell(self, strategy: str) -> Cell | None:
        return next((cell for cell in self._runtime.cells if cell.name == strategy), None)

    def _row(self, strategy: StrategyConfig) -> StrategyRow:
        cell = self._cell(strategy.name)
        if cell is not None:
            return run_row(strategy, cell, self.markets)
        fault = self._not_connected(strategy) or self._unusable.get(strategy.name)
        if fault:
            return idle_row(strategy, None, None, fault)
        instrument = self._instrument(strategy)
        return idle_row(strategy, instrument, self.markets.find(instrument.id))

    def _instrument(self, strategy: StrategyConfig) -> Instrument:
        return self._find_instrument(strategy.account_names[0], strategy.symbol_names[0])

    def _watch(self, strategy: StrategyConfig) -> None:
        """Follow the markets of a strategy; one whose symbol is not to be had stays on the Board and says so."""
        if self._not_connected(strategy):
            return
        try:
            for account, symbol in strategy.legs():
                self.markets.show(self._find_instrument(account, symbol))
        except SettingsError as error:
            self._unusable[strategy.name] = str(error)
            text = f"cannot be started: {error}; remove it, or mend {self._panel.path.name}"
            self.chronicle.say(self._clock.now(), "error", strategy.name, "unusable", text, alert=True)

    # ------------------------------------------------------------------------------------------------ what is said

    def start(self, strategy: str) -> None:
        """Run a configured strategy. Raises SettingsError if it is unknown, runs already or cannot; StorageError."""
        config = self._panel.strategy(strategy)
        earlier = self._cell(strategy)
        if earlier is not None and not earlier.stopped:
            raise SettingsError(f'"{strategy}" is running already ({earlier.state.phase.value})')
        hindrance = next(filter(None, map(self._runtime.hindrance, config.account_names)), "")
        if hindrance:
            raise SettingsError(f'"{strategy}" cannot be started: {hindrance}')
        books = [(account, self._find_instrument(account, symbol)) for account, symbol in config.legs()]

        def begin() -> None:
            cell = self._make_cell(config)
            self._forget(strategy, earlier)
            self._runtime.add(cell, [event for name, book in books for event in self.markets.so_far(name, book.id)])
            self._changed("info", strategy, "started", "start asked for")

        self._before_start(config, begin)

    def pause(self, strategy: str) -> None:
        """Quotes off, held."""
        self._running(strategy)
        self._runtime.pause(strategy)

    def resume(self, strategy: str) -> None:
        """Quote again."""
        self._running(strategy)
        self._runtime.resume(strategy)

    def stop(self, strategy: str, reason: str) -> None:
        """End one run: cancel, prove, stop."""
        self._running(strategy)
        self._runtime.stop(strategy, reason)

    def stop_all(self, reason: str) -> None:
        """End all runs."""
        self._changed("warning", "mmtui", "stop_all", f"stop all: {reason}")
        self._runtime.stop_all(reason)

    def cancel_everything(self, strategy: str) -> None:
        """Cancel all orders of its account and symbol, foreign ones too, and pause."""
        self._running(strategy)
        self._runtime.cancel_everything(strategy)

    def change_settings(self, strategy: str, values: Mapping[str, str]) -> None:
        """Check, save and put new settings in force. Raises SettingsError, StorageError."""
        self._apply(self._panel.change_settings(strategy, values))
        changed = ", ".join(f"{name} = {text}" for name, text in values.items())
        self._changed("info", strategy, "settings_changed", f"settings: {changed}")

    def change_risk(self, values: Mapping[str, str]) -> None:
        """Check, save and put new risk limits in force, for running strategies too. Raises SettingsError, StorageError.

        An account with limits of its own keeps those.
        """
        self._panel.change_risk(values)
        for state in self._states():
            if state.phase in RUNNING:
                limits = limits_of(self._panel.config.risk_for(state.account))
                self._runtime.change_limits(state.strategy, limits, state.account)
        changed = ", ".join(f"{name} = {text}" for name, text in values.items())
        self._changed("warning", "mmtui", "limits_changed", f"risk limits: {changed}")

    def undo(self, strategy: str) -> bool:
        """Take the last change of settings back."""
        before = self._panel.undo(strategy)
        if before is None:
            return False
        self._apply(before)
        self._changed("info", strategy, "settings_undone", "the last change of settings was taken back")
        return True

    def add(self, name: str, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> None:
        """Configure a new strategy. Raises SettingsError, StorageError."""
        for leg in legs_of(account, symbol):
            self._find_instrument(*leg)
        self._watch(self._panel.add(name, kind, account, symbol, values))
        self._changed("info", name, "strategy_added", f"added: {kind} on {account} {symbol}")

    def remove(self, strategy: str) -> None:
        """Forget a strategy that does not run. Raises SettingsError."""
        cell = self._cell(strategy)
        if cell is not None and not cell.stopped:
            raise SettingsError(f'"{strategy}" is running; stop it first')
        self._panel.remove(strategy)
        self._forget(strategy, cell)
        self._unusable.pop(strategy, None)
        self._changed("info", strategy, "strategy_removed", "removed")

    def acknowledge(self, alert: int) -> None:
        """An alert has been seen."""
        self.chronicle.acknowledge(alert)
        self._changes += 1

    def _forget(self, strategy: str, cell: Cell | None) -> None:
        """Let the ended run of a strategy go; its profit or loss stays in the rooms of its accounts."""
        if cell is None:
            return
        self._runtime.remove(strategy)
        for state in cell.legs:
            self._forgotten_ns[state.account] = max(self._forgotten_ns.get(state.account, 0), state.now_ns)

    def _running(self, strategy: str) -> None:
        self._panel.strategy(strategy)
        cell = self._cell(strategy)
        if cell is None or cell.stopped:
            raise SettingsError(f'"{strategy}" does not run')

    def _apply(self, strategy: StrategyConfig) -> None:
        """New settings reach a running worker as an event."""
        cell = self._cell(strategy.name)
        if cell is not None and not cell.stopped:
            self._runtime.change_settings(strategy.name, strategy.settings)

    def _changed(self, level: str, strategy: str, event: str, text: str) -> None:
        self._changes += 1
        self.chronicle.say(self._clock.now(), level, strategy, event, text)

    # ------------------------------------------------------------------------------------------------ what is asked

    async def preview(self, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> Preview:
        """What these settings would place now; nothing is sent."""
        faults = self.faults(kind, account, symbol, values)
        told = tuple(f"{name}: {text}" if name else text for name, text in faults.items())
        if told:
            return Preview((), "", told, None, None)
        if find_kind(kind).legs > 1:
            return Preview((), "trades on several accounts at once: its orders show once it runs", (), None, None)
        instrument = self._find_instrument(account, symbol)
        watch = self.markets.show(instrument)
        settings = typed_settings(kind, account, symbol, values, self._panel.config)
        limits = limits_of(self._panel.config.risk_for(account))
        position, balances = held(self._states(), account, instrument)
        return preview(watch, find_kind(kind), settings, limits, position, balances, self._clock.now())

    def faults(self, kind: str, account: str, symbol: str, values: Mapping[str, str]) -> dict[str, str]:
        """Faults of a strategy's values by field."""
        return settings_faults(kind, account, symbol, values, self._panel.config)

    def kinds(self) -> tuple[KindFace, ...]:
        """All kinds with their forms."""
        return kind_faces()

    def symbols(self, account: str) -> tuple[str, ...]:
        """What can be traded on an account."""
        return tuple(instrument.symbol for instrument in self._instruments.get(account.partition(",")[0], ()))

    def check(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        """Faults of values by field name."""
        account = next(iter(self._panel.config.accounts), "")
        symbols = self.symbols(account)
        return self.faults(kind, account, symbols[0] if symbols else "", values)

    async def fills(self, wanted: HistoryFilter) -> tuple[FillRow, ...]:
        """Fills of the ledger, newest first."""
        return await self._answers.fills(wanted)

    async def orders(self, wanted: HistoryFilter) -> tuple[OrderHistoryRow, ...]:
        """Orders of the ledger, newest first."""
        return await self._answers.orders(wanted)

    async def days(self) -> tuple[DayRow, ...]:
        """PnL by strategy and UTC day."""
        return await self._answers.days()

    async def export_csv(self, what: str, wanted: HistoryFilter, path: Path) -> int:
        """Write history to a CSV file."""
        return await self._answers.export_csv(what, wanted, self._loaded.under_home(str(path)))

    async def diagnose(self) -> tuple[Finding, ...]:
        """Health of accounts, streams, orders, disk."""
        markets = self.markets.rows(self._clock.now())
        return diagnose(self._states(), self._runtime.health.row(), markets, self._runtime.broken)
