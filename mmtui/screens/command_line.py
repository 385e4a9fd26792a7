"""The ``:`` command line at the bottom of the screen, with answers above it, history and completion."""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from mmtui.screens.actions import Action
from mmtui.screens.answers import ANSWERS, unknown_word
from mmtui.screens.terminal import InPlace, Severity, terminal_of
from mmtui.screens.words import LONGEST_LINE, candidates, completed, found, usage_of
from mmtui.views.faults import MmtuiError

_MOST_LINES: Final = 500
_MOST_HISTORY: Final = 200


class CommandInput(Input):
    """One line; Tab completes, Up and Down recall, a paste is cut to one line of bounded length."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("tab", "screen.complete", "Complete"),
        ("up", "screen.recall(-1)", "Earlier"),
        ("down", "screen.recall(1)", "Later"),
    ]

    def _on_paste(self, event: events.Paste) -> None:
        lines = event.text[:LONGEST_LINE].split("\n", 1)
        self.insert_text_at_cursor(lines[0].strip("\r")[: max(0, LONGEST_LINE - len(self.value))])
        event.stop()
        event.prevent_default()


class CommandLine(InPlace):
    """Takes one word of the table after the other; what it has to say stands above the line."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "close", "Close")]

    def __init__(self, history: list[str], first: str = "") -> None:
        super().__init__()
        self._history = history
        self._place = len(history)
        self._first = first
        self.lines: list[str] = []
        self._troubled = False

    def compose(self) -> ComposeResult:
        """Answers, hint, line."""
        with Vertical(id="command-line"):
            with VerticalScroll(id="answers", can_focus=False):
                yield Static(markup=False)
            yield Label(id="hint", markup=False)
            with Horizontal(id="line"):
                yield Label(":", id="prompt")
                field = CommandInput(max_length=LONGEST_LINE, compact=True, id="command")
                field.cursor_blink = False
                yield field

    async def on_mount(self) -> None:
        """Begin with the line that was asked for, run."""
        self._draw()
        self._hint(self.gettext("help lists the words; Tab completes, Up recalls, Esc closes"))
        if self._first:
            await self._run(self._first)

    # ------------------------------------------------------------------------------------------------------- the line

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show how the word is used, or what it could become."""
        event.stop()
        line = event.value.lstrip()
        word = line.split(" ")[0]
        if not line:
            return
        row = found(word)
        if row is not None and " " in line:
            self._hint(f"{usage_of(word)}  {self.gettext(row.tooltip)}")
        else:
            self._hint("  ".join(candidates(line, terminal_of(self))))

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the line and remember it."""
        event.stop()
        line = event.value.strip()
        if not line:
            self.dismiss()
            return
        if not self._history or self._history[-1] != line:
            self._history.append(line)
            del self._history[:-_MOST_HISTORY]
        self._place = len(self._history)
        await self._run(line)

    def action_complete(self) -> None:
        """Complete the last piece as far as it is certain."""
        field = self.query_one(CommandInput)
        choices = candidates(field.value, terminal_of(self))
        field.value = completed(field.value, choices)
        field.cursor_position = len(field.value)
        if len(choices) > 1:
            self._hint("  ".join(choices))

    def action_recall(self, step: int) -> None:
        """Bring back an earlier line, or a later one."""
        self._place = max(0, min(len(self._history), self._place + step))
        field = self.query_one(CommandInput)
        field.value = self._history[self._place] if self._place < len(self._history) else ""
        field.cursor_position = len(field.value)

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    # -------------------------------------------------------------------------------------------------------- running

    async def _run(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        row = found(word)
        if row is None:
            self._trouble(unknown_word(terminal_of(self), word))
        elif row.id == "clear":
            self.lines.clear()
            self._draw()
            self._done()
        elif row.id in ANSWERS:
            await self._answer(row, line, rest)
        else:
            await self._act(row, rest)

    async def _answer(self, row: Action, line: str, rest: str) -> None:
        try:
            answer = await ANSWERS[row.id](terminal_of(self), rest)
        except MmtuiError as fault:
            self._trouble(terminal_of(self).say(str(fault)))
            return
        self.lines += [f":{line}", *answer, ""]
        del self.lines[:-_MOST_LINES]
        self._draw()
        self._done()

    async def _act(self, row: Action, rest: str) -> None:
        self._troubled = False
        await terminal_of(self).perform(row, rest.strip())
        if self.is_current and not self._troubled:
            self.dismiss()

    def hear(self, text: str, severity: Severity) -> bool:
        """What an action says while the line is open: troubles stay here, the rest is shown as everywhere."""
        if severity == "information":
            return False
        self._troubled = True
        self._trouble(text)
        return True

    # -------------------------------------------------------------------------------------------------------- showing

    def _trouble(self, text: str) -> None:
        self._hint(text, trouble=True)

    def _done(self) -> None:
        self.query_one(CommandInput).value = ""
        self._hint("")

    def _hint(self, text: str, *, trouble: bool = False) -> None:
        hint = self.query_one("#hint", Label)
        hint.update(text)
        hint.set_class(trouble, "-trouble")

    def _draw(self) -> None:
        answers = self.query_one("#answers", VerticalScroll)
        answers.display = bool(self.lines)
        answers.query_one(Static).update("\n".join(self.lines))
        answers.scroll_end(animate=False)

    def gettext(self, message: str) -> str:
        """A message in the person's language."""
        return terminal_of(self).gettext(message)
