"""The lines a table is drawn of, as values: a line that is equal to what stands there is not drawn again."""

from typing import NamedTuple

from mmtui.screens.widgets.line_pane import Run


class TitleLine(NamedTuple):
    """The heading of the table."""

    left: str
    right: str


class HeadLine(NamedTuple):
    """The titles of the columns."""

    text: str


class BodyLine(NamedTuple):
    """One row as it is drawn."""

    runs: tuple[Run, ...]
    cursor: bool


class TotalLine(NamedTuple):
    """The sums under the rows."""

    runs: tuple[Run, ...]


class TextLine(NamedTuple):
    """A sentence where there are no rows."""

    text: str
