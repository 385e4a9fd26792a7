"""What a report of recorded data says to people."""

from pathlib import Path

from mmtui.exchanges.replay import DataReport


def test_what_did_not_occur_is_not_mentioned() -> None:
    report = DataReport("standx-btc", rows=10, events=9, first_ns=0, last_ns=5_000_000_000)
    assert report.lines() == ["standx-btc: 10 rows, 9 events, 5 s of market"]


def test_every_finding_has_a_line() -> None:
    report = DataReport(
        "x",
        locked_books=1,
        trades_without_side=2,
        backfill_rows=3,
        shifted_rows=4,
        short_rows=5,
        truncated_files=["f.gz"],
    )
    report.add_gap(7.25)
    report.add_gap(3.5)
    report.leave_out("not a number", Path("somewhere/f.csv"), 12)
    report.leave_out("not a number", Path("somewhere/f.csv"), 13)
    assert report.lines()[1:] == [
        "2 gaps, 11 s in all, the longest 7.2 s",
        "1 books with best bid = best ask",
        "2 trades without a taker side",
        "3 backfilled trades left out",
        "4 rows moved on by whole hours, because the recorder's clock was set back",
        "5 rows are shorter than their header and read all the same",
        "f.gz is cut off: its readable part is used",
        "2 left out, not a number (first: f.csv:12)",
    ]
