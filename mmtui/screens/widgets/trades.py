"""Recent public trades, newest first; the taker's side told by arrow and letter as well as by colour."""

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.screens import numbers
from mmtui.screens.widgets.book_figures import book_figure, size_figure, size_places
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, centred, title_runs
from mmtui.views.board import MarketRow, TradeRow

_MARKS: Final = {Side.BUY: ("▲B", "buy"), Side.SELL: ("▼S", "sell"), None: ("··", "dim")}
_TENTHS_FROM: Final = 34
_VALUE_FROM: Final = 50
_SIZE_CELLS: Final = 11
_NS_PER_TENTH: Final = 100 * NS_PER_MS


class TextRow(NamedTuple):
    """A message in place of trades."""

    text: str


class TitleRow(NamedTuple):
    """The heading."""

    left: str
    right: str


class Trades(LinePane):
    """The tape of one instrument."""

    def __init__(self, translate: Translate = str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(translate, id=id)
        self._market: MarketRow | None = None
        self._grid = (Decimal(1), Decimal(1))
        self._places = (0, 0)
        self._price_cells = 0

    def show(self, market: MarketRow | None) -> int:
        """Draw this picture; returns how many lines changed."""
        self._market = market
        return self.draw()

    def draw(self) -> int:
        """Show what the pane was told last, for its present size."""
        _ = self._
        market, height = self._market, self.extent.height
        rows: list[Hashable] = [TitleRow(_("Trades"), _("▲B taker buys  ▼S taker sells"))]
        if market is None or not market.trades:
            return self.show_rows([*rows, TextRow(_("no trades yet"))])
        if self._grid != (market.tick_size, market.lot_size):
            self._grid = (market.tick_size, market.lot_size)
            self._places = (numbers.places_of(market.tick_size), size_places(market.lot_size))
            self._price_cells = 0
            self.repaint()
        newest_first = sorted(market.trades, key=_time, reverse=True)[: max(0, height - 1)]
        dearest = max((trade.price for trade in newest_first), default=0.0)
        price_cells = len(book_figure(dearest, self._places[0]))
        if price_cells > self._price_cells:
            self._price_cells = price_cells
            self.repaint()
        return self.show_rows([*rows, *newest_first])

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        width = self.extent.width
        match row:
            case TradeRow():
                return self._paint_trade(row, width)
            case TitleRow(left, right):
                return title_runs(left, right, width)
            case TextRow(text):
                return [(centred(text, width), "dim")]
            case _:
                return []

    def _paint_trade(self, trade: TradeRow, width: int) -> list[Run]:
        mark, style = _MARKS[trade.taker_side]
        clock = numbers.clock(trade.time_ns)
        if width >= _TENTHS_FROM:
            clock = f"{clock}.{trade.time_ns % NS_PER_S // _NS_PER_TENTH}"
        price = book_figure(trade.price, self._places[0]).rjust(self._price_cells)
        room = max(min(width - len(clock) - 2 - self._price_cells - 5, _SIZE_CELLS), 0)
        size = size_figure(trade.size, self._places[1])
        if len(size) > room:
            size = numbers.compact(trade.size)
        runs = [(f" {clock} ", "dim"), (f"{mark} {price}", style), (" " + size.rjust(room), "text")]
        if width >= _VALUE_FROM:
            runs.append(("  " + book_figure(trade.price * trade.size, 0).rjust(_SIZE_CELLS), "dim"))
        return runs


def _time(trade: TradeRow) -> int:
    return trade.time_ns
