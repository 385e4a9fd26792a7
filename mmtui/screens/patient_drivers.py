"""Drivers that never make the engine wait for a terminal that has stopped reading: a stalled line, a sleeping tab.

Textual's own writer blocks the event loop once some frames wait for the terminal; the strategies would then stand still
with their orders at the venue. Here frames are dropped meanwhile, and all is painted when the terminal reads on.
"""

import os
import threading
from collections import deque
from functools import partial
from typing import Final

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.web_driver import WebDriver

_WAITING_BYTES: Final = 256 * 1024
"""More than a few whole screens: a terminal that is this far behind does not read."""

_FAREWELL_S: Final = 0.5
"""How long the end waits for the last bytes."""


class PatientWriter(threading.Thread):
    """Writes to a file descriptor on a thread of its own; who gives it bytes never waits."""

    def __init__(self, descriptor: int, waiting_bytes: int = _WAITING_BYTES) -> None:
        super().__init__(name="terminal output", daemon=True)
        self._descriptor = descriptor
        self._most = waiting_bytes
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._ending = False
        self._changed = threading.Condition()

    @property
    def is_full(self) -> bool:
        """Whether so much waits that frames should be left out."""
        return self._waiting >= self._most

    @property
    def is_idle(self) -> bool:
        """Whether everything given has been written."""
        return self._waiting == 0

    def give(self, data: bytes) -> int:
        """Take bytes for writing; returns how many, as ``os.write`` does."""
        with self._changed:
            self._chunks.append(data)
            self._waiting += len(data)
            self._changed.notify()
        return len(data)

    def finish(self) -> None:
        """Write what waits and end; a terminal that does not read is left after a moment."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self.is_alive():
            self.join(_FAREWELL_S)

    def run(self) -> None:
        """Write until the end; once the descriptor fails, bytes are thrown away."""
        works = True
        while True:
            with self._changed:
                while not self._chunks and not self._ending:
                    self._changed.wait()
                if not self._chunks:
                    return
                data = b"".join(self._chunks)
                self._chunks.clear()
            works = works and self._write(data)
            with self._changed:
                self._waiting -= len(data)

    def _write(self, data: bytes) -> bool:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            return False
        return True


class Frames:
    """Decides which frames a writer gets, and when the screen must be painted whole."""

    def __init__(self, app: App[object], writer: PatientWriter) -> None:
        self._app = app
        self.writer = writer
        self._behind = False

    def give(self, frame: bytes) -> None:
        """Pass a frame on, or leave it out while the terminal does not read."""
        if self._behind and self.writer.is_idle:
            self._behind = False
            self._app.call_later(self._app.refresh)
        self._behind = self._behind or self.writer.is_full
        if not self._behind:
            self.writer.give(frame)


class PatientLinuxDriver(LinuxDriver):
    """Textual's driver with a writer that drops frames instead of blocking."""

    _frames: Frames | None = None

    def start_application_mode(self) -> None:
        """Begin with a writer of our own on the terminal."""
        if self._frames is None:
            assert self._file is not None  # noqa: S101 - stderr is open: the command line looked for a terminal
            writer = PatientWriter(self._file.fileno())
            writer.start()
            self._frames = Frames(self._app, writer)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Write without waiting."""
        if self._frames is not None:
            self._frames.give(data.encode("utf-8", "replace"))

    def close(self) -> None:
        """End both writers."""
        super().close()
        if self._frames is not None:
            self._frames.writer.finish()


class PatientWebDriver(WebDriver):
    """The same for the web page; packets about the session itself are never dropped."""

    _frames: Frames | None = None

    def start_application_mode(self) -> None:
        """Begin with a writer of our own on the pipe to the server."""
        if self._frames is None:
            writer = PatientWriter(self.fileno)
            writer.start()
            self._frames = Frames(self._app, writer)
            self._write = partial(writer.give)
        super().start_application_mode()

    def write(self, data: str) -> None:
        """Write one packet of output without waiting."""
        if self._frames is not None:
            payload = data.encode("utf-8", "replace")
            self._frames.give(b"D%s%s" % (len(payload).to_bytes(4, "big"), payload))

    def run_input_thread(self) -> None:
        """Read what the page sends; a server that has gone is a closed terminal."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.call_later(self._app.exit, 0)

    def close(self) -> None:
        """Bring the last packets to the server."""
        super().close()
        if self._frames is not None:
            self._frames.writer.finish()


def be_patient(app: App[int]) -> None:
    """Give an App that has not begun the patient twin of its driver."""
    twins: dict[type[Driver], type[Driver]] = {LinuxDriver: PatientLinuxDriver, WebDriver: PatientWebDriver}
    app.driver_class = twins.get(app.driver_class, app.driver_class)
