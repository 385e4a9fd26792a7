"""Makes what the documents show of the terminal: pictures of the simulated venue, and the table of keys and words.

``python -m tests.ui.pictures`` writes docs/pictures/*.svg and the tables between the marks in docs/terminal.md.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from mmtui.language import translator
from mmtui.screens.actions import ACTIONS, SCREENS, Action
from mmtui.screens.keymap import key_text
from tests.ui.sim_scene import SimScene
from tests.ui.test_strategies_snapshots import steps

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PICTURES: Final = DOCS / "pictures"
GUIDE: Final = DOCS / "terminal.md"
SIZE: Final = (120, 40)
TRADED_S: Final = 900
BEGIN: Final = "<!-- keys: made by tests/ui/pictures.py -->\n"
END: Final = "<!-- end of keys -->\n"

_FONTS: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""Fonts from elsewhere: a picture should not fetch anything."""

Prepare = Callable[[Pilot[Any]], Awaitable[None]]


async def picture(scene: SimScene, prepare: Prepare) -> str:
    """An SVG of the terminal."""
    app = scene.app()
    async with app.run_test(size=SIZE) as pilot:
        await prepare(pilot)
        return _FONTS.sub("", app.export_screenshot(title="mmtui"))


def pressed(*keys: str) -> Prepare:
    """Press keys, each to its end."""

    async def prepare(pilot: Pilot[Any]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        for _ in range(3):
            await pilot.pause()

    return prepare


def pictures() -> dict[str, str]:
    """All pictures by file name."""
    with tempfile.TemporaryDirectory() as home:
        scene = SimScene(Path(home))
        scene.run(TRADED_S)
        return {
            "dashboard.svg": asyncio.run(picture(scene, pressed("1"))),
            "market.svg": asyncio.run(picture(scene, pressed("2"))),
            "strategy_form.svg": asyncio.run(picture(scene, steps("e", spread_pct="0.08", inventory_skew="0.7"))),
        }


# ---------------------------------------------------------------------------------------------------- keys and words


def key_tables() -> str:
    """The tables of docs/terminal.md, from the action table."""
    titles = {"app": "Everywhere", "table": "In a table", "command_line": "On the command line"}
    titles |= {name: f"On the {title} screen" for name, title, _ in SCREENS}
    head = "| key | word after `:` | what it does | id |\n| --- | --- | --- | --- |"
    parts = []
    for context, title in titles.items():
        rows = [_row(action) for action in ACTIONS if context in action.contexts]
        if rows:
            parts.append(f"### {title}\n\n{head}\n{''.join(rows)}")
    return "\n".join(parts)


def _row(action: Action) -> str:
    say = translator("en").gettext
    keys = ", ".join(f"`{_code(key_text(key))}`" for key in action.keys)
    words = ", ".join(f"`{_code(word)}`" for word in action.words)
    return f"| {keys} | {words} | {say(action.tooltip)} | `{action.id}` |\n"


def _code(text: str) -> str:
    return text.replace("|", "\\|")


def with_tables(text: str) -> str:
    """A document with its tables made anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{key_tables()}\n{END}{after}"


def main() -> None:
    """Write pictures and tables."""
    PICTURES.mkdir(exist_ok=True)
    for name, svg in pictures().items():
        (PICTURES / name).write_text(svg, encoding="utf-8")
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
