"""A sandbox as a process of its own, and the control endpoints beside its protocol."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 30.0


class SandboxProcess:
    """What the first line said, and what can be asked beside the protocol."""

    def __init__(self, process: subprocess.Popen[str], line: dict[str, Any]) -> None:
        self.process = process
        self.line = line
        self.rest: str = line["rest"]
        self.ws: str = line["ws"]
        self.accounts: dict[str, dict[str, str]] = {row["name"]: row for row in line["accounts"]}
        self._control = httpx.Client(timeout=PATIENCE_S, trust_env=False)  # making one takes longer than asking

    def close(self) -> None:
        self._control.close()

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answer = self._control.request(method, f"{self.rest}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:  # noqa: ANN401 - JSON
        return self.ask("GET", "state")

    def account(self, name: str = "a") -> Any:  # noqa: ANN401 - JSON
        return self.state()["accounts"][name]

    def market(self, symbol: str, **order: object) -> Any:  # noqa: ANN401 - JSON
        return self.ask("POST", "market", {"symbol": symbol, **order})

    def faults(self, *rows: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        return self.ask("POST", "faults", list(rows))

    def clear_faults(self) -> None:
        self.ask("DELETE", "faults")

    def advance(self, seconds: float) -> int:
        now_ms: int = self.ask("POST", "clock", {"advance_s": seconds})["now_ms"]
        return now_ms


@contextmanager
def sandbox(venue: str, *options: str) -> Iterator[SandboxProcess]:
    """Start ``mmtui sandbox`` on a free port, and end it as a user would."""
    process = start(venue, "--port", "0", *options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        running = SandboxProcess(process, json.loads(line))
        try:
            yield running
        finally:
            running.close()
    finally:
        process.send_signal(signal.SIGTERM)
        _out, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (0, ""), (process.returncode, errors[-3000:])


def start(venue: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mmtui", "sandbox", venue, *options],
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
