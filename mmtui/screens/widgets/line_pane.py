"""What the fast panes are made of: rows that are values, painted once, kept as strips, and repainted where they differ.

A pane is given its rows a few times a second. Rows are hashable; a row that was seen before is not painted again, and
only lines whose row changed are sent to the terminal. Styles are component classes, looked up once per theme.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mmtui.screens import numbers

Translate = Callable[[str], str]
"""gettext of the language shown."""

Run = tuple[str, str]
"""A text and the name of its style."""

STRIPS_KEPT: Final = 4_000
"""Painted rows kept per pane; when there are more, all are forgotten and those on screen painted again."""

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
        "line--line",
        "line--found",
        "line--cursor",
    }

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._ = translate
        self._rows: tuple[Hashable, ...] = ()
        self._strips: dict[Hashable, Strip] = {}
        self._looks: dict[str, Style] = {}
        self.painted = 0
        """Rows painted since the start, for tests and the benchmark: what the cache saved is what is not counted."""

    # ------------------------------------------------------------------------------------------------- for subclasses

    def paint(self, row: Hashable) -> Iterable[Run]:
        """The runs of one row, at most as wide as the pane; the rest of the line is filled."""
        raise NotImplementedError

    def look(self, name: str) -> Style:
        """The style of a component class, ``line--`` left out."""
        style = self._looks.get(name)
        if style is None:
            style = self._looks[name] = self.get_component_rich_style(f"line--{name}")
        return style

    def show_rows(self, rows: Sequence[Hashable]) -> int:
        """Show these rows from the top; repaints the lines that differ and returns how many these are."""
        before, now = self._rows, tuple(rows[: self.size.height])
        self._rows = now
        changed = [
            y
            for y in range(max(len(before), len(now)))
            if y >= len(before) or y >= len(now) or before[y] != now[y]
        ]
        if changed:
            stretches = _stretches(changed)
            width = self.size.width
            if len(stretches) > _SCATTERED:
                self.refresh(Region(0, changed[0], width, changed[-1] - changed[0] + 1))
            else:
                self.refresh(*(Region(0, start, width, length) for start, length in stretches))
        return len(changed)

    def repaint(self) -> None:
        """Forget what was painted: sizes, styles or words have changed."""
        self._strips.clear()
        self.refresh()

    # ------------------------------------------------------------------------------------------------- Textual's side

    def notify_style_update(self) -> None:
        """The theme or the style sheet changed."""
        super().notify_style_update()
        self._looks.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Rows are painted for a width."""
        self._strips.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips themselves, without Textual's border and padding steps, which would make new ones each time."""
        filters = self.get_line_filters()
        background = self.background_colors[1]
        strips = []
        for y in crop.line_range:
            strip = self._strip(y)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip)
        if crop.column_span != (0, self.size.width):
            left, right = crop.column_span
            strips = [strip.crop(left, right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it when it wants to know the style under the pointer."""
        return self._strip(y)

    def _strip(self, y: int) -> Strip:
        width = self.size.width
        if not 0 <= y < len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[y]
        strip = self._strips.get(row)
        if strip is None:
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            strip = self._strips[row] = self._painted(row, width)
            self.painted += 1
        return strip

    def _painted(self, row: Hashable, width: int) -> Strip:
        segments = [Segment(text, self.look(name)) for text, name in self.paint(row) if text]
        used = sum(cell_len(segment.text) for segment in segments)
        strip = Strip(segments, used)
        return strip if used == width else strip.adjust_cell_length(width, self._rest(segments))

    def _rest(self, segments: list[Segment]) -> Style:
        """The style of what is left of a line: the background of its last run, so that titles reach the edge."""
        last = segments[-1].style if segments else None
        return self.rich_style if last is None else Style(bgcolor=last.bgcolor)


def title_runs(left: str, right: str, width: int, style: str = "title") -> list[Run]:
    """A heading with something at both ends; the right end goes first when there is no room, then the left is cut."""
    room = width - 2
    left_cells, right_cells = cell_len(left), cell_len(right)
    if left_cells + 2 + right_cells > room:
        right, right_cells = "", 0
    if left_cells > room:
        left = numbers.left(left, max(room, 0))
        left_cells = cell_len(left)
    return [(f" {left}{' ' * max(room - left_cells - right_cells, 0)}{right} ", style)]


def centred(text: str, width: int) -> str:
    """A text in the middle of a line."""
    text = text if cell_len(text) <= width else numbers.left(text, width)
    return " " * ((width - cell_len(text)) // 2) + text


def _stretches(lines: list[int]) -> list[tuple[int, int]]:
    """Neighbouring lines together, as (first, how many)."""
    stretches: list[tuple[int, int]] = []
    for y in lines:
        if stretches and sum(stretches[-1]) == y:
            stretches[-1] = (stretches[-1][0], stretches[-1][1] + 1)
        else:
            stretches.append((y, 1))
    return stretches
