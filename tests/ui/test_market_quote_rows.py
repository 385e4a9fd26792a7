"""Wanted against live, level by level, and the reasons of missing levels."""

from decimal import Decimal

from mmtui.model.units import NS_PER_S, Side
from mmtui.screens.widgets.quote_rows import quote_lines, reasons_of, tally
from mmtui.screens.widgets.quotes_pane import nearest
from mmtui.views.board import PriceRow
from tests.ui import boards

WANTED = (
    PriceRow(Side.BUY, Decimal("150.17"), Decimal("2.50")),
    PriceRow(Side.BUY, Decimal("150.12"), Decimal("2.50")),
    PriceRow(Side.SELL, Decimal("150.30"), Decimal("2.50")),
)


def test_lines_stand_as_in_the_ladder_sells_above_buys() -> None:
    lines = quote_lines(boards.maker())
    assert [(line.side, line.level) for line in lines] == [
        (Side.SELL, 2), (Side.SELL, 1), (Side.SELL, 0), (Side.BUY, 0), (Side.BUY, 1), (Side.BUY, 2),
    ]  # fmt: skip
    assert {line.state for line in lines} == {"live"}


def test_each_state_of_a_level_is_told() -> None:
    orders = (
        boards.order(1, Side.SELL, 0, price=Decimal("150.31")),
        boards.order(2, Side.BUY, 0, price=Decimal("150.17"), state="amend_sent"),
        boards.order(3, Side.BUY, 2),
        boards.order(4, Side.SELL, 0, reduce_only=True),
    )
    lines = quote_lines(boards.maker(wanted=WANTED, orders=orders))
    assert {(line.side, line.level, line.state) for line in lines} == {
        (Side.SELL, 0, "kept"),
        (Side.SELL, 0, "closing"),
        (Side.BUY, 0, "amend_sent"),
        (Side.BUY, 1, "missing"),
        (Side.BUY, 2, "leaving"),
    }


def test_age_distance_and_rest_are_exact() -> None:
    mine = boards.order(1, Side.BUY, 0, price=Decimal("150.17"), filled=Decimal("0.75"), age_ns=61 * NS_PER_S + 5)
    line = next(line for line in quote_lines(boards.maker(wanted=WANTED, orders=(mine,))) if line.price is not None)
    assert (line.age_s, line.left, line.distance_bps) == (61, Decimal("1.75"), 4.3)


def test_without_a_mid_the_distance_is_unknown() -> None:
    assert {line.distance_bps for line in quote_lines(boards.maker(mid=None))} == {None}


def test_reasons_are_sorted_to_their_levels() -> None:
    reasons = reasons_of(("buy level 2: max_open_orders: 40 of 40", "own bid at or above own ask: 2 against 1"))
    assert reasons.levels == {(Side.BUY, 2): "max_open_orders: 40 of 40"}
    assert reasons.general == ("own bid at or above own ask: 2 against 1",)


def test_a_level_with_a_reason_stands_there_although_nothing_is_wanted_or_live() -> None:
    lines = quote_lines(boards.troubled(orders=()))
    assert [(line.side, line.level, line.state) for line in lines] == [
        (Side.SELL, 1, "missing"), (Side.SELL, 0, "missing"), (Side.BUY, 0, "missing"),
    ]  # fmt: skip
    assert all(line.why for line in lines)


def test_the_tally_counts_what_rests_and_finds_the_nearest() -> None:
    lines = quote_lines(boards.maker())
    assert tally(lines, Side.BUY) == (3, 3, 4.3)
    assert tally(quote_lines(boards.maker(orders=())), Side.SELL) == (0, 3, None)


def test_where_there_is_no_room_the_nearest_levels_stay() -> None:
    lines = quote_lines(boards.maker())
    assert nearest(lines, 6) == lines
    assert [(line.side, line.level) for line in nearest(lines, 5)] == [
        (Side.SELL, 1), (Side.SELL, 0), (Side.BUY, 0), (Side.BUY, 1),
    ]  # fmt: skip
