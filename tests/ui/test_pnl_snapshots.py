"""How profit and loss look."""

from collections.abc import Callable

import pytest

from tests.ui import boards, list_boards
from tests.ui.list_pictures import SIZES, showing, stage_of

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pnl(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of().app, terminal_size=size, run_before=showing("pnl"))


def test_pnl_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(language="zh")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("pnl"))


def test_pnl_by_day(snap_compare: Compare) -> None:
    stage = stage_of(theme="mmtui-light")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("pnl"))


def test_pnl_with_a_residual_and_huge_figures(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.extreme())
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("pnl"))


def test_pnl_with_a_residual_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.extreme(), language="zh")
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("pnl"))


def test_pnl_of_nothing(snap_compare: Compare) -> None:
    stage = stage_of(boards.empty_board())
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("pnl"))
