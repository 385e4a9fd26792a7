"""The journal writer of live runs: its caller never waits for the disk."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from mmtui.ports.errors import StorageError
from mmtui.storage.faults import storage_error
from mmtui.storage.handover import Handover
from mmtui.storage.journal import CHUNK_BYTES, DEFAULT_MAX_MB, HeadProvider
from mmtui.storage.records import Gap, RecordKind
from mmtui.storage.segments import MEGABYTE, SegmentRing

_SYNC_S: Final = 1.0  # written records wait this long until the system must bring them to the disk: a loss of power
_OVERHEAD: Final = 100  # bytes of memory a queued record takes beside its payload, about
_HARD_FACTOR: Final = 4

_HEAD: Final = int(RecordKind.HEAD)
_BATCH: Final = int(RecordKind.BATCH)
_RESULT: Final = int(RecordKind.RESULT)
_NOTE: Final = int(RecordKind.NOTE)
_GAP: Final = int(RecordKind.GAP)
_END: Final = int(RecordKind.END)
_ROLL: Final = 0x100
_ROLL_AFTER_GAP: Final = 0x101


class ThreadedWriter:
    """Takes records at once and writes them on a thread of its own.

    While more than ``queue_bytes`` wait for the disk, droppable batches (market data only) are dropped; a GAP record
    stands in their place, and as soon as half of the queue is free the next batch opens a new segment with a fresh
    HEAD. Everything else is kept; if that alone grows to four times ``queue_bytes``, the writer fails.

    Raises StorageError at construction if the folder cannot be written. Later failures set ``failure`` and are told
    once to ``on_error``, mostly from the writer's thread. All other methods belong to one thread, the caller's.
    """

    def __init__(
        self,
        directory: Path,
        run_id: str,
        strategy: str,
        head_provider: HeadProvider,
        max_mb: int | None = DEFAULT_MAX_MB,
        on_error: Callable[[StorageError], None] | None = None,
        *,
        queue_bytes: int = 16 * MEGABYTE,
        ring: Callable[[Path, str, str, int | None], SegmentRing] = SegmentRing,
    ) -> None:
        self._ring = ring(directory, run_id, strategy, max_mb)
        self._head_provider = head_provider
        self._on_error = on_error
        self._bound = queue_bytes
        self._failure: StorageError | None = None
        self._failing = threading.Lock()
        self._handover = Handover[tuple[int, bytes]]()
        # The caller counts what it gives, the thread what it has written: one writer each, so no lock.
        self._given = 0
        self._taken = 0
        self._begun = False
        self._roll_wanted = True
        self._roll_asked = False
        self._in_gap = False
        self._dropping = False
        self._dropped_batches = 0
        self._dropped_results = 0
        self._closed = False
        self._synced_at = time.monotonic()
        self._dirty = False
        self._thread = threading.Thread(target=self._run, name=f"journal {strategy}", daemon=True)
        self._thread.start()

    @property
    def folder(self) -> Path:
        """Where the segments lie."""
        return self._ring.folder

    @property
    def failure(self) -> StorageError | None:
        """Why nothing is written any more; None while all is well."""
        return self._failure

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait for the disk."""
        return self._given - self._taken

    def batch(self, payload: bytes, droppable: bool = False) -> None:
        """Record one drain of events, before the step that applies them. ``droppable``: market data only."""
        if self._roll_wanted or self._in_gap or self._given - self._taken > self._bound:
            self._dropping = not self._admit(droppable)
            if self._dropping:
                return
        self._put(_BATCH, payload)

    def result(self, payload: bytes, droppable: bool = False) -> None:
        """Record what came of the last batch. ``droppable``: it holds no command and may go if its batch went."""
        if self._dropping:
            if droppable:
                self._dropped_results += 1
                return
            self._tell_gap()
        if not self._begun:
            self._open_segment()
        self._put(_RESULT, payload)

    def note(self, payload: bytes) -> None:
        """Record something that takes no part in an audit."""
        if not self._begun:
            self._open_segment()
        self._put(_NOTE, payload)

    def begin_segment(self) -> None:
        """Let the next batch open a new segment, with a HEAD of its own."""
        self._roll_wanted = True

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything given so far is on the disk; False if it is not, after ``timeout_s``."""
        if not self._thread.is_alive():
            return self._failure is None
        return self._handover.barrier().wait(timeout_s) and self._failure is None

    def close(self, *, clean: bool = True, timeout_s: float = 10.0) -> None:
        """Write what is left, with an END record if the run ended as it should, and close. Twice is once."""
        if self._closed:
            return
        self._closed = True
        self._tell_gap()
        if clean:
            if not self._begun:
                self._open_segment()
            self._put(_END, b"")
        self._handover.stop()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._fail(
                StorageError(
                    f"journal: {self._ring.path}: the disk did not take the last {self.backlog_bytes} bytes "
                    f"within {timeout_s:g} s; check the disk"
                )
            )

    def _put(self, kind: int, payload: bytes) -> None:
        if self._failure is not None:
            return
        self._handover.put((kind, payload))
        self._given += len(payload) + _OVERHEAD

    def _admit(self, droppable: bool) -> bool:
        """Decide about a batch while something is out of the ordinary; False: it is dropped and counted."""
        if self._failure is not None:
            return False
        backlog = self._given - self._taken
        if backlog > self._bound * _HARD_FACTOR:
            self._fail(
                StorageError(
                    f"journal: {self._ring.path}: the disk is too slow, {backlog} bytes wait; check the disk or set "
                    "journal.record to account"
                )
            )
            return False
        if self._in_gap and backlog <= self._bound // 2:
            self._tell_gap()
            self._open_segment(continues=False)
            self._in_gap = False
            return True
        if droppable and (self._in_gap or backlog > self._bound):
            self._in_gap = True
            self._dropped_batches += 1
            return False
        self._tell_gap()
        if self._roll_wanted and not self._in_gap:
            self._open_segment()
        return True

    def _tell_gap(self) -> None:
        """Put a GAP record where something was dropped."""
        if self._dropped_batches or self._dropped_results:
            self._put(_GAP, msgspec.json.encode(Gap(self._dropped_batches, self._dropped_results)))
            self._dropped_batches = self._dropped_results = 0

    def _open_segment(self, *, continues: bool = True) -> None:
        self._roll_wanted = False
        if self._begun:
            self._put(_ROLL if continues else _ROLL_AFTER_GAP, b"")
        self._begun = True
        self._put(_HEAD, self._head_provider())

    def _fail(self, failure: StorageError) -> None:
        with self._failing:
            if self._failure is not None:
                return
            self._failure = failure
        if self._on_error is not None:
            self._on_error(failure)

    # ------------------------------------------------------------------------------------------- the writer's thread

    def _run(self) -> None:
        ended = False
        try:
            while self._turn():
                pass
            self._ring.close()
            ended = True
        except OSError as error:
            self._ring.discard_torn_tail()
            self._fail(storage_error("journal cannot be written", error.filename or self._ring.path, error))
            ended = True
        finally:
            if not ended:
                self._fail(StorageError(f"journal: {self._ring.path}: its writer ended by a fault of ours; report it"))
            self._handover.abandon()

    def _turn(self) -> bool:
        """Wait for records and write them. False when all is written and the end was asked for."""
        turn = self._handover.wait(_SYNC_S if self._dirty else None)
        self._drain(turn.items)
        if turn.barriers or (self._dirty and time.monotonic() - self._synced_at >= _SYNC_S):
            self._ring.sync()
            self._dirty = False
            self._synced_at = time.monotonic()
        self._handover.release(turn.barriers)
        return not turn.last

    def _drain(self, items: int) -> None:
        """Write the oldest records, in chunks."""
        kinds, payloads, size = bytearray(), list[bytes](), 0
        for _ in range(items):
            kind, payload = self._handover.pop()
            if kind >= _ROLL:
                self._write(kinds, payloads, size)
                kinds, payloads, size = bytearray(), [], 0
                self._ring.roll(continues=kind == _ROLL)
                self._roll_asked = False
                self._taken += _OVERHEAD
                continue
            kinds.append(kind)
            payloads.append(payload)
            size += len(payload)
            if size >= CHUNK_BYTES:
                self._write(kinds, payloads, size)
                kinds, payloads, size = bytearray(), [], 0
        self._write(kinds, payloads, size)

    def _write(self, kinds: bytearray, payloads: list[bytes], size: int) -> None:
        if not payloads:
            return
        self._ring.append(kinds, payloads)
        self._dirty = True
        self._taken += size + _OVERHEAD * len(payloads)
        if self._ring.size >= self._ring.segment_bytes and not self._roll_asked:
            self._roll_asked = True
            self._roll_wanted = True
