"""A pane of facts: labels with figures that flow from line to line as the width allows, and sentences that wrap."""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import chop_cells

from mmtui.screens import numbers
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, title_runs

GAP = 2
"""Cells between two facts on one line."""


class Fact(NamedTuple):
    """A label and what it is about, kept together on one line. ``style`` is that of the value."""

    label: str
    value: str
    style: str = "text"


class Sentence(NamedTuple):
    """A text that may wrap, with a mark before its first line; ``lines`` at most, the last one cut with an ellipsis."""

    mark: str
    text: str
    style: str = "text"
    lines: int = 1


Paragraph = tuple[Fact, ...] | Sentence
"""Facts flow; a sentence wraps. Each paragraph begins a line."""


class HeadingLine(NamedTuple):
    """The heading of the pane."""

    left: str
    right: str


class FactLine(NamedTuple):
    """One line as it is drawn."""

    runs: tuple[Run, ...]


class FactsPane(LinePane):
    """Shows a heading and paragraphs; lines for which there is no room are counted on the last one."""

    DEFAULT_CSS = """
    FactsPane {
        & > .line--gain { color: $gain; }
        & > .line--loss { color: $loss; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--gain", "line--loss"}

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self._heading: HeadingLine | None = None
        self._paragraphs: tuple[Paragraph, ...] = ()

    def show_facts(self, paragraphs: Sequence[Paragraph], heading: str = "", right: str = "") -> int:
        """Show these; returns how many lines changed."""
        self._heading = HeadingLine(heading, right) if heading else None
        self._paragraphs = tuple(paragraphs)
        return self.draw()

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One line as runs."""
        match row:
            case HeadingLine(left, right):
                return title_runs(left, right, self.extent.width)
            case FactLine(runs):
                return runs
            case _:
                return []

    def draw(self) -> int:
        """Lay the paragraphs out anew."""
        width, height = self.extent
        if width <= GAP or height <= 0:
            return 0
        room = height - (self._heading is not None)
        lines = [line for paragraph in self._paragraphs for line in lines_of(paragraph, width)]
        if len(lines) > room > 0:
            hidden = len(lines) - room + 1
            more = self._("{count} more lines: a higher terminal shows them").format(count=hidden)
            lines = [*lines[: room - 1], FactLine(((" " + numbers.left(more, width - 1), "dim"),))]
        return self.show_rows([*([] if self._heading is None else [self._heading]), *lines])


def lines_of(paragraph: Paragraph, width: int) -> list[FactLine]:
    """The lines of a paragraph; a fact is never taken apart, and figures are never cut."""
    if isinstance(paragraph, Sentence):
        return _wrapped(paragraph, width)
    lines: list[FactLine] = []
    runs: list[Run] = []
    used = 1
    for fact in paragraph:
        needed = numbers.cells(fact.label) + (1 if fact.label and fact.value else 0) + numbers.cells(fact.value)
        if runs and used + GAP + needed > width:
            lines.append(FactLine(tuple(runs)))
            runs, used = [], 1
        runs.append((" " * (GAP if runs else 1), "text"))
        if fact.label:
            runs.append((fact.label + (" " if fact.value else ""), "dim"))
        runs.append((fact.value, fact.style))
        used += needed + (GAP if used > 1 else 0)
    return [*lines, FactLine(tuple(runs))] if runs else lines


def _wrapped(sentence: Sentence, width: int) -> list[FactLine]:
    indent = numbers.cells(sentence.mark) + 2
    pieces = wrap(sentence.text, max(1, width - indent - 1))
    if len(pieces) > sentence.lines:
        rest = " ".join(pieces[sentence.lines - 1 :])
        pieces = [*pieces[: sentence.lines - 1], numbers.left(rest, max(1, width - indent - 1)).rstrip()]
    lines = []
    for k, piece in enumerate(pieces):
        head = f" {sentence.mark} " if k == 0 else " " * indent
        lines.append(FactLine(((head, sentence.style), (piece, sentence.style))))
    return lines


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` cells, broken between words; too long a word (Chinese) where it must."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if numbers.cells(joined) <= width:
            line = joined
            continue
        if numbers.cells(word) <= width:
            lines.append(line)
            line = word
            continue
        *full, line = chop_cells(joined, width)
        lines += full
    return [*lines, line] if line else lines
