"""The recorded market: what an order takes, how it lives, and the forms in which a book may come."""

from decimal import Decimal

import pytest

from mmtui.model.events import (
    BookDelta,
    BookSnapshot,
)
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, Side
from mmtui.simulation.market import Market
from mmtui.simulation.recorded import RecordedSettings
from tests.unit.recorded_rows import (
    ASKS,
    BIDS,
    COIN,
    NAME,
    ahead_of,
    best,
    book,
    down,
    filled,
    market,
    order,
    resting,
    trade,
)


def test_it_is_a_market() -> None:
    made: Market = market()
    assert made.instrument is COIN
    assert made.next_time_ns() is None
    assert made.advance(5) == ([], [])


# -------------------------------------------------------------------------------------------------------- taking


@pytest.mark.parametrize(
    ("side", "ticks", "lots", "expected"),
    [
        (Side.BUY, 1002, 50, [(1002, 50)]),
        (Side.BUY, 1002, 150, [(1002, 100)]),
        (Side.BUY, 1003, 150, [(1002, 100), (1003, 50)]),
        (Side.BUY, 1001, 50, []),
        (Side.SELL, 999, 250, [(1000, 100), (999, 150)]),
        (Side.SELL, 1001, 50, []),
    ],
)
def test_an_ioc_takes_what_is_shown_at_the_prices_shown(
    side: Side, ticks: int, lots: int, expected: list[tuple[int, int]]
) -> None:
    made = market()
    taker = order(side, ticks, lots, TimeInForce.IOC)
    assert made.fillable_lots(taker) == sum(part for _, part in expected)
    executions = made.place(taker, 0)
    assert [(execution.price_ticks, execution.quantity_lots) for execution in executions] == expected
    assert not any(execution.maker for execution in executions)
    assert taker.remaining_lots == lots - sum(part for _, part in expected)
    assert made.counts.fills_as_taker == len(expected)
    assert made.best_ticks() == (1000, 1002)  # nothing of it rests


def test_what_we_took_is_gone_until_another_size_is_shown() -> None:
    made = market()
    made.place(order(Side.BUY, 1002, 60, TimeInForce.IOC), 0)
    probe = order(Side.BUY, 1002, 500, TimeInForce.IOC)
    assert made.fillable_lots(probe) == 40
    made.feed(book(1))
    assert made.fillable_lots(probe) == 40
    made.place(order(Side.BUY, 1002, 500, TimeInForce.IOC), 0)
    assert made.fillable_lots(probe) == 0
    made.feed(book(2, asks=[(100.2, 0.9), (100.3, 2.0)]))
    assert made.fillable_lots(probe) == 90


def test_prices_off_our_grid_are_rounded_against_us() -> None:
    made = market(book(bids=[(100.04, 1.0)], asks=[(100.16, 1.0)]))
    assert made.best_ticks() == (1000, 1002)
    assert [one.price_ticks for one in made.place(order(Side.BUY, 1002, 10, TimeInForce.IOC), 0)] == [1002]
    assert [one.price_ticks for one in made.place(order(Side.SELL, 1000, 10, TimeInForce.IOC), 0)] == [1000]


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_the_rest_of_a_taking_order_rests_and_does_not_meet_the_same_volume_again(side: Side) -> None:
    made = market()
    big = order(side, 1003 if side is Side.BUY else 999, 400)
    executions = made.place(big, 0)
    assert sum(execution.quantity_lots for execution in executions) == 300
    assert (big.remaining_lots, big.queue_ahead_lots) == (100, 0.0)
    assert made.feed(book(1)) == []  # the 100 lots shown through our price are those we took
    more = book(2, asks=[(100.2, 1.2), (100.3, 2.0)]) if side is Side.BUY else book(2, bids=[(100.0, 1.2)])
    assert filled(made.feed(more)) == [(big.order_id, big.price_ticks, 20)]


def test_where_no_size_is_recorded_one_is_assumed() -> None:
    quote = best((100.0, 0.0), (100.2, 0.0))
    generous = market(quote)
    assert generous.fillable_lots(order(Side.BUY, 1002, 5_000)) == 5_000
    queued = resting(generous, Side.BUY, 1000)
    assert generous.feed(trade(100.0, 1e6)) == []  # behind an unknown queue
    assert queued.queue_ahead_lots == float("inf")
    assert filled(generous.feed(best((99.0, 0.0), (99.1, 0.0), 2))) == [(queued.order_id, 1000, 100)]

    modest = market(quote, settings=RecordedSettings(size_where_unknown=Decimal("0.5")))
    assert modest.fillable_lots(order(Side.BUY, 1002, 5_000)) == 50
    assert modest.snapshot(0).bids == [(100.0, 0.5)]
    assert generous.snapshot(0).asks == [(99.1, 0.0)]


# ------------------------------------------------------------------------------------------- our orders' own life


def test_a_removed_order_meets_nothing_and_removing_it_again_is_harmless() -> None:
    made = market()
    bid, ask = resting(made, Side.BUY, 1001), resting(made, Side.SELL, 1001)
    made.remove(bid)
    made.remove(ask)
    made.remove(bid)
    assert made.best_ticks() == (1000, 1002)
    assert made.feed(trade(90.0, 9.0)) == []


def test_smaller_at_the_same_price_keeps_the_queue_place() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    made.feed(trade(100.0, 0.5))
    assert made.amend(bid, 1000, 60, 5) == []
    assert (bid.remaining_lots, ahead_of(bid)) == (60, [50])


@pytest.mark.parametrize(("ticks", "lots", "ahead"), [(1000, 150, 100.0), (999, 50, 200.0), (1001, 100, 0.0)])
def test_any_other_amend_queues_anew(ticks: int, lots: int, ahead: float) -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    made.feed(trade(100.0, 0.5))
    assert made.amend(bid, ticks, lots, 5) == []
    assert (bid.price_ticks, bid.remaining_lots, ahead_of(bid)) == (ticks, lots, [ahead])


def test_an_amend_into_the_book_takes() -> None:
    made = market()
    plain = order(Side.BUY, 1000)
    made.place(plain, 0)
    assert filled(made.amend(plain, 1002, 100, 5)) == [(plain.order_id, 1002, 100)]
    assert made.best_ticks() == (1000, 1002)


def test_the_snapshot_shows_our_orders_in_their_places() -> None:
    made = market()
    resting(made, Side.BUY, 1000, 50)
    resting(made, Side.BUY, 1001, 20)
    resting(made, Side.SELL, 1003, 10)
    shown = made.snapshot(77)
    assert (shown.instrument, shown.time_ns) == (NAME, 77)
    assert shown.bids == [(100.1, pytest.approx(0.2)), (100.0, pytest.approx(1.5)), (99.9, 2.0), (99.8, 3.0)]
    assert shown.asks == [(100.2, 1.0), (100.3, pytest.approx(2.1)), (100.4, 3.0)]
    assert made.best_ticks() == (1001, 1002)


# ------------------------------------------------------------------------------------- best prices and single levels


def test_changed_levels_keep_the_book() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    deep = resting(made, Side.BUY, 998)
    unseen = resting(made, Side.BUY, 900)
    made.feed(BookDelta(NAME, 1, [(100.0, 0.3), (99.8, 1.0), (99.5, 0.0)], [(100.1, 0.5), (100.4, 0.0)]))
    assert made.best_ticks() == (1000, 1001)
    assert ahead_of(bid, deep) == [30, 100]
    assert unseen.queue_ahead_lots == pytest.approx(300)
    assert resting(made, Side.BUY, 997).queue_ahead_lots == pytest.approx(100)
    assert resting(made, Side.SELL, 1020).queue_ahead_lots == pytest.approx(200)
    assert resting(made, Side.SELL, 1003).queue_ahead_lots == pytest.approx(200)
    assert [level[0] for level in made.snapshot(0).asks][:3] == [100.1, 100.2, 100.3]
    made.feed(BookDelta(NAME, 2, [(100.0, 0.0)], []))
    assert (made.best_ticks()[0], bid.queue_ahead_lots) == (1000, 0.0)
    sold = made.place(order(Side.SELL, 998, 100, TimeInForce.IOC), 0)
    assert [one.price_ticks for one in sold] == [999]


def test_levels_between_two_shown_ones_hold_nothing() -> None:
    made = market()
    made.feed(BookDelta(NAME, 1, [(99.9, 0.0)], [(100.3, 0.0)]))
    assert resting(made, Side.BUY, 999).queue_ahead_lots == 0.0
    assert resting(made, Side.SELL, 1003).queue_ahead_lots == 0.0


def test_a_side_may_run_empty() -> None:
    made = market()
    made.feed(BookDelta(NAME, 1, [(100.0, 0.0), (99.9, 0.0), (99.8, 0.0)], []))
    assert made.best_ticks() == (None, 1002)
    assert resting(made, Side.BUY, 999).queue_ahead_lots == 0.0
    made.feed(BookSnapshot(NAME, 2, [(100.0, 1.0)], []))
    assert made.best_ticks() == (1000, None)
    assert made.fillable_lots(order(Side.BUY, 2000)) == 0
    assert made.snapshot(0).asks == []


def test_best_prices_beside_a_book_give_the_touch() -> None:
    made = market()
    made.feed(best((99.9, 0.7), (100.1, 0.4), 1))
    assert made.best_ticks() == (999, 1001)
    assert resting(made, Side.BUY, 999).queue_ahead_lots == pytest.approx(200)  # the larger of both words
    assert resting(made, Side.SELL, 1001).queue_ahead_lots == pytest.approx(40)
    taken = made.place(order(Side.BUY, 1003, 500, TimeInForce.IOC), 0)
    assert [(one.price_ticks, one.quantity_lots) for one in taken] == [(1001, 40), (1002, 100), (1003, 200)]


def test_the_newer_word_by_venue_time_gives_the_touch() -> None:
    made = market()
    made.feed(best((99.9, 0.7), (100.1, 0.4), 1, venue_ms=50))
    older = BookSnapshot(NAME, 2 * NS_PER_MS, BIDS, ASKS, venue_time_ns=40 * NS_PER_MS)
    made.feed(older)
    assert made.best_ticks() == (999, 1001)
    made.feed(BookDelta(NAME, 3 * NS_PER_MS, [(99.9, 3.0)], [], venue_time_ns=45 * NS_PER_MS))
    assert made.best_ticks() == (999, 1001)
    made.feed(BookDelta(NAME, 4 * NS_PER_MS, [(99.9, 3.0)], [], venue_time_ns=60 * NS_PER_MS))
    assert made.best_ticks() == (1000, 1002)


def test_best_prices_end_a_gap_only_where_there_is_no_deeper_book() -> None:
    deep = market()
    deep.feed(down())
    deep.feed(best((99.0, 1.0), (99.1, 1.0), 2))
    assert deep.best_ticks() == (1000, 1002)
    assert deep.fillable_lots(order(Side.BUY, 1010)) == 0

    flat = market(best((100.0, 1.0), (100.2, 1.0)))
    flat.feed(down())
    flat.feed(best((99.0, 1.0), (99.1, 1.0), 2))
    assert flat.fillable_lots(order(Side.BUY, 991)) == 100
    assert resting(flat, Side.BUY, 900).queue_ahead_lots == pytest.approx(100)
    assert flat.feed(BookDelta(NAME, 3, [(98.0, 1.0)], [])) == []
    assert flat.best_ticks() == (990, 991)
