"""Net PnL over time in braille dots, with a line at zero and the last, least and greatest figure."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import ClassVar, Final, NamedTuple

from mmtui.screens import numbers
from mmtui.screens.widgets.braille import DOT_COLUMNS, DOT_ROWS, Canvas, line_columns
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.screens.widgets.table_cells import CASH_PLACES, tone
from mmtui.views.board import EquityPoint

MOST_POINTS: Final = 3_000
"""Of a longer history every second, third, ... point is drawn, and always the last."""

_LEAST_POINTS: Final = 2
_LEAST_HEIGHT: Final = 4
_LEAST_WIDTH: Final = 24
_MARGIN: Final = 0.06
_ZERO: Final = "╌"


class CurveLine(NamedTuple):
    """One line of dots and the figure at its right edge."""

    dots: str
    label: str
    label_style: str
    style: str
    zero: bool


class PlainLine(NamedTuple):
    """Title, axis or message."""

    left: str
    right: str
    style: str


class EquityChart(LinePane):
    """The equity curve; drawn anew only when a point or the size is new."""

    DEFAULT_CSS = """
    EquityChart {
        & > .line--gain { color: $gain; }
        & > .line--loss { color: $loss; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--gain", "line--loss"}

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self._points: tuple[EquityPoint, ...] = ()
        self._net: Decimal | None = None
        self._drawn: Hashable = None

    def show(self, points: Sequence[EquityPoint], net: Decimal | None) -> int:
        """Draw these points; ``net`` is the present figure. Returns how many lines changed."""
        self._points, self._net = tuple(points), net
        return self.draw()

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One line as runs."""
        width = self.extent.width
        match row:
            case CurveLine():
                return _curve_runs(row)
            case PlainLine(left, right, "title"):
                return title_runs(left, right, width)
            case PlainLine(left, "", style):
                return [(centred(left, width), style)]
            case PlainLine(left, right, style):
                return [(left + " " * max(1, width - numbers.cells(left) - numbers.cells(right)) + right, style)]
            case _:
                return []

    def draw(self) -> int:
        """Draw the points, if they, the figure or the size are new."""
        width, height = self.extent
        if not width or not height:
            return 0
        state = (len(self._points), self._points[-1:], self._net, self.extent)
        if state == self._drawn:
            return 0
        self._drawn = state
        return self.show_rows(self._curve_rows(width, height))

    def _curve_rows(self, width: int, height: int) -> list[Hashable]:
        _ = self._
        title = PlainLine(_("Net PnL"), numbers.signed(self._net, CASH_PLACES), "title")
        if len(self._points) < _LEAST_POINTS or height < _LEAST_HEIGHT or width < _LEAST_WIDTH:
            blank: list[Hashable] = [PlainLine("", "", "text")] * max(0, height // 2 - 1)
            return [title, *blank, PlainLine(_("no equity history yet"), "", "dim")]
        step = -(-len(self._points) // MOST_POINTS)
        points = self._points[::-1][::step][::-1]
        values = [float(point.net) for point in points]
        low, high = min(0.0, *values), max(0.0, *values)
        margin = (high - low or 1.0) * _MARGIN
        labels = [numbers.signed(value, CASH_PLACES) for value in (high, low, values[-1])]
        label = max(len(text) for text in labels) + 2
        curve = _curve(points, values, (low - margin, high + margin), width - label, height - 2)
        axis = PlainLine(numbers.clock(points[0].time_ns), numbers.clock(points[-1].time_ns) + " " * label, "dim")
        return [title, *curve, axis]


def _curve(
    points: Sequence[EquityPoint], values: Sequence[float], span: tuple[float, float], width: int, height: int
) -> list[Hashable]:
    low, high = span
    begin_ns, length_ns = points[0].time_ns, max(1, points[-1].time_ns - points[0].time_ns)
    last_x, last_y = width * DOT_COLUMNS - 1, height * DOT_ROWS - 1

    def y(value: float) -> int:
        return round((high - value) / (high - low) * last_y)

    canvas = Canvas(width, height)
    columns = line_columns(
        ((point.time_ns - begin_ns) * last_x // length_ns, value) for point, value in zip(points, values, strict=True)
    )
    for x, (least, greatest) in columns.items():
        canvas.column(x, y(greatest), y(least))
    zero, current = y(0.0) // DOT_ROWS, y(values[-1]) // DOT_ROWS
    marks = {y(max(values)) // DOT_ROWS: max(values), y(min(values)) // DOT_ROWS: min(values), zero: 0.0}
    marks[current] = values[-1]
    rows: list[Hashable] = []
    for line, dots in enumerate(canvas.lines()):
        label = numbers.signed(marks[line], CASH_PLACES) if line in marks else ""
        here = line == current
        style = "gain" if line < zero else "loss" if line > zero else tone(values[-1]).replace("text", "line")
        rows.append(CurveLine(dots, label, tone(values[-1]) if here else "dim", style, line == zero))
    return rows


def _curve_runs(row: CurveLine) -> list[Run]:
    runs: list[Run] = []
    if row.zero:
        start = 0
        for k in range(1, len(row.dots) + 1):
            if k == len(row.dots) or (row.dots[k] == " ") is not (row.dots[start] == " "):
                piece = row.dots[start:k]
                runs.append((_ZERO * len(piece), "dim") if piece[0] == " " else (piece, row.style))
                start = k
    else:
        runs.append((row.dots, row.style))
    mark = "◂" if row.label_style != "dim" else " "
    runs.append(((mark + row.label) if row.label else "", row.label_style))
    return runs
