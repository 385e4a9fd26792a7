"""A block of text under construction: a heading, sections of labelled figures, paragraphs, a table."""

import enum
from collections.abc import Sequence
from typing import Final, NamedTuple

from mmtui.headless.columns import display_width, padded, printable, wrapped

WIDTH: Final = 100
_INDENT: Final = "  "
_CELL: Final = 32
_CELLS: Final = 3
_LABEL: Final = 15
_GAP: Final = "  "


class Style(enum.Enum):
    """What a piece of text is; its value is the terminal's colour code for it."""

    PLAIN = ""
    HEADING = "1"
    FAINT = "2"
    BUY = "32"
    SELL = "31"
    WARNING = "33"
    ERROR = "1;31"


class Cell(NamedTuple):
    """One labelled figure."""

    label: str
    value: str
    style: Style = Style.PLAIN


def painted(text: str, style: Style, *, colour: bool) -> str:
    """``text`` in the colour of its style, if colour is wanted at all."""
    return f"\x1b[{style.value}m{text}\x1b[0m" if colour and style.value and text else text


class Sheet:
    """Lines of at most 100 columns; labels and figures stand below one another."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._lines: list[str] = []

    def heading(self, left: str, right: str) -> None:
        """The first line: what it is, and at the right end its time; on lines of their own where one is too short."""
        left, right = printable(left), printable(right)
        blanks = WIDTH - display_width(left) - display_width(right)
        if right and blanks >= len(_GAP):
            self._lines.append(self._paint(left + " " * blanks + right, Style.HEADING))
            return
        for text in filter(None, (left, right)):
            lines = [text] if display_width(text) <= WIDTH else wrapped(text, WIDTH)
            self._lines += [self._paint(line, Style.HEADING) for line in lines]

    def section(self, title: str) -> None:
        """The title of what follows."""
        self._lines.append(self._paint(printable(title), Style.HEADING))

    def cells(self, *cells: Cell) -> None:
        """Figures side by side, up to three in a row; a long one takes the room of two or three, or of lines."""
        line, used = _INDENT, 0
        for cell in cells:
            value = printable(cell.value)
            width = display_width(value)
            span = -(-(_LABEL + width + 1) // _CELL)
            if span > _CELLS:
                self._flush(line)
                line, used = _INDENT, 0
                self.paragraph(cell.label, value, cell.style)
                continue
            if used + span > _CELLS:
                self._flush(line)
                line, used = _INDENT, 0
            label = self._paint(padded(cell.label, _LABEL), Style.FAINT)
            used += span
            line += label + self._paint(value, cell.style) + " " * (span * _CELL - _LABEL - width)
        self._flush(line)

    def paragraph(self, label: str, text: str, style: Style = Style.PLAIN) -> None:
        """A labelled text of any length; its further lines stand below its first."""
        for line in wrapped(printable(text), WIDTH - len(_INDENT) - _LABEL):
            shown = self._paint(padded(label, _LABEL), Style.FAINT)
            self._lines.append(f"{_INDENT}{shown}{self._paint(line, style)}".rstrip())
            label = ""

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of right-aligned columns; the first row names them."""
        widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            line = _GAP.join(padded(text, width, right=True) for text, width in zip(row, widths, strict=True))
            self._lines.append(_INDENT + self._paint(line, Style.PLAIN if number else Style.FAINT))

    def text(self) -> str:
        """All lines, each with its line end."""
        return "".join(f"{line}\n" for line in self._lines)

    def _flush(self, line: str) -> None:
        if line.strip():
            self._lines.append(line.rstrip())

    def _paint(self, text: str, style: Style) -> str:
        return painted(text, style, colour=self._colour)
