"""Ours beside the originals, on whole recordings: the page says what comes out, and ours lose less per volume."""

from pathlib import Path

import pytest

from tests.acceptance.processes import MARKET_DATA
from tests.replay.comparison import ASTER_ETH, STANDX_DAY, STANDX_HOUR, Row, Set, contestants, run, table

PAGE = Path(__file__).parents[2] / "docs" / "strategies" / "comparison.md"
BESIDE = {"R0 original": "perp_maker", "R3 original": "bps_maker"}


def rows_of(chosen: Set) -> list[Row]:
    """Every contestant on a recording."""
    if not (MARKET_DATA / chosen.dataset).exists():
        pytest.skip(f"no recorded data at {chosen.dataset} in ../shared/data/market beside the checkout")
    return [run(chosen, rules, settings) for rules, settings in contestants(chosen)]


@pytest.mark.acceptance
@pytest.mark.parametrize("chosen", [STANDX_DAY, ASTER_ETH], ids=lambda chosen: chosen.name)
def test_the_page_says_what_comes_out(chosen: Set) -> None:
    rows = rows_of(chosen)
    text = PAGE.read_text(encoding="utf-8")
    for line in table(rows).splitlines()[2:]:
        assert line in text
    assert all(row.residual == 0 for row in rows)
    for original, ours in BESIDE.items():
        (theirs,) = [row.net_bps for row in rows if row.rules == original]
        best = max(row.net_bps or 0.0 for row in rows if row.rules.startswith(ours))
        assert theirs is not None
        assert best > theirs, (original, ours)


def test_the_originals_trade_and_their_books_are_proved() -> None:
    """One hour of each: fixtures that do nothing would make any comparison look good."""
    for rules, settings in contestants(STANDX_HOUR):
        if "original" in rules:
            row = run(STANDX_HOUR, rules, settings) if (MARKET_DATA / STANDX_HOUR.dataset).exists() else None
            if row is None:
                pytest.skip("no recorded data at standx-btc in ../shared/data/market beside the checkout")
            assert row.fills > 0
            assert row.residual == 0
