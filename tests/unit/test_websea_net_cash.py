"""The wallet of two rows, restated as that of one net position."""

from decimal import Decimal

from mmtui.exchanges.websea.net_cash import NetCash
from mmtui.model.events import Fill
from mmtui.model.units import Side
from tests.unit.websea_payloads import NOW_NS, SOL


def fill(number: int, side: Side, price: str, quantity: str) -> Fill:
    return Fill(
        "a", SOL.id, NOW_NS, str(number), side, Decimal(price), Decimal(quantity), Decimal(0), "USDT", maker=True
    )


def test_a_pair_of_rows_has_realised_what_the_rows_still_hold_open() -> None:
    """Bought 5 at 100 and sold 5 at 110 into the other row: the rows realised nothing, the position 50."""
    cash = NetCash()
    cash.book(fill(1, Side.BUY, "100", "5"), Decimal(0), SOL)
    cash.book(fill(2, Side.SELL, "110", "5"), Decimal(0), SOL)
    assert cash.difference == 50
    cash.book(fill(2, Side.SELL, "110", "5"), Decimal(0), SOL)
    assert cash.difference == 50, "a fill counts once"


def test_once_both_rows_are_closed_the_difference_is_gone() -> None:
    cash = NetCash()
    cash.book(fill(1, Side.BUY, "100", "5"), Decimal(0), SOL)
    cash.book(fill(2, Side.SELL, "110", "5"), Decimal(0), SOL)
    cash.book(fill(3, Side.BUY, "105", "5"), Decimal(25), SOL)  # closes the short row
    assert cash.difference == 25
    cash.book(fill(4, Side.SELL, "107", "5"), Decimal(35), SOL)  # closes the long row
    assert cash.difference == 0


def test_what_was_held_at_the_start_has_its_entry() -> None:
    cash = NetCash()
    cash.begin(SOL, Decimal(2), Decimal(100))
    cash.begin(SOL, Decimal(9), Decimal(1))  # only the first counts
    cash.book(fill(1, Side.SELL, "103", "2"), Decimal(6), SOL)
    assert cash.difference == 0
