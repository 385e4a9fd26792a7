"""The settings screen: secrets told and never shown, limits with bounds, choices kept, keys with their clashes."""

from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from mmtui.config import RiskConfig
from mmtui.screens.confirm import Confirm
from mmtui.screens.footer import Footer
from mmtui.screens.risk_form import limits_in_force, risk_faces, risk_faults
from mmtui.screens.settings import SECTIONS, SettingsScreen
from mmtui.screens.widgets.accounts_section import AccountsSection
from mmtui.screens.widgets.form_fields import ChoiceField, FieldInput
from mmtui.screens.widgets.form_words import WORDS
from mmtui.screens.widgets.risk_section import RiskSection
from mmtui.screens.widgets.settings_form import FieldRow, SettingsForm
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import Board
from mmtui.views.faults import SettingsError, StorageError
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part, text
from tests.ui.plain import told

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


# ------------------------------------------------------------------------------------------------------------- accounts


async def test_accounts_tell_which_secrets_are_set_and_nothing_else_of_them() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        assert "✗ 2/3" in text(stage, "#account_rows")
        assert "none needed" in text(stage, "#account_rows")
        await press(pilot, "down")
        facts = text(stage, "#account_facts")
        for told_of in ("api_key ✓ set", "passphrase ✗ missing", "private ✗ down", "public ✓ up", "switch 42 s"):
            assert told_of in facts
        assert "Values are never shown" in facts


async def test_no_account_at_all_is_a_sentence() -> None:
    stage = Stage(boards.empty_board(version=1))
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9", "down", "enter")
        assert "no account is configured" in text(stage, "#account_rows")
        assert "the engine does not tell where it keeps things" in text(stage, "#places")
        assert all(row.field.value == "" for row in part(stage, "#risk_form", SettingsForm).rows)


async def test_places_are_told() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        assert "settings /srv/mm/settings/panel_settings.json" in text(stage, "#places")


# ---------------------------------------------------------------------------------------------------------- risk limits


def test_the_form_of_limits_is_the_configuration_s_own() -> None:
    faces = risk_faces()
    assert [face.name for face in faces] == list(RiskConfig.__struct_fields__)
    words = [word for face in faces for word in (face.title, face.help, face.unit)]
    assert [word for word in words if word not in WORDS and word not in ("%", "ms")] == []


def test_limits_come_from_the_board_or_from_what_all_accounts_agree_on() -> None:
    assert limits_in_force(whole()) == RISK
    agreed = limits_in_force(boards.board(accounts=(boards.account(), boards.venue_account())))
    assert agreed == {
        "max_order_notional": "1000",
        "max_open_orders": "40",
        "max_daily_loss": "200",
        "max_drawdown": "300",
    }


def test_faults_of_limits_are_those_of_the_configuration() -> None:
    assert risk_faults({"price_band_pct": "0", "max_open_orders": "2.5", "max_drawdown": "5"}) == {
        "price_band_pct": "must be greater than 0 %",
        "max_open_orders": "must be a whole number, like 3",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_order_notional", "0", "must be greater than 0 quote"),
        ("max_order_notional", "", "empty: a limit is never none"),
        ("max_open_orders", "20000", "must be at most 10000 orders"),
        ("price_band_pct", "101", "must be at most 100 %"),
        ("stale_after_ms", "x", "must be a whole number, like 3"),
    ],
)
async def test_every_fault_of_a_limit_is_shown_below_it(name: str, value: str, said: str) -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await write(stage, pilot, name, value)
        assert fault(stage, name) == f"✗ {said}"
        await press(pilot, "ctrl+s")
        assert stage.sink.said == []
        assert field(stage, name).field.value == value
        assert field(stage, name).field.has_focus


async def test_narrower_limits_are_in_force_at_once_and_wider_ones_ask_where_money_is_real() -> None:
    stage = Stage(whole(stage="live"))
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await write(stage, pilot, "max_order_notional", "500")
        await press(pilot, "enter")
        assert stage.sink.said == [("change_risk", "max_order_notional=500")]
        assert "✓ in force: max_order_notional 1000 → 500" in line(stage, "#risk_told")
        await write(stage, pilot, "max_daily_loss", "400")
        await press(pilot, "ctrl+s")
        question = stage.app.screen
        assert isinstance(question, Confirm)
        assert question.question.facts == ("max_daily_loss 200 → 400 ▲",)
        await press(pilot, *"LIVE", "enter")
        assert stage.sink.said[1:] == [("change_risk", "max_daily_loss=400")]


async def test_a_refused_limit_keeps_what_was_written() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await write(stage, pilot, "max_drawdown", "250")
        stage.sink.faults = [SettingsError("the settings cannot be written: disk full")]
        await press(pilot, "ctrl+s")
        assert "✗ the settings cannot be written: disk full" in line(stage, "#risk_told")
        assert field(stage, "max_drawdown").field.value == "250"
        await press(pilot, "ctrl+r")
        assert field(stage, "max_drawdown").field.value == "300"


async def test_a_limit_that_nobody_tells_is_empty_and_a_new_one_counts_as_wider() -> None:
    stage = Stage(replace(whole(stage="live"), risk={}))
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        assert field(stage, "stale_after_ms").field.value == ""
        await write(stage, pilot, "stale_after_ms", "1000")
        await press(pilot, "ctrl+s")
        assert isinstance(stage.app.screen, Confirm)


async def test_too_much_pasted_into_a_limit_is_told() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9", "right_square_bracket")
        stage.app.post_message(events.Paste("7" * 1_000_000))
        await settled(pilot)
        assert field(stage, "max_order_notional").field.value == "1000"
        assert "1,000,000 characters were pasted" in fault(stage, "max_order_notional")


async def test_nothing_to_apply_is_said() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9", "ctrl+s")
        assert line(stage, "#risk_told") == "nothing is changed"


# ------------------------------------------------------------------------------------------------------------- terminal


async def test_a_theme_is_worn_and_kept_at_once() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        widget = await choose(stage, pilot, "theme")
        assert stage.app.theme == widget.value == stage.store.saved[-1].theme
        assert widget.value != "mmtui-dark"


async def test_a_language_is_spoken_and_kept_and_the_field_is_kept_too() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await choose(stage, pilot, "language")
        await settled(pilot)
        assert stage.app.language == stage.store.saved[-1].language == "zh"
        assert field(stage, "language", "terminal_form").field.has_focus
        await press(pilot, "right")
        assert stage.app.language == "en"


async def test_another_language_keeps_the_limits_that_were_written() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await write(stage, pilot, "max_drawdown", "250")
        stage.app.set_language("zh")
        await settled(pilot)
        assert field(stage, "max_drawdown").field.value == "250"


async def test_read_only_is_at_once_and_acting_again_is_asked() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        widget = await choose(stage, pilot, "read_only")
        assert stage.app.read_only
        assert stage.store.saved[-1].read_only
        await press(pilot, "escape", "s")
        assert stage.sink.said == []
        widget.focus()
        await press(pilot, "right")
        assert isinstance(stage.app.screen, Confirm)
        await press(pilot, "escape")
        assert widget.value == "true"
        await press(pilot, "right", "y")
        assert [kept.read_only for kept in stage.store.saved] == [True, False]
        await press(pilot, "escape", "p")
        assert stage.sink.said == [("pause", boards.MAKER)]


async def test_what_was_opened_read_only_stays_so() -> None:
    stage = Stage(whole(), read_only=True)
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        widget = await choose(stage, pilot, "read_only")
        await press(pilot, "y")
        assert stage.app.read_only
        assert widget.value == "true"
        assert "start it without --read-only" in line(stage, "#terminal_told")


async def test_choices_that_cannot_be_saved_say_so() -> None:
    stage = Stage(whole())

    class FullStore:
        faults = ()

        def load(self) -> Preferences:
            return stage.store.preferences

        def save(self, preferences: Preferences) -> None:
            raise StorageError("panel_settings.json: disk full; free some room")

    stage.app.store = FullStore()
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "9")
        await choose(stage, pilot, "read_only")
        assert stage.app.read_only
        assert "panel_settings.json: disk full; free some room" in told(stage)


# ----------------------------------------------------------------------------------------------------------------- keys


async def at_key(stage: Stage, pilot: Pilot[Any], name: str, *keys: str) -> None:
    """Put the cursor of the keys on an action, and press some."""
    await press(pilot, "9")
    table = part(stage, "#key_rows", TablePane)
    table.focus()
    assert table.put_cursor(name)
    await press(pilot, *keys)


async def answer(stage: Stage, pilot: Pilot[Any], keys: str) -> None:
    part(stage, "#new_key Input", Input).value = keys
    await press(pilot, "enter")


async def test_a_key_is_changed_kept_and_in_force_at_once() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await press(pilot, "1")
        await at_key(stage, pilot, "stop", "enter")
        assert part(stage, "#new_key Input", Input).value == "x"
        await answer(stage, pilot, "f9, U")
        assert stage.store.saved[-1].keymap == {"stop": "f9, U"}
        assert "● F9 U" in text(stage, "#key_rows")
        assert "F9 Stop" in str(part(stage, "Footer", Footer).render())
        assert part(stage, "#key_rows", TablePane).has_focus
        await press(pilot, "U")
        assert stage.sink.said == [("stop", boards.MAKER, "operator")]
        await press(pilot, "1", "f9")
        assert "F9 Stop" in part(stage, "Footer", Footer).render_line(0).text
        assert len(stage.sink.said) == 2


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("p", "keymap.stop: p already means 'pause'; give that another key too"),
        ("ctrl+bogus", "keymap.stop: 'ctrl+bogus' is no key"),
        (",", "keymap.stop: no key given"),
    ],
)
async def test_a_key_that_cannot_be_is_told_and_the_field_stays_open(keys: str, said: str) -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=SIZE) as pilot:
        await at_key(stage, pilot, "stop", "enter")
        await answer(stage, pilot, keys)
        assert line(stage, "#keys_told").startswith(said)
        assert part(stage, "#new_key Input", Input).value == keys
        assert stage.store.saved == []
        await press(pilot, "escape")
        assert part(stage, "#key_rows", TablePane).has_focus


async def test_an_action_gets_its_own_key_back() -> None:
    stage = Stage(whole(), preferences=Preferences(tour_seen=True, keymap={"stop": "U", "pause": "V"}))
    async with stage.app.run_test(size=SIZE) as pilot:
        await at_key(stage, pilot, "pause", "backspace")
        assert stage.store.saved[-1].keymap == {"stop": "U"}
        await at_key(stage, pilot, "stop", "enter")
        await answer(stage, pilot, "")
        assert stage.store.saved[-1].keymap == {}
        assert stage.app.keys.shown("stop") == "x"


# ------------------------------------------------------------------------------------------------------------- sections


async def test_small_terminals_show_one_section_at_a_time() -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "9")
        for number in range(len(SECTIONS) + 1):
            name = SECTIONS[number % len(SECTIONS)][0]
            shown = [known for known, _title in SECTIONS if screen(stage).query_one(f"#{known}").display]
            assert shown == [name]
            await press(pilot, "escape", "f6")
        await press(pilot, "escape", "shift+f6", "left_square_bracket")
        assert screen(stage).section == SECTIONS[-1][0]
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert all(screen(stage).query_one(f"#{known}").display for known, _title in SECTIONS)


@pytest.mark.parametrize("size", [(20, 5), (60, 16), (80, 24), (120, 40), (200, 60)])
async def test_no_size_breaks_the_sections(size: tuple[int, int]) -> None:
    stage = Stage(whole())
    async with stage.app.run_test(size=size) as pilot:
        await press(pilot, "9")
        for other in ((200, 60), (60, 16), (20, 5), (99, 33), (100, 34), size):
            await pilot.resize_terminal(*other)
        await press(pilot, "f6", "f6", "f6", "f6")
        assert part(stage, "#accounts", AccountsSection).is_mounted
        assert stage.app.crash is None
