"""Fills and orders of the ledger, one a line, newest first."""

from typing import Final, NamedTuple

from mmtui.language import N_
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import clock, day, exact, fee, plain, side, words
from mmtui.screens.widgets.table_layout import Column, TableRow
from mmtui.views.board import FillRow
from mmtui.views.queries import OrderHistoryRow

FILLS: Final = (
    Column(id="day", title=N_("Day"), fold=6),
    Column(id="time", title=N_("UTC")),
    Column(id="side", title=N_("Side")),
    Column(id="strategy", title=N_("Strategy"), fold=3, most=16),
    Column(id="symbol", title=N_("Symbol"), fold=4, most=16),
    Column(id="price", title=N_("Price"), align="point"),
    Column(id="quantity", title=N_("Quantity"), align="point"),
    Column(id="fee", title=N_("Fee"), align="point", fold=1),
    Column(id="fee_asset", title="", fold=5, most=8),
    Column(id="role", title=N_("Role"), fold=2),
    Column(id="position", title=N_("Position"), align="point", fold=7),
    Column(id="trade", title=N_("Trade"), fold=9, most=24),
    Column(id="order", title=N_("Order"), fold=8, most=24),
)

ORDERS: Final = (
    Column(id="day", title=N_("Day"), fold=6),
    Column(id="time", title=N_("UTC")),
    Column(id="side", title=N_("Side")),
    Column(id="strategy", title=N_("Strategy"), fold=4, most=16),
    Column(id="symbol", title=N_("Symbol"), fold=5, most=16),
    Column(id="price", title=N_("Price"), align="point"),
    Column(id="quantity", title=N_("Quantity"), align="point"),
    Column(id="filled", title=N_("Filled"), align="point", fold=2),
    Column(id="state", title=N_("State"), fold=1),
    Column(id="order", title=N_("Order"), fold=7, most=24),
    Column(id="reason", title=N_("Why"), flex=True, fold=3),
)

_DONE: Final = {
    "filled": (N_("filled"), "gain"),
    "cancelled": (N_("cancelled"), "dim"),
    "expired": (N_("expired"), "dim"),
    "rejected": (N_("rejected"), "error"),
    "unknown": (N_("? UNKNOWN"), "alarm"),
    "open": (N_("▸ open"), "text"),
}


class Grid(NamedTuple):
    """Decimal places that prices and quantities of a strategy have at least."""

    price: int = 0
    quantity: int = 0


NO_GRID: Final = Grid()


def fill_key(fill: FillRow) -> str:
    """What tells a fill from all others."""
    return f"{fill.strategy}\n{fill.symbol}\n{fill.trade_id}\n{fill.client_order_id}"


def order_key(order: OrderHistoryRow) -> str:
    """What tells an order from all others."""
    return f"{order.strategy}\n{order.client_order_id}"


def fill_line(fill: FillRow, translate: Say, grid: Grid = NO_GRID) -> TableRow:
    """A fill as a row."""
    _ = translate
    return TableRow(
        fill_key(fill),
        (
            day(fill.time_ns),
            clock(fill.time_ns),
            side(fill.side),
            words(fill.strategy, "dim"),
            words(fill.symbol, "dim"),
            exact(fill.price, least=grid.price),
            exact(fill.quantity, least=grid.quantity),
            fee(fill.fee_cash),
            words(fill.fee_asset, "dim"),
            words(_("maker"), "dim") if fill.maker else words(_("taker"), "warning"),
            exact(fill.position, least=grid.quantity),
            words(fill.trade_id, "dim"),
            words(fill.client_order_id, "dim"),
        ),
    )


def order_line(order: OrderHistoryRow, translate: Say, say: Say, grid: Grid = NO_GRID) -> TableRow:
    """An order as a row."""
    word, style = _DONE.get(order.done_reason or order.state, (order.done_reason or order.state, "warning"))
    return TableRow(
        order_key(order),
        (
            day(order.time_ns),
            clock(order.time_ns),
            side(order.side),
            words(order.strategy, "dim"),
            words(order.symbol, "dim"),
            exact(order.price, least=grid.price),
            exact(order.quantity, least=grid.quantity),
            exact(order.filled, "strong" if order.filled else "dim", least=grid.quantity),
            plain(translate(word), word, style),
            words(order.client_order_id, "dim"),
            words(say(order.reason), "warning" if order.done_reason == "rejected" else "dim"),
        ),
        "alarm" if style == "alarm" else "",
    )
