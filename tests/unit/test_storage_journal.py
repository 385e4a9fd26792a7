"""The deterministic journal writer and the reader."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from mmtui.ports.errors import DataError, StorageError
from mmtui.storage.journal import CHUNK_BYTES, Journal, JournalWriter
from mmtui.storage.journal_reader import JournalReader, journal_folders
from mmtui.storage.journal_thread import ThreadedWriter
from mmtui.storage.records import SCHEMA_VERSION, RecordKind, SegmentHeader, encode_header
from mmtui.storage.segments import segment_files, segment_name

HEAD = b"state and settings"


def noise(number: int) -> bytes:
    """A chunk that does not compress."""
    return Random(number).randbytes(CHUNK_BYTES)


def write_run(directory: Path, batches: int = 3, *, run_id: str = "r1", max_mb: int | None = 500) -> JournalWriter:
    writer = JournalWriter(directory, run_id, "sol", lambda: HEAD, max_mb)
    for number in range(batches):
        writer.batch(b"events %d" % number)
        writer.result(b"commands %d" % number)
    writer.close()
    return writer


def kinds_and_payloads(path: Path) -> list[tuple[str, bytes]]:
    return [(record.kind.name, record.payload) for record in JournalReader(path)]


def test_records_come_back_in_order_behind_a_head(tmp_path: Path) -> None:
    writer: Journal = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD)
    writer.note(b"hello")
    writer.batch(b"b")
    writer.result(b"")
    writer.close()
    reader = JournalReader(tmp_path / "r1" / "sol")
    records = list(reader)
    assert [(r.kind.name, r.payload) for r in records] == [
        ("HEAD", HEAD),
        ("NOTE", b"hello"),
        ("BATCH", b"b"),
        ("RESULT", b""),
        ("END", b""),
    ]
    assert [r.index for r in records] == [0, 1, 2, 3, 4]
    assert records[0].fresh
    assert reader.report.whole
    assert reader.report.lines() == []
    assert reader.header is not None
    assert (reader.header.run_id, reader.header.strategy) == ("r1", "sol")


def test_a_run_folder_and_a_single_segment_read_alike(tmp_path: Path) -> None:
    writer = write_run(tmp_path)
    expected = kinds_and_payloads(writer.folder)
    assert len(expected) == 8
    assert kinds_and_payloads(tmp_path / "r1") == expected
    assert kinds_and_payloads(writer.folder / segment_name(1)) == expected


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    def run(directory: Path) -> list[bytes]:
        states = iter(range(100))
        writer = JournalWriter(directory, "r1", "sol", lambda: b"state %d" % next(states), 16)
        for number in range(24):
            writer.batch(noise(number))
            writer.result(b"%d" % number)
        writer.close()
        return [path.read_bytes() for _, path in segment_files(writer.folder)]

    first = run(tmp_path / "a")
    assert len(first) > 2
    assert run(tmp_path / "b") == first


def test_each_segment_opens_with_the_state_between_two_batches(tmp_path: Path) -> None:
    applied = 0
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: b"%d" % applied, 16)
    for number in range(24):
        writer.batch(noise(number))
        applied += 1
        writer.result(b"%d" % number)
    writer.close()
    seen = 0
    heads = 0
    for record in JournalReader(tmp_path):
        if record.kind is RecordKind.HEAD:
            heads += 1
            assert record.payload == b"%d" % seen
            assert record.fresh == (heads == 1)
        seen += record.kind is RecordKind.RESULT
    assert heads >= 3


def test_the_ring_stays_below_its_cap_and_readable_from_its_oldest_segment(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD, 4)
    for number in range(40):
        writer.batch(noise(number))
        writer.result(b"%d" % number)
    writer.close()
    numbers = [number for number, _ in segment_files(writer.folder)]
    assert numbers[0] > 1
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert sum(path.stat().st_size for _, path in segment_files(writer.folder)) <= 4_000_000 + 5 * CHUNK_BYTES
    reader = JournalReader(tmp_path)
    records = list(reader)
    assert records[0].kind is RecordKind.HEAD
    assert records[0].fresh
    assert reader.report.whole


def test_the_newest_two_segments_stay_even_above_the_cap(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD, 1)
    for number in range(30):
        writer.batch(noise(number))
    writer.close()
    assert len(segment_files(writer.folder)) == 2


def test_a_segment_begins_on_request(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD, None)
    writer.batch(b"one")
    writer.begin_segment()
    writer.batch(b"two")
    writer.close()
    assert [(r.kind.name, r.segment) for r in JournalReader(tmp_path)] == [
        ("HEAD", 1),
        ("BATCH", 1),
        ("HEAD", 2),
        ("BATCH", 2),
        ("END", 2),
    ]


def test_a_second_writer_continues_the_numbers_with_a_fresh_head(tmp_path: Path) -> None:
    write_run(tmp_path, 1)
    write_run(tmp_path, 1)
    heads = [record for record in JournalReader(tmp_path) if record.kind is RecordKind.HEAD]
    assert [(head.segment, head.fresh) for head in heads] == [(1, True), (2, True)]


def test_an_unclean_end_is_reported(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD)
    writer.batch(b"b")
    writer.close(clean=False)
    reader = JournalReader(tmp_path)
    assert len(list(reader)) == 2
    assert not reader.report.whole
    assert "no clean end" in reader.report.lines()[0]


def test_flushed_records_survive_a_kill(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from mmtui.storage.journal import JournalWriter\n"
        "writer = JournalWriter(Path(sys.argv[1]), 'r1', 'sol', lambda: b'head')\n"
        "writer.batch(b'kept')\n"
        "assert writer.flush()\n"
        "writer.batch(b'lost')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert kinds_and_payloads(tmp_path) == [("HEAD", b"head"), ("BATCH", b"kept")]


# ------------------------------------------------------------------------------------------------ damage and strangers


def test_a_missing_segment_is_reported_and_the_next_head_is_fresh(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path, "r1", "sol", lambda: HEAD)
    for number in range(3):
        writer.begin_segment()
        writer.batch(b"%d" % number)
    writer.close()
    (writer.folder / segment_name(2)).unlink()
    reader = JournalReader(tmp_path)
    heads = [(record.segment, record.fresh) for record in reader if record.kind is RecordKind.HEAD]
    assert heads == [(1, True), (3, True)]
    assert reader.report.missing == [2]
    assert "segment 2 is missing" in reader.report.lines()


def test_a_torn_tail_is_named_with_file_and_place(tmp_path: Path) -> None:
    writer = write_run(tmp_path)
    path = writer.folder / segment_name(1)
    path.write_bytes(path.read_bytes()[:-1])
    reader = JournalReader(tmp_path)
    assert list(reader) == []
    (torn,) = reader.report.torn
    assert torn.path == path
    assert torn.offset + torn.bytes_cut == path.stat().st_size
    assert torn.records_kept == 0
    assert str(path) in reader.report.lines()[0]


def two_chunks(directory: Path) -> Path:
    writer = JournalWriter(directory, "r1", "sol", lambda: HEAD)
    writer.batch(b"one")
    writer.flush()
    writer.batch(b"two")
    writer.close()
    return writer.folder / segment_name(1)


def test_damage_before_whole_records_is_an_error_with_the_place(tmp_path: Path) -> None:
    path = two_chunks(tmp_path)
    first = next(iter(JournalReader(path))).offset
    data = bytearray(path.read_bytes())
    data[first + 25] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf"{path}: damaged at byte {first}, whole records follow"):
        list(JournalReader(path))


def test_a_newer_schema_is_refused_with_a_remedy(tmp_path: Path) -> None:
    header = SegmentHeader(
        schema=SCHEMA_VERSION + 1, run_id="r", strategy="s", mmtui_version="9", segment=1, continues=False
    )
    path = tmp_path / segment_name(1)
    path.write_bytes(encode_header(header))
    with pytest.raises(DataError, match=f"schema version {SCHEMA_VERSION + 1}"):
        JournalReader(path)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / segment_name(1)
    path.write_bytes(b"PK\x03\x04 something else entirely")
    with pytest.raises(DataError, match="not a journal segment"):
        JournalReader(path)
    other = tmp_path / "notes.txt"
    other.write_text("x")
    with pytest.raises(DataError, match="not a journal segment"):
        JournalReader(other)


def test_a_renamed_segment_is_refused(tmp_path: Path) -> None:
    writer = write_run(tmp_path)
    (writer.folder / segment_name(1)).rename(writer.folder / segment_name(7))
    with pytest.raises(DataError, match="holds segment 1"):
        JournalReader(writer.folder)


def test_a_segment_of_another_run_is_refused(tmp_path: Path) -> None:
    mine = write_run(tmp_path / "a").folder
    other = JournalWriter(tmp_path / "b", "r2", "sol", lambda: HEAD)
    other.begin_segment()
    other.batch(b"x")
    other.begin_segment()
    other.batch(b"y")
    other.close()
    (other.folder / segment_name(2)).rename(mine / segment_name(2))
    with pytest.raises(DataError, match="belongs to run r2"):
        list(JournalReader(mine))


def test_several_journals_must_be_chosen_from(tmp_path: Path) -> None:
    write_run(tmp_path)
    JournalWriter(tmp_path, "r1", "btc", lambda: HEAD).close()
    with pytest.raises(DataError, match="btc, sol"):
        JournalReader(tmp_path / "r1")
    assert [folder.name for folder in journal_folders(tmp_path)] == ["btc", "sol"]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        JournalReader(tmp_path / "absent")
    with pytest.raises(DataError, match="no segments"):
        JournalReader(tmp_path)


# ------------------------------------------------------------------------------------------------ disks that refuse


def test_a_folder_below_a_file_is_refused_at_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        JournalWriter(tmp_path / "file" / "journal", "r1", "sol", lambda: HEAD)


@pytest.mark.parametrize("name", ["", "..", "a/b", "c:d"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="cannot be the name of a folder"):
        JournalWriter(tmp_path, "r1", name, lambda: HEAD)


@pytest.mark.parametrize("kind", [JournalWriter, ThreadedWriter])
def test_a_segment_that_cannot_be_opened_fails_the_writer_once(
    tmp_path: Path, kind: type[JournalWriter | ThreadedWriter]
) -> None:
    told = list[StorageError]()
    writer = kind(tmp_path, "r1", "sol", lambda: HEAD, 500, told.append)
    writer.batch(b"kept")
    assert writer.flush()
    (writer.folder / segment_name(2)).write_bytes(b"")
    writer.begin_segment()
    writer.batch(b"lost")
    assert not writer.flush()
    writer.close()
    assert told == [writer.failure]
    assert segment_name(2) in str(told[0])
    assert kinds_and_payloads(writer.folder / segment_name(1)) == [("HEAD", HEAD), ("BATCH", b"kept")]


FULL_DISK = """
import resource, sys
from pathlib import Path
from random import Random
from mmtui.storage.journal import JournalWriter
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.journal_thread import ThreadedWriter

told = []
writer = {writer}(Path(sys.argv[1]), "r1", "sol", lambda: b"head", None, told.append)
writer.batch(b"kept")
assert writer.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noise = Random(3).randbytes(300_000)
for _ in range(20):
    writer.batch(noise)
    writer.result(b"")
assert not writer.flush()
writer.batch(b"after the failure")
writer.note(b"after the failure")
writer.close()
assert told == [writer.failure], told
print(writer.failure)
reader = JournalReader(writer.folder)
print([record.payload for record in reader], reader.report.torn)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX matter")
@pytest.mark.parametrize("writer", ["JournalWriter", "ThreadedWriter"])
def test_a_full_disk_fails_once_without_raising_and_leaves_whole_records(tmp_path: Path, writer: str) -> None:
    script = FULL_DISK.replace("{writer}", writer)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    failure, read = done.stdout.splitlines()
    assert "journal cannot be written" in failure
    assert segment_name(1) in failure
    assert "file size limit" in failure
    assert read == "[b'head', b'kept'] []"
