"""What every screen of the terminal shares: header, footer, alerts, and one timer that looks at the Board.

A screen derives from ``BoardScreen``, sets ``CONTEXT`` and ``BINDINGS = bindings(CONTEXT)``, yields its panes in
``compose_body`` and draws in ``show`` (fast panes) and ``show_lists`` (slow lists). It never waits, and asks the
terminal (``self.terminal``) for everything: sink, queries, language, the selected strategy.
"""

import math
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from mmtui.screens.footer import Footer
from mmtui.screens.header import AlertBar, Header, NavBar
from mmtui.screens.small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from mmtui.screens.terminal import Terminal, terminal_of
from mmtui.views.board import Board

__all__ = ["BoardScreen", "Terminal", "terminal_of"]

WIDTH_CLASSES: Final = [(0, "-too-narrow"), (LEAST_WIDTH, "-narrow"), (100, "-normal"), (160, "-wide")]
HEIGHT_CLASSES: Final = [(0, "-too-low"), (LEAST_HEIGHT, "-short"), (34, "-medium"), (50, "-tall")]


class Body(Widget):
    """What stands between header and footer: the panes of the screen."""

    def compose(self) -> ComposeResult:
        """The screen's own panes."""
        screen = self.screen
        if isinstance(screen, BoardScreen):
            yield from screen.compose_body()


class BoardScreen(Screen[None]):
    """A screen that polls the Board on one timer of its own, drawing only what is new.

    The classes ``-narrow`` (60 columns and more), ``-normal`` (100), ``-wide`` (160), ``-short`` (16 rows), ``-medium``
    (34) and ``-tall`` (50) stand on the screen for folding in CSS; below 60x16 only a message is shown.
    """

    CONTEXT: ClassVar[str] = ""
    """Name of the screen in the action table."""

    RATE_HZ: ClassVar[float] = 5.0
    """How often ``show`` may be called; halved while the engine's loop is late. At most 10."""

    LISTS_HZ: ClassVar[float] = 2.0
    """How often ``show_lists`` may be called."""

    HORIZONTAL_BREAKPOINTS = WIDTH_CLASSES
    VERTICAL_BREAKPOINTS = HEIGHT_CLASSES

    def __init__(self) -> None:
        super().__init__()
        if self.app.is_running:
            # A new screen gets the style sheet as it is; else Textual would parse and apply it all twice over.
            self._css_update_count = self.app._css_update_count  # noqa: SLF001 - nothing public says so
        self.shown_version = -1
        self._lists_version = -1
        self._timer: Timer | None = None
        self._timer_runs = False
        self._ticks = 0

    # ------------------------------------------------------------------------------------- for the screens to fill

    def compose_body(self) -> ComposeResult:
        """The panes between header and footer. Called again when the language changes."""
        raise NotImplementedError

    def show(self, board: Board) -> None:
        """Draw a new picture on the fast panes: at most ``RATE_HZ`` times a second, only while on screen."""

    def show_lists(self, board: Board) -> None:
        """Draw a new picture on the slow lists: at most ``LISTS_HZ`` times a second, only while on screen."""

    def selection_changed(self, strategy: str) -> None:
        """Another strategy was selected (here or elsewhere); ``show`` and ``show_lists`` follow at once."""

    # ------------------------------------------------------------------------------------------- what screens may use

    @property
    def terminal(self) -> Terminal:
        """The App, typed."""
        return terminal_of(self)

    def gettext(self, message: str) -> str:
        """A message in the person's language."""
        return self.terminal.gettext(message)

    def refresh_board(self) -> None:
        """Draw the present picture again although its version is known: after a filter, a selection, a resize."""
        self.shown_version = self._lists_version = -1
        self.look(lists=True)

    # -------------------------------------------------------------------------------------------------------- machinery

    def compose(self) -> ComposeResult:
        """Header, alerts, panes, footer."""
        yield Header()
        yield NavBar(self.CONTEXT)
        yield AlertBar()
        yield Body()
        yield Footer(self.CONTEXT)
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin to look."""
        self._timer = self.set_interval(1 / self.RATE_HZ, self.tick)
        self._timer_runs = True
        self.terminal.selection_signal.subscribe(self, self._follow_selection)
        self.terminal.language_signal.subscribe(self, self._speak_anew)
        self.call_after_refresh(self.refresh_board)

    def on_screen_suspend(self) -> None:
        """Hidden: no look, no drawing. A dialog above leaves the screen visible, and its figures alive."""
        if not self.is_current:
            self._sleep()

    def on_screen_resume(self) -> None:
        """Shown again: look at once."""
        if self._timer is not None:
            self._timer.resume()
            self._timer_runs = True
            self.refresh_board()

    def look(self, *, lists: bool = False) -> None:
        """Draw what is new on the Board, if anything; ``lists`` also when their turn has not come."""
        if not self.app.is_running or not self.query(Header):
            return  # the App leaves in the middle of a switch: not every pane will come
        board = self.terminal.source.latest
        self.query_one(Header).show(board, self.terminal.now_ns())
        if board.version != self.shown_version:
            self.shown_version = board.version
            self.query_one(AlertBar).show(board)
            self.query_one(Footer).show(board)
            self.query_one(NavBar).show()
            self.show(board)
        if board.version != self._lists_version and (lists or self._ticks % self._lists_every() == 0):
            self._lists_version = board.version
            self.show_lists(board)

    @property
    def is_looking(self) -> bool:
        """Whether the timer runs: the screen is visible, at most below a dialog."""
        return self._timer is not None and self._timer_runs

    def tick(self) -> None:
        """One turn of the timer: look, unless hidden, or late and it is the other frame's turn."""
        if not self.is_current:
            self._sleep()
            return
        self._ticks += 1
        lag_ms = self.terminal.source.latest.health.loop_lag_p99_ms
        if self.terminal.pace.see(lag_ms, self.terminal.now_ns()) and self._ticks % 2:
            return
        self.look()

    def _sleep(self) -> None:
        if self._timer is not None:
            self._timer.pause()
            self._timer_runs = False

    def _lists_every(self) -> int:
        return math.ceil(self.RATE_HZ / self.LISTS_HZ)

    def _follow_selection(self, strategy: str) -> None:
        self.selection_changed(strategy)
        if self.is_current:
            self.refresh_board()

    async def _speak_anew(self, _language: str) -> None:
        await self.recompose()
        self.refresh_board()
