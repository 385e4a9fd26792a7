"""Strategies at a glance: what each does and why, what it earned, the equity curve, and alerts that want an eye."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from mmtui.language import N_
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.widgets import alert_table, strategy_table
from mmtui.screens.widgets.equity_chart import EquityChart
from mmtui.screens.widgets.facts_pane import FactsPane
from mmtui.screens.widgets.health_line import HealthLine
from mmtui.screens.widgets.quotes_pane import QuotesPane
from mmtui.screens.widgets.strategy_facts import heading, strategy_facts
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.views.board import Board

_SPARE_ROWS = 1
"""Empty lines under the strategies, so that the panes do not stick together."""


class DashboardScreen(BoardScreen):
    """The first screen. The row under the cursor is the selected strategy of the whole terminal."""

    CONTEXT = "dashboard"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 4.0

    DEFAULT_CSS = """
    DashboardScreen {
        HealthLine { height: 1; }
        #strategies { height: 2fr; min-height: 5; }
        #lower { height: 3fr; min-height: 8; }
        #left { width: 1fr; margin-right: 1; }
        #facts { height: 13; }
        #quotes { height: 1fr; }
        #right { width: 1fr; }
        #equity { height: 3fr; }
        #alerts { height: 2fr; }
        &.-narrow #left { width: 11fr; }
        &.-narrow #right { width: 9fr; }
        &.-short #facts { height: 1fr; }
        &.-short #quotes { display: none; }
        &.-short #alerts { height: 3fr; }
    }
    """

    def compose_body(self) -> ComposeResult:
        """Health, strategies, the selected one in full, equity and alerts."""
        yield HealthLine(self.gettext)
        yield TablePane(
            strategy_table.COLUMNS,
            self.gettext,
            title=N_("Strategies"),
            empty=N_("no strategy is configured; add one on the strategies screen"),
            id="strategies",
        )
        with Horizontal(id="lower"):
            with Vertical(id="left"):
                yield FactsPane(self.gettext, id="facts")
                yield QuotesPane(self.gettext, self.terminal.say, id="quotes")
            with Vertical(id="right"):
                yield EquityChart(self.gettext, id="equity")
                yield TablePane(
                    alert_table.COLUMNS, self.gettext, title=N_("Alerts"), empty=N_("no alerts"), id="alerts"
                )

    def show(self, board: Board) -> None:
        """Health and the selected strategy."""
        self.query_one(HealthLine).show(board)
        facts, row = self.query_one("#facts", FactsPane), self.terminal.selected_row
        quotes = self.query_one(QuotesPane)
        quotes.show(() if row is None else (row,))
        if row is None:
            facts.show_facts((), self.gettext("Nothing selected"))
        else:
            facts.show_facts(strategy_facts(row, self.gettext, self.terminal.say), heading(row))

    def show_lists(self, board: Board) -> None:
        """Strategies, equity, alerts."""
        table = self.query_one("#strategies", TablePane)
        rows = strategy_table.strategy_table(board, self.gettext, self.terminal.say)
        table.styles.max_height = HEAD_LINES + max(1, len(rows)) + _SPARE_ROWS
        table.show_table(rows, note=_count(len(rows)))
        table.put_cursor(self.terminal.selected)
        self.query_one(EquityChart).show(board.equity, board.net)
        alerts = alert_table.alert_table(board, self.gettext, self.terminal.say)
        waiting = sum(not alert.acknowledged for alert in board.alerts)
        self.query_one("#alerts", TablePane).show_table(alerts, note=_count(waiting))

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        """The cursor selects the strategy."""
        if event.pane.id == "strategies":
            self.terminal.select(event.key)

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        """Enter: the strategy's market; an alert has been seen."""
        if event.pane.id == "strategies":
            self.terminal.select(event.key)
            self.terminal.goto("market")
        elif any(str(alert.number) == event.key and not alert.acknowledged for alert in self.terminal.board.alerts):
            self.terminal.attempt(self.terminal.sink.acknowledge, int(event.key))


def _count(number: int) -> str:
    return f"{number}" if number else ""
