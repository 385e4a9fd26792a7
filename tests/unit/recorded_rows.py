"""Builders for the tests of the recorded market: one instrument, a small book, orders."""

from decimal import Decimal

from mmtui.model.events import (
    BestPrices,
    BookSnapshot,
    Level,
    MarketEvent,
    PublicTrade,
    StreamDown,
)
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, Side
from mmtui.simulation.market import Execution, SimOrder
from mmtui.simulation.recorded import RecordedMarket, RecordedSettings

NAME = "replay:X"
COIN = Instrument(
    id=NAME,
    venue="replay",
    symbol="X",
    market_type=MarketType.PERP,
    base_asset="X",
    quote_asset="USD",
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.01"),
)
BIDS: list[Level] = [(100.0, 1.0), (99.9, 2.0), (99.8, 3.0)]
ASKS: list[Level] = [(100.2, 1.0), (100.3, 2.0), (100.4, 3.0)]


def book(time_ms: int = 0, bids: list[Level] | None = None, asks: list[Level] | None = None) -> BookSnapshot:
    return BookSnapshot(NAME, time_ms * NS_PER_MS, BIDS if bids is None else bids, ASKS if asks is None else asks)


def trade(price: float, size: float, taker: Side | None = Side.SELL, time_ms: int = 1) -> PublicTrade:
    return PublicTrade(NAME, time_ms * NS_PER_MS, price, size, taker)


def down(time_ms: int = 1) -> StreamDown:
    return StreamDown("public", time_ms * NS_PER_MS, "gap", NAME)


def best(bid: Level, ask: Level, time_ms: int = 0, venue_ms: int | None = None) -> BestPrices:
    venue_ns = None if venue_ms is None else venue_ms * NS_PER_MS
    return BestPrices(NAME, time_ms * NS_PER_MS, *bid, *ask, venue_ns)


def market(*events: MarketEvent, settings: RecordedSettings | None = None) -> RecordedMarket:
    made = RecordedMarket(COIN, settings)
    for event in events or (book(),):
        assert made.feed(event) == []
    return made


_numbers = iter(range(1, 1_000_000))


def order(
    side: Side,
    ticks: int,
    lots: int = 100,
    time_in_force: TimeInForce = TimeInForce.GTC,
    *,
    post_only: bool = False,
) -> SimOrder:
    number = str(next(_numbers))
    return SimOrder(
        order_id=number,
        account="a",
        client_order_id=number,
        side=side,
        price_ticks=ticks,
        quantity_lots=lots,
        remaining_lots=lots,
        arrived_ns=0,
        time_in_force=time_in_force,
        post_only=post_only,
    )


def resting(made: RecordedMarket, side: Side, ticks: int, lots: int = 100) -> SimOrder:
    placed = order(side, ticks, lots, post_only=True)
    assert made.place(placed, 0) == []
    return placed


def ahead_of(*orders: SimOrder) -> list[float]:
    return [round(one.queue_ahead_lots, 6) for one in orders]


def filled(executions: list[Execution]) -> list[tuple[str, int, int]]:
    return [(execution.order.order_id, execution.price_ticks, execution.quantity_lots) for execution in executions]
