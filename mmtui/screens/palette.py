"""The command palette's entries: the action table, the strategies, the screens."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

from mmtui.screens.actions import ACTIONS, EVERYWHERE, SCREENS, Action
from mmtui.screens.terminal import RUNNING, Terminal, terminal_of

_POINTLESS: Final = ("palette", "set", "select")
"""What does nothing here: it is open, or it wants words."""

_SCREENS: Final = frozenset(name for name, _title, _meaning in SCREENS)

Entry = tuple[str, str, Callable[[], object]]
"""Name, meaning, what it does."""


class ActionProvider(Provider):
    """Everything one can do now, by its label in the person's language or its word."""

    async def discover(self) -> Hits:
        """All of it, before anything is typed."""
        for name, meaning, deed in entries(terminal_of(self.screen)):
            yield DiscoveryHit(escape(name), deed, text=name, help=escape(meaning))

    async def search(self, query: str) -> Hits:
        """What fits a text."""
        matcher = self.matcher(query)
        for name, meaning, deed in entries(terminal_of(self.screen)):
            score = max(matcher.match(name), matcher.match(meaning) / 2)
            if score > 0:
                yield Hit(score, matcher.highlight(escape(name)), deed, text=name, help=escape(meaning))


def entries(terminal: Terminal) -> Iterator[Entry]:
    """Actions that apply now, and those of each strategy by name."""
    for row in ACTIONS:
        if row.id not in _POINTLESS and (row.contexts == EVERYWHERE or any(name in _SCREENS for name in row.contexts)):
            yield _entry(terminal, row)
    for strategy in terminal.board.strategies:
        deeds = ("pause", "stop", "cancel", "select") if strategy.phase in RUNNING else ("start", "select")
        for row in (row for row in ACTIONS if row.id in deeds):
            name = f"{terminal.gettext(row.label)}: {strategy.name}"
            meaning = f"{strategy.symbol}, {terminal.gettext(strategy.phase)}"
            yield name, meaning, partial(terminal.perform_later, row, strategy.name)


def _entry(terminal: Terminal, row: Action) -> Entry:
    keys = terminal.keys.shown(row.id)
    name = terminal.gettext(row.label) + (f"  {keys}" if keys else "")
    return name, terminal.gettext(row.tooltip), partial(terminal.perform_later, row, "")
