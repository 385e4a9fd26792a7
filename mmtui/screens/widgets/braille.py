"""A line drawn in braille dots: two columns and four rows of dots to a terminal cell."""

from collections.abc import Iterable, Sequence
from typing import Final

DOT_COLUMNS: Final = 2
DOT_ROWS: Final = 4

_BLANK: Final = 0x2800
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of each dot of a cell, by column and row from the top."""


class Canvas:
    """Dots of ``width`` x ``height`` cells; (0, 0) is the dot at the upper left."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._cells = [[0] * width for _ in range(height)]

    def column(self, x: int, top: int, bottom: int) -> None:
        """Set the dots of column ``x`` from ``top`` to ``bottom``, both included; outside is left out."""
        cell_x, odd = divmod(x, DOT_COLUMNS)
        if not 0 <= cell_x < self.width:
            return
        bits = _DOTS[odd]
        for y in range(max(0, top), min(bottom, self.height * DOT_ROWS - 1) + 1):
            cell_y, row = divmod(y, DOT_ROWS)
            self._cells[cell_y][cell_x] |= bits[row]

    def lines(self) -> list[str]:
        """The cells as text, a blank where no dot is set."""
        return ["".join(chr(_BLANK + bits) if bits else " " for bits in row) for row in self._cells]


def line_columns(points: Iterable[tuple[int, float]]) -> dict[int, tuple[float, float]]:
    """Least and largest value of each column of a line through ``points`` (column, value), columns rising.

    A column reaches to the last value of the column before it, so that the line is unbroken where columns touch;
    columns without a point are filled between their neighbours.
    """
    spans: dict[int, tuple[float, float]] = {}
    last_x, last = -1, 0.0
    for x, value in points:
        if x in spans:
            low, high = spans[x]
            spans[x] = (min(low, value), max(high, value))
        elif spans:
            steps = x - last_x
            for k in range(1, steps + 1):
                begin, end = last + (value - last) * (k - 1) / steps, last + (value - last) * k / steps
                spans[last_x + k] = (min(begin, end), max(begin, end))
        else:
            spans[x] = (value, value)
        last_x, last = x, value
    return spans


def stretches(times_ns: Sequence[int], longest_gap_ns: int) -> list[slice]:
    """Where the data has no gap longer than ``longest_gap_ns``: what is not known is not drawn."""
    if not times_ns:
        return []
    starts = [0] + [k for k in range(1, len(times_ns)) if times_ns[k] - times_ns[k - 1] > longest_gap_ns]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(times_ns)], strict=True)]
