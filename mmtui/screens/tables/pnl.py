"""What one can do on the pnl screen, and what it shares with the orders screen."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="export",
        keys=("e",),
        label=N_("Export"),
        tooltip=N_("Write the rows that the filter lets through to a CSV file."),
        contexts=("orders", "pnl"),
        footer=6,
    ),
    Action(
        id="reload",
        keys=("r",),
        label=N_("Reload"),
        tooltip=N_("Read the history anew."),
        contexts=("orders", "pnl"),
        footer=11,
    ),
    Action(
        id="close_field",
        keys=("escape",),
        label=N_("No export"),
        tooltip=N_("Close the field of the path without writing anything."),
        contexts=("pnl",),
    ),
)
