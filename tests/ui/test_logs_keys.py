"""The logs screen's keys do what their labels say."""

from textual.pilot import Pilot
from textual.widgets import Input

from mmtui.screens import numbers
from mmtui.screens.logs import LogsScreen
from mmtui.screens.widgets.log_lines import LogLines
from mmtui.screens.widgets.log_view import LogView
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import text
from tests.ui.plain import told


async def opened(stage: Stage, pilot: Pilot[int]) -> LogView:
    await pilot.press("8")
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, LogsScreen)
    return screen.view


def staged() -> Stage:
    return Stage(boards.board(alerts=()))


async def test_the_newest_line_is_shown_and_followed() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        assert "mmA7-0400" in text(stage, "LogView")
        stage.source.log = (*stage.source.log, boards.log(401, text="the newest"))
        stage.source.publish(boards.board(2, alerts=(), log_number=401))
        stage.app.screen.look()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "the newest" in text(stage, "LogView")
        assert view.following


async def test_space_holds_and_follows_again_while_lines_come_in() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("space")
        view.lines.add([boards.log(number) for number in range(401, 411)])
        view.draw()
        await pilot.pause()
        assert "PAUSED  10 below" in text(stage, "LogView")
        assert "mmA7-0410" not in text(stage, "LogView")
        await pilot.press("space")
        await pilot.pause()
        assert "mmA7-0410" in text(stage, "LogView")


async def test_levels_are_toggled_by_their_letters() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("d", "i", "w")
        assert {line.level for line in view.lines.shown} == {"error"}
        await pilot.press("e")
        await pilot.pause()
        assert "no line fits the filter" in text(stage, "LogView")
        await pilot.press("d", "i", "w", "e")
        assert len(view.lines.shown) == 400


async def test_a_search_goes_to_the_newest_line_and_n_walks_through_all() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("slash", *"account", "enter")
        assert [line.number for line in view.selected()] == [390]
        await pilot.press("N")
        assert [line.number for line in view.selected()] == [377]
        await pilot.press("n", "n")
        assert [line.number for line in view.selected()] == [13]
        await pilot.press("m")
        assert {line.level for line in view.lines.shown} == {"error"}


async def test_what_is_not_there_is_said() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        await opened(stage, pilot)
        await pilot.press("slash", *"zzz", "enter")
        await pilot.pause()
        assert "not found: zzz" in told(stage)


async def test_escape_leaves_the_field_and_nothing_is_searched() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("slash", "x", "escape")
        await pilot.pause()
        assert view.has_focus
        assert view.lines.text == ""
        assert not stage.app.screen.query_one("#ask", Input).has_class("-open")


async def test_a_time_goes_to_its_line_and_a_wrong_one_is_refused_in_place() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("T", *"25:00", "enter")
        await pilot.pause()
        assert "no time of day: 25:00" in told(stage)
        field = stage.app.screen.query_one("#ask", Input)
        assert field.has_focus
        field.value = "12:33"
        await pilot.press("enter")
        [line] = view.selected()
        assert line.time_ns >= boards.NOW_NS - 116 * 10**9
        assert view.lines.shown[view.lines.index_of(line.number) - 1].time_ns < boards.NOW_NS - 116 * 10**9


async def test_a_time_later_than_now_was_yesterday() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("T", *"23:59:59", "enter")
        assert [line.number for line in view.selected()] == [1]


async def test_one_line_and_a_selection_are_copied() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        await opened(stage, pilot)
        await pilot.press("c")
        assert stage.app.clipboard.endswith("placed mmA7-0400 buy 2.50 at 150.17")
        await pilot.press("up", "shift+up", "y")
        assert [row.split()[-5] for row in stage.app.clipboard.splitlines()] == ["mmA7-0398", "mmA7-0399"]
        await pilot.pause()
        assert "lines copied: 2" in told(stage)


async def test_home_end_pages_and_wheel_move_the_view() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("home")
        await pilot.pause()
        assert "12:30:16" in text(stage, "LogView").splitlines()[1]
        await pilot.press("pagedown")
        await pilot.pause()
        first = text(stage, "LogView").splitlines()[1]
        await pilot.press("pageup")
        await pilot.pause()
        assert text(stage, "LogView").splitlines()[1] != first
        await pilot.press("end")
        followed = [view.following]
        for rows in (-3, 3):
            view.scroll_rows(rows)
            followed.append(view.following)
        assert followed == [True, False, True]


async def test_a_click_chooses_a_line() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        await pilot.click("LogView", offset=(10, view.size.height - 2))
        assert [line.number for line in view.selected()] == [399]
        assert not view.following


async def test_wrapping_breaks_long_lines_and_keeps_the_place() -> None:
    stage = staged()
    stage.source.log = tuple(boards.log(number, text=f"{number} " + "long " * 40) for number in range(1, 60))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        view = await opened(stage, pilot)
        await pilot.press("W")
        await pilot.pause()
        assert text(stage, "LogView").count("long") > 100
        assert "59 long" in text(stage, "LogView")
        for _ in range(30):
            view.scroll_rows(-1)
        view.scroll_rows(30)
        assert view.following


async def test_the_line_under_view_may_leave_the_ring() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 30)) as pilot:
        view = await opened(stage, pilot)
        view.lines = LogLines(50)
        view.lines.add(boards.logs())
        await pilot.press("home")
        view.lines.add([boards.log(number) for number in range(401, 700)])
        view.draw()
        await pilot.pause()
        assert view.lines.shown[0].number == 650
        assert numbers.clock(boards.log(650).time_ns) in text(stage, "LogView").splitlines()[1]
        await pilot.press("down", "shift+down", "pagedown", "N", "c")


async def test_reasons_stand_beside_the_log_on_wide_terminals() -> None:
    stage = staged()
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await opened(stage, pilot)
        assert "below the minimum notional: 5" in text(stage, "WhyPane")
