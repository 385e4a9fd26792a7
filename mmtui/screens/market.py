"""The market screen: what the market is, where our orders stand in it, and why a quote is missing."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Container

from mmtui.model.units import NS_PER_S
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.widgets.chart import Chart
from mmtui.screens.widgets.ladder import Ladder
from mmtui.screens.widgets.market_head import MarketHead, Place
from mmtui.screens.widgets.quotes_pane import QuotesPane
from mmtui.screens.widgets.trades import Trades
from mmtui.views.board import Board, MarketRow, StrategyRow

STALE_NS: Final = 2 * NS_PER_S
"""Age from which a book is shown as stale: the default of the risk limit stale_after_ms, which the Board has not."""


class MarketScreen(BoardScreen):
    """One instrument at a time: ladder, trades, chart, own quotes; panes fold by size."""

    CONTEXT = "market"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 10.0

    DEFAULT_CSS = """
    MarketScreen {
        MarketHead { height: 2; }
        #panes { layout: grid; grid-size: 1 2; grid-rows: 1fr 2; grid-gutter: 0 1; height: 1fr; }
        Chart, Trades { display: none; }
        &.-medium #panes, &.-tall #panes { grid-rows: 1fr 11; }
        &.-normal {
            #panes { grid-size: 2 3; grid-columns: 62 1fr; grid-rows: 1fr 1fr 2; }
            Ladder { row-span: 2; }
            Chart, Trades { display: block; }
            QuotesPane { column-span: 2; }
        }
        &.-normal.-medium #panes, &.-normal.-tall #panes { grid-rows: 3fr 2fr 10; }
        &.-wide {
            #panes { grid-size: 3 2; grid-columns: 72 1fr 38; grid-rows: 1fr 2; }
            Ladder { row-span: 2; }
            Trades { row-span: 2; }
            Chart, Trades { display: block; }
        }
        &.-wide.-medium #panes { grid-rows: 1fr 12; }
        &.-wide.-tall #panes { grid-rows: 1fr 20; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._instrument = ""

    def compose_body(self) -> ComposeResult:
        """Head, then the panes."""
        yield MarketHead(self.gettext)
        with Container(id="panes"):
            yield Ladder(self.gettext)
            yield Chart(self.gettext)
            yield Trades(self.gettext)
            yield QuotesPane(self.gettext, self.terminal.say)

    # ------------------------------------------------------------------------------------------------------- drawing

    def show(self, board: Board) -> None:
        """Give every pane its part of the picture."""
        instruments = instruments_of(board)
        if self._instrument not in instruments:
            self._instrument = self._first(instruments)
        strategies = self._strategies(board)
        market = market_of(board, self._instrument, strategies)
        stale = market is not None and (market.book_age_ns is None or market.book_age_ns > STALE_NS)
        number = instruments.index(self._instrument) + 1 if instruments else 0
        self.query_one(MarketHead).show(market, Place(number, len(instruments)), board.time_ns, stale=stale)
        orders = [order for row in strategies for order in row.orders]
        self.query_one(Ladder).show(market, orders, stale=stale)
        names = {row.name for row in strategies}
        fills = [fill for fill in board.fills if fill.strategy in names]
        self.query_one(Chart).show(market, fills)
        self.query_one(Trades).show(market)
        self.query_one(QuotesPane).show(strategies)

    def selection_changed(self, strategy: str) -> None:
        """Show the instrument of the strategy that was selected."""
        row = self.terminal.strategy_row(strategy)
        if row is not None:
            self._instrument = row.instrument

    def _first(self, instruments: list[str]) -> str:
        """The selected strategy's instrument, else the first there is."""
        row = self.terminal.selected_row
        return row.instrument if row is not None else next(iter(instruments), "")

    def _strategies(self, board: Board) -> list[StrategyRow]:
        """The strategies on the instrument shown, the selected one first."""
        here = [row for row in board.strategies if row.instrument == self._instrument]
        selected = self.terminal.selected
        return [row for row in here if row.name == selected] + [row for row in here if row.name != selected]

    # ------------------------------------------------------------------------------------------------------- actions

    def action_next_instrument(self) -> None:
        """One further."""
        self._switch(1)

    def action_previous_instrument(self) -> None:
        """One back."""
        self._switch(-1)

    def action_coarser(self) -> None:
        """More ticks a row."""
        self.query_one(Ladder).change_step(1)

    def action_finer(self) -> None:
        """Fewer ticks a row."""
        self.query_one(Ladder).change_step(-1)

    def action_longer_chart(self) -> None:
        """More time."""
        self.query_one(Chart).change_span(1)

    def action_shorter_chart(self) -> None:
        """Less time."""
        self.query_one(Chart).change_span(-1)

    def _switch(self, step: int) -> None:
        board = self.terminal.board
        instruments = instruments_of(board)
        if not instruments:
            return
        at = instruments.index(self._instrument) if self._instrument in instruments else -1
        self._instrument = instruments[(at + step) % len(instruments)]
        strategy = next(iter(self._strategies(board)), None)
        if strategy is not None:
            self.terminal.select(strategy.name)
        self.refresh_board()


def instruments_of(board: Board) -> list[str]:
    """Every instrument that has a market or a strategy, in the Board's order."""
    of_markets = [row.instrument for row in board.markets]
    return list(dict.fromkeys(of_markets + [row.instrument for row in board.strategies]))


def market_of(board: Board, instrument: str, strategies: list[StrategyRow]) -> MarketRow | None:
    """The market of an instrument; without one what its strategy knows, the book left empty; None without either."""
    found = next((row for row in board.markets if row.instrument == instrument), None)
    if found is not None or not strategies:
        return found
    row = strategies[0]
    return MarketRow(
        instrument=row.instrument,
        venue=row.account,
        symbol=row.symbol,
        base_asset=row.base_asset,
        quote_asset=row.quote_asset,
        tick_size=row.tick_size,
        lot_size=row.lot_size,
        bids=(),
        asks=(),
        trades=(),
        history=(),
        mark=row.mark,
        index=row.index,
        funding_rate=row.funding_rate,
        next_funding_ns=None,
        book_age_ns=row.book_age_ns,
        stream="starting",
    )
