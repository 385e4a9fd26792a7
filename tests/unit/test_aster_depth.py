"""Where snapshot and changes join on futures and spot, and what a hole does."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.exchanges.aster.answers import snapshot
from mmtui.exchanges.aster.decode import MarketDecoder
from mmtui.exchanges.aster.depth import DepthChain
from mmtui.model.events import BookDelta, BookSnapshot, MarketEvent
from mmtui.model.instrument import MarketType

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "market" / "binance-btcusdt-raw"
LINES = 12_000


def delta(previous: int, last: int) -> BookDelta:
    return BookDelta("aster:X", 1, [(1.0, float(last))], [], last, previous)


def book(last: int) -> BookSnapshot:
    return BookSnapshot("aster:X", 1, [(1.0, 1.0)], [(2.0, 1.0)], last)


def links(events: list[MarketEvent] | None) -> list[tuple[int | None, int | None]] | None:
    if events is None:
        return None
    return [
        (event.previous_sequence if isinstance(event, BookDelta) else None, event.sequence)
        for event in events
        if isinstance(event, BookDelta | BookSnapshot)
    ]


def test_the_first_change_used_spans_the_snapshot_and_is_linked_to_it() -> None:
    chain = DepthChain()
    for kept in (delta(0, 10), delta(10, 20), delta(20, 30)):
        assert chain.take(kept) is None
    assert links(chain.join(book(15))) == [(None, 15), (15, 20), (20, 30)]
    assert chain.take(delta(30, 41)) == delta(30, 41)
    assert not chain.broken


def test_a_snapshot_newer_than_all_waits_for_the_change_that_spans_it() -> None:
    chain = DepthChain()
    chain.take(delta(0, 10))
    assert links(chain.join(book(35))) == [(None, 35)]
    assert chain.take(delta(10, 30)) is None
    assert not chain.broken
    taken = chain.take(delta(30, 40))
    assert taken is not None
    assert (taken.previous_sequence, taken.sequence) == (35, 40)


def test_sequences_are_global_so_a_hole_between_two_events_of_one_symbol_is_none() -> None:
    chain = DepthChain()
    assert links(chain.join(book(25))) == [(None, 25)]
    # No event of this symbol lies between 20 and 31: the snapshot at 25 is the state after 20.
    taken = chain.take(delta(20, 39))
    assert taken is not None
    assert taken.previous_sequence == 25


def test_a_snapshot_older_than_the_stream_is_read_again_and_the_changes_are_kept() -> None:
    chain = DepthChain()
    for kept in (delta(40, 50), delta(50, 60)):
        chain.take(kept)
    assert chain.join(book(30)) is None
    assert chain.broken
    assert links(chain.join(book(55))) == [(None, 55), (55, 60)]
    assert chain.gaps == 0


def test_a_hole_breaks_the_book_until_a_snapshot_reaches_beyond_it() -> None:
    chain = DepthChain()
    chain.join(book(10))
    assert chain.take(delta(10, 20)) is not None
    assert chain.take(delta(25, 30)) is None
    assert chain.broken
    assert chain.gaps == 1
    assert chain.take(delta(30, 40)) is None
    assert links(chain.join(book(27))) == [(None, 27), (27, 30), (30, 40)]


def test_what_is_not_newer_changes_nothing() -> None:
    chain = DepthChain()
    chain.join(book(10))
    chain.take(delta(10, 20))
    assert chain.take(delta(10, 20)) is None
    assert chain.take(delta(20, 20)) is None
    assert not chain.broken
    assert chain.take(delta(20, 21)) is not None


def test_a_lost_stream_links_to_nothing() -> None:
    chain = DepthChain()
    chain.join(book(10))
    chain.lose()
    assert chain.take(delta(10, 20)) is None
    assert links(chain.join(book(20))) == [(None, 20)]


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=30), st.data())
def test_whatever_is_lost_what_is_told_links(steps: list[int], data: st.DataObject) -> None:
    """Events told after any snapshot form one chain, and a dropped change is never passed over."""
    sequence, stream = 0, []
    for step in steps:
        stream.append(delta(sequence, sequence + step))
        sequence += step
    chain, last = DepthChain(), None
    for item in stream:
        if data.draw(st.integers(0, 5)) == 0:
            continue  # lost
        was_broken = chain.broken
        taken = chain.take(item)
        if taken is not None:
            assert taken.previous_sequence == last
            last = taken.sequence
        if chain.broken and (was_broken or data.draw(st.booleans())):
            at = data.draw(st.integers(0, sequence))
            events = chain.join(book(at))
            if events is not None:
                told = links(events)
                assert told is not None
                last = told[0][1]
                for previous, now in told[1:]:
                    assert previous == last
                    last = now


# ---------------------------------------------------------------------------------------------------- recorded frames


def recorded(name: str) -> Iterator[bytes]:
    """The bare frames of a recording in the same format (Binance's), snapshots included."""
    found = sorted(RECORDED.glob(f"{name}_*.txt.gz"))
    if not found:
        pytest.skip(f"no recording {name} beside the repository ({RECORDED.name})")
    with gzip.open(found[0], "rb") as file:
        for _, line in zip(range(LINES), file, strict=False):
            yield line.split(b" ", 1)[1].strip()


@pytest.mark.parametrize(("name", "market"), [("usdm", MarketType.PERP), ("spot", MarketType.SPOT)])
def test_recorded_frames_make_one_unbroken_uncrossed_book(name: str, market: MarketType) -> None:
    decoder, chain, picture = MarketDecoder(market), DepthChain(), Book()
    deltas = snapshots = 0
    for frame in recorded(name):
        if b'"lastUpdateId"' in frame[:40]:
            events = chain.join(snapshot("x", frame, 1))
            assert events is not None
            snapshots += 1
        else:
            events = []
            for event in decoder.decode(frame, 1):
                taken = chain.take(event) if isinstance(event, BookDelta) else None
                events += [] if taken is None else [taken]
        for told in events:
            if isinstance(told, BookSnapshot):
                picture.apply_snapshot(told)
            elif isinstance(told, BookDelta):
                picture.apply_delta(told)
                deltas += 1
                assert picture.usable
    assert snapshots >= 1
    assert deltas > 500
    assert (chain.gaps, picture.gaps, decoder.unrecognised) == (0, 0, 0)


def test_a_snapshot_in_any_order_is_best_first() -> None:
    body = msgspec.json.encode(
        {"lastUpdateId": 7, "bids": [["1", "2"], ["3", "1"], ["2", "0"]], "asks": [["9", "1"], ["8", "1"]]}
    )
    found = snapshot("x", body, 1)
    assert found.bids == [(3.0, 1.0), (1.0, 2.0)]
    assert found.asks == [(8.0, 1.0), (9.0, 1.0)]
