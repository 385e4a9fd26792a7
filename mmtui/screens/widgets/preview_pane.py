"""The orders that values in a form would place now, as a ladder, with what the risk gate refuses and how far it can go."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical

from mmtui.language import N_
from mmtui.screens import numbers
from mmtui.screens.widgets.facts_pane import Fact, FactsPane, Paragraph, Sentence
from mmtui.screens.widgets.line_pane import Translate
from mmtui.screens.widgets.table_cells import cash_places, exact, figure, plain, side, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.screens.widgets.table_pane import TablePane
from mmtui.views.board import StrategyRow
from mmtui.views.queries import Preview, PreviewOrder

COLUMNS: Final = (
    Column(id="side", title=""),
    Column(id="price", title=N_("Price"), align="point"),
    Column(id="quantity", title=N_("Quantity"), align="point"),
    Column(id="distance", title="bps", align="point", fold=2),
    Column(id="notional", title=N_("Notional"), align="point", fold=3),
    Column(id="refused", title=N_("Refused because"), fold=4, flex=True),
)

_REASON_LINES: Final = 3


class PreviewPane(Vertical):
    """Shows one preview; while a newer one is awaited the last one stays, and says so."""

    DEFAULT_CSS = """
    PreviewPane {
        #preview_orders { height: 3fr; }
        #preview_facts { height: 2fr; min-height: 5; }
    }
    """

    def __init__(self, translate: Translate, say: Translate, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._ = translate
        self._say = say

    def compose(self) -> ComposeResult:
        """Orders, and what there is to say about them."""
        yield TablePane(
            COLUMNS, self._, title=N_("Orders it would place now"), empty=N_("no orders"), id="preview_orders"
        )
        yield FactsPane(self._, id="preview_facts")

    def show_preview(self, preview: Preview, market: StrategyRow | None, as_of_ns: int) -> None:
        """Show an answer. ``market`` gives grid and asset where it is known."""
        orders = sorted(preview.orders, key=lambda order: order.price, reverse=True)
        tick, lot = (None, None) if market is None else (market.tick_size, market.lot_size)
        asset = "" if market is None else market.quote_asset
        rows = [
            TableRow(f"{k}", _cells(order, tick, lot, asset, self._say(order.refused)))
            for k, order in enumerate(orders)
        ]
        self._table.show_table(rows, note=f"{len(rows)}" if rows else "")
        self._facts.show_facts(self._paragraphs(preview, market), right=numbers.clock(as_of_ns))

    def show_nothing(self, reason: str) -> None:
        """Show no orders, and why."""
        self._table.show_table(())
        self._facts.show_facts([Sentence("▸", reason, "warning", lines=_REASON_LINES)] if reason else [])

    @property
    def _table(self) -> TablePane:
        return self.query_one("#preview_orders", TablePane)

    @property
    def _facts(self) -> FactsPane:
        return self.query_one("#preview_facts", FactsPane)

    def _paragraphs(self, preview: Preview, market: StrategyRow | None) -> Sequence[Paragraph]:
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
        if preview.reason:
            paragraphs.append(Sentence("▸", self._say(preview.reason), "text", lines=_REASON_LINES))
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
        words(refused, "warning"),
    )
