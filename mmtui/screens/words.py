"""The words of the command line, from the action table: finding, completing, and what is near a wrong one."""

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Final

from mmtui.screens.actions import ACTIONS, Action
from mmtui.screens.terminal import Terminal

LONGEST_LINE: Final = 400
"""Characters of a command line; what is pasted beyond is left out."""

_NEAR: Final = 3

WORDS: Final = {usage.split()[0]: (row, usage) for row in ACTIONS for usage in row.words}
"""Action and usage by word."""


def found(word: str) -> Action | None:
    """The action of a word, written in full, in any case."""
    row = WORDS.get(word.lower())
    return None if row is None else row[0]


def usage_of(word: str) -> str:
    """How a word is used: ``set <parameter> <value>``."""
    return WORDS[word.lower()][1]


def near_words(word: str) -> list[str]:
    """Words that look like it or begin like it."""
    begins = [known for known in WORDS if known.startswith(word.lower())]
    return begins or get_close_matches(word.lower(), WORDS, _NEAR)


def candidates(line: str, terminal: Terminal) -> list[str]:
    """What the last piece of a line could be completed to."""
    pieces = line.split(" ")
    if len(pieces) == 1:
        known: Sequence[str] = tuple(WORDS)
    else:
        known = _arguments(pieces[0], len(pieces) - 1, terminal)
    last = pieces[-1].lower()
    return [name for name in known if name.lower().startswith(last)]


def completed(line: str, choices: Sequence[str]) -> str:
    """The line with its last piece completed as far as all choices agree; a single choice is followed by a space."""
    head, space, last = line.rpartition(" ")
    if not choices:
        return line
    if len(choices) == 1:
        return f"{head}{space}{choices[0]} "
    common = _agreed(choices)
    return f"{head}{space}{choices[0][:common]}" if common > len(last) else line


def _agreed(choices: Sequence[str]) -> int:
    """How many characters all choices begin with."""
    columns = zip(*(choice.lower() for choice in choices), strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _arguments(word: str, place: int, terminal: Terminal) -> Sequence[str]:
    if word.lower() not in WORDS:
        return ()
    wanted = usage_of(word).split()[1:]
    if place > len(wanted):
        return ()
    kinds = wanted[place - 1].strip("<>").split("|")
    known = [_known(kind, terminal) for kind in kinds]
    literal = len(kinds) > 1 and not any(known)
    return kinds if literal else [name for names in known for name in names]


def _known(kind: str, terminal: Terminal) -> Sequence[str]:
    """Names that a placeholder stands for; none where only the person knows. ``<en|zh>`` names its own."""
    board = terminal.board
    if kind == "strategy":
        return [row.name for row in board.strategies]
    if kind == "symbol":
        return sorted({row.symbol for row in board.strategies})
    if kind == "account":
        return [row.name for row in board.accounts]
    if kind == "parameter":
        return [] if terminal.selected_row is None else list(terminal.selected_row.settings)
    if kind == "preset":
        row = terminal.selected_row
        return [name for face in terminal.queries.kinds() if row and face.name == row.kind for name in face.presets]
    if kind == "theme":
        return sorted(terminal.available_themes)
    return tuple(WORDS) if kind == "word" else ()
