"""The ladder's rows as plain values: buckets, own orders, bars, bounds of the queue."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mmtui.model.units import NS_PER_S, Side
from mmtui.screens.widgets.ladder_rows import (
    EIGHTHS,
    BeyondRow,
    DepthScale,
    Grid,
    LadderRow,
    QueueBounds,
    bucket,
    nice_ceiling,
    own_marks,
    side_rows,
    ticks_of,
    touch_spread,
    with_bars,
)
from mmtui.views.board import OrderRow
from tests.ui import boards

TICK = Decimal("0.01")
EACH = Grid(TICK, 1)
BIDS = ((100.04, 1.0), (100.03, 2.0), (100.01, 4.0), (99.99, 8.0))
ASKS = ((100.06, 1.0), (100.07, 2.0), (100.11, 4.0))


def order(price: str, side: Side = Side.BUY, **changes: object) -> OrderRow:
    return replace(boards.order(1, side, 0, price=Decimal(price), age_ns=10 * NS_PER_S), **changes)


def rows(side: Side, step: int, count: int, orders: tuple[OrderRow, ...] = ()) -> tuple[LadderRow, ...]:
    levels = BIDS if side is Side.BUY else ASKS
    grid = Grid(TICK, step)
    return side_rows(levels, grid, side, own_marks(orders, grid, side, QueueBounds()), count).rows


def test_levels_stand_best_first_with_running_totals() -> None:
    assert [(row.ticks, row.size, row.total, row.best) for row in rows(Side.BUY, 1, 3)] == [
        (10_004, 1.0, 1.0, True),
        (10_003, 2.0, 3.0, False),
        (10_001, 4.0, 7.0, False),
    ]


def test_without_totals_a_changed_level_leaves_the_rows_behind_it_alone() -> None:
    grid, changed = Grid(TICK, 1), ((100.04, 9.0), *BIDS[1:])
    before, after = (side_rows(book, grid, Side.BUY, {}, 4, totals=False).rows for book in (BIDS, changed))
    assert before[0] != after[0]
    assert before[1:] == after[1:]


def test_rows_of_several_ticks_never_look_better_than_their_levels() -> None:
    assert [(row.ticks, row.size) for row in rows(Side.BUY, 5, 9)] == [(10_000, 7.0), (9_995, 8.0)]
    assert [(row.ticks, row.size) for row in rows(Side.SELL, 5, 9)] == [(10_010, 3.0), (10_015, 4.0)]


@given(st.integers(-10_000, 10_000_000), st.sampled_from([1, 2, 5, 10, 50, 1_000]))
@settings(deadline=None)
def test_a_bucket_is_on_its_grid_and_within_a_step_on_the_far_side(ticks: int, step: int) -> None:
    down, up = bucket(ticks, step, Side.BUY), bucket(ticks, step, Side.SELL)
    assert down % step == up % step == 0
    assert down <= ticks < down + step
    assert up - step < ticks <= up


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 9_999)), max_size=60, unique_by=lambda level: level[0]),
    st.sampled_from([1, 5, 100]),
    st.sampled_from(list(Side)),
)
@settings(deadline=None)
def test_putting_levels_together_loses_no_size(levels: list[tuple[int, int]], step: int, side: Side) -> None:
    ordered = sorted(levels, reverse=side is Side.BUY)
    book = tuple((ticks / 100, lots / 100) for ticks, lots in ordered)
    shown = side_rows(book, Grid(TICK, step), side, {}, 10_000).rows
    assert abs(sum(row.size or 0 for row in shown) - sum(size for _, size in book)) < 1e-6
    assert [row.ticks for row in shown] == sorted({row.ticks for row in shown}, reverse=side is Side.BUY)


def test_an_own_order_where_the_book_shows_nothing_has_a_row_without_a_size() -> None:
    found = {row.ticks: row for row in rows(Side.BUY, 1, 9, (order("100.02"),))}
    assert found[10_002].size is None
    assert found[10_002].own is not None
    assert found[10_002].own.left == Decimal("2.50")


def test_several_own_orders_in_a_row_are_summed_and_show_the_least_settled_state() -> None:
    orders = (order("100.03"), order("100.01", state="unknown", level=2), order("100.02", state="amend_sent", level=1))
    mark = own_marks(orders, Grid(TICK, 5), Side.BUY, QueueBounds())[10_000]
    assert (mark.left, mark.state, mark.level, mark.orders) == (Decimal("7.50"), "unknown", 0, 3)


def test_own_orders_beyond_the_last_row_are_told_and_not_lost() -> None:
    orders = (order("99.50"), order("98.00"), order("100.04"))
    shown = side_rows(BIDS, EACH, Side.BUY, own_marks(orders, EACH, Side.BUY, QueueBounds()), 3)
    assert len(shown.rows) == 2
    assert shown.beyond == BeyondRow(Side.BUY, 2, 9_950)


def test_own_order_in_the_row_that_is_given_up_counts_as_beyond() -> None:
    orders = (order("100.01"), order("98.00"))
    shown = side_rows(BIDS, EACH, Side.BUY, own_marks(orders, EACH, Side.BUY, QueueBounds()), 3)
    assert shown.beyond == BeyondRow(Side.BUY, 2, 10_001)


def test_bars_show_at_least_an_eighth_and_never_more_than_the_column() -> None:
    bars = [row.bar for row in with_bars(rows(Side.BUY, 1, 4), 4.0, 10)]
    assert bars == [20, 40, 80, 80]
    assert [row.bar for row in with_bars(rows(Side.BUY, 1, 1), 1e9, 10)] == [1]
    assert [row.bar for row in with_bars(rows(Side.BUY, 1, 1), 0.0, 10)] == [0]
    assert max(bars) == 10 * EIGHTHS


def test_the_scale_of_bars_stays_while_sizes_move_a_little() -> None:
    scale = DepthScale()
    assert [scale.fit(largest) for largest in (3.2, 4.9, 1.3, 5.1, 1.0)] == [5.0, 5.0, 5.0, 10.0, 1.0]


@given(st.floats(1e-9, 1e12))
@settings(deadline=None)
def test_a_nice_ceiling_is_above_and_near(value: float) -> None:
    assert value * (1 - 1e-8) <= nice_ceiling(value) <= value * 2.6


def test_the_queue_bound_only_falls_while_an_order_rests_at_its_price() -> None:
    bounds, mine = QueueBounds(), order("100.03")
    key = (Side.BUY, ticks_of(mine.price, TICK))
    for size, expected in ((12.5, 10.0), (40.0, 10.0), (8.5, 6.0), (30.0, 6.0)):
        bounds.update([mine], {key: size}, TICK)
        assert bounds.ahead(mine) == expected


def test_the_queue_bound_begins_anew_after_a_move_and_is_unknown_without_a_level() -> None:
    bounds, mine = QueueBounds(), order("100.03")
    bounds.update([mine], {(Side.BUY, 10_003): 5.0}, TICK)
    moved = order("100.02")
    assert bounds.ahead(moved) is None
    bounds.update([moved], {(Side.BUY, 10_002): 50.0}, TICK)
    assert bounds.ahead(moved) == 47.5
    bounds.update([moved], {}, TICK)
    assert bounds.ahead(moved) is None


def test_a_fresh_order_does_not_take_its_size_off_a_book_that_may_not_show_it() -> None:
    bounds, mine = QueueBounds(), order("100.03", age_ns=NS_PER_S)
    bounds.update([mine], {(Side.BUY, 10_003): 12.5}, TICK)
    assert bounds.ahead(mine) == 12.5


def test_only_open_orders_have_a_place_in_the_queue() -> None:
    bounds, mine = QueueBounds(), order("100.03", state="sent")
    bounds.update([mine], {(Side.BUY, 10_003): 12.5}, TICK)
    assert bounds.ahead(mine) is None


def test_the_spread_counts_ticks_and_bps_and_is_unknown_with_an_empty_side() -> None:
    spread = touch_spread(boards.market(bids=BIDS, asks=ASKS))
    assert spread is not None
    assert (spread.ticks, spread.mid) == (2, Decimal("100.05"))
    assert spread.bps is not None
    assert abs(spread.bps - 1.999) < 1e-3
    assert touch_spread(boards.market(bids=())) is None
