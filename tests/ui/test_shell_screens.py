"""What every screen gets from its base: one timer, drawn only what is new, asleep while hidden, halved when late."""

import pytest
from msgspec.structs import replace
from textual.widgets import Static

from mmtui.model.units import NS_PER_S
from mmtui.screens.pace import Pace
from mmtui.screens.small import TooSmall
from mmtui.screens.tour import CARDS, Tour
from mmtui.views.board import HealthRow
from mmtui.views.faults import StorageError
from mmtui.views.preferences import Preferences
from tests.ui import boards
from tests.ui.fakes import FakeStore, Stage
from tests.ui.plain import PlainScreen, ShellApp, plain, shell, told


async def test_the_same_version_is_drawn_once() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        screen = plain(stage)
        seen = len(screen.drawn)
        for _ in range(20):
            screen.tick()
        assert len(screen.drawn) == seen
        stage.source.publish(boards.board(2, alerts=()))
        for _ in range(20):
            screen.tick()
        assert screen.drawn[seen:] == [2]
        assert screen.listed[-1] == 2
        assert screen.listed.count(2) == 1


async def test_lists_are_drawn_at_most_twice_a_second() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        screen = plain(stage)
        fast, slow = len(screen.drawn), len(screen.listed)
        for version in range(2, 22):
            stage.source.publish(boards.board(version, alerts=()))
            screen.tick()
        assert len(screen.drawn) - fast == 20
        assert len(screen.listed) - slow == 4


async def test_a_hidden_screen_does_not_look_and_looks_at_once_when_shown() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        dashboard = plain(stage)
        await pilot.press("2")
        await pilot.pause()
        seen = len(dashboard.drawn)
        stage.source.publish(boards.board(2, alerts=()))
        dashboard.tick()
        await pilot.pause()
        assert len(dashboard.drawn) == seen
        assert not dashboard.is_looking
        assert plain(stage).is_looking
        await pilot.press("1")
        await pilot.pause()
        assert dashboard.drawn[-1] == 2
        assert dashboard.is_looking


async def test_a_screen_below_a_dialog_stays_alive() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        dashboard = plain(stage)
        await pilot.press("f1")
        await pilot.pause()
        stage.source.publish(boards.board(2, alerts=()))
        dashboard.tick()
        assert dashboard.drawn[-1] == 2


async def test_selecting_redraws_although_the_board_is_the_same() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        seen = len(plain(stage).drawn)
        stage.app.select("eth-idle")
        await pilot.pause()
        assert len(plain(stage).drawn) == seen + 1


def test_pace_halves_after_ten_late_seconds_and_recovers_after_ten_good_ones() -> None:
    pace = Pace()
    assert not any(pace.see(26.0, second * NS_PER_S) for second in range(10))
    assert pace.see(26.0, 10 * NS_PER_S)
    assert all(pace.see(3.0, second * NS_PER_S) for second in range(11, 21))
    assert not pace.see(3.0, 21 * NS_PER_S)


def test_pace_forgets_a_short_lateness() -> None:
    pace = Pace()
    for second in range(60):
        assert not pace.see(40.0 if second % 9 else 5.0, second * NS_PER_S)


async def test_a_late_loop_halves_the_frames() -> None:
    stage = shell(boards.board(alerts=(), health=HealthRow(80.0, 1.0, 0, 0)))
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        screen = plain(stage)
        screen.tick()
        stage.now_ns += 11 * NS_PER_S
        screen.tick()
        seen = len(screen.drawn)
        for version in range(2, 12):
            stage.source.publish(boards.board(version, alerts=(), health=HealthRow(80.0, 1.0, 0, 0)))
            screen.tick()
        assert len(screen.drawn) - seen == 5


# ------------------------------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize("size", [(20, 5), (59, 40), (200, 15), (1, 1), (12, 3)])
async def test_below_the_least_size_there_is_only_a_message(size: tuple[int, int]) -> None:
    stage = shell(boards.board())
    async with stage.app.run_test(size=size) as pilot:
        await pilot.pause()
        visible = [widget for widget in plain(stage).children if widget.display]
        assert [type(widget).__name__ for widget in visible if widget.styles.display != "none"][-1] == "TooSmall"
        text = plain(stage).query_one(TooSmall).render().plain
        assert "60x16" in text
        assert f"{size[0]}x{size[1]}" in text
        await pilot.press("ctrl+x")
        await pilot.pause()
    assert stage.sink.said == [("stop_all", "operator")]


async def test_a_storm_of_resizes_leaves_a_whole_screen() -> None:
    stage = shell(boards.board())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        for step in range(60):
            await pilot.resize_terminal(1 + step * 37 % 210, 1 + step * 13 % 70)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not plain(stage).query_one(TooSmall).display
        assert plain(stage).query_one("Body").size.height == 21
        assert stage.app.is_running


# ------------------------------------------------------------------------------------------- language, look, first run


async def test_language_changes_at_once_on_this_screen_and_on_hidden_ones() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        await pilot.press("2", "1")
        await pilot.pause()
        stage.app.set_language("zh")
        await pilot.pause()
        words = []
        for key in ("1", "2"):
            await pilot.press(key)
            await pilot.pause()
            words.append(str(plain(stage).query_one("#word", Static).content))
        assert words == [stage.app.gettext("Orders")] * 2
        assert words[0] != "Orders"
    assert stage.store.saved[-1].language == "zh"


async def test_a_theme_that_is_gone_is_named_and_ours_is_used() -> None:
    stage = shell(preferences=Preferences(tour_seen=True, theme="mmtui-drak"))
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        assert stage.app.theme == "mmtui-dark"
        assert told(stage) == ["no theme mmtui-drak; did you mean mmtui-dark?"]
    assert stage.store.saved == []


@pytest.mark.parametrize(
    "theme", ["mmtui-dark", "mmtui-light", "nord", "textual-light", "ansi-dark", "solarized-light"]
)
async def test_every_kind_of_theme_knows_our_colours(theme: str) -> None:
    stage = shell(boards.live_board(), preferences=Preferences(tour_seen=True, theme=theme))
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        assert stage.app.theme == theme
        assert {"buy", "sell", "gain", "loss", "quiet", "stage-live"} <= stage.app.theme_variables.keys()


async def test_the_tour_is_shown_once_and_can_be_skipped() -> None:
    stage = shell(preferences=Preferences())
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(stage.app.screen, Tour)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(stage.app.screen, PlainScreen)
    assert stage.store.saved[-1].tour_seen


async def test_the_tour_turns_both_ways_and_ends_after_its_last_card() -> None:
    stage = shell(preferences=Preferences())
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("left", "enter", "right", "left", "space")
        assert isinstance(stage.app.screen, Tour)
        assert stage.app.screen.card == 2
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert isinstance(stage.app.screen, PlainScreen)
    assert len(CARDS) == 4


async def test_faults_of_the_preferences_file_are_told() -> None:
    stage = shell()
    stage.store.faults = ("settings/panel_settings.json: kept aside as panel_settings.json.broken-1",)
    async with stage.app.run_test() as pilot:
        await pilot.pause()
        assert told(stage) == list(stage.store.faults)


class FullDisk(FakeStore):
    def save(self, preferences: Preferences) -> None:
        raise StorageError("settings/panel_settings.json: no space left on device; free some")


async def test_a_choice_that_cannot_be_saved_holds_for_this_run_and_says_so() -> None:
    stage = Stage(boards.board(alerts=()), app_class=ShellApp)
    stage.app.store = FullDisk()
    async with stage.app.run_test() as pilot:
        stage.app.set_language("zh")
        await pilot.pause()
        assert stage.app.language == "zh"
        assert told(stage) == ["settings/panel_settings.json: no space left on device; free some"]


def test_preferences_of_an_older_file_get_defaults() -> None:
    assert replace(Preferences(), theme="nord").keymap == {}
