"""Standard output and error of a run, each written on a thread of its own.

A reader who stalls (a full pipe, a paused pager) must not hold up the loop that cancels orders, and one who is gone must
not change how the run ends.
"""

import os
import queue
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, TextIO

MAX_WAITING: Final = 100_000
"""Texts that wait for a stalled reader; beyond them he is taken for gone."""

PATIENCE_S: Final = 5.0
STANDARD: Final = 2
"""The highest of the standard descriptors."""


class StreamWriter:
    """Writes texts to a stream, in order, from a thread. ``stream`` None (closed before we began) is a reader gone."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
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
        """Write what waits; a reader who takes nothing for ``patience_s`` is left behind."""
        self._waiting.put(None)
        self._thread.join(patience_s)
        if self._gone or self._thread.is_alive():
            self._let_go()

    def _let_go(self) -> None:
        """What is still in the stream's buffer must not be written, and fail, when Python ends."""
        with suppress(OSError, ValueError, AttributeError):
            assert self._stream is not None  # noqa: S101 - a closed stream has no buffer; suppressed like one
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)

    def _run(self) -> None:
        while (text := self._waiting.get()) is not None:
            self._put(text)

    def _put(self, text: str) -> None:
        if self._gone or self._stream is None:
            return
        try:
            self._stream.write(text)
            if self._waiting.empty():
                self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream object is closed
            self._gone = True


class StandardStreams:
    """The two streams of a run, as a context: closed, and waited for, at its end."""

    def __init__(self) -> None:
        keep_standard_descriptors()
        self.out = StreamWriter(sys.stdout)
        self.err = StreamWriter(sys.stderr)
        self.colour = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> "StandardStreams":
        """Nothing to do: the threads run."""
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None) -> None:
        """Write what waits."""
        self.err.close()
        self.out.close()


def keep_standard_descriptors() -> None:
    """Where stdin, stdout or stderr was closed before we began, put the null device there.

    Otherwise the next file we open would get its number, and a library's message to stderr would end up in the journal.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= STANDARD:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)
