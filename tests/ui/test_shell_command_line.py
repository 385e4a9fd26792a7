"""The ``:`` line: words, arguments, completion, history, errors in place, and what is pasted into it."""

import pytest
from textual import events
from textual.widgets import Input, Label

from mmtui.screens.command_line import CommandInput, CommandLine
from mmtui.screens.confirm import Confirm
from mmtui.screens.leaving import Leaving
from mmtui.screens.words import LONGEST_LINE, candidates, completed
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.plain import PlainScreen, plain, shell, told


def line(stage: Stage) -> CommandLine:
    screen = stage.app.screen
    assert isinstance(screen, CommandLine)
    return screen


def hint(stage: Stage) -> str:
    return str(line(stage).query_one("#hint", Label).content)


async def typed(stage: Stage, text: str) -> None:
    line(stage).query_one(CommandInput).value = text
    await line(stage).query_one(CommandInput).action_submit()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("start eth-idle", ("start", "eth-idle")),
        ("START eth-idle", ("start", "eth-idle")),
        ("stop", ("stop", "sol-maker", "operator")),
        ("stop btc-做市", ("stop", "btc-做市", "operator")),
        ("pause SOL-USDC-PERP", ("pause", "sol-maker")),
        ("resume btc-做市", ("resume", "btc-做市")),
        ("cancel", ("cancel_everything", "sol-maker")),
        ("stop-all", ("stop_all", "operator")),
        ("panic", ("stop_all", "operator")),
        ("undo", ("undo", "sol-maker")),
        ("set quantity 3", ("change_settings", "sol-maker")),
    ],
)
async def test_a_word_acts_and_the_line_closes(text: str, said: tuple[str, ...]) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, text)
        await pilot.pause()
        assert stage.sink.said == [said]
        assert isinstance(stage.app.screen, PlainScreen)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sotp", "no word sotp; did you mean stop?"),
        ("xyzzy", "no word xyzzy; 'help' lists them"),
        ("start sol-maken", "no strategy sol-maken; did you mean sol-maker?"),
        ("start DOGE", "no strategy DOGE; add one on the strategies screen"),
        ("start BTC-USDC-PERP", "BTC-USDC-PERP is traded by several strategies: btc-做市, eth-idle; name one"),
        ("start", "sol-maker runs already: quoting"),
        ("set", "usage: set <parameter> <value>"),
        ("set quantity", "usage: set <parameter> <value>"),
        ("set quantiti 3", "no parameter quantiti; did you mean quantity?"),
        ("set base_spread 3", "no parameter base_spread; did you mean spread_pct?"),
        ("theme mmtui-drak", "no theme mmtui-drak; did you mean mmtui-dark?"),
        ("language fr", "language 'fr' is not known; use en or zh"),
    ],
)
async def test_an_error_stands_in_place_and_the_text_stays(text: str, fault: str) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, text)
        await pilot.pause()
        assert hint(stage) == fault
        assert line(stage).query_one(CommandInput).value == text
        assert told(stage) == []
    assert stage.sink.said == []


async def test_a_value_that_the_strategy_refuses_is_told_by_its_name() -> None:
    stage = shell()
    stage.queries.faults = {"quantity": "must be above 0"}
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, "set quantity -1")
        await pilot.pause()
        assert hint(stage) == "quantity: must be above 0"
    assert stage.sink.said == []


@pytest.mark.parametrize("word", ["auto", "none", "null"])
async def test_the_old_panels_words_for_empty_are_understood(word: str) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, f"set quantity {word}")
        await pilot.pause()
    assert stage.sink.changed == [{"quantity": ""}]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("status", "position unknown: no new exposure"),
        ("balance", "10,011.8844"),
        ("orders", "mmA7-0031"),
        ("params", "inventory_skew"),
        ("symbols", "ETH-USDC-PERP"),
        ("symbols nowhere", "no account nowhere; there are: sim"),
        ("diagnose", "✗ error  backpack-主  private stream is down → check the network, then the API key"),
        ("help", "set <parameter> <value>"),
        ("help set", "Change one setting of the selected strategy; saved and in force at once."),
        ("help sett", "did you mean"),
    ],
)
async def test_a_question_is_answered_above_the_line_and_the_line_stays(text: str, piece: str) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, text)
        await pilot.pause()
        answer = "\n".join(line(stage).lines)
        assert f":{text}" in answer
        assert piece in answer
        assert line(stage).query_one(CommandInput).value == ""
        await typed(stage, "clear")
        await pilot.pause()
        assert line(stage).lines == []
    assert stage.sink.said == []


async def test_words_that_open_something_close_the_line_first() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, "market")
        await pilot.pause()
        assert plain(stage).CONTEXT == "market"
        await pilot.press("colon")
        await typed(stage, "quit")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)
        assert len(stage.app.screen_stack) == 2
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(stage.app.screen, Leaving)


async def test_live_words_that_add_risk_ask_in_front_of_the_screen() -> None:
    stage = shell(boards.live_board(alerts=()))
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        await typed(stage, "set quantity 3")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)
        assert len(stage.app.screen_stack) == 2
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(stage.app.screen, PlainScreen)
    assert stage.sink.said == []


async def test_history_is_recalled_and_outlives_the_line() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon")
        for text in ("status", "balance", "balance", "stop"):
            await typed(stage, text)
            await pilot.pause()
        await pilot.press("colon", "up", "up")
        await pilot.pause()
        field = line(stage).query_one(Input)
        assert field.value == "balance"
        await pilot.press("up", "up")
        assert field.value == "status"
        await pilot.press("down", "down", "down")
        assert field.value == ""


async def test_tab_completes_words_strategies_and_parameters() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon", "s", "t", "o", "tab")
        field = line(stage).query_one(Input)
        assert field.value == "stop"
        assert hint(stage) == "stop  stop-all"
        field.value = ""
        await pilot.press(*"bal", "tab")
        assert field.value == "balance "
        for text, full in (
            ("start eth", "start eth-idle "),
            ("set inv", "set inventory_skew "),
            ("theme mmtui-l", "theme mmtui-light "),
        ):
            field.value = text
            await pilot.press("tab")
            assert field.value == full
        assert candidates("xyzzy ", stage.app) == []
        assert candidates("set quantity ", stage.app) == []
        assert candidates("language ", stage.app) == ["en", "zh"]
    assert completed("st", []) == "st"
    assert completed("st", ["start", "stop"]) == "st"
    assert completed("s", ["start", "stop"]) == "st"


async def test_an_empty_line_closes_and_escape_too() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        for key in ("enter", "escape"):
            await pilot.press("colon")
            await pilot.pause()
            line(stage)
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(stage.app.screen, PlainScreen)


@pytest.mark.parametrize("text", ["x" * 1_000_000, "status\n" * 150_000, "\n", "", "行" * 300_000])
async def test_a_megabyte_in_the_line_is_cut_to_one_bounded_line(text: str) -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("colon", "a")
        field = line(stage).query_one(CommandInput)
        field.post_message(events.Paste(text))
        await pilot.pause()
        assert field.value == ("a" + text.partition("\n")[0])[:LONGEST_LINE]
        assert stage.sink.said == []


async def test_a_megabyte_in_the_word_of_a_confirmation_changes_nothing() -> None:
    stage = shell(boards.live_board(alerts=()))
    async with stage.app.run_test() as pilot:
        stage.app.select("eth-idle")
        await pilot.press("s")
        await pilot.pause()
        stage.app.screen.query_one("#word", Input).post_message(events.Paste("LIVE\n" * 200_000))
        await pilot.pause()
        assert stage.app.screen.query_one("#word", Input).value == "LIVE"
        assert stage.sink.said == []
