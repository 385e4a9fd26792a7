"""Why nothing is quoted: each strategy's reasons, level by level."""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import chop_cells

from mmtui.screens import numbers
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, title_runs
from mmtui.screens.widgets.quote_rows import CLOSING, KEPT, LIVE, quote_lines, reasons_of
from mmtui.screens.widgets.quotes_pane import PHASES, STATES
from mmtui.views.board import StrategyRow


class TitleRow(NamedTuple):
    """A heading of one strategy."""

    left: str
    right: str
    style: str


class WhyRow(NamedTuple):
    """A line of text; ``head`` names the level on the first line of its reason."""

    head: str
    text: str
    style: str


class WhyPane(LinePane):
    """The reasons of all strategies, one below the other."""

    def __init__(
        self,
        translate: Translate = str,
        say: Translate = str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(translate, id=id)
        self._say = say
        self._strategies: tuple[StrategyRow, ...] = ()

    def show(self, strategies: Sequence[StrategyRow]) -> int:
        """Draw these strategies; returns how many lines changed."""
        self._strategies = tuple(strategies)
        return self.draw()

    def draw(self) -> int:
        """Show what the pane was told last, for its present size."""
        if not self.extent.width:
            return 0
        rows: list[Hashable] = [TitleRow(self._("Why no quote"), "", "title")]
        if not self._strategies:
            rows.append(WhyRow("", self._("no strategy is configured"), "dim"))
        for row in self._strategies:
            rows += self._reasons(row)
        return self.show_rows(rows)

    def _reasons(self, row: StrategyRow) -> list[Hashable]:
        phase = self._(PHASES[row.phase]) if row.phase in PHASES else row.phase
        rows: list[Hashable] = [TitleRow(f"{row.name}  {row.symbol}", phase, "strong")]
        quiet = "dim" if row.phase == "quoting" else "warning"
        for line in quote_lines(row):
            head = f"{numbers.side_mark(line.side)}{line.level}"
            if line.why:
                rows += self._folded(head, self._say(line.why), "error")
            elif line.state not in {LIVE, KEPT, CLOSING}:
                word, style = STATES.get(line.state, (line.state, "warning"))
                rows.append(WhyRow(head, self._(word), style))
        for text in (row.reason, *reasons_of(row.why_not).general, *row.waiting_for, row.stop_reason):
            if text:
                rows += self._folded("", self._say(text), quiet)
        if len(rows) == 1:
            rows.append(WhyRow("", self._("nothing to say"), "dim"))
        return rows

    def _folded(self, head: str, text: str, style: str) -> list[Hashable]:
        parts = folded(text, self.extent.width - 6)
        return [WhyRow("" if k else head, part, style) for k, part in enumerate(parts)]

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        match row:
            case TitleRow(left, right, style):
                return title_runs(left, right, self.extent.width, style)
            case WhyRow(head, text, style):
                return [(numbers.left(f"  {head}", 5), "strong"), (numbers.left(text, self.extent.width - 5), style)]
            case _:
                return []


def folded(text: str, width: int) -> list[str]:
    """A text broken between words, and inside those that are longer than a line; wide characters count two.

    >>> folded("no fresh book for 9 s", 9)
    ['no fresh', 'book for', '9 s']
    """
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if numbers.cells(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, width)
        lines += whole
    return [*lines, line] if line or not lines else lines
