"""The one table of everything a person can do; bindings, footer, help, palette, command line and keymap come from it.

A screen's own actions stand in ``mmtui/screens/tables/<screen>.py``, those of every screen in ``tables/shell.py``. A
screen says ``BINDINGS = bindings("market")`` and has a method ``action_<id>`` for each row whose contexts name it.
"""

from typing import Final

from textual.binding import Binding, BindingType

from mmtui.screens.tables import (
    dashboard,
    lists,
    logs,
    market,
    orders,
    pair,
    pnl,
    positions,
    settings,
    shell,
    strategies,
)
from mmtui.screens.tables.action import EVERYWHERE, Action
from mmtui.screens.tables.shell import GOTO, SCREENS

__all__ = ["ACTIONS", "EVERYWHERE", "GOTO", "SCREENS", "Action", "action", "actions_of", "bindings", "deed"]

ACTIONS: Final[tuple[Action, ...]] = (
    *shell.ACTIONS,
    *lists.ACTIONS,
    *dashboard.ACTIONS,
    *market.ACTIONS,
    *positions.ACTIONS,
    *orders.ACTIONS,
    *strategies.ACTIONS,
    *pnl.ACTIONS,
    *pair.ACTIONS,
    *logs.ACTIONS,
    *settings.ACTIONS,
)

_BY_ID: Final = {row.id: row for row in ACTIONS}


def action(action_id: str) -> Action:
    """The row of an id. Raises KeyError for an unknown one."""
    return _BY_ID[action_id]


def actions_of(context: str) -> tuple[Action, ...]:
    """The rows of one context ("app", or a screen's name), in the order of the table."""
    return tuple(row for row in ACTIONS if context in row.contexts)


def deed(row: Action) -> str:
    """What Textual calls for a row: a method of the context's screen, or of the App."""
    return f"goto('{row.id.removeprefix(GOTO)}')" if row.id.startswith(GOTO) else f"{row.id}()"


def bindings(context: str) -> list[BindingType]:
    """Textual bindings of one context, with ids, so that a user's keymap can move them."""
    return [
        Binding(
            key,
            deed(row),
            row.label,
            show=bool(row.footer),
            tooltip=row.tooltip,
            id=row.id,
            priority=row.urgent and not _is_typed(key),
        )
        for row in actions_of(context)
        for key in row.keys
    ]


def _is_typed(key: str) -> bool:
    """Whether a key writes a character in a field."""
    return "+" not in key and not (key[:1] == "f" and key[1:].isdigit())
