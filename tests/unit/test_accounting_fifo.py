"""First-in, first-out lots for exports."""

from decimal import Decimal

from mmtui.core.fifo import ClosedLot, OpenLot, match_fifo
from mmtui.model.events import Fill
from mmtui.model.units import ONE, ZERO, Side


def fill(number: int, side: str, price: str, quantity: str) -> Fill:
    return Fill("a", "x", number, f"t{number}", Side(side), Decimal(price), Decimal(quantity), ZERO, "USDC", maker=True)


def test_nothing_in_nothing_out() -> None:
    lots = match_fifo([])
    assert (lots.closed, lots.open, lots.realized) == ([], [], ZERO)


def test_the_oldest_lot_is_closed_first_and_a_rest_keeps_its_place() -> None:
    lots = match_fifo([fill(1, "buy", "100", "2"), fill(2, "buy", "110", "1"), fill(3, "sell", "120", "1")])
    assert lots.closed == [ClosedLot(Side.BUY, 1, 3, "t1", "t3", ONE, Decimal(100), Decimal(120), Decimal(20))]
    assert lots.open == [OpenLot(Side.BUY, 1, "t1", ONE, Decimal(100)), OpenLot(Side.BUY, 2, "t2", ONE, Decimal(110))]


def test_one_fill_closes_several_lots_and_opens_the_rest() -> None:
    lots = match_fifo([fill(1, "sell", "100", "1"), fill(2, "sell", "90", "1"), fill(3, "buy", "95", "5")])
    assert [(lot.side, lot.pnl) for lot in lots.closed] == [(Side.SELL, Decimal(5)), (Side.SELL, Decimal(-5))]
    assert lots.open == [OpenLot(Side.BUY, 3, "t3", Decimal(3), Decimal(95))]
    assert lots.realized == ZERO


def test_contracts_count_with_their_multiplier() -> None:
    lots = match_fifo([fill(1, "buy", "60000", "10"), fill(2, "sell", "61000", "10")], Decimal("0.001"))
    assert lots.realized == Decimal(10)
