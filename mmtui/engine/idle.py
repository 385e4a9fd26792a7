"""The Board's row of a strategy that is configured and does not run."""

from mmtui.config import StrategyConfig
from mmtui.engine.markets import MarketWatch
from mmtui.engine.publish import settings_text
from mmtui.model.instrument import Instrument
from mmtui.model.units import ONE, ZERO
from mmtui.views.board import AttributionRow, PnlRow, StrategyRow


def idle_row(
    strategy: StrategyConfig, instrument: Instrument | None, watch: MarketWatch | None, fault: str = ""
) -> StrategyRow:
    """A row without a run: the market as far as it is watched, nothing held that we know of, no figures yet.

    ``instrument`` is None where the symbol cannot be traded here; ``fault`` then says why.
    """
    row = None if watch is None else watch.row(watch.book.time_ns)
    bid, ask = (None, None) if watch is None else watch.touch
    return StrategyRow(
        name=strategy.name,
        kind=strategy.kind,
        account=strategy.account_names[0],
        instrument="" if instrument is None else instrument.id,
        symbol=strategy.symbol_names[0] if instrument is None else instrument.symbol,
        base_asset="" if instrument is None else instrument.base_asset,
        quote_asset="" if instrument is None else instrument.quote_asset,
        tick_size=ONE if instrument is None else instrument.tick_size,
        lot_size=ONE if instrument is None else instrument.lot_size,
        phase="idle",
        reason=fault or "not started",
        why_not=(fault,) if fault else (),
        waiting_for=(),
        stop_reason="",
        started_ns=0,
        best_bid=bid,
        best_ask=ask,
        mid=None if bid is None or ask is None else (bid + ask) / 2,
        mark=None if row is None else row.mark,
        index=None if row is None else row.index,
        funding_rate=None if row is None else row.funding_rate,
        book_age_ns=None,
        position=None,
        average_entry=None,
        wanted=(),
        orders=(),
        pnl=PnlRow(ZERO, None, None, ZERO, True, ZERO, None, None, ZERO, ZERO, ZERO, None, None, None),  # noqa: FBT003 - a row of columns
        attribution=AttributionRow(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO),
        markouts=(),
        fills=0,
        orders_placed=0,
        orders_cancelled=0,
        orders_amended=0,
        rejects=0,
        unknown_outcomes=0,
        foreign_orders=0,
        settings=settings_text(strategy.settings),
    )
