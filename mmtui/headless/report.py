"""What one run came to: trading, result, where it came from, and what the market did after the fills."""

import gettext
from decimal import Decimal
from typing import Final

from mmtui.core.reward_band import RewardFigures
from mmtui.headless.figures import amount_text, gain_style, price_text, rounded_text, signed_text
from mmtui.headless.layers import Layers
from mmtui.headless.sheet import Cell, Sheet, Style
from mmtui.headless.timestamps import date_text, duration_text
from mmtui.language.phrases import Phrasebook
from mmtui.model.units import NS_PER_S, ZERO
from mmtui.views.board import MarkoutRow, StrategyRow

_COST_DIGITS: Final = 2
_RATE_DIGITS: Final = 6


class Report:
    """Builds the long report of one row in one language."""

    def __init__(self, catalogue: gettext.NullTranslations, phrasebook: Phrasebook, layers: Layers) -> None:
        self._ = catalogue.gettext
        self._say = phrasebook.say
        self._layers = layers

    def text(self, row: StrategyRow, time_ns: int | None, *, colour: bool) -> str:
        """The report; ``time_ns`` is the end of what it covers, None if that does not matter."""
        _ = self._
        sheet = Sheet(colour=colour)
        title = _("Report: {title}").format(title=self._layers.title(row))
        sheet.heading(title, "" if time_ns is None else date_text(time_ns))
        if time_ns is not None:
            ran = duration_text(time_ns - row.started_ns) if row.started_ns else _("not started")
            sheet.cells(Cell(_("ran for"), ran))
        if row.stop_reason:
            sheet.paragraph(_("stop reason"), self._say(row.stop_reason))
        self._trading(sheet, row)
        self._result(sheet, row)
        self._attribution(sheet, row)
        self._markouts(sheet, row.markouts)
        if row.rewards is not None:
            self._rewards(sheet, row.rewards)
        return sheet.text()

    def _trading(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        pnl = row.pnl
        sheet.section(_("Trading, amounts in {asset}").format(asset=row.quote_asset))
        sheet.cells(
            Cell(_("bought"), amount_text(pnl.buy_volume)),
            Cell(_("sold"), amount_text(pnl.sell_volume)),
            Cell(_("volume"), amount_text(pnl.volume)),
            Cell(_("fills"), str(row.fills)),
            *([Cell(_("maker share"), *self._layers.share(pnl.maker_share))] if pnl.volume else []),
        )
        sheet.cells(
            Cell(_("placed"), str(row.orders_placed)),
            Cell(_("cancelled"), str(row.orders_cancelled)),
            Cell(_("amended"), str(row.orders_amended)),
            self._alarm(_("rejected"), row.rejects),
            self._alarm(_("unknown ends"), row.unknown_outcomes),
            self._alarm(_("orders left"), len(row.orders)),
            *([self._alarm(_("foreign orders"), row.foreign_orders)] if row.foreign_orders else []),
        )

    def _result(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        layers, pnl = self._layers, row.pnl
        sheet.section(_("Result in {asset}").format(asset=row.quote_asset))
        sheet.cells(
            Cell(_("realised"), *layers.gain(pnl.realized)),
            Cell(_("unrealised"), *layers.gain(pnl.unrealized_mark)),
            Cell(_("at the touch"), *layers.gain(pnl.unrealized_touch)),
            Cell(_("fees"), *layers.fees(pnl)),
            Cell(_("funding"), *layers.gain(pnl.funding)),
            Cell(_("net"), *layers.gain(pnl.net)),
            Cell(_("today"), *layers.gain(pnl.day)),
            *self._rates(pnl.volume, pnl.cost_per_million, pnl.wear_rate_pct),
        )
        held = [Cell(_("position"), *layers.position(row))]
        if row.average_entry is not None:
            held.append(Cell(_("average entry"), price_text(row.average_entry, row.tick_size)))
        sheet.cells(*held)

    def _rates(self, volume: Decimal, cost: Decimal | None, wear: Decimal | None) -> list[Cell]:
        """What trading cost per volume; nothing where nothing was traded."""
        if not volume:
            return []
        _, unknown = self._, self._layers.unknown
        cost_shown = unknown if cost is None else (rounded_text(cost, _COST_DIGITS), Style.PLAIN)
        wear_shown = unknown if wear is None else (f"{rounded_text(wear, _RATE_DIGITS)} %", Style.PLAIN)
        return [Cell(_("cost per 1m"), *cost_shown), Cell(_("wear rate"), *wear_shown)]

    def _attribution(self, sheet: Sheet, row: StrategyRow) -> None:
        _ = self._
        parts = row.attribution
        named = [
            (_("spread capture"), parts.spread_capture),
            (_("inventory"), parts.inventory),
            (_("fees"), parts.fees),
            (_("funding"), parts.funding),
            (_("hedge slippage"), parts.hedge_slippage),
            (_("mark basis"), parts.mark_basis),
        ]
        sheet.section(_("Where the net came from"))
        cells = [Cell(label, signed_text(value), gain_style(value)) for label, value in named]
        total = sum((value for _label, value in named), ZERO)
        sheet.cells(*cells, Cell(_("sum"), signed_text(total), gain_style(total)))

    def _markouts(self, sheet: Sheet, markouts: tuple[MarkoutRow, ...]) -> None:
        _ = self._
        sheet.section(_("Markouts in bps: how the mid moved after our fills, in our favour if positive"))
        if not markouts:
            sheet.paragraph(_("none"), "")
            return
        header = (
            _("after"), _("fills"), _("markout"), _("std error"), _("adverse selection"), _("missing"), _("pending")
        )  # fmt: skip
        sheet.table([header, *map(self._markout, markouts)])

    def _rewards(self, sheet: Sheet, rewards: RewardFigures) -> None:
        """Time in which quotes stood where a maker programme counts them."""
        _ = self._
        sheet.section(_("Quotes inside the reward bands, as far as our books can tell"))
        uptime = self._layers.unknown if rewards.uptime_pct is None else (f"{rewards.uptime_pct:.2f} %", Style.PLAIN)
        sheet.cells(
            Cell(_("uptime"), *uptime),
            Cell(_("both this hour"), duration_text(round(rewards.hour_both_s * NS_PER_S))),
            Cell(_("bids this hour"), duration_text(round(rewards.hour_bid_s * NS_PER_S))),
            Cell(_("asks this hour"), duration_text(round(rewards.hour_ask_s * NS_PER_S))),
            Cell(_("hour counts"), f"{rewards.multiplier:g}"),
        )
        sheet.cells(
            Cell(_("whole hours"), str(rewards.full_hours)),
            Cell(_("half hours"), str(rewards.half_hours)),
            Cell(_("lost hours"), str(rewards.lost_hours)),
            Cell(_("points"), f"{rewards.points:.4f}"),
        )

    def _markout(self, row: MarkoutRow) -> tuple[str, ...]:
        return (
            f"{row.horizon_s:g} s",
            str(row.n),
            self._bps(row.markout_bps),
            self._bps(row.standard_error_bps),
            self._bps(row.adverse_selection_bps),
            str(row.missing),
            str(row.pending),
        )

    def _bps(self, value: float | None) -> str:
        return self._layers.unknown[0] if value is None else f"{value:.3f}"

    def _alarm(self, label: str, count: int) -> Cell:
        return Cell(label, str(count), Style.WARNING if count else Style.PLAIN)
