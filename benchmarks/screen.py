"""What the screen costs while the market runs at full speed in the same loop: `python -m benchmarks.screen`.

Each design runs in a process of its own, without a terminal and, where tmux is installed, in one; rounds take turns, so
that whatever else the machine does hits all alike. CPU per frame is what the process takes beyond the same market with
nothing drawn, by its own process time.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks import recording
from benchmarks.rounds import Spread
from benchmarks.screen_designs import DESIGNS, NOTHING, Measured, read, run, write
from benchmarks.screen_market import BOARDS_PER_S, LOG_LINES_PER_S, MESSAGES
from benchmarks.tables import Cell, Table, text

ROOT: Final = Path(__file__).resolve().parent.parent
START_LIMIT_S: Final = 60.0
SETTLED_S: Final = 10
"""Seconds after which memory must be flat."""

Where = tuple[str, str]
"""Design, and "headless" or "tmux"."""


def main() -> None:
    """Measure and print; or, as a child, measure one design."""
    asked = _arguments()
    if asked.child:
        size = None if asked.where == "tmux" else asked.size
        write(asked.result, run(asked.child, asked.feed, asked.rate, asked.seconds, size))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(text(measure(Path(folder), asked.seconds, asked.rounds, asked.rate, asked.size)))


def measure(folder: Path, seconds: int, rounds: int, rate: float, size: tuple[int, int]) -> Table:
    """The table: ``rounds`` runs of ``seconds`` of each design."""
    feed = folder / "feed.txt"
    recording.write(feed, MESSAGES)
    runs: dict[Where, list[Measured]] = {}
    for number in range(rounds):
        for design, where in _cases():
            print(f"round {number + 1} of {rounds}: {design}, {where}", file=sys.stderr, flush=True)
            result = folder / f"{len(runs)}-{number}-{where}.json"
            measured = _child(design, where, feed, result, (seconds, rate, size))
            runs.setdefault((design, where), []).append(measured)
    return _table(runs, seconds, rate, size)


def _cases() -> list[Where]:
    drawn = DESIGNS[1:]
    cases = [(NOTHING, "headless"), *((design, "headless") for design in drawn)]
    if shutil.which("tmux"):
        cases += [(design, "tmux") for design in drawn]
    return cases


def _child(design: str, where: str, feed: Path, result: Path, settings: tuple[int, float, tuple[int, int]]) -> Measured:
    seconds, rate, (width, height) = settings
    command = [
        sys.executable, "-m", "benchmarks.screen", "--child", design, "--where", where, "--feed", str(feed),
        "--result", str(result), "--seconds", str(seconds), "--rate", str(rate), "--size", f"{width}x{height}",
    ]  # fmt: skip
    if where == "headless":
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        return read(result)
    return _in_tmux(command, result, (width, height), seconds + START_LIMIT_S)


def _in_tmux(command: list[str], result: Path, size: tuple[int, int], limit_s: float) -> Measured:
    """Run it in a tmux server of its own, which is a terminal with nobody in front."""
    tmux = ["tmux", "-L", f"mmtui-bench-{os.getpid()}"]
    place = ["-x", str(size[0]), "-y", str(size[1]), "-c", str(ROOT)]
    colours = ["-e", "COLORTERM=truecolor", "-e", f"PATH={os.environ.get('PATH', '')}"]
    subprocess.run([*tmux, "new-session", "-d", *place, *colours, *command], check=True)  # noqa: S603 - our own words
    deadline = time.monotonic() + limit_s
    try:
        while not result.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no result within {limit_s:.0f} s")
            time.sleep(0.2)  # noqa: TID251 - another process works; there is nothing to wait on but its file
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)  # noqa: S603 - our own words
    return read(result)


def _table(runs: dict[Where, list[Measured]], seconds: int, rate: float, size: tuple[int, int]) -> Table:
    idle = statistics.median(value for measured in runs[NOTHING, "headless"] for value in measured.cpu_ms)
    table = Table(
        f"Screen {size[0]}x{size[1]}: {rate:,.0f} messages/s in the same loop, {seconds} s a run",
        [
            "design", "CPU ms/frame", "low", "high", "frames/s", "rows painted/frame",
            "late p50 ms", "p99", "p99.9", "max", "held p99.9 ms", "max", f"RSS MB after {SETTLED_S} s", "at the end",
        ],
        notes=[
            f"{BOARDS_PER_S} Boards and {LOG_LINES_PER_S} log lines a second; uvloop; warm-up not counted.",
            "CPU ms/frame: process time beyond the market with nothing drawn; median, least and most of the runs.",
            "late: from the time a message is due to the moment it is taken in; the worst run of each design.",
            "held: processor time that the rest of the process took between two messages; other programs do not count.",
            "Before measuring, what the start left behind is frozen, as the product does it after its first frame.",
            f"The market alone, with a Board made {BOARDS_PER_S} times a second: {idle:.0f} ms CPU per second.",
        ],
    )  # fmt: skip
    if not shutil.which("tmux"):
        table.notes.append("tmux is not installed: no run in a real terminal.")
    for (design, where), measured in runs.items():
        table.rows.append(_row(f"{design} ({where})", measured, idle))
    return table


def _row(name: str, runs: list[Measured], idle_ms: float) -> list[Cell]:
    fps = statistics.median(run.frames_per_s for run in runs)
    costs = [(statistics.median(run.cpu_ms) - idle_ms) / run.frames_per_s for run in runs if run.frames_per_s]
    spread = Spread.of(costs) if costs else None
    settled = min(SETTLED_S, len(runs[0].rss_mb) - 1)
    return [
        name,
        None if spread is None else spread.median,
        None if spread is None else spread.low,
        None if spread is None else spread.high,
        fps,
        statistics.median(run.painted_per_frame for run in runs),
        *(max(run.lateness_ms[key] for run in runs) for key in ("p50", "p99", "p99.9", "max")),
        *(max(run.held_ms[key] for run in runs) for key in ("p99.9", "max")),
        statistics.median(run.rss_mb[settled] for run in runs),
        statistics.median(run.rss_mb[-1] for run in runs),
    ]


def _size(words: str) -> tuple[int, int]:
    width, _, height = words.partition("x")
    return int(width), int(height)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screen", description="What the screen costs.")
    parser.add_argument("--seconds", type=int, default=60, help="measured seconds of each run (60)")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each design (1)")
    parser.add_argument("--rate", type=float, default=1_000.0, help="market messages a second (1000)")
    parser.add_argument("--size", type=_size, default=(200, 60), help="columns x rows (200x60)")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--where", default="headless", help=argparse.SUPPRESS)
    parser.add_argument("--feed", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
