"""Writing CSV files from a screen: a path that makes sense, and what became of it, in place."""

from datetime import UTC, datetime
from pathlib import Path

from mmtui.language import N_
from mmtui.model.units import NS_PER_S
from mmtui.screens.history import EVERYTHING
from mmtui.screens.terminal import Terminal
from mmtui.views.faults import MmtuiError
from mmtui.views.queries import HistoryFilter


def default_path(what: str, now_ns: int) -> str:
    """A file of its own under home's exports folder: relative paths start at home."""
    moment = datetime.fromtimestamp(now_ns // NS_PER_S, UTC)
    return f"exports/{what}-{moment:%Y%m%d-%H%M%S}.csv"


def path_fault(text: str) -> str:
    """What is wrong with a path as it was typed; empty if nothing can be seen from here."""
    wanted = text.strip()
    if not wanted:
        return N_("no path given; type one such as exports/fills.csv")
    if "\0" in wanted or wanted.endswith(("/", "\\")):
        return N_("this names a folder; add the name of a file")
    return ""


async def export(terminal: Terminal, what: str, text: str, path: str) -> tuple[str, str]:
    """Write all rows that hold ``text``; returns a line for the person and its style."""
    wanted = HistoryFilter(text=text, limit=EVERYTHING)
    try:
        count = await terminal.queries.export_csv(what, wanted, Path(path.strip()))
    except MmtuiError as fault:
        return terminal.say(str(fault)), "error"
    return terminal.gettext("{count} rows written to {path}").format(count=f"{count:,}", path=path.strip()), "gain"
