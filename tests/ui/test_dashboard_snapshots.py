"""How the dashboard looks."""

from collections.abc import Callable

import pytest

from tests.ui import boards, list_boards
from tests.ui.list_pictures import SIZES, showing, stage_of

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_dashboard(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of().app, terminal_size=size, run_before=showing("dashboard"))


def test_dashboard_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(language="zh")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("dashboard"))


def test_dashboard_in_chinese_on_a_small_terminal(snap_compare: Compare) -> None:
    stage = stage_of(language="zh")
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("dashboard"))


def test_dashboard_by_day(snap_compare: Compare) -> None:
    stage = stage_of(theme="mmtui-light")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("dashboard"))


def test_dashboard_of_fifty(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.many())
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("dashboard", "pagedown", "down"))


def test_dashboard_without_strategies(snap_compare: Compare) -> None:
    stage = stage_of(boards.empty_board())
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("dashboard"))


def test_dashboard_with_real_money_and_trouble(snap_compare: Compare) -> None:
    stage = stage_of(boards.live_board())
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("dashboard", "down"))


def test_dashboard_of_huge_figures(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.extreme(), language="zh")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("dashboard"))
