"""Balances per asset and risk limits per account; what could not be read is shown as unknown."""

from decimal import Decimal
from typing import Final

from mmtui.language import N_
from mmtui.model.units import HUNDRED
from mmtui.screens import numbers
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import exact, plain, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import AccountRow, Board, LimitRow

BALANCES: Final = (
    Column(id="account", title=N_("Account"), most=16),
    Column(id="asset", title=N_("Asset"), most=10),
    Column(id="total", title=N_("Total"), align="point"),
    Column(id="free", title=N_("Free"), align="point", fold=1),
    Column(id="used", title=N_("In use"), align="point", fold=2),
    Column(id="venue", title=N_("Venue"), fold=3, most=12),
)

LIMITS: Final = (
    Column(id="limit", title=N_("Limit"), most=24),
    Column(id="percent", title=N_("Used"), align="right"),
    Column(id="used", title=N_("Amount"), align="point", fold=2),
    Column(id="most", title=N_("Of"), align="point", fold=1),
    Column(id="bar", title="", fold=4),
    Column(id="account", title=N_("Account"), fold=3, most=16),
)

_BAR_CELLS: Final = 10
_HIGH_PCT: Final = Decimal(80)


def balance_table(board: Board, translate: Say) -> list[TableRow]:
    """A row for each asset of each account; one row that says so where the balances are unknown."""
    rows = []
    for account in board.accounts:
        if account.balances is None:
            rows.append(TableRow(f"{account.name}\n", _unknown(account, translate)))
            continue
        for balance in account.balances:
            cells = (
                words(account.name, "dim"),
                words(balance.asset, "strong"),
                exact(balance.total),
                exact(balance.free),
                exact(balance.total - balance.free, "text" if balance.total != balance.free else "dim"),
                words(account.venue, "dim"),
            )
            rows.append(TableRow(f"{account.name}\n{balance.asset}", cells))
    return rows


def _unknown(account: AccountRow, translate: Say) -> tuple[Cell, ...]:
    _ = translate
    unknown = plain(numbers.UNKNOWN, None, "warning")
    return (
        words(account.name, "dim"),
        plain(_("unknown"), None, "warning"),
        unknown,
        unknown,
        unknown,
        words(account.venue, "dim"),
    )


def limit_table(board: Board) -> list[TableRow]:
    """A row for each limit of each account, named as in the configuration."""
    return [
        TableRow(f"{account.name}\n{limit.name}", _limit(account, limit))
        for account in board.accounts
        for limit in account.limits
    ]


def _limit(account: AccountRow, limit: LimitRow) -> tuple[Cell, ...]:
    share = None if limit.used is None or not limit.limit else limit.used / limit.limit * HUNDRED
    style = "dim" if share is None else "error" if share >= HUNDRED else "warning" if share >= _HIGH_PCT else "text"
    return (
        words(limit.name, "strong" if share is not None and share >= _HIGH_PCT else "text"),
        plain(numbers.percent(share, 0), share, style),
        exact(limit.used, style),
        exact(limit.limit, "dim"),
        plain(_bar(share), share, style),
        words(account.name, "dim"),
    )


def _bar(share: Decimal | None) -> str:
    if share is None:
        return "?" * _BAR_CELLS
    full = min(_BAR_CELLS, int(share * _BAR_CELLS / HUNDRED))
    return "█" * full + "·" * (_BAR_CELLS - full)
