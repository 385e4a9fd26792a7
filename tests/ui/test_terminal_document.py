"""What the documents show of the terminal is what it is: keys, words, links, pictures."""

import re
from pathlib import Path

import pytest

from mmtui.screens.actions import ACTIONS
from mmtui.screens.keymap import key_text
from tests.ui.pictures import DOCS, GUIDE, PICTURES, pictures, with_tables

README = DOCS.parent / "README.md"
MAKE = "run `python -m tests.ui.pictures`"


def test_the_tables_of_keys_are_those_of_the_action_table() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert text == with_tables(text), MAKE


@pytest.mark.parametrize("action", ["start", "pause", "stop", "stop_all", "quit", "undo", "help", "goto_market"])
def test_the_tour_of_the_readme_names_the_keys_as_they_are(action: str) -> None:
    row = next(row for row in ACTIONS if row.id == action)
    key = key_text(row.keys[0]).replace("^", "Ctrl+")
    assert f"`{key}`" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", [README, GUIDE], ids=lambda path: path.name)
def test_what_is_linked_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert len(links) > 1
    for link in links:
        assert (document.parent / link).exists(), link


def test_pictures_fetch_nothing_and_are_those_of_the_readme() -> None:
    shown = set(re.findall(r"docs/pictures/(\w+\.svg)", README.read_text(encoding="utf-8")))
    assert shown == {path.name for path in PICTURES.iterdir()}
    for path in PICTURES.iterdir():
        assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", path.read_text(encoding="utf-8"))


@pytest.mark.acceptance
def test_pictures_are_made_anew_to_the_last_letter() -> None:
    for name, svg in pictures().items():
        assert svg == (PICTURES / name).read_text(encoding="utf-8"), f"{name} is another one now; {MAKE}"
