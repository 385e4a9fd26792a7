"""Rows of strategies over several legs: one row for the whole, and the pair of its two books for the pair screen."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from mmtui.core.legs import LegsState, imbalance
from mmtui.core.state import State
from mmtui.core.volume import Volume
from mmtui.engine.cell import Cell
from mmtui.engine.publish import settings_text, strategy_row
from mmtui.model.units import ZERO
from mmtui.strategies import Kind
from mmtui.views.board import AttributionRow, MarkoutRow, PairRow, PnlRow, StrategyRow


def cell_row(cell: Cell) -> StrategyRow:
    """One strategy as front ends see it.

    Over several legs market and account are those of the first, ``position`` is what the legs hold together, orders
    are those of all, and money is summed: their quote assets count 1:1.
    """
    desk = cell.desk
    if desk is None:
        return strategy_row(cell.state)
    rows = [strategy_row(leg) for leg in desk.legs]
    first = rows[0]
    held = imbalance(desk.legs, (ZERO,) * len(desk.legs))
    return replace(
        first,
        reason=desk.halted or desk.quotes.reason,
        why_not=tuple(dict.fromkeys(f"{row.account}: {line}" for row in rows for line in row.why_not)),
        waiting_for=tuple(f"{row.account}: {line}" for row in rows for line in row.waiting_for),
        position=held,
        average_entry=None,
        wanted=tuple(price for row in rows for price in row.wanted),
        orders=tuple(order for row in rows for order in row.orders),
        pnl=_pnl(desk.legs, [row.pnl for row in rows]),
        attribution=_attribution([row.attribution for row in rows]),
        markouts=tuple(_markout(same) for same in zip(*(row.markouts for row in rows), strict=False)),
        fills=sum(row.fills for row in rows),
        orders_placed=sum(row.orders_placed for row in rows),
        orders_cancelled=sum(row.orders_cancelled for row in rows),
        orders_amended=sum(row.orders_amended for row in rows),
        rejects=sum(row.rejects for row in rows),
        unknown_outcomes=sum(row.unknown_outcomes for row in rows),
        foreign_orders=sum(row.foreign_orders for row in rows),
        settings=settings_text(desk.settings),
    )


def pair_rows(cells: Iterable[Cell]) -> tuple[PairRow, ...]:
    """The strategies of two legs."""
    return tuple(_pair(cell.desk, cell.kind) for cell in cells if cell.desk is not None and len(cell.legs) == 2)  # noqa: PLR2004 - a pair


def _pair(desk: LegsState, kind: Kind) -> PairRow:
    first, second = desk.legs
    mid = first.mid if first.mid is not None else second.mid
    thresholds = None if kind.thresholds is None or mid is None else kind.thresholds(desk.settings, mid)
    unknown = first.position is None or second.position is None
    return PairRow(
        strategy=desk.strategy,
        first=first.instrument.id,
        second=second.instrument.id,
        first_position=first.position,
        second_position=second.position,
        sell_first_bps=None if thresholds is None else thresholds[0],
        sell_second_bps=None if thresholds is None else thresholds[1],
        accounts=(first.account, second.account),
        unhedged_ns=None if unknown else desk.now_ns - desk.unhedged_ns if desk.unhedged_ns else 0,
    )


def _pnl(legs: list[State], rows: list[PnlRow]) -> PnlRow:
    """Sums; a part that is unknown makes its sum unknown. Ratios are made anew from the sums."""
    volume = Volume()
    for leg in legs:
        own = leg.pnl.volume
        volume.buy += own.buy
        volume.sell += own.sell
        volume.maker += own.maker
        volume.taker += own.taker
        volume.fills += own.fills
    net = _sum(row.net for row in rows)
    return PnlRow(
        realized=sum((row.realized for row in rows), ZERO),
        unrealized_mark=_sum(row.unrealized_mark for row in rows),
        unrealized_touch=_sum(row.unrealized_touch for row in rows),
        fees=sum((row.fees for row in rows), ZERO),
        fees_complete=all(row.fees_complete for row in rows),
        funding=sum((row.funding for row in rows), ZERO),
        net=net,
        day=_sum(row.day for row in rows),
        volume=volume.total,
        buy_volume=volume.buy,
        sell_volume=volume.sell,
        maker_share=volume.maker_share,
        cost_per_million=None if net is None else volume.cost_per_million(net),
        wear_rate_pct=None if net is None else volume.wear_rate_pct(net),
    )


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _attribution(rows: list[AttributionRow]) -> AttributionRow:
    names = AttributionRow.__struct_fields__
    return AttributionRow(*(sum((getattr(row, name) for row in rows), ZERO) for name in names))


def _markout(same: tuple[MarkoutRow, ...]) -> MarkoutRow:
    """One horizon of all legs: a mean weighted by samples; the errors of single legs cannot be joined."""
    count = sum(row.n for row in same)
    known = [row for row in same if row.n and row.markout_bps is not None]
    mean = sum((row.markout_bps or 0.0) * row.n for row in known) / count if known else None
    missing, pending = sum(row.missing for row in same), sum(row.pending for row in same)
    return MarkoutRow(same[0].horizon_s, count, missing, pending, mean, None, None)
