"""PnL: every figure per strategy and day, parts that sum to the net, markouts, and the proof line."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input

from mmtui.screens.numbers import UNKNOWN, cells
from mmtui.screens.pnl import PnlScreen
from mmtui.screens.widgets import pnl_tables
from mmtui.screens.widgets.ask_bar import AskBar
from mmtui.screens.widgets.proof_line import proof
from mmtui.screens.widgets.table_layout import Cell, TableRow
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import AttributionRow, MarkoutRow
from tests.ui import boards, list_boards
from tests.ui.fakes import Stage
from tests.ui.ledger_queries import LedgerQueries, ledger_stage
from tests.ui.looking import lines, part, text

money = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9)


def by_id(row: TableRow) -> dict[str, Cell]:
    return {column.id: cell for column, cell in zip(pnl_tables.STRATEGIES, row.cells, strict=True)}


async def opened(stage: Stage, pilot: Pilot[int]) -> PnlScreen:
    stage.app.goto("pnl")
    for _ in range(2):
        await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, PnlScreen)
    return screen


def test_a_strategy_shows_all_its_figures() -> None:
    cell = by_id(pnl_tables.strategy_rows(boards.board())[0])
    assert {name: cell[name].text for name in cell} == {
        "strategy": boards.MAKER,
        "net": "+11.88",
        "today": "+7.21",
        "realized": "+18.41",
        "unrealized": "-2.12",
        "fees": "-4.0821",
        "funding": "-0.3312",
        "volume": "40,821.34",
        "maker": "94.2%",
        "cost": "-291.14",
        "wear": "-0.0291%",
        "asset": "USDC",
    }


def test_unknown_figures_are_unknown_and_fees_that_are_not_priced_are_marked() -> None:
    cell = by_id(pnl_tables.strategy_rows(boards.board())[1])
    assert [cell[name].text for name in ("net", "today", "unrealized", "cost", "wear")] == [UNKNOWN] * 5
    assert cell["fees"].text == "-0.0418?"
    assert cell["maker"].text == "100.0%"


def test_the_sum_is_unknown_when_a_part_is_and_leaves_out_what_never_ran() -> None:
    assert by_id(pnl_tables.strategy_total(boards.board(), str))["unrealized"].text == UNKNOWN  # type: ignore[arg-type]
    board = boards.board(strategies=(boards.maker(), boards.maker(name="b"), boards.idle()))
    total = pnl_tables.strategy_total(board, str)
    assert total is not None
    assert by_id(total)["unrealized"].text == "-4.23"
    assert by_id(total)["net"].text == "+11.84"
    assert pnl_tables.strategy_total(boards.board(strategies=(boards.maker(),)), str) is None
    mixed = boards.board(strategies=(boards.maker(), boards.maker(name="b", quote_asset="BTC")))
    assert pnl_tables.strategy_total(mixed, str) is None


@given(st.lists(money, min_size=6, max_size=6))
def test_attribution_is_summed_exactly_and_compared_with_the_net(parts: list[Decimal]) -> None:
    attribution = AttributionRow(*parts)
    row = boards.maker(attribution=attribution, pnl=boards.pnl(net=sum(parts, Decimal(0))))
    assert pnl_tables.attribution_sum(attribution) == sum(parts)
    assert pnl_tables.attribution_note(row, str) == "sums to net ✓"
    off = boards.maker(attribution=attribution, pnl=boards.pnl(net=sum(parts, Decimal(0)) + Decimal("0.00000001")))
    assert "does NOT sum to net" in pnl_tables.attribution_note(off, str)
    assert pnl_tables.unexplained(off) == Decimal("0.00000001")
    assert [cell.text for cell in pnl_tables.attribution_rows(off, str)[0].cells[:2]] == [
        "Not explained",
        "+0.00000001",
    ]
    assert len(pnl_tables.attribution_rows(row, str)) == 6
    assert pnl_tables.attribution_total(off, str).tone == "alarm"


def test_an_unknown_net_is_not_compared() -> None:
    assert "unknown" in pnl_tables.attribution_note(boards.troubled(), str)
    assert pnl_tables.attribution_total(boards.troubled(), str).tone == ""


def test_markouts_show_error_and_n_and_no_sample_is_unknown() -> None:
    rows = pnl_tables.markout_rows(boards.markouts())
    assert [cell.text for cell in rows[0].cells] == ["1s", "+0.42", "0.11", "128", "+0.31", "1", "0"]
    assert [cell.text for cell in rows[3].cells] == ["300s", UNKNOWN, UNKNOWN, "0", UNKNOWN, "12", "0"]
    assert [row.key for row in pnl_tables.markout_rows((MarkoutRow(0.5, 0, 0, 0, None, None, None),))] == ["0.5"]


def test_days_count_what_is_booked_and_no_volume_has_no_price() -> None:
    rows = [[cell.text for cell in row.cells] for row in pnl_tables.day_rows(list_boards.days())]
    assert rows[0][:4] == ["2026-01-31", boards.MAKER, "128", "+14.00"]
    assert rows[0][7:] == ["40,821.34", "94.2%", "-342.94", "0.0000%"]
    assert rows[1][8:] == [UNKNOWN, UNKNOWN, UNKNOWN]
    assert rows[2][3] == "-124.91"
    assert rows[2][10] == "0.3060%"


@pytest.mark.parametrize(
    ("residual", "style", "words"),
    [
        (None, "warning", "Proof: unknown"),
        (Decimal("0.000"), "gain", "residual 0"),
        (Decimal("12.3"), "error", "RESIDUAL +12.30"),
        (Decimal("-0.00000001"), "error", "RESIDUAL -0.00000001"),
    ],
)
def test_the_proof_line_is_red_and_worded_unless_zero(residual: Decimal | None, style: str, words: str) -> None:
    sentence = proof(residual, str)
    assert sentence.style == style
    assert words in sentence.text


async def test_the_cursor_chooses_whose_parts_are_shown() -> None:
    stage = ledger_stage(LedgerQueries())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        assert "sums to net ✓" in text(stage, "#attribution")
        assert "+21.5021" in text(stage, "#attribution")
        assert "sol-maker" in text(stage, "#markouts")
        await pilot.press("down")
        await pilot.pause()
        assert stage.app.selected == boards.TROUBLED
        assert "net unknown" in text(stage, "#attribution")
        assert "no fills measured yet" in text(stage, "#markouts")
        await pilot.press("enter")
        await pilot.pause()
        assert stage.app.current_mode == "market"


async def test_days_are_read_aside_and_anew_by_key_and_after_a_minute() -> None:
    queries = LedgerQueries()
    now = [boards.NOW_NS]
    stage = ledger_stage(queries)
    stage.app.now_ns = lambda: now[0]
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        assert "2026-01-30" in text(stage, "#days")
        assert queries.asked.count(("days",)) == 1
        await pilot.press("r")
        await pilot.app.workers.wait_for_complete()
        assert queries.asked.count(("days",)) == 2
        now[0] += 61 * 10**9
        screen.refresh_board()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert queries.asked.count(("days",)) == 3


async def test_days_that_cannot_be_read_say_so_in_place() -> None:
    queries = LedgerQueries()
    queries.fault = "ledger.sqlite: database is locked; close the other program"
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        assert "database is locked" in text(stage, "#proof")
        assert "no day in the ledger yet" in text(stage, "#days")


async def test_days_are_exported_where_one_says() -> None:
    queries = LedgerQueries()
    stage = ledger_stage(queries)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("e")
        part(stage, "#export Input", Input).value = "days.csv"
        await pilot.press("enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert queries.asked[-1][0] == "export_csv"
        assert queries.asked[-1][1] == "days"
        assert queries.asked[-1][3] == Path("days.csv")
        assert "3 rows written to days.csv" in text(stage, "#proof")
        await pilot.press("e", "escape")
        await pilot.pause()
        assert not part(stage, "#export", AskBar).display


async def test_an_unknown_residual_and_no_strategies_are_told() -> None:
    stage = ledger_stage(LedgerQueries(), board=boards.empty_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        assert "Proof: unknown" in text(stage, "#proof")
        assert "no strategy is configured" in text(stage, "#strategies")
        assert "nothing selected" in text(stage, "#attribution")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_huge_figures_are_whole_or_folded(size: tuple[int, int]) -> None:
    stage = ledger_stage(LedgerQueries(), board=list_boards.extreme())
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot)
        for table in stage.app.screen.query(TablePane):
            for line in lines(table):
                assert cells(line) <= table.size.width
        assert "-9,876,543,210.98" in text(stage, "#strategies")
        assert "RESIDUAL -12.345" in text(stage, "#proof")


async def test_fifty_strategies_keep_their_sum_in_sight() -> None:
    stage = ledger_stage(LedgerQueries(), board=list_boards.many())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        shown = lines(part(stage, "#strategies", TablePane))
        assert "Sum" in shown[-1]
        assert "/50" in shown[0]
