import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks import recording
from benchmarks.feed import Diff, Feed, Trade, frame_of
from benchmarks.frames import decode, event_time_ns, opening_book
from mmtui.core.book import Book
from mmtui.model.events import BookDelta, PublicTrade
from mmtui.model.units import Side

MESSAGES = 3_000


@pytest.fixture(scope="module")
def diffs() -> list[Diff]:
    return [message for message in Feed().messages(MESSAGES) if isinstance(message, Diff)]


def test_feeds_of_one_seed_are_equal_and_of_two_differ() -> None:
    first, second, other = Feed(7, 0.25), Feed(7, 0.25), Feed(8, 0.25)
    told = [frame_of(message) for message in first.messages(200)]
    assert told == [frame_of(message) for message in second.messages(200)]
    assert told != [frame_of(message) for message in other.messages(200)]


def test_feed_has_the_statistics_it_promises(diffs: list[Diff]) -> None:
    levels = [len(diff.bids) + len(diff.asks) for diff in diffs]
    changes = sum(a[-2:] != b[-2:] for a, b in pairwise(diffs))
    assert (min(levels), max(levels)) == (2, 20)
    assert sum(levels) / MESSAGES == pytest.approx(6.4, abs=0.3)
    assert sum(len(frame_of(diff)) for diff in diffs) / MESSAGES == pytest.approx(266, abs=8)
    assert changes / MESSAGES == pytest.approx(0.3, abs=0.03)


def test_feed_keeps_its_book_in_size_and_never_crosses(diffs: list[Diff]) -> None:
    feed = Feed()
    for diff, again in zip(feed.messages(MESSAGES), diffs, strict=True):
        assert diff == again
        assert again.best_bid < again.best_ask
        assert 300 <= len(feed.bids.prices) <= 620
        assert 300 <= len(feed.asks.prices) <= 620


def test_trades_come_as_often_as_asked_and_at_the_touch() -> None:
    feed = Feed(trades_per_message=0.25)
    trades = 0
    for message in feed.messages(MESSAGES):
        if isinstance(message, Trade):
            trades += 1
            assert message.price == (feed.bids if message.buyer_is_maker else feed.asks).best
    assert trades / MESSAGES == pytest.approx(0.25, abs=0.04)


def test_times_and_sequences_rise() -> None:
    messages = list(Feed(trades_per_message=0.25).messages(300))
    times = [message.time_us for message in messages]
    assert times == sorted(set(times))
    sequences = [message.sequence for message in messages if isinstance(message, Diff)]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))


def rebuilt(side: dict[float, float], rows: list[Any]) -> None:
    for price, size in rows:
        side[float(price)] = float(size)
        if not float(size):
            del side[float(price)]


def test_recording_tells_the_best_prices_that_its_frames_lead_to(tmp_path: Path) -> None:
    recording.write(tmp_path / "feed.txt", 400)
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for line in recording.read(tmp_path / "feed.txt", 400):
        data = json.loads(line.frame)["data"]
        assert (line.best is None) is (data["e"] == "trade")
        if line.best is not None:
            rebuilt(bids, data["b"])
            rebuilt(asks, data["a"])
            assert line.best == (max(bids), min(asks))


def test_recording_can_be_read_in_part_but_not_beyond_its_end(tmp_path: Path) -> None:
    recording.write(tmp_path / "feed.txt", 20)
    depth = recording.DepthFrames(tmp_path / "feed.txt", 10)
    assert len(depth.frames) == len(depth.bests) == 10
    with pytest.raises(ValueError, match="fewer than 21"):
        recording.read(tmp_path / "feed.txt", 21)


def test_decoder_gives_linked_deltas_that_our_book_follows(tmp_path: Path) -> None:
    recording.write(tmp_path / "feed.txt", 300)
    depth = recording.DepthFrames(tmp_path / "feed.txt", 300)
    book = Book()
    book.apply_snapshot(opening_book(depth.opening, "bench:SOL", 1))
    for frame, best in zip(depth.frames, depth.bests, strict=True):
        event = decode(frame, "bench:SOL", 2)
        assert isinstance(event, BookDelta)
        book.apply_delta(event)
        assert (book.best_bid, book.best_ask) == best
    assert (book.gaps, book.stale_deltas) == (0, 0)


def test_decoder_gives_trades_with_the_side_of_the_taker() -> None:
    frame = frame_of(Trade(1_000, 9, 15_001, 250, buyer_is_maker=True)).encode()
    expected = PublicTrade("bench:SOL", 7, 150.01, 2.5, Side.SELL, "9", 1_000_000)
    assert decode(frame, "bench:SOL", 7) == expected
    assert event_time_ns(frame) == 1_000_000
