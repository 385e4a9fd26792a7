"""Files that are either the old one or the new one, never a half; and damaged files kept aside instead of lost."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from mmtui.storage.faults import storage_error


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace ``path`` by ``data``: a reader, or a start after a crash, sees the old content or the new, whole.

    The folder is created if need be. Once this returns, the new content also survives a loss of power.

    Raises:
        StorageError: names path, reason and remedy; the old content is untouched then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error("cannot be written", path, error) from error


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk, so that a rename survives a loss of power. Raises OSError."""
    if sys.platform == "win32":  # Windows has no handle for a folder; its renames are journaled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def aside_name(path: Path, why: str) -> Path:
    """The first free ``<name>.<why>-N``."""
    number = 1
    while (aside := path.with_name(f"{path.name}.{why}-{number}")).exists():
        number += 1
    return aside


def set_aside(path: Path, why: str = "broken") -> Path:
    """Rename a damaged or foreign file to the first free ``<name>.<why>-N``; returns where it lies now.

    Raises:
        StorageError: it cannot be renamed.
    """
    try:
        return path.rename(aside_name(path, why))
    except OSError as error:
        raise storage_error(f"{why} file cannot be renamed", path, error) from error
