"""The settings screen as it looks: three sizes, two languages, two themes, each section on a small terminal."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mmtui.views.board import Board
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage

Compare = Callable[..., bool]
"""The fixture of pytest-textual-snapshot."""

SIZES = [(80, 24), (120, 40), (200, 60)]
RISK = {"max_order_notional": "1000", "max_position_notional": "5000", "max_open_orders": "40",
        "max_daily_loss": "200", "max_drawdown": "300", "price_band_pct": "2", "stale_after_ms": "2000"}  # fmt: skip


def whole() -> Board:
    accounts = (boards.account(), boards.venue_account())
    places = {
        "settings": "/srv/mm/settings/panel_settings.json",
        "database": "/srv/mm/data/mmtui.sqlite",
        "journal": "/srv/mm/data/journal",
        "logs": "/srv/mm/logs",
    }
    return boards.board(alerts=(), accounts=accounts, risk=RISK, places=places)


def keys(*pressed: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def press(pilot: Pilot[Any]) -> None:
        for key in ("9", *pressed):
            await pilot.press(key)
            await pilot.pause()
        for _ in range(6):
            await pilot.pause()

    return press


def stage_of(theme: str = "mmtui-dark", language: str = "en") -> Stage:
    overrides = {"stop": "f9"}
    return Stage(whole(), language=language, preferences=Preferences(tour_seen=True, theme=theme, keymap=overrides))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_accounts_first(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(stage_of(language=language).app, terminal_size=size, run_before=keys("down"))


def test_light(snap_compare: Compare) -> None:
    assert snap_compare(stage_of("mmtui-light").app, terminal_size=(120, 40), run_before=keys("f6", "9", "9"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("section", [1, 2, 3, 4])
def test_each_section_of_a_small_terminal(snap_compare: Compare, section: int, language: str) -> None:
    stage = stage_of(language=language)
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=keys(*["f6"] * section))


def test_a_clash_of_keys(snap_compare: Compare) -> None:
    typed = ("f6", "f6", "f6", "down", "down", "enter", "backspace", "p", "enter")
    assert snap_compare(stage_of().app, terminal_size=(80, 24), run_before=keys(*typed))
