"""How positions, balances, limits and open orders look."""

from collections.abc import Callable

import pytest

from tests.ui import boards, list_boards
from tests.ui.list_pictures import SIZES, showing, stage_of

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_positions(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of().app, terminal_size=size, run_before=showing("positions"))


def test_positions_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(language="zh")
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("positions"))


def test_positions_by_day(snap_compare: Compare) -> None:
    stage = stage_of(theme="mmtui-light")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("positions"))


def test_positions_with_unknown_balances(snap_compare: Compare) -> None:
    stage = stage_of(boards.live_board())
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("positions"))


def test_positions_of_huge_figures(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.extreme())
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("positions"))


def test_positions_of_fifty_with_the_orders_in_front(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.many())
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("positions", "tab", "tab", "tab", "end"))
