"""Opens the ledger's SQLite file: creates it, migrates it, and refuses what it must not touch."""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mmtui.ports.errors import StorageError
from mmtui.storage.atomic import set_aside
from mmtui.storage.faults import storage_error
from mmtui.storage.schema import APPLICATION_ID, MIGRATIONS

_MAGIC: Final = b"SQLite format 3\0"
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PASSING: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
)
_REMEDIES: Final = {
    sqlite3.SQLITE_BUSY: "another process has it locked: stop that process or choose another storage.database",
    sqlite3.SQLITE_LOCKED: "another process has it locked: stop that process or choose another storage.database",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable or choose another storage.database",
    sqlite3.SQLITE_PERM: "make the file and its folder writable or choose another storage.database",
    sqlite3.SQLITE_CANTOPEN: "make the file and its folder readable and writable or choose another storage.database",
    sqlite3.SQLITE_FULL: "free space on this disk or choose another storage.database",
    sqlite3.SQLITE_IOERR: "free space on this disk and check it, or choose another storage.database",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: start again to have it checked, or restore it from a copy",
    sqlite3.SQLITE_NOTADB: "the file is damaged: start again to have it checked, or restore it from a copy",
}


def database_error(path: Path, error: sqlite3.Error) -> StorageError:
    """One line that names the ledger, SQLite's reason and the remedy."""
    return StorageError(f"ledger: {path}: {error}; {_REMEDIES.get(_code(error), 'check the file and the disk')}")


def may_pass(error: sqlite3.Error) -> bool:
    """True where the same write may succeed later: a lock, a full or failing disk, a file made read-only."""
    return _code(error) in _PASSING


def open_database(
    path: Path, *, busy_s: float = 5.0, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> sqlite3.Connection:
    """Open the ledger for writing, in WAL mode, at the newest schema version; a missing file is created (mode 0600).

    An older database is copied beside itself before it is migrated. After an unclean end it is checked; a damaged one
    is kept aside as ``<name>.broken-N``.

    Raises:
        StorageError: locked, read-only, damaged, of a newer version, or not ours; with path and remedy.
    """
    try:
        _prepare(path)
    except OSError as error:
        raise storage_error("ledger cannot be opened", path, error) from error
    unclean = _size(path.with_name(path.name + "-wal")) > 0
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        _claim(connection, path, len(migrations))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -256")  # KiB: rows are appended, and hardly ever read again
        if unclean:
            _check(connection)
        _migrate(connection, path, migrations)
    except sqlite3.Error as error:
        connection.close()
        if _code(error) in _DAMAGED:
            raise _kept_aside(path, error) from error
        raise database_error(path, error) from error
    except OSError as error:
        connection.close()
        raise storage_error("ledger cannot be copied before its migration", path, error) from error
    except StorageError:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path, *, busy_s: float = 5.0) -> sqlite3.Connection:
    """Open an existing ledger read-only. Raises StorageError as ``open_database`` does; nothing is changed."""
    try:
        if _size(path) == 0:
            raise StorageError(f"ledger: {path}: there is none yet; it appears with the first run")
        _refuse_foreign(path)
    except OSError as error:
        raise storage_error("ledger cannot be opened", path, error) from error
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=busy_s, uri=True)
    except sqlite3.Error as error:
        raise database_error(path, error) from error
    try:
        _claim(connection, path, len(MIGRATIONS), create=False)
    except sqlite3.Error as error:
        connection.close()
        raise database_error(path, error) from error
    except StorageError:
        connection.close()
        raise
    return connection


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for errors of the Python module itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _prepare(path: Path) -> None:
    """Make sure there is a file of ours, or an empty one. Raises OSError, StorageError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    _refuse_foreign(path)


def _refuse_foreign(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start and start != _MAGIC:
        raise StorageError(
            f"ledger: {path}: not an SQLite database, left as it is; move it away or choose another storage.database"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _claim(connection: sqlite3.Connection, path: Path, newest: int, *, create: bool = True) -> None:
    """Make sure the database is ours and not newer than this program. Raises StorageError, sqlite3.Error."""
    owner = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or tables or not create):
        raise StorageError(f"ledger: {path}: a database of another program; choose another storage.database")
    if version > newest:
        raise StorageError(
            f"ledger: {path}: schema version {version}, this mmtui knows version {newest}; "
            "use the newer mmtui or choose another storage.database"
        )
    if not create and version < newest:
        raise StorageError(
            f"ledger: {path}: schema version {version}, this mmtui reads version {newest}; start a run to migrate it"
        )


def _check(connection: sqlite3.Connection) -> None:
    """Look for damage after an unclean end. Raises sqlite3.DatabaseError with the code of a corrupt database."""
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        error = sqlite3.DatabaseError(str(answer))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]) -> None:
    """Bring the database to the newest version in one transaction. Raises sqlite3.Error, OSError."""
    version = _pragma(connection, "user_version")
    if version == len(migrations):
        return
    if version:
        _back_up(connection, path, version)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have migrated while this one waited for the lock.
        for step in migrations[_pragma(connection, "user_version") :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the database to the first free ``<name>.v<version>-N``. Raises sqlite3.Error, OSError."""
    number = 1
    while (copy := path.with_name(f"{path.name}.v{version}-{number}")).exists():
        number += 1
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
    except sqlite3.Error:
        target.close()
        copy.unlink()
        raise
    target.close()


def _kept_aside(path: Path, error: sqlite3.Error) -> StorageError:
    """Move a damaged database out of the way, with what belongs to it, and say where it is."""
    aside = set_aside(path)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return StorageError(
        f"ledger: {path}: damaged ({error}); kept as {aside}; restore a copy, or start again with an empty ledger"
    )
