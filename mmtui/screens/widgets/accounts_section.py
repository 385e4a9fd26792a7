"""Accounts and files: which secrets are set (never what they are), streams, and where things are kept."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from mmtui.language import N_
from mmtui.screens.widgets import settings_tables
from mmtui.screens.widgets.facts_pane import Fact, FactsPane
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.views.board import AccountRow, Board


class AccountsSection(Vertical):
    """A table, and the account under the cursor in full."""

    DEFAULT_CSS = """
    AccountsSection {
        #account_rows { height: auto; max-height: 10; }
        #account_facts { height: 7; }
    }
    """

    def __init__(self, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="section")
        self._ = translate
        self._accounts: tuple[AccountRow, ...] = ()

    def compose(self) -> ComposeResult:
        """The table, the facts."""
        yield TablePane(
            settings_tables.ACCOUNTS,
            self._,
            title=N_("Accounts"),
            empty=N_("no account is configured; add one to the configuration"),
            id="account_rows",
        )
        yield FactsPane(self._, id="account_facts")

    def show(self, board: Board) -> None:
        """Take a new picture."""
        self._accounts = board.accounts
        table = self.query_one(TablePane)
        rows = settings_tables.account_table(board, self._)
        table.styles.height = HEAD_LINES + max(1, len(rows)) + 1
        table.show_table(rows)
        self._draw_facts()

    def _draw_facts(self) -> None:
        key = self.query_one(TablePane).cursor_key
        account = next((row for row in self._accounts if row.name == key), None)
        facts = [] if account is None else settings_tables.account_facts(account, self._)
        self.query_one(FactsPane).show_facts(facts, "" if account is None else account.name)

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        """Another account."""
        event.stop()
        self._draw_facts()


class FilesSection(Vertical):
    """Where the engine keeps things."""

    def __init__(self, translate: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes="section")
        self._ = translate

    def compose(self) -> ComposeResult:
        """Title and facts."""
        yield Static(self._("Files"), classes="title", markup=False)
        yield FactsPane(self._, id="places")

    def show(self, board: Board) -> None:
        """Take a new picture."""
        facts = [(Fact(self._(name), path),) for name, path in board.places.items()]
        nothing = [(Fact("", self._("the engine does not tell where it keeps things"), "dim"),)]
        self.query_one(FactsPane).show_facts(facts or nothing)
