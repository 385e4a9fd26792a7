"""Which number went out for which client order id, for venues whose ids are numbers. One file per account.

A line is ``number client_order_id``, written before the number goes out, so a process that dies leaves none unknown. It
is not synced: a loss of power may cost the last lines, whose orders are then foreign until somebody cancels them.
Processes that work one account at a time have a file each (a lock says whose) and read them all.
"""

import logging
import os
from itertools import islice
from pathlib import Path
from typing import Final

from mmtui.ports.errors import StorageError
from mmtui.storage.atomic import write_atomically
from mmtui.storage.faults import storage_error
from mmtui.storage.lease import Lease
from mmtui.storage.naming import file_stem
from mmtui.storage.segments import private_opener

log = logging.getLogger("mmtui.storage")

KEPT: Final = 50_000
"""How many lines a start takes over; older ones belong to orders that ended long ago."""

_CLOSED: Final = -1

PROCESSES: Final = 16
"""How many processes may work one account at the same time."""


class IdFile:
    """The numbers of one account: all that are known, and those of this process as they are given.

    Attributes:
        own: numbers that earlier processes wrote into the file that is now this one's, oldest first.
        others: numbers in the files of other processes.

    Raises:
        StorageError: the folder cannot be read or written, or too many processes work this account.
    """

    def __init__(self, directory: Path, venue: str, account: str) -> None:
        self._failed = False
        slot, self._lease = _first_free(directory, venue, account)
        self.path = _path(directory, venue, account, slot)
        self.own = _read(self.path)
        self.others: dict[int, str] = {}
        for other in range(PROCESSES):
            if other != slot:
                self.others.update(_read(_path(directory, venue, account, other)))
        write_atomically(self.path, b"".join(_line(number, text) for number, text in self.own.items()))
        try:
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise storage_error("client order ids cannot be kept", self.path, error) from error

    def keep(self, number: int, client_order_id: str) -> None:
        """Write a pair down. A disk that refuses does not stop trading; it is logged once."""
        try:
            os.write(self._file, _line(number, client_order_id))
        except OSError as error:
            if not self._failed:
                self._failed = True
                log.error("%s", storage_error("client order ids cannot be kept", self.path, error))  # noqa: TRY400

    def close(self) -> None:
        """Let the file go to the next process. Twice is once."""
        handle, self._file = self._file, _CLOSED
        if handle != _CLOSED:
            os.close(handle)
        self._lease.release()


def _first_free(directory: Path, venue: str, account: str) -> tuple[int, Lease]:
    """The first file that no living process writes. Raises StorageError."""
    for slot in range(PROCESSES - 1):
        try:
            return slot, Lease(directory, venue, account, f"client-ids-{slot}")
        except StorageError:
            continue
    return PROCESSES - 1, Lease(directory, venue, account, f"client-ids-{PROCESSES - 1}")


def _path(directory: Path, venue: str, account: str, slot: int) -> Path:
    return directory / f"{file_stem(venue, account, f'client-ids-{slot}')}.ids"


def _line(number: int, client_order_id: str) -> bytes:
    return f"{number} {client_order_id}\n".encode()


def _read(path: Path) -> dict[int, str]:
    """The latest pairs of a file; what is torn or damaged is passed over. Raises StorageError."""
    try:
        with open(path, encoding="utf-8", errors="replace", opener=private_opener) as file:
            lines = file.readlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise storage_error("client order ids cannot be read", path, error) from error
    pairs: dict[int, str] = {}
    for line in islice(lines, max(len(lines) - KEPT, 0), None):
        number, _, text = line.partition(" ")
        if number.isascii() and number.isdigit() and text.endswith("\n") and len(text) > 1:
            pairs[int(number)] = text[:-1]
    return pairs
