"""Alerts, those that nobody has acknowledged first."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import clock, plain, words
from mmtui.screens.widgets.table_layout import Column, TableRow
from mmtui.views.board import Board

COLUMNS: Final = (
    Column(id="level", title=N_("Level")),
    Column(id="time", title=N_("UTC"), fold=1),
    Column(id="text", title=N_("Alert"), flex=True),
    Column(id="strategy", title=N_("Strategy"), fold=2, most=14),
)

_LEVELS: Final = {
    "error": ("‼", N_("error"), "error"),
    "warning": ("!", N_("warning"), "warning"),
}


def alert_table(board: Board, translate: Say, say: Say) -> list[TableRow]:
    """A row for each alert, keyed by its number: waiting ones first, the newest on top."""
    alerts = sorted(board.alerts, key=lambda alert: (alert.acknowledged, -alert.number))
    rows = []
    for alert in alerts:
        mark, word, style = _LEVELS.get(alert.level, ("·", alert.level, "text"))
        if alert.acknowledged:
            mark, style = "✓", "dim"
        rows.append(
            TableRow(
                str(alert.number),
                (
                    plain(f"{mark} {translate(word)}", f"{alert.acknowledged:d}{word}", style),
                    clock(alert.time_ns),
                    words(say(alert.text), style if style != "warning" else "text"),
                    words(alert.strategy, "dim"),
                ),
            )
        )
    return rows
