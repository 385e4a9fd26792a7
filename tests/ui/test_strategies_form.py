"""The form of the strategies screen: values, faults, pastes, help, presets."""

import pytest
from msgspec.structs import replace
from textual import events
from textual.widgets import Static

from mmtui.screens.widgets.form_fields import LONGEST, ChoiceField
from mmtui.screens.widgets.settings_form import SettingsForm
from tests.ui import boards
from tests.ui.form_queries import form_stage, queries_of
from tests.ui.looking import part, text
from tests.ui.strategies_stage import SIZE, calm, fault, field, line, opened, press, settled, write

# ------------------------------------------------------------------------------------------------------------- the form


async def test_the_form_shows_every_setting_of_the_kind_with_the_values_in_force() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        shown = {row.face.name: row.field.value for row in part(stage, "#form", SettingsForm).rows}
        wanted = {face.name: face.default for face in queries_of(stage).kinds()[0].fields} | boards.SETTINGS
        assert shown == wanted


async def test_the_form_follows_the_selection_and_what_was_written_stays() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        await press(pilot, "escape", "down")
        assert field(stage, "quantity").field.value == "0.004"
        assert field(stage, "spread_pct").field.value == "0.08"
        await press(pilot, "up")
        assert field(stage, "spread_pct").field.value == "0.2"
        assert "● 1" in text(stage, "#list")
        assert "spread_pct 0.08 → 0.2" in line(stage, "#diff")


async def test_a_change_made_elsewhere_shows_and_what_is_written_stays() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        moved = boards.maker(settings={**boards.SETTINGS, "quantity": "1.5"})
        stage.source.publish(replace(calm(moved), version=2))
        shown.look(lists=True)
        await settled(pilot)
        assert field(stage, "quantity").field.value == "1.5"
        assert field(stage, "spread_pct").field.value == "0.2"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("spread_pct", "0", "must be greater than 0 %"),
        ("spread_pct", "200", "must be at most 100 %"),
        ("spread_pct", "x", "must be a decimal number, like 0.1"),
        ("spread_pct", "", "empty: write a value; the default is 0.1"),
        ("spread_pct", "1e-3", "scientific notation is not read; write 0.001"),
        ("spread_pct", "nan", "is not finite; write a finite number"),
        ("spread_pct", "9" * 50, "has more than 40 digits"),
        ("max_orders", "2.5", "must be a whole number, like 3"),
        ("max_orders", "51", "must be at most 50 orders"),
        ("max_orders", "0", "must be at least 1 orders"),
        ("inventory_skew", "-1", "must be at least 0 half-spreads"),
        ("quantity", "abc", "must be a decimal number, like 0.1"),
        ("stop_loss", "0", "must be greater than 0 quote"),
    ],
)
async def test_every_fault_of_a_field_is_shown_below_it(name: str, value: str, said: str) -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, name, value)
        assert fault(stage, name) == f"✗ {said}"
        assert field(stage, name).field.value == value
        await press(pilot, "ctrl+s")
        assert stage.sink.said == []
        assert "not applied" in line(stage, "#told")
        assert field(stage, name).field.value == value
        assert "no preview while a value is wrong" in text(stage, "#preview_facts")


async def test_a_fault_between_two_fields_is_shown_below_the_form() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "quantity", "50")
        assert "quantity 50 is above max_position 20" in line(stage, "#told")
        await write(stage, pilot, "max_position", "60")
        assert line(stage, "#told") == ""


@pytest.mark.parametrize(("language", "said"), [("en", "must be at most 50 orders"), ("zh", "不能大于 50 单")])
async def test_faults_speak_the_language(language: str, said: str) -> None:
    stage = form_stage(board=calm(), language=language)
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "max_orders", "51")
        assert fault(stage, "max_orders") == f"✗ {said}"


async def test_typing_waits_for_no_check_and_no_preview() -> None:
    """Twenty keys, and neither the check nor the preview was asked once meanwhile."""
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot, "e")
        queries = queries_of(stage)
        queries.gate.clear()
        checks, previews = queries.checks, len(queries.previews)
        box = field(stage, "spread_pct").field
        for key in "0123456789" * 2:
            box.post_message(events.Key(key, key))
        await pilot.pause()
        assert queries.checks - checks <= 1
        assert len(queries.previews) == previews
        assert field(stage, "spread_pct").field.value == "0123456789" * 2
        shown.editor.check_now()
        await pilot.press("backspace")
        assert field(stage, "spread_pct").field.value == ("0123456789" * 2)[:-1]
        queries.gate.set()
        await settled(pilot)


@pytest.mark.parametrize("pasted", ["1" * 1_000_000, "0.1\n0.2\n" * 50_000, "0.1\n0.2"])
async def test_too_much_pasted_is_told_and_nothing_is_taken(pasted: str) -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "e")
        stage.app.post_message(events.Paste(pasted))
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.08"
        assert f"{len(pasted):,} characters were pasted" in fault(stage, "spread_pct")
        await press(pilot, "9")
        assert "pasted" not in fault(stage, "spread_pct")


async def test_a_short_paste_goes_in_without_its_line_end() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "e")
        stage.app.post_message(events.Paste(" 0.25\n"))
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.25"


async def test_keys_beyond_the_longest_value_go_nowhere() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "quantity", "1" * (LONGEST - 1))
        await press(pilot, "end", "1", "1", "1")
        assert field(stage, "quantity").field.value == "1" * LONGEST


async def test_arrows_go_from_field_to_field_and_choose_words() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "e", "down", "down", "up")
        assert field(stage, "quantity").field.has_focus
        choice = field(stage, "ladder").field
        assert isinstance(choice, ChoiceField)
        choice.focus()
        await press(pilot, "right")
        assert choice.value == "tick"
        assert "ladder spread → tick" in line(stage, "#diff")
        await press(pilot, "space")
        assert choice.value == "spread"
        assert line(stage, "#diff") == ""


async def test_help_of_the_focused_field_is_one_line() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        assert line(stage, "#field_help") == ""
        await press(pilot, "e")
        assert line(stage, "#field_help").startswith("spread_pct (> 0, ≤ 100 %, default 0.1): Total distance")
        await press(pilot, "escape")
        assert line(stage, "#field_help") == ""


# -------------------------------------------------------------------------------------------------------------- presets


async def test_presets_write_into_the_form_and_put_nothing_in_force() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot, "P")
        assert (field(stage, "spread_pct").field.value, field(stage, "max_orders").field.value) == ("0.3", "2")
        assert field(stage, "quantity").field.value == "2.5"
        await press(pilot, "P")
        assert field(stage, "spread_pct").field.value == "0.15"
        shown.action_preset("aggressive")
        await settled(pilot)
        assert (field(stage, "spread_pct").field.value, field(stage, "max_orders").field.value) == ("0.05", "3")
        assert "◆ aggressive" in line(stage, "#presets")
        assert stage.sink.said == []
        shown.action_preset("bold")
        assert "no preset bold; there are: conservative, beginner, aggressive" in line(stage, "#told")


async def test_a_preset_can_be_clicked_and_typed_on_the_command_line() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        presets = part(stage, "#presets", Static)
        await pilot.click("#presets", offset=(str(presets.render()).index("beginner") + 1, 0))
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.15"
        await press(pilot, "colon", *"preset", "space", *"conservative", "enter")
        assert field(stage, "spread_pct").field.value == "0.3"
