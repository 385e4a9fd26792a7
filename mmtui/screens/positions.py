"""What is held, what is owed, what stands in the market: positions, balances, limits, open orders."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from mmtui.language import N_
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.widgets.account_tables import BALANCES, LIMITS, balance_table, limit_table
from mmtui.screens.widgets.facts_pane import FactsPane, Sentence
from mmtui.screens.widgets.open_order_table import COLUMNS as ORDERS
from mmtui.screens.widgets.open_order_table import foreign_orders, open_order_table
from mmtui.screens.widgets.position_table import COLUMNS as POSITIONS
from mmtui.screens.widgets.position_table import position_table
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.views.board import Board

_SPARE_ROWS = 1


class PositionsScreen(BoardScreen):
    """Four tables; at small sizes the one with the focus gets most of the room."""

    CONTEXT = "positions"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 2.0

    DEFAULT_CSS = """
    PositionsScreen {
        #positions { height: 2fr; min-height: 4; }
        #accounts { height: 2fr; min-height: 4; }
        #balances { width: 1fr; margin-right: 1; }
        #limits { width: 1fr; }
        #foreign { height: 1; display: none; }
        #orders { height: 3fr; min-height: 5; }
        &.-short #positions:focus { height: 5fr; }
        &.-short #accounts:focus-within { height: 5fr; }
        &.-short #orders:focus { height: 5fr; }
    }
    """

    def compose_body(self) -> ComposeResult:
        """Positions, balances beside limits, open orders."""
        yield TablePane(
            POSITIONS,
            self.gettext,
            title=N_("Positions"),
            empty=N_("no strategy is configured; add one on the strategies screen"),
            id="positions",
        )
        with Horizontal(id="accounts"):
            yield TablePane(
                BALANCES, self.gettext, title=N_("Balances"), empty=N_("no account is known yet"), id="balances"
            )
            yield TablePane(LIMITS, self.gettext, title=N_("Limits"), empty=N_("no limits are set"), id="limits")
        yield FactsPane(self.gettext, id="foreign")
        yield TablePane(ORDERS, self.gettext, title=N_("Open orders"), empty=N_("no open orders"), id="orders")

    def show_lists(self, board: Board) -> None:
        """All four tables."""
        positions = self.query_one("#positions", TablePane)
        positions.styles.max_height = HEAD_LINES + max(1, len(board.strategies)) + _SPARE_ROWS
        positions.show_table(position_table(board))
        positions.put_cursor(self.terminal.selected)
        balances, limits = balance_table(board, self.gettext), limit_table(board)
        self.query_one("#balances", TablePane).show_table(balances)
        self.query_one("#limits", TablePane).show_table(limits)
        self.query_one("#accounts").styles.max_height = HEAD_LINES + max(1, len(balances), len(limits)) + _SPARE_ROWS
        orders = open_order_table(board, self.gettext)
        self.query_one("#orders", TablePane).show_table(orders, note=self._note(board))
        self._show_foreign(board)

    def _note(self, board: Board) -> str:
        count = sum(len(row.orders) for row in board.strategies)
        unknown = sum(order.state == "unknown" for row in board.strategies for order in row.orders)
        if not unknown:
            return f"{count}" if count else ""
        return self.gettext("{count}, of which {unknown} UNKNOWN").format(count=count, unknown=unknown)

    def _show_foreign(self, board: Board) -> None:
        found = foreign_orders(board)
        pane = self.query_one("#foreign", FactsPane)
        pane.display = bool(found)
        places = ", ".join(f"{where}: {count}" for where, count in found)
        text = self.gettext("orders that are not ours: {places}").format(places=places)
        pane.show_facts([Sentence("!", text, "error")] if found else [])

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        """The cursor selects the strategy of its row."""
        if event.pane.id in ("positions", "orders"):
            self.terminal.select(event.key.partition("\n")[0])

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        """Enter: the strategy's market."""
        if event.pane.id in ("positions", "orders"):
            self.terminal.select(event.key.partition("\n")[0])
            self.terminal.goto("market")
