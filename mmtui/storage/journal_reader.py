"""Reads a journal back, record by record, and says honestly what is missing from it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

import msgspec
import zstandard

from mmtui.ports.errors import DataError
from mmtui.storage.records import (
    CHUNK,
    CHUNK_MARK,
    MAGIC,
    PREFIX,
    SCHEMA_VERSION,
    ChunkHead,
    Gap,
    Record,
    RecordKind,
    SchemaOnly,
    SegmentHeader,
    decode_chunk_head,
    decode_columns,
)
from mmtui.storage.segments import segment_files, segment_number

_HEADER_LIMIT: Final = 1 << 16  # a damaged length must not ask for gigabytes
_KINDS: Final = {int(kind): kind for kind in RecordKind}


class TornTail(msgspec.Struct, frozen=True):
    """Where a segment ends in the middle of something: a crash, a full disk, or a cut copy."""

    path: Path
    offset: int
    bytes_cut: int
    records_kept: int

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.path}: torn at byte {self.offset}, {self.bytes_cut} bytes cut, "
            f"{self.records_kept} records of this segment kept"
        )


class DroppedHere(msgspec.Struct, frozen=True):
    """A place where the writer dropped market data because the disk was too slow."""

    path: Path
    batches: int
    results: int

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.path}: {self.batches} batches of market data not recorded, the disk was too slow"


class JournalReport(msgspec.Struct):
    """What a reading found. Complete once the iteration has ended; ``records`` counts everything that was given out."""

    segments: int = 0
    records: int = 0
    torn: list[TornTail] = []
    gaps: list[DroppedHere] = []
    missing: list[int] = []
    clean_end: bool = False

    @property
    def whole(self) -> bool:
        """True when nothing is missing between the oldest record there is and a clean end."""
        return self.clean_end and not (self.torn or self.gaps or self.missing)

    def lines(self) -> list[str]:
        """What is missing, one line each, for people; empty when the journal is whole."""
        lines = [*map(str, self.torn), *map(str, self.gaps)]
        lines += [f"segment {number} is missing" for number in self.missing]
        if not self.clean_end:
            lines.append("no clean end: the run crashed, was killed or still runs")
        return lines


def journal_folders(path: Path) -> list[Path]:
    """Folders with segments at or below ``path`` (a strategy folder, a run folder or a journal directory), by name.

    Raises:
        DataError: nothing there, or unreadable.
    """
    try:
        if not path.is_dir():
            raise DataError(f"journal: {path}: no such folder; give a run or strategy folder of the journal")
        return sorted({found.parent for found in path.rglob("segment-*.mmj") if segment_number(found) is not None})
    except OSError as error:
        raise _unreadable(path, error) from error


class JournalReader:
    """Iterates the records of one strategy run in order; each iteration reads anew and fills ``report``.

    ``path`` is a strategy folder, a run folder with one strategy in it, or a single segment. A torn tail is cut and
    reported. DataError, at construction or while iterating, means: nothing to read, another run's or a newer version's
    segment, or damage with whole records behind it; it names file, byte and remedy.
    """

    def __init__(self, path: Path) -> None:
        self._segments = _find_segments(path)
        self.report = JournalReport()
        self.header: SegmentHeader | None = None
        for number, segment in self._segments:
            try:
                with segment.open("rb") as file:
                    self.header = self._read_header(file, segment, number)
            except OSError as error:
                raise _unreadable(segment, error) from error
            if self.header is not None:
                break

    def __iter__(self) -> Iterator[Record]:
        """Give out the records, oldest first."""
        self.report = JournalReport()
        previous: int | None = None
        joined = False
        for number, path in self._segments:
            if previous is not None and number != previous + 1:
                self.report.missing += range(previous + 1, number)
                joined = False
            previous = number
            torn = len(self.report.torn)
            try:
                yield from self._segment(number, path, joined)
            except OSError as error:
                raise _unreadable(path, error) from error
            joined = len(self.report.torn) == torn

    def _segment(self, number: int, path: Path, joined: bool) -> Iterator[Record]:
        """Give out one segment. ``joined``: the records before it are complete."""
        report = self.report
        report.segments += 1
        report.clean_end = False
        kept = report.records
        decompress = zstandard.ZstdDecompressor().decompressobj().decompress
        with path.open("rb") as file:
            header = self._read_header(file, path, number)
            if header is None:
                self._tear(path, 0, file, kept)
                return
            fresh = not (joined and header.continues)
            while True:
                offset = file.tell()
                head, packed = _read_chunk(file)
                if head is None:
                    if packed:
                        _refuse_damage(path, file, offset)
                        self._tear(path, offset, file, kept)
                    return
                kinds, payloads = _unpack(path, offset, head, packed, decompress)
                for kind, payload in zip(kinds, payloads, strict=True):
                    record = Record(_KINDS[kind], payload, number, offset, report.records, kind == 1 and fresh)
                    report.records += 1
                    if kind >= RecordKind.GAP:
                        self._notice(path, record)
                    yield record

    def _notice(self, path: Path, record: Record) -> None:
        if record.kind is RecordKind.END:
            self.report.clean_end = True
        else:
            gap = msgspec.json.decode(record.payload, type=Gap)
            self.report.gaps.append(DroppedHere(path, gap.batches, gap.results))

    def _tear(self, path: Path, offset: int, file: BinaryIO, kept: int) -> None:
        end = file.seek(0, 2)
        self.report.torn.append(TornTail(path, offset, end - offset, self.report.records - kept))

    def _read_header(self, file: BinaryIO, path: Path, number: int) -> SegmentHeader | None:
        """Read and check the header; None if the file ends within it."""
        prefix = file.read(PREFIX.size)
        if not MAGIC.startswith(prefix[: len(MAGIC)]):
            raise DataError(f"journal: {path}: not a journal segment; give a run or strategy folder of the journal")
        if len(prefix) < PREFIX.size:
            return None
        _, length, checksum = PREFIX.unpack(prefix)
        body = file.read(min(length, _HEADER_LIMIT))
        if len(body) == length and crc32(body) != checksum:
            raise DataError(f"journal: {path}: damaged at byte 0, its header; restore it from a copy")
        if len(body) < length:
            _refuse_damage(path, file, 0)
            return None
        header = _decode_header(path, body)
        if header.segment != number:
            raise DataError(f"journal: {path}: holds segment {header.segment}; give the file its old name back")
        known = self.header
        if known is not None and (known.run_id, known.strategy) != (header.run_id, header.strategy):
            raise DataError(
                f"journal: {path}: belongs to run {header.run_id}, strategy {header.strategy}, "
                f"not to run {known.run_id}, strategy {known.strategy}; move it out of this folder"
            )
        return header


def _find_segments(path: Path) -> list[tuple[int, Path]]:
    """The segments to read, oldest first. Raises DataError."""
    if path.is_file():
        number = segment_number(path)
        if number is None:
            raise DataError(f"journal: {path}: not a journal segment; give a run or strategy folder of the journal")
        return [(number, path)]
    folders = journal_folders(path)
    if not folders:
        raise DataError(f"journal: {path}: no segments in it; give a run or strategy folder of the journal")
    if len(folders) > 1:
        names = ", ".join(str(folder.relative_to(path)) for folder in folders)
        raise DataError(f"journal: {path}: holds several journals ({names}); give one of them")
    try:
        return segment_files(folders[0])
    except OSError as error:
        raise _unreadable(path, error) from error


def _decode_header(path: Path, body: bytes) -> SegmentHeader:
    """Decode a header whose checksum holds. Raises DataError for a version this program cannot read."""
    try:
        schema = msgspec.json.decode(body, type=SchemaOnly).schema
        if schema == SCHEMA_VERSION:
            return msgspec.json.decode(body, type=SegmentHeader)
    except msgspec.MsgspecError as error:
        raise DataError(f"journal: {path}: its header cannot be read ({error}); restore it from a copy") from error
    raise DataError(
        f"journal: {path}: schema version {schema}, this mmtui reads version {SCHEMA_VERSION}; "
        "use the version of mmtui that wrote it"
    )


def _read_chunk(file: BinaryIO) -> tuple[ChunkHead | None, bytes]:
    """Read the next chunk. Without a head: no bytes mean the end of the file, any bytes mean it is not whole."""
    start = file.read(CHUNK.size)
    head = decode_chunk_head(start)
    if head is None:
        return None, start
    packed = file.read(head.compressed)
    if len(packed) < head.compressed or crc32(packed) != head.checksum:
        return None, start
    return head, packed


def _refuse_damage(path: Path, file: BinaryIO, offset: int) -> None:
    """A torn tail has nothing behind it: raise DataError if a whole chunk follows the place that cannot be read."""
    file.seek(offset + 1)
    rest = file.read()
    place = rest.find(CHUNK_MARK)
    while place >= 0:
        head = decode_chunk_head(rest[place : place + CHUNK.size])
        if head is not None:
            packed = rest[place + CHUNK.size : place + CHUNK.size + head.compressed]
            if len(packed) == head.compressed and crc32(packed) == head.checksum:
                raise DataError(
                    f"journal: {path}: damaged at byte {offset}, whole records follow at byte {offset + 1 + place}; "
                    "restore it from a copy, or read the later segments alone"
                )
        place = rest.find(CHUNK_MARK, place + 1)


def _unpack(
    path: Path, offset: int, head: ChunkHead, packed: bytes, decompress: Callable[[bytes], bytes]
) -> tuple[bytes, list[bytes]]:
    """Decompress a chunk whose checksum holds."""
    try:
        kinds, payloads = decode_columns(decompress(packed), head.records)
    except (zstandard.ZstdError, ValueError) as error:
        raise DataError(f"journal: {path}: chunk at byte {offset} cannot be read ({error}); report it") from error
    if not _KINDS.keys() >= set(kinds):
        raise DataError(f"journal: {path}: chunk at byte {offset} holds unknown kinds of records; update mmtui")
    return kinds, payloads


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"journal: {path}: cannot be read: {error.strerror or error}; check the path and its permissions")
