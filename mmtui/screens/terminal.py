"""The App as screens know it: where they look, speak and ask, in which language, and what is selected."""

import hashlib
import inspect
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeVar

from msgspec.structs import replace
from textual.app import App
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.signal import Signal

from mmtui.language import translator
from mmtui.language.phrases import Phrasebook
from mmtui.screens.actions import EVERYWHERE, GOTO, Action
from mmtui.screens.confirm import Confirm, Question
from mmtui.screens.guarded_sink import ReadOnlySink
from mmtui.screens.keymap import checked_keymap
from mmtui.screens.pace import Pace
from mmtui.screens.themes import MMTUI_DARK, MMTUI_LIGHT, variable_defaults
from mmtui.views.board import Board, BoardSource, StrategyRow
from mmtui.views.faults import MmtuiError, SettingsError
from mmtui.views.preferences import Preferences, PreferencesStore
from mmtui.views.queries import Queries
from mmtui.views.sink import CommandSink

SAFE_STAGES: Final = ("sim", "paper", "replay", "audit")
"""Stages without real money; every other stage is treated as live."""

RUNNING: Final = ("preparing", "quoting", "paused", "stopping")
"""Phases in which a strategy may have orders at the venue."""

Severity = Literal["information", "warning", "error"]

DialogResult = TypeVar("DialogResult")


class InPlace(ModalScreen[None]):
    """A dialog that shows troubles where they were made: the command line."""

    def hear(self, text: str, severity: Severity) -> bool:
        """Take what is told; True if it is shown here."""
        raise NotImplementedError


class Terminal(App[int]):
    """The App without its screens: what ``BoardScreen.terminal`` offers.

    ``source``, ``sink`` and ``queries`` are the engine; ``preferences`` what the person chose. Nothing here blocks.
    """

    TITLE = "mmtui"
    CSS_PATH = Path(__file__).with_name("mmtui.tcss")
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS: ClassVar[str | None] = "*"

    def __init__(
        self,
        source: BoardSource,
        sink: CommandSink,
        queries: Queries,
        store: PreferencesStore,
        *,
        read_only: bool = False,
        language: str = "en",
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._catalogue = translator(language)
        self._phrases = Phrasebook(self._catalogue)
        super().__init__()
        self.source = source
        self.raw_sink = sink
        self.queries = queries
        self.store = store
        self.preferences = store.load()
        self._opened_read_only = read_only
        self.read_only = read_only or self.preferences.read_only
        self.sink: CommandSink = ReadOnlySink(self.gettext) if self.read_only else sink
        self.now_ns = now_ns
        self.pace = Pace()
        self.language = language
        self.selection_signal: Signal[str] = Signal(self, "selection")
        self.language_signal: Signal[str] = Signal(self, "language")
        self.keys, self.keymap_faults = checked_keymap(self.preferences.keymap)
        self._selected = ""
        for theme in (MMTUI_DARK, MMTUI_LIGHT):
            self.register_theme(theme)

    # ------------------------------------------------------------------------------------------------------- looking

    @property
    def board(self) -> Board:
        """The newest picture."""
        return self.source.latest

    @property
    def is_live(self) -> bool:
        """Whether real money trades here."""
        return self.board.stage not in SAFE_STAGES

    @property
    def selected(self) -> str:
        """Name of the selected strategy; the first of the Board where none was chosen, empty where there is none."""
        names = [row.name for row in self.board.strategies]
        return self._selected if self._selected in names else next(iter(names), "")

    @property
    def selected_row(self) -> StrategyRow | None:
        """The selected strategy's row."""
        return self.strategy_row(self.selected)

    def strategy_row(self, name: str) -> StrategyRow | None:
        """A strategy's row by its name."""
        return next((row for row in self.board.strategies if row.name == name), None)

    def select(self, strategy: str) -> None:
        """Select a strategy; every screen that shows one follows."""
        if strategy != self.selected or strategy != self._selected:
            self._selected = strategy
            self.selection_signal.publish(strategy)

    # ------------------------------------------------------------------------------------------------------ speaking

    def gettext(self, message: str) -> str:
        """A message in the person's language."""
        return self._catalogue.gettext(message)

    def say(self, text: str) -> str:
        """A reason or a message of the core or the engine in the person's language, as far as it is known."""
        known = self._catalogue.gettext(text) if text else text
        return known if known != text else self._phrases.say(text)

    def set_language(self, language: str) -> None:
        """Speak "en" or "zh" from now on and keep that.

        Raises:
            SettingsError: there is no such language.
        """
        self._catalogue = translator(language)
        self._phrases = Phrasebook(self._catalogue)
        self.language = language
        self.keep(language=language)
        self.language_signal.publish(language)

    def set_read_only(self, *, on: bool) -> None:
        """Refuse every action from now on, or act again, and keep that.

        Raises:
            SettingsError: the terminal was opened read-only, which only another start can change.
        """
        if self._opened_read_only and not on:
            raise SettingsError(self.gettext("the terminal was opened read-only; start it without --read-only to act"))
        self.read_only = on
        self.sink = ReadOnlySink(self.gettext) if on else self.raw_sink
        self.keep(read_only=on)

    def tell(self, text: str, severity: Severity = "information") -> None:
        """Show a short message that goes away by itself."""
        front = self.screen
        if not (isinstance(front, InPlace) and front.hear(text, severity)):
            self.notify(text, severity=severity, markup=False)

    def tell_fault(self, fault: MmtuiError) -> None:
        """Show what went wrong, in the person's language."""
        self.tell("\n".join(self.say(line) for line in str(fault).splitlines()), "error")

    # -------------------------------------------------------------------------------------------------------- acting

    def attempt(self, deed: Callable[..., object], *args: object) -> bool:
        """Do something that may be refused, such as a word to the sink; a refusal is shown. True if it was done."""
        try:
            deed(*args)
        except MmtuiError as fault:
            self.tell_fault(fault)
            return False
        return True

    def ask(self, question: Question, then: Callable[[], object]) -> None:
        """Ask, and do it only after a yes."""
        self.ask_either(question, then, lambda: None)

    def ask_either(self, question: Question, then: Callable[[], object], otherwise: Callable[[], object]) -> None:
        """Ask, and do one thing after a yes, another after a no."""

        def answered(yes: bool | None) -> None:
            (then if yes else otherwise)()

        self.show_dialog(Confirm(question), answered)

    def ask_risk(self, question: Question, consent: str, then: Callable[[], object]) -> None:
        """Do what adds risk: at once without real money, after a question with it.

        ``consent`` is the fingerprint of what trades (``fingerprint``); the first time the word LIVE must be typed.
        """
        if not self.is_live or self.read_only:
            then()
        elif consent in self.preferences.live_consents:
            self.ask(question, then)
        else:

            def consented() -> None:
                self.keep(live_consents=(*self.preferences.live_consents, consent))
                then()

            self.ask(replace(question, word="LIVE"), consented)

    def show_dialog(
        self, dialog: ModalScreen[DialogResult], then: Callable[[DialogResult | None], None] | None = None
    ) -> None:
        """Open a dialog above the screen; a command line that is open makes way.

        The App itself pushes it, a moment later: the answer goes to whoever pushed, and the command line is gone then.
        """
        self.close_command_line()
        self.call_next(self.push_screen, dialog, then)

    def close_command_line(self) -> None:
        """Close the command line if it is in front."""
        if isinstance(self.screen, InPlace):
            self.screen.dismiss()

    async def perform(self, row: Action, text: str = "") -> None:
        """Do a row of the action table with what was typed after its word; a screen's own row opens that screen."""
        if row.id.startswith(GOTO):
            self.goto(row.id.removeprefix(GOTO))
            return
        if row.contexts == EVERYWHERE:
            deed = getattr(self, f"action_{row.id}")
        else:
            if self.context not in row.contexts:
                self.goto(row.contexts[0])
            deed = getattr(self.front, f"action_{row.id}")
        result = deed(text) if text else deed()
        if inspect.isawaitable(result):
            await result

    def perform_later(self, row: Action, text: str = "") -> None:
        """The same, once what is in front (the palette) is gone."""
        self.call_later(self.perform, row, text)

    @property
    def front(self) -> Screen[Any]:
        """The screen in front, dialogs and the command line left out."""
        return next((screen for screen in reversed(self.screen_stack) if getattr(screen, "CONTEXT", "")), self.screen)

    @property
    def context(self) -> str:
        """Its name in the action table."""
        return str(getattr(self.front, "CONTEXT", ""))

    # --------------------------------------------------------------------------------------------------- preferences

    def keep(self, **changes: Any) -> bool:  # noqa: ANN401 - fields of Preferences
        """Change preferences and save them; a failure to save is shown and the change stays for this run."""
        self.preferences = replace(self.preferences, **changes)
        return self.attempt(self.store.save, self.preferences)

    def apply_keymap(self, overrides: Mapping[str, str]) -> tuple[str, ...]:
        """Use and keep other keys; returns one line for each fault, which leaves everything as it was."""
        keys, faults = checked_keymap(overrides)
        if not faults:
            self.keys = keys
            self.set_keymap(keys.as_textual())
            self.keep(keymap=dict(overrides))
        return faults

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours ($buy, $sell, $gain, $loss, $stage-..., $quiet) for themes that do not know them."""
        return variable_defaults(dark=self.current_theme.dark)

    # ------------------------------------------------------------------------------------------------- for the screens

    def goto(self, screen: str) -> None:
        """Show another screen by its name in the action table."""
        raise NotImplementedError


def terminal_of(node: DOMNode) -> Terminal:
    """The App of a widget or screen, typed."""
    terminal = node.app
    if not isinstance(terminal, Terminal):
        raise TypeError(f"{node} stands in no Terminal")
    return terminal


def fingerprint(kind: str, account: str, symbol: str, name: str) -> str:
    """What a consent to trade live is given for: this strategy on this account and symbol."""
    return hashlib.blake2b(f"{name}\n{kind}\n{account}\n{symbol}".encode(), digest_size=8).hexdigest()


__all__ = ["RUNNING", "SAFE_STAGES", "Preferences", "Question", "Severity", "Terminal", "fingerprint", "terminal_of"]
