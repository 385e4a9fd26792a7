"""What one can do on the logs screen only. Searching is the shell's ``filter``."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

_LOGS: Final = ("logs",)

_LEVEL_ACTIONS: Final = (
    Action(id="show_debug", keys=("d",), label=N_("Debug"), tooltip=N_("Show or hide debug lines."), contexts=_LOGS),
    Action(id="show_info", keys=("i",), label=N_("Info"), tooltip=N_("Show or hide info lines."), contexts=_LOGS),
    Action(id="show_warning", keys=("w",), label=N_("Warnings"), tooltip=N_("Show or hide warnings."), contexts=_LOGS),
    Action(id="show_error", keys=("e",), label=N_("Errors"), tooltip=N_("Show or hide errors."), contexts=_LOGS),
)

_PLACE_ACTIONS: Final = (
    Action(
        id="hold",
        keys=("space",),
        label=N_("Hold/follow"),
        tooltip=N_("Stand still, or show the newest lines again."),
        contexts=_LOGS,
        footer=5,
    ),
    Action(
        id="follow",
        keys=("f", "end", "G"),
        label=N_("Follow"),
        tooltip=N_("Go to the newest line and stay there."),
        contexts=_LOGS,
    ),
    Action(
        id="oldest", keys=("home", "g"), label=N_("Oldest"), tooltip=N_("Go to the oldest line kept."), contexts=_LOGS
    ),
    Action(
        id="go_to_time",
        keys=("T",),
        label=N_("Go to time"),
        tooltip=N_("Go to the first line at or after a time of day (UTC), as 12:34 or 12:34:56."),
        contexts=_LOGS,
        footer=7,
    ),
    Action(
        id="line_down", keys=("down", "j"), label=N_("Line down"), tooltip=N_("Choose the next line."), contexts=_LOGS
    ),
    Action(id="line_up", keys=("up", "k"), label=N_("Line up"), tooltip=N_("Choose the line before."), contexts=_LOGS),
    Action(
        id="extend_down",
        keys=("shift+down", "J"),
        label=N_("Extend down"),
        tooltip=N_("Add the next line to the selection."),
        contexts=_LOGS,
    ),
    Action(
        id="extend_up",
        keys=("shift+up", "K"),
        label=N_("Extend up"),
        tooltip=N_("Add the line before to the selection."),
        contexts=_LOGS,
    ),
)

_TEXT_ACTIONS: Final = (
    Action(id="next_found", keys=("n",), label=N_("Next"), tooltip=N_("Go to the next line found."), contexts=_LOGS),
    Action(
        id="previous_found",
        keys=("N",),
        label=N_("Previous"),
        tooltip=N_("Go to the line found before."),
        contexts=_LOGS,
    ),
    Action(
        id="only_found",
        keys=("m",),
        label=N_("Only found"),
        tooltip=N_("Hide the lines without the text searched, or show all again."),
        contexts=_LOGS,
    ),
    Action(
        id="copy_lines",
        keys=("c", "y"),
        label=N_("Copy"),
        tooltip=N_("Copy the chosen lines, or the newest one, to the clipboard of the terminal."),
        contexts=_LOGS,
        footer=6,
    ),
    Action(
        id="wrap",
        keys=("W",),
        label=N_("Wrap"),
        tooltip=N_("Break long lines, or cut them at the edge."),
        contexts=_LOGS,
        footer=8,
    ),
)

ACTIONS: Final[tuple[Action, ...]] = (*_LEVEL_ACTIONS, *_PLACE_ACTIONS, *_TEXT_ACTIONS)
