"""The four layers of a running strategy: market, prices, decision, execution.

What is not known says so. A setting that a strategy does not have is left out.
"""

import gettext
from decimal import Decimal
from typing import Final

from mmtui.headless.calculation import calculation, quotes_by_spread, setting_number
from mmtui.headless.figures import (
    amount_text,
    gain_style,
    percent_text,
    price_text,
    quantity_text,
    side_style,
    signed_text,
)
from mmtui.headless.sheet import Cell, Sheet, Style
from mmtui.headless.timestamps import date_text
from mmtui.language import N_
from mmtui.language.phrases import Phrasebook
from mmtui.model.units import NS_PER_S, ONE, ZERO, Side, decimal_text
from mmtui.views.board import PnlRow, StrategyRow

_PRICES_SHOWN: Final = 6
_HALF: Final = Decimal("0.5")
_RESTING: Final = ("open", "amend_sent", "cancel_sent")

PHASES: Final = {
    "preparing": N_("preparing"),
    "quoting": N_("quoting"),
    "paused": N_("paused"),
    "stopping": N_("stopping"),
    "stopped": N_("stopped"),
}


class Layers:
    """Builds the block of one row in one language."""

    def __init__(self, catalogue: gettext.NullTranslations, phrasebook: Phrasebook) -> None:
        self._ = catalogue.gettext
        self._say = phrasebook.say

    def block(self, row: StrategyRow, time_ns: int, *, colour: bool) -> str:
        """All four layers under one heading."""
        sheet = Sheet(colour=colour)
        phase = self._(PHASES[row.phase]) if row.phase in PHASES else row.phase
        sheet.heading(self.title(row), f"{phase}  {date_text(time_ns)}")
        self._market(sheet, row)
        self._prices(sheet, row)
        self._decision(sheet, row)
        self._execution(sheet, row)
        return sheet.text()

    def title(self, row: StrategyRow) -> str:
        """Which strategy, of which kind, trading what with which account."""
        return self._("{name}  {kind}  {symbol} on {account}").format(
            name=row.name, kind=row.kind, symbol=row.symbol, account=row.account
        )

    # ---------------------------------------------------------------------------------------------- market and prices

    def _market(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        sheet.section(_("Market state"))
        sheet.cells(
            Cell(_("bid"), *self._price(row.best_bid, row)),
            Cell(_("ask"), *self._price(row.best_ask, row)),
            Cell(_("spread"), *self._spread(row.best_bid, row.best_ask)),
            Cell(_("mid"), *self._price(row.mid, row)),
            *([] if row.mark is None else [Cell(_("mark"), price_text(row.mark, row.tick_size))]),
            Cell(_("book age"), *self._book_age(row.book_age_ns)),
        )
        sheet.cells(
            Cell(_("position"), *self.position(row)),
            *self._bound(_("target"), "target_position", row),
            *self._bound(_("cap"), "max_position", row),
        )

    def _prices(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        sheet.section(_("Price calculation"))
        if quotes_by_spread(row):
            found = calculation(row)
            for label, side, prices in (
                (_("raw buys"), Side.BUY, None if found is None else found.raw_bids),
                (_("raw sells"), Side.SELL, None if found is None else found.raw_asks),
            ):
                sheet.paragraph(label, *self._ladder(prices, side, row))
            skew = setting_number(row, "inventory_skew")
            sheet.cells(
                Cell(_("net position"), *self.position(row)),
                *([] if skew is None else [Cell(_("skew"), decimal_text(skew))]),
                Cell(_("offset"), *self._offset(None if found is None else found.offset, row)),
            )
        for label, side in ((_("adjusted buys"), Side.BUY), (_("adjusted sells"), Side.SELL)):
            prices = tuple(rung.price for rung in row.wanted if rung.side is side)
            sheet.paragraph(label, *self._ladder(prices, side, row))

    def _price(self, price: Decimal | None, row: StrategyRow) -> tuple[str, Style]:
        return self.unknown if price is None else (price_text(price, row.tick_size), Style.PLAIN)

    def _spread(self, bid: Decimal | None, ask: Decimal | None) -> tuple[str, Style]:
        if bid is None or ask is None:
            return self.unknown
        spread, mid = ask - bid, (bid + ask) * _HALF
        share = f" ({percent_text(spread, mid)})" if mid else ""
        return decimal_text(spread) + share, Style.PLAIN

    def _book_age(self, age_ns: int | None) -> tuple[str, Style]:
        return self.unknown if age_ns is None else (f"{age_ns / NS_PER_S:.1f} s", Style.PLAIN)

    def _bound(self, label: str, name: str, row: StrategyRow) -> list[Cell]:
        bound = setting_number(row, name)
        return [] if bound is None else [Cell(label, f"{decimal_text(bound)} {row.base_asset}")]

    def _ladder(self, prices: tuple[Decimal, ...] | None, side: Side, row: StrategyRow) -> tuple[str, Style]:
        if prices is None:
            return self.unknown
        if not prices:
            return self._("none"), Style.FAINT
        shown = " ".join(price_text(price, row.tick_size) for price in prices[:_PRICES_SHOWN])
        if len(prices) > _PRICES_SHOWN:
            shown += " " + self._("and {count} more").format(count=len(prices) - _PRICES_SHOWN)
        return shown, side_style(side)

    def _offset(self, offset: Decimal | None, row: StrategyRow) -> tuple[str, Style]:
        if offset is None:
            return self.unknown
        text = price_text(offset, row.tick_size)
        if offset > ZERO:
            text = self._("+{offset} (prices up)").format(offset=text)
        elif offset:
            text = self._("{offset} (prices down)").format(offset=text)
        return text, Style.PLAIN

    # ------------------------------------------------------------------------------------------ decision and execution

    def _decision(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        sheet.section(_("Strategy decision"))
        sheet.paragraph(_("action"), self._action(row))
        if row.reason:
            sheet.paragraph(_("reason"), self._say(row.reason))
        for line in row.why_not:
            sheet.paragraph(_("not placed"), self._say(line), Style.WARNING)
        if row.stop_reason:
            sheet.paragraph(_("stop reason"), self._say(row.stop_reason))

    def _action(self, row: StrategyRow) -> str:
        _ = self._
        if row.phase == "preparing":
            return _("wait for: {what}").format(what=self._say(", ".join(row.waiting_for)) or _("nothing more"))
        if row.phase == "stopping":
            return _("cancel all orders and prove it")
        if row.phase in {"paused", "stopped"}:
            return _("none")
        if any(order.reduce_only for order in row.orders):
            return _("reduce the position")
        if not row.wanted:
            return _("have no orders")
        buys = sum(rung.side is Side.BUY for rung in row.wanted)
        return _("quote {buys} to buy, {sells} to sell").format(buys=buys, sells=len(row.wanted) - buys)

    def _execution(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        pnl = row.pnl
        sheet.section(_("Execution summary, amounts in {asset}").format(asset=row.quote_asset))
        sheet.cells(
            Cell(_("bought"), amount_text(pnl.buy_volume), Style.BUY if pnl.buy_volume else Style.PLAIN),
            Cell(_("sold"), amount_text(pnl.sell_volume), Style.SELL if pnl.sell_volume else Style.PLAIN),
            Cell(_("fills"), str(row.fills)),
            Cell(_("realised"), signed_text(pnl.realized), gain_style(pnl.realized)),
            Cell(_("fees"), *self.fees(pnl)),
            Cell(_("unrealised"), *self.gain(pnl.unrealized_mark)),
            Cell(_("net"), *self.gain(pnl.net)),
            *([Cell(_("funding"), signed_text(pnl.funding), gain_style(pnl.funding))] if pnl.funding else []),
            Cell(_("today"), *self.gain(pnl.day)),
        )
        sheet.cells(*self._active_quotes(row))

    def _active_quotes(self, row: StrategyRow) -> list[Cell]:
        _ = self._
        resting = [order for order in row.orders if order.state in _RESTING]
        bids = [order.price for order in resting if order.side is Side.BUY]
        asks = [order.price for order in resting if order.side is Side.SELL]
        counts = _("{buys} to buy, {sells} to sell").format(buys=len(bids), sells=len(asks))
        cells = [Cell(_("active quotes"), counts)]
        if bids and asks:
            cells.append(Cell(_("their spread"), *self._spread(max(bids), min(asks))))
        in_flight = sum(order.state == "sent" for order in row.orders)
        if in_flight:
            cells.append(Cell(_("in flight"), str(in_flight)))
        unresolved = sum(order.state == "unknown" for order in row.orders)
        if unresolved:
            cells.append(Cell(_("unresolved"), str(unresolved), Style.WARNING))
        return cells

    # ------------------------------------------------------------------------------- figures that the report shares

    @property
    def unknown(self) -> tuple[str, Style]:
        """What stands where a figure is not known."""
        return self._("unknown"), Style.WARNING

    def position(self, row: StrategyRow) -> tuple[str, Style]:
        """The signed position in base units."""
        if row.position is None:
            return self.unknown
        return quantity_text(row.position, row.base_asset), Style.PLAIN

    def gain(self, value: Decimal | None) -> tuple[str, Style]:
        """A signed amount in the quote asset."""
        return self.unknown if value is None else (signed_text(value), gain_style(value))

    def fees(self, pnl: PnlRow) -> tuple[str, Style]:
        """Fees as signed cash, told to be incomplete where some have no known worth."""
        if pnl.fees_complete:
            return signed_text(pnl.fees), gain_style(pnl.fees)
        return self._("{fees} (incomplete)").format(fees=signed_text(pnl.fees)), Style.WARNING

    def share(self, value: Decimal | None) -> tuple[str, Style]:
        """A share of one in percent."""
        return self.unknown if value is None else (percent_text(value, ONE), Style.PLAIN)
