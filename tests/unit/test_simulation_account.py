"""The venue's own bookkeeping of one account."""

from decimal import Decimal

import pytest

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import Side
from mmtui.simulation.account import Exposure, PerpPosition, VenueAccount, free_funds, initial_margin

D = Decimal


def instrument(market_type: MarketType = MarketType.PERP, maker: str = "-1", taker: str = "5") -> Instrument:
    return Instrument(
        id=f"sim.t:X-{market_type.value}",
        venue="sim",
        symbol="X",
        market_type=market_type,
        base_asset="X",
        quote_asset="USDC",
        tick_size=D("0.1"),
        lot_size=D("0.01"),
        maker_fee_bps=D(maker),
        taker_fee_bps=D(taker),
    )


def account(**balances: str) -> VenueAccount:
    return VenueAccount("a", {asset: D(amount) for asset, amount in balances.items()})


@pytest.mark.parametrize(
    ("trades", "quantity", "cost", "realized"),
    [
        ([("2", "100")], "2", "200", "0"),
        ([("2", "100"), ("1", "103")], "3", "303", "0"),
        ([("2", "100"), ("-1", "110")], "1", "100", "10"),
        ([("2", "100"), ("-2", "90")], "0", "0", "-20"),
        ([("2", "100"), ("-3", "110")], "-1", "-110", "20"),
        ([("-2", "100"), ("1", "90")], "-1", "-100", "10"),
        ([("-2", "100"), ("5", "90")], "3", "270", "20"),
    ],
)
def test_perp_trades_move_quantity_cost_and_realised_pnl(
    trades: list[tuple[str, str]], quantity: str, cost: str, realized: str
) -> None:
    position = PerpPosition()
    total = sum((position.trade(D(signed), D(signed) * D(price)) for signed, price in trades), D(0))
    assert (position.quantity, position.cost, total) == (D(quantity), D(cost), D(realized))


def test_a_partial_close_takes_a_rounded_share_and_loses_nothing() -> None:
    position = PerpPosition()
    position.trade(D(3), D(100))
    realized = position.trade(D(-1), D(-40))
    assert realized == D(40) - D("33.333333333333")
    assert position.cost == D(100) - D("33.333333333333")
    assert position.trade(D(-2), D(-60)) == D(60) - position.cost - D("66.666666666667")
    assert position.cost == 0


def test_perp_fill_moves_cash_by_realised_pnl_and_fee_only() -> None:
    held, perp = account(USDC="1000"), instrument()
    assert held.book_fill(perp, Side.BUY, D(100), D(2), maker=True) == (D("0.02"), "USDC")
    assert held.balances == {"USDC": D("1000.02")}
    assert held.book_fill(perp, Side.SELL, D(110), D(2), maker=False) == (D("-0.11"), "USDC")
    assert held.balances == {"USDC": D("1019.91")}
    assert (held.realized_pnl, held.fees) == ({"USDC": D(20)}, {"USDC": D("-0.09")})
    assert held.entry_price(perp) is None
    assert held.quantity(perp) == 0


def test_spot_fill_exchanges_assets() -> None:
    held, spot = account(USDC="1000", X="1"), instrument(MarketType.SPOT)
    held.book_fill(spot, Side.BUY, D(100), D(2), maker=False)
    assert held.balances == {"USDC": D("799.9"), "X": D(3)}
    assert held.quantity(spot) == 3
    assert held.entry_price(spot) is None
    assert held.unrealized(spot, D(50)) == 0


def test_spot_buys_can_pay_their_fee_in_base() -> None:
    held, spot = account(USDC="1000"), instrument(MarketType.SPOT)
    paid = held.book_fill(spot, Side.BUY, D(100), D(2), maker=False, fee_in_base_on_buy=True)
    assert paid == (D("-0.001"), "X")
    assert held.balances == {"USDC": D(800), "X": D("1.999")}
    sold = held.book_fill(spot, Side.SELL, D(100), D(1), maker=True, fee_in_base_on_buy=True)
    assert sold == (D("0.01"), "USDC")


def test_longs_pay_positive_funding() -> None:
    held, perp = account(USDC="0"), instrument(maker="0")
    held.book_fill(perp, Side.BUY, D(100), D(2), maker=True)
    assert held.book_funding(perp, D(110), D("0.001")) == D("-0.22")
    assert (held.funding, held.balances) == ({"USDC": D("-0.22")}, {"USDC": D("-0.22")})
    assert held.quantity(instrument(MarketType.SPOT)) == 0


def test_free_funds_of_a_perp_account() -> None:
    held, perp = account(USDC="1000"), instrument(maker="0")
    assert held.quantity(perp) == 0
    held.book_fill(perp, Side.BUY, D(100), D(4), maker=True)
    exposure = Exposure(perp, D(110), buys=D(1), sells=D(9))
    assert initial_margin(held, exposure) == D(550) / 20
    assert free_funds(held, "USDC", [exposure]) == D(1000) + D(40) - D("27.5")
    assert free_funds(held, "X", [exposure]) == 0


def test_open_spot_orders_lock_what_they_would_pay() -> None:
    held, spot = account(USDC="1000", X="5"), instrument(MarketType.SPOT)
    exposure = Exposure(spot, D(100), buys=D(2), sells=D(3), buy_notional=D(200))
    assert free_funds(held, "USDC", [exposure]) == D(1000) - D("200.1")
    assert free_funds(held, "X", [exposure]) == 2
