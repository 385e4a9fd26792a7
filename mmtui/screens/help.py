"""Help for what is in front: the focused pane, the screen, every screen, the words; all from the action table."""

from collections.abc import Iterable
from typing import ClassVar, Final

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Label, Static

from mmtui.screens.actions import ACTIONS, SCREENS, Action, actions_of
from mmtui.screens.keymap import key_text
from mmtui.screens.numbers import cells
from mmtui.screens.terminal import Terminal, terminal_of

_KEYS_WIDTH: Final = 24

Row = tuple[str, str, str]
"""Keys, what they do, the id that a keymap moves them by."""


class Help(ModalScreen[None]):
    """Keys of the focused pane first, then the screen's, then everybody's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,f1,question_mark", "close", "Close"),
        ("j", "scroll(1)", "Down"),
        ("k", "scroll(-1)", "Up"),
    ]

    def __init__(self, below: Screen[object], context: str) -> None:
        super().__init__(classes="dialog")
        self._looked_at = below
        self._screen_context = context

    def compose(self) -> ComposeResult:
        """Title and sections, scrollable."""
        terminal = terminal_of(self)
        with VerticalScroll(classes="card wide"):
            yield Label(terminal.gettext("Help: Esc closes, arrows scroll"), classes="title", markup=False)
            for title, rows in sections(terminal, self._looked_at, self._screen_context):
                yield Label(title, classes="section", markup=False)
                yield Static(_grid(rows))

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def action_scroll(self, step: int) -> None:
        """A line down or up."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


def sections(terminal: Terminal, below: Screen[object], context: str) -> Iterable[tuple[str, list[Row]]]:
    """Title and rows of each part of the help."""
    gettext = terminal.gettext
    focused = below.focused
    if focused is not None:
        rows = _pane_rows(terminal, below, focused)
        if rows:
            yield gettext("Focused pane"), rows
    own = [_row(terminal, row) for row in actions_of(context)]
    if own:
        title = next((title for name, title, _meaning in SCREENS if name == context), context)
        yield gettext("Screen: {name}").format(name=gettext(title)), own
    everywhere = actions_of("app")
    yield gettext("On every screen"), [_row(terminal, row) for row in everywhere if row.keys]
    words = [(f":{usage}", gettext(row.tooltip), "") for row in ACTIONS for usage in row.words]
    yield gettext("Words of the command line"), words


def _row(terminal: Terminal, row: Action) -> Row:
    return terminal.keys.shown_all(row.id), terminal.gettext(row.tooltip), row.id


def _pane_rows(terminal: Terminal, below: Screen[object], focused: Widget) -> list[Row]:
    """Keys that the focused widget itself understands."""
    rows: dict[str, Row] = {}
    for key, active in below.active_bindings.items():
        binding = active.binding
        if active.node is focused and binding.description:
            known = rows.get(binding.action)
            keys = f"{known[0]} {key_text(key)}" if known else key_text(key)
            rows[binding.action] = (keys, terminal.gettext(binding.tooltip or binding.description), "")
    return list(rows.values())


def _grid(rows: list[Row]) -> Table:
    grid = Table.grid(padding=(0, 2), expand=True)
    width = max((cells(keys) for keys, _meaning, _name in rows), default=0)
    grid.add_column(style="bold", width=min(width, _KEYS_WIDTH), overflow="fold")
    grid.add_column(ratio=3)
    if any(name for _keys, _meaning, name in rows):
        grid.add_column(style="dim", ratio=1, overflow="fold")
    for row in rows:
        grid.add_row(*row[: len(grid.columns)])
    return grid
