"""The log on screen: follows its end or stands still, shows what was found, wraps, and copies lines.

What stands at the top is remembered as a line and a part of it, never as a row count, so wrapping needs no heights of
lines that are not on screen.
"""

import re
from collections.abc import Hashable, Iterable
from typing import Final, NamedTuple

from rich.cells import chop_cells
from textual import events

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.screens import numbers
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.screens.widgets.log_lines import LEVELS, Line, LogLines

WHEEL_ROWS: Final = 3

_MARKS: Final = {
    "debug": ("D", "dim"),
    "info": ("I", "text"),
    "warning": ("W", "warning"),
    "error": ("E", "error"),
    "critical": ("E", "error"),
}
_MILLISECONDS_FROM: Final = 70
_SOURCE_CELLS: Final = 12
_SHORT_SOURCE_CELLS: Final = 8
_LEAST_TEXT: Final = 10
_CHOPS_KEPT: Final = 2_000


class ViewRow(NamedTuple):
    """One row on screen: a part of a line. ``thumb``: the scroll bar's handle is beside it."""

    line: Line
    part: int
    chosen: bool
    thumb: bool


class TitleRow(NamedTuple):
    """The heading."""

    left: str
    right: str
    style: str


class TextRow(NamedTuple):
    """A message in place of lines."""

    text: str


class LogView(LinePane, can_focus=True):
    """The lines of ``lines`` as rows. ``following`` shows the newest; else the view stands still."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self.lines = LogLines()
        self.following = True
        self.wrapping = False
        self._top: tuple[int, int] = (0, 0)
        self._cursor: int | None = None
        self._anchor: int | None = None
        self._chops: dict[int, list[str]] = {}

    # ------------------------------------------------------------------------------------------------- what it is told

    def draw(self) -> int:
        """Show the lines as they are now."""
        height = self.extent.height
        if height < 2:  # noqa: PLR2004 - a title and at least one line
            return 0
        rows = self._window(height - 1)
        shown: list[Hashable] = [self._title(rows), *self._marked(rows)]
        if not rows:
            nothing = self._("no log lines yet") if not len(self.lines) else self._("no line fits the filter")
            shown.append(TextRow(nothing))
        return self.show_rows(shown)

    def follow(self) -> None:
        """Show the newest lines from now on."""
        self.following = True
        self._cursor = self._anchor = None
        self.draw()

    def pause(self) -> None:
        """Stand still where the view is now."""
        if self.following:
            window = self._window(self.extent.height - 1)
            self.following = False
            if window:
                self._top = (window[0][0].number, window[0][1])
                self._cursor = self._anchor = window[-1][0].number
        self.draw()

    def scroll_rows(self, rows: int) -> None:
        """Move the view down (or up, negative); reaching the end follows it again."""
        if not self.lines.shown:
            return
        self._stand_still()
        index, part = self._top_place()
        for _ in range(abs(rows)):
            index, part = self._step(index, part, 1 if rows > 0 else -1)
        self._top = (self.lines.shown[index].number, part)
        if rows > 0 and self._rows_from(index, part, self.extent.height) < self.extent.height:
            self.follow()
            return
        self.draw()

    def move_cursor(self, lines: int, *, extend: bool = False) -> None:
        """Move the chosen line; ``extend`` keeps the other end of the selection where it is."""
        self.pause()
        if self._cursor is None or not self.lines.shown:
            return
        last = len(self.lines.shown) - 1
        self._choose(max(0, min(last, self.lines.index_of(self._cursor) + lines)), extend=extend)

    def choose_index(self, index: int) -> None:
        """Choose a shown line and bring it into view."""
        self.pause()
        if self.lines.shown:
            self._choose(max(0, min(len(self.lines.shown) - 1, index)), extend=False)

    def toggle_level(self, level: str) -> None:
        """Show or hide the lines of a level."""
        self.lines.choose(self.lines.levels ^ {level})
        self.draw()

    def search(self, text: str, *, only_found: bool) -> None:
        """Look for a text and go to its newest line."""
        self.lines.search(text, only_found=only_found)
        self.repaint()
        if text:
            self.find(-1)
        self.draw()

    def find(self, step: int) -> bool:
        """Go to the next line down (+1) or up (-1) that holds the text; False if there is none."""
        shown = self.lines.shown
        at = len(shown) if self._cursor is None else self.lines.index_of(self._cursor)
        index = self.lines.find(at + step, step)
        if index is None:
            return False
        self.choose_index(index)
        return True

    def toggle_wrap(self) -> None:
        """Break long lines, or cut them at the edge."""
        self.wrapping = not self.wrapping
        self.repaint()
        self.draw()

    def selected(self) -> list[Line]:
        """The chosen lines, else the newest one."""
        if self._cursor is None or self._anchor is None:
            return self.lines.shown[-1:]
        return list(self.lines.between(self.lines.index_of(self._anchor), self.lines.index_of(self._cursor)))

    @property
    def page_rows(self) -> int:
        """Rows of a page: a screenful, less one that shows where one was."""
        return max(1, self.extent.height - 2)

    # ------------------------------------------------------------------------------------------------- the view's rows

    def _window(self, height: int) -> list[tuple[Line, int]]:
        """What is on screen: lines with the part of each."""
        shown = self.lines.shown
        if not shown:
            return []
        if not self.following:
            index, part = self._top_place()
            window: list[tuple[Line, int]] = []
            while index < len(shown) and len(window) < height:
                line = shown[index]
                window += [(line, k) for k in range(part, self._parts(line))]
                index, part = index + 1, 0
            if len(window) >= height:
                return window[:height]
        window = []
        for line in reversed(shown):
            window[:0] = [(line, k) for k in range(self._parts(line))]
            if len(window) >= height:
                break
        return window[-height:]

    def _marked(self, window: list[tuple[Line, int]]) -> Iterable[ViewRow]:
        """Rows with selection and scroll bar."""
        low, high = -1, -1
        if self._cursor is not None and self._anchor is not None:
            low, high = sorted((self._cursor, self._anchor))
        begin, end = self._thumb(window)
        for y, (line, part) in enumerate(window):
            yield ViewRow(line, part, low <= line.number <= high, begin <= y < end)

    def _thumb(self, window: list[tuple[Line, int]]) -> tuple[int, int]:
        """First row of the scroll bar's handle and the one after its last; none where all is in view."""
        total, height = len(self.lines.shown), self.extent.height - 1
        if not window or total <= height:
            return 0, 0
        size = max(1, height * height // total)
        first = self.lines.index_of(window[0][0].number)
        begin = round(first / max(1, total - height) * (height - size))
        begin = height - size if self.following else max(0, min(height - size, begin))
        return begin, begin + size

    def _title(self, window: list[tuple[Line, int]]) -> TitleRow:
        _ = self._
        lines = self.lines
        levels = " ".join(_MARKS[name][0] if name in lines.levels else "·" for name in LEVELS)
        parts = [_("levels {levels}").format(levels=levels)]
        if lines.text:
            parts.append(_("{count} lines found").format(count=lines.matches))
        if lines.only_found:
            parts.append(_("others hidden"))
        if lines.missed:
            parts.append(_("{count} missed").format(count=lines.missed))
        parts.append(f"{len(lines.shown):,}/{len(lines):,}")
        if self.following:
            return TitleRow(_("Log  following"), "  ".join(parts), "title")
        below = len(lines.shown) - 1 - lines.index_of(window[-1][0].number) if window else 0
        return TitleRow(_("Log  PAUSED  {count} below").format(count=below), "  ".join(parts), "notice")

    def _stand_still(self) -> None:
        if self.following:
            self.pause()

    def _top_place(self) -> tuple[int, int]:
        """Index and part of the top row; the line may have gone from the ring or been filtered out."""
        number, part = self._top
        index = min(self.lines.index_of(number), len(self.lines.shown) - 1)
        line = self.lines.shown[index]
        return index, min(part, self._parts(line) - 1) if line.number == number else 0

    def _step(self, index: int, part: int, step: int) -> tuple[int, int]:
        if step > 0:
            if part + 1 < self._parts(self.lines.shown[index]):
                return index, part + 1
            return (index + 1, 0) if index + 1 < len(self.lines.shown) else (index, part)
        if part:
            return index, part - 1
        return (index - 1, self._parts(self.lines.shown[index - 1]) - 1) if index else (0, 0)

    def _rows_from(self, index: int, part: int, most: int) -> int:
        """Rows from a place to the end, counted no further than ``most``."""
        rows = -part
        while index < len(self.lines.shown) and rows < most:
            rows += self._parts(self.lines.shown[index])
            index += 1
        return rows

    def _choose(self, index: int, *, extend: bool) -> None:
        self._cursor = self.lines.shown[index].number
        if not extend or self._anchor is None:
            self._anchor = self._cursor
        height = self.extent.height - 1
        top, part = self._top_place()
        if index < top or (index == top and part):
            self._top = (self._cursor, 0)
        elif not any(line.number == self._cursor for line, _ in self._window(height)):
            place = (index, self._parts(self.lines.shown[index]) - 1)
            for _ in range(height - 1):
                place = self._step(*place, -1)
            self._top = (self.lines.shown[place[0]].number, place[1])
        self.draw()

    # ------------------------------------------------------------------------------------------------------ painting

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        width = self.extent.width
        match row:
            case ViewRow():
                return self._paint_row(row, width)
            case TitleRow(left, right, style):
                return title_runs(left, right, width, style)
            case TextRow(text):
                return [(centred(text, width), "dim")]
            case _:
                return []

    def _paint_row(self, row: ViewRow, width: int) -> list[Run]:
        line = row.line
        mark, style = _MARKS.get(line.level, ("?", "warning"))
        if row.part:
            head = [(" " * self._indent, "dim")]
        else:
            clock = numbers.clock(line.time_ns)
            if width >= _MILLISECONDS_FROM:
                clock = f"{clock}.{line.time_ns % NS_PER_S // NS_PER_MS:03}"
            head = [(f"{clock} ", "dim"), (f"{mark} ", style), (numbers.left(line.source, self._source) + " ", "dim")]
        if row.chosen:
            head = [(text, "cursor") for text, _ in head]
        text = self._chopped(line)[row.part] if self.wrapping else numbers.left(line.text, self._room)
        runs = head + self._found_runs(text, "cursor" if row.chosen else style)
        used = sum(numbers.cells(run) for run, _ in runs)
        if row.thumb:
            runs += [(" " * (width - 1 - used), "cursor" if row.chosen else "text"), ("┃", "dim")]
        elif row.chosen:
            runs.append((" " * (width - 1 - used), "cursor"))
        return runs

    def _found_runs(self, text: str, style: str) -> list[Run]:
        """A text with what is looked for marked in it."""
        if not self.lines.text:
            return [(text, style)]
        runs: list[Run] = []
        at = 0
        for found in re.finditer(re.escape(self.lines.text), text, re.IGNORECASE):
            runs += [(text[at : found.start()], style), (found[0], "found")]
            at = found.end()
        return [*runs, (text[at:], style)]

    @property
    def _source(self) -> int:
        return _SOURCE_CELLS if self.extent.width >= _MILLISECONDS_FROM else _SHORT_SOURCE_CELLS

    @property
    def _indent(self) -> int:
        return (13 if self.extent.width >= _MILLISECONDS_FROM else 9) + 2 + self._source + 1

    @property
    def _room(self) -> int:
        """Cells for the text: what time, level and source leave, less the scroll bar."""
        return max(_LEAST_TEXT, self.extent.width - self._indent - 1)

    def _parts(self, line: Line) -> int:
        return len(self._chopped(line)) if self.wrapping else 1

    def _chopped(self, line: Line) -> list[str]:
        parts = self._chops.get(line.number)
        if parts is None:
            if len(self._chops) >= _CHOPS_KEPT:
                self._chops.clear()
            parts = self._chops[line.number] = chop_cells(line.text, self._room) or [""]
        return parts

    # --------------------------------------------------------------------------------------------------------- events

    def on_resize(self) -> None:
        """Lines are broken for a width; the pane itself draws anew after this."""
        self._chops.clear()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view."""
        event.stop()
        self.scroll_rows(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view."""
        event.stop()
        self.scroll_rows(-WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """A click chooses a line, with shift all lines up to it."""
        window = self._window(self.extent.height - 1)
        if 1 <= event.y <= len(window):
            number = window[event.y - 1][0].number
            self.pause()
            self._choose(self.lines.index_of(number), extend=event.shift)
