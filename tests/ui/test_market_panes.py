"""The fast panes: what is painted once stays painted, columns stand still, figures are never cut."""

from collections.abc import Hashable, Iterable
from decimal import Decimal

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.app import App, ComposeResult

from mmtui.model.units import Side
from mmtui.screens.themes import variable_defaults
from mmtui.screens.widgets.chart import Chart
from mmtui.screens.widgets.ladder import Ladder
from mmtui.screens.widgets.line_pane import LinePane, Run
from mmtui.screens.widgets.log_view import LogView
from mmtui.screens.widgets.market_head import MarketHead, Place
from mmtui.screens.widgets.quotes_pane import QuotesPane
from mmtui.screens.widgets.trades import Trades
from mmtui.screens.widgets.why_pane import WhyPane
from mmtui.views.board import OrderRow
from tests.ui import boards


class Words(LinePane):
    """Shows its rows as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.words: tuple[str, ...] = ()

    def draw(self) -> int:
        return self.show_rows(self.words)

    def paint(self, row: Hashable) -> Iterable[Run]:
        return [(str(row), "text")]


class PaneApp(App[None]):
    """One pane, and colours as the terminal has them."""

    def __init__(self, pane: LinePane) -> None:
        super().__init__()
        self.pane = pane

    def compose(self) -> ComposeResult:
        yield self.pane

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(dark=self.current_theme.dark)


def lines(pane: LinePane) -> list[str]:
    return [pane.render_line(y).text for y in range(pane.size.height)]


async def test_only_rows_that_differ_are_painted() -> None:
    pane = Words()
    async with PaneApp(pane).run_test(size=(20, 4)) as pilot:
        assert pane.show_rows(["a", "b", "c"]) == 3
        await pilot.pause()
        assert pane.painted == 3
        assert pane.show_rows(["a", "x", "c"]) == 1
        await pilot.pause()
        assert pane.painted == 4
        assert pane.show_rows(["a", "x", "c"]) == 0


async def test_rows_that_move_are_not_painted_again() -> None:
    pane = Words()
    async with PaneApp(pane).run_test(size=(20, 4)) as pilot:
        pane.show_rows(["a", "b", "c", "d"])
        await pilot.pause()
        assert pane.show_rows(["new", "a", "b", "c"]) == 4
        await pilot.pause()
        assert pane.painted == 5
        assert [line.rstrip() for line in lines(pane)] == ["new", "a", "b", "c"]


async def test_fewer_rows_leave_no_old_ones_behind() -> None:
    pane = Words()
    async with PaneApp(pane).run_test(size=(20, 4)) as pilot:
        pane.show_rows(["a", "b", "c", "d"])
        await pilot.pause()
        assert pane.show_rows(["a"]) == 3
        await pilot.pause()
        assert [line.rstrip() for line in lines(pane)] == ["a", "", "", ""]
        assert pane.show_rows(["a", "b"]) == 1
        await pilot.pause()
        assert [line.rstrip() for line in lines(pane)] == ["a", "b", "", ""]


async def test_a_row_that_comes_back_after_many_others_is_painted_again() -> None:
    pane = Words()
    async with PaneApp(pane).run_test(size=(20, 4)) as pilot:
        for number in range(100):
            pane.show_rows([f"{number} {k}" for k in range(4)])
            lines(pane)
        await pilot.pause()
        painted = pane.painted
        pane.show_rows(["0 0", "99 1", "99 2", "99 3"])
        await pilot.pause()
        assert pane.painted == painted + 1


async def test_a_theme_paints_everything_anew_in_its_colours() -> None:
    pane = Words()
    app = PaneApp(pane)
    async with app.run_test(size=(20, 2)) as pilot:
        pane.words = ("a",)
        pane.draw()
        await pilot.pause()
        before = list(pane.render_line(0))
        app.theme = "textual-light"
        await pilot.pause()
        after = list(pane.render_line(0))
        assert [segment.text for segment in before] == [segment.text for segment in after]
        assert before[0].style != after[0].style


@pytest.mark.parametrize("text", ["short", "exactly ten", "很长的一行文字在这里结束"])
async def test_every_strip_is_as_wide_as_the_pane(text: str) -> None:
    pane = Words()
    async with PaneApp(pane).run_test(size=(11, 2)) as pilot:
        pane.show_rows([text])
        await pilot.pause()
        strip = pane.render_line(0)
        assert strip.cell_length == cell_len(strip.text) == 11


def many_orders() -> tuple[OrderRow, ...]:
    states = ("open", "sent", "amend_sent", "cancel_sent", "unknown", "new")
    return tuple(
        boards.order(10 * k + (side is Side.BUY), side, k, state=state)
        for side in Side
        for k, state in enumerate(states)
    )


@pytest.mark.parametrize("width", [30, 40, 52, 60, 72, 120])
async def test_figures_of_the_ladder_stand_in_columns_at_every_width(width: int) -> None:
    pane = Ladder()
    async with PaneApp(pane).run_test(size=(width, 30)):
        pane.show(boards.market(), many_orders(), stale=False)
        shown = lines(pane)
        assert {cell_len(line) for line in shown} == {width}
        prices = {line.index("150.") for line in shown if "150." in line and "spread" not in line and "own" not in line}
        assert len(prices) == 1


async def test_own_orders_show_their_state_level_rest_and_bound_of_the_queue() -> None:
    pane = Ladder()
    async with PaneApp(pane).run_test(size=(72, 60)):
        pane.show(boards.market(), many_orders(), stale=False)
        text = "\n".join(lines(pane))
        for mark in ("▸S0", "◌S1", "↻S2", "✕B3", "?B4"):
            assert mark in text
        [row] = [line.split() for line in lines(pane) if "▸B0" in line]
        assert row[:5] == ["▸B0", "2.50", "≤87.3", "150.17", "89.85"]


async def test_a_wide_figure_is_shortened_with_its_unit_and_never_cut() -> None:
    pane = Ladder()
    market = boards.market(asks=((150.24, 123_456_789.0),), bids=((150.23, 0.00001),), lot_size=Decimal("0.01"))
    async with PaneApp(pane).run_test(size=(60, 12)):
        pane.show(market, (), stale=False)
        text = "\n".join(lines(pane))
        assert "123.5M" in text
        assert "<0.01" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bids": (), "asks": ()}, "the book is empty"),
        ({"bids": (), "asks": (), "stream": "down"}, "no book: the market stream is down"),
        ({"bids": (), "asks": (), "stream": "starting"}, "no book yet: the market stream is starting"),
        ({"bids": ()}, "no bids: spread unknown"),
        ({"asks": ()}, "no asks: spread unknown"),
        ({"bids": ((150.30, 1.0),)}, "CROSSED  spread -6 ticks"),
        ({"stream": "down"}, "stream down"),
        ({"book_age_ns": None}, "age unknown"),
    ],
)
async def test_a_book_that_is_not_well_says_why(changes: dict[str, object], words: str) -> None:
    pane = Ladder()
    async with PaneApp(pane).run_test(size=(80, 24)):
        pane.show(replace(boards.market(), **changes), (), stale=False)
        assert words in "\n".join(lines(pane))


async def test_coarser_rows_reach_farther_and_end_at_the_last_step() -> None:
    pane = Ladder()
    async with PaneApp(pane).run_test(size=(80, 24)):
        pane.show(boards.market(), (), stale=False)
        assert [pane.change_step(1) for _ in range(3)] == [2, 5, 10]
        assert "150.30" in "\n".join(lines(pane))
        assert [pane.change_step(-1) for _ in range(5)] == [5, 2, 1, 1, 1]


async def test_ten_times_the_same_picture_paints_nothing_again() -> None:
    pane = Ladder()
    async with PaneApp(pane).run_test(size=(80, 24)) as pilot:
        pane.show(boards.market(), many_orders(), stale=False)
        await pilot.pause()
        painted = pane.painted
        assert [pane.show(boards.market(), many_orders(), stale=False) for _ in range(10)] == [0] * 10
        await pilot.pause()
        assert pane.painted == painted


async def test_one_level_changed_repaints_one_line() -> None:
    pane = Ladder()
    bids = list(boards.market().bids)
    bids[3] = (bids[3][0], bids[3][1] + 1)
    async with PaneApp(pane).run_test(size=(60, 24)) as pilot:
        pane.show(boards.market(), (), stale=False)
        await pilot.pause()
        assert pane.show(boards.market(bids=tuple(bids)), (), stale=False) == 1


@pytest.mark.parametrize("width", [20, 26, 38, 60])
async def test_trades_stand_in_columns_and_tell_the_taker_without_colour(width: int) -> None:
    pane = Trades()
    async with PaneApp(pane).run_test(size=(width, 20)):
        pane.show(boards.market(trades=tuple(boards.trade(k) for k in range(1, 20))))
        shown = lines(pane)[1:]
        assert {cell_len(line) for line in shown} == {width}
        assert len({line.index("150.") for line in shown}) == 1
        assert {line.split()[1] for line in shown} == {"▲B", "▼S", "··"}


async def test_the_chart_marks_fills_and_tells_when_it_knows_nothing() -> None:
    pane = Chart()
    async with PaneApp(pane).run_test(size=(80, 20)):
        pane.show(boards.market(), boards.fills(8))
        text = "\n".join(lines(pane)[1:])
        assert text.count("▲") == text.count("▼") == 3
        assert "◂150.15" in text
        assert pane.show(boards.market(), boards.fills(8)) == 0
        pane.show(boards.market(history=()), ())
        assert "no price history yet" in "\n".join(lines(pane))


async def test_quotes_show_wanted_live_and_why_not() -> None:
    pane = QuotesPane()
    async with PaneApp(pane).run_test(size=(110, 12)):
        pane.show([boards.troubled()])
        text = "\n".join(lines(pane))
        assert "? UNKNOWN" in text
        assert "below the minimum notional: 5" in text
        assert "position not known yet" in text
        assert "1 outcomes were unknown" in text


async def test_levels_without_room_are_counted() -> None:
    pane = QuotesPane()
    orders = tuple(boards.order(k, side, k) for side in Side for k in range(9))
    async with PaneApp(pane).run_test(size=(110, 10)):
        pane.show([boards.maker(orders=orders, wanted=())])
        text = "\n".join(lines(pane))
        assert "12 levels farther out are not shown" in text
        assert " S2 " in text
        assert " S3 " not in text


async def test_a_short_quotes_pane_counts_sides() -> None:
    pane = QuotesPane()
    async with PaneApp(pane).run_test(size=(80, 2)):
        pane.show([boards.maker()])
        assert "B 3/3 at 4.3 bps  S 3/3 at 3.7 bps  position +3.60 at 150.82" in lines(pane)[0]


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_head_folds_and_names_what_is_unknown(width: int) -> None:
    pane = MarketHead()
    async with PaneApp(pane).run_test(size=(width, 2)):
        pane.show(boards.market(), Place(1, 2), boards.NOW_NS, stale=False)
        assert "SOL-USDC-PERP" in lines(pane)[0]
        assert "funding +0.0125%" in lines(pane)[1]
        unknown = boards.market(mark=None, index=None, funding_rate=None)
        pane.show(unknown, Place(1, 2), boards.NOW_NS, stale=True)
        assert "not sent by the venue" in lines(pane)[1]


async def test_reasons_are_broken_between_words() -> None:
    pane = WhyPane()
    async with PaneApp(pane).run_test(size=(34, 16)):
        pane.show([boards.troubled()])
        shown = [line.strip() for line in lines(pane)]
        assert "B0 position unknown: no new" in shown
        assert "exposure" in shown


async def test_wrapped_chinese_loses_nothing_and_stays_within_the_pane() -> None:
    pane = LogView()
    text = "行情中断" * 30
    async with PaneApp(pane).run_test(size=(64, 12)):
        pane.lines.add([boards.log(1, text=text)])
        pane.toggle_wrap()
        shown = lines(pane)[1:]
        assert {cell_len(line) for line in shown} == {64}
        assert "".join(line[20:].strip() for line in shown).replace(" ", "").endswith(text[-20:])
        assert sum(line.count("断") for line in shown) == 30
