"""What was earned and where it came from: per strategy and day, by parts, against the mid after our fills, proven."""

from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal

from mmtui.language import N_
from mmtui.model.units import NS_PER_S
from mmtui.screens import numbers
from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.exports import default_path, export, path_fault
from mmtui.screens.widgets import pnl_tables
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.facts_pane import Fact, FactsPane, Paragraph
from mmtui.screens.widgets.proof_line import proof
from mmtui.screens.widgets.table_layout import TableRow
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.views.board import Board
from mmtui.views.faults import MmtuiError
from mmtui.views.queries import DayRow

AGAIN_NS: Final = 60 * NS_PER_S
"""Days are read anew so often while the screen is shown."""

MOST_DAYS: Final = 500
"""Rows of days that are shown, the newest; an export has them all."""

_SPARE_ROWS: Final = 1


class PnlScreen(BoardScreen):
    """Strategies on top, the selected one taken apart below, the days of the ledger under it."""

    CONTEXT = "pnl"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 2.0
    AUTO_FOCUS: ClassVar[str | None] = "TablePane"

    DEFAULT_CSS = """
    PnlScreen {
        #strategies { height: 2fr; min-height: 4; }
        #proof { height: 2; }
        #parts { height: 9; }
        #attribution { width: 1fr; margin-right: 1; }
        #markouts { width: 1fr; }
        #days { height: 2fr; min-height: 3; }
        &.-short #strategies:focus { height: 8fr; }
        &.-short #days:focus { height: 8fr; }
        &.-short #parts { height: 4fr; min-height: 4; max-height: 9; }
        &.-short #parts:focus-within { height: 12fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._days: tuple[DayRow, ...] = ()
        self._day_rows: list[TableRow] = []
        self._read_ns = 0
        self._reading = False
        self._told = ("", "dim")

    def compose_body(self) -> ComposeResult:
        """Strategies, proof, attribution beside markouts, days."""
        _ = self.gettext
        yield AskBar(_("Export to"), id="export")
        yield TablePane(
            pnl_tables.STRATEGIES,
            _,
            title=N_("PnL of this run"),
            empty=N_("no strategy is configured; add one on the strategies screen"),
            id="strategies",
        )
        yield FactsPane(_, id="proof")
        with Horizontal(id="parts"):
            yield TablePane(
                pnl_tables.ATTRIBUTION,
                _,
                title=N_("Where it came from"),
                empty=N_("nothing selected"),
                id="attribution",
            )
            yield TablePane(
                pnl_tables.MARKOUTS,
                _,
                title=N_("Mid after our fills"),
                empty=N_("no fills measured yet"),
                id="markouts",
            )
        yield TablePane(pnl_tables.DAYS, _, title=N_("Days"), empty=N_("no day in the ledger yet"), id="days")

    # -------------------------------------------------------------------------------------------------------- drawing

    def show_lists(self, board: Board) -> None:
        """Everything but the days, which are read now and then."""
        table = self.query_one("#strategies", TablePane)
        total = pnl_tables.strategy_total(board, self.gettext)
        rows = pnl_tables.strategy_rows(board)
        table.styles.max_height = HEAD_LINES + max(1, len(rows)) + (total is not None) + _SPARE_ROWS
        incomplete = any(not row.pnl.fees_complete for row in board.strategies)
        table.show_table(rows, total, self.gettext("? some fees are not priced yet") if incomplete else "")
        table.put_cursor(self.terminal.selected)
        self._show_parts()
        if not self._reading and self.terminal.now_ns() - self._read_ns >= AGAIN_NS:
            self._begin()
        self._show_days(board)

    def _show_parts(self) -> None:
        row = self.terminal.selected_row
        attribution = self.query_one("#attribution", TablePane)
        markouts = self.query_one("#markouts", TablePane)
        if row is None:
            attribution.show_table(())
            markouts.show_table(())
            return
        attribution.show_table(
            pnl_tables.attribution_rows(row, self.gettext),
            pnl_tables.attribution_total(row, self.gettext),
            pnl_tables.attribution_note(row, self.gettext),
        )
        markouts.show_table(pnl_tables.markout_rows(row.markouts), note=row.name)

    def _show_days(self, board: Board) -> None:
        facts: list[Paragraph] = [proof(board.residual, self.gettext)]
        text, style = self._told
        if text:
            facts = [(Fact("", text, style),), *facts]
        self.query_one("#proof", FactsPane).show_facts(facts)
        note = self.gettext("reading …") if self._reading else self._as_of()
        self.query_one("#days", TablePane).show_table(self._day_rows, note=note)

    def _as_of(self) -> str:
        if not self._read_ns:
            return ""
        return self.gettext("as of {time}").format(time=numbers.clock(self._read_ns))

    # -------------------------------------------------------------------------------------------------------- reading

    def _begin(self) -> None:
        self._reading = True
        self._read_days()

    @work(group="days", exclusive=True)
    async def _read_days(self) -> None:
        try:
            days = (await self.terminal.queries.days())[:MOST_DAYS]
            if days != self._days:
                self._days, self._day_rows = days, pnl_tables.day_rows(days)
            self._told = ("", "dim")
        except MmtuiError as fault:
            self._told = (self.terminal.say(str(fault)), "error")
        self._read_ns = self.terminal.now_ns()
        self._reading = False
        self._show_days(self.terminal.board)

    # -------------------------------------------------------------------------------------------------------- actions

    def action_reload(self) -> None:
        """Read the days anew."""
        self._begin()
        self._show_days(self.terminal.board)

    def action_export(self) -> None:
        """Ask for a path for the days."""
        self.query_one("#export", AskBar).open(default_path("days", self.terminal.now_ns()))

    def action_close_field(self) -> None:
        """Leave the field of the path."""
        self.query_one("#export", AskBar).close()
        self.query_one("#strategies", TablePane).focus()

    def on_ask_bar_answered(self, event: AskBar.Answered) -> None:
        """Enter: write the file."""
        fault = path_fault(event.text)
        if fault:
            self._told = (self.gettext(fault), "error")
        else:
            self.action_close_field()
            self._told = (self.gettext("writing {path} …").format(path=event.text.strip()), "warning")
            self._export(event.text)
        self._show_days(self.terminal.board)

    @work(group="export")
    async def _export(self, path: str) -> None:
        self._told = await export(self.terminal, "days", "", path)
        self._show_days(self.terminal.board)

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        """The cursor selects the strategy that is taken apart."""
        if event.pane.id == "strategies":
            self.terminal.select(event.key)

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        """Enter on a strategy: its market."""
        if event.pane.id == "strategies":
            self.terminal.select(event.key)
            self.terminal.goto("market")
