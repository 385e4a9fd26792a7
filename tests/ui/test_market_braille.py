"""Dots and lines of the chart."""

from mmtui.screens.widgets.braille import Canvas, line_columns, stretches


def test_dots_stand_where_braille_has_them() -> None:
    canvas = Canvas(2, 1)
    canvas.column(0, 0, 3)
    canvas.column(3, 3, 3)
    assert canvas.lines() == ["⡇⢀"]


def test_what_lies_outside_is_left_out() -> None:
    canvas = Canvas(1, 1)
    canvas.column(0, -5, -1)
    canvas.column(7, 0, 3)
    canvas.column(-1, 0, 3)
    assert canvas.lines() == [" "]
    canvas.column(1, -9, 99)
    assert canvas.lines() == ["⢸"]


def test_a_line_is_unbroken_between_its_points() -> None:
    spans = line_columns([(0, 0.0), (4, 8.0), (4, 6.0)])
    assert spans == {0: (0.0, 0.0), 1: (0.0, 2.0), 2: (2.0, 4.0), 3: (4.0, 6.0), 4: (6.0, 8.0)}


def test_gaps_of_data_stay_gaps() -> None:
    assert stretches([0, 1, 2, 10, 11], 5) == [slice(0, 3), slice(3, 5)]
    assert stretches([], 5) == []
