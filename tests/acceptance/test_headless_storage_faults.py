"""Disks that cannot be written, data that cannot be read: one clear line, the right code, no traceback."""

import gzip
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.processes import (
    EXAMPLES,
    MARKET_DATA,
    PATIENCE_S,
    Ended,
    Running,
    command,
    environment,
    mmtui,
    replay_document,
    sim_document,
    write_config,
)

EXAMPLE = str(EXAMPLES / "perp_maker.sim.json")
ASTER = str(EXAMPLES / "perp_maker.replay.aster.json")


def assert_one_clear_line(ran: Ended, *words: str) -> None:
    assert ran.code == 2, (ran.code, ran.err)
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert line.startswith("mmtui: ")
    assert "bug" not in line
    for word in words:
        assert word in line


def limited(home: Path, megabytes: float, *arguments: str) -> Ended:
    """Run where no file may grow beyond so much: as a full disk, but for each file by itself."""
    size = int(megabytes * 1_000_000)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    ran = subprocess.run(
        command(home, *arguments),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=PATIENCE_S,
        preexec_fn=limit,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


# ---------------------------------------------------------------------------------------------------- at the start


def test_a_file_where_the_journal_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "journal").write_text("")
    ran = mmtui(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "1")
    assert_one_clear_line(ran, "journal cannot be written", str(tmp_path / "data" / "journal"), "move it away")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_journal_folder_that_is_read_only(tmp_path: Path) -> None:
    journal = tmp_path / "data" / "journal"
    journal.mkdir(parents=True)
    journal.chmod(0o500)
    ran = mmtui(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "1")
    assert_one_clear_line(ran, "journal cannot be written", str(journal), "make it writable")


@pytest.mark.parametrize("speed", [(), ("--speed", "max")])
def test_a_disk_without_a_byte_left_for_the_journal(tmp_path: Path, speed: tuple[str, ...]) -> None:
    """The ledger exists already; the journal's first bytes find no room."""
    ran = limited(tmp_path, 0, "--headless", *speed, "--config", EXAMPLE, "--duration", "1")
    assert_one_clear_line(ran, "journal cannot be written", "File too large", "raise it or choose another place")


def test_a_folder_where_the_ledger_should_be(tmp_path: Path) -> None:
    (tmp_path / "data" / "mmtui.sqlite").mkdir(parents=True)
    ran = mmtui(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "1")
    assert_one_clear_line(ran, "ledger", str(tmp_path / "data" / "mmtui.sqlite"), "a folder stands where a file")


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mmtui.sqlite").write_text("somebody's notes, long enough to be something else entirely")
    ran = mmtui(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "1")
    assert_one_clear_line(ran, "ledger", "not an SQLite database", "move it away")


@pytest.mark.parametrize("changed", ["storage", "logs"])
def test_a_file_in_the_way_of_a_folder(tmp_path: Path, changed: str) -> None:
    (tmp_path / "way").write_text("")
    place = {"storage": {"database": "way/mmtui.sqlite"}, "logs": {"directory": "way/logs"}}[changed]
    path = write_config(tmp_path, sim_document({"duration": "1"}, **{changed: place}))
    assert_one_clear_line(mmtui(tmp_path, "--headless", "--config", path), str(tmp_path / "way"))


# ---------------------------------------------------------------------------------------------------- while it runs


def test_a_disk_that_fills_up_while_trading(tmp_path: Path) -> None:
    """No new orders from then on; the old ones are cancelled and proved gone all the same."""
    running = Running(tmp_path, "--headless", "--config", EXAMPLE, "--duration", "4")
    running.wait_for("order_open")
    running.limit_files(1)
    running.wait_for("journal_failed")
    ran = running.end()
    assert ran.code == 2, ran.err
    lines = ran.lines
    failed = [line for line in lines if line["event"] == "journal_failed"]
    assert len(failed) == 1
    assert failed[0]["strategy"] == "maker"
    for word in ("journal cannot be written", ".mmj", "File too large", "raise it or choose another place"):
        assert word in failed[0]["message"]
    assert sum(line["event"] == "ledger_failed" for line in lines) == 1
    for word in ("journal cannot be written", "File too large", "ledger:", "free space on this disk"):
        assert word in " ".join(ran.err.split())
    after = [line["event"] for line in lines[lines.index(failed[0]) + 1 :]]
    assert "order_sent" not in after
    assert "amend_sent" not in after
    (strategy,) = ran.summary["strategies"]
    assert (ran.summary["exit"], ran.summary["residual"]) == (2, "0")
    assert (strategy["open_orders_left"], strategy["reason_stopped"]) == (0, "duration")
    assert "Traceback" not in ran.err


def test_a_disk_that_has_room_again_gets_the_ledger_whole_but_the_journal_has_ended(tmp_path: Path) -> None:
    running = Running(tmp_path, "--headless", "--config", EXAMPLE)
    running.wait_for("order_open")
    running.limit_files(1)
    running.wait_for("journal_failed")
    running.limit_files(1 << 30)
    running.send(signal.SIGINT)
    ran = running.end()
    assert ran.code == 2, ran.err
    assert ran.summary["residual"] == "0"
    ledger = sqlite3.connect(tmp_path / "data" / "mmtui.sqlite")
    (placed,) = ledger.execute("SELECT COUNT(*) FROM orders WHERE state = 'done'").fetchone()
    ledger.close()
    assert placed == ran.summary["strategies"][0]["orders_placed"]
    audited = mmtui(tmp_path, "audit", "data/journal")
    assert audited.code in (0, 2), audited.err
    assert "DIFFERENT" not in audited.out


def test_a_replay_whose_journal_finds_no_room_says_so(tmp_path: Path) -> None:
    if not (MARKET_DATA / "aster").is_dir():
        pytest.skip("no recorded data in ../shared/data/market beside the checkout")
    ran = limited(
        tmp_path, 0.2, "replay", "--config", ASTER, "--data", str(MARKET_DATA / "aster"), "--journal", "j", "--json"
    )
    assert ran.code == 2
    assert ran.summary["exit"] == 2
    assert "File too large" in " ".join(ran.err.split())
    assert "Traceback" not in ran.err


# ---------------------------------------------------------------------------------------------------- data


def replayed(home: Path, data: str) -> Ended:
    return mmtui(home, "replay", "--config", ASTER, "--data", data, "--json")


def test_data_that_is_not_there(tmp_path: Path) -> None:
    assert_one_clear_line(replayed(tmp_path, "nowhere"), str(tmp_path / "nowhere"), "no such file or folder")


def test_a_folder_without_any_of_it(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_one_clear_line(replayed(tmp_path, "empty"), "holds no file of dataset aster", "expected names like")


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    assert_one_clear_line(replayed(tmp_path, "photo.jpg"), "photo.jpg", "expected a name like")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b garbage", b"not,a,book\n1,2,3\n", bytes(range(256)) * 40])
def test_garbage_under_the_right_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x_orderbook_ETHUSDT.csv.gz").write_bytes(content)
    assert_one_clear_line(replayed(tmp_path, "."), "nothing usable", "x_orderbook_ETHUSDT.csv.gz")


def test_a_cut_recording_is_used_as_far_as_it_goes_and_reported(tmp_path: Path) -> None:
    source = MARKET_DATA / "aster"
    if not source.is_dir():
        pytest.skip("no recorded data in ../shared/data/market beside the checkout")
    for kind in ("orderbook", "trades"):
        name = f"2025-11-28a_{kind}_ETHUSDT.csv.gz"
        shutil.copyfile(source / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    book = tmp_path / "2025-11-28a_orderbook_ETHUSDT.csv.gz"
    book.write_bytes(book.read_bytes()[:100_000])
    ran = replayed(tmp_path, ".")
    assert ran.code == 0, ran.err
    assert "is cut off: its readable part is used" in ran.err
    assert ran.summary["data"]["truncated_files"] == [book.name]
    assert ran.summary["residual"] == "0"


def test_accounts_that_disagree_about_the_recording(tmp_path: Path) -> None:
    document = replay_document("aster")
    document["accounts"]["other"] = {**document["accounts"]["recorded"], "maker_fee_bps": "1"}
    path = write_config(tmp_path, document)
    ran = mmtui(tmp_path, "replay", "--config", path, "--data", ".", "--json")
    assert_one_clear_line(ran, "accounts.other.maker_fee_bps", "recorded")


def test_an_unknown_symbol_names_the_known_ones(tmp_path: Path) -> None:
    document = replay_document("aster")
    document["strategies"][0]["symbol"] = "ETHUSD"
    path = write_config(tmp_path, document)
    ran = mmtui(tmp_path, "replay", "--config", path, "--data", ".", "--json")
    assert_one_clear_line(ran, "strategies[0].symbol", "ETHUSD", 'did you mean "ETHUSDT"?')


# ---------------------------------------------------------------------------------------------------- journals


def test_an_audit_of_what_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(gzip.compress(b"x"))
    broken = tmp_path / "broken" / "segment-000001.mmj"
    broken.parent.mkdir()
    broken.write_bytes(b"garbage of some length, but no journal")
    assert_one_clear_line(mmtui(tmp_path, "audit", "nowhere"), "nowhere", "no such journal")
    assert_one_clear_line(mmtui(tmp_path, "audit", "empty"), "empty", "no journal here")
    assert_one_clear_line(mmtui(tmp_path, "audit", "file"), "not a journal segment")
    assert_one_clear_line(mmtui(tmp_path, "audit", "broken"), "not a journal segment")


def test_python_is_what_it_seems() -> None:
    """The limit of file sizes above reaches Python as an error, not as a signal."""
    code = "import signal; print(signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"True\n"
