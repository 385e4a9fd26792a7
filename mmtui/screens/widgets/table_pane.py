"""A table that draws its own lines: cursor, sorting, folding columns, aligned decimals; keyboard and mouse.

Textual's DataTable repaints all visible rows for one changed cell; this pane repaints the lines that differ. It is
given all rows of a picture and keeps the cursor on the same key from one picture to the next.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from mmtui.screens import numbers
from mmtui.screens.actions import bindings
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.screens.widgets.table_layout import Column, Measure, Place, TableRow, arrange, arranged, measure, written
from mmtui.screens.widgets.table_lines import BodyLine, HeadLine, TextLine, TitleLine, TotalLine

GUTTER: Final = 2
"""Cells left of the first column: the cursor's mark and a space."""

HEAD_LINES: Final = 2
"""The title of the table and the titles of its columns."""

WHEEL_ROWS: Final = 3

MEASURED: Final = 200
"""A table of more rows is measured by those that were on screen so far: its columns may grow while one scrolls."""

_CURSOR_MARK: Final = "▸"


class TablePane(LinePane, can_focus=True):
    """A table of rows that are values.

    ``columns`` say what stands where; ``title`` and the columns' titles are translated. ``show_table`` takes a picture.
    """

    CONTEXT: ClassVar[str] = "table"
    BINDINGS = bindings("table")

    DEFAULT_CSS = """
    TablePane {
        & > .line--gain { color: $gain; }
        & > .line--loss { color: $loss; }
        & > .line--head { color: $quiet; text-style: underline; }
        & > .line--total { color: $foreground; text-style: bold; background: $panel; }
        & > .line--cursor { background: $primary 18%; }
        & > .line--cursor-mark { color: $primary; text-style: bold; }
        &:focus > .line--title { color: $primary; text-style: bold; background: $primary 25%; }
        &:focus > .line--cursor { background: $primary 35%; text-style: bold; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--gain",
        "line--loss",
        "line--head",
        "line--total",
        "line--cursor-mark",
    }

    class Moved(Message):
        """The person put the cursor on another row."""

        def __init__(self, pane: "TablePane", key: str) -> None:
            super().__init__()
            self.pane = pane
            self.key = key

        @property
        def control(self) -> "TablePane":
            """The table, for selectors."""
            return self.pane

    class Chosen(Moved):
        """The person pressed Enter on a row, or clicked it twice."""

    class EndReached(Message):
        """The cursor or the wheel came to the last row: more may be wanted."""

        def __init__(self, pane: "TablePane") -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> "TablePane":
            """The table, for selectors."""
            return self.pane

    def __init__(
        self,
        columns: Sequence[Column],
        translate: Translate = str,
        *,
        title: str = "",
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(translate, id=id)
        self.columns = tuple(columns)
        self.title = title
        self.empty = empty
        self.note = ""
        self.sort_column: int | None = None
        self.sort_reverse = False
        self.shift = 0
        self._given: tuple[TableRow, ...] = ()
        self._ordered: list[TableRow] = []
        self._total: TableRow | None = None
        self._cursor = 0
        self._top = 0
        self._height = 0
        self._places: tuple[Place, ...] = ()
        self._measures: tuple[Measure, ...] = ()

    # -------------------------------------------------------------------------------------------- what screens may use

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; None where there is no row."""
        return self._ordered[self._cursor].key if self._ordered else None

    @property
    def rows(self) -> Sequence[TableRow]:
        """The rows as they stand now, sorted."""
        return self._ordered

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """Ids of the columns for which there is room, from left to right."""
        return tuple(self.columns[place.column].id for place in self._places)

    def show_table(self, rows: Sequence[TableRow], total: TableRow | None = None, note: str = "") -> int:
        """Show these rows; returns how many lines changed. ``note`` is written beside the title."""
        given = tuple(rows)
        if given != self._given:
            self._given = given
            self._order()
        self._total, self.note = total, note
        return self.draw()

    def put_cursor(self, key: str) -> bool:
        """Put the cursor on a row without telling anybody; False where there is no such row."""
        for k, row in enumerate(self._ordered):
            if row.key == key:
                if k != self._cursor:
                    self._cursor = k
                    self._follow_cursor()
                    self.draw()
                return True
        return False

    def sort_by(self, column: int | None, *, reverse: bool = False) -> None:
        """Sort by a column, or not at all."""
        self.sort_column, self.sort_reverse = column, reverse
        self._order()
        self._follow_cursor()
        self.draw()

    def draw(self) -> int:
        """Draw what is there; returns how many lines changed."""
        width, height = self.extent.width - GUTTER, self.extent.height
        if width <= 0 or height <= 0:
            return 0
        if height != self._height:
            self._height = height
            self._follow_cursor()
        titles = [self._title_of(k) for k in range(len(self.columns))]
        self._top = max(0, min(self._top, len(self._ordered) - self._page()))
        self._measures = self._measured()
        self._places = arrange(self.columns, titles, self._measures, width, self.shift)
        lines: list[Hashable] = [TitleLine(self._heading(), self._position())]
        if not self._ordered:
            return self.show_rows([*lines, TextLine(self._(self.empty) if self.empty else "")])
        lines.append(HeadLine(" " * GUTTER + self._head(titles)))
        stop = self._top + self._page()
        for k, row in enumerate(self._ordered[self._top : stop], self._top):
            lines.append(BodyLine(self._runs(row), k == self._cursor))
        if self._total is not None:
            lines.append(TotalLine(self._runs(self._total)))
        return self.show_rows(lines)

    # ------------------------------------------------------------------------------------------------------- keyboard

    def action_row_up(self) -> None:
        """One row up."""
        self._move(self._cursor - 1)

    def action_row_down(self) -> None:
        """One row down."""
        self._move(self._cursor + 1)

    def action_page_up(self) -> None:
        """A page up."""
        self._move(self._cursor - self._page())

    def action_page_down(self) -> None:
        """A page down."""
        self._move(self._cursor + self._page())

    def action_first_row(self) -> None:
        """The first row."""
        self._move(0)

    def action_last_row(self) -> None:
        """The last row."""
        self._move(len(self._ordered) - 1)

    def action_choose_row(self) -> None:
        """Enter."""
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key))

    def action_columns_left(self) -> None:
        """Show columns further left."""
        self.shift = max(0, self.shift - 1)
        self.draw()

    def action_columns_right(self) -> None:
        """Show columns further right, if some have no room."""
        foldable = sum(1 for column in self.columns if column.fold)
        if len(self._places) < len(self.columns) and self.shift < foldable:
            self.shift += 1
            self.draw()

    def action_sort_next(self) -> None:
        """Sort by the next of the shown columns; after the last one in the order given."""
        shown = [place.column for place in self._places]
        following = [k for k in shown if self.sort_column is None or k > self.sort_column]
        self.sort_by(following[0] if following else None, reverse=False)

    def action_sort_reverse(self) -> None:
        """Sort the other way round."""
        self.sort_by(self.sort_column, reverse=not self.sort_reverse)

    # ---------------------------------------------------------------------------------------------------------- mouse

    def on_click(self, event: events.Click) -> None:
        """A row is selected, a column's title sorts by it."""
        if not self._ordered:
            return
        if event.y == 1:
            for place in self._places:
                if 0 <= event.x - GUTTER - place.start < place.width:
                    again = place.column == self.sort_column
                    self.sort_by(place.column, reverse=again and not self.sort_reverse)
            return
        k = self._top + event.y - HEAD_LINES
        if event.y >= HEAD_LINES and k < min(len(self._ordered), self._top + self._page()):
            self._move(k)
            if event.chain == 2:  # noqa: PLR2004 - a double click
                self.action_choose_row()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Look further down; the cursor stays."""
        event.stop()
        self._scroll(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Look further up."""
        event.stop()
        self._scroll(-WHEEL_ROWS)

    # ------------------------------------------------------------------------------------------------------- painting

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One line as runs."""
        width = self.extent.width
        match row:
            case BodyLine(runs, cursor):
                return [(_CURSOR_MARK if cursor else " ", "cursor-mark"), (" ", "text"), *runs]
            case TitleLine(left, right):
                return title_runs(left, right, width)
            case HeadLine(text):
                return [(text, "head")]
            case TotalLine(runs):
                return [(" " * GUTTER, "total"), *runs]
            case TextLine(text):
                return [(centred(text, width), "dim")]
            case _:
                return []

    # ------------------------------------------------------------------------------------------------------ machinery

    def _painted(self, row: Hashable) -> Strip:
        strip = super()._painted(row)
        match row:
            case BodyLine(runs, cursor) if cursor and runs[:1] and runs[0][1] != "alarm":
                over = self._look("cursor")
            case TotalLine(runs) if runs[:1] and runs[0][1] != "alarm":
                over = self._look("total")
            case _:
                return strip
        ground = Style(bgcolor=over.bgcolor, bold=over.bold)
        return Strip([Segment(text, ground if style is None else style + ground) for text, style, _ in strip])

    def _measured(self) -> tuple[Measure, ...]:
        total = () if self._total is None else (self._total,)
        if len(self._given) <= MEASURED:
            return measure(self.columns, (*self._given, *total))
        return measure(self.columns, (*self._ordered[self._top : self._top + self._page()], *total), self._measures)

    def _page(self) -> int:
        return max(1, self.extent.height - HEAD_LINES - (self._total is not None))

    def _order(self) -> None:
        key = self.cursor_key
        self._ordered = arranged(self._given, self.sort_column, reverse=self.sort_reverse)
        found = next((k for k, row in enumerate(self._ordered) if row.key == key), None)
        self._cursor = max(0, min(self._cursor, len(self._ordered) - 1)) if found is None else found

    def _move(self, k: int) -> None:
        if not self._ordered:
            return
        k = max(0, min(k, len(self._ordered) - 1))
        if k != self._cursor:
            self._cursor = k
            self.post_message(self.Moved(self, self._ordered[k].key))
        self._follow_cursor()
        self.draw()
        if k == len(self._ordered) - 1:
            self.post_message(self.EndReached(self))

    def _scroll(self, rows: int) -> None:
        last = max(0, len(self._ordered) - self._page())
        self._top = max(0, min(self._top + rows, last))
        self.draw()
        if rows > 0 and self._top == last:
            self.post_message(self.EndReached(self))

    def _follow_cursor(self) -> None:
        page = self._page()
        self._top = min(max(self._top, self._cursor - page + 1), self._cursor)

    def _title_of(self, k: int) -> str:
        title = self._(self.columns[k].title) if self.columns[k].title else ""
        if k != self.sort_column:
            return title
        return title + ("▼" if self.sort_reverse else "▲")

    def _heading(self) -> str:
        title = self._(self.title) if self.title else ""
        return f"{title}  {self.note}" if self.note else title

    def _position(self) -> str:
        count, page = len(self._ordered), self._page()
        hidden = len(self.columns) - len(self._places)
        parts = []
        if hidden and count:
            parts.append(f"◂▸ +{hidden}")
        if count > page:
            parts.append(f"{self._top + 1}-{min(self._top + page, count)}/{count}")
        return "  ".join(parts)

    def _head(self, titles: Sequence[str]) -> str:
        text = ""
        for place in self._places:
            text += " " * (place.start - numbers.cells(text))
            title = titles[place.column]
            if self.columns[place.column].align == "left":
                text += numbers.left(title, place.width)
            else:
                text += " " * max(0, place.width - numbers.cells(title)) + numbers.left(
                    title, min(place.width, numbers.cells(title))
                )
        return text

    def _runs(self, row: TableRow) -> tuple[Run, ...]:
        runs, used = [], 0
        for place in self._places:
            cell = row.cells[place.column]
            text = written(cell, self.columns[place.column], place)
            runs.append((" " * (place.start - used) + text, row.tone or cell.style))
            used = place.start + place.width
        return tuple(runs)
