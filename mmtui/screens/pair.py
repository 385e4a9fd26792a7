"""Two legs side by side: both touches, both spreads against thresholds, positions, net exposure, unhedged time."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from mmtui.screens.actions import bindings
from mmtui.screens.base import BoardScreen
from mmtui.screens.legs import Leg, legs_of, likely_legs, pair_legs
from mmtui.screens.widgets.facts_pane import FactsPane, Paragraph, Sentence
from mmtui.screens.widgets.pair_pane import leg_facts, no_pair, pair_facts
from mmtui.screens.widgets.quotes_pane import QuotesPane
from mmtui.views.board import Board, PairRow

_LEAST_LEGS = 2
_MOST_QUOTES = 4
"""Strategies on one leg whose quotes are shown; nobody could read more."""


class PairScreen(BoardScreen):
    """The legs of a two-leg strategy, or any two instruments of the Board that the person chooses."""

    CONTEXT = "pair"
    BINDINGS = bindings(CONTEXT)
    RATE_HZ = 5.0

    DEFAULT_CSS = """
    PairScreen {
        #legs { height: 8; }
        #first { width: 1fr; margin-right: 1; }
        #second { width: 1fr; }
        #together { height: 8; }
        #quotes { height: 1fr; }
        #first_quotes { width: 1fr; margin-right: 1; }
        #second_quotes { width: 1fr; }
        &.-short #legs { height: 6; }
        &.-short #together { height: 8; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.chosen: tuple[str, str] | None = None
        """Instruments chosen by hand; None: the first two-leg strategy, else the first two instruments."""
        self.pair_index = 0

    def compose_body(self) -> ComposeResult:
        """Leg beside leg, what they are together, and our quotes on each."""
        with Horizontal(id="legs"):
            yield FactsPane(self.gettext, id="first")
            yield FactsPane(self.gettext, id="second")
        yield FactsPane(self.gettext, id="together")
        with Horizontal(id="quotes"):
            yield QuotesPane(self.gettext, self.terminal.say, id="first_quotes")
            yield QuotesPane(self.gettext, self.terminal.say, id="second_quotes")

    # -------------------------------------------------------------------------------------------------------- drawing

    def show(self, board: Board) -> None:
        """Both legs and what they are together."""
        pair = self._pair(board)
        first, second = self._legs(board, pair)
        for name, leg, title in (
            ("first", first, self.gettext("1st leg")),
            ("second", second, self.gettext("2nd leg")),
        ):
            pane = self.query_one(f"#{name}", FactsPane)
            heading = title if leg is None else f"{title}  {leg.symbol} · {leg.venue}"
            pane.show_facts([] if leg is None else leg_facts(leg, self.gettext), heading)
            rows = () if leg is None else [row for row in board.strategies if row.instrument == leg.instrument]
            self.query_one(f"#{name}_quotes", QuotesPane).show(tuple(rows[:_MOST_QUOTES]))
        heading = self.gettext("Together") if pair is None else f"{self.gettext('Together')}  {pair.strategy}"
        self.query_one("#together", FactsPane).show_facts(self._together(board, first, second, pair), heading)

    def _together(self, board: Board, first: Leg | None, second: Leg | None, pair: PairRow | None) -> list[Paragraph]:
        facts: list[Paragraph] = [] if board.pairs else [no_pair(self.gettext)]
        if first is None or second is None:
            text = self.gettext("fewer than two instruments are known; configure strategies on two of them")
            return [*facts, Sentence("!", text, "warning", lines=2)]
        return facts + pair_facts(first, second, pair, self.gettext)

    def _pair(self, board: Board) -> PairRow | None:
        if self.chosen is not None or not board.pairs:
            return None
        return board.pairs[min(self.pair_index, len(board.pairs) - 1)]

    def _legs(self, board: Board, pair: PairRow | None) -> tuple[Leg | None, Leg | None]:
        if pair is not None:
            return pair_legs(board, pair)
        legs = legs_of(board)
        if self.chosen is not None:
            by_name = {leg.instrument: leg for leg in legs}
            found = [by_name.get(name) for name in self.chosen]
            return found[0], found[1]
        return likely_legs(legs)

    # -------------------------------------------------------------------------------------------------------- actions

    def action_first_leg(self) -> None:
        """The next instrument as first leg."""
        self._choose(0)

    def action_second_leg(self) -> None:
        """The next instrument as second leg."""
        self._choose(1)

    def action_swap_legs(self) -> None:
        """First becomes second."""
        first, second = self._shown()
        if first and second:
            self.chosen = (second, first)
            self.refresh_board()

    def action_next_pair(self) -> None:
        """The next two-leg strategy; after the last one the legs chosen by hand, then the first again."""
        pairs = self.terminal.board.pairs
        if not pairs:
            self.terminal.tell(self.gettext("there is no two-leg strategy"))
        elif self.chosen is not None:
            self.chosen, self.pair_index = None, 0
        elif self.pair_index + 1 < len(pairs):
            self.pair_index += 1
        else:
            self.chosen = self._shown()
        self.refresh_board()

    def _shown(self) -> tuple[str, str]:
        board = self.terminal.board
        first, second = self._legs(board, self._pair(board))
        return ("" if first is None else first.instrument), ("" if second is None else second.instrument)

    def _choose(self, which: int) -> None:
        """Take the next instrument for one leg, passing over the other leg's."""
        names = [leg.instrument for leg in legs_of(self.terminal.board)]
        if len(names) < _LEAST_LEGS:
            self.terminal.tell(self.gettext("fewer than two instruments are known"), "warning")
            return
        shown = list(self._shown())
        at = names.index(shown[which]) if shown[which] in names else -1
        following = [names[(at + step) % len(names)] for step in range(1, len(names) + 1)]
        shown[which] = next(name for name in following if name != shown[1 - which])
        self.chosen = (shown[0], shown[1])
        self.refresh_board()
