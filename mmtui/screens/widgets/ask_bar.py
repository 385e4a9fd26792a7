"""One line that asks for a text: a filter, a path. Not there until it is wanted."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

LONGEST = 400
"""Characters that can be typed; more is refused, however it is pasted."""


class AskBar(Horizontal):
    """A label and a field. Enter answers, Esc (the screen's) closes."""

    DEFAULT_CSS = """
    AskBar { height: 1; display: none; background: $panel; }
    AskBar Label { width: auto; padding: 0 1; color: $text-primary; }
    AskBar Input { width: 1fr; }
    """

    class Typed(Message):
        """The text changed."""

        def __init__(self, bar: "AskBar", text: str) -> None:
            super().__init__()
            self.bar = bar
            self.text = text

        @property
        def control(self) -> "AskBar":
            """The bar, for selectors."""
            return self.bar

    class Answered(Typed):
        """Enter was pressed."""

    def __init__(self, label: str, placeholder: str = "", *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._label = label
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Label and field."""
        yield Label(self._label, markup=False)
        field = Input(placeholder=self._placeholder, max_length=LONGEST, compact=True)
        field.cursor_blink = False
        yield field

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.query_one(Input).value

    def open(self, text: str | None = None) -> None:
        """Show the field and write there; ``text`` replaces what it held."""
        field = self.query_one(Input)
        if text is not None:
            field.value = text
        self.display = True
        field.focus()
        field.cursor_position = len(field.value)

    def close(self, *, forget: bool = False) -> None:
        """Hide the field, and forget what it held."""
        self.display = False
        if forget:
            self.query_one(Input).value = ""

    @property
    def has_focus_within(self) -> bool:
        """Whether one is writing there."""
        return self.query_one(Input).has_focus

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Typed(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Answered(self, event.value))
