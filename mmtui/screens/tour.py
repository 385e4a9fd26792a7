"""Four short cards for somebody who opens the terminal for the first time."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from mmtui.language import N_
from mmtui.screens.terminal import Terminal, terminal_of

CARDS: Final = (
    (
        N_("Welcome to mmtui"),
        N_(
            "The top line says where you are: {stage} is the stage. SIM and PAPER trade no real money, LIVE does.\n\n"
            "Beside it: venues, profit of all strategies, profit today, and how late the engine is. "
            "A dash means unknown, never zero."
        ),
    ),
    (
        N_("Start and stop"),
        N_(
            "{start} starts the selected strategy, {pause} takes its quotes off and on, {stop} stops it.\n\n"
            "{stop_all} stops everything and cancels every order, on every screen, without a question."
        ),
    ),
    (
        N_("Find your way"),
        N_(
            "Keys 1 to 9 open the screens: 2 is the market, 5 the strategies and their settings, 6 the profit.\n\n"
            "{palette} searches everything one can do. {command_line} opens the command line: try status, params or "
            "set spread_pct 0.1. {undo} takes the last change back."
        ),
    ),
    (
        N_("Ask"),
        N_(
            "{help} shows the keys of what you are looking at. Where nothing is quoted, the dashboard and the logs say "
            "why, level by level.\n\n{quit} leaves: orders are cancelled, and you see the proof that none is left."
        ),
    ),
)
"""Title and text of each card; names in braces are keys of actions."""

_KEYS: Final = ("start", "pause", "stop", "stop_all", "palette", "command_line", "undo", "help", "quit")


class Tour(ModalScreen[None]):
    """One card at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "close", "Skip"),
        ("enter,right,space,l", "turn(1)", "Next"),
        ("left,h", "turn(-1)", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__(classes="dialog")
        self.card = 0

    def compose(self) -> ComposeResult:
        """Title, text, how to go on."""
        with Vertical(classes="card"):
            yield Label(id="title", classes="title", markup=False)
            yield Static(id="text", markup=False)
            yield Label(id="way", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """The first card."""
        self._draw()

    def action_turn(self, step: int) -> None:
        """Another card; after the last one the tour is over."""
        self.card = max(0, self.card + step)
        if self.card >= len(CARDS):
            self.dismiss()
        else:
            self._draw()

    def action_close(self) -> None:
        """Enough."""
        self.dismiss()

    def _draw(self) -> None:
        terminal = terminal_of(self)
        title, text = CARDS[self.card]
        self.query_one("#title", Label).update(f"{self.card + 1}/{len(CARDS)}  {terminal.gettext(title)}")
        self.query_one("#text", Static).update(terminal.gettext(text).format(**_named(terminal)))
        self.query_one("#way", Label).update(terminal.gettext("Enter next · ← back · Esc skip"))


def _named(terminal: Terminal) -> dict[str, str]:
    named = {name: terminal.keys.shown(name) for name in _KEYS}
    return named | {"stage": terminal.board.stage.upper()}
