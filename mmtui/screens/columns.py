"""Rows of text as lines of columns, for answers and dialogs; panes that scroll have their own widgets."""

from collections.abc import Sequence

from mmtui.screens.numbers import UNKNOWN, align, cells, left


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines of columns: figures aligned at their points, texts at the left, the last column as it is."""
    if not rows:
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    padded = [_padded(column, last=index == len(columns) - 1) for index, column in enumerate(columns)]
    return ["  ".join(line).rstrip() for line in zip(*padded, strict=True)]


def _padded(column: list[str], *, last: bool) -> list[str]:
    if all(_is_figure(text) for text in column):
        return align(column)
    if last:
        return column
    width = max(cells(text) for text in column)
    return [left(text, width) for text in column]


def _is_figure(text: str) -> bool:
    return text == UNKNOWN or (text.lstrip("+-")[:1].isdigit() and text[-1:].isdigit())
