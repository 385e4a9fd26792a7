"""Standard output and error of a run, each written on a thread of its own.

A reader who stalls (a full pipe, a paused pager) must not hold up the loop that cancels orders, and one who is gone
must not change how the run ends.
"""

import os
import queue
import sys
import threading
from types import TracebackType
from typing import Final, Self, TextIO

MAX_WAITING: Final = 100_000
"""Texts that wait for a stalled reader; beyond them he is taken for gone."""

PATIENCE_S: Final = 5.0
STANDARD: Final = 2
"""The highest of the standard descriptors."""


class StreamWriter:
    """Writes texts to a stream, in order, from a thread. ``stream`` None (closed before we began) is a reader gone.

    Writes to the descriptor, past the stream's own buffer: what is stuck there would fail again, or hang, when Python
    ends.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = _descriptor_of(stream)
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._gone = stream is None
        self._thread = threading.Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Give a text; never waits. Raises BrokenPipeError once the reader is gone."""
        if self._gone or self._waiting.qsize() > MAX_WAITING:
            raise BrokenPipeError("nobody reads any more")
        self._waiting.put(text)

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Write what waits; a reader who does not take all of it within ``patience_s`` is left behind."""
        self._waiting.put(None)
        self._thread.join(patience_s)

    def _run(self) -> None:
        while (text := self._waiting.get()) is not None:
            if self._gone:
                continue
            try:
                self._put(text)
            except (OSError, ValueError):  # ValueError: the stream object is closed
                self._gone = True

    def _put(self, text: str) -> None:
        if self._descriptor is None:
            assert self._stream is not None  # noqa: S101 - without a stream the reader is gone from the start
            self._stream.write(text)
            return
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def _descriptor_of(stream: TextIO | None) -> int | None:
    """Where a stream writes to, with its own buffer emptied; None for one that is no file."""
    try:
        if stream is None:
            return None
        stream.flush()
        return stream.fileno()
    except (OSError, ValueError):  # ValueError covers io.UnsupportedOperation and a closed stream
        return None


class StandardStreams:
    """The two streams of a run, as a context: closed, and waited for, at its end."""

    def __init__(self) -> None:
        keep_standard_descriptors()
        self.out = StreamWriter(sys.stdout)
        self.err = StreamWriter(sys.stderr)
        self.terminal = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Self:
        """Nothing to do: the threads run."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Write what waits."""
        self.err.close()
        self.out.close()


def keep_standard_descriptors() -> None:
    """Where stdin, stdout or stderr was closed before we began, put the null device there.

    Otherwise the next file we open would get its number, and a library's message to stderr would end up in a journal.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= STANDARD:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
