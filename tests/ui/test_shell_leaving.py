"""Leaving: asked where something runs, cancelled first, proven on screen; and what a crash looks like from outside."""

import pytest
from textual.widgets import Label, Static

from mmtui.app import UNPROVEN, MmtuiApp
from mmtui.screens.actions import SCREENS
from mmtui.screens.confirm import Confirm
from mmtui.screens.leaving import Leaving, is_over
from mmtui.views.board import Board
from mmtui.views.faults import SettingsError
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.plain import PlainScreen, plain, shell


def leaving(stage: Stage) -> Leaving:
    screen = stage.app.screen
    assert isinstance(screen, Leaving)
    return screen


def way(stage: Stage) -> str:
    return str(leaving(stage).query_one("#way", Label).content)


def stopped(version: int) -> Board:
    ended = tuple(row(phase="stopped", orders=()) for row in (boards.maker, boards.troubled))
    return boards.board(version, alerts=(), strategies=(*ended, boards.idle()))


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_with_nothing_running_one_key_leaves(key: str) -> None:
    stage = shell(boards.board(alerts=(), strategies=(boards.idle(), boards.maker(phase="stopped", orders=()))))
    async with stage.app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()
    assert stage.app.return_code == 0
    assert stage.app.return_value == 0
    assert stage.sink.said == []


async def test_with_something_running_it_asks_and_no_stays() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        for no in ("escape", "n", "enter"):
            await pilot.press("q")
            await pilot.pause()
            assert isinstance(stage.app.screen, Confirm)
            await pilot.press(no)
            await pilot.pause()
            assert isinstance(stage.app.screen, PlainScreen)
        assert stage.app.is_running
    assert stage.sink.said == []


async def test_yes_cancels_shows_the_proof_and_only_then_leaves() -> None:
    stage = shell(boards.live_board(alerts=()))
    async with stage.app.run_test() as pilot:
        await pilot.press("q", "y")
        await pilot.pause()
        assert stage.sink.said == [("stop_all", "quit")]
        lines = str(leaving(stage).query_one("#strategies", Static).content).splitlines()
        assert lines[0].endswith("6 orders left")
        assert lines[1].endswith("2 orders left")
        stage.source.publish(stopped(2))
        leaving(stage).look()
        await pilot.pause()
        assert way(stage) == "No order of ours is left. Leaving."
        assert stage.app.return_value is None
        await pilot.press("enter")
        await pilot.pause()
    assert stage.app.return_value == 0


async def test_no_key_skips_the_cancels() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("ctrl+q", "ctrl+q")
        await pilot.pause()
        assert isinstance(stage.app.screen, Confirm)
        assert len(stage.app.screen_stack) == 2
        await pilot.press("y")
        await pilot.pause()
        await pilot.press("ctrl+q", "q", "escape", "enter", "space", "l", "y", "ctrl+c")
        await pilot.pause()
        assert way(stage) == "Waiting for the venue's word that none is left."
        await pilot.press("ctrl+x")
        await pilot.pause()
        assert stage.app.is_running
    assert stage.sink.said == [("stop_all", "quit"), ("stop_all", "operator")]


async def test_without_proof_for_long_one_may_go_and_the_result_says_so() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("q", "y")
        await pilot.pause()
        stage.now_ns += 31_000_000_000
        leaving(stage).look()
        assert way(stage).startswith("No proof yet. l leaves all the same")
        await pilot.press("l")
        await pilot.pause()
    assert stage.app.return_value == UNPROVEN


async def test_read_only_leaves_with_the_cancels_too() -> None:
    stage = shell(read_only=True)
    async with stage.app.run_test() as pilot:
        await pilot.press("q", "y")
        await pilot.pause()
    assert stage.sink.said == [("stop_all", "quit")]


async def test_a_sink_that_refuses_still_gets_the_wait_for_proof() -> None:
    stage = shell()
    stage.sink.faults.append(SettingsError("the worker is gone"))
    async with stage.app.run_test() as pilot:
        await pilot.press("q", "y")
        await pilot.pause()
        assert isinstance(stage.app.screen, Leaving)


def test_an_ended_strategy_with_orders_is_not_over() -> None:
    assert is_over(boards.maker(phase="stopped", orders=()))
    assert not is_over(boards.maker(phase="stopped"))
    assert not is_over(boards.maker(phase="stopping", orders=()))


class BrokenScreen(PlainScreen):
    def show(self, board: Board) -> None:
        raise ZeroDivisionError("a fault of a screen")


class BrokenApp(MmtuiApp):
    MODES = {**MmtuiApp.MODES, "dashboard": lambda: BrokenScreen("dashboard")}  # noqa: RUF012 - as in Textual


async def test_a_crash_of_a_screen_ends_the_app_with_return_code_1_and_raises_nothing() -> None:
    stage = Stage(app_class=BrokenApp)
    result = await stage.app.run_async(headless=True)
    assert result is None
    assert stage.app.return_code == 1
    assert isinstance(stage.app.crash, ZeroDivisionError)


async def test_without_a_crash_there_is_none() -> None:
    stage = shell(boards.empty_board(version=1))
    async with stage.app.run_test() as pilot:
        assert plain(stage).CONTEXT == "dashboard"
        await pilot.press("q")
        await pilot.pause()
    assert stage.app.crash is None


@pytest.mark.parametrize("screen", [name for name, _, _ in SCREENS])
async def test_the_end_in_the_middle_of_a_switch_is_no_crash(screen: str) -> None:
    stage = Stage()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        stage.app.goto(screen)
    assert stage.app.crash is None
