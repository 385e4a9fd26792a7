"""The terminal itself: theme, language, read-only; in force as soon as it is chosen, and kept."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mmtui.language import N_
from mmtui.screens.confirm import Question
from mmtui.screens.terminal import Terminal, terminal_of
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.settings_form import SettingsForm
from mmtui.screens.widgets.told_line import ToldLine
from mmtui.views.faults import MmtuiError
from mmtui.views.queries import FieldFace

THEME: Final = "theme"
LANGUAGE: Final = "language"
READ_ONLY: Final = "read_only"


def terminal_faces(terminal: Terminal) -> tuple[FieldFace, ...]:
    """What can be chosen."""
    return (
        _face(THEME, N_("Theme"), N_("Colours; Left and Right show the next one."), sorted(terminal.available_themes)),
        _face(LANGUAGE, N_("Language"), N_("Of everything that is shown: English or Chinese."), ["en", "zh"]),
        _face(READ_ONLY, N_("Read only"), N_("Whether the terminal refuses every action."), ["false", "true"]),
    )


def _face(name: str, title: str, meaning: str, choices: list[str]) -> FieldFace:
    return FieldFace(
        name=name, title=title, help=meaning, unit="", type="choice", default="", minimum="", maximum="",
        exclusive_minimum=False, optional=False, choices=tuple(choices),
    )  # fmt: skip


class TerminalSection(Vertical):
    """Three choices. Refusing to act is at once; acting again is asked."""

    class Spoken(Message):
        """Another language was chosen; speaking it makes the screen anew, so the screen does it."""

        def __init__(self, language: str) -> None:
            super().__init__()
            self.language = language

    class Locked(Message):
        """Read-only was chosen or left."""

    def __init__(self, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="section")
        self._ = translate

    def compose(self) -> ComposeResult:
        """Title, fields, what went wrong."""
        yield Static(self._("Terminal"), classes="title", markup=False)
        yield SettingsForm(self._, id="terminal_form")
        yield ToldLine(id="terminal_told", classes="told")

    def on_mount(self) -> None:
        """The fields are always the same."""
        self.form.show_fields(terminal_faces(terminal_of(self)))
        self.draw()

    @property
    def form(self) -> SettingsForm:
        """The fields."""
        return self.query_one(SettingsForm)

    def draw(self) -> None:
        """What is chosen."""
        terminal = terminal_of(self)
        read_only = "true" if terminal.read_only else "false"
        values = {THEME: terminal.theme, LANGUAGE: terminal.language, READ_ONLY: read_only}
        self.form.show_values(values, values, force=True)

    def on_settings_form_edited(self, event: SettingsForm.Edited) -> None:
        """Something was chosen."""
        event.stop()
        terminal = terminal_of(self)
        self._tell("")
        if event.name == THEME:
            terminal.theme = event.text
        elif event.name == LANGUAGE and event.text != terminal.language:
            self.post_message(self.Spoken(event.text))
        elif event.name == READ_ONLY and event.text == "true":
            self._lock(on=True)
        elif event.name == READ_ONLY:
            question = Question(
                self._("Act again? The terminal is read-only now."),
                (self._("Starting, changing and stopping will reach the engine."),),
                self._("Act again"),
            )
            terminal.ask_either(question, lambda: self._lock(on=False), self.draw)

    def _lock(self, *, on: bool) -> None:
        terminal = terminal_of(self)
        try:
            terminal.set_read_only(on=on)
        except MmtuiError as fault:
            self._tell(terminal.say(str(fault)))
        self.draw()
        self.post_message(self.Locked())

    def _tell(self, text: str) -> None:
        self.query_one("#terminal_told", ToldLine).put(Content.assemble((text, "$error")))
