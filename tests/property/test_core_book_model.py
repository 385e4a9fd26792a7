"""The book against a naive one: a plain dict per side, sorted anew at each look."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.book import Book
from mmtui.model.events import BookDelta, BookSnapshot, Level

BOOK = "b"
PRICES = [round(100 + i / 10, 1) for i in range(12)]
sizes = st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.0])
side = st.lists(st.tuples(st.sampled_from(PRICES), sizes), max_size=5)
change = st.tuples(st.sampled_from(["delta", "delta", "delta", "gap", "old", "snapshot", "down"]), side, side)


class Naive:
    """What a book is, without any thought for speed."""

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.ready = False
        self.sequence = 0

    def snapshot(self, bids: list[Level], asks: list[Level]) -> None:
        self.bids, self.asks, self.ready = dict(bids), dict(asks), True

    def delta(self, bids: list[Level], asks: list[Level]) -> None:
        for mine, changed in ((self.bids, bids), (self.asks, asks)):
            for price, size in changed:
                mine.pop(price, None)
                if size:
                    mine[price] = size

    def top(self, depth: int) -> tuple[list[Level], list[Level]]:
        return sorted(self.bids.items(), reverse=True)[:depth], sorted(self.asks.items())[:depth]


def whole(levels: list[Level], *, reverse: bool) -> list[Level]:
    """A snapshot's side: best first, each price once, no empty level."""
    return sorted({price: size or 1.0 for price, size in levels}.items(), reverse=reverse)


@given(st.lists(change, max_size=25))
def test_the_book_is_what_a_naive_book_is(changes: list[tuple[str, list[Level], list[Level]]]) -> None:
    book, naive, sequence = Book(), Naive(), 0
    for kind, bids, asks in changes:
        before = (book.ready, book.best_bid, book.best_ask)
        if kind == "snapshot":
            sequence += 5
            all_bids, all_asks = whole(bids, reverse=True), whole(asks, reverse=False)
            changed = book.apply_snapshot(BookSnapshot(BOOK, sequence, all_bids, all_asks, sequence))
            naive.snapshot(all_bids, all_asks)
        elif kind == "down":
            changed = book.invalidate()
            naive.ready = False
        elif kind == "old":
            changed = book.apply_delta(BookDelta(BOOK, 10**9, bids, asks, sequence, sequence - 1))
        elif kind == "gap":
            changed = book.apply_delta(BookDelta(BOOK, sequence, bids, asks, sequence + 9, sequence + 8))
            naive.ready = False
        else:
            previous, was_ready = sequence, naive.ready
            sequence += was_ready
            changed = book.apply_delta(BookDelta(BOOK, sequence, bids, asks, sequence, previous))
            if was_ready:
                naive.delta(bids, asks)
        assert book.ready is naive.ready
        if naive.ready:
            expected_bids, expected_asks = naive.top(3)
            assert book.top_bids(3) == expected_bids
            assert book.top_asks(3) == expected_asks
            assert book.best_bid == (expected_bids[0][0] if expected_bids else None)
            assert book.best_ask == (expected_asks[0][0] if expected_asks else None)
            crossed = bool(expected_bids and expected_asks) and expected_bids[0][0] > expected_asks[0][0]
            assert book.usable is (bool(expected_bids and expected_asks) and not crossed)
        assert changed is ((book.ready, book.best_bid, book.best_ask) != before)
        assert book.usable <= book.ready


@pytest.mark.parametrize("seed", range(5))
def test_snapshot_and_deltas_are_the_later_snapshot(seed: int) -> None:
    rng = random.Random(seed)
    naive, book = Naive(), Book()
    book.apply_snapshot(BookSnapshot(BOOK, 0, [], [], 0))
    naive.snapshot([], [])
    for sequence in range(1, 300):
        bids = [(rng.choice(PRICES[:6]), rng.choice([0.0, 1.0, 2.0]))]
        asks = [(rng.choice(PRICES[6:]), rng.choice([0.0, 1.0, 2.0]))]
        book.apply_delta(BookDelta(BOOK, sequence, bids, asks, sequence, sequence - 1))
        naive.delta(bids, asks)
    fresh = Book()
    bids, asks = naive.top(99)
    fresh.apply_snapshot(BookSnapshot(BOOK, 300, bids, asks, 300))
    assert (fresh.top_bids(99), fresh.top_asks(99)) == (book.top_bids(99), book.top_asks(99))
