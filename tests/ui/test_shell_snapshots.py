"""The shell as it looks: header and footer at three sizes, dialogs, command line, palette, tour, themes, languages."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.plain import shell

Compare = Callable[..., bool]
"""The fixture of pytest-textual-snapshot."""

Steps = Callable[[Pilot[Any]], Awaitable[None]]

SIZES = [(80, 24), (120, 40), (200, 60)]


def keys(*pressed: str) -> Steps:
    """Press keys one after the other, each to its end."""

    async def press(pilot: Pilot[Any]) -> None:
        for key in pressed:
            await pilot.press(key)
            await pilot.pause()

    return press


def themed(theme: str, language: str = "en") -> Stage:
    return shell(boards.live_board(), language=language, preferences=Preferences(tour_seen=True, theme=theme))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
def test_header_and_footer(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(shell(boards.board(), language=language).app, terminal_size=size)


@pytest.mark.parametrize("theme", ["mmtui-dark", "mmtui-light", "ansi-dark"])
def test_live_header_in_themes(snap_compare: Compare, theme: str) -> None:
    assert snap_compare(themed(theme).app, terminal_size=(120, 24))


def test_paper_read_only(snap_compare: Compare) -> None:
    stage = shell(boards.empty_board(version=1, stage="paper"), read_only=True)
    assert snap_compare(stage.app, terminal_size=(80, 24))


@pytest.mark.parametrize("size", [(20, 5), (59, 20), (100, 12)])
def test_too_small(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(shell().app, terminal_size=size)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES[:2])
def test_help(snap_compare: Compare, size: tuple[int, int], language: str) -> None:
    assert snap_compare(shell(language=language).app, terminal_size=size, run_before=keys("f1"))


@pytest.mark.parametrize("theme", ["mmtui-dark", "mmtui-light"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_typed_confirmation(snap_compare: Compare, theme: str, language: str) -> None:
    stage = themed(theme, language=language)
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=keys("left_square_bracket", "s", "L", "I", "V"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_question_before_leaving(snap_compare: Compare, language: str) -> None:
    assert snap_compare(shell(language=language).app, terminal_size=(80, 24), run_before=keys("q"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_leaving(snap_compare: Compare, language: str) -> None:
    assert snap_compare(shell(language=language).app, terminal_size=(80, 24), run_before=keys("q", "y"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("word", ["status", "help", "orders"])
def test_answers(snap_compare: Compare, word: str, language: str) -> None:
    stage = shell(language=language)
    assert snap_compare(stage.app, terminal_size=(100, 30), run_before=keys("colon", *word, "enter", "s", "e"))


@pytest.mark.parametrize("size", SIZES[:2])
def test_error_in_place(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(shell().app, terminal_size=size, run_before=keys("colon", *"sotp", "enter"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_palette(snap_compare: Compare, language: str) -> None:
    assert snap_compare(shell(language=language).app, terminal_size=(100, 30), run_before=keys("ctrl+p"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("card", [0, 2])
def test_tour(snap_compare: Compare, card: int, language: str) -> None:
    stage = shell(language=language, preferences=Preferences())
    assert snap_compare(stage.app, terminal_size=(80, 24), run_before=keys(*["enter"] * card))


def test_notification_of_a_refusal(snap_compare: Compare) -> None:
    assert snap_compare(shell(read_only=True).app, terminal_size=(80, 24), run_before=keys("ctrl+x"))
