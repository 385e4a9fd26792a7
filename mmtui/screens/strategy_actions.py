"""What one can do to strategies from any screen: start, pause, stop, cancel, undo, select."""

from difflib import get_close_matches

from mmtui.screens.columns import table
from mmtui.screens.confirm import Question
from mmtui.screens.terminal import RUNNING, Terminal, fingerprint
from mmtui.views.board import StrategyRow

BY_HAND = "operator"
"""The reason that stands in the journal for what a person asked for."""


class StrategyActions(Terminal):
    """The App's actions on strategies. Each takes what was typed after its word; without, the selected strategy."""

    def strategy_named(self, text: str) -> StrategyRow | None:
        """The strategy of a name or a symbol, the selected one for an empty text; what is not found is told."""
        wanted = text.strip()
        if not wanted:
            row = self.selected_row
            if row is None:
                self.tell(self.gettext("no strategy is configured; add one on the strategies screen"), "warning")
            return row
        for row in self.board.strategies:
            if row.name == wanted:
                return row
        by_symbol = [
            row for row in self.board.strategies if wanted.upper() in (row.symbol.upper(), row.instrument.upper())
        ]
        if len(by_symbol) == 1:
            return by_symbol[0]
        self.tell(self._not_found(wanted, by_symbol), "error")
        return None

    def _not_found(self, wanted: str, by_symbol: list[StrategyRow]) -> str:
        if by_symbol:
            names = ", ".join(row.name for row in by_symbol)
            return self.gettext("{symbol} is traded by several strategies: {names}; name one").format(
                symbol=wanted, names=names
            )
        known = [name for row in self.board.strategies for name in (row.name, row.symbol)]
        near = get_close_matches(wanted, known, 1)
        if near:
            return self.gettext("no strategy {name}; did you mean {near}?").format(name=wanted, near=near[0])
        return self.gettext("no strategy {name}; add one on the strategies screen").format(name=wanted)

    def action_start(self, text: str = "") -> None:
        """Start a strategy that does not run; asks first where real money trades."""
        row = self.strategy_named(text)
        if row is None:
            return
        self.select(row.name)
        if row.phase in RUNNING:
            phase = self.gettext(row.phase)
            self.tell(self.gettext("{name} runs already: {phase}").format(name=row.name, phase=phase), "warning")
            return
        question = Question(
            title=self.gettext("Start {name} with real money?").format(name=row.name),
            facts=self._start_facts(row),
            yes=self.gettext("Start"),
        )
        self.ask_risk(question, self.consent_of(row), lambda: self._start(row.name))

    def _start_facts(self, row: StrategyRow) -> tuple[str, ...]:
        gettext = self.gettext
        facts = [
            gettext("{kind} on {account}, {symbol}").format(kind=row.kind, account=row.account, symbol=row.symbol),
            *table([(name, value) for name, value in row.settings.items() if value]),
            gettext("The strategies screen shows the orders it would place now."),
        ]
        return tuple(facts)

    def _start(self, name: str) -> None:
        if self.attempt(self.sink.start, name):
            self.tell(self.gettext("{name}: starting").format(name=name))

    def action_pause(self, text: str = "") -> None:
        """Quotes off; a paused strategy quotes again."""
        row = self.strategy_named(text)
        if row is None:
            return
        if row.phase == "paused":
            self.action_resume(row.name)
        elif row.phase in ("preparing", "quoting"):
            if self.attempt(self.sink.pause, row.name):
                self.tell(self.gettext("{name}: quotes off").format(name=row.name))
        else:
            self._tell_idle(row)

    def action_resume(self, text: str = "") -> None:
        """Quote again; asks first where real money trades."""
        row = self.strategy_named(text)
        if row is None:
            return
        if row.phase != "paused":
            self._tell_idle(row)
            return
        question = Question(self.gettext("Quote again with {name}?").format(name=row.name), (), self.gettext("Resume"))
        self.ask_risk(question, self.consent_of(row), lambda: self._resume(row.name))

    def _resume(self, name: str) -> None:
        if self.attempt(self.sink.resume, name):
            self.tell(self.gettext("{name}: quoting again").format(name=name))

    def action_stop(self, text: str = "") -> None:
        """Stop one strategy, without a question."""
        row = self.strategy_named(text)
        if row is None:
            return
        if row.phase not in RUNNING:
            self._tell_idle(row)
        elif self.attempt(self.sink.stop, row.name, BY_HAND):
            self.tell(self.gettext("{name}: stopping, its orders are being cancelled").format(name=row.name))

    def action_stop_all(self, _text: str = "") -> None:
        """Stop everything, without a question and without looking at what seems to run."""
        if self.attempt(self.sink.stop_all, BY_HAND):
            self.tell(self.gettext("stopping all: every order is being cancelled"))

    def action_cancel(self, text: str = "") -> None:
        """Cancel all orders on the symbol, foreign ones too, and pause."""
        row = self.strategy_named(text)
        if row is not None and self.attempt(self.sink.cancel_everything, row.name):
            self.tell(self.gettext("{symbol}: all orders are being cancelled").format(symbol=row.symbol))

    def action_undo(self, text: str = "") -> None:
        """Take the last change of settings back."""
        row = self.strategy_named(text)
        if row is None:
            return
        question = Question(
            self.gettext("Take back the last change of {name}'s settings?").format(name=row.name),
            (),
            self.gettext("Undo"),
        )
        if row.phase in RUNNING:
            self.ask_risk(question, self.consent_of(row), lambda: self._undo(row.name))
        else:
            self._undo(row.name)

    def _undo(self, name: str) -> None:
        undone: list[bool] = []
        if self.attempt(lambda: undone.append(self.sink.undo(name))):
            done = self.gettext("{name}: last change taken back").format(name=name)
            self.tell(done if undone[0] else self.gettext("{name}: there is no change to take back").format(name=name))

    def action_select(self, text: str = "") -> None:
        """Select by name or symbol."""
        row = self.strategy_named(text)
        if row is not None:
            self.select(row.name)

    def action_next_strategy(self, _text: str = "") -> None:
        """Select the next one, round about."""
        self._select_by(1)

    def action_previous_strategy(self, _text: str = "") -> None:
        """Select the one before, round about."""
        self._select_by(-1)

    def _select_by(self, step: int) -> None:
        names = [row.name for row in self.board.strategies]
        if names:
            self.select(names[(names.index(self.selected) + step) % len(names)])

    def action_acknowledge(self, _text: str = "") -> None:
        """Tell the engine that the shown alert has been seen."""
        waiting = [row for row in self.board.alerts if not row.acknowledged]
        if waiting:
            shown = min(waiting, key=lambda row: (row.level != "error", row.number))
            self.attempt(self.sink.acknowledge, shown.number)

    def action_acknowledge_all(self, _text: str = "") -> None:
        """Tell the engine that all alerts have been seen."""
        for row in self.board.alerts:
            if not row.acknowledged and not self.attempt(self.sink.acknowledge, row.number):
                return

    def setting_fault(self, row: StrategyRow, name: str, value: str) -> str:
        """What is wrong with a new value of one setting, in the person's language; empty where nothing is."""
        if name not in row.settings:
            near = get_close_matches(name, row.settings, 1, 0.5)
            if near:
                return self.gettext("no parameter {name}; did you mean {near}?").format(name=name, near=near[0])
            known = ", ".join(row.settings)
            return self.gettext("no parameter {name}; there are: {known}").format(name=name, known=known)
        faults = self.queries.check(row.kind, {**row.settings, name: value})
        own = faults.get(name) or next(iter(faults.values()), "")
        return f"{name}: {self.say(own)}" if own else ""

    def _change(self, name: str, changes: dict[str, str]) -> None:
        if self.attempt(self.sink.change_settings, name, changes):
            told = ", ".join(f"{setting} {value}" for setting, value in changes.items())
            self.tell(self.gettext("{name}: {changes}").format(name=name, changes=told))

    def consent_of(self, row: StrategyRow) -> str:
        """What a live consent for this strategy is kept under."""
        return fingerprint(row.kind, row.account, row.symbol, row.name)

    def _tell_idle(self, row: StrategyRow) -> None:
        phase = self.gettext(row.phase)
        self.tell(self.gettext("{name} does not run: {phase}").format(name=row.name, phase=phase), "warning")
