"""Writes orders, fills, positions, balances, funding and PnL to SQLite, on a thread of its own."""

import operator
import sqlite3
import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from mmtui.ports.errors import StorageError
from mmtui.storage.database import database_error, may_pass, open_database
from mmtui.storage.handover import Handover
from mmtui.storage.rows import Row
from mmtui.storage.schema import TABLES

_BATCH_ROWS: Final = 250  # laying out more at once would keep the interpreter lock for a millisecond
_RETRY_S: Final = 1.0

Values = list[Any]


def _exact_text(value: Decimal) -> str:
    """A decimal as it was given, without an exponent; four times as fast as ``decimal_text``, which trims zeros."""
    text = str(value)
    return format(value, "f") if "E" in text else text


def _converter(kind: object) -> Callable[[Any], object] | None:
    """How a field's value is written; None: as it is."""
    for part in get_args(kind) or (kind,):
        if part is Decimal:
            return _exact_text
        if isinstance(part, type) and issubclass(part, Enum):
            return operator.attrgetter("value")
    return None


def _encoder(kind: type[msgspec.Struct]) -> Callable[[Row], Values]:
    """A function that lays a row of this kind out as column values."""
    fields = msgspec.structs.fields(kind)
    conversions = [
        (place, converter) for place, field in enumerate(fields) if (converter := _converter(field.type)) is not None
    ]

    get = operator.attrgetter(*kind.__struct_fields__)  # twice as fast as msgspec.structs.astuple

    def encode(row: Row) -> Values:
        values: Values = list(get(row))
        for place, converter in conversions:
            value = values[place]
            if value is not None:
                values[place] = converter(value)
        return values

    return encode


def _insertion(kind: type[msgspec.Struct]) -> str:
    """The statement that stores a row of this kind."""
    table = TABLES[kind]
    columns = kind.__struct_fields__
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names are ours
    if not table.key:
        return statement
    conflict = f"{statement} ON CONFLICT ({', '.join(table.key)}) DO"
    if not table.replaces:
        return f"{conflict} NOTHING"
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in table.key)
    return f"{conflict} UPDATE SET {changes}"


_ENCODERS: Final = {kind: _encoder(kind) for kind in TABLES}
_INSERTIONS: Final = {kind: _insertion(kind) for kind in TABLES}


class LedgerWriter:
    """Takes rows at once and writes them in batches, each one transaction.

    Rows are never dropped. While the database cannot be written (locked, disk full) they wait and are tried again every
    second; ``failure`` says why and ``on_error`` is told once per such time, from the writer's thread. It is also told
    when more than ``max_rows`` wait. Damage ends the writing for good. A fill or funding payment that is already in the
    ledger is ignored and counted in ``duplicates``.

    Raises StorageError at construction if the ledger cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        on_error: Callable[[StorageError], None] | None = None,
        *,
        max_rows: int = 200_000,
        busy_s: float = 5.0,
    ) -> None:
        self._path = path
        self._connection = open_database(path, busy_s=busy_s)
        self._on_error = on_error
        self._max_rows = max_rows
        self._failure: StorageError | None = None
        self._telling = threading.Lock()
        self._handover = Handover[Row]()
        self._given = 0
        self._written = 0
        self._duplicates = 0
        self._waiting: list[Row] = []
        self._closed = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> StorageError | None:
        """Why rows are waiting, or were not written; None while all is well."""
        return self._failure

    @property
    def duplicates(self) -> int:
        """Fills and funding payments that were in the ledger already."""
        return self._duplicates

    @property
    def backlog_rows(self) -> int:
        """Rows that are not in the database yet."""
        return self._given - self._written

    def put(self, row: Row) -> None:
        """Give a row; never waits and never raises."""
        self._given += 1
        if self._ended:
            return
        self._handover.put(row)
        if self._given - self._written > self._max_rows:
            self._tell(
                StorageError(
                    f"ledger: {self._path}: {self.backlog_rows} rows wait for the disk; check it and what locks it"
                )
            )

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until every row given so far is in the database; False if it is not, after ``timeout_s``."""
        if self._thread.is_alive():
            self._handover.barrier().wait(timeout_s)
        return self._failure is None and not self.backlog_rows

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what is left and close. Twice is once. See ``failure`` for whether all was written."""
        if self._closed:
            return
        self._closed = True
        self._handover.stop()
        self._thread.join(timeout_s)
        if self.backlog_rows:
            self._tell(StorageError(f"ledger: {self._path}: {self.backlog_rows} rows were not written in time"))

    def _tell(self, failure: StorageError) -> None:
        with self._telling:
            if self._failure is not None:
                return
            self._failure = failure
        if self._on_error is not None:
            self._on_error(failure)

    # ------------------------------------------------------------------------------------------- the writer's thread

    def _run(self) -> None:
        explained = False
        try:
            self._take_turns()
            explained = True
        except sqlite3.Error as error:
            self._tell(database_error(self._path, error))
            explained = True
        finally:
            if not explained:
                self._tell(StorageError(f"ledger: {self._path}: its writer ended by a fault of ours; report it"))
            self._connection.close()
            self._ended = True
            self._handover.abandon()

    def _take_turns(self) -> None:
        """Write what is given until the end is asked for. Raises sqlite3.Error where trying again cannot help."""
        last = False
        while not last:
            turn = self._handover.wait(_RETRY_S if self._waiting else None)
            last = turn.last
            self._waiting += [self._handover.pop() for _ in range(turn.items)]
            self._write_waiting()
            if not self._waiting:
                self._handover.release(turn.barriers)

    def _write_waiting(self) -> None:
        """Write all rows that wait, oldest first; what the database does not take now goes on waiting.

        Raises sqlite3.Error where trying again cannot help.
        """
        done = 0
        try:
            while done < len(self._waiting):
                batch = self._waiting[done : done + _BATCH_ROWS]
                self._duplicates += self._write(batch)
                done += len(batch)
                self._written += len(batch)
            self._failure = None
        except sqlite3.Error as error:
            if not may_pass(error):
                raise
            self._tell(database_error(self._path, error))
        finally:
            del self._waiting[:done]

    def _write(self, batch: Sequence[Row]) -> int:
        """Write one batch, all of it or nothing; returns how many rows were known already. Raises sqlite3.Error."""
        by_kind: dict[type[Row], list[Values]] = {}
        for row in batch:
            kind = type(row)
            by_kind.setdefault(kind, []).append(_ENCODERS[kind](row))
        known = 0
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for kind, rows in by_kind.items():
                known += len(rows) - connection.executemany(_INSERTIONS[kind], rows).rowcount
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return known
