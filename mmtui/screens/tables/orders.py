"""What one can do on the orders screen only."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="other_history",
        keys=("v",),
        label=N_("Fills/orders"),
        tooltip=N_("Show the history of orders in place of fills, or of fills in place of orders."),
        contexts=("orders",),
        footer=6,
    ),
    Action(
        id="more_history",
        keys=("n",),
        label=N_("More"),
        tooltip=N_("Read older rows; the end of the list does it too."),
        contexts=("orders",),
        footer=10,
    ),
    Action(
        id="clear_filter",
        keys=("escape",),
        label=N_("No filter"),
        tooltip=N_("Show all rows again, or leave the field."),
        contexts=("orders",),
    ),
)
"""Export and reading anew are in ``tables/pnl.py``: both screens have them."""
