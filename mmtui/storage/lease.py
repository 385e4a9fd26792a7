"""A lock that says: this process, and no other, works this account with this strategy or symbol.

It is a lock of the kernel on a file, not the file itself: it ends with its process however that ends, and a file left
behind means nothing. The file tells the holder's process id, for the error message of the one who comes second.
"""

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from mmtui.ports.errors import StorageError
from mmtui.storage.faults import storage_error
from mmtui.storage.naming import file_stem
from mmtui.storage.segments import private_opener

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows locks bytes against reading too: lock one that is far behind the process id

    def _lock(file: BinaryIO) -> None:
        """Take the lock or raise OSError at once."""
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        """Take the lock or raise OSError at once."""
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lease:
    """Held from construction until ``release`` or the end of the process. Usable in a ``with`` statement.

    ``account`` is the venue's own identity of the account; ``subject`` a strategy's name or a symbol.

    Raises:
        StorageError: somebody else holds it (names the process), or the folder cannot be written.
    """

    def __init__(self, directory: Path, venue: str, account: str, subject: str) -> None:
        self.path = directory / f"{file_stem(venue, account, subject)}.lease"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = open(self.path, "a+b", buffering=0, opener=private_opener)  # noqa: SIM115 - release() closes
        except OSError as error:
            raise storage_error("lease cannot be taken", self.path, error) from error
        try:
            _lock(self._file)
        except (BlockingIOError, PermissionError) as error:
            holder = self._holder()
            self._file.close()
            raise StorageError(
                f"lease: {venue} {subject}: {holder} works this account already; stop that one first ({self.path})"
            ) from error
        except OSError as error:
            self._file.close()
            raise storage_error("lease cannot be taken", self.path, error) from error
        self._sign()

    def release(self) -> None:
        """Let go. Twice is once. The file stays: removing it would let two holders in at once."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _sign(self) -> None:
        """Write our process id; a full disk must not keep a lock from holding, so failure is fine."""
        with contextlib.suppress(OSError):
            self._file.truncate(0)
            self._file.write(b"%d\n" % os.getpid())

    def _holder(self) -> str:
        """Who holds the lock, as far as the file tells."""
        with contextlib.suppress(OSError):
            self._file.seek(0)
            text = self._file.read(20).strip()
            if text.isdigit():
                return "this process" if int(text) == os.getpid() else f"process {int(text)}"
        return "another process"
