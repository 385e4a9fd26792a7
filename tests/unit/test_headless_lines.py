from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.headless.lines import JsonLines, note_fields, plain
from mmtui.headless.timestamps import clock_text, date_text, duration_text, utc_text
from mmtui.model.notes import Note, NoteLevel, OrderNote
from mmtui.model.units import NS_PER_S, Side
from tests.unit.headless_rows import NOTES, NOW_NS, assert_golden


def test_notes_become_the_lines_that_scripts_know() -> None:
    written: list[str] = []
    lines = JsonLines(written.append)
    lines.notes("sol", NOTES)
    lines.event("start", NOW_NS, strategy="sol", balance=Decimal("1E-7"), orders=[Decimal("0.10")], run=None)
    assert_golden("headless_lines.jsonl", "".join(written))


def test_every_line_is_one_json_object_with_time_event_and_strategy_first() -> None:
    written: list[str] = []
    JsonLines(written.append).notes("sol", NOTES)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    for line in written:
        assert list(msgspec.json.decode(line))[:3] == ["ts", "event", "strategy"]


def test_debug_notes_are_not_told() -> None:
    written: list[str] = []
    JsonLines(written.append).notes("sol", [Note(NOW_NS, NoteLevel.DEBUG, "tick", "a tick")])
    assert written == []


def test_a_reason_is_there_only_where_there_is_one() -> None:
    sent = OrderNote(NOW_NS, "order_sent", "m1-1", Side.BUY, Decimal(1), Decimal(1), Decimal(0))
    assert "reason" not in note_fields("sol", sent)
    assert note_fields("sol", msgspec.structs.replace(sent, reason="late"))["reason"] == "late"


def test_a_fact_named_like_a_field_of_the_line_loses_neither() -> None:
    line = note_fields("sol", Note(NOW_NS, NoteLevel.INFO, "x", "text", {"message": "theirs", "price": "1"}))
    assert (line["message"], line["message_"], line["price"]) == ("text", "theirs", "1")


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "disk full"), ValueError("closed file")])
def test_a_stdout_that_went_away_is_silent(error: Exception) -> None:
    tried: list[str] = []
    lines = JsonLines(_failing(error, tried))
    lines.event("one", NOW_NS)
    lines.notes("sol", NOTES)
    lines.document({"event": "summary"})
    assert lines.broken
    assert len(tried) == 1


def test_a_stdout_that_works_is_not_broken() -> None:
    lines = JsonLines(len)
    lines.event("one", NOW_NS)
    assert not lines.broken


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_written_without_exponent_and_lose_nothing(value: Decimal) -> None:
    text = plain({"value": [value]})
    assert isinstance(text, dict)
    assert "e" not in text["value"][0].lower()
    assert Decimal(text["value"][0]) == value


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_999, "1970-01-01T00:00:00.000001Z"),
        (NOW_NS, "2026-11-21T02:02:03.004005Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775Z"),
    ],
)
def test_times_are_utc_to_the_microsecond_never_rounded_up(time_ns: int, text: str) -> None:
    assert utc_text(time_ns) == text


def test_times_for_people() -> None:
    assert (date_text(NOW_NS), clock_text(NOW_NS)) == ("2026-11-21 02:02:03 UTC", "02:02:03")
    seconds = (0, 59, 60, 3_599, 3_600, 90_061)
    shown = ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "1 h 00 min 00 s", "25 h 01 min 01 s"]
    assert [duration_text(s * NS_PER_S) for s in seconds] == shown


def _failing(error: Exception, tried: list[str]) -> Callable[[str], None]:
    def write(text: str) -> None:
        tried.append(text)
        raise error

    return write
