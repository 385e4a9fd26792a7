"""The line of keys that count on this screen, from the action table; each can be clicked."""

from typing import Final

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from mmtui.screens.actions import Action, action, actions_of, deed
from mmtui.screens.folding import Part, Shown, fold
from mmtui.screens.keymap import Keymap
from mmtui.screens.terminal import terminal_of
from mmtui.views.board import Board

_GAP: Final = 2


class Footer(Widget):
    """Keys and labels, the most important ones where not all fit; "stop all" is always there."""

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context
        self._keys: Keymap | None = None

    def show(self, board: Board) -> None:  # noqa: ARG002 - what every pane of the shell is given
        """Follow the keymap: it is drawn anew where the person's keys have changed since, on whatever screen."""
        keys = terminal_of(self).keys
        if keys is not self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """The keys that fit."""
        return Content(" " * _GAP).join([self._piece(part) for part in fold(self._parts(), self.size.width, _GAP)])

    def _parts(self) -> list[Part]:
        rows = [row for row in (*actions_of("app"), *actions_of(self.context)) if row.footer]
        rows.sort(key=lambda row: row.footer)
        return [self._part(row) for row in rows]

    def _part(self, row: Action) -> Part:
        terminal = terminal_of(self)
        key, label = terminal.keys.shown(row.id), terminal.gettext(row.label)
        variants = (f"{key} {label}", f"{key} {label.partition(':')[0]}") if ":" in label else (f"{key} {label}",)
        return Part(row.id, row.footer, variants)

    def _piece(self, part: Shown) -> Content:
        key, _, label = part.text.partition(" ")
        style = Style.from_meta({"@click": self._target(part.name)})
        key_style = "bold $error" if part.name == "stop_all" else "bold $primary"
        return Content.assemble((key, key_style), " ", (label, "bold" if part.name == "stop_all" else "")).stylize(
            style
        )

    def _target(self, name: str) -> str:
        where = "app" if any(row.id == name for row in actions_of("app")) else "screen"
        return f"{where}.{deed(action(name))}"
