"""Positions, balances, limits, open orders: what is unknown is told, what is foreign is counted and named."""

from decimal import Decimal

import pytest
from textual.pilot import Pilot

from mmtui.screens.numbers import UNKNOWN, cells
from mmtui.screens.widgets.account_tables import balance_table, limit_table
from mmtui.screens.widgets.facts_pane import FactsPane
from mmtui.screens.widgets.open_order_table import distance_bps, foreign_orders, open_order_table
from mmtui.screens.widgets.position_table import away_pct, position_table, value_of
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import BalanceRow, LimitRow
from tests.ui import boards, list_boards
from tests.ui.fakes import Stage
from tests.ui.looking import lines, part, text


def by_id(columns: tuple[Column, ...], row: TableRow) -> dict[str, Cell]:
    return {column.id: cell for column, cell in zip(columns, row.cells, strict=True)}


async def opened(stage: Stage, pilot: Pilot[int]) -> None:
    stage.app.goto("positions")
    await pilot.pause()
    await pilot.pause()


async def test_a_position_shows_entry_mark_and_both_unrealised_figures() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await opened(stage, pilot)
        shown = lines(part(stage, "#positions", TablePane))
        for figure in ("+3.60", "SOL", "150.822", "150.24", "-2.12", "-2.31", "540.86", "-0.3312", "0.0125"):
            assert figure in shown[2]


def test_liquidation_price_and_its_distance_are_known_only_where_the_venue_tells() -> None:
    from mmtui.screens.widgets.position_table import COLUMNS

    board = boards.board(strategies=(boards.maker(liquidation_price=Decimal("141.20"), margin=Decimal("54.1")),))
    cell = by_id(COLUMNS, position_table(board)[0])
    assert cell["liquidation"] == Cell("141.20", "error", Decimal("141.20"))
    assert cell["distance"].text == "6.0%"
    assert cell["margin"].text == "54.10"
    unknown = by_id(COLUMNS, position_table(boards.board())[0])
    assert [unknown[name].text for name in ("liquidation", "distance", "margin")] == [UNKNOWN] * 3
    assert away_pct(boards.maker()) is None


def test_the_worth_of_a_position_needs_position_and_price() -> None:
    assert value_of(boards.maker()) == Decimal("3.60") * Decimal("150.24")
    assert value_of(boards.maker(mark=None)) == Decimal("3.60") * boards.maker().mid  # type: ignore[operator]
    assert value_of(boards.maker(position=None)) is None
    assert value_of(boards.maker(mark=None, mid=None)) is None


def test_balances_that_were_not_read_are_unknown_and_not_zero() -> None:
    board = boards.board(accounts=(boards.account(), boards.venue_account()))
    rows = balance_table(board, str)
    assert [cell.text for cell in rows[-1].cells] == ["backpack-主", "unknown", UNKNOWN, UNKNOWN, UNKNOWN, "backpack"]
    assert [cell.text for cell in rows[0].cells[:5]] == ["sim", "USDC", "10,011.8844", "8,204.11", "1,807.7744"]
    assert balance_table(boards.board(accounts=(boards.account(balances=()),)), str) == []


def test_limits_show_how_much_of_them_is_used() -> None:
    limits = (
        LimitRow("max_daily_loss", Decimal(200), Decimal(170)),
        LimitRow("max_drawdown", Decimal(100), Decimal(130)),
        LimitRow("max_order_notional", Decimal(0), Decimal(1)),
        LimitRow("max_open_orders", Decimal(40), None),
    )
    rows = limit_table(boards.board(accounts=(boards.account(limits=limits),)))
    assert [row.cells[1].text for row in rows] == ["85%", "130%", UNKNOWN, UNKNOWN]
    assert [row.cells[1].style for row in rows] == ["warning", "error", "dim", "dim"]
    assert [row.cells[4].text for row in rows] == ["████████··", "██████████", "??????????", "??????????"]


def test_an_unknown_outcome_stands_first_and_cannot_be_overlooked() -> None:
    rows = open_order_table(boards.board(), str)
    assert rows[0].tone == "alarm"
    assert "? UNKNOWN" in [cell.text for cell in rows[0].cells]
    assert [row.tone for row in rows[1:]] == [""] * (len(rows) - 1)


def test_distance_is_positive_on_the_passive_side() -> None:
    row = boards.maker()
    for order in row.orders:
        distance = distance_bps(row, order)
        assert distance is not None
        assert distance > 0
    assert distance_bps(boards.troubled(), boards.troubled().orders[0]) is None


async def test_open_orders_show_age_state_level_and_what_is_filled() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#orders")
        assert "8, of which 1 UNKNOWN" in shown
        for figure in ("▼S", "▲B", "150.39", "1m23", "10.3", "0.0011", "mmA7-0031", "? UNKNOWN"):
            assert figure in shown


async def test_foreign_orders_are_counted_and_named_and_the_line_goes_when_there_are_none() -> None:
    assert foreign_orders(boards.board()) == [("sim BTC-USDC-PERP", 1)]
    accounts = (boards.account(foreign_orders=3), boards.venue_account())
    assert foreign_orders(boards.board(accounts=accounts)) == [("sim", 3), ("backpack-主", 1)]
    stage = Stage(boards.board(accounts=accounts))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        assert "orders that are not ours: sim: 3, backpack-主: 1" in text(stage, "#foreign")
        stage.source.publish(boards.board(2, strategies=(boards.maker(),), accounts=(boards.account(),)))
        stage.app.screen.refresh_board()  # type: ignore[attr-defined]
        await pilot.pause()
        assert not part(stage, "#foreign", FactsPane).display


async def test_tab_goes_round_the_tables_and_the_focused_one_grows_on_a_small_terminal() -> None:
    stage = Stage(list_boards.many(30))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        heights = {}
        for name in ("positions", "balances", "limits", "orders"):
            assert stage.app.focused is not None
            assert stage.app.focused.id == name
            heights[name] = part(stage, f"#{name}", TablePane).size.height
            await pilot.press("tab")
            await pilot.pause()
        assert heights["orders"] > part(stage, "#orders", TablePane).size.height
        assert heights["positions"] >= 8


async def test_a_row_selects_its_strategy_and_enter_opens_its_market() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("down")
        await pilot.pause()
        assert stage.app.selected == boards.TROUBLED
        part(stage, "#orders", TablePane).focus()
        await pilot.press("end", "up")
        await pilot.pause()
        assert stage.app.selected == boards.MAKER
        await pilot.press("enter")
        await pilot.pause()
        assert stage.app.current_mode == "market"


async def test_nothing_configured_is_four_sentences() -> None:
    stage = Stage(boards.empty_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        for name, words in (
            ("positions", "no strategy is configured"),
            ("balances", "no account is known yet"),
            ("limits", "no limits are set"),
            ("orders", "no open orders"),
        ):
            assert words in text(stage, f"#{name}")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_huge_negative_and_wide_texts_stay_in_their_columns(size: tuple[int, int]) -> None:
    stage = Stage(list_boards.extreme())
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot)
        for table in stage.app.screen.query(TablePane):
            for line in lines(table):
                assert cells(line) <= table.size.width
        assert "-123,456,789.12" in text(stage, "#positions")


async def test_a_balance_with_many_places_is_shown_exactly() -> None:
    account = boards.account(balances=(BalanceRow("BTC", Decimal("0.123456789012345678"), Decimal(0)),))
    stage = Stage(boards.board(accounts=(account,)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        assert "0.123456789012345678" in text(stage, "#balances")
