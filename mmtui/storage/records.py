"""The bytes of a journal segment: its header, its chunks and the records in them.

A segment is a header and then chunks. A chunk holds whole records in columns (kinds, lengths, payloads), compressed as
one flushed block of the segment's single zstd stream: later chunks profit from earlier ones, so small ones stay small.

::

    segment := magic(8) length(u32) crc32(u32) header(json) chunk*
    chunk   := marker(4) compressed(u32) records(u32) crc32_of_compressed(u32) crc32_of_these_16(u32) bytes
    plain   := kind(u8) * records, length(u32) * records, payload * records

All integers are little-endian. No time stands in the file except in what the caller passes.
"""

import enum
import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import msgspec

SCHEMA_VERSION: Final = 1
MAGIC: Final = b"mmtuiJ\r\n"
CHUNK_MARK: Final = b"\xf1mm\xc7"
PREFIX: Final = struct.Struct("<8sII")
CHUNK: Final = struct.Struct("<4sIIII")
_CHECKED: Final = struct.Struct("<4sIII")
_UINT32: Final = "I"


class RecordKind(enum.IntEnum):
    """What a record holds; the number is what stands in the file."""

    HEAD = 1
    BATCH = 2
    RESULT = 3
    NOTE = 4
    GAP = 5
    END = 6


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as read back.

    ``offset`` is where its chunk begins in the segment file, ``index`` its ordinal in this reading. ``fresh`` (HEAD
    only) is True where the state must be taken from this record because what came before does not lead to it: the
    oldest segment, a gap, a torn tail, a missing segment.
    """

    kind: RecordKind
    payload: bytes
    segment: int
    offset: int
    index: int
    fresh: bool = False


class SegmentHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Says whose segment this is. ``continues`` is False where batches were dropped before it, or a writer began."""

    schema: int = SCHEMA_VERSION
    run_id: str
    strategy: str
    mmtui_version: str
    segment: int
    continues: bool


class SchemaOnly(msgspec.Struct):
    """The one field of a header that every schema version has."""

    schema: int


class Gap(msgspec.Struct, frozen=True):
    """Payload of a GAP record: how many batches and results were dropped here because the disk was too slow."""

    batches: int
    results: int


def encode_header(header: SegmentHeader) -> bytes:
    """Write the opening bytes of a segment."""
    body = msgspec.json.encode(header)
    return PREFIX.pack(MAGIC, len(body), crc32(body)) + body


def encode_columns(kinds: bytes | bytearray, payloads: Sequence[bytes]) -> bytes:
    """Lay records out in columns; the plain bytes of one chunk."""
    lengths = array(_UINT32, map(len, payloads))
    if sys.byteorder == "big":
        lengths.byteswap()
    return b"".join((bytes(kinds), lengths.tobytes(), *payloads))


def decode_columns(plain: bytes, count: int) -> tuple[bytes, list[bytes]]:
    """Undo ``encode_columns``. Raises ValueError if the columns do not add up."""
    lengths = array(_UINT32)
    start = count * 5
    lengths.frombytes(plain[count:start])
    if sys.byteorder == "big":
        lengths.byteswap()
    if len(lengths) != count or start + sum(lengths) != len(plain):
        raise ValueError("record lengths do not add up")
    payloads = []
    for length in lengths:
        end = start + length
        payloads.append(plain[start:end])
        start = end
    return plain[:count], payloads


class ChunkHead(msgspec.Struct, frozen=True, gc=False):
    """The fixed part of a chunk: compressed bytes, number of records, checksum of the compressed bytes."""

    compressed: int
    records: int
    checksum: int


def encode_chunk(compressed: bytes, records: int) -> bytes:
    """Frame compressed bytes so that a torn or changed chunk is noticed."""
    checked = _CHECKED.pack(CHUNK_MARK, len(compressed), records, crc32(compressed))
    return b"".join((checked, crc32(checked).to_bytes(4, "little"), compressed))


def decode_chunk_head(data: bytes) -> ChunkHead | None:
    """Read the fixed part of a chunk; None if it is cut or its checksum does not hold."""
    if len(data) < CHUNK.size:
        return None
    mark, compressed, records, checksum, own = CHUNK.unpack_from(data)
    if mark != CHUNK_MARK or crc32(data[: _CHECKED.size]) != own:
        return None
    return ChunkHead(compressed, records, checksum)
