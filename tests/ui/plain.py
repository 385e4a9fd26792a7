"""The shell alone: the App with plain screens in place of the real ones, so that their looks do not matter here."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from mmtui.app import MmtuiApp
from mmtui.screens.actions import SCREENS, bindings
from mmtui.screens.base import BoardScreen
from mmtui.views.board import Board
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage


class PlainScreen(BoardScreen):
    """Counts how often it was asked to draw; one line of text."""

    RATE_HZ: ClassVar[float] = 10.0
    BINDINGS = bindings("orders")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.CONTEXT = name  # type: ignore[misc]
        self.drawn: list[int] = []
        self.listed: list[int] = []
        self.filtered = 0
        self.followed: list[str] = []

    def compose_body(self) -> ComposeResult:
        yield Static(self.gettext("Orders"), id="word", markup=False)

    def show(self, board: Board) -> None:
        self.drawn.append(board.version)

    def show_lists(self, board: Board) -> None:
        self.listed.append(board.version)

    def selection_changed(self, strategy: str) -> None:
        self.followed.append(strategy)

    def action_filter(self) -> None:
        self.filtered += 1


class ShellApp(MmtuiApp):
    """All screens are plain."""

    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        name: partial(PlainScreen, name) for name, _title, _meaning in SCREENS
    }


def shell(
    board: Board | None = None,
    *,
    language: str = "en",
    read_only: bool = False,
    preferences: Preferences | None = None,
) -> Stage:
    """A shell on fakes with a Board without alerts."""
    return Stage(
        board or boards.board(alerts=()),
        language=language,
        read_only=read_only,
        preferences=preferences,
        app_class=ShellApp,
    )


def plain(stage: Stage) -> PlainScreen:
    """The screen in front."""
    screen = stage.app.screen
    assert isinstance(screen, PlainScreen)
    return screen


def told(stage: Stage) -> list[str]:
    """Texts of the notifications that are shown, oldest first."""
    return [notification.message for notification in stage.app._notifications]  # noqa: SLF001 - nothing else tells
