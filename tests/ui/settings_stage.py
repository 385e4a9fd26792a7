"""The settings screen in tests: open it, write into its forms, read what it says."""

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from mmtui.screens.settings import SettingsScreen
from mmtui.screens.widgets.form_fields import ChoiceField, FieldInput
from mmtui.screens.widgets.risk_section import RiskSection
from mmtui.screens.widgets.settings_form import FieldRow, SettingsForm
from mmtui.views.board import Board
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part

RISK = {
    "max_order_notional": "1000",
    "max_position_notional": "5000",
    "max_open_orders": "40",
    "max_daily_loss": "200",
    "max_drawdown": "300",
    "price_band_pct": "2",
    "stale_after_ms": "2000",
}
PLACES = {"settings": "/srv/mm/settings/panel_settings.json", "database": "/srv/mm/data/mmtui.sqlite"}
SIZE = (120, 40)


def whole(version: int = 1, stage: str = "sim", **changes: str) -> Board:
    """Two accounts, limits and places told by the engine."""
    return boards.board(
        version,
        stage=stage,
        alerts=(),
        accounts=(boards.account(), boards.venue_account()),
        risk={**RISK, **changes},
        places=PLACES,
    )


def screen(stage: Stage) -> SettingsScreen:
    shown = stage.app.screen
    assert isinstance(shown, SettingsScreen)
    return shown


async def settled(pilot: Pilot[Any]) -> None:
    for _ in range(4):
        await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
    await settled(pilot)


def field(stage: Stage, name: str, form: str = "risk_form") -> FieldRow:
    return next(row for row in part(stage, f"#{form}", SettingsForm).rows if row.face.name == name)


def fault(stage: Stage, name: str) -> str:
    row = field(stage, name)
    return str(row.fault_line.render()) if row.fault_line is not None and row.fault_line.display else ""


def line(stage: Stage, selector: str) -> str:
    widget = part(stage, selector, Static)
    return str(widget.render()) if widget.display else ""


async def write(stage: Stage, pilot: Pilot[Any], name: str, value: str) -> None:
    row = field(stage, name)
    row.field.focus()
    await pilot.pause()
    assert isinstance(row.field, FieldInput)
    row.field.value = value
    await settled(pilot)
    part(stage, "#risk", RiskSection).check_now()
    await settled(pilot)


async def choose(stage: Stage, pilot: Pilot[Any], name: str, key: str = "right") -> ChoiceField:
    widget = field(stage, name, "terminal_form").field
    assert isinstance(widget, ChoiceField)
    widget.focus()
    await press(pilot, key)
    return widget
