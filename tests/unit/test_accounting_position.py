"""Positions at exact cost, and balances that are unknown until told."""

from decimal import Decimal

import pytest

from mmtui.core.account import Holdings, Position
from mmtui.model.events import Balance, Balances
from mmtui.model.units import ONE, ZERO, Side
from mmtui.ports.errors import BugError

Trade = tuple[str, str, str]


def after(trades: list[Trade], multiplier: Decimal = ONE) -> Position:
    position = Position()
    for side, price, quantity in trades:
        position.apply(Side(side), Decimal(price), Decimal(quantity), multiplier)
    return position


@pytest.mark.parametrize(
    ("trades", "quantity", "cost", "realized"),
    [
        ([("buy", "100", "2")], "2", "200", "0"),
        ([("sell", "100", "2")], "-2", "-200", "0"),
        ([("buy", "100", "2"), ("buy", "103", "1")], "3", "303", "0"),
        ([("buy", "100", "2"), ("sell", "110", "1")], "1", "100", "10"),
        ([("sell", "100", "2"), ("buy", "90", "1")], "-1", "-100", "10"),
        ([("buy", "100", "2"), ("sell", "90", "2")], "0", "0", "-20"),
        ([("buy", "100", "1"), ("sell", "110", "3")], "-2", "-220", "10"),
        ([("sell", "100", "1"), ("buy", "110", "3")], "2", "220", "-10"),
        ([("buy", "100", "1"), ("buy", "101", "2"), ("sell", "102", "1")], "2", "201.333333333333", "1.333333333333"),
        ([("buy", "100", "2"), ("sell", "110", "0")], "2", "200", "0"),
    ],
    ids=["long", "short", "add", "part", "short-part", "all", "flip", "short-flip", "thirds", "nothing"],
)
def test_a_position_follows_its_trades(trades: list[Trade], quantity: str, cost: str, realized: str) -> None:
    position = after(trades)
    assert position == Position(Decimal(quantity), Decimal(cost), Decimal(realized))


def test_the_last_part_closed_takes_what_rounding_left() -> None:
    position = after([("buy", "100", "1"), ("buy", "101", "2")])
    parts = [position.apply(Side.SELL, Decimal(102), ONE, ONE) for _ in range(3)]
    assert [str(part) for part in parts] == ["1.333333333333", "1.333333333334", "1.333333333333"]
    assert sum(parts) == Decimal(4)
    assert (str(position.quantity), str(position.cost)) == ("0", "0")


def test_the_average_entry_is_weighted_by_size_and_empty_when_flat() -> None:
    assert after([("buy", "100", "1"), ("buy", "200", "9")]).average_entry(ONE) == Decimal(190)
    assert after([("sell", "100", "1"), ("sell", "200", "3")]).average_entry(ONE) == Decimal(175)
    assert after([("buy", "100", "1"), ("sell", "100", "1")]).average_entry(ONE) is None
    contracts = after([("buy", "60000", "3"), ("buy", "66000", "3")], Decimal("0.001"))
    assert contracts.average_entry(Decimal("0.001")) == Decimal(63000)
    assert contracts.cost == Decimal(378)


@pytest.mark.parametrize(("side", "expected"), [("buy", "10"), ("sell", "-10")])
def test_longs_and_shorts_have_an_unrealized_profit(side: str, expected: str) -> None:
    assert after([(side, "100", "2")]).unrealized(Decimal(105), ONE) == Decimal(expected)


def test_a_negative_quantity_is_refused_and_changes_nothing() -> None:
    position = after([("buy", "100", "2")])
    with pytest.raises(BugError, match="negative quantity -1"):
        position.apply(Side.SELL, Decimal(100), Decimal(-1), ONE)
    assert position == Position(Decimal(2), Decimal(200), ZERO)


def balances(asked_ns: int, **totals: str) -> Balances:
    return Balances("a", asked_ns, asked_ns, [Balance(asset, Decimal(total), ONE) for asset, total in totals.items()])


def test_a_balance_is_unknown_until_reported_and_zero_when_a_report_leaves_it_out() -> None:
    holdings = Holdings()
    assert holdings.total("USDC") is None
    assert holdings.free("USDC") is None
    assert holdings.report(balances(10, USDC="100", SOL="2"))
    assert (holdings.total("USDC"), holdings.free("SOL"), holdings.total("BTC")) == (Decimal(100), ONE, ZERO)
    assert holdings.report(balances(20, USDC="90"))
    assert (holdings.total("USDC"), holdings.total("SOL")) == (Decimal(90), ZERO)


def test_an_older_report_changes_nothing() -> None:
    holdings = Holdings()
    holdings.report(balances(20, USDC="90"))
    assert not holdings.report(balances(10, USDC="100"))
    assert holdings.total("USDC") == Decimal(90)
    assert holdings.asked_ns == 20


def test_a_failed_read_makes_balances_unknown_again() -> None:
    holdings = Holdings()
    holdings.report(balances(20, USDC="90"))
    holdings.forget()
    assert holdings.total("USDC") is None
    assert holdings.asked_ns is None
