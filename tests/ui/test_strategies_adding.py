"""Strategies are added and removed."""

import pytest
from msgspec.structs import replace
from textual.widgets import Static

from mmtui.screens.confirm import Confirm
from mmtui.screens.widgets.settings_form import SettingsForm
from tests.ui import boards
from tests.ui.form_queries import form_stage
from tests.ui.looking import part, text
from tests.ui.strategies_stage import IDLE, SIZE, calm, fault, field, line, opened, press, screen, settled, write

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
