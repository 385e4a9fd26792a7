"""Money: per strategy, per UTC day, by where it came from, and what the market did after our fills."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from mmtui.language import N_
from mmtui.model.units import HUNDRED, ZERO
from mmtui.screens import numbers
from mmtui.screens.widgets.strategy_table import Say
from mmtui.screens.widgets.table_cells import CASH_PLACES, amount, cash_places, count, figure, plain, tone, words
from mmtui.screens.widgets.table_layout import Cell, Column, TableRow
from mmtui.views.board import AttributionRow, Board, MarkoutRow, StrategyRow
from mmtui.views.queries import DayRow

STRATEGIES: Final = (
    Column(id="strategy", title=N_("Strategy"), most=18),
    Column(id="net", title=N_("Net"), align="point"),
    Column(id="today", title=N_("Today"), align="point", fold=5),
    Column(id="realized", title=N_("Realised"), align="point"),
    Column(id="unrealized", title=N_("Unrealised"), align="point", fold=1),
    Column(id="fees", title=N_("Fees"), align="point", fold=2),
    Column(id="funding", title=N_("Funding"), align="point", fold=3),
    Column(id="volume", title=N_("Volume"), align="point", fold=4),
    Column(id="maker", title=N_("Maker"), align="right", fold=6),
    Column(id="cost", title=N_("Cost/1M"), align="point", fold=7),
    Column(id="wear", title=N_("Wear"), align="right", fold=8),
    Column(id="asset", title=N_("In"), fold=9),
)

DAYS: Final = (
    Column(id="day", title=N_("UTC day")),
    Column(id="strategy", title=N_("Strategy"), fold=1, most=18),
    Column(id="fills", title=N_("Fills"), align="right", fold=5),
    Column(id="booked", title=N_("Booked"), align="point"),
    Column(id="realized", title=N_("Realised"), align="point", fold=4),
    Column(id="fees", title=N_("Fees"), align="point", fold=2),
    Column(id="funding", title=N_("Funding"), align="point", fold=6),
    Column(id="volume", title=N_("Volume"), align="point", fold=3),
    Column(id="maker", title=N_("Maker"), align="right", fold=7),
    Column(id="cost", title=N_("Cost/1M"), align="point", fold=8),
    Column(id="wear", title=N_("Wear"), align="right", fold=9),
)

ATTRIBUTION: Final = (
    Column(id="part", title=N_("Part")),
    Column(id="amount", title=N_("Amount"), align="point"),
    Column(id="share", title=N_("bps of volume"), align="point", fold=1),
)

MARKOUTS: Final = (
    Column(id="horizon", title=N_("After"), align="right"),
    Column(id="markout", title=N_("Markout"), align="point"),
    Column(id="error", title=N_("± bps"), align="point"),
    Column(id="n", title=N_("n"), align="right"),
    Column(id="adverse", title=N_("Adverse"), align="point", fold=1),
    Column(id="pending", title=N_("Wait"), align="right", fold=2),
    Column(id="missing", title=N_("Lost"), align="right", fold=3),
)

_PARTS: Final = (
    ("spread_capture", N_("Spread capture")),
    ("inventory", N_("Inventory")),
    ("fees", N_("Fees")),
    ("funding", N_("Funding")),
    ("hedge_slippage", N_("Hedge slippage")),
    ("mark_basis", N_("Mark basis")),
)

_REST: Final = N_("Not explained")

_MILLION: Final = Decimal(1_000_000)
_BPS: Final = Decimal(10_000)


def strategy_rows(board: Board) -> list[TableRow]:
    """A row for each strategy of the Board."""
    return [TableRow(row.name, _strategy(row)) for row in board.strategies]


def _strategy(row: StrategyRow) -> tuple[Cell, ...]:
    pnl, places, fine = row.pnl, cash_places(row.quote_asset), cash_places(row.quote_asset, fine=True)
    fees = amount(pnl.fees, fine)
    if not pnl.fees_complete:
        fees = Cell(fees.text + "?", "warning", pnl.fees)
    return (
        words(row.name, "strong"),
        amount(pnl.net, places),
        amount(pnl.day, places),
        amount(pnl.realized, places),
        amount(pnl.unrealized_mark, places),
        fees,
        amount(pnl.funding, fine),
        figure(pnl.volume, CASH_PLACES),
        _share(pnl.maker_share),
        _cost(pnl.cost_per_million),
        _wear(pnl.wear_rate_pct),
        words(row.quote_asset, "dim"),
    )


def strategy_total(board: Board, translate: Say) -> TableRow | None:
    """The sum of all strategies; None for fewer than two, or when they count in different assets.

    Net and today are the Board's; of the others a strategy that never ran has nothing to add, an unknown one makes the
    sum unknown.
    """
    _ = translate
    rows = board.strategies
    assets = {row.quote_asset for row in rows}
    if len(rows) < 2 or len(assets) != 1:  # noqa: PLR2004 - one row needs no sum
        return None
    asset = rows[0].quote_asset
    places, fine = cash_places(asset), cash_places(asset, fine=True)
    ran = [row for row in rows if row.phase != "idle"]
    volume = sum((row.pnl.volume for row in rows), ZERO)
    cells = (
        plain(_("Sum"), None, "total"),
        amount(board.net, places),
        amount(board.day_net, places),
        amount(sum((row.pnl.realized for row in rows), ZERO), places),
        amount(total(row.pnl.unrealized_mark for row in ran), places),
        amount(sum((row.pnl.fees for row in rows), ZERO), fine),
        amount(sum((row.pnl.funding for row in rows), ZERO), fine),
        figure(volume, CASH_PLACES),
        plain("", None),
        _cost(cost_per_million(board.net, volume)),
        _wear(wear_rate_pct(board.net, volume)),
        words(asset, "dim"),
    )
    return TableRow("\ntotal", cells)


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; unknown as soon as one part is."""
    result = ZERO
    for value in values:
        if value is None:
            return None
        result += value
    return result


def cost_per_million(net: Decimal | None, volume: Decimal) -> Decimal | None:
    """Cost of a million of volume, negative when trading earned (docs/accounting.md); unknown without volume."""
    return None if net is None or not volume else -net / volume * _MILLION


def wear_rate_pct(net: Decimal | None, volume: Decimal) -> Decimal | None:
    """Loss in percent of volume, 0 when trading earned (docs/accounting.md); unknown without volume."""
    return None if net is None or not volume else abs(min(net, ZERO)) / volume * HUNDRED


def _share(value: Decimal | None) -> Cell:
    return plain(
        numbers.percent(None if value is None else value * HUNDRED, 1), value, "dim" if value is None else "text"
    )


def _cost(value: Decimal | None) -> Cell:
    return Cell(numbers.number(value, CASH_PLACES), tone(None if value is None else -value), value)


def _wear(value: Decimal | None) -> Cell:
    return plain(numbers.percent(value, 4), value, "loss" if value else "dim" if value is None else "text")


def day_rows(days: Sequence[DayRow]) -> list[TableRow]:
    """A row for each day and strategy. Booked is what is certain: realised, fees and funding."""
    return [TableRow(f"{row.day}\n{row.strategy}", _day(row)) for row in days]


def _day(row: DayRow) -> tuple[Cell, ...]:
    booked, volume = row.realized + row.fees + row.funding, row.maker_volume + row.taker_volume
    share = row.maker_volume / volume if volume else None
    return (
        words(row.day),
        words(row.strategy, "strong"),
        count(row.fills),
        amount(booked, CASH_PLACES),
        amount(row.realized, CASH_PLACES),
        amount(row.fees, CASH_PLACES),
        amount(row.funding, CASH_PLACES),
        figure(volume, CASH_PLACES),
        _share(share),
        _cost(cost_per_million(booked, volume)),
        _wear(wear_rate_pct(booked, volume)),
    )


def attribution_rows(row: StrategyRow, translate: Say) -> list[TableRow]:
    """The parts of the net; what they do not explain of it stands first, where it is not zero."""
    places, volume = cash_places(row.quote_asset, fine=True), row.pnl.volume
    rows = []
    rest = unexplained(row)
    if rest:
        lost = amount(rest, max(places, numbers.places_of(rest)))
        rows.append(TableRow("\nrest", (words(translate(_REST)), lost, figure(None, 2)), "alarm"))
    for field, title in _PARTS:
        value: Decimal = getattr(row.attribution, field)
        share = value / volume * _BPS if volume else None
        rows.append(TableRow(field, (words(translate(title)), amount(value, places), figure(share, 2, "dim"))))
    return rows


def unexplained(row: StrategyRow) -> Decimal | None:
    """What the parts do not explain of the net: must be 0; None while the net is unknown."""
    return None if row.pnl.net is None else row.pnl.net - attribution_sum(row.attribution)


def attribution_sum(parts: AttributionRow) -> Decimal:
    """What all parts come to."""
    values: list[Decimal] = [getattr(parts, field) for field, _title in _PARTS]
    return sum(values, ZERO)


def attribution_total(row: StrategyRow, translate: Say) -> TableRow:
    """The sum, beside the net that it must be."""
    _ = translate
    value = attribution_sum(row.attribution)
    places, volume = cash_places(row.quote_asset, fine=True), row.pnl.volume
    share = value / volume * _BPS if volume else None
    cells = (plain(_("Sum"), None, "total"), amount(value, places), figure(share, 2, "dim"))
    return TableRow("\ntotal", cells, "alarm" if unexplained(row) else "")


def attribution_note(row: StrategyRow, translate: Say) -> str:
    """Whether the parts come to the net."""
    _ = translate
    if row.pnl.net is None:
        return _("net unknown: nothing to compare")
    return _("does NOT sum to net ✗") if unexplained(row) else _("sums to net ✓")


def markout_rows(markouts: Sequence[MarkoutRow]) -> list[TableRow]:
    """A row for each horizon; without samples everything is unknown."""
    return [TableRow(f"{row.horizon_s:g}", _markout(row)) for row in markouts]


def _markout(row: MarkoutRow) -> tuple[Cell, ...]:
    adverse = row.adverse_selection_bps
    return (
        plain(f"{row.horizon_s:g}s", row.horizon_s, "strong"),
        Cell(numbers.signed(row.markout_bps, 2), tone(row.markout_bps), row.markout_bps),
        figure(row.standard_error_bps, 2, "dim"),
        count(row.n),
        Cell(numbers.signed(adverse, 2), tone(None if adverse is None else -adverse), adverse),
        count(row.pending, "dim"),
        count(row.missing, alarm="warning"),
    )
