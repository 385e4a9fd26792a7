"""The user's keys: what is taken, what is refused and how it is said, and that keys move everywhere at once."""

import pytest

from mmtui.screens.actions import ACTIONS, actions_of
from mmtui.screens.footer import Footer
from mmtui.screens.keymap import Keymap, checked_keymap, key_text
from mmtui.views.preferences import Preferences
from tests.ui.plain import plain, shell, told

NO_KEY = "is no key; write a letter, f1 to f12, or a name such as 'ctrl+k'"


def test_without_overrides_the_tables_keys_hold() -> None:
    keys = Keymap()
    assert keys.keys_of("stop_all") == ("ctrl+x",)
    assert keys.shown("stop_all") == "^X"
    assert keys.shown_all("help") == "F1 ?"
    assert keys.shown("balance") == ""


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ({"stopall": "f5"}, "keymap: no action 'stopall'; did you mean 'stop_all'?"),
        ({"zzzzz": "f5"}, "keymap: no action 'zzzzz'; see the help for ids"),
        ({"pause": " , "}, "keymap.pause: no key given; write one such as 'ctrl+k', or leave the action out"),
        ({"pause": "ctrl+hello"}, f"keymap.pause: 'ctrl+hello' {NO_KEY}"),
        ({"pause": "hyper2+k"}, f"keymap.pause: 'hyper2+k' {NO_KEY}"),
        ({"stop_all": "k"}, "keymap.stop_all: needs a key that writes no character, such as 'ctrl+k' or 'f12'"),
        ({"pause": "x"}, "keymap.pause: x already means 'stop'; give that another key too"),
        ({"pause": "j"}, "keymap.pause: j already means 'row_down'; give that another key too"),
        ({"pause": "ctrl+x"}, "keymap.pause: ^X already means 'stop_all'; give that another key too"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_remedy(overrides: dict[str, str], fault: str) -> None:
    keys, faults = checked_keymap(overrides)
    assert faults == (fault,)
    assert keys.keys_of("pause") == ("p",)
    assert keys.keys_of("stop_all") == ("ctrl+x",)


def test_two_actions_may_swap_their_keys() -> None:
    keys, faults = checked_keymap({"pause": "x", "stop": "p, f5"})
    assert faults == ()
    assert keys.keys_of("pause") == ("x",)
    assert keys.keys_of("stop") == ("p", "f5")


def test_signs_may_be_written_as_themselves() -> None:
    keys, faults = checked_keymap({"filter": "|", "undo": "ctrl+u,u"})
    assert faults == ()
    assert keys.keys_of("filter") == ("vertical_line",)
    assert keys.shown_all("filter") == "|"
    assert keys.as_textual()["undo"] == "ctrl+u,u"


@pytest.mark.parametrize(
    ("key", "text"), [("ctrl+x", "^X"), ("shift+down", "Shift+↓"), ("f12", "F12"), ("A", "A"), ("space", "Space")]
)
def test_keys_are_shown_as_people_write_them(key: str, text: str) -> None:
    assert key_text(key) == text


async def test_a_moved_key_works_and_is_shown_while_the_old_one_is_dead() -> None:
    stage = shell(preferences=Preferences(tour_seen=True, keymap={"stop_all": "f12", "pause": "b"}))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+x", "p")
        assert stage.sink.said == []
        await pilot.press("b", "f12")
        await pilot.pause()
        assert stage.sink.said == [("pause", "sol-maker"), ("stop_all", "operator")]
        assert "F12 STOP ALL" in plain(stage).query_one(Footer).render().plain


async def test_faulty_overrides_are_told_once_and_the_sound_ones_work() -> None:
    stage = shell(preferences=Preferences(tour_seen=True, keymap={"stop": "b", "nothing": "f3"}))
    async with stage.app.run_test() as pilot:
        await pilot.press("b")
        await pilot.pause()
        assert told(stage)[0].startswith("keymap: no action 'nothing'")
    assert stage.sink.said == [("stop", "sol-maker", "operator")]


async def test_new_keys_are_kept_and_faulty_ones_change_nothing() -> None:
    stage = shell()
    async with stage.app.run_test() as pilot:
        assert stage.app.apply_keymap({"stop": "pause"}) != ()
        assert stage.store.saved == []
        assert stage.app.apply_keymap({"stop": "f7"}) == ()
        await pilot.press("f7")
        await pilot.pause()
    assert stage.store.saved[-1].keymap == {"stop": "f7"}
    assert stage.sink.said == [("stop", "sol-maker", "operator")]


def test_no_key_of_one_screen_means_two_things() -> None:
    for context in sorted({name for row in ACTIONS for name in row.contexts}):
        keys = [key for row in actions_of(context) for key in row.keys]
        assert len(keys) == len(set(keys)), context
