"""Writes the journal of one strategy run: what came in, what was decided, in order, so that it can be fed again.

Two writers with one face, ``Journal``. ``JournalWriter`` is for replay and simulation: its bytes depend on nothing but
what it is given. ``ThreadedWriter`` (journal_thread.py) is for live runs: a slow disk never holds its caller up.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from mmtui.ports.errors import StorageError
from mmtui.storage.faults import storage_error
from mmtui.storage.records import RecordKind
from mmtui.storage.segments import SegmentRing

CHUNK_BYTES: Final = 256 * 1024
DEFAULT_MAX_MB: Final = 500
_IN_FLIGHT: Final = 4

HeadProvider = Callable[[], bytes]
"""Gives the full State and Settings, encoded, as they are at this moment; called between two batches."""

_HEAD: Final = int(RecordKind.HEAD)
_BATCH: Final = int(RecordKind.BATCH)
_RESULT: Final = int(RecordKind.RESULT)
_NOTE: Final = int(RecordKind.NOTE)
_END: Final = int(RecordKind.END)


class Journal(Protocol):
    """What the engine writes to. No method raises for the disk's reasons: see ``failure``."""

    @property
    def folder(self) -> Path:
        """Where the segments lie."""
        ...

    @property
    def failure(self) -> StorageError | None:
        """Why nothing is written any more; None while all is well."""
        ...

    def batch(self, payload: bytes, droppable: bool = False) -> None:
        """Record one drain of events, before the step that applies them. ``droppable``: market data only."""
        ...

    def result(self, payload: bytes, droppable: bool = False) -> None:
        """Record what came of the last batch. ``droppable``: it holds no command and may go if its batch went."""
        ...

    def note(self, payload: bytes) -> None:
        """Record something that takes no part in an audit."""
        ...

    def begin_segment(self) -> None:
        """Let the next batch open a new segment, with a HEAD of its own."""
        ...

    def flush(self) -> bool:
        """Wait until everything given so far is on the disk; False if it is not."""
        ...

    def close(self, *, clean: bool = True) -> None:
        """Write what is left, with an END record if the run ended as it should, and close."""
        ...


class JournalWriter:
    """The deterministic writer: equal calls give equal bytes.

    Records are compressed on a second thread (zstd releases the interpreter lock), at most four chunks ahead, so the
    caller waits only when it is faster than the disk. Chunks are cut by bytes, never by time, and a new segment is
    begun by the sizes of chunks known at fixed distances. The first HEAD is taken with the first record.

    Raises StorageError at construction if the folder cannot be written. Later failures set ``failure`` and are told
    once to ``on_error``, in the caller's thread.
    """

    def __init__(
        self,
        directory: Path,
        run_id: str,
        strategy: str,
        head_provider: HeadProvider,
        max_mb: int | None = DEFAULT_MAX_MB,
        on_error: Callable[[StorageError], None] | None = None,
    ) -> None:
        self._ring = SegmentRing(directory, run_id, strategy, max_mb)
        self._head_provider = head_provider
        self._on_error = on_error
        self._failure: StorageError | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._in_flight: deque[Future[int]] = deque()
        self._kinds = bytearray()
        self._payloads: list[bytes] = []
        self._size = 0
        self._limit = 0
        self._segment_size = 0
        self._roll_wanted = False
        self._begun = False
        self._closed = False

    @property
    def folder(self) -> Path:
        """Where the segments lie."""
        return self._ring.folder

    @property
    def failure(self) -> StorageError | None:
        """Why nothing is written any more; None while all is well."""
        return self._failure

    def batch(self, payload: bytes, droppable: bool = False) -> None:  # noqa: ARG002 - this writer drops nothing
        """Record one drain of events, before the step that applies them."""
        if self._size >= self._limit:
            self._between_batches()
        self._kinds.append(_BATCH)
        self._payloads.append(payload)
        self._size += len(payload)

    def result(self, payload: bytes, droppable: bool = False) -> None:  # noqa: ARG002 - this writer drops nothing
        """Record what came of the last batch."""
        self._append(_RESULT, payload)

    def note(self, payload: bytes) -> None:
        """Record something that takes no part in an audit."""
        self._append(_NOTE, payload)

    def begin_segment(self) -> None:
        """Let the next batch open a new segment, with a HEAD of its own."""
        self._roll_wanted = True
        self._limit = 0

    def flush(self) -> bool:
        """Wait until everything given so far is on the disk; False if it is not. Cuts a chunk."""
        self._submit()
        self._collect(0)
        self._guarded(self._ring.sync)
        return self._failure is None

    def close(self, *, clean: bool = True) -> None:
        """Write what is left, with an END record if the run ended as it should, and close. Twice is once."""
        if self._closed:
            return
        self._closed = True
        if clean:
            self._append(_END, b"")
        self._submit()
        self._collect(0)
        self._guarded(self._ring.close)
        self._worker.shutdown()

    def _append(self, kind: int, payload: bytes) -> None:
        if not self._begun:
            self._begin()
        self._kinds.append(kind)
        self._payloads.append(payload)
        self._size += len(payload)

    def _begin(self) -> None:
        """Open the records of a segment with its HEAD."""
        self._begun = True
        self._limit = CHUNK_BYTES
        head = self._head_provider()
        self._kinds.append(_HEAD)
        self._payloads.append(head)
        self._size += len(head)

    def _between_batches(self) -> None:
        """Hand a full chunk over; begin a new segment if one is due. Here the state reflects all that was recorded."""
        if not self._begun:
            self._begin()
            return
        self._submit()
        self._collect(_IN_FLIGHT)
        if self._roll_wanted or self._segment_size >= self._ring.segment_bytes:
            self._collect(0)
            self._guarded(lambda: self._ring.roll(continues=True))
            self._roll_wanted = False
            self._segment_size = 0
            self._begin()

    def _submit(self) -> None:
        kinds, payloads = self._kinds, self._payloads
        self._kinds, self._payloads, self._size = bytearray(), [], 0
        if payloads and self._failure is None:
            self._in_flight.append(self._worker.submit(self._ring.append, kinds, payloads))

    def _collect(self, left: int) -> None:
        """Wait until at most ``left`` chunks are on their way."""
        while len(self._in_flight) > left:
            written = self._in_flight.popleft()
            self._guarded(lambda written=written: self._count(written))  # type: ignore[misc]

    def _count(self, written: Future[int]) -> None:
        self._segment_size += written.result()

    def _guarded(self, action: Callable[[], None]) -> None:
        """Do something with the disk; its first failure ends the writing and is told once."""
        if self._failure is not None:
            return
        try:
            action()
        except OSError as error:
            self._failure = storage_error("journal cannot be written", error.filename or self._ring.path, error)
            self._worker.shutdown(cancel_futures=True)
            self._ring.discard_torn_tail()
            if self._on_error is not None:
                self._on_error(self._failure)
