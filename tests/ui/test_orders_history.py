"""What has been read of the ledger: pages, doubles, holes, and its limit."""

from mmtui.screens.exports import default_path, path_fault
from mmtui.screens.history import MOST_ROWS, PAGE, History, Ledger
from mmtui.views.board import FillRow
from tests.ui import boards
from tests.ui.ledger_queries import LedgerQueries


def history() -> History[FillRow]:
    return History(lambda row: row.trade_id, lambda row: row.time_ns)


def fills(first: int, count: int) -> tuple[FillRow, ...]:
    return tuple(boards.fill(number) for number in range(first, first + count))


def test_rows_are_newest_first_and_count_once() -> None:
    known = history()
    known.take_page(fills(0, PAGE))
    assert [known.complete] == [False]
    assert known.take(fills(0, 3)) == 0
    known.take_page(fills(PAGE - 5, 50))
    assert [known.complete] == [True]
    assert len(known.rows) == PAGE + 45
    assert known.offset == PAGE + 50
    assert list(known.rows) == sorted(known.rows, key=lambda row: -row.time_ns)


def test_a_newest_page_that_overlaps_is_added_and_one_that_does_not_begins_anew() -> None:
    known = history()
    known.take_newest(fills(500, 100))
    known.take_newest(fills(450, 100))
    assert len(known.rows) == 150
    known.take_newest(fills(0, 100))
    assert [row.trade_id for row in known.rows] == [row.trade_id for row in fills(0, 100)]
    known.take_newest(())
    assert len(known.rows) == 100


def test_no_more_than_a_bound_is_kept() -> None:
    known = history()
    known.take(fills(0, MOST_ROWS))
    assert known.full


async def test_the_ledger_asks_for_one_page_after_the_other() -> None:
    queries, ledger = LedgerQueries(fills=450), Ledger()
    await ledger.read_newest(queries, "fills", "")
    while not ledger.fills.complete:
        await ledger.read_more(queries, "fills", "")
    assert [wanted.offset for wanted in queries.asked_for("fills")] == [0, 200, 400]
    assert len(ledger.fills.rows) == 450


def test_a_path_that_makes_sense_stands_ready() -> None:
    assert default_path("fills", boards.NOW_NS) == "exports/fills-20260131-123456.csv"
    assert path_fault(default_path("orders", boards.NOW_NS)) == ""
    assert "no path given" in path_fault("  ")
    assert "names a folder" in path_fault("exports/")
