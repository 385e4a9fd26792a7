"""Turns one worker's state into its rows of the Board; the desk decides when."""

from typing import Any

from msgspec import Struct

from mmtui.core.lifecycle import missing_preparations
from mmtui.core.state import Phase, State
from mmtui.model.units import NS_PER_S, Side
from mmtui.views.board import AttributionRow, MarkoutRow, OrderRow, PnlRow, PriceRow, StrategyRow

PUBLISH_EVERY_NS = 100_000_000


def pnl_row(state: State) -> PnlRow:
    """Profit and loss of one run at its mark, else its mid."""
    figures = state.pnl.figures(state.reference, state.best_bid, state.best_ask)
    return PnlRow(
        realized=figures.realized_pnl,
        unrealized_mark=figures.unrealized_pnl,
        unrealized_touch=figures.unrealized_touch,
        fees=figures.fees,
        fees_complete=figures.fees_complete,
        funding=figures.funding,
        net=figures.net_pnl,
        day=figures.day_pnl,
        volume=figures.volume_quote,
        buy_volume=figures.buy_volume,
        sell_volume=figures.sell_volume,
        maker_share=figures.maker_share,
        cost_per_million=figures.cost_per_million,
        wear_rate_pct=figures.wear_rate_pct,
    )


def attribution_row(state: State) -> AttributionRow:
    """Where the net came from."""
    parts = state.pnl.attribute(state.reference, state.mid)
    return AttributionRow(
        parts.spread_capture, parts.inventory, parts.fees, parts.funding, parts.hedge_slippage, parts.mark_basis
    )


def markout_rows(state: State) -> tuple[MarkoutRow, ...]:
    """Markouts of both sides together, one row a horizon."""
    return tuple(
        MarkoutRow(
            row.horizon_ns / NS_PER_S,
            row.n,
            row.missing,
            row.pending,
            row.markout_bps,
            row.standard_error_bps,
            row.adverse_selection_bps,
        )
        for row in state.markouts.figures()
        if row.side is None
    )


def order_rows(state: State) -> tuple[OrderRow, ...]:
    """Our live orders, asks from the top down to the bids."""
    rows = [
        OrderRow(
            order.client_order_id, order.side, order.price, order.quantity, order.filled, order.state.value,
            order.level, order.reduce_only, state.now_ns - order.created_ns,
        )
        for order in state.orders.live.values()
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: row.price, reverse=True))


def settings_text(settings: Any) -> dict[str, str]:  # noqa: ANN401 - each kind has its own Settings
    """Settings as text by name, for people."""
    if not isinstance(settings, Struct):
        return {}
    return {name: _text(getattr(settings, name)) for name in settings.__struct_fields__}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def strategy_row(state: State) -> StrategyRow:
    """One strategy as front ends see it."""
    instrument, counters, quotes = state.instrument, state.orders.counters, state.quotes
    wanted = [PriceRow(Side.BUY, quote.price, quote.quantity) for quote in quotes.bids]
    wanted += [PriceRow(Side.SELL, quote.price, quote.quantity) for quote in quotes.asks]
    return StrategyRow(
        name=state.strategy,
        kind=state.kind,
        account=state.account,
        instrument=instrument.id,
        symbol=instrument.symbol,
        base_asset=instrument.base_asset,
        quote_asset=instrument.quote_asset,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        phase=state.phase.value,
        reason=quotes.reason,
        why_not=tuple(state.why_not),
        waiting_for=tuple(missing_preparations(state)) if state.phase is Phase.PREPARING else (),
        stop_reason="" if state.stop is None else state.stop.reason,
        started_ns=state.started_ns,
        best_bid=state.best_bid,
        best_ask=state.best_ask,
        mid=state.mid,
        mark=state.mark,
        index=state.index,
        funding_rate=state.funding_rate,
        book_age_ns=state.now_ns - state.book.time_ns if state.book.ready else None,
        position=state.position,
        average_entry=state.pnl.position.average_entry(instrument.multiplier),
        wanted=tuple(wanted),
        orders=order_rows(state),
        pnl=pnl_row(state),
        attribution=attribution_row(state),
        markouts=markout_rows(state),
        fills=counters.fills,
        orders_placed=counters.placed,
        orders_cancelled=counters.cancelled,
        orders_amended=counters.amended,
        rejects=counters.rejects,
        unknown_outcomes=counters.unknown_outcomes,
        foreign_orders=len(state.orders.foreign),
        settings=settings_text(state.settings),
        rewards=None if state.rewards is None else state.rewards.figures(state.now_ns),
    )
