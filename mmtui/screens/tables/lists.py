"""What one can do in a table that has the focus."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

CONTEXT: Final = ("table",)
PAGED: Final = (*CONTEXT, "logs")

ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="row_up", keys=("up", "k"), label=N_("Up"), tooltip=N_("One row up."), contexts=CONTEXT),
    Action(id="row_down", keys=("down", "j"), label=N_("Down"), tooltip=N_("One row down."), contexts=CONTEXT),
    Action(id="page_up", keys=("pageup",), label=N_("Page up"), tooltip=N_("A page up."), contexts=PAGED),
    Action(id="page_down", keys=("pagedown",), label=N_("Page down"), tooltip=N_("A page down."), contexts=PAGED),
    Action(id="first_row", keys=("home", "g"), label=N_("First"), tooltip=N_("The first row."), contexts=CONTEXT),
    Action(id="last_row", keys=("end", "G"), label=N_("Last"), tooltip=N_("The last row."), contexts=CONTEXT),
    Action(
        id="choose_row",
        keys=("enter",),
        label=N_("Open"),
        tooltip=N_("Open what the row stands for; on an alert: it has been seen."),
        contexts=CONTEXT,
    ),
    Action(
        id="columns_left",
        keys=("left", "h"),
        label=N_("Columns left"),
        tooltip=N_("Show the columns further left."),
        contexts=CONTEXT,
    ),
    Action(
        id="columns_right",
        keys=("right", "l"),
        label=N_("Columns right"),
        tooltip=N_("Show the columns further right that have no room."),
        contexts=CONTEXT,
    ),
    Action(
        id="sort_next",
        keys=("o",),
        label=N_("Sort"),
        tooltip=N_("Sort by the next column; a click on a column's title sorts by it."),
        contexts=CONTEXT,
    ),
    Action(
        id="sort_reverse",
        keys=("O",),
        label=N_("Reverse"),
        tooltip=N_("Sort the other way round."),
        contexts=CONTEXT,
    ),
)
