"""From the start of the process: to ``--version``, to the first quote, and the memory it takes."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import Final

from benchmarks.environments import ROOT
from benchmarks.rounds import Design, Spread, take_turns
from benchmarks.tables import Cell, Table

MMTUI: Final = [sys.executable, "-m", "mmtui"]
CONFIG: Final = ROOT / "settings" / "examples" / "perp_maker.sim.json"
FIRST_QUOTE: Final = "order_open"
LIMIT_S: Final = 30.0
MIB_IN_KIB: Final = 1_024


class NoQuoteError(Exception):
    """The headless run ended without a quote; the message says how."""


def first_quote(home: Path) -> tuple[float, float]:
    """Seconds from start to first order_open line of a headless run, and its peak RSS in MiB (0: unknown).

    The peak is the kernel's own mark of that process, as it tells its last line: what the parent's rusage would say
    begins with the memory of the parent.

    Raises NoQuoteError.
    """
    home.mkdir()
    command = [*MMTUI, "--headless", "--config", str(CONFIG), "--duration", "2", "--home", str(home)]
    with tempfile.TemporaryFile() as errors:
        begun = perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603 - our own
        assert process.stdout is not None
        alarm = Timer(LIMIT_S, process.kill)
        alarm.start()
        seconds, peak_mib = None, 0.0
        for line in process.stdout:
            if seconds is None and json.loads(line).get("event") == FIRST_QUOTE:
                seconds = perf_counter() - begun
            peak_mib = max(peak_mib, _peak_mib(process.pid))
        process.wait()
        alarm.cancel()
        process.stdout.close()
        if seconds is None:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines() or ["no output"]
            raise NoQuoteError(f"headless ended with {process.returncode} and no {FIRST_QUOTE} line: {last[-1]}")
    return seconds, peak_mib


def _peak_mib(pid: int) -> float:
    """Peak RSS of a living process where the system has /proc, else 0."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return float(found[1]) / MIB_IN_KIB if found else 0.0


def _timed(*command: str) -> Design:
    def run(_: int) -> float:
        begun = perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=LIMIT_S)  # noqa: S603 - our own words
        return (perf_counter() - begun) * 1_000

    return run


def measure(rounds: int) -> Table:
    """The table; the headless rows are a note where headless does not get as far as a quote."""
    table = Table(
        f"Start-up: {rounds} warm rounds",
        ["what", "median", "min", "max", "unit"],
        notes=["Wall time, fresh processes."],
    )
    figures = take_turns(
        {"bare python": _timed(sys.executable, "-c", "pass"), "mmtui --version": _timed(*MMTUI, "--version")}, rounds
    )
    rows = [(name, values, "ms") for name, values in figures.items()]
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = [first_quote(Path(folder) / str(number)) for number in range(max(1, rounds // 3))]
        except NoQuoteError as error:
            table.notes.append(f"skipped {error}")
        else:
            rows.append(("headless to the first quote, simulated venue", [row[0] * 1_000 for row in found], "ms"))
            rows.append(("peak RSS of that process", [row[1] for row in found], "MiB"))
    table.rows = [_row(name, values, unit) for name, values, unit in rows]
    return table


def _row(name: str, values: list[float], unit: str) -> list[Cell]:
    spread = Spread.of(values)
    return [name, spread.median, spread.low, spread.high, unit]
