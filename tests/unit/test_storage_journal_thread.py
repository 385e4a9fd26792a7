"""The journal writer of live runs: nobody waits for the disk, and nothing of the account is lost."""

import threading
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from mmtui.ports.errors import StorageError
from mmtui.storage.journal import Journal
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.journal_thread import ThreadedWriter
from mmtui.storage.records import RecordKind
from mmtui.storage.segments import SegmentRing, segment_files


class Disk:
    """A disk that takes nothing while ``open`` is not set, and tells when it was first asked."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = threading.Event()

    def ring(self, directory: Path, run_id: str, strategy: str, max_mb: int | None) -> SegmentRing:
        disk = self

        class SlowRing(SegmentRing):
            def append(self, kinds: bytes | bytearray, payloads: Sequence[bytes]) -> int:
                disk.asked.set()
                assert disk.open.wait(30)
                return super().append(kinds, payloads)

        return SlowRing(directory, run_id, strategy, max_mb)


class State:
    """Counts what was applied, as a worker's State would."""

    def __init__(self) -> None:
        self.applied = 0

    def head(self) -> bytes:
        return b"%d" % self.applied


def payloads(path: Path, kind: RecordKind) -> list[bytes]:
    return [record.payload for record in JournalReader(path) if record.kind is kind]


def test_records_come_back_in_order(tmp_path: Path) -> None:
    threaded = ThreadedWriter(tmp_path, "r1", "sol", lambda: b"head")
    writer: Journal = threaded
    for number in range(1000):
        writer.batch(b"b%d" % number, droppable=True)
        writer.result(b"r%d" % number, droppable=True)
    writer.note(b"n")
    writer.close()
    records = list(JournalReader(writer.folder))
    expected = [b"head", *(b"%c%d" % (sign, n) for n in range(1000) for sign in b"br"), b"n", b""]
    assert [record.payload for record in records] == expected
    assert records[-1].kind is RecordKind.END
    assert writer.failure is None
    assert threaded.backlog_bytes == 0


def test_flush_brings_everything_to_the_disk(tmp_path: Path) -> None:
    writer = ThreadedWriter(tmp_path, "r1", "sol", lambda: b"head")
    for number in range(5):
        writer.batch(b"%d" % number)
        assert writer.flush()
        assert payloads(writer.folder, RecordKind.BATCH)[-1] == b"%d" % number
    writer.close()
    assert writer.flush()


def fill_slow_disk(writer: ThreadedWriter, disk: Disk, state: State) -> None:
    """Twelve market batches and one account batch while the disk takes nothing; the queue holds about four."""
    for number in range(12):
        account = number == 8
        writer.batch(b"%02d" % number * 500, droppable=not account)
        state.applied += 1
        writer.result(b"%02d" % number, droppable=number != 10)
    assert disk.asked.wait(30)


def test_a_slow_disk_drops_market_data_only_and_says_so(tmp_path: Path) -> None:
    disk, state = Disk(), State()
    writer = ThreadedWriter(tmp_path, "r1", "sol", state.head, queue_bytes=5000, ring=disk.ring)
    fill_slow_disk(writer, disk, state)
    disk.open.set()
    assert writer.flush(30)
    writer.batch(b"caught up", droppable=True)
    writer.close()
    reader = JournalReader(tmp_path)
    records = list(reader)
    batches = [record.payload[:2] for record in records if record.kind is RecordKind.BATCH]
    results = [record.payload for record in records if record.kind is RecordKind.RESULT]
    assert batches[-2:] == [b"08", b"ca"]
    assert b"10" in results
    assert sum(gap.batches for gap in reader.report.gaps) + len(batches) == 13
    assert sum(gap.results for gap in reader.report.gaps) + len(results) == 12
    assert not reader.report.whole


def test_after_a_gap_a_new_segment_opens_with_the_state_as_it_is(tmp_path: Path) -> None:
    disk, state = Disk(), State()
    writer = ThreadedWriter(tmp_path, "r1", "sol", state.head, queue_bytes=5000, ring=disk.ring)
    fill_slow_disk(writer, disk, state)
    disk.open.set()
    assert writer.flush(30)
    writer.batch(b"caught up", droppable=True)
    writer.close()
    heads = [record for record in JournalReader(tmp_path) if record.kind is RecordKind.HEAD]
    assert [(head.segment, head.fresh, head.payload) for head in heads] == [(1, True, b"0"), (2, True, b"12")]


def test_an_account_backlog_beyond_all_bounds_fails_the_writer_without_raising(tmp_path: Path) -> None:
    disk, told = Disk(), list[StorageError]()
    writer = ThreadedWriter(
        tmp_path, "r1", "sol", lambda: b"head", on_error=told.append, queue_bytes=5000, ring=disk.ring
    )
    for _ in range(40):
        writer.batch(bytes(1000))
    assert told == [writer.failure]
    assert "too slow" in str(told[0])
    disk.open.set()
    writer.close()


def test_a_disk_that_never_answers_does_not_hold_the_end_up(tmp_path: Path) -> None:
    disk, told = Disk(), list[StorageError]()
    writer = ThreadedWriter(tmp_path, "r1", "sol", lambda: b"head", on_error=told.append, ring=disk.ring)
    writer.batch(b"x")
    assert not writer.flush(0.01)
    writer.close(timeout_s=0.01)
    assert "did not take the last" in str(told[0])
    disk.open.set()


def test_segments_roll_at_a_batch_with_the_state_before_it(tmp_path: Path) -> None:
    state = State()
    writer = ThreadedWriter(tmp_path, "r1", "sol", state.head)
    for number in range(3):
        writer.begin_segment()
        writer.batch(b"%d" % number)
        state.applied += 1
        writer.result(b"")
    writer.close()
    heads = [(r.segment, r.payload, r.fresh) for r in JournalReader(tmp_path) if r.kind is RecordKind.HEAD]
    assert heads == [(1, b"0", True), (2, b"1", False), (3, b"2", False)]


def test_a_full_segment_asks_for_the_next_one(tmp_path: Path) -> None:
    source = Random(5)
    writer = ThreadedWriter(tmp_path, "r1", "sol", lambda: b"head", 1)
    for _ in range(8):
        writer.batch(source.randbytes(600_000))
        assert writer.flush(30)
    writer.close()
    assert len(segment_files(writer.folder)) == 2
    assert JournalReader(tmp_path).header is not None


def test_a_run_that_never_began_leaves_no_head(tmp_path: Path) -> None:
    def head() -> bytes:
        raise AssertionError("there is no state yet")

    writer = ThreadedWriter(tmp_path, "r1", "sol", head)
    writer.close(clean=False)
    assert list(JournalReader(tmp_path)) == []


def test_a_folder_below_a_file_is_refused_at_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        ThreadedWriter(tmp_path / "file", "r1", "sol", lambda: b"head")
