"""What one can do on the strategies screen only."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

_STRATEGIES: Final = ("strategies",)
_FORMS: Final = ("strategies", "settings")

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="add_strategy",
        keys=("n",),
        label=N_("New"),
        tooltip=N_("Fill in a new strategy; what was begun before is still there."),
        contexts=_STRATEGIES,
        words=("add",),
        footer=6,
    ),
    Action(
        id="edit_strategy",
        keys=("e",),
        label=N_("Edit"),
        tooltip=N_("Go into the form of the selected strategy."),
        contexts=_STRATEGIES,
        footer=6,
    ),
    Action(
        id="apply_form",
        keys=("ctrl+s",),
        label=N_("Apply"),
        tooltip=N_("Check, save and put in force what was written; a new strategy is added."),
        contexts=_FORMS,
        footer=6,
    ),
    Action(
        id="drop_form",
        keys=("ctrl+r",),
        label=N_("Drop"),
        tooltip=N_("Forget what was written and not applied."),
        contexts=_FORMS,
        footer=7,
    ),
    Action(
        id="preset",
        keys=("P",),
        label=N_("Preset"),
        tooltip=N_("Write the next preset into the form; nothing is in force until it is applied."),
        contexts=_STRATEGIES,
        words=("preset <conservative|beginner|aggressive>",),
        footer=7,
    ),
    Action(
        id="remove_strategy",
        keys=("delete", "d"),
        label=N_("Remove"),
        tooltip=N_("Forget a strategy that does not run; asks first."),
        contexts=_STRATEGIES,
        words=("remove",),
        confirm=True,
        footer=8,
    ),
    Action(
        id="leave_form",
        keys=("escape",),
        label=N_("Leave the field"),
        tooltip=N_("Back to the list; what was written stays in the form."),
        contexts=_FORMS,
    ),
)
