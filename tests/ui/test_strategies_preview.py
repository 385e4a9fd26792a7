"""The preview of the strategies screen; its list, languages and sizes."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.config.panel import Panel, first_config
from mmtui.engine.kind_faces import kind_faces
from mmtui.screens.widgets.form_words import WORDS
from mmtui.screens.widgets.table_pane import TablePane
from tests.ui import boards
from tests.ui.form_queries import form_stage, queries_of
from tests.ui.looking import part, text
from tests.ui.strategies_stage import SIZE, calm, field, opened, press, settled, write

# -------------------------------------------------------------------------------------------------------------- preview


async def test_the_preview_shows_orders_distances_refusals_and_how_far_it_can_go() -> None:
    stage = form_stage(board=calm())
    queries_of(stage).refused = 2
    async with stage.app.run_test(size=(200, 60)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#preview_orders").splitlines()
        assert len(part(stage, "#preview_orders", TablePane).rows) == 6
        assert "▼S" in shown[2]
        assert "150.42" in shown[2]
        assert "12.0" in shown[2]
        assert "376.05" in shown[2]
        assert sum("▲B ✗" in row and "max_order_notional" in row for row in shown) == 2
        facts = text(stage, "#preview_facts")
        assert "✗ 2 refused: max_order_notional: order of 375.59 above 100" in facts
        assert "at most long +11.1 SOL  at most short -3.9 SOL" in facts


async def test_the_preview_follows_what_is_written() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        assert queries_of(stage).previews[-1]["spread_pct"] == "0.2"
        assert queries_of(stage).previews[-1]["quantity"] == "2.5"


async def test_the_preview_is_asked_again_only_while_it_is_looked_at() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        pane = shown.query_one("#preview")
        asked = len(queries_of(stage).previews)
        pane.ask_again()  # type: ignore[attr-defined]  # its own clock would
        await settled(pilot)
        assert len(queries_of(stage).previews) == asked + 1
        await press(pilot, "1")
        shown.tick()
        pane.ask_again()  # type: ignore[attr-defined]  # hidden
        await settled(pilot)
        assert len(queries_of(stage).previews) == asked + 1


async def test_a_slow_preview_is_not_asked_twice_and_a_new_value_replaces_it() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        shown = await opened(stage, pilot)
        queries = queries_of(stage)
        queries.gate.clear()
        await write(stage, pilot, "spread_pct", "0.2")
        asked = len(queries.previews)
        shown.query_one("#preview").ask_again()  # type: ignore[attr-defined]  # its own clock would
        await settled(pilot)
        assert len(queries.previews) == asked
        await write(stage, pilot, "spread_pct", "0.3")
        queries.gate.set()
        await settled(pilot)
        assert queries.previews[-1]["spread_pct"] == "0.3"
        assert "▲B" in text(stage, "#preview_orders")


async def test_a_preview_that_fails_says_why() -> None:
    stage = form_stage(board=calm())
    queries_of(stage).fault = 'sim: unknown symbol "SOL-USDC-PERP"'
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        assert 'unknown symbol "SOL-USDC-PERP"' in text(stage, "#preview_facts")


# --------------------------------------------------------------------------------------------------- list and languages


async def test_the_filter_narrows_the_list_and_escape_shows_all() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot, "slash", *"btc")
        assert len(part(stage, "#list", TablePane).rows) == 2
        await press(pilot, "escape")
        assert len(part(stage, "#list", TablePane).rows) == 3
        assert part(stage, "#list", TablePane).has_focus


async def test_another_language_keeps_what_is_written() -> None:
    stage = form_stage(board=calm())
    async with stage.app.run_test(size=SIZE) as pilot:
        await opened(stage, pilot)
        await write(stage, pilot, "spread_pct", "0.2")
        stage.app.set_language("zh")
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.2"
        assert "点差" in str(field(stage, "spread_pct").head.render())


def test_every_word_of_every_kind_is_marked_for_translation() -> None:
    words = [word for kind in kind_faces() for face in kind.fields for word in (face.title, face.help, face.unit)]
    words += [word for kind in kind_faces() for word in (kind.title, *kind.presets)]
    same_everywhere = ("", "%", "s", "ms", "bps")
    assert [word for word in words if word not in WORDS and word not in same_everywhere] == []


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60), (20, 5)])
async def test_no_size_breaks_the_form(size: tuple[int, int]) -> None:
    stage = form_stage(board=boards.board())
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot, "e", "9", "escape", "n", "x", "escape")
        for other in ((200, 60), (60, 16), (20, 5), (81, 25), size):
            await pilot.resize_terminal(*other)
        await settled(pilot)
        assert field(stage, "spread_pct").field.value == "0.1"


async def test_the_real_settings_file_takes_what_the_form_sends(tmp_path: Path) -> None:
    """The values that the form sends are values that the panel settings take, and undo brings the old ones back."""
    panel = Panel(tmp_path / "panel_settings.json", first_config())
    sent: Sequence[tuple[str, str]] = (("spread_pct", "0.2"), ("quantity", ""), ("max_position", "12"))
    panel.change_settings("maker", dict(sent))
    assert panel.strategy("maker").settings.spread_pct == Decimal("0.2")
    assert panel.undo("maker") is not None
