"""What the fast panes are made of: rows that are values, painted once, kept as strips, and repainted where they differ.

A pane is given its rows a few times a second. Rows are hashable; a row that was seen before is not painted again, and
only lines whose row changed are sent to the terminal. Styles are component classes, looked up once per theme.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from mmtui.screens import numbers

Translate = Callable[[str], str]
"""gettext of the language shown."""

Run = tuple[str, str]
"""A text and the name of its style."""

_SCREENFULS_KEPT: Final = 3
"""Strips kept, in screenfuls: each holds a dozen objects, and what a garbage collection walks over delays quotes."""

_SCATTERED: Final = 8
"""More changed stretches than this, and the pane is repainted as one: cheaper for the compositor than many regions."""


class LinePane(Widget):
    """A pane that draws its own lines.

    Subclasses turn a row into runs of text (``paint``) and call ``show_rows`` with what is to be seen now, top first.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    LinePane {
        width: 1fr;
        height: 1fr;
        & > .line--title { color: $quiet; background: $panel; text-style: bold; }
        & > .line--text { color: $foreground; }
        & > .line--dim { color: $quiet; }
        & > .line--strong { color: $foreground; text-style: bold; }
        & > .line--buy { color: $buy; }
        & > .line--sell { color: $sell; }
        & > .line--buy-strong { color: $buy; text-style: bold; }
        & > .line--sell-strong { color: $sell; text-style: bold; }
        & > .line--buy-bar { color: $buy 45%; }
        & > .line--sell-bar { color: $sell 45%; }
        & > .line--own { color: $accent; text-style: bold; }
        & > .line--warning { color: $warning; }
        & > .line--error { color: $error; text-style: bold; }
        & > .line--alarm { color: $foreground; background: $error 35%; text-style: bold; }
        & > .line--notice { color: $foreground; background: $warning 25%; text-style: bold; }
        & > .line--line { color: $primary; }
        & > .line--found { color: $background; background: $warning; }
        & > .line--cursor { color: $block-cursor-foreground; background: $block-cursor-background; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--title",
        "line--text",
        "line--dim",
        "line--strong",
        "line--buy",
        "line--sell",
        "line--buy-strong",
        "line--sell-strong",
        "line--buy-bar",
        "line--sell-bar",
        "line--own",
        "line--warning",
        "line--error",
        "line--alarm",
        "line--notice",
        "line--line",
        "line--found",
        "line--cursor",
    }

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._ = translate
        self.extent = Size(0, 0)
        """The size, known without asking the compositor."""
        self.painted = 0
        """Rows painted since the start: what the cache saved is not counted."""
        self._rows: tuple[Hashable, ...] = ()
        self._lines: list[Strip | None] = []
        self._strips: dict[Hashable, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._blank: Strip | None = None

    # ------------------------------------------------------------------------------------------------- for subclasses

    def paint(self, row: Hashable) -> Iterable[Run]:
        """The runs of one row, at most as wide as the pane; the rest of the line is filled."""
        raise NotImplementedError

    def draw(self) -> int:
        """Show what the pane was told last, for its present size; returns how many lines changed."""
        raise NotImplementedError

    def show_rows(self, rows: Sequence[Hashable]) -> int:
        """Show these rows from the top; repaints the lines that differ and returns how many these are."""
        before, now = self._rows, tuple(rows[: self.extent.height])
        if now == before:
            return 0
        common = min(len(before), len(now))
        changed = [y for y in range(common) if before[y] != now[y]]
        changed += range(common, max(len(before), len(now)))
        if len(self._strips) > _SCREENFULS_KEPT * self.extent.height:
            self._strips = {row: strip for row, strip in zip(before, self._lines, strict=False) if strip is not None}
        self._rows = now
        self._lines = self._lines[: len(now)] + [None] * (len(now) - len(self._lines))
        for y in changed:
            if y < len(now):
                self._lines[y] = self._strips.get(now[y])
        self._refresh_lines(changed)
        return len(changed)

    def repaint(self) -> None:
        """Forget what was painted: the columns, the words or the colours have changed."""
        self._strips.clear()
        self._lines = [None] * len(self._rows)
        self.refresh()

    # ------------------------------------------------------------------------------------------------- Textual's side

    def notify_style_update(self) -> None:
        """The theme or the style sheet changed."""
        super().notify_style_update()
        self._looks.clear()
        self._blank = None
        self.repaint()

    def on_resize(self) -> None:
        """Rows are made and painted for a size."""
        self.extent = self.size
        self._blank = None
        self.repaint()
        self.draw()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips themselves, without Textual's border and padding steps, which would make new ones each time."""
        strips = [self._strip(y) for y in crop.line_range]
        if crop.column_span != (0, self.extent.width):
            left, right = crop.column_span
            strips = [strip.crop(left, right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One line, for whoever asks for it alone."""
        return self._strip(y)

    def _refresh_lines(self, changed: Sequence[int]) -> None:
        width = self.extent.width
        stretches = _stretches(changed)
        if len(stretches) > _SCATTERED:
            self.refresh(Region(0, changed[0], width, changed[-1] - changed[0] + 1))
        else:
            self.refresh(*(Region(0, start, width, length) for start, length in stretches))

    def _strip(self, y: int) -> Strip:
        if not 0 <= y < len(self._lines):
            if self._blank is None:
                self._blank = Strip([Segment(" " * self.extent.width, self._look("text"))], self.extent.width)
            return self._blank
        strip = self._lines[y]
        if strip is None:
            strip = self._lines[y] = self._strips[self._rows[y]] = self._painted(self._rows[y])
        return strip

    def _painted(self, row: Hashable) -> Strip:
        """One strip of the full width: every further one that Textual makes of it costs as much as painting it."""
        self.painted += 1
        looks, runs = self._looks, list(self.paint(row)) or [("", "text")]
        width = self.extent.width
        used = sum([len(text) if text.isascii() else numbers.cells(text) for text, _ in runs])
        if used < width:
            # What is left of a line takes the ground of its last run, so that headings reach the edge.
            text, name = runs[-1]
            runs[-1] = (text + " " * (width - used), name)
        segments = [Segment(text, looks.get(name) or self._look(name)) for text, name in runs if text]
        strip = Strip(segments, max(used, width))
        return strip if used <= width else strip.crop(0, width)

    def _look(self, name: str) -> Style:
        """The style of a component class (its name without ``line--``), as the filters of the app leave it."""
        style = self._looks.get(name)
        if style is None:
            segments = [Segment(" ", self.get_component_rich_style(f"line--{name}"))]
            for line_filter in self.get_line_filters():
                segments = line_filter.apply(segments, self.background_colors[1])
            style = self._looks[name] = segments[0].style or Style.null()
        return style


def title_runs(left: str, right: str, width: int, style: str = "title") -> list[Run]:
    """A heading with something at both ends; the right end goes first when there is no room, then the left is cut."""
    room = width - 2
    left_cells, right_cells = numbers.cells(left), numbers.cells(right)
    if left_cells + 2 + right_cells > room:
        right, right_cells = "", 0
    if left_cells > room:
        left = numbers.left(left, max(room, 0))
        left_cells = numbers.cells(left)
    return [(f" {left}{' ' * max(room - left_cells - right_cells, 0)}{right} ", style)]


def centred(text: str, width: int) -> str:
    """A text in the middle of a line."""
    text = text if numbers.cells(text) <= width else numbers.left(text, width)
    return " " * ((width - numbers.cells(text)) // 2) + text


def _stretches(lines: Iterable[int]) -> list[tuple[int, int]]:
    """Neighbouring lines together, as (first, how many)."""
    stretches: list[tuple[int, int]] = []
    for y in lines:
        if stretches and sum(stretches[-1]) == y:
            stretches[-1] = (stretches[-1][0], stretches[-1][1] + 1)
        else:
            stretches.append((y, 1))
    return stretches
