"""The shape of a table in terminal cells: which columns are shown, how wide, in which order the rows stand.

Columns fold away from the least important on when there is no room; figures are aligned at their decimal points over
all rows and are never cut. Everything here is a plain function of values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from mmtui.screens import numbers

Order = Decimal | float | str | None
"""What a cell is sorted by; None (unknown) always stands last."""

LEAST_FLEX: Final = 10
"""A column that takes the rest of the line gets at least so many cells, or goes."""

LEAST_TEXT: Final = 8
"""A text that stands among figures keeps so many cells however narrow the table is."""

WIDE_GAP: Final = 2
NARROW_GAP: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``title`` is marked with ``N_`` and translated where it is shown.

    ``fold`` 0 stays as long as anything stays; of the others the highest goes first. ``most`` limits a text column to
    so many cells (0: no limit). ``flex`` takes what is left of the line.
    """

    id: str
    title: str
    align: Literal["left", "right", "point"] = "left"
    fold: int = 0
    most: int = 0
    flex: bool = False


class Cell(NamedTuple):
    """What stands in a row at a column: the text, the name of its style, and what it is sorted by."""

    text: str
    style: str = "text"
    order: Order = None


class TableRow(NamedTuple):
    """One row. ``key`` identifies it from picture to picture; ``tone`` replaces the styles of all its cells."""

    key: str
    cells: tuple[Cell, ...]
    tone: str = ""


class Place(NamedTuple):
    """Where a column is drawn: its index, first cell, width, and for figures the cells from the decimal point on."""

    column: int
    start: int
    width: int
    after: int


class Measure(NamedTuple):
    """The cells a column's texts need: before the decimal point (or in all), and from it on."""

    head: int
    tail: int


def measure(columns: Sequence[Column], rows: Sequence[TableRow], least: Sequence[Measure] = ()) -> tuple[Measure, ...]:
    """What the columns of these rows need, and at least ``least``."""
    measures = []
    for k, column in enumerate(columns):
        head, tail = least[k] if least else (0, 0)
        for row in rows:
            text = row.cells[k].text
            if column.align == "point":
                whole, point, places = text.partition(".")
                head, tail = max(head, _cells(whole)), max(tail, len(point) + len(places))
            else:
                head = max(head, _cells(text))
        if column.most and column.align == "left":
            head = min(head, column.most)
        measures.append(Measure(head, tail))
    return tuple(measures)


def _cells(text: str) -> int:
    """Cells of a text; most are plain, and then their number is known at once."""
    return len(text) if text.isascii() else numbers.cells(text)


def arrange(
    columns: Sequence[Column], titles: Sequence[str], measures: Sequence[Measure], width: int, shift: int = 0
) -> tuple[Place, ...]:
    """Which columns are shown in ``width`` cells, from left to right.

    Columns that fold go by their rank; with a ``shift`` of n they are shown from the n-th on instead, whatever their
    rank, so that every column can be looked at on any terminal.
    """
    widths = [max(sum(measures[k]), numbers.cells(titles[k])) for k in range(len(columns))]
    kept = [k for k in range(len(columns)) if not columns[k].fold]
    foldable = [k for k in range(len(columns)) if columns[k].fold]
    if shift and foldable:
        shown = _fill(kept, foldable[min(shift, len(foldable)) - 1 :], widths, columns, width)
    else:
        shown = _fold(columns, widths, width)
    _squeeze(shown, widths, columns, width)
    gap = WIDE_GAP if _room(shown, widths, columns, WIDE_GAP) <= width else NARROW_GAP
    spare = width - _room(shown, widths, columns, gap)
    places, start = [], 0
    flexible = [k for k in shown if columns[k].flex]
    for k in shown:
        cells = widths[k]
        if flexible and k == flexible[-1]:
            cells = max(0, min(widths[k], LEAST_FLEX) + spare)
        places.append(Place(k, start, max(0, min(cells, width - start)), measures[k].tail))
        start += cells + gap
    return tuple(place for place in places if place.width)


def written(cell: Cell, column: Column, place: Place) -> str:
    """The text of a cell in its place, padded to its width."""
    text = cell.text
    if column.align == "left":
        plain = text.isascii() and len(text) <= place.width
        return text.ljust(place.width) if plain else numbers.left(text, place.width)
    if column.align == "point" and place.after:
        tail = len(text) - text.index(".") if "." in text else 0
        text += " " * (place.after - tail)
    plain = text.isascii() and len(text) <= place.width
    return text.rjust(place.width) if plain else numbers.right(text, place.width)


def arranged(rows: Sequence[TableRow], column: int | None, *, reverse: bool) -> list[TableRow]:
    """The rows by one column; equal ones keep their order, unknown ones stand last either way."""
    if column is None:
        return list(rows)[::-1] if reverse else list(rows)
    known = [row for row in rows if row.cells[column].order is not None]
    unknown = [row for row in rows if row.cells[column].order is None]
    return sorted(known, key=lambda row: _key(row.cells[column].order), reverse=reverse) + unknown


def _key(order: Order) -> tuple[int, Decimal | float, str]:
    return (1, 0, order.casefold()) if isinstance(order, str) else (0, 0 if order is None else order, "")


def _room(shown: Sequence[int], widths: Sequence[int], columns: Sequence[Column], gap: int) -> int:
    needed = sum(min(widths[k], LEAST_FLEX) if columns[k].flex else widths[k] for k in shown)
    return needed + gap * max(0, len(shown) - 1)


def _squeeze(shown: Sequence[int], widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Where nothing more can fold, texts give way to figures."""
    for k in shown:
        over = _room(shown, widths, columns, NARROW_GAP) - width
        if over > 0 and columns[k].align == "left" and not columns[k].flex:
            widths[k] = max(min(widths[k], LEAST_TEXT), widths[k] - over)


def _fold(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    shown = list(range(len(columns)))
    while len(shown) > 1 and _room(shown, widths, columns, NARROW_GAP) > width:
        ranks = [columns[k].fold for k in shown]
        if not max(ranks):
            break
        shown.pop(len(ranks) - 1 - ranks[::-1].index(max(ranks)))
    return shown


def _fill(
    kept: Sequence[int], wanted: Sequence[int], widths: Sequence[int], columns: Sequence[Column], width: int
) -> list[int]:
    shown = list(kept)
    for k in wanted:
        if _room([*shown, k], widths, columns, NARROW_GAP) > width:
            break
        shown.append(k)
    if len(shown) == len(kept) and wanted:
        shown.append(wanted[0])
    return sorted(shown)
