"""The ring of log lines: bounded, filtered, searched, harmless for a terminal."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.screens.widgets.log_lines import LINES_KEPT, LogLines, line_of, printable
from tests.ui import boards


def filled(count: int = 400, kept: int = LINES_KEPT) -> LogLines:
    lines = LogLines(kept)
    lines.add(boards.logs(count))
    return lines


def test_the_ring_forgets_the_oldest_lines() -> None:
    lines = filled(400, kept=100)
    assert (len(lines), lines.shown[0].number, lines.shown[-1].number) == (100, 301, 400)
    lines.add([boards.log(401)])
    assert (len(lines), lines.shown[0].number, lines.shown[-1].number) == (100, 302, 401)


def test_lines_read_twice_are_taken_once_and_lost_ones_are_counted() -> None:
    lines = filled(10)
    assert lines.add(boards.logs(10)) == 0
    lines.add([boards.log(15)])
    assert lines.missed == 4


def test_levels_are_hidden_and_come_back() -> None:
    lines = filled()
    lines.choose(["error"])
    assert {line.level for line in lines.shown} == {"error"}
    lines.add([boards.log(401), boards.log(403)])
    assert lines.shown[-1].number == 403
    lines.choose(["debug", "info", "warning", "error"])
    assert len(lines.shown) == 402


def test_a_search_knows_no_case_and_counts_what_comes_later() -> None:
    lines = filled(13)
    lines.search("ACCOUNT stream", only_found=False)
    assert lines.matches == 1
    lines.add(boards.logs(26))
    assert lines.matches == 2


def test_found_lines_are_visited_around_the_end() -> None:
    lines = filled(39)
    lines.search("account stream", only_found=False)
    assert [lines.find(0, 1), lines.find(13, 1), lines.find(39, 1)] == [12, 25, 12]
    assert [lines.find(38, -1), lines.find(11, -1)] == [38, 38]
    lines.search("nowhere", only_found=False)
    assert lines.find(0, 1) is None


def test_only_found_hides_the_rest() -> None:
    lines = filled(39)
    lines.search("account stream", only_found=True)
    assert [line.number for line in lines.shown] == [13, 26, 39]
    lines.search("", only_found=True)
    assert len(lines.shown) == 39


def test_matches_that_leave_the_ring_are_no_longer_counted() -> None:
    lines = LogLines(20)
    lines.search("account stream", only_found=False)
    lines.add(boards.logs(40))
    assert lines.matches == sum(map(lines.found, lines.shown)) == 2


def test_a_time_finds_the_first_line_at_or_after_it() -> None:
    lines = filled(100)
    assert lines.index_at(boards.log(50).time_ns) == 49
    assert lines.index_at(boards.log(50).time_ns + 1) == 50
    assert lines.index_at(boards.log(100).time_ns + 10**12) == 99


def test_a_copied_line_has_its_day() -> None:
    assert line_of(boards.log(400)).copied().startswith("2026-01-31 12:34:56 info engine placed mmA7-0400")


@given(st.text())
@settings(deadline=None)
def test_nothing_that_moves_a_cursor_gets_through(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    shown.encode()


@given(st.lists(st.sampled_from(["add", "error", "all", "search", "only"]), max_size=30), st.integers(1, 30))
@settings(deadline=None, max_examples=60)
def test_what_is_shown_is_always_what_the_filter_says(steps: list[str], kept: int) -> None:
    lines, number = LogLines(kept), 0
    for step in steps:
        if step == "add":
            lines.add([boards.log(number + k) for k in range(1, 8)])
            number += 7
        elif step in {"error", "all"}:
            lines.choose(["error"] if step == "error" else ["debug", "info", "warning", "error"])
        else:
            lines.search("stream", only_found=step == "only")
        everything = LogLines(kept)
        everything.add(boards.logs(number))
        everything.choose(lines.levels)
        everything.search(lines.text, only_found=lines.only_found)
        assert [line.number for line in lines.shown] == [line.number for line in everything.shown]
        assert lines.matches == everything.matches
        assert len(lines) <= kept
