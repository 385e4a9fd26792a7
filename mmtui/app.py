"""The terminal: a Textual App on a BoardSource, a CommandSink and Queries; it knows no engine and no venue.

How it ends: ``await app.run_async()`` never raises for a fault of a screen. After a crash it returns None,
``app.return_code`` is 1 and ``app.crash`` holds the exception. A person's own quit gives ``return_code`` 0, and as
result 0 where every stop was proven or nothing ran, 5 where the person went without proof. Whoever runs the App stops
the engine after either, and lets that decide the process's exit code.
"""

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Final

from textual.command import CommandPalette
from textual.screen import Screen

from mmtui.screens.actions import SCREENS, bindings
from mmtui.screens.command_line import CommandLine
from mmtui.screens.confirm import Question
from mmtui.screens.help import Help
from mmtui.screens.leaving import Leaving
from mmtui.screens.palette import ActionProvider
from mmtui.screens.strategy_actions import StrategyActions
from mmtui.screens.terminal import RUNNING
from mmtui.screens.themes import DARK
from mmtui.screens.tour import Tour
from mmtui.views.faults import MmtuiError

UNPROVEN: Final = 5
"""Result of a person who left before the proof: orders may remain until the engine has said so."""

_EMPTY: Final = ("auto", "none", "null")
"""Words of the old panel for "let the strategy choose"."""

_CLASSES: Final = {
    "dashboard": "DashboardScreen",
    "market": "MarketScreen",
    "positions": "PositionsScreen",
    "orders": "OrdersScreen",
    "strategies": "StrategiesScreen",
    "pnl": "PnlScreen",
    "pair": "PairScreen",
    "logs": "LogsScreen",
    "settings": "SettingsScreen",
}


def _open_screen(name: str) -> Screen[Any]:
    """Import a screen when it is first shown, so that the first frame does not wait for all of them."""
    screen: Screen[Any] = getattr(import_module(f"mmtui.screens.{name}"), _CLASSES[name])()
    return screen


def _read_screens() -> None:
    for name in _CLASSES:
        import_module(f"mmtui.screens.{name}")


class MmtuiApp(StrategyActions):
    """The App with all its screens."""

    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        name: partial(_open_screen, name) for name, _title, _meaning in SCREENS
    }
    DEFAULT_MODE = "dashboard"
    BINDINGS = bindings("app")

    on_first_frame: Callable[[], object] | None = None
    """Called once, when everything of the first screen stands."""

    _history: list[str]
    _asked_to_quit = False

    def on_mount(self) -> None:
        """Look as chosen, speak of what was wrong with the choices, show the tour once."""
        self._history = []
        self.set_keymap(self.keys.as_textual())
        for fault in (*self.store.faults, *self.keymap_faults, *self._use_theme(self.preferences.theme)):
            self.tell(fault, "warning")
        if not self.preferences.tour_seen:
            self.call_after_refresh(self.action_tour)

    def on_ready(self) -> None:
        """The first screen has been drawn; the code of the others is read beside the loop before it is asked for."""
        self.run_worker(_read_screens, thread=True, exit_on_error=False)
        if self.on_first_frame is not None:
            self.on_first_frame()

    @property
    def crash(self) -> BaseException | None:
        """The exception that ended the App, None where none did."""
        return self._exception

    # ------------------------------------------------------------------------------------------------------- screens

    def goto(self, screen: str) -> None:
        """Show another screen by its name in the action table."""
        self.close_command_line()
        self.switch_mode(screen)

    def action_goto(self, screen: str) -> None:
        """The same, for bindings."""
        self.goto(screen)

    def action_help(self, _text: str = "") -> None:
        """Help for the focused pane and its screen."""
        self.close_command_line()
        self.show_dialog(Help(self.screen, self.context))

    def action_command_line(self, _text: str = "") -> None:
        """Open the command line."""
        self._open_command_line("")

    def _open_command_line(self, first: str) -> None:
        self.show_dialog(CommandLine(self._history, first))

    def action_status(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("status")

    def action_balance(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("balance")

    def action_orders(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("orders")

    def action_params(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("params")

    def action_symbols(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("symbols")

    def action_diagnose(self, _text: str = "") -> None:
        """The answer to the word, in the command line."""
        self._open_command_line("diagnose")

    def action_palette(self, _text: str = "") -> None:
        """Search everything one can do."""
        placeholder = self.gettext("What to do…")
        self.show_dialog(CommandPalette(providers=[ActionProvider], placeholder=placeholder))

    def action_tour(self, _text: str = "") -> None:
        """The four cards; they count as seen however they end."""
        self.show_dialog(Tour(), self._seen_tour)

    def _seen_tour(self, _nothing: None) -> None:
        self.keep(tour_seen=True)

    # --------------------------------------------------------------------------------------------- look and language

    def action_theme(self, text: str = "") -> None:
        """Use a theme by its name, or choose from the list."""
        if text:
            for fault in self._use_theme(text):
                self.tell(fault, "error")
        else:
            self.close_command_line()
            self.search_themes()

    def _use_theme(self, name: str) -> tuple[str, ...]:
        if name in self.available_themes:
            self.theme = name
            return ()
        if self.theme not in (DARK, self.preferences.theme):
            self.theme = DARK
        near = get_close_matches(name, self.available_themes, 1)
        if near:
            return (self.gettext("no theme {name}; did you mean {near}?").format(name=name, near=near[0]),)
        return (self.gettext("no theme {name}; {key} lists them").format(name=name, key=self.keys.shown("theme")),)

    def watch_theme(self, theme: str) -> None:
        """Keep what was chosen; a theme that stands in for one that is gone was not."""
        stands_in = theme == DARK and self.preferences.theme not in self.available_themes
        if self.is_running and theme != self.preferences.theme and not stands_in:
            self.keep(theme=theme)

    def action_language(self, text: str = "") -> None:
        """Speak another language; without a name, the other one."""
        self.attempt(self.set_language, text or ("zh" if self.language == "en" else "en"))

    # ------------------------------------------------------------------------------------------------------ settings

    def action_set(self, text: str = "") -> None:
        """Change one setting of the selected strategy, checked first; asks where a live run changes."""
        row = self.selected_row
        name, _, value = text.partition(" ")
        if row is None:
            self.strategy_named("")
            return
        if not value.strip():
            self.tell(self.gettext("usage: {usage}").format(usage="set <parameter> <value>"), "error")
            return
        wanted = "" if value.strip() in _EMPTY else value.strip()
        fault = self.setting_fault(row, name, wanted)
        if fault:
            self.tell(fault, "error")
            return
        changes = {name: wanted}
        question = Question(
            self.gettext("Change {name} while it trades live?").format(name=row.name),
            (f"{name}: {row.settings.get(name, '')} → {changes[name]}",),
            self.gettext("Change"),
        )
        if row.phase in RUNNING:
            self.ask_risk(question, self.consent_of(row), lambda: self._change(row.name, changes))
        else:
            self._change(row.name, changes)

    # ------------------------------------------------------------------------------------------------------- leaving

    async def action_quit(self, _text: str = "") -> None:
        """Leave; where strategies run: ask, cancel, show the proof, and only then leave. Asking twice skips nothing."""
        if self._asked_to_quit:
            return
        running = tuple(row.name for row in self.board.strategies if row.phase in RUNNING)
        if not running:
            self.exit(0)
            return
        self._asked_to_quit = True
        question = Question(
            self.gettext("Stop {count} running strategies and leave?").format(count=len(running)),
            (*running, self.gettext("Every order is cancelled first; you see the proof that none is left.")),
            self.gettext("Stop and leave"),
        )
        self.ask_either(question, lambda: self._leave(running), self._stay)

    def _stay(self) -> None:
        self._asked_to_quit = False

    def _leave(self, running: tuple[str, ...]) -> None:
        try:
            self.raw_sink.stop_all("quit")
        except MmtuiError as fault:
            self.tell_fault(fault)
        self.show_dialog(Leaving(running), lambda proven: self.exit(0 if proven else UNPROVEN))
