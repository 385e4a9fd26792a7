"""The recorded market rule by rule: where an order queues, what fills it, what never does."""

from decimal import Decimal

import pytest

from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    MarketEvent,
    MarkPrice,
    PublicTrade,
    StreamDown,
    StreamUp,
)
from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side
from mmtui.simulation.recorded import RecordedMarket, RecordedSettings, ThroughFills
from tests.unit.recorded_rows import (
    COIN,
    NAME,
    ahead_of,
    book,
    down,
    filled,
    market,
    order,
    resting,
    trade,
)

# ----------------------------------------------------------------------------------------------------- the queue


@pytest.mark.parametrize(
    ("side", "ticks", "ahead"),
    [
        (Side.BUY, 1000, 100.0),  # at the best bid
        (Side.BUY, 999, 200.0),
        (Side.BUY, 1001, 0.0),  # better than the best
        (Side.SELL, 1002, 100.0),
        (Side.SELL, 1004, 300.0),
        (Side.SELL, 1001, 0.0),
        (Side.BUY, 990, 300.0),  # deeper than the book shows: as much as its last level
        (Side.SELL, 1010, 300.0),
    ],
)
def test_an_order_queues_behind_what_is_shown(side: Side, ticks: int, ahead: float) -> None:
    assert resting(market(), side, ticks).queue_ahead_lots == pytest.approx(ahead)


def test_nothing_shown_at_a_price_inside_the_book_is_nothing_ahead() -> None:
    made = market(book(bids=[(100.0, 1.0), (99.8, 3.0)]))
    assert resting(made, Side.BUY, 999).queue_ahead_lots == 0.0


def test_an_unseen_queue_takes_the_size_shown_when_its_price_comes_into_view() -> None:
    made = market()
    far = resting(made, Side.BUY, 990)
    made.feed(book(1))
    assert far.queue_ahead_lots == pytest.approx(300)
    made.feed(book(2, bids=[(99.1, 1.0), (99.0, 7.0)]))
    assert far.queue_ahead_lots == pytest.approx(700)


def test_cancels_shrink_the_queue_only_below_what_is_shown() -> None:
    made = market()
    bid, ask = resting(made, Side.BUY, 999), resting(made, Side.SELL, 1003)
    made.feed(book(1, bids=[(100.0, 1.0), (99.9, 1.5)], asks=[(100.2, 1.0), (100.3, 5.0)]))
    assert ahead_of(bid, ask) == [150, 200]
    made.feed(book(2, bids=[(100.0, 1.0), (99.9, 9.0)], asks=[(100.2, 1.0), (100.4, 5.0)]))
    assert ahead_of(bid, ask) == [150, 0]


def test_a_price_out_of_view_keeps_its_queue() -> None:
    made = market()
    bid = resting(made, Side.BUY, 998)
    made.feed(book(1, bids=[(100.0, 1.0), (99.9, 1.0)]))
    assert bid.queue_ahead_lots == pytest.approx(300)


def test_an_aggregated_book_queues_us_behind_the_larger_neighbour() -> None:
    made = market(settings=RecordedSettings(book_step=Decimal(1)))
    made.feed(book(bids=[(100.0, 1.0), (99.0, 4.0)], asks=[(101.0, 2.0), (102.0, 3.0)]))
    assert resting(made, Side.BUY, 995).queue_ahead_lots == pytest.approx(400)
    assert resting(made, Side.BUY, 990).queue_ahead_lots == pytest.approx(400)
    assert resting(made, Side.SELL, 1015).queue_ahead_lots == pytest.approx(300)
    assert resting(made, Side.BUY, 1005).queue_ahead_lots == pytest.approx(100)


# -------------------------------------------------------------------------------------------------------- trades


@pytest.mark.parametrize(
    ("price", "size", "taker", "lots"),
    [
        (100.0, 0.5, Side.SELL, 0),  # all of it goes to the queue
        (100.0, 1.0, Side.SELL, 0),
        (100.0, 1.3, Side.SELL, 30),
        (100.0, 9.0, Side.SELL, 100),
        (100.0, 9.0, Side.BUY, 0),  # a taker who buys does not hit bids
        (99.9, 0.3, Side.SELL, 30),  # through: the queue is gone, the volume is ours
        (99.9, 9.0, Side.SELL, 100),
        (99.9, 9.0, Side.BUY, 0),
        (100.1, 9.0, Side.SELL, 0),  # above us
        (99.9, 0.009, Side.SELL, 0),  # less than a lot
        (100.0, 9.0, None, 100),  # at the best bid: the taker sold
        (99.95, 9.0, None, 100),
        (100.1, 9.0, None, 0),  # inside the spread: anybody's
        (100.2, 9.0, None, 0),
    ],
)
def test_what_a_trade_does_to_a_bid_at_the_touch(price: float, size: float, taker: Side | None, lots: int) -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    executions = made.feed(trade(price, size, taker))
    assert filled(executions) == ([(bid.order_id, 1000, lots)] if lots else [])
    assert all(execution.maker for execution in executions)
    assert bid.remaining_lots == 100 - lots


@pytest.mark.parametrize(
    ("price", "size", "taker", "lots"),
    [(100.2, 1.3, Side.BUY, 30), (100.2, 9.0, Side.SELL, 0), (100.3, 0.4, Side.BUY, 40), (100.2, 1.4, None, 40)],
)
def test_what_a_trade_does_to_an_ask_at_the_touch(price: float, size: float, taker: Side | None, lots: int) -> None:
    made = market()
    ask = resting(made, Side.SELL, 1002)
    assert filled(made.feed(trade(price, size, taker))) == ([(ask.order_id, 1002, lots)] if lots else [])


def test_a_queue_is_eaten_trade_by_trade_and_not_again_by_the_next_book() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    assert made.feed(trade(100.0, 0.6)) == []
    assert bid.queue_ahead_lots == pytest.approx(40)
    made.feed(book(2, bids=[(100.0, 0.4), (99.9, 2.0)]))
    assert bid.queue_ahead_lots == pytest.approx(40)
    assert filled(made.feed(trade(100.0, 0.5, time_ms=3))) == [(bid.order_id, 1000, 10)]


def test_inside_the_spread_a_trade_of_unknown_side_fills_only_those_it_went_through() -> None:
    made = market()
    bid, ask = resting(made, Side.BUY, 1001), resting(made, Side.SELL, 1001)
    assert made.feed(trade(100.1, 1.0, None)) == []
    assert filled(made.feed(trade(100.05, 0.2, None))) == [(bid.order_id, 1001, 20)]
    assert filled(made.feed(trade(100.15, 0.2, None))) == [(ask.order_id, 1001, 20)]
    assert made.counts.trades_of_unknown_side == 3


@pytest.mark.parametrize(("price", "bid_lots", "ask_lots"), [(100.0, 0, 0), (99.9, 50, 0), (100.1, 0, 50)])
def test_a_locked_book_gives_a_trade_at_its_price_to_nobody(price: float, bid_lots: int, ask_lots: int) -> None:
    made = market(book(bids=[(100.0, 0.1), (99.9, 1.0)], asks=[(100.0, 0.1), (100.1, 1.0)]))
    bid, ask = resting(made, Side.BUY, 1000, 50), resting(made, Side.SELL, 1000, 50)
    made.feed(trade(price, 5.0, None))
    assert (50 - bid.remaining_lots, 50 - ask.remaining_lots) == (bid_lots, ask_lots)


def test_one_trade_is_shared_by_price_then_time_and_never_used_twice() -> None:
    made = market()
    low, first, second = (resting(made, Side.BUY, ticks, 60) for ticks in (999, 1000, 1000))
    assert filled(made.feed(trade(99.9, 1.0))) == [(first.order_id, 1000, 60), (second.order_id, 1000, 40)]
    assert low.queue_ahead_lots == pytest.approx(200)  # our own fills used the volume up
    assert filled(made.feed(trade(99.9, 2.5))) == [(second.order_id, 1000, 20), (low.order_id, 999, 30)]


def test_orders_at_one_price_share_the_queue_ahead_of_both() -> None:
    made = market()
    first = resting(made, Side.BUY, 1000, 30)
    made.feed(book(1, bids=[(100.0, 1.6), (99.9, 2.0)]))
    second = resting(made, Side.BUY, 1000, 30)
    assert ahead_of(first, second) == [100, 160]
    assert filled(made.feed(trade(100.0, 1.5))) == [(first.order_id, 1000, 30)]
    assert second.queue_ahead_lots == pytest.approx(40)
    assert filled(made.feed(trade(100.0, 0.5))) == [(second.order_id, 1000, 10)]


def test_the_kind_setting_fills_whole_orders_on_a_trade_through() -> None:
    made = market(settings=RecordedSettings(through_fills=ThroughFills.ALL))
    first, second = resting(made, Side.BUY, 1001), resting(made, Side.BUY, 1000)
    third = resting(made, Side.BUY, 999)
    assert filled(made.feed(trade(99.9, 0.01))) == [(first.order_id, 1001, 100), (second.order_id, 1000, 100)]
    assert third.remaining_lots == 100
    assert made.counts.fills_through == 2


def test_a_trade_on_an_old_book_fills_nothing() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    assert made.feed(trade(99.0, 5.0, time_ms=1_001)) == []
    assert made.counts.trades_on_old_book == 1
    assert filled(made.feed(trade(99.0, 5.0, time_ms=1_000))) == [(bid.order_id, 1000, 100)]


def test_without_an_age_limit_an_old_book_is_good_enough() -> None:
    made = market(settings=RecordedSettings(book_max_age_ms=0))
    bid = resting(made, Side.BUY, 1000)
    assert filled(made.feed(trade(99.0, 5.0, time_ms=9_000_000))) == [(bid.order_id, 1000, 100)]


def test_what_is_of_another_instrument_or_no_market_data_changes_nothing() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    others: list[MarketEvent] = [
        BookSnapshot("replay:Y", 1, [(1.0, 1.0)], [(2.0, 1.0)]),
        BookDelta("replay:Y", 1, [(100.0, 0.0)], []),
        BestPrices("replay:Y", 1, 1.0, 1.0, 2.0, 1.0),
        PublicTrade("replay:Y", 1, 1.0, 100.0, Side.SELL),
        StreamDown("public", 1, "gap", "replay:Y"),
        StreamDown("private", 1, "gap", account="a"),
        StreamUp("public", 1, NAME),
        MarkPrice(NAME, 1, Decimal(1)),
    ]
    assert [made.feed(event) for event in others] == [[]] * len(others)
    assert made.best_ticks() == (1000, 1002)
    assert bid.queue_ahead_lots == pytest.approx(100)


# --------------------------------------------------------------------------------------------------------- gaps


def test_inside_a_gap_nothing_fills() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    made.feed(down())
    assert made.feed(trade(90.0, 50.0)) == []
    assert made.counts.trades_in_gap == 1
    taker = order(Side.BUY, 1010, time_in_force=TimeInForce.IOC)
    assert made.fillable_lots(taker) == 0
    assert made.place(taker, 0) == []
    assert made.best_ticks() == (1000, 1002)  # the last known, for marks and post-only checks
    assert bid.remaining_lots == 100


def test_before_the_first_book_there_is_nothing_to_trade_with() -> None:
    made = RecordedMarket(COIN)
    assert made.best_ticks() == (None, None)
    early = resting(made, Side.BUY, 1000)
    assert made.best_ticks() == (1000, None)
    assert made.feed(trade(90.0, 50.0)) == []
    assert made.feed(BookDelta(NAME, 1, [(100.0, 1.0)], [])) == []
    made.feed(book(2))
    assert early.queue_ahead_lots == pytest.approx(100)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_the_first_book_after_a_gap_fills_what_it_stands_through_and_says_so(side: Side) -> None:
    made = market()
    ours = resting(made, side, 1000 if side is Side.BUY else 1002)
    made.feed(down())
    through = (
        book(9, bids=[(99.0, 1.0)], asks=[(99.1, 0.3), (100.0, 9.0)])
        if side is Side.BUY
        else book(9, bids=[(101.0, 0.3), (100.2, 9.0)], asks=[(101.1, 1.0)])
    )
    assert filled(made.feed(through)) == [(ours.order_id, ours.price_ticks, 30)]
    assert (made.counts.fills_on_resume, made.counts.fills_by_cross) == (1, 0)


def test_fills_on_resume_can_be_forbidden_until_more_comes_through() -> None:
    made = market(settings=RecordedSettings(resume_fills=False))
    bid = resting(made, Side.BUY, 1000)
    made.feed(down())
    assert made.feed(book(9, bids=[(99.0, 1.0)], asks=[(99.1, 0.3)])) == []
    assert made.feed(book(10, bids=[(99.0, 1.0)], asks=[(99.1, 0.3)])) == []
    assert filled(made.feed(book(11, bids=[(99.0, 1.0)], asks=[(99.1, 0.5)]))) == [(bid.order_id, 1000, 20)]
    assert (made.counts.fills_on_resume, made.counts.fills_by_cross) == (0, 1)


def test_an_order_placed_after_the_book_is_back_is_no_resume() -> None:
    made = market()
    made.feed(down())
    made.feed(book(5))
    bid = resting(made, Side.BUY, 1001)
    made.feed(book(6, bids=[(99.0, 1.0)], asks=[(99.1, 9.0)]))
    assert (bid.remaining_lots, made.counts.fills_by_cross, made.counts.fills_on_resume) == (0, 1, 0)


# ------------------------------------------------------------------------------------------------------ crossing


def test_a_book_through_our_price_fills_us_at_our_price_up_to_what_it_shows() -> None:
    made = market()
    first, second = resting(made, Side.BUY, 1000, 50), resting(made, Side.BUY, 999, 50)
    executions = made.feed(book(1, bids=[(99.7, 1.0)], asks=[(99.8, 0.6), (99.9, 0.3), (100.0, 5.0)]))
    assert filled(executions) == [(first.order_id, 1000, 50), (second.order_id, 999, 10)]
    assert made.counts.fills_by_cross == 2


def test_a_book_that_only_meets_our_price_fills_nothing() -> None:
    made = market()
    bid = resting(made, Side.BUY, 1000)
    assert made.feed(book(1, bids=[(99.9, 1.0)], asks=[(100.0, 5.0)])) == []
    assert bid.queue_ahead_lots == 0.0


def test_volume_that_met_us_is_not_counted_again_while_the_cross_lasts() -> None:
    made = market()
    ask = resting(made, Side.SELL, 1002)
    crossed = [(100.5, 0.3)]
    asks = [(100.6, 1.0)]
    assert filled(made.feed(book(1, crossed, asks))) == [(ask.order_id, 1002, 30)]
    assert made.feed(book(2, crossed, asks)) == []
    assert filled(made.feed(book(3, [(100.5, 0.4)], asks))) == [(ask.order_id, 1002, 10)]
    assert made.feed(book(4, [(100.5, 0.1)], asks)) == []
    assert filled(made.feed(book(5, [(100.5, 0.3)], asks))) == [(ask.order_id, 1002, 20)]
    assert made.feed(book(6)) == []  # the cross is over
    assert filled(made.feed(book(7, crossed, asks))) == [(ask.order_id, 1002, 30)]


def test_crossing_can_be_switched_off() -> None:
    made = market(settings=RecordedSettings(cross_fills=False))
    resting(made, Side.BUY, 1000)
    assert made.feed(book(1, bids=[(90.0, 1.0)], asks=[(90.1, 9.0)])) == []


def test_an_aggregated_book_must_stand_a_whole_step_through() -> None:
    made = market(settings=RecordedSettings(book_step=Decimal(1)))
    made.feed(book(bids=[(100.0, 1.0)], asks=[(101.0, 2.0)]))
    bid = resting(made, Side.BUY, 1005)
    assert made.feed(book(1, bids=[(99.0, 1.0)], asks=[(100.0, 2.0)])) == []
    assert filled(made.feed(book(2, bids=[(98.0, 1.0)], asks=[(99.0, 2.0)]))) == [(bid.order_id, 1005, 100)]
