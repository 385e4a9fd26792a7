"""Cards of what is read: decoding, books, streams (C01, C02, C04 to C08)."""

import asyncio
import random
from functools import partial
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.model.events import BookDelta, BookSnapshot, Event, StreamDown, StreamUp, Unrecognised
from tests.conformance.conftest import VENUES
from tests.conformance.venue_under_test import PATIENCE_S, Trader, VenueUnderTest, eventually

MUTATIONS = 2_000

StreamUpOrDown = TypeVar("StreamUpOrDown", StreamUp, StreamDown)


async def test_c01_every_recorded_message_decodes_or_is_listed_as_ignored(venue: VenueUnderTest) -> None:
    for corpus in venue.corpora():
        for name, message in corpus.messages.items():
            events = corpus.decode(message)
            unread = any(isinstance(event, Unrecognised) for event in events)
            assert unread == (name in corpus.ignored), f"{corpus.name}: {name}"
            assert events or name in corpus.ignored, f"{corpus.name}: {name}"


async def test_c02_decoding_never_raises_on_cut_mutated_or_reordered_bytes(venue: VenueUnderTest) -> None:
    chance = random.Random(7)
    for corpus in venue.corpora():
        messages = list(corpus.messages.values())
        for _ in range(MUTATIONS):
            corpus.decode(mutated(chance.choice(messages), chance))


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_decoding_never_raises_on_random_bytes(data: bytes) -> None:
    for make in VENUES.values():
        for corpus in make().corpora():
            corpus.decode(data)


def mutated(message: bytes, chance: random.Random) -> bytes:
    """A message that was cut, scrambled, overwritten or put together with itself."""
    data = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        way = chance.randrange(6)
        if way == 0:
            del data[at:]
        elif way == 1:
            data[at : at + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
        elif way == 2:
            data[at:at] = data[: chance.randint(0, 40)]
        elif way == 3:
            data[at : at + 1] = chance.choice((b'"', b"-", b"e", b"9" * 30, b"null", b"{}", b"[", b"NaN", b"0"))
        elif way == 4:
            digits = [index for index, sign in enumerate(data) if 48 <= sign <= 57]
            if digits:
                data[chance.choice(digits)] = chance.randint(48, 57)
        else:
            half = len(data) // 2
            data = data[half:] + data[:half]
        if not data:
            return b""
    return bytes(data)


def replayed(events: list[Event], instrument: str, until: int | None = None) -> Book:
    """The book that the core makes of what came, up to a sequence number."""
    book = Book()
    for event in events:
        if getattr(event, "instrument", None) != instrument:
            continue
        if isinstance(event, BookSnapshot):
            book.apply_snapshot(event)
        elif isinstance(event, BookDelta):
            if until is not None and book.ready and (event.sequence or 0) > until:
                break
            book.apply_delta(event)
        elif isinstance(event, StreamDown):
            book.invalidate()
        if book.usable:
            assert book.best_bid is not None
            assert book.best_ask is not None
            assert book.best_bid <= book.best_ask
    return book


async def book_agrees(venue: VenueUnderTest, trader: Trader) -> None:
    """What we have at the sequence of a fresh snapshot is that snapshot."""
    fresh = await venue.book()
    if fresh.sequence is None:
        await whole_book_agrees(venue, trader)
        return
    number = fresh.sequence
    await eventually(lambda: any((delta.sequence or 0) >= number for delta in trader.heard(BookDelta)))
    book = replayed(trader.events, venue.instrument.id, until=number)
    assert book.gaps == 0
    assert book.top_bids(1_000) == fresh.bids
    assert book.top_asks(1_000) == fresh.asks


async def whole_book_agrees(venue: VenueUnderTest, trader: Trader) -> None:
    """Where each frame is the whole book and carries no number: one of them is the book that was just asked for."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            fresh = await venue.book()
            await asyncio.sleep(0.05)  # its frame may still be on the way
            latest = trader.heard(BookSnapshot)[-20:]
            if any((book.bids, book.asks) == (fresh.bids, fresh.asks) for book in latest):
                return


async def test_c04_snapshot_and_deltas_make_the_later_snapshot(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    first = len(trader.heard(BookDelta))
    await eventually(lambda: len(trader.heard(BookDelta)) > first + 15)
    await book_agrees(venue, trader)


async def test_c05_a_sequence_gap_takes_the_book_away_until_it_is_joined_anew(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    mark = len(trader.events)
    await venue.fault("ws_public", "gap")
    await trader.until(StreamDown, mark)
    down = trader.events.index(trader.heard(StreamDown, mark)[0], mark)
    await trader.until(StreamUp, down)
    up = trader.events.index(trader.heard(StreamUp, down)[0], down)
    between = trader.events[down:up]
    snapshots = [index for index, event in enumerate(between) if isinstance(event, BookSnapshot)]
    assert len(snapshots) == 1
    assert not [event for event in between[: snapshots[0]] if isinstance(event, BookDelta)]
    assert len(trader.heard(StreamDown, mark)) == 1
    await book_agrees(venue, trader)


async def test_c06_no_crossed_book_escapes(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    if "C05" not in venue.excused:
        for do in ("gap", "reorder", "duplicate", "corrupt", "drop"):
            await venue.fault("ws_public", do, times=2, skip=3)
    before = len(trader.heard(BookDelta)) + len(trader.heard(BookSnapshot))
    await eventually(lambda: len(trader.heard(BookDelta)) + len(trader.heard(BookSnapshot)) > before + 40)
    for snapshot in trader.heard(BookSnapshot):
        assert not snapshot.bids or not snapshot.asks or snapshot.bids[0][0] < snapshot.asks[0][0]
        assert snapshot.bids == sorted(snapshot.bids, reverse=True)
        assert snapshot.asks == sorted(snapshot.asks)
    assert replayed(trader.events, venue.instrument.id).ready or trader.heard(StreamDown)


async def test_c07_silence_is_a_lost_stream_and_the_next_connection_delivers(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    for stream, do in (("public", "silence"), ("private", "drop")):
        mark = len(trader.events)
        await venue.fault(f"ws_{stream}", do)
        await eventually(partial(named, trader, StreamDown, stream, mark))
        assert named(trader, StreamDown, stream, mark)[0].reason
        await eventually(partial(named, trader, StreamUp, stream, mark))


def named(trader: Trader, kind: type[StreamUpOrDown], stream: str, since: int) -> list[StreamUpOrDown]:
    """What came since a mark of one stream's ups or downs."""
    return [event for event in trader.heard(kind, since) if event.stream == stream]


async def test_c08_after_a_reconnect_a_snapshot_comes_first(venue: VenueUnderTest) -> None:
    trader = venue.trader("a")
    for _ in range(3):
        mark = len(trader.events)
        await venue.fault("ws_public", "drop")
        down = await trader.until(StreamDown, mark)
        await trader.until(StreamUp, mark)
        since = trader.events[trader.events.index(down, mark) :]
        books = [event for event in since if isinstance(event, BookSnapshot | BookDelta | StreamUp)]
        assert isinstance(books[0], BookSnapshot)
    await book_agrees(venue, trader)
