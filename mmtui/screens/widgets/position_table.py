"""Positions, one strategy a line: entry, mark, unrealised at mark and at touch, liquidation price, margin, funding."""

from decimal import Decimal
from typing import Final

from mmtui.language import N_
from mmtui.model.units import HUNDRED
from mmtui.screens import numbers
from mmtui.screens.widgets.table_cells import amount, cash_places, figure, holding, plain, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import Board, StrategyRow

COLUMNS: Final = (
    Column(id="strategy", title=N_("Strategy"), most=18),
    Column(id="account", title=N_("Account"), fold=6, most=14),
    Column(id="symbol", title=N_("Symbol"), fold=5, most=16),
    Column(id="position", title=N_("Position"), align="point"),
    Column(id="asset", title=N_("Base"), fold=4),
    Column(id="entry", title=N_("Entry"), align="point", fold=2),
    Column(id="mark", title=N_("Mark"), align="point", fold=1),
    Column(id="unrealized_mark", title=N_("Unr. mark"), align="point"),
    Column(id="unrealized_touch", title=N_("Unr. touch"), align="point", fold=3),
    Column(id="value", title=N_("Value"), align="point", fold=7),
    Column(id="liquidation", title=N_("Liquid. at"), align="point", fold=8),
    Column(id="distance", title=N_("Away"), align="right", fold=9),
    Column(id="margin", title=N_("Margin"), align="point", fold=10),
    Column(id="funding", title=N_("Funding"), align="point", fold=11),
    Column(id="rate", title=N_("Rate %"), align="point", fold=12),
)

_NEAR: Final = Decimal(10)
"""A liquidation price nearer than so many percent is a warning."""


def position_table(board: Board) -> list[TableRow]:
    """A row for each strategy of the Board."""
    return [TableRow(row.name, _cells(row)) for row in board.strategies]


def value_of(row: StrategyRow) -> Decimal | None:
    """The worth of a position at the mark, else at mid; contracts of one base unit."""
    price = row.mark if row.mark is not None else row.mid
    return None if row.position is None or price is None else row.position * price


def away_pct(row: StrategyRow) -> Decimal | None:
    """How far the mark is from the liquidation price, in percent of the mark."""
    if row.liquidation_price is None or not row.mark:
        return None
    return abs(row.mark - row.liquidation_price) / row.mark * HUNDRED


def _cells(row: StrategyRow) -> tuple[Cell, ...]:
    places, tick = cash_places(row.quote_asset), numbers.places_of(row.tick_size)
    away = away_pct(row)
    near = "error" if away is not None and away < _NEAR else "text"
    rate = None if row.funding_rate is None else row.funding_rate * HUNDRED
    return (
        words(row.name, "strong"),
        words(row.account, "dim"),
        words(row.symbol, "dim"),
        holding(row.position, row.lot_size),
        words(row.base_asset, "dim"),
        figure(row.average_entry, tick + 1),
        figure(row.mark, tick),
        amount(row.pnl.unrealized_mark, places),
        amount(row.pnl.unrealized_touch, places),
        figure(value_of(row), places),
        figure(row.liquidation_price, tick, near),
        plain(numbers.percent(away, 1), away, near if away is not None else "dim"),
        figure(row.margin, places),
        amount(row.pnl.funding, cash_places(row.quote_asset, fine=True)),
        figure(rate, 4),
    )
