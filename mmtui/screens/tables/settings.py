"""What one can do on the settings screen only."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

_SETTINGS: Final = ("settings",)

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="next_section",
        keys=("right_square_bracket", "f6"),
        label=N_("Next section"),
        tooltip=N_("Go to the next section: accounts, limits, terminal, keys, files."),
        contexts=_SETTINGS,
        footer=6,
    ),
    Action(
        id="previous_section",
        keys=("left_square_bracket", "shift+f6"),
        label=N_("Previous section"),
        tooltip=N_("Go to the section before."),
        contexts=_SETTINGS,
    ),
    Action(
        id="default_key",
        keys=("backspace", "delete"),
        label=N_("Default key"),
        tooltip=N_("Give the action under the cursor its own keys back."),
        contexts=_SETTINGS,
        footer=7,
    ),
)
