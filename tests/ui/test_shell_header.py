"""What the first and the last line show: all that fits, the important parts first, no figure cut."""

from decimal import Decimal

import pytest

from mmtui.screens.folding import Part, fold
from mmtui.screens.footer import Footer
from mmtui.screens.header import AlertBar, Header, account_state
from mmtui.screens.numbers import UNKNOWN
from mmtui.views.board import HealthRow
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.plain import plain, shell


def first_line(stage: Stage) -> str:
    return plain(stage).query_one(Header).render().plain


def last_line(stage: Stage) -> str:
    return plain(stage).query_one(Footer).render().plain


def test_folding_shortens_and_drops_the_least_important_first() -> None:
    parts = [Part("a", 1, ("stage",)), Part("b", 3, ("12 of 30", "12")), Part("c", 2, ("net 1.00",))]
    assert [part.text for part in fold(parts, 40)] == ["stage", "12 of 30", "net 1.00"]
    assert [part.text for part in fold(parts, 20)] == ["stage", "12", "net 1.00"]
    assert [part.text for part in fold(parts, 15)] == ["stage", "net 1.00"]
    assert [part.text for part in fold(parts, 9)] == ["stage", "12"], "room that is left is used"
    assert [part.text for part in fold(parts, 8)] == ["stage"]
    assert [part.text for part in fold(parts, 1)] == ["stage"]


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120, 200])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_lines_fit_and_cut_nothing(width: int, language: str) -> None:
    board = boards.live_board(alerts=(), net=Decimal("-1234567.891"), day_net=Decimal("98765.432"))
    stage = shell(board, language=language, read_only=True)
    async with stage.app.run_test(size=(width, 30)) as pilot:
        await pilot.pause()
        line = plain(stage).query_one(Header).render()
        assert line.cell_length <= width
        assert " LIVE " in line.plain
        assert stage.app.gettext("READ-ONLY") in line.plain
        assert "+98,765.43" in line.plain
        assert "-1,234,567" not in line.plain or "-1,234,567.89" in line.plain
        assert "^X" in last_line(stage)
        assert plain(stage).query_one(Footer).render().cell_length <= width


async def test_unknown_money_is_a_dash_and_the_stage_stands_in_words() -> None:
    stage = shell(boards.empty_board(version=1, stage="paper"))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert " PAPER " in first_line(stage)
        assert f"net {UNKNOWN}" in first_line(stage)
        assert f"today {UNKNOWN}" in first_line(stage)
        assert "0 quoting" in first_line(stage)


async def test_a_venue_that_is_down_is_named_even_at_80_columns() -> None:
    stage = shell(boards.live_board(alerts=()))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "✗ backpack-主 private down" in first_line(stage)


async def test_lag_counts_more_when_it_is_late() -> None:
    stage = shell(boards.board(alerts=(), health=HealthRow(87.4, 900.0, 4, 10)))
    async with stage.app.run_test(size=(60, 24)) as pilot:
        await pilot.pause()
        assert "lag 87 ms" in first_line(stage)


async def test_the_clock_moves_without_a_new_board() -> None:
    stage = shell()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert first_line(stage).endswith("12:34:56 UTC")
        stage.now_ns += 65_000_000_000
        plain(stage).look()
        assert first_line(stage).endswith("12:36:01 UTC")


def test_health_of_an_account_is_its_worst_stream() -> None:
    board = boards.board()
    assert account_state(boards.account(), board) == ("up", "")
    assert account_state(boards.account(streams={"private": "starting"}), board) == ("starting", "private")
    assert account_state(boards.account(streams={"private": "lost"}), board) == ("down", "private")
    down = boards.board(markets=(boards.market(stream="down"),))
    assert account_state(boards.account(), down) == ("down", "SOL-USDC-PERP")
    assert account_state(boards.account(streams={}), boards.board(markets=())) == ("starting", "")


async def test_alerts_stay_until_acknowledged() -> None:
    stage = shell(boards.board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        bar = plain(stage).query_one(AlertBar)
        assert bar.display
        assert bar.alert is not None
        assert bar.alert.number == 3
        assert "[a] Acknowledge" in bar.render().plain
        await pilot.click(AlertBar, offset=(75, 0))
        await pilot.pause()
        assert stage.sink.said == [("acknowledge", "3")]
        stage.source.publish(boards.board(2, alerts=()))
        plain(stage).look()
        assert not bar.display


async def test_a_key_of_the_footer_and_a_screen_of_the_second_line_can_be_clicked() -> None:
    stage = shell()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.click(Footer, offset=(4, 0))
        await pilot.pause()
        assert stage.sink.said == [("stop_all", "operator")]
        await pilot.click("NavBar", offset=(17, 0))
        await pilot.pause()
        assert plain(stage).CONTEXT == "market"
