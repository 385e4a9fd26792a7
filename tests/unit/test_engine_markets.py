"""Market data followed for front ends, and for workers that begin late."""

from decimal import Decimal

from mmtui.core.book import Book
from mmtui.engine.markets import HISTORY_EVERY_NS, HISTORY_POINTS, TRADES, Markets
from mmtui.model.events import BookDelta, BookSnapshot, MarkPrice, PositionReport, PublicTrade, StreamDown, StreamUp
from mmtui.model.instrument import Instrument
from mmtui.simulation.build import sim_instruments
from mmtui.simulation.market_settings import MarketSettings

SOL = next(instrument for instrument in sim_instruments(MarketSettings()) if instrument.symbol == "SOL-PERP")


def book(time_ns: int = 1, sequence: int = 7) -> BookSnapshot:
    return BookSnapshot(SOL.id, time_ns, [(100.0, 1.0), (99.99, 2.0)], [(100.02, 3.0)], sequence)


def markets(*shown: Instrument) -> Markets:
    followed = Markets([SOL])
    for instrument in shown:
        followed.show(instrument)
    return followed


def test_an_instrument_is_followed_before_anybody_looks() -> None:
    """The stream tells the whole book once; who looks later must have it too."""
    followed = markets()
    followed.hear(book())
    followed.hear(BookDelta(SOL.id, 2, [(100.01, 5.0)], [], 8, 7))
    assert followed.rows(3) == ()
    assert followed.heard == 0
    followed.show(SOL)
    (row,) = followed.rows(3)
    assert row.bids[0] == (100.01, 5.0)
    assert (row.stream, row.book_age_ns) == ("up", 1)


def test_events_of_other_instruments_and_of_accounts_are_passed_over() -> None:
    followed = markets(SOL)
    followed.hear(BookSnapshot("elsewhere", 1, [(1.0, 1.0)], [(2.0, 1.0)]))
    followed.hear(StreamDown("private", 1, "lost", instrument=SOL.id, account="sim"))
    (row,) = followed.rows(2)
    assert (row.stream, row.bids, row.book_age_ns) == ("starting", (), None)


def test_who_begins_late_hears_what_gives_the_same_book() -> None:
    followed = markets(SOL)
    followed.hear(book())
    followed.hear(BookDelta(SOL.id, 2, [(100.01, 5.0), (99.99, 0.0)], [], 8, 7))
    followed.hear(MarkPrice(SOL.id, 5, Decimal("100.015"), Decimal("100.016"), Decimal("0.0001"), 99))
    snapshot, mark = followed.so_far("sim", SOL.id)
    assert isinstance(snapshot, BookSnapshot)
    late = Book()
    late.apply_snapshot(snapshot)
    late.apply_delta(BookDelta(SOL.id, 9, [(100.01, 0.0)], [], 9, 8))
    assert late.best_bid == 100.0
    assert list(late.top_bids(10)) == [(100.0, 1.0)]
    assert mark == MarkPrice(SOL.id, 5, Decimal("100.015"), Decimal("100.016"), Decimal("0.0001"), 99)
    assert followed.so_far("sim", "nothing known") == []


def test_a_lost_stream_leaves_no_book_and_is_told_to_who_begins_late() -> None:
    followed = markets(SOL)
    followed.hear(book())
    lost = StreamDown("public", 3, "reset", instrument=SOL.id)
    followed.hear(lost)
    (row,) = followed.rows(4)
    assert (row.stream, row.bids, row.asks, row.book_age_ns) == ("down", (), (), None)
    assert followed.so_far("sim", SOL.id) == [lost]
    account = StreamDown("private", 4, "reset", account="sim")
    followed.hear(account)
    followed.hear(book(5, 1))
    assert followed.so_far("sim", SOL.id)[1:] == [account]
    assert len(followed.so_far("other account", SOL.id)) == 1
    followed.hear(StreamUp("private", 6, account="sim"))
    assert len(followed.so_far("sim", SOL.id)) == 1


def test_trades_and_history_are_bounded_and_newest_first() -> None:
    followed = markets(SOL)
    for number in range(TRADES + 3):
        followed.hear(PublicTrade(SOL.id, number, 100.0 + number, 1.0))
    for number in range(HISTORY_POINTS + 3):
        followed.hear(book(number * HISTORY_EVERY_NS))
        followed.hear(book(number * HISTORY_EVERY_NS + 1))
    (row,) = followed.rows(0)
    assert len(row.trades) == TRADES
    assert row.trades[0].price == 100.0 + TRADES + 2
    assert len(row.history) == HISTORY_POINTS, "one point each time"
    assert row.history[-1].time_ns == (HISTORY_POINTS + 2) * HISTORY_EVERY_NS
    assert row.book_age_ns == 0, "never below zero, whatever the clocks say"


def test_a_liquidation_price_holds_for_the_position_it_was_told_of() -> None:
    followed = markets(SOL)
    held, price = Decimal("2.5"), Decimal("80.1")
    assert followed.reported("sim", SOL.id, held) is None
    followed.hear(PositionReport("sim", SOL.id, 1, 1, held, Decimal(100), price))
    report = followed.reported("sim", SOL.id, held)
    assert report is not None
    assert report.liquidation_price == price
    assert followed.reported("sim", SOL.id, Decimal(2)) is None, "filled since"
    assert followed.reported("other account", SOL.id, held) is None
    followed.hear(StreamDown("private", 4, "reset", account="sim"))
    assert followed.reported("sim", SOL.id, held) is None, "nobody knows now"
