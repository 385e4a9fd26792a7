"""Terminals for snapshots of the lists: a screen, a language, a theme, a Board."""

from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from mmtui.views.board import Board
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.ledger_queries import LedgerQueries, ledger_stage

SIZES = [(80, 24), (120, 40), (200, 60)]

Prepare = Callable[[Pilot[int]], Awaitable[None]]


def stage_of(board: Board | None = None, *, language: str = "en", theme: str = "mmtui-dark") -> Stage:
    """A terminal with a ledger of 450 fills and three days."""
    return ledger_stage(
        LedgerQueries(),
        board=board or boards.board(),
        language=language,
        preferences=Preferences(tour_seen=True, theme=theme),
    )


def showing(screen: str, *keys: str) -> Prepare:
    """Open a screen, wait for what it reads, press keys."""

    async def prepare(pilot: Pilot[int]) -> None:
        app = pilot.app
        app.switch_mode(screen)
        for _ in range(3):
            await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.press(*keys)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()

    return prepare
