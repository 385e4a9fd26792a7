"""The dashboard: strategies at a glance, the selected one in full, equity, alerts, health."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from mmtui.model.units import NS_PER_S
from mmtui.screens.numbers import UNKNOWN, cells
from mmtui.screens.widgets.equity_chart import EquityChart
from mmtui.screens.widgets.health_line import HealthLine, health_parts
from mmtui.screens.widgets.strategy_table import STATES
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import EquityPoint, HealthRow
from tests.ui import boards, list_boards
from tests.ui.fakes import Stage
from tests.ui.looking import lines, part, screen_text, text


async def test_each_strategy_shows_state_quotes_position_pnl_and_reason() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        maker, troubled, idle = lines(part(stage, "#strategies", TablePane))[2:5]
        for shown in ("● quoting", "3/3·3/3", "+3.60", "+11.88", "+7.21", "128", "2h03", "40.8k", "0.67", "quoting"):
            assert shown in maker
        for shown in ("‖ paused", "?1", "no fresh book (+3)"):
            assert shown in troubled
        assert "○ idle" in idle


async def test_unknown_is_never_shown_as_zero() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        table = part(stage, "#strategies", TablePane)
        troubled = next(row for row in table.rows if row.key == boards.TROUBLED)
        by_id = {column.id: cell for column, cell in zip(table.columns, troubled.cells, strict=True)}
        for column in ("position", "net", "today", "spread"):
            assert by_id[column].text == UNKNOWN
            assert by_id[column].order is None


async def test_the_cursor_selects_for_the_whole_terminal_and_start_stop_pause_act_on_it() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        assert stage.app.selected == "eth-idle"
        await pilot.press("s")
        await pilot.press("up")
        await pilot.pause()
        assert boards.TROUBLED in text(stage, "#facts")
        await pilot.press("p", "x")
        await pilot.press("up", "p")
        await pilot.pause()
        words = [said[:2] for said in stage.sink.said]
        assert words == [
            ("start", "eth-idle"),
            ("resume", boards.TROUBLED),
            ("stop", boards.TROUBLED),
            ("pause", boards.MAKER),
        ]


async def test_a_selection_made_elsewhere_moves_the_cursor() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        stage.app.select("eth-idle")
        await pilot.pause()
        assert part(stage, "#strategies", TablePane).cursor_key == "eth-idle"
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert part(stage, "#strategies", TablePane).cursor_key == boards.TROUBLED


async def test_enter_opens_the_market_of_the_strategy() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert stage.app.selected == boards.TROUBLED
        assert stage.app.current_mode == "market"


async def test_enter_on_an_alert_acknowledges_it_and_only_one_that_waits() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        part(stage, "#alerts", TablePane).focus()
        await pilot.press("down", "enter", "end", "enter")
        await pilot.pause()
        assert stage.sink.said == [("acknowledge", "2")]
        shown = lines(part(stage, "#alerts", TablePane))
        assert "‼ error" in shown[2]
        assert "! warning" in shown[3]
        assert "✓ warning" in shown[4]


async def test_the_selected_strategy_is_told_in_full() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await pilot.press("down")
        await pilot.pause()
        shown = text(stage, "#facts")
        for line in ("▸ no fresh book", "✗ buy level 0: position", "outcome unknown: mmA7-0031", "foreign orders 1"):
            assert line in shown
        await pilot.press("up")
        await pilot.pause()
        shown = text(stage, "#facts")
        for line in ("bid 150.23", "ask 150.24", "wants B 3 @ 150.17 (4.3 bps)", "position +3.60 SOL", "entry 150.822"):
            assert line in shown


async def test_no_strategy_at_all_is_a_sentence() -> None:
    stage = Stage(boards.empty_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter", "o", "s")
        await pilot.pause()
        shown = screen_text(stage)
        assert "no strategy is configured" in shown
        assert "no equity history yet" in shown
        assert "no alerts" in shown
        assert stage.sink.said == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_fifty_strategies_scroll_and_none_is_lost(size: tuple[int, int]) -> None:
    stage = Stage(list_boards.many())
    async with stage.app.run_test(size=size) as pilot:
        await pilot.pause()
        table = part(stage, "#strategies", TablePane)
        assert len(table.rows) == 50
        await pilot.press("end")
        await pilot.pause()
        assert stage.app.selected == "maker-49"
        assert any("▸ maker-49" in line for line in lines(table))
        assert "/50" in lines(table)[0]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_no_line_is_wider_than_its_pane_whatever_the_figures(size: tuple[int, int]) -> None:
    stage = Stage(list_boards.extreme())
    async with stage.app.run_test(size=size) as pilot:
        await pilot.pause()
        for table in stage.app.screen.query(TablePane):
            for line in lines(table):
                assert cells(line) <= table.size.width
        shown = lines(part(stage, "#strategies", TablePane))[2]
        assert "-123,456,789.12" in shown
        assert "-9,876,543,210.98" in shown


async def test_a_new_picture_is_drawn_and_the_same_is_not() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        table = part(stage, "#strategies", TablePane)
        before = table.painted
        stage.app.screen.refresh_board()  # type: ignore[attr-defined]
        await pilot.pause()
        assert table.painted == before
        rows = (boards.maker(position=Decimal("4.10")), boards.troubled(), boards.idle())
        stage.source.publish(boards.board(2, strategies=rows))
        stage.app.screen.refresh_board()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "+4.10" in lines(table)[2]
        assert table.painted == before + 1


def test_every_phase_has_a_mark_of_its_own() -> None:
    marks = [mark for mark, _word, _style in STATES.values()]
    assert len(set(marks)) == len(marks)


def test_health_says_what_is_wrong_first_and_in_words() -> None:
    fine = boards.board(strategies=(boards.maker(),))
    assert health_parts(fine, str)[0].variants == ("✓ all well",)
    wrong = boards.board(
        accounts=(boards.venue_account(),),
        health=HealthRow(loop_lag_p99_ms=80.0, step_p99_us=1.0, inbox_depth=5_000, batches=1),
    )
    parts = health_parts(wrong, str)
    assert parts[0].variants == ("✗",)
    told = [part.variants[0] for part in parts]
    assert told[1:6] == [
        "backpack-主 private down",
        "1 orders UNKNOWN",
        "1 foreign orders",
        "engine late: lag 80 ms",
        "engine behind: 5,000 events wait",
    ]
    assert "backpack-主: dead man's switch 42 s" in told


async def test_health_keeps_what_is_wrong_on_a_narrow_line() -> None:
    stage = Stage(boards.live_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        line = lines(stage.app.screen.query_one(HealthLine))[0]
        assert "backpack-主 private down" in line
        assert "1 orders UNKNOWN" in line
        assert cells(line) <= 80


async def test_the_equity_curve_has_its_ends_its_zero_and_its_last_figure() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        shown = lines(stage.app.screen.query_one(EquityChart))
        assert "+11.84" in shown[0]
        assert any("◂+11.88" in line for line in shown)
        assert any("╌" in line and line.endswith("0.00") for line in shown)
        assert shown[-1].startswith("10:35:56")
        assert "12:34:56" in shown[-1]


@pytest.mark.parametrize(
    "nets",
    [[Decimal(0)] * 5, [Decimal(-3)] * 2, [Decimal("1E+12"), Decimal("-1E+12")], [Decimal(k) for k in range(10_000)]],
)
async def test_the_curve_bears_flat_negative_huge_and_long_histories(nets: list[Decimal]) -> None:
    points = tuple(EquityPoint(boards.NOW_NS + k * NS_PER_S, net) for k, net in enumerate(nets))
    stage = Stage(boards.board(equity=points))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        chart = stage.app.screen.query_one(EquityChart)
        assert all(cells(line) <= chart.size.width for line in lines(chart))
        assert any("◂" in line or line.endswith("0.00") for line in lines(chart))


async def test_the_dashboard_speaks_chinese_and_its_columns_stay_in_line() -> None:
    stage = Stage(list_boards.extreme(), language="zh")
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        shown = lines(part(stage, "#strategies", TablePane))
        assert "策略" in shown[1]
        assert "报价中" in shown[2] or "quoting" not in shown[2]


async def test_a_change_of_language_keeps_the_selection() -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down")
        stage.app.set_language("zh")
        await pilot.pause()
        await pilot.pause()
        assert part(stage, "#strategies", TablePane).cursor_key == boards.TROUBLED


async def test_a_stopping_strategy_says_why_and_a_preparing_one_what_it_waits_for() -> None:
    stopping = replace(boards.maker(), phase="stopping", stop_reason="operator")
    waiting = replace(boards.maker(name="second"), phase="preparing", waiting_for=("order book", "balances"))
    stage = Stage(boards.board(strategies=(stopping, waiting)))
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        shown = lines(part(stage, "#strategies", TablePane))
        assert "◍ stopping" in shown[2]
        assert "operator" in shown[2]
        assert "waiting for order book, balances" in shown[3]
