"""A real terminal for mmtui: tmux, one server of its own for every test."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.acceptance.processes import ROOT

PATIENCE_S = 40.0

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux, a system package")


class Tmux:
    """One pane with a command in it, and what a person would see."""

    def __init__(self, home: Path, size: tuple[int, int], words: list[str], **environment: str) -> None:
        self.home = home
        self._server = f"mmtui-{uuid4().hex[:12]}"
        self._code = home / "exit code"
        self._code.unlink(missing_ok=True)
        options = home / "tmux.conf"
        options.write_text("set -g remain-on-exit on\nset -g status off\nset -g escape-time 0\n")
        variables = {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **environment}
        told = " ".join(f"{name}={_quoted(value)}" for name, value in variables.items())
        command = " ".join(_quoted(word) for word in words)
        line = f"env -i TERM=$TERM {told} {command}; echo $? > {_quoted(str(self._code))}"
        width, height = size
        self._begun = time.monotonic()
        self.tmux("-f", str(options), "new-session", "-d", "-x", str(width), "-y", str(height), line)

    def tmux(self, *words: str) -> str:
        """Say something to the test's own server."""
        ran = subprocess.run(
            ["tmux", "-L", self._server, *words], capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        return ran.stdout

    # ------------------------------------------------------------------------------------------------ seen

    def screen(self) -> str:
        """The text of the pane now, and what has scrolled out of it."""
        return self.tmux("capture-pane", "-p", "-S", "-50")

    def lines(self) -> list[str]:
        return self.screen().splitlines()

    def until(self, condition: Callable[[str], object], what: str) -> str:
        """Look until something is seen; returns the screen then."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            seen = self.screen()
            if condition(seen):
                return seen
            assert time.monotonic() < deadline, f"never seen: {what}\n{seen}\n{self.log()}"
            _breathe()

    def until_shown(self, *texts: str) -> str:
        return self.until(lambda seen: all(text in seen for text in texts), ", ".join(texts))

    def seconds_to(self, text: str) -> float:
        """From the start of the process to this text on the screen."""
        self.until_shown(text)
        return time.monotonic() - self._begun

    # ------------------------------------------------------------------------------------------------ done

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        for key in keys:
            self.tmux("send-keys", key)

    def say(self, words: str) -> None:
        """Type a word into the command line and send it."""
        self.press(":")
        self.until(lambda seen: seen.rstrip().endswith(":"), "the command line")
        self.tmux("send-keys", "-l", words)
        self.until_shown(f":{words}")
        self.press("Enter")

    def resize(self, width: int, height: int) -> None:
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    @property
    def pid(self) -> int:
        """The Python process in the pane."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0]) if children else shell

    def code(self) -> int:
        """Wait for the end; the exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self._code.exists() and self._code.read_text().strip()):
            assert time.monotonic() < deadline, f"did not end\n{self.screen()}\n{self.log()}"
            _breathe()
        return int(self._code.read_text())

    # ------------------------------------------------------------------------------------------------ left behind

    def log(self) -> str:
        """The program's own log, whole."""
        return "\n".join(path.read_text() for path in sorted((self.home / "logs").glob("*.jsonl")))

    def log_lines(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.log().splitlines()]

    def close(self) -> None:
        self.tmux("kill-server")


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _breathe() -> None:
    """Let the other process work: what it shows can only be looked at again and again."""
    with subprocess.Popen(["sleep", "0.05"]) as process:
        process.wait()


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    return not Path(f"/proc/{pid}").exists()


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Look until something holds outside the pane."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        _breathe()


@contextmanager
def terminal(
    home: Path, size: tuple[int, int] = (120, 40), *arguments: str, script: Path | None = None, **environment: str
) -> Iterator[Tmux]:
    """The terminal in tmux, with settings in home; ``script`` runs in place of ``-m mmtui``."""
    (home / "settings").mkdir(parents=True, exist_ok=True)
    what = ["-m", "mmtui"] if script is None else [str(script)]
    pane = Tmux(home, size, [sys.executable, *what, *arguments, "--home", str(home)], **environment)
    try:
        yield pane
    finally:
        pane.close()


@contextmanager
def quoting(home: Path, size: tuple[int, int] = (120, 40), **options: Any) -> Iterator[Tmux]:  # noqa: ANN401 - passed on
    """The terminal after its tour, with the strategy of a first start quoting."""
    with terminal(home, size, **options) as pane:
        pane.until_shown("1/4")
        pane.press("Escape")
        pane.until(lambda seen: "1/4" not in seen, "the end of the tour")
        pane.press("s")
        pane.until_shown("1 quoting")
        yield pane
