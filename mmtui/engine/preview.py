"""What a strategy with given settings would do now: its own decide(), conformed and judged, and nothing sent."""

from decimal import Decimal
from typing import Any

from mmtui.core.conform import Target, conform
from mmtui.core.risk import Exposure, Limits, Refusal, judge_place
from mmtui.engine.markets import MarketWatch
from mmtui.model.commands import PlaceOrder
from mmtui.model.orders import TimeInForce
from mmtui.model.quotes import Decision, Snapshot
from mmtui.model.units import BPS, ZERO, Side
from mmtui.strategies import Kind
from mmtui.views.queries import Preview, PreviewOrder


def preview(
    watch: MarketWatch,
    kind: Kind,
    settings: Any,  # noqa: ANN401 - each kind has its own Settings
    limits: Limits,
    position: Decimal | None,
    balances: tuple[Decimal | None, Decimal | None],
    now_ns: int,
) -> Preview:
    """Decide once on the present book. ``balances`` are totals of base and quote, None while unknown."""
    snapshot = _snapshot(watch, limits, position, balances, now_ns)
    decision: Decision[Any] = kind.decide(settings, snapshot, kind.initial_memory())
    quotes = decision.quotes
    targets = conform(quotes, watch.instrument, snapshot.best_bid, snapshot.best_ask)
    exposure = Exposure(
        position=position,
        worst_buys=ZERO,
        worst_sells=ZERO,
        open_orders=0,
        other_open_orders=0,
        reference=watch.mark if watch.mark is not None else snapshot.mid,
        book_age_ns=None if snapshot.mid is None else now_ns - watch.book.time_ns,
        granted=True,
        exposure_allowed=True,
    )
    orders = tuple(_judged(target, watch, limits, exposure, snapshot.mid) for target in targets.bids + targets.asks)
    reason = quotes.reason if decision.close is None else f"{quotes.reason} (would close first)"
    reasons = [reason, *targets.dropped]
    held = position or ZERO
    bought = sum((order.quantity for order in orders if order.side is Side.BUY and not order.refused), ZERO)
    sold = sum((order.quantity for order in orders if order.side is Side.SELL and not order.refused), ZERO)
    known = position is not None
    return Preview(orders, "; ".join(reasons), (), held + bought if known else None, held - sold if known else None)


def _snapshot(
    watch: MarketWatch,
    limits: Limits,
    position: Decimal | None,
    balances: tuple[Decimal | None, Decimal | None],
    now_ns: int,
) -> Snapshot:
    book, instrument = watch.book, watch.instrument
    bid, ask = watch.touch
    return Snapshot(
        now_ns=now_ns,
        instrument=instrument,
        best_bid=bid,
        best_ask=ask,
        mid=None if bid is None or ask is None else (bid + ask) / 2,
        mark=watch.mark,
        book_time_ns=book.time_ns,
        position=position,
        average_entry=None,
        unrealized_pnl=ZERO if position == ZERO else None,
        base_total=balances[0],
        quote_total=balances[1],
        fills=0,
        stale_after_ns=limits.stale_after_ns,
        bids=book.top_bids(5),
        asks=book.top_asks(5),
    )


def _judged(
    target: Target, watch: MarketWatch, limits: Limits, exposure: Exposure, mid: Decimal | None
) -> PreviewOrder:
    instrument = watch.instrument
    command = PlaceOrder(
        "preview", instrument.id, "preview", target.side, target.price, target.quantity, TimeInForce.GTC
    )
    verdict = judge_place(command, instrument, limits, exposure)
    refused = f"{verdict.limit}: {verdict.reason}" if isinstance(verdict, Refusal) else ""
    distance = 0.0 if not mid else float(abs(target.price - mid) / mid * BPS)
    notional = instrument.notional(target.price, target.quantity)
    return PreviewOrder(target.side, target.price, target.quantity, notional, distance, refused)
