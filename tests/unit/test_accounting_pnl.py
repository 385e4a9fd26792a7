"""The books of a run: what users of other bots found wrong, one test each, and the figures."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from mmtui.core.fees import NO_RATES
from mmtui.core.pnl import PnlBook
from mmtui.model.events import Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, ZERO, Side
from mmtui.ports.errors import BugError

PERP = Instrument(
    "sim.m:SOL",
    "sim",
    "SOL",
    MarketType.PERP,
    "SOL",
    "USDC",
    Decimal("0.01"),
    Decimal("0.01"),
    taker_fee_bps=Decimal(5),
)
SPOT = Instrument("sim.m:SOL", "sim", "SOL", MarketType.SPOT, "SOL", "USDC", Decimal("0.01"), Decimal("0.01"))


def fill(
    side: str,
    price: str,
    quantity: str,
    fee: str = "0",
    asset: str = "USDC",
    *,
    maker: bool = True,
    account: str = "a",
) -> Fill:
    return Fill(
        account, PERP.id, 0, "t", Side(side), Decimal(price), Decimal(quantity), Decimal(fee), asset, maker=maker
    )


def funding(amount: str, account: str = "a") -> FundingPayment:
    return FundingPayment(account, PERP.id, 0, "f", Decimal(amount))


def book_of(*fills: Fill, instrument: Instrument = PERP, rates: Mapping[str, Decimal] = NO_RATES) -> PnlBook:
    book = PnlBook.for_instrument("a", instrument)
    for each in fills:
        book.apply_fill(each, None, rates)
    return book


# ------------------------------------------------------------------------- what users of other bots found wrong


def test_bug_47_a_rebate_adds_to_the_profit_and_a_fee_takes_from_it() -> None:
    flat = [("buy", "100", "1"), ("sell", "100", "1")]
    assert book_of(*(fill(*trade, fee="0.02") for trade in flat)).net(None) == Decimal("0.04")
    assert book_of(*(fill(*trade, fee="-0.02") for trade in flat)).net(None) == Decimal("-0.04")


def test_bug_48_a_fee_is_counted_once() -> None:
    figures = book_of(fill("buy", "100", "1", "-0.05"), fill("sell", "101", "1", "-0.05")).figures(None)
    assert (figures.realized_pnl, figures.fees, figures.net_pnl) == (ONE, Decimal("-0.10"), Decimal("0.90"))


def test_bug_48_trades_of_others_do_not_enter_the_books() -> None:
    book = book_of(fill("buy", "100", "1"))
    before = book.figures(Decimal(100))
    with pytest.raises(BugError, match=r"came to the books of a sim\.m:SOL"):
        book.apply_fill(fill("sell", "500", "1", account="b"), None)
    with pytest.raises(BugError, match=r"came to the books of a sim\.m:SOL"):
        book.apply_funding(funding("1", account="b"))
    assert book.figures(Decimal(100)) == before


def test_bug_49_a_fee_in_a_third_token_is_converted_when_it_is_charged() -> None:
    book = book_of(fill("buy", "100", "1", "-0.0001", "BNB"), rates={"BNB": Decimal(600)})
    assert book.fees.total == Decimal("-0.06")
    assert book.fees.cash == {"BNB": Decimal("-0.0001")}
    assert book.figures(Decimal(100)).net_pnl == Decimal("-0.06")


def test_bug_50_a_fee_token_without_a_price_is_flagged_and_never_taken_one_to_one() -> None:
    book = book_of(fill("buy", "100", "1", "-0.5", "BNB"), fill("buy", "100", "1", "-0.25", "BNB"))
    figures = book.figures(Decimal(100))
    assert (figures.fees, figures.net_pnl, figures.fees_complete) == (ZERO, ZERO, False)
    assert book.fees.unpriced == {"BNB": Decimal("-0.75")}
    book.fees.price_late({"ETH": Decimal(3000)})
    assert not book.fees.complete
    book.fees.price_late({"BNB": Decimal(600)})
    figures = book.figures(Decimal(100))
    assert (figures.fees, figures.fees_complete) == (Decimal(-450), True)
    book.fees.price_late({"BNB": Decimal(600)})
    assert book.fees.total == Decimal(-450)


def test_bug_51_the_fee_is_the_one_charged_and_not_one_from_a_table() -> None:
    book = book_of(fill("buy", "100", "1", "-0.0123", maker=False))
    assert PERP.fee_cash(Decimal(100), ONE, maker=False) == Decimal("-0.05")
    assert book.fees.total == Decimal("-0.0123")


def test_bug_52_there_is_a_profit_after_trades_and_it_is_unknown_rather_than_zero() -> None:
    book = book_of(fill("buy", "100", "1"))
    assert book.figures(Decimal(103)).net_pnl == Decimal(3)
    figures = book.figures(None)
    unknown = (figures.net_pnl, figures.unrealized_pnl, figures.unrealized_touch, figures.day_pnl, figures.drawdown)
    assert unknown == (None,) * 5
    assert (figures.cost_per_million, figures.wear_rate_pct) == (None, None)


def test_bug_53_amounts_that_are_not_known_do_not_look_like_a_loss() -> None:
    book = book_of(fill("buy", "100", "1", "-50", "POINTS"))
    assert book.observe(1, Decimal(110)) == Decimal(10)
    assert book.observe(2, None) is None
    assert book.peak_net == Decimal(10)
    figures = book.figures(Decimal(108))
    assert (figures.drawdown, figures.fees_complete) == (Decimal(2), False)


def test_bug_54_funding_is_booked_as_the_venue_recorded_it_and_nowhere_else() -> None:
    book = book_of(fill("sell", "100", "1"))
    for amount in ("-0.013", "0.004"):
        book.apply_funding(funding(amount))
    figures = book.figures(Decimal(100))
    assert (figures.funding, figures.fees, figures.realized_pnl) == (Decimal("-0.009"), ZERO, ZERO)


def test_bug_55_funding_is_part_of_the_net() -> None:
    book = book_of(fill("buy", "100", "1"))
    book.apply_funding(funding("-0.25"))
    assert book.figures(Decimal(100)).net_pnl == Decimal("-0.25")


def test_bug_56_realised_profit_is_counted_once_however_often_it_is_read() -> None:
    book = PnlBook.for_instrument("a", PERP)
    trades = [("buy", "100", "3"), ("sell", "101", "1"), ("sell", "102", "1"), ("sell", "103", "1")]
    parts = [book.apply_fill(fill(*trade), None) for trade in trades]
    assert parts == [ZERO, ONE, Decimal(2), Decimal(3)]
    for _ in range(3):
        assert book.figures(Decimal(90)).realized_pnl == sum(parts)


def test_the_average_of_fills_is_weighted_by_their_size() -> None:
    assert book_of(fill("buy", "100", "1"), fill("buy", "200", "9")).figures(None).average_entry == Decimal(190)


# ------------------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize(("side", "touch"), [("buy", "-1"), ("sell", "-2")])
def test_the_touch_is_the_bid_for_longs_and_the_ask_for_shorts(side: str, touch: str) -> None:
    figures = book_of(fill(side, "100", "1")).figures(Decimal("100.5"), Decimal(99), Decimal(102))
    assert figures.unrealized_touch == Decimal(touch)


def test_without_a_mark_the_mid_stands_in() -> None:
    figures = book_of(fill("buy", "100", "1")).figures(None, Decimal(99), Decimal(102))
    assert figures.unrealized_pnl == Decimal("0.5")


def test_volumes_by_side_and_role_are_in_the_quote_asset() -> None:
    contracts = Instrument(PERP.id, "sim", "SOL", MarketType.PERP, "SOL", "USDC", ONE, ONE, multiplier=Decimal("0.1"))
    book = book_of(
        fill("buy", "100", "10", "-0.1"), fill("sell", "100", "30", "-0.1", maker=False), instrument=contracts
    )
    figures = book.figures(Decimal(100))
    assert (figures.volume_quote, figures.buy_volume, figures.sell_volume) == (Decimal(400), Decimal(100), Decimal(300))
    assert (figures.maker_volume, figures.taker_volume, figures.fills) == (Decimal(100), Decimal(300), 2)
    assert figures.maker_share == Decimal("0.25")
    assert figures.cost_per_million == Decimal(500)
    assert figures.wear_rate_pct == Decimal("0.05")


def test_shares_are_empty_without_volume_and_wear_is_no_profit() -> None:
    figures = book_of().figures(None)
    assert (figures.maker_share, figures.cost_per_million, figures.wear_rate_pct) == (None, None, None)
    figures = book_of(fill("buy", "100", "1"), fill("sell", "101", "1")).figures(None)
    assert figures.wear_rate_pct == ZERO
    assert figures.cost_per_million is not None
    assert figures.cost_per_million < ZERO


# ---------------------------------------------------------------------------------------------------------- fees


def test_stablecoins_count_one_to_one_only_beside_a_stablecoin_quote() -> None:
    book = book_of(*(fill("buy", "100", "1", "-0.01", asset) for asset in ("USDC", "USDT", "USD", "DUSD", "USDF")))
    assert (book.fees.total, book.fees.quote_cash) == (Decimal("-0.05"), Decimal("-0.05"))
    crypto = Instrument(PERP.id, "sim", "ETHBTC", MarketType.SPOT, "ETH", "BTC", ONE, ONE)
    assert book_of(fill("buy", "0.05", "1", "-2", "USDT"), instrument=crypto).fees.unpriced == {"USDT": Decimal(-2)}


def test_a_stablecoin_that_is_itself_the_base_is_worth_the_price_of_the_fill() -> None:
    pair = Instrument(PERP.id, "sim", "USDC_USDT", MarketType.SPOT, "USDC", "USDT", ONE, ONE)
    book = book_of(fill("buy", "0.999", "100", "-0.1", "USDC"), instrument=pair)
    assert (book.fees.total, book.fees.quote_cash) == (Decimal("-0.0999"), ZERO)


def test_a_base_fee_on_spot_is_valued_at_the_fill_and_missing_from_the_holding() -> None:
    book = book_of(fill("buy", "100", "2", "-0.002", "SOL"), instrument=SPOT)
    assert book.position.quantity == Decimal(2)
    assert (book.base_fee_quantity, book.base_held) == (Decimal("-0.002"), Decimal("1.998"))
    assert book.fees.total == Decimal("-0.2")
    assert book.quote_cash == Decimal(-200)
    assert book.fees.worth(Decimal(110)) == Decimal("-0.22")


def test_a_base_fee_on_a_perp_leaves_the_position_alone() -> None:
    book = book_of(fill("buy", "100", "2", "-0.002", "SOL"))
    assert (book.base_fee_quantity, book.base_held) == (ZERO, Decimal(2))


def test_the_worth_of_fees_is_unknown_while_a_rate_is() -> None:
    book = book_of(fill("buy", "100", "1", "-0.5", "BNB"))
    assert book.fees.worth(Decimal(100)) is None
    assert book.fees.worth(Decimal(100), {"BNB": Decimal(600)}) == Decimal(-300)


# ---------------------------------------------------------------------------------------------------- taken over


def test_what_was_held_before_the_run_earns_from_the_start_only() -> None:
    book = book_of()
    book.take_over(Decimal(2), Decimal(100))
    assert book.net(Decimal(100)) == ZERO
    book.apply_fill(fill("sell", "105", "2"), Decimal(105))
    figures = book.figures(None)
    assert (figures.net_pnl, figures.volume_quote, figures.fills) == (Decimal(10), Decimal(210), 1)
    parts = book.attribute(None, None)
    assert (parts.spread_capture, parts.inventory, parts.net) == (ZERO, Decimal(10), Decimal(10))
    assert book.quote_cash == Decimal(210)


def test_a_foreign_sale_is_taken_over_at_its_price() -> None:
    book = book_of(fill("buy", "100", "3"))
    book.take_over(Decimal(-1), Decimal(90))
    assert book.position.quantity == Decimal(2)
    assert book.net(Decimal(90)) == Decimal(-30)
    assert book.quote_cash == Decimal(-300)
    assert book.attribute(Decimal(90), Decimal(90)).net == Decimal(-30)


# --------------------------------------------------------------------------------------------------- attribution


def test_a_hedge_is_charged_with_the_slippage_against_the_price_it_was_decided_at() -> None:
    book = book_of()
    book.apply_fill(fill("sell", "99.7", "2", maker=False), Decimal("99.9"), intended_price=Decimal(100))
    parts = book.attribute(Decimal("99.9"), Decimal("99.9"))
    assert (parts.hedge_slippage, parts.spread_capture) == (Decimal("-0.6"), Decimal("0.2"))
    assert parts.net == book.net(Decimal("99.9"))


def test_without_a_mid_nothing_is_captured_at_first_and_the_last_mid_stands_in_later() -> None:
    book = book_of(fill("buy", "100", "1"))
    assert book.attribute(Decimal(101), None).spread_capture == ZERO
    book.apply_fill(fill("buy", "99", "1"), Decimal(102))
    book.apply_fill(fill("sell", "103", "1"), None)
    parts = book.attribute(Decimal(101), None)
    assert (parts.spread_capture, parts.inventory, parts.mark_basis) == (Decimal(4), Decimal(2), Decimal(-1))
    assert parts.net == book.net(Decimal(101))
