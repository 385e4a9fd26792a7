"""`python -m benchmarks`: all tables, or those that are named; `make bench` is all of them."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks import backtest, ingest, recording, requote, screen, startup, wire
from benchmarks.environments import ROOT
from benchmarks.tables import Table, text

DEPTH_MESSAGES = 200_000
REPLAY_MESSAGES = 150_130


class Sizes(Struct, frozen=True):
    """How much is measured."""

    ingest: int
    ingest_rounds: int
    replay: int
    replay_rounds: int
    step: int
    starts: int
    screen_s: int


FULL = Sizes(DEPTH_MESSAGES, 20, REPLAY_MESSAGES, 3, 10_000, 10, 60)
QUICK = Sizes(20_000, 10, 16_000, 2, 1_000, 3, 11)
TABLES = ("ingest", "step", "wire", "replay", "startup", "screen")
MESSAGES_PER_S = 1_000.0
SCREEN_SIZE = (200, 60)


def main() -> None:
    """Measure what is asked for and print it."""
    asked = _arguments()
    sizes = QUICK if asked.quick else FULL
    environments = None if asked.no_peers else asked.environments.resolve()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.txt"
        if set(asked.tables) & {"ingest", "step", "replay"}:
            print("generating the market", file=sys.stderr, flush=True)
            recording.write(path, max(sizes.ingest, sizes.replay))
        measures: dict[str, Callable[[], Table]] = {
            "ingest": lambda: ingest.measure(path, sizes.ingest, sizes.ingest_rounds, environments),
            "step": lambda: requote.measure(path, sizes.step),
            "wire": lambda: wire.measure(sizes.step, environments),
            "replay": lambda: backtest.measure(path, sizes.replay, sizes.replay_rounds, environments),
            "startup": lambda: startup.measure(sizes.starts),
            "screen": lambda: screen.measure(Path(folder), sizes.screen_s, 1, MESSAGES_PER_S, SCREEN_SIZE),
        }
        found = {}
        for name in asked.tables:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            found[name] = measures[name]()
            if not asked.json:
                print(f"{text(found[name])}\n", flush=True)
    if asked.json:
        print(msgspec.json.encode({"machine": _machine(), "tables": found}).decode())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="What mmtui costs, beside floor and peers."
    )
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"which tables: {', '.join(TABLES)} (all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data: a minute or so, rougher figures")
    parser.add_argument("--json", action="store_true", help="one JSON document in place of tables")
    parser.add_argument("--no-peers", action="store_true", help="do not install or run peers")
    parser.add_argument(
        "--environments", type=Path, default=ROOT / ".bench-envs", metavar="DIR", help="where peers are installed"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.tables if name not in TABLES]
    if unknown:
        parser.error(f"unknown table {unknown[0]}; there are: {', '.join(TABLES)}")
    asked.tables = asked.tables or list(TABLES)
    return asked


def _machine() -> dict[str, str | int | None]:
    return {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}


if __name__ == "__main__":
    main()
