"""Mid price over time in braille dots, with our fills as markers and our best quotes at the edge."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.units import NS_PER_S, Side
from mmtui.screens import numbers
from mmtui.screens.widgets.braille import DOT_COLUMNS, DOT_ROWS, Canvas, line_columns, stretches
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.views.board import FillRow, MarketRow, PricePoint

SPANS_S: Final = (60, 300, 900, 3_600, 14_400)
"""How much time the chart can show."""

_LONGEST_GAP_NS: Final = 5 * NS_PER_S
_LEAST_POINTS: Final = 2
_LEAST_HEIGHT: Final = 4
_MARGIN: Final = 0.04
_FILL_MARKS: Final = {Side.BUY: ("▲", "buy-strong"), Side.SELL: ("▼", "sell-strong")}


class ChartRow(NamedTuple):
    """One line of the chart: dots, markers over them as (cell, character, style), price at the right edge."""

    dots: str
    marks: tuple[tuple[int, str, str], ...]
    label: str
    current: bool


class TextRow(NamedTuple):
    """A line of text: title, axis or message."""

    left: str
    right: str
    style: str


class Scale(NamedTuple):
    """From times and prices to dots."""

    begin_ns: int
    end_ns: int
    low: float
    high: float
    width: int
    height: int

    def x(self, time_ns: int) -> int:
        """Dot column of a time."""
        last = self.width * DOT_COLUMNS - 1
        return (time_ns - self.begin_ns) * last // max(1, self.end_ns - self.begin_ns)

    def y(self, price: float) -> int:
        """Dot row of a price, 0 at the top."""
        last = self.height * DOT_ROWS - 1
        return round((self.high - price) / (self.high - self.low) * last)

    def price_of(self, line: int) -> float:
        """The price in the middle of a line of cells."""
        last = self.height * DOT_ROWS - 1
        return self.high - (self.high - self.low) * (line * DOT_ROWS + 1.5) / last


class Chart(LinePane):
    """The price chart of one instrument; drawn anew only when a point, a fill or the size is new."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self.span_s = SPANS_S[1]
        self._market: MarketRow | None = None
        self._fills: tuple[FillRow, ...] = ()
        self._drawn: Hashable = None

    def show(self, market: MarketRow | None, fills: Sequence[FillRow]) -> int:
        """Draw this picture; ``fills`` are ours on this instrument. Returns how many lines changed."""
        self._market, self._fills = market, tuple(fills)
        return self.draw()

    def change_span(self, more: int) -> int:
        """Show more (+1) or less (-1) time; returns the seconds shown now."""
        index = max(0, min(len(SPANS_S) - 1, SPANS_S.index(self.span_s) + more))
        self.span_s = SPANS_S[index]
        self.draw()
        return self.span_s

    def draw(self) -> int:
        """Show what the pane was told last, for its present size."""
        width, height = self.extent
        if not width or not height:
            return 0
        market = self._market
        history = () if market is None else market.history
        state = (
            "" if market is None else market.instrument,
            len(history),
            history[-1] if history else None,
            self._fills[:1],
            len(self._fills),
            self.span_s,
            self.extent,
        )
        if state == self._drawn:
            return 0
        self._drawn = state
        return self.show_rows(self._chart_rows(market, width, height))

    def _chart_rows(self, market: MarketRow | None, width: int, height: int) -> list[Hashable]:
        _ = self._
        title = TextRow(_("Price (mid)"), _("▲ we bought  ▼ we sold"), "title")
        history = () if market is None else market.history
        begin_ns = history[-1].time_ns - self.span_s * NS_PER_S if history else 0
        points = [point for point in history if point.time_ns >= begin_ns]
        if market is None or len(points) < _LEAST_POINTS or height < _LEAST_HEIGHT:
            blank: list[Hashable] = [TextRow("", "", "text")] * max(0, height // 2 - 1)
            return [title, *blank, TextRow(_("no price history yet: one point a second"), "", "dim")]
        fills = [fill for fill in self._fills if begin_ns <= fill.time_ns <= points[-1].time_ns + NS_PER_S]
        label = len(numbers.price(max(point.mid for point in points), market.tick_size)) + 2
        scale = _scale(points, fills, begin_ns, width - label, height - 2, float(market.tick_size))
        rows = _lines(scale, points, fills, market.tick_size)
        clock = numbers.clock(begin_ns)
        axis = TextRow(clock, numbers.clock(points[-1].time_ns) + " " * label, "dim")
        return [title, *rows, axis]

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        width = self.extent.width
        match row:
            case ChartRow():
                return _paint_line(row)
            case TextRow(left, right, "title"):
                return title_runs(left, right, width)
            case TextRow(left, "", style):
                return [(centred(left, width), style)]
            case TextRow(left, right, style):
                return [(left + " " * max(1, width - numbers.cells(left) - numbers.cells(right)) + right, style)]
            case _:
                return []


def _scale(
    points: Sequence[PricePoint], fills: Sequence[FillRow], begin_ns: int, width: int, height: int, tick: float
) -> Scale:
    """Time from ``begin_ns`` to the last point; prices from the lowest to the highest seen, with a margin."""
    prices = [point.mid for point in points] + [float(fill.price) for fill in fills]
    low, high = min(prices), max(prices)
    margin = max((high - low) * _MARGIN, tick)
    return Scale(begin_ns, points[-1].time_ns, low - margin, high + margin, max(1, width), max(1, height))


def _lines(scale: Scale, points: Sequence[PricePoint], fills: Sequence[FillRow], tick_size: Decimal) -> list[Hashable]:
    canvas = Canvas(scale.width, scale.height)
    for part in stretches([point.time_ns for point in points], _LONGEST_GAP_NS):
        for x, (low, high) in line_columns((scale.x(point.time_ns), point.mid) for point in points[part]).items():
            canvas.column(x, scale.y(high), scale.y(low))
    marks: dict[int, dict[int, tuple[str, str]]] = {}
    for fill in reversed(fills):
        line, cell = scale.y(float(fill.price)) // DOT_ROWS, scale.x(fill.time_ns) // DOT_COLUMNS
        marks.setdefault(line, {})[min(cell, scale.width - 1)] = _FILL_MARKS[fill.side]
    last = points[-1].mid
    current = scale.y(last) // DOT_ROWS
    every = max(2, scale.height // 5)
    rows: list[Hashable] = []
    for line, dots in enumerate(canvas.lines()):
        here = tuple((cell, *mark) for cell, mark in sorted(marks.get(line, {}).items()))
        label = ""
        if line == current:
            label = numbers.price(last, tick_size)
        elif line % every == 0 and abs(line - current) > 1:
            label = numbers.price(scale.price_of(line), tick_size)
        rows.append(ChartRow(dots, here, label, line == current))
    return rows


def _paint_line(row: ChartRow) -> list[Run]:
    runs: list[Run] = []
    at = 0
    for cell, character, style in row.marks:
        runs += [(row.dots[at:cell], "line"), (character, style)]
        at = cell + 1
    runs.append((row.dots[at:], "line"))
    if row.label:
        runs.append((f"◂{row.label}" if row.current else f" {row.label}", "strong" if row.current else "dim"))
    return runs
