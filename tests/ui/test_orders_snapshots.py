"""How the history of fills and orders looks."""

from collections.abc import Callable

import pytest

from tests.ui import boards
from tests.ui.list_pictures import SIZES, showing, stage_of

Compare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_orders(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of().app, terminal_size=size, run_before=showing("orders"))


def test_orders_of_the_ledger(snap_compare: Compare) -> None:
    stage = stage_of()
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("orders", "v"))


def test_orders_of_the_ledger_in_chinese(snap_compare: Compare) -> None:
    stage = stage_of(language="zh")
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=showing("orders", "v"))


def test_orders_while_filtering(snap_compare: Compare) -> None:
    stage = stage_of()
    assert snap_compare(
        stage.app, terminal_size=(80, 24), run_before=showing("orders", "slash", "t", "8", "9", "9", "9")
    )


def test_orders_while_exporting_by_day(snap_compare: Compare) -> None:
    stage = stage_of(theme="mmtui-light")
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=showing("orders", "e"))


def test_orders_sorted_by_price(snap_compare: Compare) -> None:
    stage = stage_of(boards.board(alerts=()))
    assert snap_compare(
        stage.app, terminal_size=(120, 40), run_before=showing("orders", "o", "o", "o", "o", "o", "o", "O")
    )
