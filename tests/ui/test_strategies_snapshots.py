"""The strategies screen as it looks: three sizes, two languages, two themes, faults, refusals, a new one, questions."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mmtui.screens.strategies import StrategiesScreen
from mmtui.screens.widgets.settings_form import SettingsForm
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.form_queries import form_stage, queries_of

Compare = Callable[..., bool]
"""The fixture of pytest-textual-snapshot."""

SIZES = [(80, 24), (120, 40), (200, 60)]


def steps(*keys: str, **values: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Open the screen, press keys, write values into the form, and check."""

    async def run(pilot: Pilot[Any]) -> None:
        for key in ("5", *keys):
            await pilot.press(key)
            await pilot.pause()
        for _ in range(4):
            await pilot.pause()
        shown = next((screen for screen in pilot.app.screen_stack if isinstance(screen, StrategiesScreen)), None)
        if shown is not None:
            for row in (row for form in shown.query(SettingsForm) for row in form.rows if row.face.name in values):
                row.field.value = values[row.face.name]
            for _ in range(4):
                await pilot.pause()
            shown.editor.check_now()
        for _ in range(6):
            await pilot.pause()

    return run


def stage_of(refused: int = 0, theme: str = "mmtui-dark", **changes: object) -> Stage:
    stage = form_stage(
        **{"board": boards.board(alerts=()), "preferences": Preferences(tour_seen=True, theme=theme), **changes}
    )
    queries_of(stage).refused = refused
    return stage


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_form_and_preview(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(stage_of(language=language).app, terminal_size=size, run_before=steps())


@pytest.mark.parametrize("theme", ["mmtui-dark", "mmtui-light"])
def test_differences_and_refusals(snap_compare: Compare, theme: str) -> None:
    stage = stage_of(refused=2, theme=theme)
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=steps("e", spread_pct="0.2", quantity="3"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES[:2])
def test_faults(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    stage = stage_of(language=language)
    wrong = {"spread_pct": "0", "quantity": "x", "max_orders": "51"}
    assert snap_compare(stage.app, terminal_size=size, run_before=steps("e", **wrong))


@pytest.mark.parametrize("size", SIZES[:2])
def test_a_new_strategy(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(stage_of().app, terminal_size=size, run_before=steps("n", name="mine", symbol="SOL-USDC-PERP"))


def test_a_removed_account(snap_compare: Compare) -> None:
    board = boards.board(alerts=(), accounts=(boards.venue_account(),))
    assert snap_compare(stage_of(board=board).app, terminal_size=(120, 40), run_before=steps())


def test_a_question_before_removing(snap_compare: Compare) -> None:
    assert snap_compare(stage_of().app, terminal_size=(80, 24), run_before=steps("down", "down", "d"))


def test_ansi_colours(snap_compare: Compare) -> None:
    stage = stage_of(refused=1, theme="ansi-dark")
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=steps("e", spread_pct="0.2"))
