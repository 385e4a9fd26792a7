"""The last known State of a strategy, for the next start. One file per (venue, account identity, strategy).

::

    file := magic(8) header(u32) payload(u32) crc32_of_what_follows(u32) header(json) payload
"""

import struct
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from mmtui import __version__
from mmtui.ports.errors import StorageError
from mmtui.storage.atomic import set_aside, write_atomically
from mmtui.storage.faults import storage_error
from mmtui.storage.naming import file_stem
from mmtui.storage.records import SchemaOnly

SCHEMA_VERSION: Final = 1
_MAGIC: Final = b"mmtuiC\r\n"
_PREFIX: Final = struct.Struct("<8sIII")


class CheckpointKey(msgspec.Struct, frozen=True):
    """Whose State: ``account`` is the venue's own identity of the account, not its name in a configuration."""

    venue: str
    account: str
    strategy: str


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    schema: int = SCHEMA_VERSION
    mmtui_version: str
    key: CheckpointKey


class Checkpoint(msgspec.Struct, frozen=True):
    """What a look for a checkpoint found.

    ``payload`` is None where there is nothing to go on from: the start is then one without a past, by reconciliation
    alone. ``problem`` says, for people, that a file was damaged or another's, and where it is kept.
    """

    payload: bytes | None
    problem: str | None = None


class CheckpointStore:
    """Keeps checkpoints in one folder. Its methods wait for the disk: call them off the event loop."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, key: CheckpointKey) -> Path:
        """Where the checkpoint of this key lies, or would."""
        return self._directory / f"{file_stem(key.venue, key.account, key.strategy)}.checkpoint"

    def save(self, key: CheckpointKey, payload: bytes) -> None:
        """Replace the checkpoint: after a crash at any moment the old one or the new one is there, whole.

        Raises:
            StorageError: it cannot be written; the old one is untouched.
        """
        header = msgspec.json.encode(_Header(mmtui_version=__version__, key=key))
        body = header + payload
        write_atomically(self.path(key), _PREFIX.pack(_MAGIC, len(header), len(payload), crc32(body)) + body)

    def load(self, key: CheckpointKey) -> Checkpoint:
        """Read the checkpoint. A damaged or foreign file is kept aside as ``<name>.broken-N`` and named.

        Raises:
            StorageError: it cannot be read, or a newer mmtui wrote it.
        """
        path = self.path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return Checkpoint(None)
        except OSError as error:
            raise storage_error("checkpoint cannot be read", path, error) from error
        try:
            return Checkpoint(_payload(path, key, data))
        except _UnusableError as error:
            aside = set_aside(path)
            return Checkpoint(None, f"checkpoint {path}: {error}; kept as {aside}, starting without it")


class _UnusableError(Exception):
    """The file is no checkpoint of this key; says why."""


def _payload(path: Path, key: CheckpointKey, data: bytes) -> bytes:
    """The State in a checkpoint file. Raises _UnusableError, StorageError."""
    if not data.startswith(_MAGIC[: len(data)]):
        raise _UnusableError("not a checkpoint")
    if len(data) < _PREFIX.size:
        raise _UnusableError("torn")
    _, header_size, payload_size, checksum = _PREFIX.unpack_from(data)
    body = data[_PREFIX.size :]
    if len(body) != header_size + payload_size:
        raise _UnusableError("torn")
    if crc32(body) != checksum:
        raise _UnusableError("damaged")
    header = _header(path, body[:header_size])
    if header.key != key:
        owner = header.key
        raise _UnusableError(f"belongs to {owner.venue}, strategy {owner.strategy}, or to another account")
    return body[header_size:]


def _header(path: Path, data: bytes) -> _Header:
    try:
        schema = msgspec.json.decode(data, type=SchemaOnly).schema
        if schema == SCHEMA_VERSION:
            return msgspec.json.decode(data, type=_Header)
    except msgspec.MsgspecError as error:
        raise _UnusableError(f"unreadable header ({error})") from error
    raise StorageError(
        f"checkpoint: {path}: schema version {schema}, this mmtui reads version {SCHEMA_VERSION}; "
        "use the mmtui that wrote it, or move the file away to start without it"
    )
