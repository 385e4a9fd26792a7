"""What a benchmark found, for people (an aligned table) and for programs (plain values)."""

from msgspec import Struct, field

Cell = str | float | None


class Table(Struct):
    """One benchmark's result; the first column names the row. ``notes`` say what to know, or what was skipped."""

    title: str
    columns: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def text(table: Table) -> str:
    """The table as aligned Markdown."""
    cells = [table.columns] + [[_cell(value) for value in row] for row in table.rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(table.columns))]
    lines = [_line(row, widths) for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([f"## {table.title}", "", *lines, "", *(f"- {note}" for note in table.notes)])


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def _cell(value: Cell) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
