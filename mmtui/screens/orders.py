"""What happened: fills and orders of the ledger, page by page, with the newest fills of the Board on top."""

from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult

from mmtui.language import N_
from mmtui.model.units import NS_PER_S
from mmtui.screens import numbers
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.exports import default_path, export, path_fault
from mmtui.screens.history import Ledger, View
from mmtui.screens.widgets import history_tables
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.facts_pane import Fact, FactsPane
from mmtui.screens.widgets.table_layout import TableRow
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import Board, FillRow
from mmtui.views.faults import MmtuiError
from mmtui.views.queries import OrderHistoryRow

AGAIN_NS: Final = 5 * NS_PER_S
"""Orders are read anew at most so often, and only after one was placed, amended or ended."""

LINES_KEPT: Final = 5_000
"""Rows made into lines that are kept for the next picture."""


class OrdersScreen(BoardScreen):
    """One table of history; reading, filtering by the ledger and exporting happen aside, and what they do is told."""

    CONTEXT = "orders"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 2.0
    AUTO_FOCUS: ClassVar[str | None] = "TablePane"

    DEFAULT_CSS = """
    OrdersScreen {
        #status { height: 1; }
        #order_rows { display: none; }
        &.-orders #fill_rows { display: none; }
        &.-orders #order_rows { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.view: View = "fills"
        self.ledger = Ledger()
        self._asked = ""
        self._typed = ""
        self._reading = False
        self._told = ("", "dim")
        self._board_keys: frozenset[str] = frozenset()
        self._counters = -1
        self._read_ns = 0
        self._lines: dict[FillRow | OrderHistoryRow, TableRow] = {}
        self._grids: dict[str, history_tables.Grid] = {}
        self._made: list[TableRow] = []
        self._made_of: object = None

    def compose_body(self) -> ComposeResult:
        """Fields that come when wanted, what is going on, the two tables of which one is shown."""
        self._lines.clear()
        yield AskBar(self.gettext("Filter"), self.gettext("Enter asks the whole ledger, Esc shows all"), id="filter")
        yield AskBar(self.gettext("Export to"), id="export")
        yield FactsPane(self.gettext, id="status")
        yield TablePane(
            history_tables.FILLS, self.gettext, title=N_("Fills"), empty=N_("no fills to show"), id="fill_rows"
        )
        yield TablePane(
            history_tables.ORDERS,
            self.gettext,
            title=N_("Order history"),
            empty=N_("no orders to show"),
            id="order_rows",
        )

    # -------------------------------------------------------------------------------------------------------- drawing

    @property
    def table(self) -> TablePane:
        """The table that is shown."""
        return self.query_one("#fill_rows" if self.view == "fills" else "#order_rows", TablePane)

    def show_lists(self, board: Board) -> None:
        """Take the Board's fills; read what it cannot tell."""
        self._take_grids(board)
        keys = frozenset(history_tables.fill_key(fill) for fill in board.fills)
        hole = bool(self._board_keys and keys) and not keys & self._board_keys
        self._board_keys = keys
        if self.ledger.fills.read:
            self.ledger.fills.take(fill for fill in board.fills if _holds(self._line(fill), self._asked))
        if not self._reading and (hole or self._orders_changed(board)):
            self._begin(newest=True)
        self.draw()

    def _take_grids(self, board: Board) -> None:
        grids = {
            row.name: history_tables.Grid(numbers.places_of(row.tick_size), numbers.places_of(row.lot_size))
            for row in board.strategies
        }
        if grids != self._grids:
            self._grids = grids
            self._lines.clear()

    def _orders_changed(self, board: Board) -> bool:
        """Whether the list of orders is out of date and may be read again."""
        now_ns = self.terminal.now_ns()
        counters = sum(
            row.orders_placed + row.orders_cancelled + row.orders_amended + row.fills for row in board.strategies
        )
        if self.view != "orders" or counters == self._counters or now_ns - self._read_ns < AGAIN_NS:
            return False
        self._counters = counters
        return True

    def draw(self) -> None:
        """Table and status, from what is known."""
        rows = self._table_rows()
        self.table.show_table(rows, note=f"{len(rows):,}" if rows else "")
        self.query_one("#status", FactsPane).show_facts([self._status()])

    def _table_rows(self) -> list[TableRow]:
        """The rows as lines; made anew only where something has changed."""
        history = self.ledger.of(self.view)
        state = (self.view, history.revision, self._typed, self._asked, len(self._lines) == 0)
        if state != self._made_of:
            rows = [self._line(row) for row in history.rows]
            if self._typed != self._asked:
                rows = [row for row in rows if _holds(row, self._typed)]
            self._made, self._made_of = rows, (*state[:-1], False)
        return self._made

    def _line(self, row: FillRow | OrderHistoryRow) -> TableRow:
        line = self._lines.get(row)
        if line is None:
            if len(self._lines) >= LINES_KEPT:
                self._lines.clear()
            grid = self._grids.get(row.strategy, history_tables.NO_GRID)
            if isinstance(row, FillRow):
                line = history_tables.fill_line(row, self.gettext, grid)
            else:
                line = history_tables.order_line(row, self.gettext, self.terminal.say, grid)
            self._lines[row] = line
        return line

    def _status(self) -> tuple[Fact, ...]:
        _ = self.gettext
        history, facts = self.ledger.of(self.view), []
        text, style = self._told
        if text:
            facts.append(Fact("", text, style))
        if self._reading:
            facts.append(Fact("", _("reading the ledger …"), "warning"))
        elif history.full:
            facts.append(Fact("", _("no more rows are kept; filter or export to see older ones"), "warning"))
        elif history.read:
            facts.append(Fact("", _("all read") if history.complete else _("there are older ones"), "dim"))
        if self._typed:
            facts.append(Fact(_("filter"), self._typed, "strong"))
        if self._typed != self._asked:
            facts.append(Fact(_("of"), _("{count} rows read").format(count=f"{len(history.rows):,}"), "warning"))
        if self._read_ns:
            facts.append(Fact(_("as of"), numbers.clock(self._read_ns), "dim"))
        return tuple(facts)

    # -------------------------------------------------------------------------------------------------------- reading

    def on_mount(self) -> None:
        """Read the first page."""
        self._begin(newest=True)

    def on_screen_resume(self) -> None:
        """Read what came while something else was looked at."""
        if self.ledger.of(self.view).read:
            self._begin(newest=True)

    def _begin(self, *, newest: bool) -> None:
        """Read aside; whatever is being read is no longer wanted."""
        self._reading = True
        self._read(newest=newest)

    @work(group="history", exclusive=True)
    async def _read(self, *, newest: bool) -> None:
        queries, view, text = self.terminal.queries, self.view, self._asked
        try:
            if newest:
                await self.ledger.read_newest(queries, view, text)
            else:
                await self.ledger.read_more(queries, view, text)
            self._told = ("", "dim")
            self._read_ns = self.terminal.now_ns()
        except MmtuiError as fault:
            self._told = (self.terminal.say(str(fault)), "error")
        self._reading = False
        self.refresh_board()
        self.draw()

    def _ask_ledger(self, text: str) -> None:
        self._asked = self._typed = text
        self.ledger.forget()
        self._begin(newest=True)
        self.draw()

    def on_table_pane_end_reached(self) -> None:
        """The end of the list: read on."""
        self.action_more_history()

    # -------------------------------------------------------------------------------------------------------- actions

    def action_filter(self) -> None:
        """Open the field of the filter."""
        self.query_one("#export", AskBar).close()
        self.query_one("#filter", AskBar).open(self._typed)

    def action_clear_filter(self) -> None:
        """Leave a field; without one show all rows again."""
        bars = list(self.query(AskBar))
        if any(bar.display for bar in bars):
            for bar in bars:
                bar.close()
            self.table.focus()
            if self._typed != self._asked:
                self._typed = self._asked
                self.draw()
        elif self._asked:
            self._ask_ledger("")

    def action_other_history(self) -> None:
        """Fills or orders."""
        self.view = "orders" if self.view == "fills" else "fills"
        self.set_class(self.view == "orders", "-orders")
        self._told = ("", "dim")
        self.table.focus()
        if not self.ledger.of(self.view).read:
            self._begin(newest=True)
        self.draw()

    def action_more_history(self) -> None:
        """Read the next page, if there is one."""
        history = self.ledger.of(self.view)
        if not self._reading and history.read and not history.complete and not history.full:
            self._begin(newest=False)
            self.draw()

    def action_reload(self) -> None:
        """Read anew."""
        self.ledger.of(self.view).forget()
        self._begin(newest=True)
        self.draw()

    def action_export(self) -> None:
        """Ask for a path."""
        self.query_one("#filter", AskBar).close()
        self.query_one("#export", AskBar).open(default_path(self.view, self.terminal.now_ns()))

    def on_ask_bar_typed(self, event: AskBar.Typed) -> None:
        """Filter what is there while one types."""
        if event.bar.id == "filter" and not isinstance(event, AskBar.Answered):
            self._typed = event.text.strip()
            self.draw()

    def on_ask_bar_answered(self, event: AskBar.Answered) -> None:
        """Enter: ask the whole ledger, or write the file."""
        if event.bar.id == "filter":
            event.bar.close()
            self.table.focus()
            self._ask_ledger(event.text.strip())
            return
        fault = path_fault(event.text)
        if fault:
            self._told = (self.gettext(fault), "error")
            self.draw()
            return
        event.bar.close()
        self.table.focus()
        self._told = (self.gettext("writing {path} …").format(path=event.text.strip()), "warning")
        self._export(event.text)
        self.draw()

    @work(group="export")
    async def _export(self, path: str) -> None:
        self._told = await export(self.terminal, self.view, self._asked, path)
        self.draw()


def _holds(row: TableRow, text: str) -> bool:
    """Whether one of a row's cells holds a text, whatever its case."""
    wanted = text.casefold()
    return not wanted or any(wanted in cell.text.casefold() for cell in row.cells)
