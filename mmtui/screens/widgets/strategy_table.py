"""Strategies at a glance, one a line: state, quotes live of wanted, position, PnL, fills, uptime, reason."""

from collections.abc import Callable
from typing import Final

from mmtui.language import N_
from mmtui.model.units import BPS, Side
from mmtui.screens import numbers
from mmtui.screens.widgets.table_cells import amount, cash_places, count, figure, holding, plain, since, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import Board, StrategyRow

COLUMNS: Final = (
    Column(id="name", title=N_("Strategy"), most=18),
    Column(id="state", title=N_("State")),
    Column(id="symbol", title=N_("Symbol"), fold=6, most=16),
    Column(id="quotes", title=N_("Quotes B·S"), align="right", fold=1),
    Column(id="position", title=N_("Position"), align="point"),
    Column(id="net", title=N_("Net"), align="point"),
    Column(id="today", title=N_("Today"), align="point", fold=4),
    Column(id="fills", title=N_("Fills"), align="right", fold=3),
    Column(id="uptime", title=N_("Uptime"), align="right", fold=5),
    Column(id="volume", title=N_("Volume"), align="right", fold=8),
    Column(id="spread", title=N_("Sprd bps"), align="point", fold=9),
    Column(id="reason", title=N_("Why"), flex=True, fold=2),
)

STATES: Final = {
    "quoting": ("●", N_("quoting"), "gain"),
    "preparing": ("◌", N_("preparing"), "warning"),
    "paused": ("‖", N_("paused"), "warning"),
    "stopping": ("◍", N_("stopping"), "warning"),
    "stopped": ("■", N_("stopped"), "dim"),
    "failed": ("✖", N_("failed"), "error"),
    "idle": ("○", N_("idle"), "dim"),
}
"""Mark, word and style of each phase; the mark tells them apart without colour."""

RUNNING: Final = ("preparing", "quoting", "paused", "stopping")

Say = Callable[[str], str]
"""Translates reasons of the core."""


def strategy_table(board: Board, translate: Say, say: Say) -> list[TableRow]:
    """A row for each strategy of the Board, in its order."""
    return [TableRow(row.name, _cells(row, board.time_ns, translate, say)) for row in board.strategies]


def state_cell(row: StrategyRow, translate: Say) -> Cell:
    """The phase as mark and word."""
    mark, word, style = STATES.get(row.phase, ("?", row.phase, "warning"))
    return plain(f"{mark} {translate(word)}", word, style)


def why(row: StrategyRow, say: Say) -> str:
    """The one line that says most: why it stops or waits, else the reason of the last decision."""
    if row.stop_reason and row.phase in ("stopping", "stopped"):
        return say(row.stop_reason)
    if row.waiting_for:
        return say("preparing: waiting for " + ", ".join(row.waiting_for))
    return say(row.reason)


def uptime_ns(row: StrategyRow, now_ns: int) -> int | None:
    """How long a running strategy has run."""
    return max(0, now_ns - row.started_ns) if row.started_ns and row.phase in RUNNING else None


def spread_bps(row: StrategyRow) -> float | None:
    """The market's spread in bps of mid."""
    if row.best_bid is None or row.best_ask is None or not row.mid:
        return None
    return float((row.best_ask - row.best_bid) / row.mid * BPS)


def quotes_cell(row: StrategyRow) -> Cell:
    """Live of wanted orders, bids and asks; a question mark where an order's fate is unknown."""
    text, missing = [], False
    for side in (Side.BUY, Side.SELL):
        live = sum(order.side is side for order in row.orders)
        wanted = sum(rung.side is side for rung in row.wanted)
        missing = missing or live < wanted
        text.append(f"{live}/{wanted}")
    unknown = sum(order.state == "unknown" for order in row.orders)
    joined = "·".join(text) + (f" ?{unknown}" if unknown else "")
    if unknown:
        return plain(joined, len(row.orders), "error")
    if not row.wanted and not row.orders:
        return plain(joined, 0, "dim")
    return plain(joined, len(row.orders), "warning" if missing else "text")


def _cells(row: StrategyRow, now_ns: int, translate: Say, say: Say) -> tuple[Cell, ...]:
    places = cash_places(row.quote_asset)
    reason = why(row, say)
    return (
        words(row.name, "strong"),
        state_cell(row, translate),
        words(row.symbol, "dim"),
        quotes_cell(row),
        holding(row.position, row.lot_size),
        amount(row.pnl.net, places),
        amount(row.pnl.day, places),
        count(row.fills),
        since(uptime_ns(row, now_ns)),
        plain(numbers.compact(row.pnl.volume), row.pnl.volume, "text" if row.pnl.volume else "dim"),
        figure(spread_bps(row), 2),
        words(reason + (f" (+{len(row.why_not)})" if row.why_not else ""), "warning" if row.why_not else "dim"),
    )
