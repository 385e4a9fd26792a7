"""Asking before something that adds risk or cannot be taken back."""

from typing import ClassVar

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from mmtui.language import N_

LONGEST_WORD = 40


class Question(Struct, frozen=True):
    """What is asked. ``facts`` are lines one should know; ``word`` must be typed where it is not empty.

    All texts are already in the person's language.
    """

    title: str
    facts: tuple[str, ...] = ()
    yes: str = N_("Yes")
    word: str = ""


class Confirm(ModalScreen[bool]):
    """A question with No in front: Enter on a fresh dialog changes nothing, Esc is No."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "no", "No"), ("n", "no", "No"), ("y", "yes", "Yes")]

    def __init__(self, question: Question) -> None:
        super().__init__(classes="dialog")
        self.question = question

    def compose(self) -> ComposeResult:
        """Title, facts, the word's field, two buttons."""
        gettext = self.gettext
        with Vertical(classes="card"):
            yield Label(self.question.title, classes="title", markup=False)
            with VerticalScroll(classes="facts", can_focus=False):
                yield Static("\n".join(self.question.facts), markup=False)
            if self.question.word:
                yield Label(gettext("Type {word} to go on:").format(word=self.question.word), markup=False)
                field = WordInput(max_length=LONGEST_WORD, compact=True, id="word")
                field.cursor_blink = False
                yield field
            with Horizontal(classes="buttons"):
                yield Button(gettext("No"), id="no", compact=True)
                yield Button(
                    gettext(self.question.yes),
                    id="yes",
                    variant="error",
                    disabled=bool(self.question.word),
                    compact=True,
                )

    def on_input_changed(self, event: Input.Changed) -> None:
        """The word opens the way."""
        self.query_one("#yes", Button).disabled = event.value.strip() != self.question.word

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field is a yes once the word stands there."""
        event.stop()
        self.action_yes()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button answers."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_yes(self) -> None:
        """Yes, unless the word is still missing."""
        if not self.query_one("#yes", Button).disabled:
            self.dismiss(result=True)

    def action_no(self) -> None:
        """No."""
        self.dismiss(result=False)

    def gettext(self, message: str) -> str:
        """A message in the person's language."""
        from mmtui.screens.terminal import terminal_of

        return terminal_of(self).gettext(message)


class WordInput(Input):
    """A field that takes one short word, however much is pasted."""

    def _on_paste(self, event: events.Paste) -> None:
        self.insert_text_at_cursor(event.text[:LONGEST_WORD].splitlines()[0] if event.text.strip() else "")
        event.stop()
        event.prevent_default()
