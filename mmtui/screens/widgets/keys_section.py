"""The person's own keys: every action with its keys; a clash is told where it was made, and changes nothing."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from mmtui.language import N_
from mmtui.screens.actions import action
from mmtui.screens.terminal import terminal_of
from mmtui.screens.widgets import settings_tables
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.screens.widgets.told_line import ToldLine


class KeysSection(Vertical):
    """A table; Enter asks for other keys, an empty answer gives the action its own back."""

    DEFAULT_CSS = """
    KeysSection { #key_rows { height: 1fr; } }
    """

    class Moved(Message):
        """Keys have changed."""

    def __init__(self, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="section")
        self._ = translate
        self._asked = ""

    def compose(self) -> ComposeResult:
        """Table, field, what happened."""
        yield TablePane(settings_tables.KEYS, self._, title=N_("Keys: Enter changes one"), id="key_rows")
        yield AskBar(self._("Keys"), self._("one or several, such as ctrl+k, f5; empty: its own"), id="new_key")
        yield ToldLine(id="keys_told", classes="told")

    def on_mount(self) -> None:
        """All actions."""
        self.draw()

    @property
    def table(self) -> TablePane:
        """The table."""
        return self.query_one(TablePane)

    def draw(self) -> None:
        """The keys as they are."""
        terminal = terminal_of(self)
        rows = settings_tables.key_table(terminal.keys, terminal.preferences.keymap, self._)
        self.table.show_table(rows)

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        """Enter: ask for keys."""
        event.stop()
        self._asked = event.key
        self._tell("", "")
        self.query_one(AskBar).open(", ".join(terminal_of(self).keys.keys_of(event.key)))

    def on_ask_bar_answered(self, event: AskBar.Answered) -> None:
        """Try these keys; a fault leaves the field open with what was written."""
        event.stop()
        if self._use(self._asked, event.text.strip()):
            self.close()

    def on_ask_bar_typed(self, event: AskBar.Typed) -> None:
        """What was wrong is being mended."""
        event.stop()
        self._tell("", "")

    def close(self) -> bool:
        """Close the field; False where it was not open."""
        bar = self.query_one(AskBar)
        if not bar.display:
            return False
        bar.close()
        self.table.focus()
        return True

    def use_default(self) -> None:
        """Give the action under the cursor its own keys back."""
        if self.table.has_focus and self.table.cursor_key is not None:
            self._use(self.table.cursor_key, "")

    def _use(self, name: str, keys: str) -> bool:
        terminal = terminal_of(self)
        overrides = {known: value for known, value in terminal.preferences.keymap.items() if known != name}
        if keys and keys != ", ".join(action(name).keys):
            overrides[name] = keys
        faults = terminal.apply_keymap(overrides)
        if faults:
            self._tell("\n".join(terminal.say(fault) for fault in faults), "$error")
            return False
        self._tell(self._("{action}: {keys}").format(action=name, keys=terminal.keys.shown_all(name)), "$success")
        self.draw()
        self.post_message(self.Moved())
        return True

    def _tell(self, text: str, style: str) -> None:
        self.query_one("#keys_told", ToldLine).put(Content.assemble((text, style)))
