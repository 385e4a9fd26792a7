"""The strategies screen: list, form, preview, and every deed, on fakes with the real check of settings."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from mmtui.config.panel import Panel, first_config
from mmtui.engine.kind_faces import kind_faces
from mmtui.model.units import NS_PER_S
from mmtui.screens.confirm import Confirm
from mmtui.screens.strategies import StrategiesScreen
from mmtui.screens.widgets.form_fields import LONGEST, ChoiceField, FieldInput
from mmtui.screens.widgets.form_words import WORDS
from mmtui.screens.widgets.settings_form import FieldRow, SettingsForm
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import Board, StrategyRow
from mmtui.views.faults import SettingsError
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.form_queries import form_stage, queries_of
from tests.ui.looking import part, text

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


# ------------------------------------------------------------------------------------------------------------- the form


async def test_the_form_shows_every_setting_of_the_kind_with_the_values_in_force() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        shown = {row.face.name: row.field.value for row in part(stage, "#form", SettingsForm).rows}
        wanted = {face.name: face.default for face in kind_faces()[0].fields} | boards.SETTINGS
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


# ------------------------------------------------------------------------------------------------------- apply and undo


async def test_apply_sends_what_differs_and_says_how_it_is_undone() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        await write(stage, pilot, "quantity", "2.50")
        await press(pilot, "enter")
        assert stage.sink.said == [("change_settings", boards.MAKER)]
        assert stage.sink.changed == [{"spread_pct": "0.2"}]
        assert line(stage, "#told") == "✓ in force: spread_pct 0.08 → 0.2  z takes it back"
        assert line(stage, "#diff") == ""
        assert field(stage, "spread_pct").field.value == "0.2"
        await press(pilot, "escape", "z")
        assert stage.sink.said[-1] == ("undo", boards.MAKER)
        stage.now_ns += 5 * NS_PER_S
        stage.source.publish(replace(calm(), version=3))
        screen(stage).look(lists=True)
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.08"
        assert line(stage, "#told") == ""


async def test_nothing_to_apply_is_said() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "ctrl+s")
        assert line(stage, "#told") == "nothing is changed"
        assert stage.sink.said == []


async def test_more_risk_while_it_runs_live_asks_with_the_differences_and_less_does_not() -> None:
    stage = form_stage(board=live())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "quantity", "2")
        await press(pilot, "ctrl+s")
        assert stage.sink.changed == [{"quantity": "2"}]
        await write(stage, pilot, "quantity", "4")
        await press(pilot, "ctrl+s")
        question = stage.app.screen
        assert isinstance(question, Confirm)
        assert question.question.facts == ("quantity 2 → 4 ▲",)
        assert question.question.word == "LIVE"
        await press(pilot, "escape")
        assert len(stage.sink.changed) == 1
        assert field(stage, "quantity").field.value == "4"
        await press(pilot, "ctrl+s")
        await press(pilot, *"LIVE", "enter")
        assert stage.sink.changed[1:] == [{"quantity": "4"}]


async def test_settings_of_an_idle_strategy_are_saved_without_a_question() -> None:
    stage = form_stage(board=live())
    async with stage.app.run_test(size=SIZE) as pilot:
        stage.app.select(IDLE)
        await opened(stage, pilot)
        await write(stage, pilot, "quantity", "9")
        await press(pilot, "ctrl+s")
        assert stage.sink.changed == [{"quantity": "9"}]
        assert line(stage, "#told").startswith("✓ saved: quantity 2.5 → 9 ▲")


async def test_a_refusal_stands_at_the_field_and_below_and_the_values_stay() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        stage.sink.faults = [
            SettingsError('panel.json: strategies[0].settings.spread_pct = "0.2": must be at most 0.1 %'),
            SettingsError("the settings cannot be written: disk full"),
        ]
        await press(pilot, "ctrl+s")
        assert fault(stage, "spread_pct") == "✗ must be at most 0.1 %"
        assert "not applied" in line(stage, "#told")
        await press(pilot, "ctrl+s")
        assert line(stage, "#told") == "✗ the settings cannot be written: disk full"
        assert field(stage, "spread_pct").field.value == "0.2"
        await press(pilot, "ctrl+s")
        assert stage.sink.changed == [{"spread_pct": "0.2"}]


async def test_read_only_says_so_in_place() -> None:
    stage = form_stage(board=calm(), read_only=True)
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        await press(pilot, "ctrl+s")
        assert "read-only: set sol-maker spread_pct was not done" in line(stage, "#told")
        assert field(stage, "spread_pct").field.value == "0.2"


async def test_drop_puts_the_values_in_force_back() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "x")
        await press(pilot, "ctrl+r")
        assert field(stage, "spread_pct").field.value == "0.08"
        screen(stage).editor.check_now()
        assert fault(stage, "spread_pct") == ""


# ------------------------------------------------------------------------------------------------------- start and stop


async def test_start_needs_what_is_written_applied_or_dropped_first() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        stage.app.select(IDLE)
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        await press(pilot, "escape", "s")
        assert line(stage, "#told") == f"{IDLE} was not started: ^S applies what is written, ^R drops it"
        await press(pilot, "ctrl+s", "s")
        assert stage.sink.said == [("change_settings", IDLE), ("start", IDLE)]


async def test_start_live_needs_the_typed_word() -> None:
    stage = form_stage(board=live())
    async with stage.app.run_test(size=SIZE) as pilot:
        stage.app.select(IDLE)
        await opened(stage, pilot, "s")
        assert isinstance(stage.app.screen, Confirm)
        await press(pilot, *"LIVE", "enter")
        assert stage.sink.said == [("start", IDLE)]


async def test_pause_and_stop_ask_nothing() -> None:
    stage = form_stage(board=live())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "p", "x")
        assert stage.sink.said == [("pause", boards.MAKER), ("stop", boards.MAKER, "operator")]


@pytest.mark.parametrize("phase", ["preparing", "stopping", "stopped"])
async def test_keys_during_start_and_stop_lose_nothing(phase: str) -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        stage.source.publish(replace(calm(boards.maker(phase=phase)), version=2))
        shown.look(lists=True)
        await press(pilot, "escape", "s", "d", "e", "7", "P", "ctrl+r")
        assert stage.app.is_running
        assert stage.app.crash is None
        assert all(words[0] not in ("start", "remove") for words in stage.sink.said)


# ------------------------------------------------------------------------------------------------------- add and remove


async def test_a_new_strategy_is_filled_in_checked_and_added() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot, "n")
        assert field(stage, "name", "about").field.has_focus
        await write(stage, pilot, "symbol", "ETH", "about")
        await write(stage, pilot, "name", "mine", "about")
        shown.action_preset("beginner")
        await press(pilot, "ctrl+s")
        assert stage.sink.said == [("add", "mine", "perp_maker", "sim", "ETH")]
        values = stage.sink.changed[0]
        assert (values["spread_pct"], values["max_orders"], values["max_position"]) == ("0.15", "1", "1")
        assert line(stage, "#told") == "mine is added; s starts it"
        stage.source.publish(replace(calm(boards.maker(), boards.idle("mine")), version=2))
        shown.look(lists=True)
        await settled(pilot)
        assert stage.app.selected == "mine"
        assert str(part(stage, "#head", Static).render()).strip().startswith("mine")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", "", "empty: give it a name"),
        ("name", boards.MAKER, "another strategy has this name"),
        ("name", "a b", "must be letters, digits, - and single _ (at most 40), a letter or digit first"),
        ("symbol", "", "empty: name what it trades"),
        ("symbol", "QQQ", "no symbol QQQ on sim"),
        ("symbol", "SOL-USD-PERP", "no symbol SOL-USD-PERP on sim; did you mean SOL-USDC-PERP?"),
        ("symbol", "SOL", "write one of: SOL-USDC-PERP, SOL-USDC"),
    ],
)
async def test_every_fault_of_a_new_strategy_is_shown_below_its_field(name: str, value: str, said: str) -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "n")
        await write(stage, pilot, "name", "mine", "about")
        await write(stage, pilot, "symbol", "ETH-USDC-PERP", "about")
        await write(stage, pilot, name, value, "about")
        await press(pilot, "ctrl+s")
        assert fault(stage, name, "about") == f"✗ {said}"
        assert stage.sink.said == []
        assert field(stage, name, "about").field.value == value


async def test_a_fresh_form_does_not_shout_and_apply_says_what_is_missing() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "n")
        screen(stage).editor.check_now()
        assert fault(stage, "name", "about") == ""
        await press(pilot, "ctrl+s")
        assert fault(stage, "name", "about") == "✗ empty: give it a name"
        assert field(stage, "name", "about").field.has_focus


async def test_what_was_begun_as_new_is_still_there_after_looking_elsewhere() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "n")
        await write(stage, pilot, "name", "mine", "about")
        await write(stage, pilot, "spread_pct", "0.7")
        await press(pilot, "escape", "down", "1", "5")
        assert not part(stage, "#about", SettingsForm).display
        await press(pilot, "n")
        assert field(stage, "name", "about").field.value == "mine"
        assert field(stage, "spread_pct").field.value == "0.7"


async def test_symbols_are_suggested_and_right_takes_one() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "n")
        await write(stage, pilot, "symbol", "bt", "about")
        assert "BTC-USDC-PERP" in line(stage, "#field_help")
        await press(pilot, "right")
        assert field(stage, "symbol", "about").field.value == "BTC-USDC-PERP"


async def test_remove_asks_and_a_running_one_is_not_removed() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot, "d")
        assert line(stage, "#told") == "sol-maker runs; x stops it, then it can be removed"
        stage.app.select(IDLE)
        await press(pilot, "d")
        assert isinstance(stage.app.screen, Confirm)
        await press(pilot, "n", "delete", "y")
        assert stage.sink.said == [("remove", IDLE)]
        assert line(stage, "#told") == f"{IDLE} is removed"
        stage.source.publish(replace(calm(boards.maker()), version=2))
        shown.look(lists=True)
        await settled(pilot)
        assert stage.app.selected == boards.MAKER


async def test_what_was_written_for_a_strategy_removed_elsewhere_becomes_a_new_one() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        stage.source.publish(replace(calm(boards.idle()), version=2))
        shown.look(lists=True)
        await settled(pilot)
        assert "sol-maker was removed; what was written is kept, as a new strategy" in line(stage, "#told")
        assert field(stage, "name", "about").field.value == boards.MAKER
        assert field(stage, "spread_pct").field.value == "0.2"
        await press(pilot, "ctrl+s")
        assert stage.sink.said == [("add", boards.MAKER, "perp_maker", "sim", "SOL-USDC-PERP")]


async def test_a_strategy_whose_account_is_gone_says_so() -> None:
    stage = form_stage(board=boards.board(alerts=(), accounts=(boards.venue_account(),)))
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        head = str(part(stage, "#head", Static).render())
        assert "account sim is not configured any more: this strategy cannot start" in head
        assert "✗ sim" in text(stage, "#list")
        assert field(stage, "spread_pct").field.value == "0.08"


async def test_a_kind_without_a_form_says_so() -> None:
    stage = form_stage(board=calm(boards.maker(kind="dca")))
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "e")
        assert line(stage, "#presets") == "this version has no form for dca"
        assert line(stage, "#told") == "nothing to edit; n fills in a new one"


async def test_without_any_strategy_a_new_one_can_be_added() -> None:
    stage = form_stage(board=boards.empty_board(version=1, accounts=(boards.account(),)))
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "d", "e", "s", "P")
        assert "no strategy yet; n fills in a new one" in text(stage, "#list")
        await press(pilot, "n")
        assert field(stage, "name", "about").field.has_focus


# -------------------------------------------------------------------------------------------------------------- preview


async def test_the_preview_shows_orders_distances_refusals_and_how_far_it_can_go() -> None:
    stage = form_stage(board=calm())
    queries_of(stage).refused = 2
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#preview_orders").splitlines()
        assert len(part(stage, "#preview_orders", TablePane).rows) == 6
        assert "▼S" in shown[2]
        assert "150.42" in shown[2]
        assert "12.0" in shown[2]
        assert "376.05" in shown[2]
        assert sum("▲B ✗" in row and "max_order_notional" in row for row in shown) == 2
        facts = text(stage, "#preview_facts")
        assert "✗ 2 refused: max_order_notional: order of 375.59 above 100" in facts
        assert "at most long +11.1 SOL  at most short -3.9 SOL" in facts


async def test_the_preview_follows_what_is_written() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        assert queries_of(stage).previews[-1]["spread_pct"] == "0.2"
        assert queries_of(stage).previews[-1]["quantity"] == "2.5"


async def test_the_preview_is_asked_again_only_while_it_is_looked_at() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        pane = shown.query_one("#preview")
        asked = len(queries_of(stage).previews)
        pane.ask_again()  # type: ignore[attr-defined]  # its own clock would
        await settled(pilot)
        assert len(queries_of(stage).previews) == asked + 1
        await press(pilot, "1")
        shown.tick()
        pane.ask_again()  # type: ignore[attr-defined]  # hidden
        await settled(pilot)
        assert len(queries_of(stage).previews) == asked + 1


async def test_a_slow_preview_is_not_asked_twice_and_a_new_value_replaces_it() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        queries = queries_of(stage)
        queries.gate.clear()
        await write(stage, pilot, "spread_pct", "0.2")
        asked = len(queries.previews)
        shown.query_one("#preview").ask_again()  # type: ignore[attr-defined]  # its own clock would
        await settled(pilot)
        assert len(queries.previews) == asked
        await write(stage, pilot, "spread_pct", "0.3")
        queries.gate.set()
        await settled(pilot)
        assert queries.previews[-1]["spread_pct"] == "0.3"
        assert "▲B" in text(stage, "#preview_orders")


async def test_a_preview_that_fails_says_why() -> None:
    stage = form_stage(board=calm())
    queries_of(stage).fault = 'sim: unknown symbol "SOL-USDC-PERP"'
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        assert 'unknown symbol "SOL-USDC-PERP"' in text(stage, "#preview_facts")


# --------------------------------------------------------------------------------------------------- list and languages


async def test_the_filter_narrows_the_list_and_escape_shows_all() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "slash", *"btc")
        assert len(part(stage, "#list", TablePane).rows) == 2
        await press(pilot, "escape")
        assert len(part(stage, "#list", TablePane).rows) == 3
        assert part(stage, "#list", TablePane).has_focus


async def test_another_language_keeps_what_is_written() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        stage.app.set_language("zh")
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.2"
        assert "点差" in str(field(stage, "spread_pct").head.render())


def test_every_word_of_every_kind_is_marked_for_translation() -> None:
    words = [word for kind in kind_faces() for face in kind.fields for word in (face.title, face.help, face.unit)]
    words += [word for kind in kind_faces() for word in (kind.title, *kind.presets)]
    same_everywhere = ("", "%", "s", "ms", "bps")
    assert [word for word in words if word not in WORDS and word not in same_everywhere] == []


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60), (20, 5)])
async def test_no_size_breaks_the_form(size: tuple[int, int]) -> None:
    stage = form_stage(board=boards.board())
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot, "e", "9", "escape", "n", "x", "escape")
        for other in ((200, 60), (60, 16), (20, 5), (81, 25), size):
            await pilot.resize_terminal(*other)
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.1"


async def test_the_real_settings_file_takes_what_the_form_sends(tmp_path: Path) -> None:
    """The values that the form sends are values that the panel settings take, and undo brings the old ones back."""
    panel = Panel(tmp_path / "panel_settings.json", first_config())
    sent: Sequence[tuple[str, str]] = (("spread_pct", "0.2"), ("quantity", ""), ("max_position", "12"))
    panel.change_settings("maker", dict(sent))
    assert panel.strategy("maker").settings.spread_pct == Decimal("0.2")
    assert panel.undo("maker") is not None
