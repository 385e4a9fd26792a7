"""How a run ends when somebody wants it to: signals, and readers who go away."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.processes import (
    EXAMPLES,
    PATIENCE_S,
    Ended,
    Running,
    command,
    environment,
    mmtui,
    sim_document,
    write_config,
)

EXAMPLE = str(EXAMPLES / "perp_maker.sim.json")
BOUND_S = 20.0
"""Generous on purpose: the time itself is a property of the report, machines differ."""


def assert_stopped(ran: Ended, reason: str, code: int = 0) -> None:
    assert ran.code == code, ran.err
    summary = ran.summary
    assert (summary["exit"], summary["residual"]) == (code, "0")
    (strategy,) = summary["strategies"]
    assert (strategy["open_orders_left"], strategy["reason_stopped"]) == (0, reason)


def ending_of(home: Path) -> tuple[int, str]:
    """Exit code and reason as the ledger has them."""
    ledger = sqlite3.connect(home / "data" / "mmtui.sqlite")
    try:
        (row,) = ledger.execute("SELECT exit_code, reason FROM runs").fetchall()
    finally:
        ledger.close()
    code, reason = row
    return code, reason


def open_in_ledger(home: Path) -> int:
    ledger = sqlite3.connect(home / "data" / "mmtui.sqlite")
    try:
        (count,) = ledger.execute("SELECT COUNT(*) FROM orders WHERE state != 'done'").fetchone()
    finally:
        ledger.close()
    return int(count)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_run_with_its_orders_proved_gone(
    tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    running = Running(tmp_path, "--headless", "--config", EXAMPLE)
    running.wait_for("order_open")
    begun = time.monotonic()
    running.send(signal.Signals[name])
    ran = running.end()
    took = time.monotonic() - begun
    record_property("seconds to the end", f"{took:.2f}")
    assert_stopped(ran, name)
    assert took < BOUND_S
    events = [line["event"] for line in ran.lines]
    assert "order_sent" not in events[events.index("stopping") :]
    assert ending_of(tmp_path) == (0, name)


def test_further_signals_do_not_skip_the_cancels(tmp_path: Path) -> None:
    """With half a second each way the second and third arrive while the cancels are under way."""
    document = sim_document()
    document["accounts"]["sim"]["settings"] = {"order_latency_ms": 300, "report_latency_ms": 200}
    running = Running(tmp_path, "--headless", "--config", write_config(tmp_path, document))
    running.wait_for("order_open")
    running.send(signal.SIGINT)
    running.wait_for("stopping")
    running.send(signal.SIGINT)
    running.send(signal.SIGTERM)
    running.wait_for("order_cancelled")
    running.send(signal.SIGINT)
    running.wait_for("stopped")
    running.send(signal.SIGINT)
    assert_stopped(running.end(), "SIGINT")


def test_a_signal_before_trading_began_exits_130(tmp_path: Path) -> None:
    """With so much latency nothing can have been answered, so nothing can have been placed."""
    document = sim_document()
    document["accounts"]["sim"]["settings"] = {"order_latency_ms": 700, "report_latency_ms": 700}
    running = Running(tmp_path, "--headless", "--config", write_config(tmp_path, document))
    running.wait_for("start")
    running.send(signal.SIGINT)
    ran = running.end()
    assert_stopped(ran, "SIGINT", 130)
    assert ran.summary["strategies"][0]["orders_placed"] == 0


def test_a_hangup_ignored_before_stays_ignored(tmp_path: Path) -> None:
    """As ``nohup`` does it: the ignored signal comes first, so only the other one can be the reason."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        running = Running(tmp_path, "--headless", "--config", EXAMPLE)
    finally:
        signal.signal(signal.SIGHUP, before)
    running.wait_for("order_open")
    running.send(signal.SIGHUP)
    running.send(signal.SIGTERM)
    assert_stopped(running.end(), "SIGTERM")


def test_a_fast_run_stops_by_signal_too(tmp_path: Path) -> None:
    path = write_config(tmp_path, sim_document({"duration": "900000"}, journal={"record": "off"}))
    running = Running(tmp_path, "--headless", "--speed", "max", "--config", path)
    running.wait_for("order_open")
    running.send(signal.SIGTERM)
    assert_stopped(running.end(), "SIGTERM")


# ---------------------------------------------------------------------------------------------------- readers


def test_a_reader_who_goes_away_does_not_stop_the_cancels(tmp_path: Path) -> None:
    """As ``mmtui --headless ... | head -1`` does."""
    process = subprocess.Popen(
        command(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout:
        assert b'"start"' in process.stdout.readline()
    with process.stderr:
        told = process.stderr.read().decode()
    assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert ending_of(tmp_path) == (0, "duration")
    assert open_in_ledger(tmp_path) == 0


@pytest.mark.parametrize("descriptor", [1, 2])
def test_a_closed_stream_changes_nothing(tmp_path: Path, descriptor: int) -> None:
    """As ``>&-`` and ``2>&-`` do. The journal must not get the number of the closed stream either."""
    words = command(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "1")
    closing = f"import os, sys; os.close({descriptor}); os.execv(sys.executable, {words!r})"
    ran = subprocess.run(
        [sys.executable, "-c", closing], capture_output=True, env=environment(), timeout=PATIENCE_S, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert (ran.stdout, ran.stderr)[descriptor - 1] == b""
    if descriptor == 2:
        assert_stopped(Ended(ran.returncode, ran.stdout.decode(), ""), "duration")
    assert ending_of(tmp_path) == (0, "duration")
    assert mmtui(tmp_path, "audit", "data/journal").code == 0


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="needs Linux to make a pipe small")
def test_a_reader_who_stalls_does_not_hold_up_the_run(tmp_path: Path) -> None:
    """Nobody reads a pipe of one page; the run ends in time all the same, and its ledger says so."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    words = command(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "3")
    with subprocess.Popen(words, stdout=theirs, stderr=subprocess.DEVNULL, env=environment()) as process:
        os.close(theirs)
        assert process.wait(PATIENCE_S) == 0
    with os.fdopen(ours, "rb") as reading:
        kept = reading.read()
    assert kept.count(b"\n") > 5
    assert b'"summary"' not in kept
    assert ending_of(tmp_path) == (0, "duration")
    assert open_in_ledger(tmp_path) == 0
