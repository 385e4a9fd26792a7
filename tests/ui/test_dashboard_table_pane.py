"""The table by keyboard and mouse: every key of its action table does what its label says."""

from decimal import Decimal

import pytest
from textual.app import App, ComposeResult

from mmtui.screens.actions import actions_of
from mmtui.screens.themes import variable_defaults
from mmtui.screens.widgets.table_cells import amount, count, words
from mmtui.screens.widgets.table_layout import Column, TableRow
from mmtui.screens.widgets.table_pane import TablePane

COLUMNS = (
    Column(id="name", title="Name"),
    Column(id="net", title="Net", align="point"),
    Column(id="fills", title="Fills", align="right", fold=1),
    Column(id="long", title="A long title indeed", fold=2),
    Column(id="longer", title="Another long title", fold=3),
)


def rows(number: int = 30, *, first: int = 0) -> list[TableRow]:
    return [
        TableRow(
            f"k{k}",
            (words(f"row {k}"), amount(Decimal(k * 7 % 11 - 5), 2), count(k * 1000), words("x" * 19), words("y" * 18)),
        )
        for k in range(first, first + number)
    ]


class TableApp(App[None]):
    """One table, and what it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(dark=True)

    def compose(self) -> ComposeResult:
        yield TablePane(COLUMNS, title="Rows", empty="nothing here")

    @property
    def table(self) -> TablePane:
        return self.query_one(TablePane)

    def on_table_pane_moved(self, event: TablePane.Moved) -> None:
        self.told.append(("moved", event.key))

    def on_table_pane_chosen(self, event: TablePane.Chosen) -> None:
        self.told.append(("chosen", event.key))

    def on_table_pane_end_reached(self, event: TablePane.EndReached) -> None:
        assert event.control is self.table
        self.told.append(("end", ""))


def text(app: TableApp) -> list[str]:
    return [app.table.render_line(y).text for y in range(app.table.size.height)]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        (("down",), "k1"),
        (("j", "j"), "k2"),
        (("down", "up"), "k0"),
        (("j", "k"), "k0"),
        (("up",), "k0"),
        (("pagedown",), "k8"),
        (("pagedown", "pageup"), "k0"),
        (("end",), "k29"),
        (("G",), "k29"),
        (("end", "home"), "k0"),
        (("G", "g"), "k0"),
    ],
)
async def test_keys_move_the_cursor(keys: tuple[str, ...], key: str) -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_table(rows())
        await pilot.press(*keys)
        await pilot.pause()
        assert app.table.cursor_key == key
        cursor = [line for line in text(app) if line.startswith("▸")]
        assert len(cursor) == 1
        assert f"row {key[1:]} " in cursor[0]


async def test_every_action_of_the_table_has_its_method_and_a_key() -> None:
    for row in actions_of("table"):
        assert row.keys
        assert callable(getattr(TablePane, f"action_{row.id}"))


async def test_enter_chooses_and_the_end_is_told() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_table(rows(3))
        await pilot.press("down", "enter", "end")
        await pilot.pause()
        assert app.told == [("moved", "k1"), ("chosen", "k1"), ("moved", "k2"), ("end", "")]


async def test_an_empty_table_says_so_and_bears_every_key() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.show_table(())
        await pilot.press(*(key for row in actions_of("table") for key in row.keys))
        await pilot.click(TablePane, offset=(5, 3))
        await pilot.pause()
        assert app.told == []
        assert "nothing here" in text(app)[1]
        assert app.table.cursor_key is None


async def test_sorting_goes_through_the_columns_and_back_to_the_given_order() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 40)) as pilot:
        app.table.show_table(rows(12))
        await pilot.press("o", "o")
        assert "Net▲" in text(app)[1]
        nets = [line.cells[1].order for line in app.table.rows]
        assert nets == sorted(Decimal((k * 7) % 11 - 5) for k in range(12))
        await pilot.press("O")
        assert "Net▼" in text(app)[1]
        assert [line.cells[1].order for line in app.table.rows] == nets[::-1]
        await pilot.press("o", "o", "o", "o")
        assert app.table.sort_column is None
        assert [line.key for line in app.table.rows] == [f"k{k}" for k in range(12)]


async def test_the_cursor_stays_on_its_row_while_rows_come_go_and_are_sorted() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_table(rows())
        await pilot.press("pagedown", "down")
        assert app.table.cursor_key == "k9"
        app.table.show_table([*rows(3, first=100), *rows()])
        assert app.table.cursor_key == "k9"
        await pilot.press("o", "O")
        assert app.table.cursor_key == "k9"
        app.table.show_table(rows(5))
        assert app.table.cursor_key in {f"k{k}" for k in range(5)}


async def test_columns_without_room_are_counted_and_can_be_shown() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show_table(rows())
        await pilot.pause()
        assert app.table.shown_columns == ("name", "net", "fills")
        assert "◂▸ +2" in text(app)[0]
        seen = set(app.table.shown_columns)
        for _ in range(4):
            await pilot.press("right")
            seen |= set(app.table.shown_columns)
        assert seen == {column.id for column in COLUMNS}
        await pilot.press("left", "left", "left", "h")
        assert app.table.shown_columns == ("name", "net", "fills")


async def test_a_click_selects_two_choose_a_title_sorts() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_table(rows())
        await pilot.click(TablePane, offset=(5, 4))
        assert app.table.cursor_key == "k2"
        await pilot.click(TablePane, offset=(5, 5), times=2)
        await pilot.pause()
        assert app.told == [("moved", "k2"), ("moved", "k3"), ("chosen", "k3")]
        await pilot.click(TablePane, offset=(3, 1))
        assert app.table.sort_column == 0
        await pilot.click(TablePane, offset=(3, 1))
        assert app.table.sort_reverse


async def test_the_wheel_looks_further_without_moving_the_cursor() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.show_table(rows())
        await pilot._post_mouse_events([_wheel()], TablePane, button=0)  # noqa: SLF001 - Pilot has no word for it
        await pilot.pause()
        assert "row 3" in text(app)[2]
        assert app.table.cursor_key == "k0"
        assert "4-11/30" in text(app)[0]


def _wheel() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_only_rows_that_changed_are_painted_again() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        given = rows(6)
        app.table.show_table(given)
        await pilot.pause()
        before = app.table.painted
        assert app.table.show_table(list(given)) == 0
        given[3] = TableRow("k3", (words("row 3"), amount(Decimal(-4), 2), *given[3].cells[2:]))
        assert app.table.show_table(given) == 1
        await pilot.pause()
        assert app.table.painted == before + 1


async def test_the_sum_stands_last_however_one_sorts() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 10)) as pilot:
        total = TableRow("sum", (words("Sum"), amount(Decimal(12), 2), words(""), words(""), words("")))
        app.table.show_table(rows(30), total)
        await pilot.press("o", "O", "end")
        await pilot.pause()
        assert "Sum" in text(app)[9]
        assert "row 0" in text(app)[8] or "row 9" in text(app)[8]


async def test_a_change_of_size_keeps_the_cursor_in_sight() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 30)) as pilot:
        app.table.show_table(rows())
        await pilot.press("end")
        for size in ((80, 8), (12, 5), (3, 1), (80, 8)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert any(line.startswith("▸") and "row 29" in line for line in text(app))
