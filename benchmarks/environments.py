"""A peer's own virtual environment and process: nothing of a peer is ever imported by ours.

An environment is created on demand with pip from the pinned list beside the peer's script, and kept. The process speaks
JSON lines (benchmarks/peers/conversation.py is its end of the line).
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Final, Self

ROOT: Final = Path(__file__).resolve().parent.parent
PINS: Final = Path(__file__).resolve().parent / "peers"
INSTALL_LIMIT_S: Final = 480.0
RUN_LIMIT_S: Final = 600.0


class PeerSkippedError(Exception):
    """A peer cannot be measured here; the message says why and becomes a note under the table."""


def python_of(name: str, folder: Path) -> Path:
    """The interpreter of the environment ``name`` in ``folder``, created if it is missing or its pins have changed.

    Raises PeerSkippedError if it cannot be installed, or not in time.
    """
    home, pins = folder / name, PINS / f"{name}.txt"
    stamp, wanted = home / ".installed", f"{sys.version}\n{pins.read_text()}"
    python = home / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"installing {name} into {home}", file=sys.stderr, flush=True)
    shutil.rmtree(home, ignore_errors=True)
    deadline = time.monotonic() + INSTALL_LIMIT_S
    _run([sys.executable, "-m", "venv", str(home)], name, deadline)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    _run([*install, "-r", str(pins)], name, deadline)
    stamp.write_text(wanted)
    return python


def _run(command: list[str], name: str, deadline: float) -> None:
    left_s = max(1.0, deadline - time.monotonic())
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=left_s)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        raise PeerSkippedError(f"{name}: not installed within {INSTALL_LIMIT_S:.0f} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "no output").strip().splitlines()[-1]
        raise PeerSkippedError(f"{name}: could not be installed: {last}") from None


class PeerProcess:
    """A peer's script at work in its environment. ``hello`` is what it told when it was ready."""

    def __init__(self, python: Path, script: str, *arguments: str) -> None:
        self.script = script
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            [str(python), "-m", f"benchmarks.peers.{script}", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._alarm = Timer(RUN_LIMIT_S, self._process.kill)
        self._alarm.daemon = True
        self._alarm.start()
        try:
            self.hello = self._listen()
        except PeerSkippedError:
            self.close()
            raise

    def ask(self, **question: int) -> dict[str, Any]:
        """Put a question and wait for the answer. Raises PeerSkippedError if the peer died."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: listening tells why
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        return self._listen()

    def _listen(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._process.wait()
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip().splitlines() or ["no output"]
        raise PeerSkippedError(f"{self.script}: ended with {self._process.returncode}: {last[-1]}")

    def close(self) -> None:
        """End the process."""
        self._alarm.cancel()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):  # by what it never read
            self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
