"""Our quotes per level: what is wanted, what lives, how old and how far from mid it is, and why a level is missing."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from mmtui.language import N_
from mmtui.model.units import NS_PER_S, Side
from mmtui.screens import numbers
from mmtui.screens.widgets.line_pane import LinePane, Run, Translate, title_runs
from mmtui.screens.widgets.quote_rows import (
    CLOSING,
    KEPT,
    LEAVING,
    LIVE,
    MISSING,
    QuoteLine,
    quote_lines,
    reasons_of,
    tally,
)
from mmtui.views.board import StrategyRow

STATES: Final = {
    LIVE: (N_("▸ live"), "own"),
    KEPT: (N_("▸ kept"), "own"),
    "new": (N_("◌ new"), "warning"),
    "sent": (N_("◌ sent"), "warning"),
    "amend_sent": (N_("↻ amending"), "warning"),
    "cancel_sent": (N_("✕ cancelling"), "warning"),
    "unknown": (N_("? UNKNOWN"), "error"),
    LEAVING: (N_("✕ not wanted"), "warning"),
    CLOSING: (N_("» closing"), "warning"),
    MISSING: (N_("! not quoted"), "error"),
}
"""Word and style of each state of a level."""

PHASES: Final = {
    "idle": N_("idle"),
    "preparing": N_("preparing"),
    "quoting": N_("quoting"),
    "paused": N_("paused"),
    "stopping": N_("stopping"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
}

_TITLES: Final = {"quoting": "title", "idle": "title", "failed": "alarm"}
_SHORT: Final = 3
_LEAST_LEVELS: Final = 4
_STATE_CELLS: Final = 14
_WHY_CELLS: Final = 16


class Grid(NamedTuple):
    """Tick and lot of the strategy in view."""

    tick_size: Decimal
    lot_size: Decimal


class TitleRow(NamedTuple):
    """A heading of one strategy."""

    left: str
    right: str
    style: str


class NoteRow(NamedTuple):
    """A line of text under the levels."""

    text: str
    style: str


class HeadRow(NamedTuple):
    """The names of the columns."""


class SummaryRow(NamedTuple):
    """A few words with styles of their own, for small sizes."""

    runs: tuple[Run, ...]


class LevelRow(NamedTuple):
    """One level, with the grid its figures are written on."""

    line: QuoteLine
    grid: Grid


class QuotesPane(LinePane):
    """Quotes of all strategies on one instrument; where there is no room for a table, a summary of two lines."""

    def __init__(
        self,
        translate: Translate = str,
        say: Translate = str,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(translate, id=id)
        self._say = say
        self._strategies: tuple[StrategyRow, ...] = ()
        self._figures = (0, 0)

    def show(self, strategies: Sequence[StrategyRow]) -> int:
        """Draw these strategies; returns how many lines changed."""
        before, self._strategies = self._strategies, tuple(strategies)
        if [row.name for row in before] != [row.name for row in strategies]:
            self._figures = (0, 0)
        return self.draw()

    # -------------------------------------------------------------------------------------------------------- rows

    def draw(self) -> int:
        """Show what the pane was told last, for its present size."""
        if not self.extent.height:
            return 0
        if not self._strategies:
            text = self._("no strategy trades this instrument")
            return self.show_rows([TitleRow(self._("Own quotes"), "", "title"), NoteRow(text, "dim")])
        if self.extent.height <= _SHORT:
            return self.show_rows([row for strategy in self._strategies for row in self._summary(strategy)])
        return self.show_rows([row for strategy in self._strategies for row in self._table(strategy)])

    def _table(self, row: StrategyRow) -> list[Hashable]:
        lines = quote_lines(row)
        grid = Grid(row.tick_size, row.lot_size)
        self._fit(lines, grid)
        phase = self._(PHASES[row.phase]) if row.phase in PHASES else row.phase
        style = _TITLES.get(row.phase, "notice")
        title = self._("Own quotes  {strategy}  {phase}").format(strategy=row.name, phase=phase)
        rows: list[Hashable] = [TitleRow(title, self._position(row), style)]
        notes: list[Hashable] = [
            NoteRow(text, "dim" if row.phase == "quoting" else "warning") for text in self._notes(row)
        ]
        if not lines:
            return [*rows, NoteRow(self._("nothing wanted, nothing live"), "dim"), *notes]
        near = nearest(lines, max(_LEAST_LEVELS, self.extent.height - 2 - len(notes)))
        levels: list[Hashable] = [LevelRow(line, grid) for line in near]
        if len(near) < len(lines):
            text = self._("{count} levels farther out are not shown").format(count=len(lines) - len(near))
            levels.append(NoteRow(text, "warning"))
        return [*rows, HeadRow(), *levels, *notes]

    def _notes(self, row: StrategyRow) -> list[str]:
        """What the strategy says of itself, and what keeps quotes away at no level in particular."""
        notes = [self._say(row.reason)] if row.reason else []
        notes += [self._say(text) for text in reasons_of(row.why_not).general]
        if row.waiting_for:
            what = ", ".join(self._say(what) for what in row.waiting_for)
            notes.append(self._("waiting for {what}").format(what=what))
        if row.stop_reason:
            notes.append(self._("stopped because: {reason}").format(reason=self._say(row.stop_reason)))
        if row.unknown_outcomes:
            notes.append(self._("{count} outcomes were unknown in this run").format(count=row.unknown_outcomes))
        return notes

    def _position(self, row: StrategyRow) -> str:
        if row.phase == "idle":
            return ""
        if row.position is None:
            return self._("position not known yet")
        text = numbers.signed(row.position, numbers.places_of(row.lot_size))
        if row.average_entry is not None and row.position:
            price = numbers.price(row.average_entry, row.tick_size)
            return self._("position {quantity} at {price}").format(quantity=text, price=price)
        return self._("position {quantity}").format(quantity=text)

    def _summary(self, row: StrategyRow) -> list[Hashable]:
        _ = self._
        lines = quote_lines(row)
        phase = _(PHASES[row.phase]) if row.phase in PHASES else row.phase
        runs: list[Run] = [
            (f" {row.name} ", "strong"),
            (f"{phase}  ", "own" if row.phase == "quoting" else "warning"),
        ]
        for side, style in ((Side.BUY, "buy"), (Side.SELL, "sell")):
            count = tally(lines, side)
            runs.append((f"{numbers.side_mark(side)} {count.resting}/{count.wanted}", style))
            distance = "" if count.nearest_bps is None else _("at {bps} bps").format(bps=numbers.bps(count.nearest_bps))
            runs.append((f" {distance}  " if distance else "  ", "dim"))
        runs.append((self._position(row), "text"))
        troubled = [line for line in lines if line.why]
        levels = [f"{numbers.side_mark(line.side)}{line.level} {self._say(line.why)}" for line in troubled]
        text = "  ".join([*levels, *self._notes(row)])
        style = "error" if troubled else "dim" if row.phase == "quoting" else "warning"
        return [SummaryRow(tuple(runs)), NoteRow(text, style)]

    def _fit(self, lines: Sequence[QuoteLine], grid: Grid) -> None:
        """Widths of the price and quantity columns; they only grow, so that figures do not dance."""
        prices = [price for line in lines for price in (line.price, line.wanted_price)]
        sizes = [size for line in lines for size in (line.left, line.wanted)]
        price = max([len(numbers.price(value, grid.tick_size)) for value in prices if value is not None], default=0)
        size = max([len(numbers.quantity(value, grid.lot_size)) for value in sizes if value is not None], default=0)
        figures = max(price, self._figures[0], 7), max(size, self._figures[1], 7)
        if figures != self._figures:
            self._figures = figures
            self.repaint()

    # ----------------------------------------------------------------------------------------------------- painting

    def paint(self, row: Hashable) -> Iterable[Run]:
        """One row as runs."""
        width = self.extent.width
        match row:
            case LevelRow(line, grid):
                return self._paint_level(line, grid)
            case TitleRow(left, right, style):
                return title_runs(left, right, width, style)
            case NoteRow(text, style):
                return [(numbers.left(f" {text}", width), style)]
            case SummaryRow(runs):
                return _within(runs, width)
            case HeadRow():
                return self._paint_head()
            case _:
                return []

    def _paint_head(self) -> list[Run]:
        _ = self._
        price, size = self._figures
        texts = [" " * 4]
        if self._has_wanted:
            texts += [numbers.right(_("wanted"), price), numbers.right(_("size"), size)]
        texts += [numbers.right(_("live"), price), numbers.right(_("left"), size)]
        texts += [numbers.right(_("bps"), 7), numbers.right(_("age"), 5), numbers.left(_("state"), _STATE_CELLS)]
        if self._why_cells > 0:
            texts.append(numbers.left(_("why not"), self._why_cells))
        return [(" ".join(texts), "dim")]

    def _paint_level(self, line: QuoteLine, grid: Grid) -> list[Run]:
        price, size = self._figures
        side = "buy" if line.side is Side.BUY else "sell"
        word, style = STATES.get(line.state, (line.state, "warning"))
        wanted = ""
        if self._has_wanted:
            wanted = _pair(line.wanted_price, line.wanted, grid, price, size)
        distance = numbers.right(numbers.bps(line.distance_bps), 7)
        age = numbers.right(numbers.age(None if line.age_s is None else line.age_s * NS_PER_S), 5)
        if line.age_s == 0:
            age = numbers.right("<1s", 5)
        runs = [
            (f" {numbers.side_mark(line.side)}{line.level:<2} ", f"{side}-strong"),
            (wanted, "dim" if line.price is not None else side),
            (_pair(line.price, line.left, grid, price, size), side),
            (f"{distance} {age} ", "text"),
            (numbers.left(self._(word), _STATE_CELLS), style),
        ]
        if self._why_cells > 0 and line.why:
            runs.append((" " + numbers.left(self._say(line.why), self._why_cells), "error"))
        return runs

    @property
    def _has_wanted(self) -> bool:
        price, size = self._figures
        return self.extent.width >= 5 + 2 * (price + size + 2) + 14 + _STATE_CELLS + _WHY_CELLS

    @property
    def _why_cells(self) -> int:
        price, size = self._figures
        pairs = 2 if self._has_wanted else 1
        return self.extent.width - 5 - pairs * (price + size + 2) - 14 - _STATE_CELLS - 1


def nearest(lines: Sequence[QuoteLine], most: int) -> list[QuoteLine]:
    """All lines where they fit; else, less one for a note, the levels nearest to mid on both sides."""
    if len(lines) <= most:
        return list(lines)
    order = sorted(range(len(lines)), key=lambda k: (lines[k].level, k))
    kept = set(order[: most - 1])
    return [line for k, line in enumerate(lines) if k in kept]


def _pair(price: Decimal | None, size: Decimal | None, grid: Grid, price_cells: int, size_cells: int) -> str:
    """Price and quantity in their columns, a dash with its point where the figures have theirs."""
    price_text = numbers.right(numbers.price(price, grid.tick_size), price_cells)
    return f"{price_text} {numbers.right(numbers.quantity(size, grid.lot_size), size_cells)} "


def _within(runs: Sequence[Run], width: int) -> list[Run]:
    """Runs up to a width; the first that does not fit is left out with all that follow, so that no figure is cut."""
    fitting, used = [], 0
    for text, style in runs:
        used += numbers.cells(text)
        if used > width:
            break
        fitting.append((text, style))
    return fitting
