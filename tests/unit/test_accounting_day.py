"""The UTC day, the peak and the drawdown."""

from decimal import Decimal

import pytest

from mmtui.core.pnl import DAY_NS, PnlBook
from mmtui.model.events import Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, ZERO, Side

SOL = Instrument("sim.m:SOL", "sim", "SOL", MarketType.PERP, "SOL", "USDC", Decimal("0.01"), Decimal("0.01"))
NOON = DAY_NS // 2


def fill(time_ns: int, side: Side, price: str) -> Fill:
    return Fill("a", SOL.id, time_ns, "t", side, Decimal(price), ONE, ZERO, "USDC", maker=True)


@pytest.fixture
def book() -> PnlBook:
    """Books with a long of 1 at 100, bought at noon of the first day."""
    book = PnlBook.for_instrument("a", SOL)
    book.apply_fill(fill(NOON, Side.BUY, "100"), Decimal(100))
    return book


def day_pnl(book: PnlBook, mark: str) -> Decimal | None:
    return book.figures(Decimal(mark)).day_pnl


def test_the_first_day_begins_with_the_run(book: PnlBook) -> None:
    assert book.day_ends_ns == DAY_NS
    assert not book.roll_day(NOON, Decimal(90))
    assert day_pnl(book, "90") == Decimal(-10)


def test_at_midnight_the_day_starts_again_at_the_net_of_that_moment(book: PnlBook) -> None:
    book.observe(DAY_NS - 1, Decimal(104))
    book.observe(DAY_NS, Decimal(105))
    assert book.day_baseline == Decimal(5)
    assert day_pnl(book, "103") == Decimal(-2)
    assert book.figures(Decimal(103)).net_pnl == Decimal(3)


def test_a_fill_after_midnight_belongs_to_the_new_day_even_if_no_mark_came_between(book: PnlBook) -> None:
    book.observe(DAY_NS - 1, Decimal(104))
    book.apply_fill(fill(DAY_NS + 1, Side.SELL, "110"), Decimal(110))
    assert book.day_baseline == Decimal(4)
    assert book.figures(None).day_pnl == Decimal(6)


def test_funding_at_midnight_belongs_to_the_new_day(book: PnlBook) -> None:
    book.observe(DAY_NS - 1, Decimal(100))
    book.apply_funding(FundingPayment("a", SOL.id, DAY_NS, "f", Decimal(-2)))
    assert day_pnl(book, "100") == Decimal(-2)


def test_a_day_without_any_mark_is_based_on_the_mid_of_the_last_fill(book: PnlBook) -> None:
    assert book.roll_day(3 * DAY_NS + 5, None)
    assert (book.day_baseline, book.day_ends_ns) == (ZERO, 4 * DAY_NS)


def test_a_clock_that_steps_back_over_midnight_does_not_start_a_day(book: PnlBook) -> None:
    book.observe(DAY_NS + 5, Decimal(105))
    book.observe(DAY_NS - 5, Decimal(108))
    assert (book.day_baseline, book.day_ends_ns) == (Decimal(5), 2 * DAY_NS)


def test_the_drawdown_is_measured_from_the_peak_and_a_run_starts_at_zero(book: PnlBook) -> None:
    assert book.observe(NOON, Decimal(95)) == Decimal(-5)
    assert book.figures(Decimal(95)).drawdown == Decimal(5)
    book.observe(NOON, Decimal(107))
    assert (book.peak_net, book.figures(Decimal(101)).drawdown) == (Decimal(7), Decimal(6))
    assert book.figures(Decimal(120)).drawdown == ZERO
