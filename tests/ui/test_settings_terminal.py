"""The settings screen: theme, language, read-only, keys, sections."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from mmtui.screens.confirm import Confirm
from mmtui.screens.footer import Footer
from mmtui.screens.settings import SECTIONS
from mmtui.screens.widgets.accounts_section import AccountsSection
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.faults import StorageError
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part, text
from tests.ui.plain import told
from tests.ui.settings_stage import SIZE, choose, field, line, press, screen, settled, whole, write

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
