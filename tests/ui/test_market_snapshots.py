"""The market screen as it looks: three sizes, two languages, themes, and books that are not well."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mmtui.model.units import NS_PER_S, Side
from mmtui.views.board import Board, OrderRow
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage

Compare = Callable[..., bool]
"""The fixture of pytest-textual-snapshot."""

SIZES = [(80, 24), (120, 40), (200, 60)]


def pressed(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Open the screen, press keys one after the other, each to its end."""

    async def press(pilot: Pilot[Any]) -> None:
        for key in ("2", *keys):
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return press


def staged(board: Board | None = None, *, language: str = "en", theme: str = "mmtui-dark") -> Stage:
    return Stage(
        board or boards.board(alerts=()), language=language, preferences=Preferences(tour_seen=True, theme=theme)
    )


def many_orders() -> tuple[OrderRow, ...]:
    states = ("open", "sent", "amend_sent", "cancel_sent", "unknown")
    return tuple(
        boards.order(100 * k + (side is Side.BUY), side, k, state=states[k % 5]) for side in Side for k in range(11)
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_market(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(staged(language=language).app, terminal_size=size, run_before=pressed())


@pytest.mark.parametrize("theme", ["mmtui-light", "ansi-dark"])
@pytest.mark.parametrize("size", SIZES[:2])
def test_market_in_themes(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(staged(theme=theme).app, terminal_size=size, run_before=pressed())


@pytest.mark.parametrize("size", SIZES[:2])
def test_stale_book(snap_compare: Compare, size: tuple[int, int]) -> None:
    board = boards.board(alerts=(), markets=(boards.market(book_age_ns=9 * NS_PER_S),))
    assert snap_compare(staged(board).app, terminal_size=size, run_before=pressed())


def test_crossed_book(snap_compare: Compare) -> None:
    crossed = boards.market(bids=((150.26, 3.0), *boards.levels(boards.SOL, Side.BUY)))
    stage = staged(boards.board(alerts=(), markets=(crossed,)))
    assert snap_compare(stage.app, terminal_size=(100, 30), run_before=pressed())


@pytest.mark.parametrize("size", SIZES[:2])
def test_nothing_known(snap_compare: Compare, size: tuple[int, int]) -> None:
    market = boards.market(
        bids=(), asks=(), trades=(), history=(), stream="down", book_age_ns=None, mark=None, index=None,
        funding_rate=None, next_funding_ns=None,
    )  # fmt: skip
    board = boards.board(alerts=(), markets=(market,), strategies=(boards.idle(instrument=boards.SOL),))
    assert snap_compare(staged(board, language="zh").app, terminal_size=size, run_before=pressed())


def test_no_instrument(snap_compare: Compare) -> None:
    assert snap_compare(staged(boards.empty_board(version=1)).app, terminal_size=(80, 24), run_before=pressed())


@pytest.mark.parametrize("size", SIZES)
def test_no_own_orders(snap_compare: Compare, size: tuple[int, int]) -> None:
    strategy = boards.maker(orders=(), phase="paused", reason="paused: operator")
    stage = staged(boards.board(alerts=(), strategies=(strategy,)))
    assert snap_compare(stage.app, terminal_size=size, run_before=pressed())


@pytest.mark.parametrize("size", SIZES)
def test_many_own_orders(snap_compare: Compare, size: tuple[int, int]) -> None:
    stage = staged(boards.board(alerts=(), strategies=(boards.maker(orders=many_orders()),)))
    assert snap_compare(stage.app, terminal_size=size, run_before=pressed("plus", "plus"))


@pytest.mark.parametrize("size", SIZES[:2])
def test_coarse_rows(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(staged().app, terminal_size=size, run_before=pressed(*["plus"] * 6))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_troubled_strategy(snap_compare: Compare, language: str) -> None:
    stage = staged(boards.board(), language=language)
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=pressed("right_square_bracket"))
