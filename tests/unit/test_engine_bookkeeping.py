"""The ledger's rows of a run, against the run's own books."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

from mmtui.engine.bookkeeping import Bookkeeper
from mmtui.storage.ledger import LedgerWriter
from mmtui.wiring import SIM_START_NS, day_text
from tests.acceptance.processes import sim_document
from tests.unit.engine_cells import Bench

DAY_NS = 86_400 * 10**9


def rows_of(path: Path, query: str) -> list[Any]:
    ledger = sqlite3.connect(path)
    try:
        return ledger.execute(query).fetchall()
    finally:
        ledger.close()


def kept(tmp_path: Path, begin_ns: int, seconds: int) -> tuple[Bench, Path]:
    """A run with its ledger."""
    document = sim_document({"on_stop_position": "flatten"}, risk={"max_daily_loss": "9999", "max_drawdown": "9999"})
    document["accounts"]["sim"]["market"]["trades_per_s"] = 10.0
    bench = Bench(tmp_path, document)
    path = tmp_path / "ledger.sqlite"
    ledger = LedgerWriter(path)
    books = Bookkeeper(ledger, "run-1", day_text)
    bench.run(seconds, books.observe, begin_ns)
    for cell in bench.cells:
        books.close_books(cell.state)
    ledger.close()
    assert ledger.failure is None
    return bench, path


def test_a_day_row_holds_what_happened_on_that_day(tmp_path: Path) -> None:
    bench, path = kept(tmp_path, SIM_START_NS + DAY_NS - 60 * 10**9, 120)
    pnl = bench.cells[0].state.pnl
    days = rows_of(
        path,
        "SELECT day, fills, maker_volume_quote, taker_volume_quote, realized_pnl, fees, funding "
        "FROM pnl_daily ORDER BY day",
    )
    assert [row[0] for row in days] == ["2026-01-01", "2026-01-02"]
    assert all(row[1] > 3 for row in days)
    midnight = SIM_START_NS + DAY_NS
    by_day = rows_of(path, f"SELECT COUNT(*) FROM fills GROUP BY time_ns >= {midnight} ORDER BY time_ns")  # noqa: S608
    assert [row[1] for row in days] == [count for (count,) in by_day]
    sums = [sum(Decimal(row[column]) for row in days) for column in range(2, 7)]
    assert sums == [pnl.volume.maker, pnl.volume.taker, pnl.position.realized, pnl.fees.total, pnl.funding]
    assert pnl.funding != 0, "the venue settles funding at midnight"
    payments = rows_of(path, "SELECT payment_id, amount_cash, rate FROM funding")
    assert sum(Decimal(amount) for _, amount, _ in payments) == pnl.funding
    assert len({key for key, _, _ in payments}) == len(payments) > 0
    assert all(Decimal(rate) for _, _, rate in payments)


def test_every_order_ends_in_the_ledger_as_it_ended(tmp_path: Path) -> None:
    bench, path = kept(tmp_path, SIM_START_NS, 60)
    state = bench.cells[0].state
    rows = rows_of(path, "SELECT client_order_id, state, done_reason, filled FROM orders")
    assert len(rows) == state.orders.counters.placed
    assert {row[1] for row in rows} == {"done"}
    for name, _, reason, filled in rows:
        order = state.orders.find(name, None)
        assert order is not None
        assert order.done_reason is not None
        assert (reason, Decimal(filled)) == (order.done_reason.value, order.filled)
    fills = rows_of(path, "SELECT side, quantity, purpose FROM fills")
    signed = sum(Decimal(quantity) * (1 if side == "buy" else -1) for side, quantity, _ in fills)
    assert signed == state.pnl.position.quantity
    assert {purpose for *_, purpose in fills} <= {"quote", "close"}
    last = rows_of(path, "SELECT quantity, realized_pnl FROM positions ORDER BY time_ns DESC LIMIT 1")
    assert [Decimal(part) for part in last[0]] == [state.pnl.position.quantity, state.pnl.position.realized]


def test_a_second_run_of_a_strategy_has_day_rows_of_its_own(tmp_path: Path) -> None:
    """In one session a strategy may end after midnight and start again; its figures then begin at zero."""
    ledger = LedgerWriter(tmp_path / "ledger.sqlite")
    books = Bookkeeper(ledger, "run", day_text)
    begin_ns = SIM_START_NS + DAY_NS - 60 * 10**9
    fills = []
    for run in ("run", "run-2"):
        document = sim_document(risk={"max_daily_loss": "9999", "max_drawdown": "9999"})
        document["accounts"]["sim"]["market"]["trades_per_s"] = 10.0
        bench = Bench(tmp_path / run, document)
        state = bench.cells[0].state
        state.run_id = run
        bench.run(120, books.observe, begin_ns)
        books.close_books(state)
        fills.append(state.pnl.volume.fills)
        begin_ns += 180 * 10**9
    ledger.close()
    days = rows_of(tmp_path / "ledger.sqlite", "SELECT run_id, SUM(fills), MIN(fills) FROM pnl_daily GROUP BY run_id")
    assert [(run, total) for run, total, _ in days] == list(zip(("run", "run-2"), fills, strict=True))
    assert all(least > 0 for _, _, least in days)
