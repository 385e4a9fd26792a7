"""Deeds of the strategies screen: apply, undo, start, stop."""

import pytest
from msgspec.structs import replace

from mmtui.model.units import NS_PER_S
from mmtui.screens.confirm import Confirm
from mmtui.views.faults import SettingsError
from tests.ui import boards
from tests.ui.form_queries import form_stage
from tests.ui.strategies_stage import IDLE, SIZE, calm, fault, field, line, live, opened, press, screen, settled, write

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
