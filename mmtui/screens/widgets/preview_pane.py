"""The orders that values in a form would place now, what the risk gate refuses of them, and how far it can go."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical

from mmtui.language import N_
from mmtui.model.units import NS_PER_S
from mmtui.screens import numbers
from mmtui.screens.base import BoardScreen
from mmtui.screens.terminal import terminal_of
from mmtui.screens.widgets.facts_pane import Fact, FactsPane, Paragraph, Sentence
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.table_cells import cash_places, exact, figure, plain, side, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.screens.widgets.table_pane import HEAD_LINES, TablePane
from mmtui.views.board import MarketRow, StrategyRow
from mmtui.views.faults import MmtuiError
from mmtui.views.queries import Preview, PreviewOrder

EVERY_S: Final = 2.0
PATIENCE_NS: Final = 10 * NS_PER_S
"""A question that is not answered after this long is asked again."""

COLUMNS: Final = (
    Column(id="side", title=""),
    Column(id="price", title=N_("Price"), align="point"),
    Column(id="quantity", title=N_("Quantity"), align="point"),
    Column(id="distance", title="bps", align="point", fold=2),
    Column(id="notional", title=N_("Notional"), align="point", fold=3),
    Column(id="refused", title=N_("Refused because"), fold=4, flex=True),
)

_REASON_LINES: Final = 3

Market = StrategyRow | MarketRow
"""Whatever knows grid and assets."""


class Asked(NamedTuple):
    """What a preview is wanted of. ``market`` gives grid and asset where it is known."""

    kind: str
    account: str
    symbol: str
    values: dict[str, str]
    market: Market | None


class PreviewPane(Vertical):
    """Asks for a preview aside, again every two seconds while it is looked at; the last answer stands meanwhile."""

    DEFAULT_CSS = """
    PreviewPane {
        #preview_orders { height: auto; max-height: 65%; }
        #preview_facts { height: 1fr; min-height: 4; }
    }
    """

    def __init__(self, translate: Translate, say: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._ = translate
        self._say = say
        self._wanted: Asked | None = None
        self._asked = 0
        self._answered = 0
        self._asked_ns = 0

    def compose(self) -> ComposeResult:
        """Orders, and what there is to say about them."""
        yield TablePane(
            COLUMNS, self._, title=N_("Orders it would place now"), empty=N_("no orders"), id="preview_orders"
        )
        yield FactsPane(self._, id="preview_facts")

    def on_mount(self) -> None:
        """A clock of its own."""
        self.set_interval(EVERY_S, self.ask_again)

    def ask(self, wanted: Asked) -> None:
        """Ask for these values; an older question that is not answered yet is dropped."""
        self._wanted = wanted
        self._asked += 1
        self._asked_ns = terminal_of(self).now_ns()
        self._ask(self._asked, wanted)

    def ask_again(self) -> None:
        """Ask once more, unless an answer is under way or nobody looks."""
        waiting = self._answered < self._asked and terminal_of(self).now_ns() - self._asked_ns < PATIENCE_NS
        if self._wanted is not None and not waiting and isinstance(self.screen, BoardScreen) and self.screen.is_looking:
            self.ask(self._wanted)

    @work(group="preview", exclusive=True)
    async def _ask(self, number: int, wanted: Asked) -> None:
        try:
            preview = await terminal_of(self).queries.preview(*wanted[:4])
        except MmtuiError as fault:
            self._show([], [Sentence("✗", self._say(str(fault)), "error", lines=_REASON_LINES)])
        else:
            self.show_preview(preview, wanted.market)
        finally:
            self._answered = max(self._answered, number)

    def show_preview(self, preview: Preview, market: Market | None) -> None:
        """Show an answer, the dearest order on top."""
        orders = sorted(preview.orders, key=lambda order: order.price, reverse=True)
        tick, lot = (None, None) if market is None else (market.tick_size, market.lot_size)
        asset = "" if market is None else market.quote_asset
        rows = [
            TableRow(f"{k}", _cells(order, tick, lot, asset, self._say(order.refused)))
            for k, order in enumerate(orders)
        ]
        self._show(rows, self._paragraphs(preview, market))

    def show_nothing(self, reason: str) -> None:
        """Show no orders, and why; nothing is asked until values are given again."""
        self._wanted = None
        self.workers.cancel_node(self)
        self._show([], [Sentence("▸", reason, "warning", lines=_REASON_LINES)] if reason else [])

    def _show(self, rows: Sequence[TableRow], paragraphs: Sequence[Paragraph]) -> None:
        self._table.styles.height = HEAD_LINES + max(1, len(rows)) + 1
        self._table.show_table(rows, note=f"{len(rows)}" if rows else "")
        self._facts.show_facts(paragraphs)

    @property
    def _table(self) -> TablePane:
        return self.query_one("#preview_orders", TablePane)

    @property
    def _facts(self) -> FactsPane:
        return self.query_one("#preview_facts", FactsPane)

    def _paragraphs(self, preview: Preview, market: Market | None) -> Sequence[Paragraph]:
        _ = self._
        paragraphs: list[Paragraph] = [
            Sentence("✗", self._say(fault), "error", lines=_REASON_LINES) for fault in preview.faults
        ]
        if preview.faults:
            return paragraphs
        refused = [order for order in preview.orders if order.refused]
        for reason, count in Counter(order.refused for order in refused).items():
            text = _("{count} refused: {reason}").format(count=count, reason=self._say(reason))
            paragraphs.append(Sentence("✗", text, "warning", lines=2))
        base, quote = ("", "") if market is None else (f" {market.base_asset}", f" {market.quote_asset}")
        total = sum((order.notional for order in preview.orders if not order.refused), Decimal(0))
        places = 2 if market is None else cash_places(market.quote_asset)
        paragraphs.append(
            (
                Fact(_("at most long"), _position(preview.worst_long, base), "buy"),
                Fact(_("at most short"), _position(preview.worst_short, base), "sell"),
                Fact(_("in orders"), numbers.number(total, places) + quote),
            )
        )
        if preview.reason:
            paragraphs.append(Sentence("▸", self._say(preview.reason), "text", lines=_REASON_LINES))
        return paragraphs


def _position(value: Decimal | None, unit: str) -> str:
    return numbers.UNKNOWN if value is None else numbers.signed(value, numbers.places_of(value)) + unit


def _cells(
    order: PreviewOrder, tick: Decimal | None, lot: Decimal | None, asset: str, refused: str
) -> tuple[Cell, ...]:
    marked = side(order.side)
    if refused:
        marked = plain(f"{marked.text} ✗", marked.text, "warning")
    look = "dim" if refused else "text"
    return (
        marked,
        exact(order.price, look) if tick is None else figure(order.price, numbers.places_of(tick), look),
        exact(order.quantity, look) if lot is None else figure(order.quantity, numbers.places_of(lot), look),
        figure(order.distance_bps, 1, look),
        figure(order.notional, cash_places(asset), look),
        words(refused.partition(":")[0].partition("：")[0], "warning"),  # noqa: RUF001 - a Chinese colon
    )
