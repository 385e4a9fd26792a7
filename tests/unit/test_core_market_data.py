"""What a step does with market data."""

import pytest

from mmtui.model.commands import (
    CancelOrder,
    PlaceOrder,
)
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    MarkPrice,
    PublicTrade,
    Start,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.units import NS_PER_S
from tests.unit.core_scenes import (
    BOOK,
    D,
    Desk,
    Wish,
    accept,
    balances,
    book,
    events_noted,
    listed,
    make_state,
    of_kind,
    position,
    ready_desk,
    resting,
    sent,
    totals,
)

WISH = Wish(bids=(("100", "1"),))
NAME = "mm-s-1"


def test_a_frame_that_moves_no_best_price_decides_nothing() -> None:
    desk = ready_desk(Wish())
    assert desk.say(book) == []
    assert desk.result is None
    desk.say(lambda now: PublicTrade(BOOK, now, 100.0, 1.0))
    assert desk.result is None


def test_prices_become_exact_by_the_tick() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: book(now, 100.30000000000001, 100.49999999999999))
    seen = desk.kind.seen[-1]
    assert (str(seen.best_bid), str(seen.best_ask), seen.mid) == ("100.3", "100.5", D("100.4"))


@pytest.mark.parametrize(("bid", "ask"), [(100.4, 100.2), (100.0, 0.0), (0.0, 100.0)])
def test_without_a_usable_book_nothing_is_quoted(bid: float, ask: float) -> None:
    desk = resting(WISH)
    cancels = desk.say(lambda now: BestPrices(BOOK, now, bid, 1.0, ask, 1.0))
    assert of_kind(cancels, CancelOrder)
    assert desk.state.mid is None


def test_a_venue_of_best_prices_only_is_enough() -> None:
    desk = Desk(make_state(WISH))
    desk.say(totals)
    desk.say(Start, listed, position, balances)
    assert of_kind(desk.say(lambda now: BestPrices(BOOK, now, 100.0, 1.0, 100.2, 1.0)), PlaceOrder)


def test_best_prices_beside_a_depth_stream_say_nothing() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 1.0)], [], 7))
    desk.say(lambda now: BestPrices(BOOK, now, 50.0, 1.0, 50.2, 1.0))
    assert desk.state.best_bid == 100


def test_a_gap_takes_the_quotes_off_until_a_snapshot() -> None:
    desk = resting(WISH)
    desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 1.0)], [], 1))
    cancels = desk.say(lambda now: BookDelta(BOOK, now, [], [], 9, 8))
    assert of_kind(cancels, CancelOrder)
    assert "book_gap" in events_noted(desk)
    accept(desk, cancels)
    assert of_kind(desk.say(book), PlaceOrder)


def test_a_lost_feed_takes_the_quotes_off_until_it_is_back_with_a_snapshot() -> None:
    desk = resting(WISH)
    cancels = desk.say(lambda now: StreamDown("public", now, "reset", BOOK))
    accept(desk, cancels)
    assert of_kind(cancels, CancelOrder)
    assert not of_kind(desk.say(book), PlaceOrder), "the stream is not up yet"
    assert of_kind(desk.say(lambda now: StreamUp("public", now, BOOK)), PlaceOrder)


def test_a_stale_book_wakes_by_itself_and_a_frame_of_the_same_prices_brings_the_quotes_back() -> None:
    desk = resting(WISH)
    assert desk.state.wake_ns <= desk.now_ns + 2 * NS_PER_S + 1
    cancels = desk.feed(after_ms=2_001)
    assert of_kind(cancels, CancelOrder)
    accept(desk, cancels)
    assert desk.state.book_stale
    assert of_kind(desk.say(book), PlaceOrder)
    accept(desk, sent(desk))
    desk.feed(after_ms=2_001)
    assert of_kind(desk.say(lambda now: BookDelta(BOOK, now, [(99.0, 2.0)], [], 1)), CancelOrder, PlaceOrder) == []
    assert desk.state.settled or desk.live()


def test_unknown_messages_are_counted_and_the_first_are_told() -> None:
    desk = ready_desk(Wish())
    for _ in range(5):
        desk.say(lambda now: Unrecognised("feed", now, "x"), lambda now: MarkPrice(BOOK, now, D(now)))
    assert desk.state.unrecognised == 5


def test_a_mark_decides_only_when_it_moves() -> None:
    desk = ready_desk(Wish())
    desk.say(lambda now: MarkPrice(BOOK, now, D(100), D(99), D("0.0001")))
    assert desk.result is not None
    assert (desk.state.reference, desk.state.index, desk.state.funding_rate) == (D(100), D(99), D("0.0001"))
    desk.say(lambda now: MarkPrice(BOOK, now, D(100)))
    assert desk.result is None
