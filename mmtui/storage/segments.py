"""Segment files of one strategy run: names, writing, and the ring that keeps them below a cap."""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import zstandard

from mmtui import __version__
from mmtui.ports.errors import StorageError
from mmtui.storage.faults import storage_error
from mmtui.storage.records import SegmentHeader, encode_chunk, encode_columns, encode_header

MEGABYTE: Final = 1_000_000
SUFFIX: Final = ".mmj"
UNCAPPED_SEGMENT_BYTES: Final = 64 * MEGABYTE
_NAME = re.compile(r"segment-(\d{6,})\.mmj")
_LEVEL: Final = 1  # measured: level 3 saves 4 % of a recorded book and costs up to 1.8 times the time
_KEPT: Final = 2


def strategy_folder(directory: Path, run_id: str, strategy: str) -> Path:
    """Where the journal of one strategy run lies: ``<directory>/<run>/<strategy>``.

    Raises:
        StorageError: a name that cannot be a folder of its own.
    """
    for name in (run_id, strategy):
        if name in ("", ".", "..") or any(sign in name for sign in "/\\\0:"):
            raise StorageError(f"journal: {name!r} cannot be the name of a folder; choose another name")
    return directory / run_id / strategy


def segment_name(number: int) -> str:
    """File name of the segment with this number, counted from 1."""
    return f"segment-{number:06d}{SUFFIX}"


def segment_number(path: Path) -> int | None:
    """The number in a segment's file name; None for any other file."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else None


def segment_files(folder: Path) -> list[tuple[int, Path]]:
    """All segments of a folder with their numbers, oldest first. Raises OSError."""
    found = ((segment_number(path), path) for path in folder.iterdir())
    return sorted((number, path) for number, path in found if number is not None)


def private_opener(path: str, flags: int) -> int:
    """Opener for files that only their owner may read: what we trade is nobody else's business."""
    return os.open(path, flags, 0o600)


class SegmentFile:
    """One open segment: compresses, frames and writes chunks. Used by one thread at a time; raises OSError."""

    def __init__(self, path: Path, header: SegmentHeader) -> None:
        self.path = path
        self.size = 0
        self._broken: OSError | None = None
        self._file = open(path, "xb", buffering=0, opener=private_opener)  # noqa: SIM115 - closed by close()
        self._stream = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=False).compressobj()
        try:
            self._write(encode_header(header))
        except OSError:
            self._file.close()
            raise

    def append(self, kinds: bytes | bytearray, payloads: Sequence[bytes]) -> int:
        """Write records as one chunk; returns the bytes the chunk takes on disk."""
        plain = encode_columns(kinds, payloads)
        packed = self._stream.compress(plain) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        chunk = encode_chunk(packed, len(payloads))
        self._write(chunk)
        return len(chunk)

    def sync(self) -> None:
        """Ask the system to bring everything to the disk itself."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close."""
        try:
            self.sync()
        finally:
            self._file.close()

    def discard_torn_tail(self) -> None:
        """After a failed write: cut the file at its last whole chunk, if the disk lets us, and close it."""
        if self._file.closed:
            return
        with contextlib.suppress(OSError):
            self._file.truncate(self.size)
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, data: bytes) -> None:
        """Write everything or raise: an unbuffered write may take only a part.

        After a failure nothing may follow: the compressed stream has a hole there.
        """
        if self._broken is not None:
            raise self._broken
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._broken = error
            raise
        self.size += len(data)


class SegmentRing:
    """The segments of one strategy run: appends to the newest, drops the oldest above ``max_mb`` (None: keeps all).

    A segment is due for its successor at a sixteenth of the cap (at least 1 MB). Used by one thread at a time; its
    methods raise OSError, the constructor StorageError.
    """

    def __init__(self, directory: Path, run_id: str, strategy: str, max_mb: int | None) -> None:
        self.folder = strategy_folder(directory, run_id, strategy)
        self._run_id = run_id
        self._strategy = strategy
        self._cap = None if max_mb is None else max_mb * MEGABYTE
        self.segment_bytes = UNCAPPED_SEGMENT_BYTES if self._cap is None else max(self._cap // 16, MEGABYTE)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            files = segment_files(self.folder)
            self.number = files[-1][0] + 1 if files else 1
            self._segment = self._create(continues=False)
        except OSError as error:
            raise storage_error("journal cannot be written", self.folder, error) from error

    @property
    def path(self) -> Path:
        """The newest segment."""
        return self._segment.path

    @property
    def size(self) -> int:
        """Bytes in the newest segment."""
        return self._segment.size

    def append(self, kinds: bytes | bytearray, payloads: Sequence[bytes]) -> int:
        """Write records to the newest segment; returns the bytes they take on disk."""
        return self._segment.append(kinds, payloads)

    def roll(self, *, continues: bool) -> None:
        """Close the newest segment and begin its successor; the oldest give way to the cap."""
        self._segment.close()
        self.number += 1
        self._segment = self._create(continues=continues)
        self._trim()

    def sync(self) -> None:
        """Ask the system to bring everything to the disk itself."""
        self._segment.sync()

    def close(self) -> None:
        """Sync and close the newest segment."""
        self._segment.close()

    def discard_torn_tail(self) -> None:
        """After a failed write: leave the newest segment with whole chunks only."""
        self._segment.discard_torn_tail()

    def _create(self, *, continues: bool) -> SegmentFile:
        header = SegmentHeader(
            run_id=self._run_id,
            strategy=self._strategy,
            mmtui_version=__version__,
            segment=self.number,
            continues=continues,
        )
        return SegmentFile(self.folder / segment_name(self.number), header)

    def _trim(self) -> None:
        """Delete the oldest segments so that the newest may fill up below the cap; never the newest two."""
        if self._cap is None:
            return
        files = [(path, path.stat().st_size) for _, path in segment_files(self.folder)]
        total = sum(size for _, size in files) + self.segment_bytes
        for path, size in files[:-_KEPT]:
            if total <= self._cap:
                break
            with contextlib.suppress(OSError):  # open in a reader on Windows: the next roll tries again
                path.unlink()
            total -= size
