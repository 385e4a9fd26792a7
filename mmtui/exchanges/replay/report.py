"""What was found in recorded data: how much, which holes, which rows were left out and why."""

from pathlib import Path
from typing import Final

from msgspec import Struct, field

from mmtui.model.units import NS_PER_S

MAX_LISTED: Final = 10
"""Reasons listed by ``lines``; the report itself holds all of them."""


class DirtyRows(Struct):
    """Rows left out for one reason, and where the first of them stands (``file:line``)."""

    count: int
    first: str


class DataReport(Struct):
    """Counts of one pass over recorded data, filled while its events are read.

    A gap is a hole in the recorded book longer than the dataset's threshold. ``stream_downs`` counts the StreamDown
    events, which follow the receive times as well (a recorder that holds data back looks like a hole while it lasts).
    ``events`` includes stream events. Times are wall nanoseconds of the first and last event, None before any.
    """

    dataset: str
    files_read: int = 0
    rows: int = 0
    events: int = 0
    gaps: int = 0
    gap_seconds: float = 0.0
    longest_gap_seconds: float = 0.0
    stream_downs: int = 0
    dirty: dict[str, DirtyRows] = field(default_factory=dict)
    truncated_files: list[str] = field(default_factory=list)
    backfill_rows: int = 0
    shifted_rows: int = 0
    short_rows: int = 0
    locked_books: int = 0
    crossed_books: int = 0
    trades_without_side: int = 0
    first_ns: int | None = None
    last_ns: int | None = None

    @property
    def dirty_rows(self) -> int:
        """How many rows were left out as unusable, over all reasons."""
        return sum(rows.count for rows in self.dirty.values())

    @property
    def market_seconds(self) -> float:
        """Recorded time from the first to the last event."""
        if self.first_ns is None or self.last_ns is None:
            return 0.0
        return (self.last_ns - self.first_ns) / NS_PER_S

    def leave_out(self, reason: str, path: Path, line: int) -> None:
        """Count a row (or a whole file) that cannot be used; the first place per reason is kept."""
        known = self.dirty.get(reason)
        if known is None:
            self.dirty[reason] = DirtyRows(1, f"{path.name}:{line}")
        else:
            known.count += 1

    def add_gap(self, seconds: float) -> None:
        """Count a hole of so many seconds."""
        self.gaps += 1
        self.gap_seconds += seconds
        self.longest_gap_seconds = max(self.longest_gap_seconds, seconds)

    def lines(self) -> list[str]:
        """The report for people, one finding a line; what did not occur is not mentioned."""
        found = [f"{self.dataset}: {self.rows} rows, {self.events} events, {self.market_seconds:.0f} s of market"]
        if self.gaps:
            longest = f"the longest {self.longest_gap_seconds:.1f} s"
            found.append(f"{self.gaps} gaps, {self.gap_seconds:.0f} s in all, {longest}")
        if self.locked_books:
            found.append(f"{self.locked_books} books with best bid = best ask")
        if self.trades_without_side:
            found.append(f"{self.trades_without_side} trades without a taker side")
        if self.backfill_rows:
            found.append(f"{self.backfill_rows} backfilled trades left out")
        if self.shifted_rows:
            found.append(f"{self.shifted_rows} rows moved on by whole hours, because the recorder's clock was set back")
        if self.short_rows:
            found.append(f"{self.short_rows} rows are shorter than their header and read all the same")
        found.extend(f"{name} is cut off: its readable part is used" for name in self.truncated_files)
        reasons = list(self.dirty.items())
        found.extend(f"{rows.count} left out, {reason} (first: {rows.first})" for reason, rows in reasons[:MAX_LISTED])
        if len(reasons) > MAX_LISTED:
            found.append(f"... and {len(reasons) - MAX_LISTED} more reasons")
        return found
