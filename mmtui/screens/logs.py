"""The logs screen: every line of the engine, searched, filtered and copied; and why nothing is quoted."""

import re
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from mmtui.model.units import NS_PER_S
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.widgets.log_lines import LogLines
from mmtui.screens.widgets.log_view import LogView
from mmtui.screens.widgets.why_pane import WhyPane
from mmtui.views.board import Board

READ_AT_ONCE: Final = 500
"""Lines read from the engine per look: a burst is taken in over some frames, each of them short."""

_TIME: Final = re.compile(r"\s*([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s*")
_DAY_S: Final = 86_400


class LogsScreen(BoardScreen):
    """The log on the left, on wide terminals the reasons on the right."""

    CONTEXT = "logs"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 10.0

    DEFAULT_CSS = """
    LogsScreen {
        WhyPane { display: none; width: 52; margin-left: 1; }
        &.-wide WhyPane { display: block; }
        #ask { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
        #ask.-open { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines = LogLines()
        self._asking_time = False

    def compose_body(self) -> ComposeResult:
        """Log and reasons, and below them the line in which one types."""
        with Horizontal():
            view = LogView(self.gettext)
            view.lines = self._lines
            yield view
            yield WhyPane(self.gettext, self.terminal.say)
        field = Input(id="ask", max_length=200)
        field.cursor_blink = False
        yield field

    @property
    def view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    # ------------------------------------------------------------------------------------------------------- drawing

    def show(self, board: Board) -> None:
        """Read what is new and draw it."""
        self._lines.add(self.terminal.source.log_since(self._lines.last_number, READ_AT_ONCE))
        self.view.draw()
        self.query_one(WhyPane).show(board.strategies)

    # ------------------------------------------------------------------------------------------------ search and time

    def action_filter(self) -> None:
        """Ask for the text to search."""
        self._ask(self.gettext("text to search; empty ends the search"), self._lines.text, time=False)

    def action_go_to_time(self) -> None:
        """Ask for a time of day."""
        self._ask(self.gettext("time of day in UTC, as 12:34 or 12:34:56"), "", time=True)

    def _ask(self, prompt: str, value: str, *, time: bool) -> None:
        self._asking_time = time
        field = self.query_one("#ask", Input)
        field.placeholder = prompt
        field.value = value
        field.add_class("-open")
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search, or go there; a time that is none is said so and the field stays open."""
        if self._asking_time:
            if not self._go_to(event.value):
                self.terminal.tell(self.gettext("no time of day: {text}").format(text=event.value), "error")
                return
        else:
            self.view.search(event.value, only_found=self._lines.only_found)
            if event.value and not self._lines.matches:
                self.terminal.tell(self.gettext("not found: {text}").format(text=event.value), "warning")
        self._close_field()

    def key_escape(self) -> None:
        """Leave the field as if it had not been opened."""
        self._close_field()

    def _close_field(self) -> None:
        self.query_one("#ask", Input).remove_class("-open")
        self.view.focus()

    def _go_to(self, text: str) -> bool:
        """The latest such time of day that is not after the newest line."""
        found = _TIME.fullmatch(text)
        if found is None:
            return False
        if not self._lines.shown:
            return True
        newest_s = self._lines.shown[-1].time_ns // NS_PER_S
        of_day_s = int(found[1]) * 3_600 + int(found[2]) * 60 + int(found[3] or 0)
        wanted_s = newest_s - newest_s % _DAY_S + of_day_s
        if wanted_s > newest_s:
            wanted_s -= _DAY_S
        self.view.choose_index(self._lines.index_at(wanted_s * NS_PER_S))
        return True

    def action_next_found(self) -> None:
        """Downwards."""
        self._find(1)

    def action_previous_found(self) -> None:
        """Upwards."""
        self._find(-1)

    def _find(self, step: int) -> None:
        if not self._lines.text:
            self.action_filter()
        elif not self.view.find(step):
            self.terminal.tell(self.gettext("not found: {text}").format(text=self._lines.text), "warning")

    def action_only_found(self) -> None:
        """Hide the other lines, or show them."""
        self.view.search(self._lines.text, only_found=not self._lines.only_found)

    # ------------------------------------------------------------------------------------------------ levels and place

    def action_show_debug(self) -> None:
        """Show or hide."""
        self.view.toggle_level("debug")

    def action_show_info(self) -> None:
        """Show or hide."""
        self.view.toggle_level("info")

    def action_show_warning(self) -> None:
        """Show or hide."""
        self.view.toggle_level("warning")

    def action_show_error(self) -> None:
        """Show or hide."""
        self.view.toggle_level("error")

    def action_hold(self) -> None:
        """Stand still, or follow."""
        if self.view.following:
            self.view.pause()
        else:
            self.view.follow()

    def action_follow(self) -> None:
        """The newest line, and those to come."""
        self.view.follow()

    def action_oldest(self) -> None:
        """The first line kept."""
        self.view.choose_index(0)

    def action_line_down(self) -> None:
        """The next line."""
        self.view.move_cursor(1)

    def action_line_up(self) -> None:
        """The line before."""
        self.view.move_cursor(-1)

    def action_extend_down(self) -> None:
        """The next line too."""
        self.view.move_cursor(1, extend=True)

    def action_extend_up(self) -> None:
        """The line before too."""
        self.view.move_cursor(-1, extend=True)

    def action_page_down(self) -> None:
        """A screenful on."""
        self.view.scroll_rows(self.view.page_rows)

    def action_page_up(self) -> None:
        """A screenful back."""
        self.view.scroll_rows(-self.view.page_rows)

    def action_wrap(self) -> None:
        """Break lines, or cut them."""
        self.view.toggle_wrap()

    def action_copy_lines(self) -> None:
        """To the clipboard of the terminal (OSC 52)."""
        lines = self.view.selected()
        if not lines:
            self.terminal.tell(self.gettext("no line to copy"), "warning")
            return
        self.terminal.copy_to_clipboard("\n".join(line.copied() for line in lines))
        self.terminal.tell(self.gettext("lines copied: {count}").format(count=len(lines)))
