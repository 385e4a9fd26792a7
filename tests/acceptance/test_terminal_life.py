"""The terminal as a person uses it, in a real terminal: it opens, trades, stops, leaves, and remembers."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mmtui.config.panel import FIRST
from tests.acceptance.processes import ROOT, command, environment
from tests.acceptance.terminals import gone, needs_tmux, processor_seconds, quoting, terminal, wait_for

pytestmark = [needs_tmux, pytest.mark.acceptance]

PROOF = "the venue, asked twice, shows none of our orders"
DEAREST_FRAME_S = 3.0
"""Processor time before the first frame, generous: waiting for a busy machine is not the terminal's fault. The wall
time is a property of the report."""


def ledger(home: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of the ledger, none while there is none."""
    path = home / "data" / "mmtui.sqlite"
    if not path.exists():
        return []
    opened = sqlite3.connect(path)
    try:
        return opened.execute(query).fetchall()
    except sqlite3.OperationalError:  # it is just being made
        return []
    finally:
        opened.close()


def has_filled(home: Path) -> bool:
    return bool(ledger(home, "SELECT 1 FROM fills LIMIT 1"))


def assert_left_clean(home: Path, reason: str, code: int = 0) -> None:
    """Nothing is open in the ledger, and the run is closed with its reason."""
    assert ledger(home, "SELECT COUNT(*) FROM orders WHERE state != 'done'") == [(0,)]
    assert ledger(home, "SELECT exit_code, reason FROM runs") == [(code, reason)]


def changes(home: Path) -> int:
    """How often an order has changed since the beginning."""
    return len(ledger(home, "SELECT 1 FROM order_events"))


def has_changed(home: Path, most: int) -> bool:
    return changes(home) > most


def settings(home: Path) -> dict[str, str]:
    """The first strategy's settings as they are saved."""
    document = json.loads((home / "settings" / "panel_settings.json").read_text())
    saved: dict[str, str] = document["strategies"][0]["settings"]
    return saved


# ---------------------------------------------------------------------------------------------------- a session


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((120, 40), id="120x40"),
        pytest.param((80, 24), id="80x24", marks=pytest.mark.acceptance),
        pytest.param((200, 60), id="200x60", marks=pytest.mark.acceptance),
    ],
)
def test_from_the_first_frame_to_the_proof(
    tmp_path: Path, size: tuple[int, int], record_property: Callable[[str, object], None]
) -> None:
    with terminal(tmp_path, size) as pane:
        took = pane.seconds_to("SIM")
        worked = processor_seconds(pane.pid)
        record_property(f"seconds to the first frame at {size[0]}x{size[1]}", f"{took:.2f}")
        print(f"first frame at {size[0]}x{size[1]}: {took:.2f} s, CPU {worked:.2f} s")  # noqa: T201 - for the report
        assert worked < DEAREST_FRAME_S
        pane.until_shown("1/4")
        pane.press("Escape")
        pane.until(lambda seen: "1/4" not in seen and "idle" in seen, "the dashboard without the tour")
        assert all(len(line) <= size[0] for line in pane.lines())
        pane.press("s")
        quoting = pane.until_shown("1 quoting")
        wait_for(lambda: has_filled(tmp_path), "a fill")
        pane.until(lambda seen: seen != quoting, "the picture moves")
        pane.press("2")
        pane.until_shown("SOL-PERP")
        pane.press("1")
        pane.press("x")
        pane.until_shown("■ stopped", "0 quoting")
        pane.press("q")
        assert pane.code() == 0
        assert PROOF in pane.until_shown("mmtui: maker: stopped").replace("\n", "")
    assert_left_clean(tmp_path, "operator")
    assert any(PROOF in line["message"] for line in pane.log_lines())


@pytest.mark.acceptance
def test_leaving_while_it_quotes_asks_cancels_and_proves(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pane.press("q")
        pane.until_shown("Stop and leave")
        pane.press("Enter")
        pane.until(lambda seen: "Stop and leave" not in seen, "enter means no: the question is closed")
        pane.until_shown("1 quoting")
        pane.press("q")
        pane.until_shown("Stop and leave")
        pane.press("Tab", "Enter")
        pane.until_shown("No order of ours is left")
        assert pane.code() == 0
        assert PROOF in pane.screen()
    assert_left_clean(tmp_path, "quit")


# ---------------------------------------------------------------------------------------------------- memory


def test_a_parameter_is_saved_at_once_and_back_after_kill_9(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pane.say("set spread_pct 0.37")
        wait_for(lambda: settings(tmp_path).get("spread_pct") == "0.37", "saved")
        os.kill(pane.pid, signal.SIGKILL)
        assert pane.code() == 128 + signal.SIGKILL
    assert settings(tmp_path)["spread_pct"] == "0.37"
    with terminal(tmp_path) as pane:
        pane.until_shown("maker", "idle")
        assert "1/4" not in pane.screen(), "the tour was seen, that is kept too"
        pane.press("s")
        pane.until_shown("1 quoting")
        pane.say("params")
        pane.until_shown("0.37")
        pane.press("Escape")
        os.kill(pane.pid, signal.SIGTERM)
        assert pane.code() == 0


@pytest.mark.acceptance
def test_a_wrong_parameter_is_answered_in_place_and_changes_nothing(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pane.say("set spread_pct lots")
        pane.until_shown("must be")
        pane.press("Escape")
        pane.say("start NOSUCH")
        pane.until_shown("NOSUCH")
        pane.press("Escape")
        assert settings(tmp_path)["spread_pct"] == "0.05"
        pane.until_shown("1 quoting")


@pytest.mark.acceptance
def test_a_broken_settings_file_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "panel_settings.json").write_text('{"version": 1, "strategies": 7}')
    with terminal(tmp_path) as pane:
        pane.until_shown("broken-1", "1/4")
        pane.press("Escape")
        pane.until(lambda seen: "1/4" not in seen, "the end of the tour")
        pane.press("q")
        assert pane.code() == 0
    aside = tmp_path / "settings" / "panel_settings.json.broken-1"
    assert aside.read_text() == '{"version": 1, "strategies": 7}'


# ---------------------------------------------------------------------------------------------------- ends


@pytest.mark.parametrize(
    "name",
    [
        "SIGTERM",
        pytest.param("SIGHUP", marks=pytest.mark.acceptance),
        pytest.param("SIGINT", marks=pytest.mark.acceptance),
    ],
)
def test_a_signal_takes_the_orders_away_first(tmp_path: Path, name: str) -> None:
    with quoting(tmp_path) as pane:
        os.kill(pane.pid, signal.Signals[name])
        assert pane.code() == 0
        assert PROOF in pane.until_shown("mmtui: maker: stopped").replace("\n", "")
        told = [line["message"] for line in pane.log_lines()]
    assert f"{name}: stopping everything" in told
    assert f"maker: stopped ({name}); {PROOF}" in told
    assert_left_clean(tmp_path, name)


def test_a_closed_window_takes_the_orders_away_first(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pid = pane.pid
        pane.tmux("kill-pane")
        wait_for(lambda: gone(pid), "the process ends")
        told = [line["message"] for line in pane.log_lines()]
    assert "SIGHUP: stopping everything" in told
    assert f"maker: stopped (SIGHUP); {PROOF}" in told
    assert_left_clean(tmp_path, "SIGHUP")
    assert not (tmp_path / "logs" / "crash.log").exists()


RAISING = '''
"""The terminal with one screen that has a bug."""
import sys
from pathlib import Path

from mmtui.app import MmtuiApp
from mmtui.commands.terminal import open_panel, run_app
from mmtui.config import LoadedConfig
from mmtui.config.envfile import load_environment
from mmtui.config.preferences import PanelPreferences
from mmtui.screens.logs import LogsScreen


class Faulty(LogsScreen):
    def show(self, board):
        raise LookupError("a screen's bug")


class App(MmtuiApp):
    MODES = {**MmtuiApp.MODES, "logs": Faulty}


home = Path(sys.argv[sys.argv.index("--home") + 1])
panel = open_panel(home, None)
loaded = LoadedConfig(panel.config, home, None, {}, load_environment({}, home, None))
sys.exit(run_app(loaded, panel, lambda house: App(house.desk, house.desk, house.desk, PanelPreferences(panel))))
'''


def test_a_screen_that_raises_takes_the_orders_away_first(tmp_path: Path) -> None:
    script = tmp_path / "raising.py"
    script.write_text(RAISING)
    with quoting(tmp_path, script=script) as pane:
        pane.press("8")
        assert pane.code() == 1
        assert PROOF in pane.until_shown("mmtui: failed: LookupError: a screen's bug", "mmtui: maker: stopped")
        lines = pane.log_lines()
    (failed,) = [line for line in lines if line["message"] == "the terminal failed"]
    assert "a screen's bug" in failed["traceback"]
    assert f"maker: stopped (the terminal was closed); {PROOF}" in [line["message"] for line in lines]
    assert_left_clean(tmp_path, "the terminal was closed", 1)


@pytest.mark.acceptance
def test_a_terminal_that_stops_reading_does_not_stop_the_engine(tmp_path: Path) -> None:
    """As over a line that hangs: strategies go on, and a signal still takes the orders away."""
    (tmp_path / "settings").mkdir()
    without_tour = json.loads(FIRST) | {"terminal": {"tour_seen": True}}
    (tmp_path / "settings" / "panel_settings.json").write_text(json.dumps(without_tour))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(tmp_path), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm"), cwd=ROOT,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        try:
            _start_blindly(ours, tmp_path)
            for most in (20, 40, 60, 80, 100):  # a writer that blocks stands still long before
                wait_for(partial(has_changed, tmp_path, most), "the strategy goes on")
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
            os.close(ours)
    assert_left_clean(tmp_path, "SIGTERM")


def _start_blindly(descriptor: int, home: Path) -> None:
    """Read just so much that the first screen is there, start the strategy, and read no more."""
    seen = b""
    while b"not started" not in seen:
        seen += os.read(descriptor, 65_536)
    os.write(descriptor, b"s")
    wait_for(lambda: changes(home) > 0, "an order")


# ---------------------------------------------------------------------------------------------------- odd terminals

COLOUR = re.compile(r"[34]8[;:]2[;:]\d+[;:]\d+[;:]\d+|[34]8[;:]5[;:]\d+|\b(?:3|4|9|10)[0-7]\b(?![;:][25][;:])")


def is_grey(code: str) -> bool:
    """Whether a colour of a terminal is a shade of grey."""
    numbers = [int(part) for part in re.split("[;:]", code)]
    if numbers[1:2] == [2]:
        return max(numbers[2:5]) - min(numbers[2:5]) <= 1
    if numbers[1:2] == [5]:
        return numbers[2] >= 232 or numbers[2] in (0, 7, 8, 15, 16, 59, 102, 145, 188, 231)
    return numbers[0] % 10 in (0, 7)


@pytest.mark.acceptance
def test_a_tiny_terminal_says_so_and_a_storm_of_sizes_does_no_harm(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pane.resize(20, 5)
        pane.until(lambda seen: "20" in seen and "SOL-PERP" not in seen, "a word about the size")
        assert all(len(line) <= 20 for line in pane.lines())
        for step in range(60):
            pane.resize(20 + step * 37 % 180, 5 + step * 23 % 55)
        pane.resize(120, 40)
        pane.until_shown("1 quoting", "Strategies")
        os.kill(pane.pid, signal.SIGTERM)
        assert pane.code() == 0
        assert "Traceback" not in pane.log()


@pytest.mark.acceptance
def test_no_color_means_none(tmp_path: Path) -> None:
    with quoting(tmp_path, NO_COLOR="1") as pane:
        coloured = pane.tmux("capture-pane", "-p", "-e")
        codes = [part.split("m", 1)[0] for part in coloured.split("\x1b[")[1:]]
        assert codes
        for code in codes:
            assert not [shade for shade in COLOUR.findall(code) if not is_grey(shade)], code
        os.kill(pane.pid, signal.SIGTERM)
        assert pane.code() == 0


@pytest.mark.acceptance
def test_a_chinese_environment_gets_a_chinese_terminal(tmp_path: Path) -> None:
    with terminal(tmp_path, LANG="zh_CN.UTF-8") as pane:
        pane.until(lambda seen: any("\u4e00" <= letter <= "\u9fff" for letter in seen), "Chinese")
        pane.until_shown("1/4")
        pane.press("Escape")
        pane.until(lambda seen: "1/4" not in seen, "the end of the tour")
        pane.press("q")
        assert pane.code() == 0


@pytest.mark.acceptance
def test_keys_during_start_and_stop_do_no_harm(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        for keys in ("x", "s", "p", "x", "s", "s", "p", "p", "x"):
            pane.press(keys)
        pane.press("C-x")
        pane.until_shown("■ stopped", "0 quoting")
        pane.press("q")
        assert pane.code() == 0
        assert "Traceback" not in pane.log()


@pytest.mark.acceptance
def test_a_megabyte_pasted_into_the_command_line_does_no_harm(tmp_path: Path) -> None:
    with quoting(tmp_path) as pane:
        pane.press(":")
        (tmp_path / "paste").write_text("spread " * 150_000)
        pane.tmux("load-buffer", str(tmp_path / "paste"))
        pane.tmux("paste-buffer", "-p")
        pane.press("Escape")
        pane.until_shown("1 quoting")
        os.kill(pane.pid, signal.SIGTERM)
        assert pane.code() == 0


def test_without_a_terminal_it_says_what_to_do() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "mmtui"], capture_output=True, text=True, env=environment(), check=False, cwd=ROOT
    )
    assert ran.returncode == 2
    assert "mmtui --headless" in ran.stderr
