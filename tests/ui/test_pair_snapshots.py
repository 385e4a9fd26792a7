"""How two legs look side by side."""

from collections.abc import Callable

import pytest

from tests.ui import boards, list_boards
from tests.ui.list_pictures import SIZES, showing, stage_of

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_pair(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of(list_boards.two_legs()).app, terminal_size=size, run_before=showing("pair"))


def test_pair_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.two_legs(), language="zh")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("pair"))


def test_pair_without_a_two_leg_strategy(snap_compare: Compare) -> None:
    stage = stage_of(list_boards.two_legs(pair=False))
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("pair"))


def test_pair_of_different_assets(snap_compare: Compare) -> None:
    stage = stage_of(boards.board(), theme="mmtui-light")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("pair"))


def test_pair_of_nothing(snap_compare: Compare) -> None:
    stage = stage_of(boards.empty_board())
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("pair"))
