"""A run that goes on from an earlier one shows its strategy the whole past, and counts only itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.carried import Carried
from mmtui.core.pnl import PnlBook
from mmtui.core.snapshot import known_realized, make_snapshot
from mmtui.model.events import Fill, Start
from mmtui.model.units import Side
from tests.unit.core_scenes import (
    ACCOUNT,
    BOOK,
    INSTRUMENT,
    D,
    Desk,
    balances,
    book,
    fill,
    listed,
    make_state,
    position,
    totals,
)


def gone_on(carried: Carried, held: str) -> Desk:
    """A run that found ``held``, at a mid of 100.1."""
    desk = Desk(make_state(carried=carried))
    desk.say(totals, Start)
    desk.say(book, listed, balances, lambda now: position(now, held))
    return desk


def test_the_strategy_sees_its_old_entry_and_profit_while_the_run_counts_from_the_mark() -> None:
    desk = gone_on(Carried(D(2), D(90), D(7)), "2")
    seen = make_snapshot(desk.state)
    assert (seen.average_entry, seen.unrealized_pnl, seen.net_realized) == (D(90), D("20.2"), D(7))
    assert desk.state.pnl.net(D("100.1")) == 0
    desk.say(lambda now: fill(now, "mm-s-77", "t1", "2", Side.SELL, "101"))
    assert desk.state.pnl.net_realized == D("1.8")
    assert known_realized(desk.state) == D(7) + D(22)


@pytest.mark.parametrize(("held", "entry"), [("2", D(90)), ("3", D("100.1"))])
def test_what_was_traded_while_nobody_watched_makes_the_old_average_unusable(held: str, entry: object) -> None:
    assert make_snapshot(gone_on(Carried(D(2), D(90)), held).state).average_entry == entry


def test_the_venues_entry_is_better_than_the_mark() -> None:
    assert Carried(D(2), D(90)).entry_of(D(3), D(93), D(100)) == 93


def test_a_run_that_found_nothing_begins_without_a_past_position() -> None:
    desk = gone_on(Carried(D(2), D(90), D(-3)), "0")
    seen = make_snapshot(desk.state)
    assert (seen.position, seen.average_entry, seen.net_realized) == (D(0), None, D(-3))


fills = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(900, 1100)), min_size=1, max_size=30)


def booked(books: PnlBook, number: int, side: Side, lots: int, ticks: int) -> None:
    quantity, price = lots * INSTRUMENT.lot_size, ticks * INSTRUMENT.tick_size
    fee = -price * quantity / 1000
    books.apply_fill(Fill(ACCOUNT, BOOK, 1, f"t{number}", side, price, quantity, fee, "USDC", maker=True), price)


@given(fills, st.integers(0, 30), st.integers(900, 1100))
def test_split_in_two_runs_the_strategys_picture_is_that_of_one(
    rows: list[tuple[Side, int, int]], cut: int, mark: int
) -> None:
    whole = PnlBook.for_instrument(ACCOUNT, INSTRUMENT)
    first, second = (PnlBook.for_instrument(ACCOUNT, INSTRUMENT) for _ in range(2))
    for number, row in enumerate(rows):
        booked(whole, number, *row)
    for number, row in enumerate(rows[:cut]):
        booked(first, number, *row)
    held, average = first.position.quantity, first.position.average_entry(first.multiplier)
    if held:
        second.take_over(held, mark * INSTRUMENT.tick_size)
        assert average is not None
        second.go_on_from(held, average)
    for number, row in enumerate(rows[cut:]):
        booked(second, number, *row)
    assert second.known_position.quantity == whole.position.quantity
    gap = (second.known_realized - second.known_position.cost + first.net_realized) - (
        whole.net_realized - whole.position.cost
    )
    assert abs(gap) < D("1e-9"), "an average has 18 digits"
