"""Reads the ledger: what was traded, page by page, newest first."""

import sqlite3
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import msgspec

from mmtui.ports.errors import BugError, StorageError
from mmtui.storage.database import database_error, open_for_reading
from mmtui.storage.rows import (
    DailyPnlRow,
    FillRow,
    OrderRow,
    Row,
    RunRow,
)
from mmtui.storage.schema import TABLES

RowT = TypeVar("RowT", bound=Row)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows; None means any. ``since_ns`` is included, ``until_ns`` is not."""

    run_id: str | None = None
    strategy: str | None = None
    venue: str | None = None
    account: str | None = None
    symbol: str | None = None
    client_order_id: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None


EVERYTHING: Final = Wanted()


class Page(msgspec.Struct, Generic[RowT], frozen=True):
    """Some rows, newest first; ``more`` says whether older ones follow."""

    rows: list[RowT]
    more: bool


def _flags(kind: type[msgspec.Struct]) -> list[str]:
    """Fields that are True or False, which SQLite keeps as 1 and 0."""
    return [field.name for field in msgspec.structs.fields(kind) if field.type is bool]


_FLAGS: Final = {kind: _flags(kind) for kind in TABLES}


class LedgerReader:
    """Reads a ledger, also one that is being written. Belongs to the thread that makes it; raises StorageError."""

    def __init__(self, path: Path, *, busy_s: float = 5.0) -> None:
        self._path = path
        self._connection = open_for_reading(path, busy_s=busy_s)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def runs(self, wanted: Wanted = EVERYTHING, limit: int = 100, offset: int = 0) -> Page[RunRow]:
        """Runs, by start."""
        return self.page(RunRow, wanted, limit, offset)

    def fills(self, wanted: Wanted = EVERYTHING, limit: int = 100, offset: int = 0) -> Page[FillRow]:
        """Fills, by the time they reached us."""
        return self.page(FillRow, wanted, limit, offset)

    def orders(self, wanted: Wanted = EVERYTHING, limit: int = 100, offset: int = 0) -> Page[OrderRow]:
        """Orders, by their last change."""
        return self.page(OrderRow, wanted, limit, offset)

    def daily_pnl(self, wanted: Wanted = EVERYTHING, limit: int = 100, offset: int = 0) -> Page[DailyPnlRow]:
        """Days of PnL, by their last change; one row per run and strategy, for the reader to add up exactly."""
        return self.page(DailyPnlRow, wanted, limit, offset)

    def last_live_word_ns(self, strategy: str, account: str, symbol: str) -> int | None:
        """When the newest event of an order of this strategy's live runs was written; None where there is none."""
        statement = (
            "SELECT e.time_ns FROM order_events AS e WHERE e.strategy = ? AND e.account = ? AND e.symbol = ? "
            "AND EXISTS (SELECT 1 FROM runs AS r WHERE r.stage = 'live' AND e.run_id LIKE r.run_id || '%') "
            "ORDER BY e.time_ns DESC LIMIT 1"
        )
        try:
            found = self._connection.execute(statement, [strategy, account, symbol]).fetchone()
        except sqlite3.Error as error:
            raise database_error(self._path, error) from error
        return None if found is None else int(found[0])

    def page(self, kind: type[RowT], wanted: Wanted = EVERYTHING, limit: int = 100, offset: int = 0) -> Page[RowT]:
        """Rows of any kind, newest first. Asking by a field that this kind does not have is a BugError."""
        table = TABLES[kind]
        columns = kind.__struct_fields__
        conditions, values = _conditions(wanted, columns, table.time)
        statement = (
            f"SELECT {', '.join(columns)} FROM {table.name}{conditions} "  # noqa: S608 - names are ours, values bound
            f"ORDER BY {table.time} DESC, rowid DESC LIMIT ? OFFSET ?"
        )
        try:
            found = self._connection.execute(statement, [*values, limit + 1, offset]).fetchall()
        except sqlite3.Error as error:
            raise database_error(self._path, error) from error
        rows = [self._decode(kind, columns, row) for row in found[:limit]]
        return Page(rows, more=len(found) > limit)

    def _decode(self, kind: type[RowT], columns: tuple[str, ...], row: tuple[Any, ...]) -> RowT:
        values: dict[str, Any] = dict(zip(columns, row, strict=True))
        for name in _FLAGS[kind]:
            values[name] = bool(values[name])
        try:
            return msgspec.convert(values, kind)
        except msgspec.ValidationError as error:
            raise StorageError(
                f"ledger: {self._path}: a row of {TABLES[kind].name} cannot be read ({error}); was it edited by hand?"
            ) from error


def _conditions(wanted: Wanted, columns: tuple[str, ...], time: str) -> tuple[str, list[Any]]:
    """The WHERE clause and its values."""
    conditions: list[str] = []
    values: list[Any] = []
    for name, value in msgspec.structs.asdict(wanted).items():
        if value is None:
            continue
        if name == "since_ns":
            conditions.append(f"{time} >= ?")
        elif name == "until_ns":
            conditions.append(f"{time} < ?")
        elif name in columns:
            conditions.append(f"{name} = ?")
        else:
            raise BugError(f"ledger: rows have no {name} to ask by")
        values.append(value)
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), values
