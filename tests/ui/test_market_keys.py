"""The market screen's keys do what their labels say."""

from textual.pilot import Pilot

from mmtui.screens.market import MarketScreen, instruments_of, market_of
from mmtui.screens.widgets.chart import Chart
from mmtui.screens.widgets.ladder import Ladder
from mmtui.views.board import Board
from tests.ui import boards
from tests.ui.fakes import Stage
from tests.ui.looking import part, text


def staged(board: Board | None = None) -> Stage:
    return Stage(board or boards.board(alerts=()))


async def opened(stage: Stage, pilot: Pilot[int]) -> MarketScreen:
    await pilot.press("2")
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, MarketScreen)
    return screen


async def test_brackets_switch_the_instrument_and_select_a_strategy_on_it() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        assert "SOL-USDC-PERP" in text(stage, "MarketHead")
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert "BTC-USDC-PERP" in text(stage, "MarketHead")
        assert stage.app.selected == boards.TROUBLED
        assert "?S0" in text(stage, "Ladder")
        await pilot.press("left_square_bracket")
        await pilot.pause()
        assert "SOL-USDC-PERP" in text(stage, "MarketHead")
        assert stage.app.selected == boards.MAKER


async def test_the_screen_follows_a_strategy_selected_elsewhere() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        stage.app.select(boards.TROUBLED)
        await pilot.pause()
        assert "BTC-USDC-PERP" in text(stage, "MarketHead")


async def test_plus_and_minus_change_the_ticks_of_a_row() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("plus", "plus")
        assert part(stage, "Ladder", Ladder).step == 5
        await pilot.pause()
        assert "5 ticks a row" in text(stage, "Ladder")
        await pilot.press("minus")
        assert part(stage, "Ladder", Ladder).step == 2


async def test_greater_and_less_change_the_time_of_the_chart() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await opened(stage, pilot)
        await pilot.press("greater_than_sign")
        assert part(stage, "Chart", Chart).span_s == 900
        await pilot.press("less_than_sign", "less_than_sign")
        assert part(stage, "Chart", Chart).span_s == 60


async def test_a_newer_board_is_drawn_and_the_same_one_is_not() -> None:
    stage = staged()
    async with stage.app.run_test(size=(120, 40)) as pilot:
        screen = await opened(stage, pilot)
        painted = part(stage, "Ladder", Ladder).painted
        screen.look()
        await pilot.pause()
        assert part(stage, "Ladder", Ladder).painted == painted
        stage.source.publish(boards.board(2, alerts=(), markets=(boards.market(bids=((150.11, 7.77),)),)))
        screen.look()
        await pilot.pause()
        assert "7.77" in text(stage, "Ladder")


async def test_panes_fold_by_size() -> None:
    stage = staged()
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await opened(stage, pilot)

        def seen() -> set[str]:
            return {pane.css_identifier for pane in screen.query("Ladder, Chart, Trades, QuotesPane") if pane.display}

        assert seen() == {"Ladder", "QuotesPane"}
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert seen() == {"Ladder", "QuotesPane", "Chart", "Trades"}


async def test_an_empty_board_shows_that_nothing_is_there() -> None:
    stage = staged(boards.empty_board())
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        assert "no instrument yet" in text(stage, "MarketHead")
        await pilot.press("right_square_bracket", "plus", "minus")
        assert "no market data" in text(stage, "Ladder")


def test_instruments_are_those_of_markets_and_strategies() -> None:
    board = boards.board(markets=(boards.market(boards.BTC),))
    assert instruments_of(board) == [boards.BTC, boards.SOL]


def test_without_a_market_the_strategys_own_figures_stand_in() -> None:
    board = boards.board(markets=())
    market = market_of(board, boards.SOL, [boards.maker()])
    assert market is not None
    assert (market.symbol, market.bids, market.stream) == ("SOL-USDC-PERP", (), "starting")
    assert market_of(board, "nowhere", []) is None
