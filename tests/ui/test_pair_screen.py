"""Two legs side by side: spreads both ways, thresholds, positions, what is unhedged, and legs chosen by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.pilot import Pilot

from mmtui.screens.legs import comparable, legs_of, net_exposure, net_value, pair_legs, sell_buy
from mmtui.screens.numbers import UNKNOWN, cells
from mmtui.screens.pair import PairScreen
from mmtui.screens.widgets.facts_pane import FactsPane
from tests.ui import boards, list_boards
from tests.ui.fakes import Stage
from tests.ui.looking import lines, screen_text, text

prices = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=1, max_value=10**6)


async def opened(stage: Stage, pilot: Pilot[int]) -> PairScreen:
    stage.app.goto("pair")
    await pilot.pause()
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, PairScreen)
    return screen


def hands(screen: PairScreen) -> tuple[str, str] | None:
    return screen.chosen


def test_legs_are_what_the_board_knows_ours_first_and_each_once() -> None:
    legs = legs_of(list_boards.two_legs())
    assert [leg.instrument for leg in legs] == [boards.SOL, list_boards.SECOND_SOL, boards.BTC]
    assert [leg.traded for leg in legs] == [True, True, False]
    assert legs[2].position is None
    assert legs[2].best_bid == Decimal("95123.4")


def test_positions_of_several_strategies_add_up_and_one_unknown_makes_all_unknown() -> None:
    both = boards.board(strategies=(boards.maker(), boards.maker(name="b", position=Decimal("-1.60"))))
    assert legs_of(both)[0].position == Decimal("2.00")
    one = boards.board(strategies=(boards.maker(), boards.maker(name="b", position=None)))
    assert legs_of(one)[0].position is None


@given(prices, prices, prices, prices)
def test_spreads_are_exact_both_ways(a_bid: Decimal, a_ask: Decimal, b_bid: Decimal, b_ask: Decimal) -> None:
    first, second = legs_of(list_boards.two_legs())[:2]
    first = first._replace(best_bid=a_bid, best_ask=a_ask)
    second = second._replace(best_bid=b_bid, best_ask=b_ask)
    spread = sell_buy(first, second)
    assert spread.quote == a_bid - b_ask
    assert spread.bps is not None
    assert (spread.bps > 0) is (a_bid > b_ask)
    assert sell_buy(second, first).quote == b_bid - a_ask


def test_what_is_unknown_on_one_leg_is_unknown_together() -> None:
    first, second = legs_of(list_boards.two_legs())[:2]
    assert sell_buy(first._replace(best_bid=None), second) == (None, None)
    assert net_exposure(first._replace(position=None), second) is None
    assert net_value(first, second._replace(best_ask=None)) is None
    assert net_exposure(first, second) == Decimal("1.50")
    assert not comparable(first, second._replace(base_asset="BTC"))
    assert net_exposure(first, second._replace(base_asset="BTC")) is None


async def test_a_two_leg_strategy_shows_spreads_against_thresholds_and_unhedged_time() -> None:
    stage = Stage(list_boards.two_legs())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#together")
        assert "sol-arb" in shown
        assert "sell 1st, buy 2nd -12.64 bps  = -0.19 USDC  threshold +8.00 bps  below by 20.64 bps" in shown
        assert "sell 2nd, buy 1st +10.64 bps  = +0.16 USDC  threshold +8.00 bps  ABOVE by 2.64 bps" in shown
        assert "net exposure +1.50 SOL" in shown
        assert "unhedged for 2.3 s" in shown
        assert "net value" in shown
        assert "bid 150.23  ask 150.24" in text(stage, "#first")
        assert "bid 150.40  ask 150.42" in text(stage, "#second")
        assert "position -2.10 SOL" in text(stage, "#second")
        assert "No two-leg strategy" not in shown


async def test_without_one_it_is_said_clearly_and_two_legs_of_one_asset_are_shown() -> None:
    stage = Stage(list_boards.two_legs(pair=False))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#together")
        assert "No two-leg strategy is configured" in shown
        assert "sell 2nd, buy 1st +10.64 bps" in shown
        assert "threshold +" not in shown
        assert f"unhedged for {UNKNOWN}" in shown


async def test_legs_are_chosen_swapped_and_given_back_by_key() -> None:
    stage = Stage(list_boards.two_legs())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        await pilot.press("d")
        await pilot.pause()
        assert screen.chosen == (boards.SOL, boards.BTC)
        assert "different assets: SOL and BTC" in text(stage, "#together")
        assert "not traded by us" in text(stage, "#second")
        await pilot.press("f")
        await pilot.pause()
        assert screen.chosen == (list_boards.SECOND_SOL, boards.BTC)
        await pilot.press("w")
        await pilot.pause()
        assert screen.chosen == (boards.BTC, list_boards.SECOND_SOL)
        assert "BTC-USDC-PERP" in text(stage, "#first")
        await pilot.press("n")
        await pilot.pause()
        assert hands(screen) is None
        assert "sol-arb" in text(stage, "#together")
        await pilot.press("n")
        await pilot.pause()
        assert hands(screen) == (boards.SOL, list_boards.SECOND_SOL)


async def test_next_pair_without_any_says_so() -> None:
    stage = Stage(boards.board(alerts=()))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("n")
        await pilot.pause()
        assert any("no two-leg strategy" in str(note.message) for note in stage.app._notifications)  # noqa: SLF001


@pytest.mark.parametrize("count", [0, 1])
async def test_fewer_than_two_instruments_are_a_sentence(count: int) -> None:
    board = boards.empty_board() if not count else boards.board(strategies=(boards.maker(),), markets=())
    stage = Stage(board)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("f", "d", "w")
        await pilot.pause()
        assert "fewer than two instruments" in text(stage, "#together")


async def test_a_leg_that_went_away_is_no_crash() -> None:
    stage = Stage(list_boards.two_legs())
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("d")
        stage.source.publish(boards.board(2, strategies=(boards.maker(),), markets=()))
        stage.app.screen.refresh_board()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "fewer than two instruments" in text(stage, "#together")


async def test_a_hedged_pair_says_so_and_a_stale_book_is_marked() -> None:
    board = list_boards.two_legs(unhedged_ns=0)
    even = replace(board.pairs[0], second_position=Decimal("-3.60"))
    stage = Stage(replace(board, pairs=(even,)))
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        shown = text(stage, "#together")
        assert "net exposure 0.00 SOL  hedged" in shown
        assert "unhedged for 0 s" in shown


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_huge_figures_flow_and_are_not_cut(size: tuple[int, int]) -> None:
    stage = Stage(list_boards.extreme())
    async with stage.app.run_test(size=size) as pilot:
        await opened(stage, pilot)
        for pane in stage.app.screen.query(FactsPane):
            assert all(cells(line) <= pane.size.width for line in lines(pane))
        assert "-123,456,789.12 SOL" in screen_text(stage)


def test_a_leg_that_only_the_pair_trades_has_its_position_and_account() -> None:
    """The strategy's own row names its first leg only; the second is the pair's all the same."""
    board = list_boards.two_legs()
    pair = replace(board.pairs[0], second=boards.BTC, accounts=("one", "two"))
    _, second = pair_legs(board, pair)
    assert second is not None
    assert second.traded
    assert (second.strategies, second.venue, second.position) == ((pair.strategy,), "two", pair.second_position)
