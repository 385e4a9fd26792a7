"""Recorded files on disk: which belong together, and their lines, gzip'd or plain, as far as they can be read."""

import contextlib
import re
import zlib
from pathlib import Path
from typing import Final

from msgspec import Struct

from mmtui.exchanges.replay.report import DataReport
from mmtui.ports.errors import DataError

GZIP_MAGIC: Final = b"\x1f\x8b"
GZIP_WBITS: Final = 31
CHUNK_BYTES: Final = 1 << 18
FIRST_ROW: Final = 2
"""Line number of the first row under a header."""


class FilePattern(Struct, frozen=True):
    """How the files of a dataset are named.

    ``regex`` has the groups ``kind`` (books, trades ...) and ``key`` (the piece of the recording: files with the same
    key belong together). ``example`` is shown where nothing matches.
    """

    regex: str
    example: str


class DataFile(Struct, frozen=True):
    """One recorded file of a known kind."""

    path: Path
    kind: str

    def lines(self, report: DataReport) -> list[bytes]:
        """All complete lines. A cut or damaged file gives what can be read and is reported. Raises DataError."""
        try:
            packed = self.path.read_bytes()
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror}); check the path and its rights") from error
        report.files_read += 1
        text, whole = _unpack(packed) if packed.startswith(GZIP_MAGIC) else (packed, True)
        lines = text.split(b"\n")
        tail = lines.pop()
        if not whole:
            report.truncated_files.append(self.path.name)
        elif tail:
            lines.append(tail)
        return lines

    def rows(self, header: bytes, report: DataReport) -> list[bytes]:
        """The rows under the expected header; none if the header is another or the file is empty (reported)."""
        lines = self.lines(report)
        if not lines:
            report.leave_out("empty file", self.path, 1)
            return []
        if lines[0].strip() != header:
            report.leave_out("unexpected header", self.path, 1)
            return []
        del lines[0]
        report.rows += len(lines)
        return lines


def find_files(path: Path, dataset: str, pattern: FilePattern) -> list[DataFile]:
    """The files of a recording in order of their names.

    A folder gives all that match (a folder that holds one named like the dataset gives that one); a single file gives
    itself and its companions with the same key, so that a book comes with its trades. Raises DataError.
    """
    regex = re.compile(pattern.regex)
    try:
        if path.is_dir():
            inner = path / dataset
            found = _matching(inner if inner.is_dir() else path, regex)
            if found:
                return [file for _, file in found]
            raise DataError(f"{path}: holds no file of dataset {dataset}; expected names like {pattern.example}")
        if not path.exists():
            raise DataError(f"{path}: no such file or folder; name the folder of dataset {dataset} or one of its files")
        named = regex.fullmatch(path.name)
        if named is None:
            raise DataError(f"{path}: is no file of dataset {dataset}; expected a name like {pattern.example}")
        return [file for key, file in _matching(path.parent, regex) if key == named["key"]]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from error


def _matching(folder: Path, regex: re.Pattern[str]) -> list[tuple[str, DataFile]]:
    found = ((regex.fullmatch(path.name), path) for path in folder.iterdir() if path.is_file())
    named = [(match["key"], DataFile(path, match["kind"])) for match, path in found if match is not None]
    return sorted(named, key=lambda pair: (pair[0], pair[1].path.name))


def _unpack(packed: bytes) -> tuple[bytes, bool]:
    """Decompress gzip members as far as possible: the text, and whether it is whole."""
    parts: list[bytes] = []
    while packed.startswith(GZIP_MAGIC):
        member = zlib.decompressobj(GZIP_WBITS)
        start = 0
        while start < len(packed) and not member.eof:
            chunk = packed[start : start + CHUNK_BYTES]
            before = member.copy()
            try:
                parts.append(member.decompress(chunk))
            except zlib.error:
                parts.append(_salvage(before, chunk))
                return b"".join(parts), False
            start += CHUNK_BYTES
        if not member.eof:
            return b"".join(parts), False
        packed = member.unused_data + packed[start:]
    return b"".join(parts), True


def _salvage(member: "zlib._Decompress", chunk: bytes) -> bytes:
    """What a damaged chunk gives before its fault: fed byte by byte, as a failing call gives nothing back."""
    parts: list[bytes] = []
    with contextlib.suppress(zlib.error):
        parts.extend(member.decompress(chunk[i : i + 1]) for i in range(len(chunk)))
    return b"".join(parts)
