"""Frozen rows of markets and strategies, as the engine would publish them; ``tests.ui.boards`` makes pictures."""

from decimal import Decimal
from math import sin
from typing import Final

from msgspec.structs import replace

from mmtui.model.events import Level
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.views.board import (
    AttributionRow,
    MarketRow,
    MarkoutRow,
    OrderRow,
    PnlRow,
    PricePoint,
    PriceRow,
    StrategyRow,
    TradeRow,
)

NOW_NS: Final = 1_769_862_896 * NS_PER_S
"""2026-01-31 12:34:56 UTC."""

SOL: Final = "m1:SOL-USDC-PERP"
BTC: Final = "m1:BTC-USDC-PERP"
MAKER: Final = "sol-maker"
TROUBLED: Final = "btc-做市"

_TICKS: Final = {SOL: Decimal("0.01"), BTC: Decimal("0.1")}
_LOTS: Final = {SOL: Decimal("0.01"), BTC: Decimal("0.0001")}
_MIDS: Final = {SOL: Decimal("150.235"), BTC: Decimal("95123.45")}
SYMBOLS: Final = {SOL: "SOL-USDC-PERP", BTC: "BTC-USDC-PERP"}
_BASES: Final = {SOL: "SOL", BTC: "BTC"}


def levels(instrument: str, side: Side, count: int = 20) -> tuple[Level, ...]:
    """Best first, one or two ticks apart, sizes that go up and down."""
    tick, mid = float(_TICKS[instrument]), float(_MIDS[instrument])
    places = 2 if instrument == SOL else 1
    unit = 12_000 / mid
    return tuple(
        (round(mid - side.sign * tick * (0.5 + k + k // 3), places), round(unit * (1.2 + sin(k * 1.7 + side.sign)), 4))
        for k in range(count)
    )


def trade(number: int, instrument: str = SOL) -> TradeRow:
    """The number-th public trade before now; every seventh has no known taker side."""
    side = None if number % 7 == 6 else (Side.BUY, Side.SELL)[number % 3 == 0]
    mid = float(_MIDS[instrument])
    return TradeRow(
        NOW_NS - number * 430 * NS_PER_MS,
        round(mid + float(_TICKS[instrument]) * (number % 5 - 2), 2 if instrument == SOL else 1),
        round(abs(sin(number)) * 900 / mid, 4),
        side,
    )


def market(instrument: str = SOL, **changes: object) -> MarketRow:
    """A market with 20 levels a side, 40 trades, ten minutes of history."""
    mid = float(_MIDS[instrument])
    row = MarketRow(
        instrument=instrument,
        venue="sim",
        symbol=SYMBOLS[instrument],
        base_asset=_BASES[instrument],
        quote_asset="USDC",
        tick_size=_TICKS[instrument],
        lot_size=_LOTS[instrument],
        bids=levels(instrument, Side.BUY),
        asks=levels(instrument, Side.SELL),
        trades=tuple(trade(k, instrument) for k in range(40)),
        history=tuple(
            PricePoint(NOW_NS - (600 - k) * NS_PER_S, round(mid * (1 + 0.0008 * sin(k / 60) + 0.0002 * sin(k / 7)), 4))
            for k in range(601)
        ),
        mark=_MIDS[instrument] + _TICKS[instrument],
        index=_MIDS[instrument] - 3 * _TICKS[instrument],
        funding_rate=Decimal("0.000125"),
        next_funding_ns=NOW_NS + 5_104 * NS_PER_S,
        book_age_ns=42 * NS_PER_MS,
        stream="up",
    )
    return replace(row, **changes)


def order(number: int, side: Side, level: int, instrument: str = SOL, **changes: object) -> OrderRow:
    """Our order of a level, on the grid."""
    tick = _TICKS[instrument]
    distance = tick * (6 + 5 * level)
    exact = _MIDS[instrument] - side.sign * distance
    row = OrderRow(
        client_order_id=f"mmA7-{number:04}",
        side=side,
        price=(exact // tick) * tick,
        quantity=Decimal("2.50") if instrument == SOL else Decimal("0.0040"),
        filled=Decimal(0),
        state="open",
        level=level,
        reduce_only=False,
        age_ns=(3 + 40 * level) * NS_PER_S,
    )
    return replace(row, **changes)


def pnl(**changes: object) -> PnlRow:
    """A small profit."""
    row = PnlRow(
        realized=Decimal("18.4127"),
        unrealized_mark=Decimal("-2.115"),
        unrealized_touch=Decimal("-2.31"),
        fees=Decimal("-4.0821"),
        fees_complete=True,
        funding=Decimal("-0.3312"),
        net=Decimal("11.8844"),
        day=Decimal("7.2051"),
        volume=Decimal("40821.337"),
        buy_volume=Decimal("20711.12"),
        sell_volume=Decimal("20110.217"),
        maker_share=Decimal("0.942"),
        cost_per_million=Decimal("-291.14"),
        wear_rate_pct=Decimal("-0.0291"),
    )
    return replace(row, **changes)


def attribution(**changes: object) -> AttributionRow:
    """Parts that sum to ``pnl().net``."""
    row = AttributionRow(
        spread_capture=Decimal("21.5021"),
        inventory=Decimal("-5.2044"),
        fees=Decimal("-4.0821"),
        funding=Decimal("-0.3312"),
        hedge_slippage=Decimal(0),
        mark_basis=Decimal(0),
    )
    return replace(row, **changes)


def markouts() -> tuple[MarkoutRow, ...]:
    """Four horizons, the longest without samples."""
    return (
        MarkoutRow(1.0, 128, 0, 1, 0.42, 0.11, 0.31),
        MarkoutRow(5.0, 126, 1, 2, 0.18, 0.16, 0.55),
        MarkoutRow(30.0, 120, 2, 7, -0.21, 0.34, 0.94),
        MarkoutRow(300.0, 0, 0, 12, None, None, None),
    )


SETTINGS: Final = {
    "spread_pct": "0.08",
    "quantity": "2.5",
    "max_orders": "3",
    "interval": "2",
    "target_position": "0",
    "max_position": "20",
    "position_threshold": "5",
    "inventory_skew": "0.5",
    "ladder": "spread",
    "stop_loss": "",
    "take_profit": "",
}


def maker(**changes: object) -> StrategyRow:
    """The strategy that works: quoting three levels a side on SOL."""
    orders = tuple(order(11 - k, Side.SELL, 3 - k) for k in (1, 2, 3)) + tuple(
        order(20 + k, Side.BUY, k) for k in range(3)
    )
    row = StrategyRow(
        name=MAKER,
        kind="perp_maker",
        account="sim",
        instrument=SOL,
        symbol=SYMBOLS[SOL],
        base_asset="SOL",
        quote_asset="USDC",
        tick_size=_TICKS[SOL],
        lot_size=_LOTS[SOL],
        phase="quoting",
        reason="quoting 3x3 around 150.235, load 0.18",
        why_not=(),
        waiting_for=(),
        stop_reason="",
        started_ns=NOW_NS - 7_384 * NS_PER_S,
        best_bid=Decimal("150.23"),
        best_ask=Decimal("150.24"),
        mid=_MIDS[SOL],
        mark=Decimal("150.24"),
        index=Decimal("150.21"),
        funding_rate=Decimal("0.000125"),
        book_age_ns=42 * NS_PER_MS,
        position=Decimal("3.60"),
        average_entry=Decimal("150.8225"),
        wanted=tuple(PriceRow(row.side, row.price, row.quantity) for row in orders),
        orders=orders,
        pnl=pnl(),
        attribution=attribution(),
        markouts=markouts(),
        fills=128,
        orders_placed=1_204,
        orders_cancelled=611,
        orders_amended=0,
        rejects=3,
        unknown_outcomes=0,
        foreign_orders=0,
        settings=dict(SETTINGS),
    )
    return replace(row, **changes)


def troubled(**changes: object) -> StrategyRow:
    """The strategy that cannot quote: position, mark and PnL unknown, reasons given, one order UNKNOWN."""
    row = replace(
        maker(),
        name=TROUBLED,
        instrument=BTC,
        symbol=SYMBOLS[BTC],
        base_asset="BTC",
        tick_size=_TICKS[BTC],
        lot_size=_LOTS[BTC],
        phase="paused",
        reason="no fresh book",
        why_not=(
            "buy level 0: position unknown: no new exposure",
            "sell level 0: position unknown: no new exposure",
            "sell level 1: below the minimum notional: 5",
        ),
        started_ns=NOW_NS - 95 * NS_PER_S,
        best_bid=None,
        best_ask=None,
        mid=None,
        mark=None,
        index=None,
        funding_rate=None,
        book_age_ns=9_400 * NS_PER_MS,
        position=None,
        average_entry=None,
        wanted=(),
        orders=(
            order(31, Side.SELL, 0, BTC, state="unknown", age_ns=6_200 * NS_PER_MS),
            order(30, Side.BUY, 0, BTC, filled=Decimal("0.0011"), state="open"),
        ),
        pnl=pnl(
            realized=Decimal(0), unrealized_mark=None, unrealized_touch=None, fees=Decimal("-0.0418"),
            fees_complete=False, funding=Decimal(0), net=None, day=None, volume=Decimal("104.52"),
            buy_volume=Decimal("104.52"), sell_volume=Decimal(0), maker_share=Decimal(1), cost_per_million=None,
            wear_rate_pct=None,
        ),
        attribution=attribution(
            spread_capture=Decimal(0), inventory=Decimal(0), fees=Decimal("-0.0418"), funding=Decimal(0)
        ),
        markouts=(),
        fills=1,
        orders_placed=9,
        orders_cancelled=7,
        rejects=0,
        unknown_outcomes=1,
        foreign_orders=1,
        settings=SETTINGS | {"quantity": "0.004", "max_position": "0.05", "position_threshold": "0.01"},
    )  # fmt: skip
    return replace(row, **changes)


def idle(name: str = "eth-idle", **changes: object) -> StrategyRow:
    """A strategy that is configured and not running."""
    row = replace(
        troubled(),
        name=name,
        phase="idle",
        reason="",
        why_not=(),
        started_ns=0,
        book_age_ns=None,
        orders=(),
        pnl=pnl(
            realized=Decimal(0), unrealized_mark=None, unrealized_touch=None, fees=Decimal(0), funding=Decimal(0),
            net=None, day=None, volume=Decimal(0), buy_volume=Decimal(0), sell_volume=Decimal(0), maker_share=None,
            cost_per_million=None, wear_rate_pct=None,
        ),
        fills=0,
        orders_placed=0,
        orders_cancelled=0,
        unknown_outcomes=0,
        foreign_orders=0,
        settings=dict(SETTINGS),
    )  # fmt: skip
    return replace(row, **changes)
