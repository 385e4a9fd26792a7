"""Our live orders of all strategies; those whose fate is unknown stand first and cannot be overlooked."""

from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from mmtui.language import N_
from mmtui.model.units import BPS, ZERO
from mmtui.screens import numbers
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import cash_places, figure, plain, side, since, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import Board, OrderRow, StrategyRow

COLUMNS: Final = (
    Column(id="side", title=N_("Side")),
    Column(id="strategy", title=N_("Strategy"), fold=2, most=16),
    Column(id="symbol", title=N_("Symbol"), fold=4, most=16),
    Column(id="price", title=N_("Price"), align="point"),
    Column(id="quantity", title=N_("Quantity"), align="point"),
    Column(id="filled", title=N_("Filled"), align="point", fold=3),
    Column(id="state", title=N_("State")),
    Column(id="age", title=N_("Age"), align="right"),
    Column(id="distance", title=N_("bps"), align="point", fold=5),
    Column(id="level", title=N_("Level"), align="right", fold=7),
    Column(id="value", title=N_("Value"), align="point", fold=8),
    Column(id="reduce", title=N_("Only"), fold=9),
    Column(id="id", title=N_("Order"), fold=6, most=24),
)

STATES: Final = {
    "new": (N_("◌ new"), "warning"),
    "sent": (N_("◌ sent"), "warning"),
    "open": (N_("▸ open"), "text"),
    "amend_sent": (N_("↻ amending"), "warning"),
    "cancel_sent": (N_("✕ cancelling"), "warning"),
    "unknown": (N_("? UNKNOWN"), "alarm"),
}
"""Word and style of an order's state."""


_NOTHING: Final = Cell("0", "dim", ZERO)


class _Frame(NamedTuple):
    """What all orders of one strategy have in common."""

    name: Cell
    symbol: Cell
    price: int
    quantity: int
    cash: int


def open_order_table(board: Board, translate: Say) -> list[TableRow]:
    """A row for each live order: unknown outcomes first, then by strategy, asks from the top down to the bids."""
    lost: list[TableRow] = []
    rows: list[TableRow] = []
    for row in board.strategies:
        if not row.orders:
            continue
        frame = _Frame(
            words(row.name, "dim"),
            words(row.symbol, "dim"),
            numbers.places_of(row.tick_size),
            numbers.places_of(row.lot_size),
            cash_places(row.quote_asset),
        )
        for order in row.orders:
            unknown = order.state == "unknown"
            key = f"{row.name}\n{order.client_order_id}"
            line = TableRow(key, _cells(row, order, frame, translate), "alarm" if unknown else "")
            (lost if unknown else rows).append(line)
    return lost + rows


def distance_bps(row: StrategyRow, order: OrderRow) -> Decimal | None:
    """How far an order is from mid, positive on its passive side."""
    return None if not row.mid else order.side.sign * (row.mid - order.price) / row.mid * BPS


def _cells(row: StrategyRow, order: OrderRow, frame: _Frame, translate: Say) -> tuple[Cell, ...]:
    _ = translate
    word, style = STATES.get(order.state, (order.state, "warning"))
    price, quantity, value = _size(order.price, order.quantity, frame.price, frame.quantity, frame.cash)
    return (
        side(order.side),
        frame.name,
        frame.symbol,
        price,
        quantity,
        figure(order.filled, frame.quantity, "strong") if order.filled else _NOTHING,
        plain(_(word), order.state, style),
        since(order.age_ns),
        figure(distance_bps(row, order), 1),
        plain(f"{order.level}", order.level, "dim"),
        value,
        words(_("reduce") if order.reduce_only else "", "warning"),
        words(order.client_order_id, "dim"),
    )


@lru_cache(maxsize=1_024)
def _size(price: Decimal, quantity: Decimal, *places: int) -> tuple[Cell, Cell, Cell]:
    """Price, quantity and value: they seldom change while an order lives, and there may be hundreds of it."""
    price_places, quantity_places, cash = places
    return figure(price, price_places), figure(quantity, quantity_places), figure(price * quantity, cash, "dim")


def foreign_orders(board: Board) -> list[tuple[str, int]]:
    """Where orders stand that are not ours, and how many: by account, and by symbol where no account tells."""
    found = [(account.name, account.foreign_orders) for account in board.accounts if account.foreign_orders]
    told = {name for name, _count in found}
    seen: dict[str, int] = {}
    for row in board.strategies:
        if row.foreign_orders and row.account not in told:
            place = f"{row.account} {row.symbol}"
            # Strategies on one symbol see the same foreign orders.
            seen[place] = max(seen.get(place, 0), row.foreign_orders)
    return found + list(seen.items())
