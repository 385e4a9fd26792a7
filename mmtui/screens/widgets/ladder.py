"""The order-book ladder: asks above, bids below, the spread between; depth bars, and our orders at their prices."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.events import Level
from mmtui.model.units import Side
from mmtui.screens import numbers
from mmtui.screens.widgets.book_figures import book_figure, size_figure, size_places
from mmtui.screens.widgets.ladder_rows import (
    EIGHTHS,
    STEPS,
    BeyondRow,
    DepthScale,
    Grid,
    LadderRow,
    OwnMark,
    QueueBounds,
    SideRows,
    level_sizes,
    own_marks,
    side_rows,
    touch_spread,
    with_bars,
)
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.views.board import MarketRow, OrderRow

STATE_MARKS: Final = {"new": "◌", "sent": "◌", "open": "▸", "amend_sent": "↻", "cancel_sent": "✕", "unknown": "?"}
"""How an own order's state shows at its price."""

_BLOCKS: Final = " ▏▎▍▌▋▊▉"
_QUEUED_LEVELS: Final = 200
_GAP: Final = "  "
_OWN_CELLS: Final = 22
_SHORT_OWN_CELLS: Final = 15
_NAME_CELLS: Final = 4
_QUEUE_CELLS: Final = 8
_TOTAL_FROM: Final = 64
_LONG_OWN_FROM: Final = 52
_LEAST_BAR: Final = 4


class TitleRow(NamedTuple):
    """The heading: how many ticks a row holds, how the book is."""

    step: str
    state: str
    alarm: bool


class SpreadRow(NamedTuple):
    """What lies between the sides."""

    text: str
    alarm: bool


class TextRow(NamedTuple):
    """A message in place of levels."""

    text: str
    style: str


class Columns(NamedTuple):
    """Cells of each column; 0 leaves a column out."""

    own: int
    price: int
    size: int
    total: int
    bar: int


class Ladder(LinePane):
    """One instrument's book. ``show`` takes a picture; ``change_step`` puts more or fewer ticks into a row."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self.step = STEPS[0]
        self._market: MarketRow | None = None
        self._orders: tuple[OrderRow, ...] = ()
        self._stale = False
        self._instrument = ""
        self._queues = QueueBounds()
        self._scale = DepthScale()
        self._columns = Columns(0, 0, 0, 0, 0)
        self._use_grid(Decimal(1), Decimal(1))

    # ------------------------------------------------------------------------------------------------ what it is told

    def show(self, market: MarketRow | None, orders: Sequence[OrderRow], *, stale: bool) -> int:
        """Draw this picture; returns how many lines changed. ``stale``: the book is too old to act on."""
        if market is not None and market.instrument != self._instrument:
            self._instrument = market.instrument
            self._queues, self._scale = QueueBounds(), DepthScale()
            self._use_grid(market.tick_size, market.lot_size)
            self._columns = Columns(0, 0, 0, 0, 0)
        self._market, self._orders, self._stale = market, tuple(orders), stale
        return self.draw()

    def _use_grid(self, tick_size: Decimal, lot_size: Decimal) -> None:
        self._tick, self._lot = tick_size, lot_size
        self._tick_float = float(tick_size)
        self._price_places, self._size_places = numbers.places_of(tick_size), size_places(lot_size)

    def change_step(self, more: int) -> int:
        """Put ``more`` (+1) or fewer (-1) ticks together; returns the ticks a row holds now."""
        index = max(0, min(len(STEPS) - 1, STEPS.index(self.step) + more))
        if STEPS[index] != self.step:
            self.step = STEPS[index]
            self._scale = DepthScale()
            self.draw()
        return self.step

    # ------------------------------------------------------------------------------------------------------- rows

    def draw(self) -> int:
        """Show what the pane was told last, for its present size."""
        width, height = self.extent
        if not width or not height:
            return 0
        market = self._market
        if market is None or not (market.bids or market.asks):
            return self.show_rows(self._empty_rows(market, height))
        self._update_queues(market)
        below = (height - 2) // 2
        above = height - 2 - below
        self._fit_columns(market, width)
        asks = self._side(Side.SELL, market.asks, above)
        bids = self._side(Side.BUY, market.bids, below)
        shown = asks.rows + bids.rows
        full = self._scale.fit(max((row.size or 0.0 for row in shown), default=0.0))
        barred = with_bars(shown, full, self._columns.bar)
        upper: list[Hashable] = list(reversed(barred[: len(asks.rows)]))
        if asks.beyond is not None:
            upper.insert(0, asks.beyond)
        lower: list[Hashable] = list(barred[len(asks.rows) :])
        if bids.beyond is not None:
            lower.append(bids.beyond)
        blank: list[Hashable] = [TextRow("", "text")] * (above - len(upper))
        return self.show_rows([self._title(market), *blank, *upper, self._spread(market), *lower])

    def _side(self, side: Side, levels: Sequence[Level], count: int) -> SideRows:
        grid = Grid(self._tick, self.step)
        marks = own_marks(self._orders, grid, side, self._queues)
        return side_rows(levels, grid, side, marks, count, totals=bool(self._columns.total))

    def _update_queues(self, market: MarketRow) -> None:
        sizes: dict[tuple[Side, int], float] = {}
        if self._orders:
            sizes |= level_sizes(market.bids, self._tick, Side.BUY, _QUEUED_LEVELS)
            sizes |= level_sizes(market.asks, self._tick, Side.SELL, _QUEUED_LEVELS)
        self._queues.update(self._orders, sizes, self._tick)

    def _empty_rows(self, market: MarketRow | None, height: int) -> list[Hashable]:
        _ = self._
        if market is None:
            text = _("no market data for this instrument yet")
        elif market.stream == "up":
            text = _("the book is empty")
        elif market.stream == "down":
            text = _("no book: the market stream is down")
        else:
            text = _("no book yet: the market stream is starting")
        rows: list[Hashable] = [TitleRow("", "", alarm=False)]
        rows += [TextRow("", "text")] * max(0, height // 2 - 1)
        return [*rows, TextRow(text, "warning")]

    def _title(self, market: MarketRow) -> TitleRow:
        _ = self._
        step = _("{ticks} ticks a row").format(ticks=self.step) if self.step > 1 else _("1 tick a row")
        if market.stream != "up":
            state = _("stream down") if market.stream == "down" else _("stream starting")
            return TitleRow(step, state, alarm=True)
        if market.book_age_ns is None:
            return TitleRow(step, _("age unknown"), alarm=True)
        if self._stale:
            return TitleRow(step, _("STALE {age}").format(age=numbers.age(market.book_age_ns)), alarm=True)
        return TitleRow(step, "", alarm=False)

    def _spread(self, market: MarketRow) -> SpreadRow:
        _ = self._
        spread = touch_spread(market)
        if spread is None:
            missing = _("no asks: spread unknown") if market.bids else _("no bids: spread unknown")
            return SpreadRow(missing, alarm=True)
        words = _("spread 1 tick  {bps} bps  mid {mid}")
        if spread.ticks != 1:
            words = _("spread {ticks} ticks  {bps} bps  mid {mid}")
        text = words.format(
            ticks=spread.ticks,
            bps=numbers.bps(spread.bps, 2),
            mid=numbers.number(spread.mid, self._price_places + 1),
        )
        if spread.ticks <= 0:
            return SpreadRow(_("CROSSED  {text}").format(text=text), alarm=True)
        return SpreadRow(text, alarm=False)

    def _fit_columns(self, market: MarketRow, width: int) -> None:
        """Widths of the columns for this instrument's figures; a new width means new strips."""
        dearest = max(levels[0][0] for levels in (market.bids, market.asks) if levels)
        price = max(len(book_figure(dearest, self._price_places)), self._columns.price)
        size = max(8, self._size_places + 6)
        own = _OWN_CELLS if width >= _LONG_OWN_FROM else _SHORT_OWN_CELLS
        total = size if width >= _TOTAL_FROM else 0
        used = own + price + size + total + len(_GAP) * (3 if total else 2) + 1
        bar = width - used if width - used >= _LEAST_BAR else 0
        columns = Columns(own, price, size, total, bar)
        if columns != self._columns:
            self._columns = columns
            self.repaint()

    # ----------------------------------------------------------------------------------------------------- painting

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        width = self.extent.width
        match row:
            case LadderRow():
                return self._paint_level(row)
            case TitleRow(step, state, alarm):
                left = self._("Order book")
                if state:
                    left = f"{left}  {state}"
                return title_runs(left, step, width, "alarm" if alarm else "title")
            case SpreadRow(text, alarm):
                return [(centred(text, width), "alarm" if alarm else "strong")]
            case BeyondRow(side, count, ticks):
                return self._paint_beyond(side, count, ticks)
            case TextRow(text, style):
                return [(centred(text, width), style)]
            case _:
                return []

    def _paint_level(self, row: LadderRow) -> list[Run]:
        columns, side = self._columns, "buy" if row.side is Side.BUY else "sell"
        price = book_figure(row.ticks * self._tick_float, self._price_places).rjust(columns.price)
        strong = row.best or row.own is not None
        if row.own is None:
            runs = [(" " * columns.own + price, f"{side}-strong" if strong else side)]
        else:
            runs = [self._paint_own(row.own, row.side, columns.own), (price, f"{side}-strong")]
        runs.append((_GAP + self._amount(row.size, columns.size), "strong" if row.best else "text"))
        if columns.total:
            runs.append((_GAP + self._amount(row.total, columns.total), "dim"))
        if columns.bar:
            runs.append((" " + bar_text(row.bar), f"{side}-bar"))
        return runs

    def _paint_own(self, own: OwnMark, side: Side, width: int) -> Run:
        style = {"open": "own", "unknown": "error"}.get(own.state, "warning")
        mark = STATE_MARKS.get(own.state, "?")
        name = numbers.side_mark(side) + (str(own.level) if own.orders == 1 else f"x{own.orders}")
        queue = ""
        if width == _OWN_CELLS:
            queue = numbers.right("" if own.queue is None else f"≤{numbers.compact(own.queue)}", _QUEUE_CELLS)
        room = width - 1 - numbers.cells(queue) - 1
        head = numbers.left(f"{mark}{name}", _NAME_CELLS)
        size = numbers.quantity(own.left, self._lot)
        if numbers.cells(size) > room - _NAME_CELLS:
            size = numbers.compact(own.left)
        return f" {head}{numbers.right(size, room - _NAME_CELLS)}{queue} ", style

    def _paint_beyond(self, side: Side, count: int, ticks: int) -> list[Run]:
        arrow = "▼" if side is Side.BUY else "▲"
        price = numbers.price(ticks * self._tick, self._tick)
        words = self._("{arrow} own order at {price}")
        if count > 1:
            words = self._("{arrow} {count} own orders from {price} on")
        text = words.format(arrow=arrow, count=count, price=price)
        return [(numbers.left(text, self.extent.width), "own")]

    def _amount(self, size: float | None, width: int) -> str:
        """A size on the lot's grid; in k, M, B only where it would not fit."""
        places = self._size_places
        if size is None:
            return numbers.right(numbers.UNKNOWN + " " * (places + 1 if places else 0), width)
        text = size_figure(size, places)
        return text.rjust(width) if len(text) <= width else numbers.compact(size, 4).rjust(width)


def bar_text(eighths: int) -> str:
    """A bar as block characters.

    >>> bar_text(20)
    '██▌'
    """
    whole, rest = divmod(eighths, EIGHTHS)
    return "█" * whole + (_BLOCKS[rest] if rest else "")
