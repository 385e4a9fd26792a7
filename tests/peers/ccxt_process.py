"""ccxt at work in an environment of its own: asked by JSON lines, so that nothing of it is imported here."""

import fcntl
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, Final

import pytest

from benchmarks.environments import PeerSkippedError, python_of

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENTS: Final = ROOT / ".bench-envs"
RUN_LIMIT_S: Final = 300.0


class CcxtError(Exception):
    """What ccxt raised; ``kind`` is the name of its class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class CcxtProcess:
    """One ccxt.pro exchange object in a process of its own."""

    def __init__(self, python: Path, exchange: str, config: dict[str, Any], urls: dict[str, Any]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [str(python), "-I", str(Path(__file__).with_name("ccxt_conversation.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._alarm = Timer(RUN_LIMIT_S, self._process.kill)
        self._alarm.daemon = True
        self._alarm.start()
        self._asked = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._say({"exchange": exchange, "config": config, "urls": urls})

    def call(self, method: str, *arguments: Any) -> Any:  # noqa: ANN401 - ccxt's own structures
        """Call a method and wait for what it returns. Raises CcxtError with what it raised."""
        return self.wait(self.begin(method, *arguments))

    def begin(self, method: str, *arguments: Any) -> int:  # noqa: ANN401
        """Begin a call that others may overtake: a watch."""
        self._asked += 1
        self._say({"id": self._asked, "method": method, "arguments": arguments})
        return self._asked

    def is_answered(self, number: int) -> bool:
        """True if the answer of a begun call came while others were waited for."""
        return number in self._answers

    def wait(self, number: int) -> Any:  # noqa: ANN401
        """What a begun call returns."""
        while number not in self._answers:
            answer = self._listen()
            self._answers[answer["id"]] = answer
        answer = self._answers.pop(number)
        if "error" in answer:
            raise CcxtError(answer["error"], answer["message"])
        return answer["result"]

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _listen(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            pytest.fail(f"ccxt ended: {self._errors.read().decode(errors='replace')[-2_000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        self._alarm.cancel()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
        self._process.kill()
        self._process.communicate()
        self._errors.close()


@contextmanager
def ccxt_process(exchange: str, config: dict[str, Any], urls: dict[str, Any]) -> Iterator[CcxtProcess]:
    """ccxt's pinned version, installed when it is first needed; the test is skipped where that fails."""
    process = CcxtProcess(installed("ccxt"), exchange, config, urls)
    try:
        yield process
    finally:
        process.close()


def installed(name: str) -> Path:
    """The interpreter of a peer's environment; the test is skipped where it cannot be installed."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / ".lock").open("w") as lock:  # two test workers may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return python_of(name, ENVIRONMENTS)
        except PeerSkippedError as reason:
            pytest.skip(str(reason))
