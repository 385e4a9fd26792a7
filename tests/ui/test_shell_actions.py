"""Every action of the table does what its label says, on fakes; who asks, who refuses, who does not."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from textual.command import CommandPalette
from textual.widgets import Button, Input

from mmtui.screens.actions import ACTIONS, SCREENS, action, actions_of
from mmtui.screens.command_line import CommandLine
from mmtui.screens.confirm import Confirm
from mmtui.screens.help import Help
from mmtui.screens.palette import entries
from mmtui.screens.tour import Tour
from mmtui.views.board import Board
from mmtui.views.faults import SettingsError
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.plain import plain, shell, told

IDLE = "eth-idle"


def live(version: int = 1, **changes: object) -> Board:
    return boards.live_board(version, alerts=(), **changes)


async def test_each_number_key_opens_its_screen() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        for number, (name, _title, _meaning) in enumerate(SCREENS, 1):
            await pilot.press(str(number))
            await pilot.pause()
            assert name == plain(stage).CONTEXT


async def test_stop_all_acts_at_once_on_every_screen_and_in_dialogs_and_fields() -> None:
    stage = shell(live())
    async with stage.app.run_test() as pilot:
        for number in range(1, 10):
            await pilot.press(str(number), "ctrl+x")
        await pilot.press("f1", "ctrl+x", "escape")
        await pilot.press("colon", "s", "ctrl+x")
        await pilot.pause()
    assert stage.sink.said == [("stop_all", "operator")] * 11


async def test_start_starts_the_selected_idle_strategy_at_once_where_no_money_is_real() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        await pilot.press("s")
        await pilot.pause()
        assert stage.sink.said == [("start", IDLE)]
        assert not isinstance(stage.app.screen, Confirm)


async def test_start_of_a_running_strategy_says_so() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert "sol-maker runs already: quoting" in told(stage)
    assert stage.sink.said == []


async def test_pause_takes_quotes_off_and_puts_them_back() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("p")
        stage.app.select(boards.TROUBLED)
        await pilot.press("p")
        stage.app.select(IDLE)
        await pilot.press("p")
        await pilot.pause()
        assert f"{IDLE} does not run: idle" in told(stage)
    assert stage.sink.said == [("pause", boards.MAKER), ("resume", boards.TROUBLED)]


async def test_stop_and_cancel_ask_nothing_even_live() -> None:
    stage = shell(live())
    async with stage.app.run_test() as pilot:
        await pilot.press("x", "X", "p")
        await pilot.pause()
    assert stage.sink.said == [
        ("stop", boards.MAKER, "operator"),
        ("cancel_everything", boards.MAKER),
        ("pause", boards.MAKER),
    ]


async def test_undo_takes_back_or_says_that_there_is_nothing() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("z")
        await pilot.pause()
        assert told(stage)[-1] == "sol-maker: there is no change to take back"
        stage.sink.changed.append({"quantity": "3"})
        await pilot.press("z")
        await pilot.pause()
        assert told(stage)[-1] == "sol-maker: last change taken back"


async def test_brackets_select_round_about_and_the_screen_follows() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        assert stage.app.selected == boards.MAKER
        await pilot.press("right_square_bracket")
        assert stage.app.selected == boards.TROUBLED
        await pilot.press("left_square_bracket", "left_square_bracket")
        await pilot.pause()
        assert stage.app.selected == IDLE
        assert plain(stage).followed == [boards.TROUBLED, boards.MAKER, IDLE]


async def test_acknowledge_takes_the_error_first_then_all() -> None:
    stage = shell(boards.board())
    async with stage.app.run_test() as pilot:
        await pilot.press("a", "A")
        await pilot.pause()
    assert stage.sink.said == [("acknowledge", "3"), ("acknowledge", "2"), ("acknowledge", "3")]


async def test_help_palette_command_line_and_tour_open_and_close() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        for key, kind in (("f1", Help), ("question_mark", Help), ("colon", CommandLine), ("ctrl+p", CommandPalette)):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(stage.app.screen, kind)
            await pilot.press("escape")
            await pilot.pause()
            assert plain(stage).CONTEXT == "dashboard"
        stage.app.action_tour()
        await pilot.pause()
        assert isinstance(stage.app.screen, Tour)


async def test_theme_opens_the_list_and_is_kept() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("t")
        await pilot.pause()
        assert isinstance(stage.app.screen, CommandPalette)
        await pilot.press("escape")
        await stage.app.perform(action("theme"), "mmtui-light")
        await pilot.pause()
    assert stage.store.saved[-1].theme == "mmtui-light"


async def test_filter_belongs_to_the_screen() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("4", "slash")
        await pilot.pause()
        assert plain(stage).filtered == 1


@pytest.mark.parametrize("word", ["status", "balance", "orders", "params", "symbols", "diagnose"])
async def test_words_that_answer_open_the_command_line_with_their_answer(word: str) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await stage.app.perform(action(word))
        await pilot.pause()
        line = stage.app.screen
        assert isinstance(line, CommandLine)
        assert line.lines[0] == f":{word}"
        assert len(line.lines) > 2


async def test_every_action_of_the_table_has_its_method() -> None:
    stage = shell()
    async with stage.app.run_test():
        for row in ACTIONS:
            if row.contexts == ("app",) and not row.id.startswith("goto_"):
                assert callable(getattr(stage.app, f"action_{row.id}", None)), row.id
    assert len({row.id for row in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("name", [name for name, _title, _meaning in SCREENS])
async def test_every_action_of_a_screen_has_its_method_there(name: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        stage.app.goto(name)
        await pilot.pause()
        assert stage.app.context == name
        for row in actions_of(name):
            assert callable(getattr(stage.app.screen, f"action_{row.id}", None)), row.id


async def test_the_palette_finds_an_action_by_its_label_and_does_it() -> None:
    stage = shell()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", *"pause: sol")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    assert stage.sink.said == [("pause", boards.MAKER)]


def test_the_palette_knows_every_action_that_a_word_or_key_alone_can_do() -> None:
    stage = shell()
    names = [name for name, _meaning, _deed in entries(stage.app)]
    assert {"Start: eth-idle", "Stop: btc-做市", "STOP ALL: cancel everything  ^X", "Market  2"} <= set(names)
    assert "Start: sol-maker" not in names
    assert len(names) == len(set(names))


# ------------------------------------------------------------------------------------------------------- real money


async def test_live_start_wants_the_word_the_first_time_and_a_yes_later() -> None:
    stage = shell(live())
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)
        assert stage.app.screen.query_one("#yes", Button).disabled
        await pilot.press(*"live", "enter")
        await pilot.pause()
        assert stage.sink.said == []
        stage.app.screen.query_one("#word", Input).value = ""
        await pilot.press(*"LIVE", "enter")
        await pilot.pause()
        assert stage.sink.said == [("start", IDLE)]
        assert len(stage.store.saved[-1].live_consents) == 1

        await pilot.press("s")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)
        assert not stage.app.screen.query("#word")
        await pilot.press("enter")
        await pilot.pause()
        assert stage.sink.said == [("start", IDLE)], "Enter on a fresh question must not say yes"
        await pilot.press("s", "y")
        await pilot.pause()
    assert stage.sink.said == [("start", IDLE)] * 2


async def test_consent_is_for_one_account_and_symbol_only() -> None:
    stage = shell(live())
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        await pilot.press("s", *"LIVE", "enter")
        await pilot.pause()
        moved = boards.idle(symbol="ETH-USDC-PERP")
        stage.source.publish(live(2, strategies=(moved,)))
        await pilot.press("s")
        await pilot.pause()
        assert stage.app.screen.query("#word")


async def test_escape_and_no_leave_everything_as_it_is() -> None:
    stage = shell(live())
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        await pilot.press("s", "escape")
        await pilot.pause()
        await pilot.press("s")
        await pilot.pause()
        await pilot.click("#no")
        await pilot.pause()
    assert stage.sink.said == []
    assert stage.store.saved == []


async def test_unknown_stage_counts_as_live() -> None:
    stage = shell(boards.board(stage="mainnet", alerts=()))
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)


async def test_resume_and_undo_of_a_live_run_ask() -> None:
    stage = shell(live(), preferences=Preferences(tour_seen=True))
    async with stage.app.run_test() as pilot:
        stage.app.select(boards.TROUBLED)
        for key in ("p", "z"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(stage.app.screen, Confirm)
            await pilot.press("escape")
            await pilot.pause()
    assert stage.sink.said == []


# ------------------------------------------------------------------------------------------------ refusals and modes


async def test_what_the_engine_refuses_is_shown_line_by_line() -> None:
    stage = shell()
    stage.sink.faults.append(SettingsError("sol-maker: quantity is missing", "sol-maker: no such account"))
    async with stage.app.run_test() as pilot:
        await pilot.press("p")
        await pilot.pause()
        assert told(stage) == ["sol-maker: quantity is missing\nsol-maker: no such account"]


@pytest.mark.parametrize("by", ["flag", "preference"])
async def test_read_only_refuses_every_word_with_a_message(by: str) -> None:
    preferences = Preferences(tour_seen=True, read_only=by == "preference")
    stage = shell(boards.board(), read_only=by == "flag", preferences=preferences)
    async with stage.app.run_test() as pilot:
        for key in ("p", "x", "X", "z", "a", "ctrl+x"):
            await pilot.press(key)
        stage.app.select(IDLE)
        await pilot.press("s")
        await stage.app.perform(action("set"), "quantity 3")
        await pilot.pause()
        assert len(told(stage)) == 8
        assert all(text.startswith("read-only: ") for text in told(stage))
    assert stage.sink.said == []


async def test_without_any_strategy_the_keys_say_so() -> None:
    stage = shell(boards.empty_board(version=1))
    async with stage.app.run_test() as pilot:
        for key in ("s", "p", "x", "X", "z", "right_square_bracket", "a"):
            await pilot.press(key)
        await pilot.pause()
        assert set(told(stage)) == {"no strategy is configured; add one on the strategies screen"}
    assert stage.sink.said == []


async def test_a_strategy_that_goes_away_gives_its_selection_back() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        stage.app.select(IDLE)
        stage.source.publish(boards.board(2, alerts=(), strategies=(boards.maker(),)))
        await pilot.press("x")
        await pilot.pause()
    assert stage.sink.said == [("stop", boards.MAKER, "operator")]


async def test_keys_during_start_and_stop_are_safe() -> None:
    row = boards.maker(phase="preparing", position=None)
    stage = shell(boards.board(alerts=(), strategies=(row,)))
    async with stage.app.run_test() as pilot:
        await pilot.press(*"spxXz")
        stage.source.publish(boards.board(2, alerts=(), strategies=(replace(row, phase="stopping"),)))
        await pilot.press(*"spxz")
        await pilot.pause()
        assert stage.app.is_running
    assert ("start", boards.MAKER) not in stage.sink.said
    assert stage.sink.said.count(("pause", boards.MAKER)) == 1


async def test_language_and_settings_words_act() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await stage.app.perform(action("language"), "zh")
        await pilot.pause()
        assert stage.store.saved[-1].language == "zh"
        await stage.app.perform(action("language"), "xx")
        await pilot.pause()
        assert "xx" in told(stage)[-1]
        await stage.app.perform(action("set"), "quantity 3.5")
        await stage.app.perform(action("select"), "BTC-USDC-PERP")
        await pilot.pause()
    assert stage.sink.changed == [{"quantity": "3.5"}]
    assert stage.queries.asked[-1] == ("check", "perp_maker", {**boards.SETTINGS, "quantity": "3.5"})
    assert Decimal(stage.sink.changed[0]["quantity"]) == Decimal("3.5")
