"""Columns fold from the least important on, figures are aligned and never cut, unknown is sorted last."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mmtui.screens.numbers import UNKNOWN
from mmtui.screens.widgets.table_cells import amount, figure, holding, words
from mmtui.screens.widgets.table_layout import Cell, Column, Place, TableRow, arrange, arranged, measure, written

COLUMNS = (
    Column(id="name", title="Name", most=8),
    Column(id="net", title="Net", align="point"),
    Column(id="day", title="Day", align="point", fold=2),
    Column(id="why", title="Why", flex=True, fold=1),
)

money = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)


def row(name: str, net: Decimal | None, day: Decimal | None = None, why: str = "") -> TableRow:
    return TableRow(name, (words(name), amount(net, 2), amount(day, 2), words(why)))


def places(rows: list[TableRow], width: int, shift: int = 0) -> tuple[Place, ...]:
    return arrange(COLUMNS, [column.title for column in COLUMNS], measure(COLUMNS, rows), width, shift)


def shown(rows: list[TableRow], width: int, shift: int = 0) -> list[str]:
    return [COLUMNS[place.column].id for place in places(rows, width, shift)]


ROWS = [row("sol", Decimal("1.5"), Decimal(-20), "quoting 3x3"), row("做市策略", Decimal("-1234.25"), None, "no book")]


def test_all_columns_stand_where_there_is_room_and_the_flexible_one_takes_the_rest() -> None:
    assert shown(ROWS, 80) == ["name", "net", "day", "why"]
    assert sum(place.width for place in places(ROWS, 80)) + 3 * 2 == 80


def test_the_highest_fold_goes_first_and_zero_stays() -> None:
    assert shown(ROWS, 31) == ["name", "net", "why"]
    assert shown(ROWS, 19) == ["name", "net"]
    assert "day" not in shown(ROWS, 9)


def test_a_shift_reaches_every_column() -> None:
    reached = {column for shift in range(4) for column in shown(ROWS, 24, shift)}
    assert reached == {"name", "net", "day", "why"}


def test_decimal_points_stand_in_one_column_and_unknown_among_the_units() -> None:
    place = places(ROWS, 80)[1]
    texts = [written(row.cells[1], COLUMNS[1], place) for row in [*ROWS, row("x", None)]]
    assert texts == ["    +1.50", "-1,234.25", f"     {UNKNOWN}   "]


@given(st.lists(money, min_size=1, max_size=6), st.integers(min_value=1, max_value=60))
def test_a_figure_is_whole_or_not_there(values: list[Decimal], width: int) -> None:
    rows = [row(f"s{k}", value, value) for k, value in enumerate(values)]
    for place in places(rows, width):
        if COLUMNS[place.column].align != "point":
            continue
        for line in rows:
            text = written(line.cells[place.column], COLUMNS[place.column], place)
            assert cell_len(text) == place.width
            assert text.strip() in (line.cells[place.column].text, "…", "")


@given(st.lists(st.one_of(st.none(), money), max_size=8), st.booleans())
def test_unknown_is_last_whichever_way_one_sorts(values: list[Decimal | None], reverse: bool) -> None:
    rows = [row(f"s{k}", value) for k, value in enumerate(values)]
    found = [line.cells[1].order for line in arranged(rows, 1, reverse=reverse)]
    known = [value for value in found if isinstance(value, Decimal)]
    assert found == known + [None] * (len(found) - len(known))
    assert known == sorted(known, reverse=reverse)


def test_rows_that_are_equal_keep_their_order() -> None:
    rows = [row("b", Decimal(1)), row("a", Decimal(1)), row("c", Decimal(0))]
    assert [line.key for line in arranged(rows, 1, reverse=False)] == ["c", "b", "a"]
    assert [line.key for line in arranged(rows, None, reverse=False)] == ["b", "a", "c"]


def test_measures_only_grow_from_what_was_seen() -> None:
    wide = measure(COLUMNS, ROWS)
    assert measure(COLUMNS, ROWS[:1], wide) == wide
    assert measure(COLUMNS, ROWS[:1])[1].head < wide[1].head


def test_unknown_cells_say_so_and_a_flat_position_is_not_unknown() -> None:
    assert holding(None, Decimal("0.01")) == Cell(UNKNOWN, "warning")
    assert holding(Decimal(0), Decimal("0.01")).text == "0.00"
    assert figure(None, 2).order is None
    assert amount(Decimal(-3), 2) == Cell("-3.00", "loss", Decimal(-3))
