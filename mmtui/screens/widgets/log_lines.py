"""The log as a ring of lines that can be filtered and searched; no drawing here."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from mmtui.screens import numbers
from mmtui.views.board import LogRow

LINES_KEPT: Final = 5_000
"""Lines the ring holds; older ones are forgotten here, the log file has them."""

LEVELS: Final = ("debug", "info", "warning", "error")
"""Levels, the least first."""

_RANKS: Final = {name: rank for rank, name in enumerate(LEVELS)} | {"critical": 3}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What moves the cursor, breaks the line, turns its direction or cannot be encoded: nothing for a terminal."""


class Line(Struct, frozen=True, gc=False):
    """One line as it is shown. ``folded`` is what is searched."""

    number: int
    time_ns: int
    level: str
    source: str
    text: str
    folded: str

    def copied(self) -> str:
        """The line as it goes to the clipboard."""
        return f"{numbers.stamp(self.time_ns)} {self.level} {self.source} {self.text}"


def line_of(row: LogRow) -> Line:
    """A line of the engine, harmless for a terminal. The text stands alone where it says the event already."""
    text = printable(row.text) or printable(row.event)
    source = printable(row.source)
    folded = f"{source} {row.event} {text}".casefold()
    return Line(row.number, row.time_ns, row.level, source, text, folded)


def printable(text: str) -> str:
    """A text without control characters: blanks for white ones, a middle dot for the others.

    >>> printable("a" + chr(27) + "[2Jb" + chr(10) + "c")
    'a·[2Jb c'
    """
    if _CONTROL.search(text) is None:
        return text
    return _CONTROL.sub(lambda found: " " if found[0] in "\t\n\r\v\f" else "·", text)


class LogLines:
    """A bounded ring, and what is shown of it: lines of the chosen levels, on demand only those that hold a text."""

    def __init__(self, kept: int = LINES_KEPT) -> None:
        self._kept = kept
        self._lines: list[Line] = []
        self.shown: list[Line] = []
        self.levels = frozenset(LEVELS)
        self.text = ""
        self.only_found = False
        self.matches = 0
        """Shown lines that hold the text."""
        self.last_number = 0
        self.missed = 0
        """Lines that fell out of the engine's ring before they were read."""

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, rows: Iterable[LogRow]) -> int:
        """Take new rows, oldest first; returns how many of them are shown."""
        lines = [line_of(row) for row in rows if row.number > self.last_number]
        if not lines:
            return 0
        if self.last_number:
            self.missed += lines[0].number - self.last_number - 1
        self.last_number = lines[-1].number
        self._lines += lines
        fresh = [line for line in lines if self._wanted(line)]
        self.shown += fresh
        self.matches += sum(map(self.found, fresh))
        excess = len(self._lines) - self._kept
        if excess > 0:
            del self._lines[:excess]
            gone = self.index_of(self._lines[0].number)
            self.matches -= sum(map(self.found, self.shown[:gone]))
            del self.shown[:gone]
        return len(fresh)

    def clear(self) -> None:
        """Forget the lines; what comes later is taken as before."""
        self._lines.clear()
        self.shown.clear()
        self.matches = 0

    def choose(self, levels: Iterable[str]) -> None:
        """Show lines of these levels only."""
        self.levels = frozenset(levels)
        self._select()

    def search(self, text: str, *, only_found: bool) -> None:
        """Look for a text, without regard to case; ``only_found`` hides the lines without it."""
        text = text.casefold()
        if (text, only_found) != (self.text, self.only_found):
            self.text, self.only_found = text, only_found
            self._select()

    def found(self, line: Line) -> bool:
        """Whether a line holds the text that is looked for."""
        return bool(self.text) and self.text in line.folded

    def find(self, start: int, step: int) -> int | None:
        """Index of the next shown line with the text from ``start`` on, by ``step`` (+1 or -1), around the end."""
        text, shown = self.text, self.shown
        if not text or not shown:
            return None
        start %= len(shown)
        if step > 0:
            order = chain(range(start, len(shown)), range(start))
        else:
            order = chain(range(start, -1, -1), range(len(shown) - 1, start, -1))
        return next((index for index in order if text in shown[index].folded), None)

    def index_of(self, number: int) -> int:
        """Index of the first shown line whose number is not below ``number``."""
        return bisect_left(self.shown, number, key=_number)

    def index_at(self, time_ns: int) -> int:
        """Index of the first shown line that is not older than a time; the last line where all are."""
        return min(bisect_left(self.shown, time_ns, key=_time), max(0, len(self.shown) - 1))

    def between(self, first: int, last: int) -> Sequence[Line]:
        """Shown lines by index, both ends included, in either order."""
        return self.shown[min(first, last) : max(first, last) + 1]

    def _select(self) -> None:
        self.shown = [line for line in self._lines if self._wanted(line)]
        self.matches = sum(map(self.found, self.shown))

    def _wanted(self, line: Line) -> bool:
        return (line.level in self.levels or line.level not in _RANKS) and (
            not self.only_found or not self.text or self.text in line.folded
        )


def _number(line: Line) -> int:
    return line.number


def _time(line: Line) -> int:
    return line.time_ns
