"""mmtui as a real process: its configuration, its output line by line, its end."""

import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from mmtui.core.state import State
from mmtui.core.step import StepResult, step
from mmtui.engine.codec import decode_batch, decode_head
from mmtui.storage.journal_reader import JournalReader, journal_folders
from mmtui.storage.records import RecordKind

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "settings" / "examples"
MARKET_DATA = ROOT.parent / "shared" / "data" / "market"
PATIENCE_S = 60.0

Line = dict[str, Any]


class Ended(NamedTuple):
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Line]:
        """Every line of stdout; not JSON is a failure."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> Line:
        """The last line of stdout."""
        last = self.lines[-1]
        assert last["event"] == "summary"
        return last


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "mmtui", *arguments, "--home", str(home)]


def environment(**changes: str) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", ""), **changes}


def mmtui(home: Path, *arguments: str, seed: str = "0", patience_s: float = PATIENCE_S) -> Ended:
    """Run a command to its end."""
    ran = subprocess.run(
        command(home, *arguments),
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env=environment(PYTHONHASHSEED=seed),
        timeout=patience_s,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


class Running:
    """A process that goes on: its stdout is read as it comes. ``changes`` go into its environment."""

    def __init__(self, home: Path, *arguments: str, changes: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command(home, *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=home,
            env=environment(**changes or {}),
        )
        self._out: list[str] = []
        self._err: list[str] = []
        self._arrivals: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._threads = [
            self._reading(self._process.stdout, self._heard),
            self._reading(self._process.stderr, self._told),
        ]

    def _reading(self, stream: IO[str] | None, take: Callable[[str], None]) -> threading.Thread:
        assert stream is not None

        def read() -> None:
            with stream:
                for line in stream:
                    take(line)
            if take == self._heard:
                self._arrivals.put(None)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def _heard(self, line: str) -> None:
        self._out.append(line)
        self._arrivals.put(line)

    def _told(self, line: str) -> None:
        self._err.append(line)

    def wait_for(self, event: str) -> Line:
        """The next line of this event."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line = self._arrivals.get(timeout=max(deadline - time.monotonic(), 0.01))
            assert line is not None, f"ended before {event}: {''.join(self._err)}"
            told: Line = json.loads(line)
            if told["event"] == event:
                return told

    def limit_files(self, size: int) -> None:
        """Let no file grow beyond ``size`` from now on, as on a disk that is full."""
        _, most = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, most))

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, patience_s: float = PATIENCE_S) -> Ended:
        """Wait for its end."""
        try:
            code = self._process.wait(patience_s)
        finally:
            self._process.kill()
            self._process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        return Ended(code, "".join(self._out), "".join(self._err))


# ---------------------------------------------------------------------------------------------------- configurations


def merged(base: object, changes: object) -> Any:  # noqa: ANN401 - JSON, whatever it is
    """``changes`` laid over ``base``, object by object; a list or value replaces the whole."""
    if not isinstance(base, dict) or not isinstance(changes, Mapping):
        return changes
    return {**base, **{key: merged(base.get(key), value) for key, value in changes.items()}}


def sim_document(strategy: Mapping[str, object] | None = None, **changes: object) -> dict[str, Any]:
    """The example on the simulated venue with changes; ``strategy`` changes its one strategy."""
    base = json.loads((EXAMPLES / "perp_maker.sim.json").read_text())
    base["strategies"] = [merged(base["strategies"][0], strategy or {})]
    document: dict[str, Any] = merged(base, changes)
    return document


def replay_document(dataset: str, **changes: object) -> dict[str, Any]:
    base = json.loads((EXAMPLES / f"perp_maker.replay.{dataset}.json").read_text())
    document: dict[str, Any] = merged(base, changes)
    return document


def write_config(home: Path, document: Mapping[str, Any]) -> str:
    """Write a configuration into home; returns its path as an argument."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "config.json"
    path.write_text(json.dumps(document))
    return str(path)


# ---------------------------------------------------------------------------------------------------- journals


class Step(NamedTuple):
    """One recorded batch, fed again: the state after it, and what came of it."""

    state: State
    result: StepResult | None


def fed_again(journal: Path) -> Iterator[Step]:
    """Every step of a strategy's journal, with the state as it was then."""
    state = kind = None
    for record in JournalReader(journal):
        if record.kind is RecordKind.HEAD and (state is None or record.fresh):
            head, kind = decode_head(record.payload)
            state = head.state
        elif record.kind is RecordKind.BATCH:
            assert state is not None
            assert kind is not None
            batch = decode_batch(record.payload)
            yield Step(state, step(state, kind, batch.now_ns, batch.events))


def only_journal(folder: Path) -> Path:
    (journal,) = journal_folders(folder)
    return journal


def journal_bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob("segment-*.mmj"))]
