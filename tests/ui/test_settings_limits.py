"""The settings screen: accounts, places, risk limits."""

import pytest
from msgspec.structs import replace
from textual import events

from mmtui.config import RiskConfig
from mmtui.screens.confirm import Confirm
from mmtui.screens.risk_form import limits_in_force, risk_faces, risk_faults
from mmtui.screens.widgets.form_words import WORDS
from mmtui.screens.widgets.settings_form import SettingsForm
from mmtui.views.faults import SettingsError
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part, text
from tests.ui.settings_stage import RISK, SIZE, fault, field, line, press, settled, whole, write

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
