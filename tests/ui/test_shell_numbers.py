"""Figures and texts in cells: exact, aligned, never cut; and colours that can be read."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.theme import Theme

from mmtui.model.units import Side
from mmtui.screens import keymap, numbers
from mmtui.screens.columns import table
from mmtui.screens.themes import MMTUI_DARK, MMTUI_LIGHT

DASH = "\N{EN DASH}"
FIGURES = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=4)


@pytest.mark.parametrize("module", [numbers, keymap])
def test_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(FIGURES, st.integers(0, 8))
def test_a_figure_says_its_value_to_the_asked_places(value: Decimal, places: int) -> None:
    text = numbers.number(value, places)
    assert abs(Decimal(text.replace(",", "")) - value) <= Decimal(1).scaleb(-places) / 2
    assert not text.startswith("-0.") or Decimal(text) != 0


@given(FIGURES, st.integers(1, 30))
def test_a_figure_is_whole_or_not_there(value: Decimal, width: int) -> None:
    text = numbers.number(value, 2)
    shown = numbers.right(text, width)
    assert numbers.cells(shown) == width
    assert shown.strip() in (text, numbers.NO_ROOM)


@given(st.lists(FIGURES, min_size=1, max_size=8), st.integers(0, 4))
def test_points_stand_in_one_column(values: list[Decimal], places: int) -> None:
    shown = numbers.align([numbers.number(value, places) for value in values] + [numbers.UNKNOWN])
    assert len({numbers.cells(text) for text in shown}) == 1
    assert len({text.index(".") for text in shown if "." in text}) <= 1


@given(st.text(max_size=20), st.integers(0, 20))
def test_a_text_takes_exactly_its_cells(text: str, width: int) -> None:
    text = "".join(character for character in text if character.isprintable())
    assert numbers.cells(numbers.left(text, width)) == width or not text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, DASH), (float("nan"), DASH), (Decimal("Infinity"), DASH), (Decimal("-0.001"), "0.00"), (2.5, "2.50")],
)
def test_unknown_is_a_dash_and_never_zero(value: Decimal | float | None, shown: str) -> None:
    assert numbers.number(value, 2) == shown
    assert numbers.compact(None) == numbers.UNKNOWN


def test_signs_marks_and_times() -> None:
    assert numbers.signed(Decimal("0.001"), 2) == "0.00"
    assert numbers.signed(None, 2) == numbers.UNKNOWN
    assert numbers.signed(Decimal(1234), 0) == "+1,234"
    assert [numbers.side_mark(side) for side in (Side.BUY, Side.SELL, None)] == ["B", "S", "·"]
    assert [numbers.arrow(value) for value in (1, -1, 0, None)] == ["▲", "▼", " ", " "]
    assert numbers.price(Decimal("150.235"), Decimal("0.01")) == "150.24"
    assert numbers.quantity(None, Decimal("0.01")) == numbers.UNKNOWN
    assert numbers.percent(Decimal("1.234")) == "1.23%"
    assert numbers.percent(None) == numbers.UNKNOWN
    assert numbers.bps(0.6666) == "0.7"
    assert numbers.age(400_000 * 1_000_000_000) == "4d"
    assert numbers.stamp(1_769_862_896_000_000_000) == "2026-01-31 12:34:56"
    assert numbers.stamp(None) == numbers.clock(None) == numbers.UNKNOWN
    assert [numbers.compact(value) for value in (Decimal(999_950), Decimal(10**13), 0, float("inf"))] == [
        "1M",
        "10T",
        "0",
        numbers.UNKNOWN,
    ]


def test_columns_align_wide_characters() -> None:
    lines = table([("sol-maker", "1.5", "x"), ("btc-做市", "22.25", "yy")])
    assert lines == ["sol-maker   1.5   x", "btc-做市   22.25  yy"]
    assert table([]) == []


def contrast(one: str, other: str) -> float:
    """WCAG 2.1: (lighter + 0.05) / (darker + 0.05) of the relative luminances."""

    def luminance(name: str) -> float:
        channels = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in Color.parse(name).normalized
        ]
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [MMTUI_DARK, MMTUI_LIGHT])
def test_every_colour_of_text_can_be_read_on_every_ground(theme: Theme) -> None:
    inks = {name: theme.variables[name] for name in ("buy", "sell", "gain", "loss", "quiet")}
    inks |= {"foreground": str(theme.foreground), "error": str(theme.error), "success": str(theme.success)}
    inks |= {"warning": str(theme.warning), "primary": str(theme.primary)}
    for ink, colour in inks.items():
        for ground in (theme.background, theme.surface, theme.panel):
            assert contrast(colour, str(ground)) >= 4.5, (ink, ground)
    for stage in ("stage-live", "stage-paper", "stage-sim"):
        assert contrast("#ffffff", theme.variables[stage]) >= 4.5, stage
