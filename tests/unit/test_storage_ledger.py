"""The SQLite ledger: what is put comes back exactly, once, and whatever happens to the process or the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.model.orders import DoneReason, OrderState
from mmtui.model.units import Side
from mmtui.ports.errors import BugError, StorageError
from mmtui.storage.database import database_error, open_database
from mmtui.storage.history import LedgerReader, Wanted
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import (
    BalanceRow,
    DailyPnlRow,
    FillRow,
    FundingRow,
    OrderEventRow,
    OrderRow,
    PositionRow,
    Row,
    RunRow,
)
from mmtui.storage.schema import APPLICATION_ID, MIGRATIONS, TABLES

T0 = 1_767_657_600_940_123_456

RUN = RunRow(run_id="r1", started_ns=T0, stage="paper", mmtui_version="0.1.0")
FILL = FillRow(
    run_id="r1",
    strategy="sol",
    venue="backpack",
    account="a1",
    symbol="SOL_USDC_PERP",
    trade_id="t1",
    time_ns=T0,
    side=Side.BUY,
    price=Decimal("123.450"),
    quantity=Decimal("1E-7"),
    fee_cash=Decimal("-0.0012"),
    fee_asset="USDC",
    maker=True,
    client_order_id="c1",
    realized_pnl=None,
)
ORDER = OrderRow(
    run_id="r1",
    strategy="sol",
    venue="backpack",
    account="a1",
    symbol="SOL_USDC_PERP",
    client_order_id="c1",
    side=Side.SELL,
    price=Decimal(124),
    quantity=Decimal("0.1"),
    state=OrderState.OPEN,
    created_ns=T0,
    updated_ns=T0,
)
FUNDING = FundingRow(
    run_id="r1",
    strategy="sol",
    venue="backpack",
    account="a1",
    symbol="SOL_USDC_PERP",
    payment_id="f1",
    time_ns=T0,
    amount_cash=Decimal("-0.5"),
    rate=Decimal("0.0001"),
)
OTHERS: list[Row] = [
    OrderEventRow(
        run_id="r1",
        strategy="sol",
        venue="backpack",
        account="a1",
        symbol="SOL_USDC_PERP",
        client_order_id="c1",
        time_ns=T0,
        event="sent",
    ),
    PositionRow(
        run_id="r1",
        strategy="sol",
        venue="backpack",
        account="a1",
        symbol="SOL_USDC_PERP",
        time_ns=T0,
        quantity=Decimal(-3),
        realized_pnl=Decimal(0),
    ),
    BalanceRow(
        run_id="r1",
        venue="backpack",
        account="a1",
        asset="USDC",
        time_ns=T0,
        total=Decimal("1000000000000000000000000.000000000001"),
        free=Decimal(0),
    ),
]
DAY = DailyPnlRow(
    run_id="r1",
    strategy="sol",
    venue="backpack",
    account="a1",
    symbol="SOL_USDC_PERP",
    day="2026-01-06",
    fills=1,
    maker_volume_quote=Decimal("12.3"),
    taker_volume_quote=Decimal(0),
    realized_pnl=Decimal("0.02"),
    fees=Decimal("-0.001"),
    funding=Decimal(0),
    updated_ns=T0,
)


def change(row: Row, **fields: object) -> Row:
    changed: Row = msgspec.structs.replace(row, **fields)
    return changed


def store(path: Path, *rows: Row) -> LedgerWriter:
    writer = LedgerWriter(path)
    for row in rows:
        writer.put(row)
    assert writer.flush()
    writer.close()
    return writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mmtui.sqlite"


@pytest.mark.parametrize("row", [RUN, FILL, ORDER, FUNDING, DAY, *OTHERS], ids=lambda row: type(row).__name__)
def test_a_row_comes_back_as_it_was_given(path: Path, row: Row) -> None:
    store(path, row)
    reader = LedgerReader(path)
    assert reader.page(type(row)).rows == [row]
    reader.close()


def test_every_field_has_its_column(path: Path) -> None:
    connection = open_database(path)
    for kind, table in TABLES.items():
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
        assert columns == set(kind.__struct_fields__)
    connection.close()


def test_times_show_as_iso_text_and_decimals_without_exponent(path: Path) -> None:
    store(path, FILL)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT time_utc, price, quantity, venue_time_utc FROM fills").fetchone() == (
        "2026-01-06T00:00:00.940Z",
        "123.450",
        "0.0000001",
        None,
    )
    connection.close()


def test_a_fill_is_booked_once_and_its_double_counted(path: Path) -> None:
    again = change(FILL, run_id="r2", price=Decimal(1))
    other = change(FILL, trade_id="t2")
    writer = store(path, FILL, FUNDING, again, other, FILL, FUNDING)
    assert writer.duplicates == 3
    assert writer.failure is None
    reader = LedgerReader(path)
    assert reader.fills().rows == [other, FILL]
    assert reader.page(FundingRow).rows == [FUNDING]
    reader.close()
    assert store(path, FILL).duplicates == 1


def test_simulated_runs_may_repeat_trade_ids(path: Path) -> None:
    fills = [change(FILL, run_id=run, scope=run) for run in ("s1", "s2")]
    assert store(path, *fills).duplicates == 0


def test_runs_orders_and_days_are_replaced_by_their_newest_form(path: Path) -> None:
    ended = change(RUN, ended_ns=T0 + 9, exit_code=0)
    done = change(ORDER, state=OrderState.DONE, done_reason=DoneReason.FILLED, filled=Decimal("0.1"))
    grown = change(DAY, fills=2)
    store(path, RUN, ORDER, DAY, ended, done, grown)
    reader = LedgerReader(path)
    assert reader.runs().rows == [ended]
    assert reader.orders().rows == [done]
    assert reader.daily_pnl().rows == [grown]
    reader.close()


def test_history_is_filtered_and_paged_newest_first(path: Path) -> None:
    fills = [
        change(FILL, trade_id=f"t{n}", time_ns=T0 + n, strategy="sol" if n % 2 else "btc", run_id=f"r{n // 5}")
        for n in range(10)
    ]
    store(path, *fills)
    reader = LedgerReader(path)
    first = reader.fills(limit=4)
    assert [fill.trade_id for fill in first.rows] == ["t9", "t8", "t7", "t6"]
    assert first.more
    last = reader.fills(limit=4, offset=8)
    assert [fill.trade_id for fill in last.rows] == ["t1", "t0"]
    assert not last.more
    wanted = Wanted(strategy="sol", run_id="r1", since_ns=T0 + 5, until_ns=T0 + 9)
    assert [fill.trade_id for fill in reader.fills(wanted).rows] == ["t7", "t5"]
    with pytest.raises(BugError, match="no strategy"):
        reader.runs(Wanted(strategy="sol"))
    reader.close()


# ------------------------------------------------------------------------------------------------ crashes and refusals

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import OrderEventRow
writer = LedgerWriter(Path(sys.argv[1]))
for number in range(1_000_000):
    writer.put(OrderEventRow(run_id="r", strategy="s", venue="v", account="a", symbol="x",
                             client_order_id=str(number), time_ns=number, event="sent"))
    if number == 20_000:
        assert writer.flush()
        print("going", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX matter")
def test_a_kill_while_writing_leaves_whole_batches(path: Path) -> None:
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path), root], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"going\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    connection = open_database(path)
    count, highest = connection.execute("SELECT count(*), max(time_ns) FROM order_events").fetchone()
    assert count >= 20_001
    assert highest == count - 1
    connection.close()


def test_the_file_is_private(path: Path) -> None:
    store(path, RUN)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_locked_ledger_is_refused_at_open(path: Path) -> None:
    store(path, RUN)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match=rf"{path}: database is locked; another process has it locked"):
        LedgerWriter(path, busy_s=0.01)
    other.close()


def test_rows_wait_for_a_lock_and_are_written_when_it_goes(path: Path) -> None:
    told = list[StorageError]()
    heard = threading.Event()

    def on_error(error: StorageError) -> None:
        told.append(error)
        heard.set()

    writer = LedgerWriter(path, on_error, busy_s=0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer.put(FILL)
    assert heard.wait(30)
    assert "locked" in str(writer.failure)
    other.execute("ROLLBACK")
    other.close()
    assert writer.flush(30)
    assert writer.failure is None
    writer.close()
    assert len(told) == 1
    reader = LedgerReader(path)
    assert reader.fills().rows == [FILL]
    reader.close()


def test_too_many_waiting_rows_are_told_once_and_kept(path: Path) -> None:
    told = list[StorageError]()
    writer = LedgerWriter(path, told.append, max_rows=5)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for number in range(8):
        writer.put(change(FILL, trade_id=str(number)))
    assert len(told) == 1
    assert "rows wait" in str(told[0])
    other.execute("ROLLBACK")
    other.close()
    assert writer.flush(30)
    writer.close()
    assert writer.backlog_rows == 0


def test_what_could_not_be_written_by_the_end_is_said(path: Path) -> None:
    told = list[StorageError]()
    writer = LedgerWriter(path, told.append, busy_s=0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer.put(FILL)
    writer.close()
    assert writer.backlog_rows == 1
    assert writer.failure is told[0]
    other.close()


FULL_DISK = """
import resource, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from mmtui.storage.ledger import LedgerWriter
from mmtui.storage.rows import OrderEventRow
told = []
heard = threading.Event()

def on_error(error):
    told.append(error)
    heard.set()

path = Path(sys.argv[1])
writer = LedgerWriter(path, on_error)
limit = path.with_name(path.name + "-wal").stat().st_size + 100_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for number in range(3000):
    writer.put(OrderEventRow(run_id="r", strategy="s", venue="v", account="a", symbol="x",
                             client_order_id=str(number), time_ns=number, event="sent", detail="x" * 200))
assert heard.wait(30)
assert not writer.flush(0.05)
print(told[0])
assert len(told) == 1, told
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert writer.flush(30), writer.failure
writer.close()
print(writer.backlog_rows, writer.failure)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX matter")
def test_a_full_disk_is_told_once_and_loses_nothing(path: Path) -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), root], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told, end = done.stdout.splitlines()
    assert str(path) in told
    assert "free space" in told
    assert end == "0 None"
    connection = open_database(path)
    assert connection.execute("SELECT count(*) FROM order_events").fetchone() == (3000,)
    connection.close()


def test_a_read_only_database_names_the_remedy(path: Path) -> None:
    store(path, RUN)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("DELETE FROM runs")
    connection.close()
    assert "make the file and its folder writable" in str(database_error(path, caught.value))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_refused_at_open(path: Path) -> None:
    store(path, RUN)
    path.chmod(0o400)
    with pytest.raises(StorageError, match="writable"):
        LedgerWriter(path)


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="ledger cannot be opened: "):
        LedgerWriter(tmp_path / "file" / "x.sqlite")


def test_a_foreign_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear ledger, this is not a database")
    with pytest.raises(StorageError, match="not an SQLite database, left as it is"):
        LedgerWriter(path)
    assert path.read_text().startswith("dear ledger")


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE completed_orders (id INTEGER)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="a database of another program"):
        LedgerWriter(path)
    assert path.read_bytes() == before


def test_a_damaged_ledger_is_kept_aside_and_named(path: Path) -> None:
    store(path, RUN)
    data = path.read_bytes()
    damaged = data[:100] + bytes(100) + data[200:]
    path.write_bytes(damaged)
    with pytest.raises(StorageError, match=r"mmtui\.sqlite\.broken-1"):
        LedgerWriter(path)
    assert path.with_name("mmtui.sqlite.broken-1").read_bytes() == damaged
    assert not path.exists()
    store(path, RUN)


def test_damage_behind_the_schema_is_found_after_an_unclean_end(path: Path) -> None:
    store(path, *(change(FILL, trade_id=str(number)) for number in range(500)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = os.urandom(len(data) - len(data) // 2)
    path.write_bytes(data)
    path.with_name(path.name + "-wal").write_bytes(b"left by a crash")
    with pytest.raises(StorageError, match="kept as"):
        LedgerWriter(path)


def test_damage_while_running_ends_the_writing_and_is_told(path: Path) -> None:
    told = list[StorageError]()
    writer = LedgerWriter(path, told.append)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("DROP TABLE fills")
    other.execute("CREATE VIEW fills AS SELECT 1")
    other.close()
    writer.put(change(FILL, price=Decimal(1)))
    assert not writer.flush(30)
    writer.put(FILL)
    writer.close()
    assert len(told) == 1
    assert writer.backlog_rows == 2


# ------------------------------------------------------------------------------------------------ versions


def test_a_newer_schema_is_refused(path: Path) -> None:
    store(path, RUN)
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    other.close()
    for opening in (LedgerWriter, LedgerReader):
        with pytest.raises(StorageError, match=f"schema version {len(MIGRATIONS) + 1}"):
            opening(path)


def test_an_older_ledger_is_copied_and_migrated(path: Path) -> None:
    store(path, RUN)
    step = ("ALTER TABLE runs ADD COLUMN host TEXT", "UPDATE runs SET host = 'here'")
    connection = open_database(path, migrations=(*MIGRATIONS, step))
    assert connection.execute("SELECT run_id, host FROM runs").fetchall() == [("r1", "here")]
    connection.close()
    copy = sqlite3.connect(path.with_name(f"mmtui.sqlite.v{len(MIGRATIONS)}-1"))
    assert copy.execute("SELECT run_id FROM runs").fetchall() == [("r1",)]
    assert copy.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    copy.close()


def test_a_failing_migration_changes_nothing(path: Path) -> None:
    store(path, RUN)
    steps = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN host TEXT", "UPDATE nowhere SET x = 1"))
    with pytest.raises(StorageError, match="no such table: nowhere"):
        open_database(path, migrations=steps)
    connection = open_database(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert "host" not in [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    connection.close()


# ------------------------------------------------------------------------------------------------ reading


def test_reading_what_is_not_there_makes_nothing(path: Path) -> None:
    with pytest.raises(StorageError, match="there is none yet"):
        LedgerReader(path)
    assert not path.exists()


def test_a_ledger_is_read_while_it_is_written(path: Path) -> None:
    writer = LedgerWriter(path)
    writer.put(FILL)
    assert writer.flush()
    reader = LedgerReader(path)
    assert len(reader.fills().rows) == 1
    writer.put(change(FILL, trade_id="t2"))
    assert writer.flush()
    assert len(reader.fills().rows) == 2
    reader.close()
    writer.close()


def test_a_row_edited_by_hand_is_named(path: Path) -> None:
    store(path, FILL)
    other = sqlite3.connect(path)
    other.execute("UPDATE fills SET price = 'cheap'")
    other.commit()
    other.close()
    reader = LedgerReader(path)
    with pytest.raises(StorageError, match="a row of fills cannot be read"):
        reader.fills()
    reader.close()
