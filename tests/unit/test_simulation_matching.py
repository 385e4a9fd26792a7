"""The matching engine by itself."""

from decimal import Decimal

from mmtui.model.events import BookDelta, BookSnapshot, MarkPrice, PublicTrade
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.simulation.ladder import Ladder
from mmtui.simulation.market import Market, SimOrder
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.rules import RuledMarket

T0 = 1_000 * NS_PER_S


def market(market_type: MarketType = MarketType.SPOT) -> MatchingMarket:
    row = Instrument(
        id="sim.t:X",
        venue="sim",
        symbol="X",
        market_type=market_type,
        base_asset="X",
        quote_asset="USDC",
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.01"),
    )
    made = MatchingMarket(row)
    made.advance(T0)
    return made


def order(
    name: str, side: Side, ticks: int, lots: int, account: str = "a", tif: TimeInForce = TimeInForce.GTC
) -> SimOrder:
    return SimOrder(
        order_id=name,
        account=account,
        client_order_id=name,
        side=side,
        price_ticks=ticks,
        quantity_lots=lots,
        remaining_lots=lots,
        arrived_ns=T0,
        time_in_force=tif,
    )


def test_it_is_a_market_with_rules() -> None:
    made: Market = market()
    assert isinstance(made, RuledMarket)


def test_better_price_first_then_first_come_first() -> None:
    book = market()
    for name, ticks in (("far", 102), ("first", 101), ("second", 101)):
        assert not book.place(order(name, Side.SELL, ticks, 5), T0)
    taker = order("taker", Side.BUY, 103, 12, account="b")
    assert book.fillable_lots(taker) == 12
    executions = book.place(taker, T0)
    assert [(row.order.order_id, row.price_ticks, row.quantity_lots, row.maker) for row in executions] == [
        ("first", 101, 5, True),
        ("taker", 101, 5, False),
        ("second", 101, 5, True),
        ("taker", 101, 5, False),
        ("far", 102, 2, True),
        ("taker", 102, 2, False),
    ]
    assert book.best_ticks() == (None, 102)
    assert taker.remaining_lots == 0


def test_the_rest_of_a_gtc_order_rests_and_that_of_an_ioc_does_not() -> None:
    book = market()
    book.place(order("ask", Side.SELL, 101, 2), T0)
    book.place(order("rests", Side.BUY, 101, 5, account="b"), T0)
    assert book.best_ticks() == (101, None)
    book.place(order("hit", Side.SELL, 101, 9, account="c", tif=TimeInForce.IOC), T0)
    assert book.best_ticks() == (None, None)


def test_amend_keeps_the_place_only_for_less_at_the_same_price() -> None:
    book = market()
    first, second = order("first", Side.BUY, 100, 5), order("second", Side.BUY, 100, 5)
    book.place(first, T0)
    book.place(second, T0)
    assert not book.amend(first, 100, 3, T0)
    assert book.place(order("t1", Side.SELL, 100, 1, account="b"), T0)[0].order is first
    book.amend(first, 100, 4, T0)
    assert book.place(order("t2", Side.SELL, 100, 1, account="b"), T0)[0].order is second
    book.amend(second, 101, 4, T0)
    assert book.best_ticks() == (101, None)
    book.remove(second)
    assert book.best_ticks() == (100, None)


def test_an_amend_that_crosses_trades() -> None:
    book = market()
    bid = order("bid", Side.BUY, 99, 5)
    book.place(bid, T0)
    book.place(order("ask", Side.SELL, 101, 2, account="b"), T0)
    executions = book.amend(bid, 101, 5, T0)
    assert [(row.order.order_id, row.quantity_lots) for row in executions] == [("ask", 2), ("bid", 2)]
    assert book.best_ticks() == (101, None)


def test_snapshot_then_linked_deltas_then_trades() -> None:
    book = market()
    _, events = book.advance(T0)
    assert events == []
    assert book.next_time_ns() is None
    book.place(order("bid", Side.BUY, 1001, 3), T0 + 1)
    assert book.next_time_ns() == T0 + 1
    _, events = book.advance(T0 + 5)
    assert events == [BookDelta("sim.t:X", T0 + 1, [(100.1, 0.03)], [], 2, 1)]
    assert book.next_time_ns() is None
    book.place(order("hit", Side.SELL, 1000, 1, account="b"), T0 + 7)
    _, events = book.advance(T0 + 7)
    assert events == [
        PublicTrade("sim.t:X", T0 + 7, 100.1, 0.01, Side.SELL, "1"),
        BookDelta("sim.t:X", T0 + 7, [(100.1, 0.02)], [], 3, 2),
    ]
    assert book.snapshot(T0 + 9) == BookSnapshot("sim.t:X", T0 + 9, [(100.1, 0.02)], [], 3)


def test_a_level_that_empties_is_published_as_zero() -> None:
    book = market()
    bid = order("bid", Side.BUY, 1000, 3)
    book.place(bid, T0)
    book.advance(T0)
    book.remove(bid)
    _, events = book.advance(T0 + 1)
    assert events == [BookDelta("sim.t:X", T0, [(100.0, 0.0)], [], 3, 2)]


def test_a_perp_publishes_its_mark_every_second_while_it_has_a_mid() -> None:
    book = market(MarketType.PERP)
    assert book.next_time_ns() == T0 + NS_PER_S
    book.place(order("bid", Side.BUY, 1000, 3), T0)
    book.place(order("ask", Side.SELL, 1004, 3), T0)
    _, events = book.advance(T0 + 2 * NS_PER_S)
    marks = [event for event in events if isinstance(event, MarkPrice)]
    assert [(row.time_ns, row.mark, row.index) for row in marks] == [
        (T0 + NS_PER_S, Decimal("100.2"), None),
        (T0 + 2 * NS_PER_S, Decimal("100.2"), None),
    ]
    assert marks[0].next_funding_ns == 8 * 3_600 * NS_PER_S


def test_the_crowd_without_a_generator_can_be_steered() -> None:
    book = market()
    book.move_mid(Decimal(100), T0)
    assert book.crowd_trade(Side.BUY, 3, T0) == []
    book.place(order("ask", Side.SELL, 1001, 5), T0)
    executions = book.crowd_trade(Side.BUY, 3, T0)
    assert [(row.order.order_id, row.quantity_lots, row.maker) for row in executions] == [("ask", 3, True)]
    assert (book.crowd_position_lots, book.crowd_cash) == (3, -3_003)


def test_crowd_cancels_take_from_the_end_asked_for_and_spare_our_orders() -> None:
    book = market()
    book.crowd_place(Side.BUY, 100, 4)
    book.place(order("ours", Side.BUY, 100, 5), T0)
    book.crowd_place(Side.BUY, 100, 6)
    book.crowd_cancel(Side.BUY, 100, 5, behind=True)
    book.crowd_cancel(Side.BUY, 100, 3, behind=False)
    book.crowd_cancel(Side.BUY, 90, 3, behind=False)
    ladder = book.ladder(Side.BUY)
    assert [(row.account, row.remaining_lots) for row in ladder.crossing(1)] == [("", 1), ("a", 5), ("", 1)]
    book.crowd_cancel(Side.BUY, 100, 99, behind=False)
    assert [row.order_id for row in ladder.crossing(1)] == ["ours"]
    assert (ladder.crowd_lots(100), ladder.lots(100)) == (0, 5)


def test_a_ladder_iterates_from_best_to_the_limit() -> None:
    ladder = Ladder(Side.SELL)
    for name, ticks in (("b", 102), ("a", 101), ("c", 103)):
        ladder.add(order(name, Side.SELL, ticks, 1))
    assert ladder.ticks() == [101, 102, 103]
    assert [row.order_id for row in ladder.crossing(102)] == ["a", "b"]
    assert (ladder.lots(104), ladder.crowd_lots(104)) == (0, 0)
