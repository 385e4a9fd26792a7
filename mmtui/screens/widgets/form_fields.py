"""The fields of a form: one line to write on, and one of a few words to choose from."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

LONGEST: Final = 64
"""Characters of a value; more is no value, however it is pasted."""


class FieldInput(Input):
    """One value. Up and Down go to the next fields; what is pasted goes in whole or not at all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "app.focus_previous", "Field above"),
        ("down", "app.focus_next", "Field below"),
    ]

    class TooLong(Message):
        """More was pasted than a value can be; the field is as it was."""

        def __init__(self, field: "FieldInput", length: int) -> None:
            super().__init__()
            self.field = field
            self.length = length

        @property
        def control(self) -> "FieldInput":
            """The field, for selectors."""
            return self.field

    def __init__(self, value: str, placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, max_length=LONGEST, compact=True)
        self.cursor_blink = False

    def put(self, text: str) -> None:
        """Show a value without telling anybody."""
        if text != self.value:
            with self.prevent(Input.Changed):
                self.value = text

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        length = len(event.text)
        line = event.text[: LONGEST * 2].strip()
        start, end = sorted(self.selection)
        if length > LONGEST * 2 or len(line.splitlines()) > 1 or len(self.value) - (end - start) + len(line) > LONGEST:
            self.post_message(self.TooLong(self, length))
        else:
            self.replace(line, start, end)


class ChoiceField(Widget, can_focus=True):
    """One of a few words: Left and Right, Space or a click choose the next one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "choose(-1)", "Choice before"),
        ("right,space,enter", "choose(1)", "Next choice"),
        ("up", "app.focus_previous", "Field above"),
        ("down", "app.focus_next", "Field below"),
    ]

    DEFAULT_CSS = """
    ChoiceField { height: 1; background: $surface; color: $foreground; }
    ChoiceField:focus { background: $primary 35%; text-style: bold; }
    """

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, field: "ChoiceField", value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

        @property
        def control(self) -> "ChoiceField":
            """The field, for selectors."""
            return self.field

    def __init__(self, choices: Sequence[str], value: str) -> None:
        super().__init__()
        self.choices = tuple(choices)
        self.value = value

    def put(self, text: str) -> None:
        """Show a value without telling anybody."""
        if text != self.value:
            self.value = text
            self.refresh()

    def offer(self, choices: Sequence[str]) -> None:
        """Have other words to choose from; the value stays, also where it is none of them."""
        self.choices = tuple(choices)

    def render(self) -> Content:
        """The word between marks that show that there are others."""
        return Content(f"◂{self.value}▸" if cell_len(self.value) + 4 > self.size.width else f"◂ {self.value} ▸")

    def action_choose(self, step: int) -> None:
        """Choose the next word, round about."""
        if self.choices:
            place = self.choices.index(self.value) + step if self.value in self.choices else 0
            self.value = self.choices[place % len(self.choices)]
            self.refresh()
            self.post_message(self.Changed(self, self.value))

    def on_click(self) -> None:
        """The next word."""
        self.action_choose(1)
