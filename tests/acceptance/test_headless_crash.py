"""A bug in one strategy of a real run: its orders go, the other trades on, everybody is told."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.acceptance.processes import PATIENCE_S, Ended, environment, mmtui, sim_document, write_config

CODE = """
import sys
import msgspec
from mmtui import strategies
from mmtui.cli import main

usual = strategies.KINDS["perp_maker"]

def decide(settings, snapshot, memory):
    if snapshot.instrument.symbol == "BTC-PERP" and memory.priced_ns and snapshot.now_ns - memory.priced_ns > 5e8:
        raise ZeroDivisionError("made up")
    return usual.decide(settings, snapshot, memory)

strategies.KINDS["perp_maker"] = msgspec.structs.replace(usual, decide=decide)
sys.exit(main(sys.argv[1:]))
"""


def run(home: Path, *arguments: str) -> Ended:
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=PATIENCE_S,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def two_strategies() -> dict[str, Any]:
    document = sim_document({"duration": "4"})
    other = json.loads(json.dumps(document["strategies"][0]))
    other |= {"name": "other", "symbol": "ETH-PERP"}
    other["settings"] |= {"quantity": "0.1", "max_position": "1", "position_threshold": "0.5"}
    document["strategies"].append(other)
    return document


def test_a_strategy_with_a_bug_stops_alone(tmp_path: Path) -> None:
    ran = run(tmp_path, "--headless", "--config", write_config(tmp_path, two_strategies()))
    assert ran.code == 1, ran.err
    lines = ran.lines
    (crashed,) = [line for line in lines if line["event"] == "crashed"]
    assert crashed["strategy"] == "maker"
    assert "ZeroDivisionError: made up" in crashed["message"]
    assert "the venue shows none" in crashed["message"]
    after = {line.get("strategy") for line in lines[lines.index(crashed) + 1 : -1]}
    assert after == {"other"}
    failed, fine = ran.summary["strategies"]
    assert failed["reason_stopped"] == "failed: ZeroDivisionError: made up"
    assert (failed["open_orders_left"], fine["open_orders_left"]) == (0, 0)
    assert fine["reason_stopped"] == "duration"
    assert (ran.summary["exit"], ran.summary["residual"], ran.summary["equity_change"]) == (1, None, None)
    assert "Traceback" not in ran.err
    (log,) = (tmp_path / "logs").iterdir()
    (entry,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert entry["message"] == "worker maker failed"
    assert "ZeroDivisionError: made up" in entry["traceback"]
    audited = mmtui(tmp_path, "audit", "data/journal")
    assert audited.err.count("no clean end") == 1, "only the journal of the one that failed"


def test_a_bug_at_full_speed_is_one_line_and_the_journal_is_kept(tmp_path: Path) -> None:
    ran = run(tmp_path, "--headless", "--speed", "max", "--config", write_config(tmp_path, two_strategies()))
    assert ran.code == 1
    last = ran.err.splitlines()[-1]
    assert "bug: ZeroDivisionError; the traceback is in" in last
    audited = mmtui(tmp_path, "audit", "data/journal")
    assert audited.err.count("no clean end") == 2
    assert audited.out.count("identical") + audited.out.count("DIFFERENT") == 2
