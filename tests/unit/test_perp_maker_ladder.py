"""The two published ladders (spread and tick), on the grid, and the sizes that fit into a room."""

import math
from decimal import Decimal

import pytest

from mmtui.core.ladder import Shape, ask_ticks, automatic_lots, bid_ticks, least_lots, rungs, share_room, tick_offset
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Quote

TICK = Decimal("0.01")
FAR = 10**9


def perp(**changes: str) -> Instrument:
    steps = {"tick_size": "0.01", "lot_size": "0.01", "min_quantity": "0.05", "min_notional": "0", "multiplier": "1"}
    exact = {name: Decimal(value) for name, value in (steps | changes).items()}
    return Instrument("x:SOL-PERP", "x", "SOL-PERP", MarketType.PERP, "SOL", "USDC", **exact)


@pytest.mark.parametrize(
    ("levels", "multiples"),
    [(1, ["1"]), (2, ["1", "2"]), (3, ["1", "1.5", "2"]), (5, ["1", "1.25", "1.5", "1.75", "2"])],
)
def test_spread_ladder_stands_one_to_two_half_spreads_from_mid(levels: int, multiples: list[str]) -> None:
    mid, half = Decimal(100), Decimal("0.4")
    bids = bid_ticks("spread", levels, mid - half, half, TICK, FAR)
    asks = ask_ticks("spread", levels, mid + half, half, TICK, 1)
    assert [at * TICK for at in bids] == [mid - half * Decimal(multiple) for multiple in multiples]
    assert [at * TICK for at in asks] == [mid + half * Decimal(multiple) for multiple in multiples]


def test_tick_offsets_are_the_published_ones_rounded_up() -> None:
    """Published: 0, 1.5, 4.24, 7.79, 12 ticks behind the first order."""
    assert [tick_offset(index) for index in range(5)] == [0, 2, 5, 8, 12]
    assert all(tick_offset(index) == math.ceil(round(1.5 * index**1.5, 9)) for index in range(50))


def test_tick_ladder_steps_away_from_the_rounded_first_price() -> None:
    bids = bid_ticks("tick", 4, Decimal("99.806"), Decimal("0.2"), TICK, FAR)
    asks = ask_ticks("tick", 4, Decimal("100.194"), Decimal("0.2"), TICK, 1)
    assert bids == [9980, 9978, 9975, 9972]
    assert asks == [10020, 10022, 10025, 10028]


def test_buys_round_down_and_sells_round_up() -> None:
    assert bid_ticks("spread", 1, Decimal("99.999"), TICK, TICK, FAR) == [9999]
    assert ask_ticks("spread", 1, Decimal("100.001"), TICK, TICK, 1) == [10001]
    assert bid_ticks("spread", 1, Decimal("99.99"), TICK, TICK, FAR) == [9999]
    assert ask_ticks("spread", 1, Decimal("100.01"), TICK, TICK, 1) == [10001]


def test_an_order_that_falls_on_the_one_before_moves_one_tick_out() -> None:
    """Half a tick of spread leaves no room for three different prices: each takes the next tick."""
    half = Decimal("0.005")
    assert bid_ticks("spread", 3, Decimal("99.995"), half, TICK, FAR) == [9999, 9998, 9997]
    assert ask_ticks("spread", 3, Decimal("100.005"), half, TICK, 1) == [10001, 10002, 10003]


@pytest.mark.parametrize("shape", ["spread", "tick"])
def test_no_order_stands_at_or_through_the_opposite_touch(shape: Shape) -> None:
    first = Decimal(100)
    assert max(bid_ticks(shape, 3, first, TICK, TICK, 9990)) == 9990
    assert min(ask_ticks(shape, 3, first, TICK, TICK, 10010)) == 10010


def test_buys_below_one_tick_do_not_exist() -> None:
    assert bid_ticks("spread", 3, Decimal("0.02"), Decimal("0.02"), TICK, FAR) == [2, 1]
    assert bid_ticks("tick", 3, Decimal("-0.02"), Decimal("0.02"), TICK, FAR) == []


def test_a_common_factor_changes_nothing() -> None:
    for factor in (Decimal(3), Decimal("0.7")):
        given = (Decimal("99.871") * factor, Decimal("0.129") * factor, TICK * factor)
        assert bid_ticks("spread", 4, *given, FAR) == [9987, 9982, 9978, 9974]


@pytest.mark.parametrize(
    ("room", "sizes"), [(100, [10, 10, 10]), (30, [10, 10, 10]), (25, [10, 10, 5]), (23, [10, 10]), (3, []), (-7, [])]
)
def test_sizes_fit_into_the_room(room: int, sizes: list[int]) -> None:
    """The outermost order shrinks; below the minimum of 5 it falls."""
    assert share_room(3, 10, room, 5) == sizes


@pytest.mark.parametrize(
    ("levels", "balance", "lots"),
    [(1, "10000", 500), (5, "10000", 500), (10, "10000", 250), (3, "199", 9), (3, "0", 0)],
)
def test_automatic_size_is_the_smaller_share(levels: int, balance: str, lots: int) -> None:
    """min(5 %, 1/(4 x orders)) of the balance at price 100, in lots of 0.01, rounded down."""
    assert automatic_lots(perp(), Decimal(balance), Decimal(100), levels) == lots


def test_automatic_size_counts_the_multiplier() -> None:
    assert automatic_lots(perp(multiplier="10"), Decimal(10_000), Decimal(100), 1) == 50


@pytest.mark.parametrize(("minimum", "lots"), [("0", 1), ("0.01", 1), ("0.05", 5), ("0.055", 6)])
def test_the_least_order_is_on_the_grid(minimum: str, lots: int) -> None:
    assert least_lots(perp(min_quantity=minimum)) == lots


def test_orders_below_the_minimum_notional_are_left_out() -> None:
    quotes = rungs(perp(min_notional="10"), [10000, 9900, 9800], [10, 10, 20])
    assert quotes == (Quote(Decimal(100), Decimal("0.1")), Quote(Decimal(98), Decimal("0.2")))
