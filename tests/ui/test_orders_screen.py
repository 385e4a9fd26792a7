"""History on screen: pages read aside, filter, sort, live fills, export; nothing blocks and faults stand in place."""

from decimal import Decimal
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from mmtui.model.units import NS_PER_S
from mmtui.screens.history import EVERYTHING
from mmtui.screens.numbers import UNKNOWN
from mmtui.screens.orders import OrdersScreen
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.queries import HistoryFilter
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.ledger_queries import LedgerQueries, ledger_stage
from tests.ui.looking import lines, part, text


async def opened(stage: Stage, pilot: Pilot[int]) -> OrdersScreen:
    stage.app.goto("orders")
    for _ in range(3):
        await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, OrdersScreen)
    return screen


async def settled(pilot: Pilot[int]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_the_first_page_is_read_aside_and_progress_is_told() -> None:
    queries = LedgerQueries()
    queries.gate.clear()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        assert "reading the ledger" in text(stage, "#status")
        await pilot.press("down", "o", "v", "v")
        queries.gate.set()
        await settled(pilot)
        assert len(screen.table.rows) == 200
        assert "there are older ones" in text(stage, "#status")
        assert "as of 12:34:56" in text(stage, "#status")


async def test_the_end_of_the_list_reads_on_until_all_is_read() -> None:
    stage = ledger_stage(LedgerQueries(fills=450))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("end")
        await settled(pilot)
        assert len(screen.table.rows) == 400
        await pilot.press("n")
        await settled(pilot)
        assert len(screen.table.rows) == 450
        assert "all read" in text(stage, "#status")
        asked = len(stage.queries.asked)
        await pilot.press("n", "end")
        await settled(pilot)
        assert len(stage.queries.asked) == asked


async def test_a_filter_works_on_what_is_there_while_typing_and_on_the_whole_ledger_with_enter() -> None:
    queries = LedgerQueries(fills=450)
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("slash", *"t89999")
        await pilot.pause()
        assert [row.cells[11].text for row in screen.table.rows] == ["t89999"]
        assert "200 rows read" in text(stage, "#status")
        await pilot.press("backspace", "backspace", "backspace", "backspace", "6", "enter")
        await settled(pilot)
        assert queries.asked_for("fills")[-1] == HistoryFilter(text="t86", limit=200)
        assert screen.table.rows == []
        assert "no fills to show" in text(stage, "#fill_rows")
        await pilot.press("escape")
        await settled(pilot)
        assert len(screen.table.rows) == 200


async def test_escape_leaves_the_field_and_what_was_typed_only() -> None:
    stage = ledger_stage(LedgerQueries())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("slash", *"zzz")
        await pilot.pause()
        assert screen.table.rows == []
        await pilot.press("escape")
        await pilot.pause()
        assert not part(stage, "#filter", AskBar).display
        assert len(screen.table.rows) == 200
        assert stage.app.focused is screen.table


async def test_fills_and_orders_change_places() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(160, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("v")
        await settled(pilot)
        assert screen.table.id == "order_rows"
        shown = lines(screen.table)
        assert "Order history  20" in shown[0]
        assert any("rejected" in line and "post_only_would_cross" in line for line in shown)
        assert any("? UNKNOWN" in line for line in shown)
        await pilot.press("v")
        await pilot.pause()
        assert screen.table.id == "fill_rows"
        assert len(queries.asked_for("orders")) == 1


async def test_live_fills_come_on_top_without_asking_the_ledger() -> None:
    queries = LedgerQueries(fills=30)
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(160, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        asked = len(queries.asked)
        new = boards.fill(0, trade_id="t-live", time_ns=boards.NOW_NS + NS_PER_S, price=Decimal("151.0"))
        stage.source.publish(boards.board(2, fills=(new, *boards.fills())))
        screen.refresh_board()
        await pilot.pause()
        assert screen.table.rows[0].cells[11].text == "t-live"
        assert "151.00" in lines(screen.table)[2]
        assert len(queries.asked) == asked


async def test_a_hole_between_board_and_list_is_read_from_the_ledger() -> None:
    queries = LedgerQueries(fills=30)
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(160, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        asked = len(queries.asked_for("fills"))
        later = tuple(boards.fill(k, trade_id=f"u{k}", time_ns=boards.NOW_NS + (99 - k) * NS_PER_S) for k in range(30))
        stage.source.publish(boards.board(2, fills=later))
        screen.refresh_board()
        await settled(pilot)
        assert len(queries.asked_for("fills")) == asked + 1


async def test_sorting_by_key_keeps_working_while_rows_come() -> None:
    stage = ledger_stage(LedgerQueries(fills=60))
    async with stage.app.run_test(size=(160, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        for _ in range(6):
            await pilot.press("o")
        prices = [row.cells[5].order for row in screen.table.rows]
        assert prices == sorted(prices)  # type: ignore[type-var]
        await pilot.press("O")
        assert [row.cells[5].order for row in screen.table.rows] == prices[::-1]


async def test_export_asks_for_a_path_and_tells_count_and_path() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert part(stage, "#export Input", Input).value == "exports/fills-20260131-123456.csv"
        await pilot.press("enter")
        await settled(pilot)
        wanted = HistoryFilter(limit=EVERYTHING)
        assert queries.asked[-1] == ("export_csv", "fills", wanted, Path("exports/fills-20260131-123456.csv"))
        assert "3 rows written to exports/fills-20260131-123456.csv" in text(stage, "#status")


async def test_an_export_that_fails_says_why_in_place() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await settled(pilot)
        queries.fault = "exports/x.csv: no space left on device; free some and export again"
        await pilot.press("e", "enter")
        await settled(pilot)
        assert "no space left on device" in text(stage, "#status")


async def test_an_empty_path_is_refused_in_place_and_the_field_stays() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("e")
        part(stage, "#export Input", Input).value = " "
        await pilot.press("enter")
        await pilot.pause()
        assert "no path given" in text(stage, "#status")
        assert part(stage, "#export", AskBar).display
        await pilot.press("escape")
        await pilot.pause()
        assert not part(stage, "#export", AskBar).display
        assert not [words for words in queries.asked if words[0] == "export_csv"]


async def test_a_ledger_that_cannot_be_read_says_so_and_reload_tries_again() -> None:
    queries = LedgerQueries()
    queries.fault = "ledger.sqlite: database is locked; close the other program"
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        assert "database is locked" in text(stage, "#status")
        queries.fault = ""
        await pilot.press("r")
        await settled(pilot)
        assert len(screen.table.rows) == 200
        assert "locked" not in text(stage, "#status")


async def test_coming_back_reads_what_came_meanwhile() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await settled(pilot)
        asked = len(queries.asked_for("fills"))
        await pilot.press("1", "4")
        await settled(pilot)
        assert len(queries.asked_for("fills")) == asked + 1


async def test_a_megabyte_pasted_into_the_filter_does_no_harm() -> None:
    stage = ledger_stage(LedgerQueries())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await settled(pilot)
        await pilot.press("slash")
        from textual.events import Paste

        stage.app.screen.post_message(Paste("x" * 1_000_000))
        await pilot.pause()
        assert len(part(stage, "#filter Input", Input).value) <= 400


async def test_an_unknown_position_after_a_fill_is_unknown() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        last = screen.table.rows[-1]
        columns = [column.id for column in screen.table.columns]
        assert last.cells[columns.index("position")].text == UNKNOWN


async def test_no_fills_at_all_is_a_sentence() -> None:
    stage = ledger_stage(LedgerQueries(fills=0, orders=0), board=boards.empty_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(stage, pilot)
        await settled(pilot)
        assert "no fills to show" in text(stage, "#fill_rows")
        await pilot.press("v", "end", "n", "o")
        await settled(pilot)
        assert "no orders to show" in text(stage, "#order_rows")
        assert isinstance(screen.table, TablePane)
