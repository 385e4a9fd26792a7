"""A depth stream without a snapshot is joined to one, whatever the order in which they come."""

from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.exchanges.backpack.book_sync import BookSync
from mmtui.model.events import BookDelta, BookSnapshot

BTC = "backpack:BTC_USDC_PERP"


def delta(first: int, last: int, price: float = 1.0) -> BookDelta:
    return BookDelta(BTC, last, [(price, float(last))], [], last, first - 1)


def snapshot(number: int) -> BookSnapshot:
    return BookSnapshot(BTC, number, [(1.0, float(number))], [(2.0, 1.0)], number)


def fed(sync: BookSync, frame: BookDelta) -> BookDelta | None:
    """What the feed does with a frame."""
    if sync.last == frame.previous_sequence:
        sync.last = frame.sequence
        return frame
    return sync.off_line(frame)


def test_frames_before_the_snapshot_are_kept_and_those_within_it_dropped() -> None:
    sync = BookSync()
    assert [fed(sync, delta(number, number)) for number in (5, 6, 7, 8)] == [None] * 4
    joined = sync.join(snapshot(6))
    assert joined == [snapshot(6), delta(7, 7), delta(8, 8)]
    assert fed(sync, delta(9, 9)) == delta(9, 9)


def test_a_snapshot_older_than_the_stream_is_taken_again() -> None:
    sync = BookSync()
    fed(sync, delta(10, 10))
    assert sync.join(snapshot(8)) is None
    assert sync.join(snapshot(9)) == [snapshot(9), delta(10, 10)]


def test_a_frame_that_straddles_the_snapshot_is_linked_to_it() -> None:
    sync = BookSync()
    fed(sync, delta(5, 9))
    joined = sync.join(snapshot(7))
    assert joined is not None
    book = Book()
    book.apply_snapshot(snapshot(7))
    straddling = joined[1]
    assert isinstance(straddling, BookDelta)
    book.apply_delta(straddling)
    assert (book.gaps, book.sequence) == (0, 9)


def test_a_quiet_market_is_joined_by_the_snapshot_alone() -> None:
    sync = BookSync()
    assert sync.join(snapshot(5)) == [snapshot(5)]
    assert fed(sync, delta(4, 5)) is None
    assert sync.last == 5
    linked = fed(sync, delta(5, 6))
    assert linked is not None
    assert (linked.previous_sequence, linked.sequence) == (5, 6)


def test_a_gap_keeps_the_frame_behind_it() -> None:
    sync = BookSync()
    sync.join(snapshot(5))
    assert fed(sync, delta(8, 8)) is None
    assert sync.last is None
    assert sync.join(snapshot(6)) is None
    assert sync.join(snapshot(7)) == [snapshot(7), delta(8, 8)]


def test_repeated_frames_change_nothing() -> None:
    sync = BookSync()
    sync.join(snapshot(5))
    fed(sync, delta(6, 6))
    assert fed(sync, delta(6, 6)) is None
    assert sync.last == 6


def test_a_break_in_what_is_kept_makes_the_older_part_useless() -> None:
    sync = BookSync()
    for number in (1, 2, 5, 6):
        fed(sync, delta(number, number))
    assert sync.join(snapshot(2)) is None
    assert sync.join(snapshot(4)) == [snapshot(4), delta(5, 5), delta(6, 6)]


def test_what_is_lost_is_forgotten() -> None:
    sync = BookSync()
    sync.join(snapshot(5))
    sync.lose()
    fed(sync, delta(20, 20))
    assert sync.join(snapshot(19)) == [snapshot(19), delta(20, 20)]


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=30),
    st.data(),
)
def test_any_snapshot_and_what_follows_make_the_venues_book(widths: list[int], data: st.DataObject) -> None:
    """Frames of 1 to 3 numbers, some lost or repeated: the joined book never has a gap and ends where the venue's."""
    frames, number = [], 100
    for width in widths:
        frames.append(delta(number, number + width - 1))
        number += width
    sync, book = BookSync(), Book()
    for _index, frame in enumerate(frames):
        fate = data.draw(st.sampled_from(["come", "come", "come", "lost", "twice"]))
        for _ in range({"come": 1, "lost": 0, "twice": 2}[fate]):
            out = fed(sync, frame)
            if out is not None:
                book.apply_delta(out)
        if sync.last is None:
            book.invalidate()
            reached = frame.sequence or 0
            at = data.draw(st.integers(99, reached))
            for event in sync.join(snapshot(at)) or ():
                if isinstance(event, BookSnapshot):
                    book.apply_snapshot(event)
                else:
                    book.apply_delta(event)
    assert book.gaps == 0
    assert not book.ready or book.sequence == sync.last
