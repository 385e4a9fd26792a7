"""What one can do on the pair screen only."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

CONTEXT: Final = ("pair",)

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="first_leg",
        keys=("f",),
        label=N_("First leg"),
        tooltip=N_("Take the next instrument as the first leg."),
        contexts=CONTEXT,
        footer=6,
    ),
    Action(
        id="second_leg",
        keys=("d",),
        label=N_("Second leg"),
        tooltip=N_("Take the next instrument as the second leg."),
        contexts=CONTEXT,
        footer=6,
    ),
    Action(
        id="swap_legs",
        keys=("w",),
        label=N_("Swap"),
        tooltip=N_("Let the legs change sides."),
        contexts=CONTEXT,
        footer=10,
    ),
    Action(
        id="next_pair",
        keys=("n",),
        label=N_("Next pair"),
        tooltip=N_("Show the next two-leg strategy; after the last one the legs chosen by hand."),
        contexts=CONTEXT,
        footer=11,
    ),
)
