"""The strategies as the form's list: where each trades, in which state, and what was written and not applied."""

from collections.abc import Mapping
from typing import Final

from mmtui.language import N_
from mmtui.screens.widgets.strategy_table import Say, state_cell, why
from mmtui.screens.widgets.table_cells import holding, plain, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import Board, StrategyRow

COLUMNS: Final = (
    Column(id="name", title=N_("Strategy"), most=24),
    Column(id="state", title=N_("State")),
    Column(id="account", title=N_("Account"), most=18),
    Column(id="symbol", title=N_("Symbol"), fold=1, most=18),
    Column(id="position", title=N_("Position"), align="point", fold=3),
    Column(id="kind", title=N_("Kind"), fold=4, most=14),
    Column(id="edits", title=N_("Unapplied"), fold=2),
    Column(id="reason", title=N_("Why"), flex=True, fold=5),
)


def strategy_list(board: Board, edits: Mapping[str, int], text: str, translate: Say, say: Say) -> list[TableRow]:
    """A row for each strategy that holds ``text``; ``edits`` counts what is not applied, by name."""
    accounts = {account.name for account in board.accounts}
    wanted = text.casefold()
    return [
        TableRow(row.name, _cells(row, accounts, edits.get(row.name, 0), translate, say))
        for row in board.strategies
        if wanted in f"{row.name} {row.kind} {row.account} {row.symbol} {row.phase}".casefold()
    ]


def _cells(row: StrategyRow, accounts: set[str], edited: int, translate: Say, say: Say) -> tuple[Cell, ...]:
    reason = why(row, say)
    account = words(row.account, "dim")
    if row.account not in accounts:
        account = plain(f"✗ {row.account}", row.account, "error")
        reason = translate(N_("its account is not configured any more"))
    return (
        words(row.name, "strong"),
        state_cell(row, translate),
        account,
        words(row.symbol, "dim"),
        holding(row.position, row.lot_size),
        words(row.kind, "dim"),
        plain(f"● {edited}" if edited else "", edited or None, "own"),
        words(reason, "warning" if row.why_not or row.account not in accounts else "dim"),
    )
