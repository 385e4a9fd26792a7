import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.headless.columns import display_width, padded, printable, wrapped

WIDE_AND_NARROW = st.text(st.sampled_from("ab1 ,;.买一盘口。é"), max_size=80)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("bid", 3), ("买一", 4), ("买1", 3), ("。", 2), ("é", 1), ("e\u0301", 1), ("\uff46", 2)],
)
def test_width_counts_columns_not_characters(text: str, columns: int) -> None:
    assert display_width(text) == columns


def test_padding_counts_columns_and_never_cuts() -> None:
    assert padded("买一", 6) == "买一  "
    assert padded("买一", 6, right=True) == "  买一"
    assert padded("未实现盈亏", 4) == "未实现盈亏"


def test_chinese_breaks_between_characters_and_english_between_words() -> None:
    assert wrapped("等待盘口数据", 5) == ["等待", "盘口", "数据"]
    assert wrapped("waiting for the book", 11) == ["waiting for", "the book"]
    assert wrapped("m1-1234567890", 5) == ["m1-12", "34567", "890"]


@given(WIDE_AND_NARROW, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text())
def test_what_is_printed_cannot_move_the_cursor(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert shown.replace("\u3000", " ").isprintable()


def test_a_venue_cannot_clear_the_screen() -> None:
    assert printable("bad\x1b[2J\r\nprice\u202e") == "bad [2J  price "
