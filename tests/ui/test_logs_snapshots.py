"""The logs screen as it looks: three sizes, two languages, searched, held, wrapped, filtered."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage

Compare = Callable[..., bool]
"""The fixture of pytest-textual-snapshot."""

SIZES = [(80, 24), (120, 40), (200, 60)]


def pressed(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Open the screen, press keys one after the other, each to its end."""

    async def press(pilot: Pilot[Any]) -> None:
        for key in ("8", *keys):
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return press


def staged(language: str = "en", theme: str = "mmtui-dark") -> Stage:
    return Stage(boards.board(alerts=()), language=language, preferences=Preferences(tour_seen=True, theme=theme))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_logs(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(staged(language).app, terminal_size=size, run_before=pressed())


@pytest.mark.parametrize("theme", ["mmtui-dark", "mmtui-light"])
def test_found_and_held(snap_compare: Compare, theme: str) -> None:
    stage = staged(theme=theme)
    assert snap_compare(stage.app, terminal_size=(120, 30), run_before=pressed("slash", *"stream", "enter", "N"))


def test_selection(snap_compare: Compare) -> None:
    keys = pressed("up", "up", "shift+up", "shift+up")
    assert snap_compare(staged("zh").app, terminal_size=(80, 24), run_before=keys)


def test_only_errors_found(snap_compare: Compare) -> None:
    keys = pressed("i", "d", "slash", *"stream", "enter", "m")
    assert snap_compare(staged().app, terminal_size=(80, 24), run_before=keys)


def test_wrapped_wide_characters(snap_compare: Compare) -> None:
    stage = staged()
    long = "行情推送中断 正在重新连接 " * 5
    stage.source.log = tuple(boards.log(number, text=f"{number} {long}") for number in range(1, 30))
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=pressed("W"))


@pytest.mark.parametrize("key", ["slash", "T"])
def test_field(snap_compare: Compare, key: str) -> None:
    assert snap_compare(staged().app, terminal_size=(80, 24), run_before=pressed(key))
