"""The strategies screen in tests: open it, write into its form, read what it says."""

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from mmtui.screens.strategies import StrategiesScreen
from mmtui.screens.widgets.form_fields import FieldInput
from mmtui.screens.widgets.settings_form import FieldRow, SettingsForm
from mmtui.views.board import Board, StrategyRow
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part

IDLE = "eth-idle"
SIZE = (120, 40)


def screen(stage: Stage) -> StrategiesScreen:
    shown = stage.app.screen
    assert isinstance(shown, StrategiesScreen)
    return shown


async def opened(stage: Stage, pilot: Pilot[Any], *keys: str) -> StrategiesScreen:
    """The screen with its first preview, and what some keys did."""
    await pilot.press("5")
    await settled(pilot)
    shown = screen(stage)
    shown.editor.check_now()
    await press(pilot, *keys)
    return shown


async def settled(pilot: Pilot[Any]) -> None:
    for _ in range(4):
        await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
    await settled(pilot)


def field(stage: Stage, name: str, form: str = "form") -> FieldRow:
    rows = part(stage, f"#{form}", SettingsForm).rows
    return next(row for row in rows if row.face.name == name)


async def write(stage: Stage, pilot: Pilot[Any], name: str, value: str, form: str = "form") -> None:
    """Write over a field at once, and let the check follow."""
    row = field(stage, name, form)
    row.field.focus()
    await pilot.pause()
    assert isinstance(row.field, FieldInput)
    row.field.value = value
    await settled(pilot)
    screen(stage).editor.check_now()
    await settled(pilot)


def fault(stage: Stage, name: str, form: str = "form") -> str:
    """What stands below a field."""
    row = field(stage, name, form)
    return str(row.fault_line.render()) if row.fault_line is not None and row.fault_line.display else ""


def line(stage: Stage, selector: str) -> str:
    """A line below the form; empty where it is not there."""
    widget = part(stage, selector, Static)
    return str(widget.render()) if widget.display else ""


def live() -> Board:
    return boards.live_board(alerts=(), accounts=(boards.account(),))


def calm(*strategies: StrategyRow) -> Board:
    return boards.board(alerts=(), strategies=strategies or boards.board().strategies)
