"""Markouts: which mid counts, what is missing, what is pending, and the statistics."""

from math import sqrt

import pytest

from mmtui.core.markout import COMPACT_AT, MarkoutFigures, Markouts
from mmtui.model.units import NS_PER_S, Side

S = NS_PER_S


def row(markouts: Markouts, seconds: int, side: Side | None = None) -> MarkoutFigures:
    return next(each for each in markouts.figures() if each.horizon_ns == seconds * S and each.side is side)


def bought_at_100() -> Markouts:
    """A buy of 1 at 100 at second 0, the mid being 100.1."""
    markouts = Markouts()
    markouts.on_mid(0, 100.1)
    markouts.on_fill(0, Side.BUY, 100.0, 1.0, 100.1)
    return markouts


def test_the_mid_before_the_horizon_counts_and_not_the_one_after() -> None:
    markouts = bought_at_100()
    markouts.on_mid(S - 1, 100.2)
    markouts.on_mid(S + 1, 105.0)
    assert row(markouts, 1).markout_bps == pytest.approx(20.0)
    assert row(markouts, 1).capture_bps == pytest.approx(10.0)
    assert row(markouts, 1).adverse_selection_bps == pytest.approx(-10.0)
    assert row(markouts, 1).realised_spread_bps == pytest.approx(40.0)


def test_a_mid_at_the_very_horizon_counts_and_the_last_of_several_wins() -> None:
    markouts = bought_at_100()
    markouts.on_mid(S, 100.3)
    markouts.on_mid(S, 100.4)
    assert row(markouts, 1).pending == 1
    markouts.on_book_alive(S + 1)
    assert row(markouts, 1).markout_bps == pytest.approx(40.0)


def test_a_sell_gains_when_the_mid_falls() -> None:
    markouts = Markouts()
    markouts.on_mid(0, 99.9)
    markouts.on_fill(0, Side.SELL, 100.0, 2.0, 99.9)
    markouts.on_mid(S, 99.0)
    markouts.settle(2 * S)
    assert row(markouts, 1, Side.SELL).markout_bps == pytest.approx(100.0)
    assert row(markouts, 1, Side.SELL).capture_bps == pytest.approx(10.0)
    assert row(markouts, 1, Side.BUY).n == 0
    assert row(markouts, 1, Side.BUY).markout_bps is None


def test_a_silent_book_makes_the_sample_missing_and_a_living_one_does_not() -> None:
    silent, alive = bought_at_100(), bought_at_100()
    alive.on_book_alive(2 * S)
    for markouts in (silent, alive):
        markouts.on_mid(6 * S, 101.0)
    assert (row(silent, 5).n, row(silent, 5).missing, row(silent, 5).markout_bps) == (0, 1, None)
    assert (row(alive, 5).n, row(alive, 5).missing) == (1, 0)
    assert row(alive, 5).markout_bps == pytest.approx(10.0)


def test_a_book_silent_for_exactly_the_limit_still_counts() -> None:
    markouts = bought_at_100()
    markouts.on_book_alive(2 * S)
    markouts.settle(5 * S + 1)
    assert row(markouts, 5).n == 1
    markouts = bought_at_100()
    markouts.on_book_alive(2 * S - 1)
    markouts.settle(5 * S + 1)
    assert row(markouts, 5).missing == 1


def test_an_empty_book_makes_the_sample_missing() -> None:
    markouts = bought_at_100()
    markouts.on_mid(S - 1, None)
    markouts.on_mid(S + 1, 100.5)
    assert (row(markouts, 1).n, row(markouts, 1).missing) == (0, 1)


def test_what_never_became_due_is_pending_by_side() -> None:
    markouts = bought_at_100()
    markouts.on_fill(0, Side.SELL, 100.2, 1.0, 100.1)
    markouts.on_fill(0, Side.SELL, 100.2, 1.0, 100.1)
    markouts.on_book_alive(2 * S)
    assert [row(markouts, 1, side).pending for side in (None, Side.BUY, Side.SELL)] == [0, 0, 0]
    assert [row(markouts, 30, side).pending for side in (None, Side.BUY, Side.SELL)] == [3, 1, 2]
    assert row(markouts, 30).n == 0


def test_a_fill_without_a_mid_has_a_markout_but_no_capture() -> None:
    markouts = bought_at_100()
    markouts.on_fill(0, Side.BUY, 100.0, 3.0, None)
    markouts.on_book_alive(S + 1)
    assert row(markouts, 1).n == 2
    assert row(markouts, 1).capture_bps == pytest.approx(10.0)
    lonely = Markouts()
    lonely.on_mid(0, 100.0)
    lonely.on_fill(0, Side.BUY, 100.0, 3.0, None)
    lonely.on_book_alive(S + 1)
    assert (row(lonely, 1).markout_bps, row(lonely, 1).capture_bps) == (0.0, None)
    assert row(lonely, 1).adverse_selection_bps is None


def test_the_mean_is_weighted_by_notional_and_has_an_error() -> None:
    markouts = Markouts()
    markouts.on_mid(0, 100.0)
    markouts.on_fill(0, Side.BUY, 100.0, 1.0, 100.0)
    assert row(markouts, 1).standard_error_bps is None
    markouts.on_book_alive(S)
    markouts.on_mid(S + 1, 101.0)
    assert row(markouts, 1).standard_error_bps is None
    markouts.on_fill(S + 1, Side.BUY, 100.0, 3.0, 101.0)
    markouts.on_book_alive(2 * S + 2)
    assert row(markouts, 1).markout_bps == pytest.approx(75.0)
    expected = sqrt(2 * ((100 * 75.0) ** 2 + (300 * 25.0) ** 2)) / 400
    assert row(markouts, 1).standard_error_bps == pytest.approx(expected)


def test_equal_weights_give_the_textbook_error() -> None:
    markouts = Markouts()
    for number, mid in enumerate((101.0, 102.0, 104.0)):
        markouts.on_mid(10 * number * S, mid)
        markouts.on_fill(10 * number * S, Side.BUY, 100.0, 1.0, None)
        markouts.on_book_alive(10 * number * S + S + 1)
    mean = 700 / 3
    deviation = sqrt(sum((each - mean) ** 2 for each in (100, 200, 400)) / 2)
    assert row(markouts, 1).markout_bps == pytest.approx(mean)
    assert row(markouts, 1).standard_error_bps == pytest.approx(deviation / sqrt(3))


def test_waiting_fills_are_bounded_and_the_oldest_is_given_up_as_missing() -> None:
    markouts = Markouts(max_pending=2)
    markouts.on_mid(0, 100.0)
    for _ in range(3):
        markouts.on_fill(0, Side.BUY, 100.0, 1.0, 100.0)
    for seconds in (1, 5, 30, 300):
        assert (row(markouts, seconds).missing, row(markouts, seconds).pending) == (1, 2)
    markouts.on_book_alive(2 * S)
    markouts.on_fill(2 * S, Side.BUY, 100.0, 1.0, 100.0)
    assert (row(markouts, 1).n, row(markouts, 1).missing, row(markouts, 1).pending) == (2, 1, 1)
    assert (row(markouts, 300).missing, row(markouts, 300).pending) == (2, 2)


def test_settled_samples_are_cut_off() -> None:
    markouts = Markouts()
    fills = 8 * COMPACT_AT
    for number in range(fills):
        markouts.on_mid(number * S, 100.0)
        markouts.on_fill(number * S, Side.BUY, 100.0, 1.0, 100.0)
        assert len(markouts.samples) <= 301 + 2 * COMPACT_AT
    assert row(markouts, 300).n + row(markouts, 300).pending == fills
    assert row(markouts, 300).pending == 301


def test_a_fill_stamped_in_the_past_is_followed_from_what_is_known() -> None:
    markouts = Markouts()
    markouts.on_mid(10 * S, 100.0)
    markouts.on_fill(3 * S, Side.BUY, 100.0, 1.0, 100.0)
    markouts.on_mid(10 * S + 5, 101.0)
    assert row(markouts, 1).pending == 1
    markouts.settle(11 * S + 1)
    assert row(markouts, 1).markout_bps == pytest.approx(100.0)


def test_a_fill_settles_what_became_due_before_it() -> None:
    markouts = bought_at_100()
    markouts.on_fill(2 * S, Side.BUY, 100.0, 1.0, 100.1)
    assert (row(markouts, 1).n, row(markouts, 1).pending) == (1, 1)
