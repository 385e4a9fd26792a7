"""Frozen Boards as the engine would publish them: one quoting strategy, one full of unknowns, books, fills, alerts.

``board()`` is the whole picture; every part has a builder of its own whose keyword arguments replace fields.
"""

from decimal import Decimal
from math import sin
from typing import Final

from msgspec.structs import replace

from mmtui.model.events import Level
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.views.board import (
    AccountRow,
    AlertRow,
    AttributionRow,
    BalanceRow,
    Board,
    EquityPoint,
    FillRow,
    HealthRow,
    LimitRow,
    LogRow,
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
_SYMBOLS: Final = {SOL: "SOL-USDC-PERP", BTC: "BTC-USDC-PERP"}
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
        symbol=_SYMBOLS[instrument],
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
        symbol=_SYMBOLS[SOL],
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
        symbol=_SYMBOLS[BTC],
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


def account(**changes: object) -> AccountRow:
    """The simulated account: balances known, limits half used."""
    row = AccountRow(
        name="sim",
        venue="sim",
        balances=(
            BalanceRow("USDC", Decimal("10011.8844"), Decimal("8204.11")),
            BalanceRow("SOL", Decimal("3.60"), Decimal("3.60")),
        ),
        limits=(
            LimitRow("max_order_notional", Decimal(1_000), Decimal("375.59")),
            LimitRow("max_position_notional", Decimal(5_000), Decimal("540.85")),
            LimitRow("max_open_orders", Decimal(40), Decimal(8)),
            LimitRow("max_daily_loss", Decimal(200), Decimal(0)),
            LimitRow("max_drawdown", Decimal(300), None),
        ),
        streams={"private": "up"},
        secrets_set={},
        dead_mans_switch_s=None,
        foreign_orders=0,
    )
    return replace(row, **changes)


def venue_account(**changes: object) -> AccountRow:
    """An account of a network venue whose balances are unknown because its stream is down."""
    row = AccountRow(
        name="backpack-主",
        venue="backpack",
        balances=None,
        limits=(LimitRow("max_position_notional", Decimal(2_000), None),),
        streams={"private": "down", "public": "up"},
        secrets_set={"api_key": True, "secret_key": True, "passphrase": False},
        dead_mans_switch_s=41.5,
        foreign_orders=1,
    )
    return replace(row, **changes)


def fill(number: int, **changes: object) -> FillRow:
    """The number-th fill before now."""
    side = Side.BUY if number % 2 else Side.SELL
    row = FillRow(
        time_ns=NOW_NS - (7 + 53 * number) * NS_PER_S,
        strategy=MAKER,
        symbol=_SYMBOLS[SOL],
        trade_id=f"t{90_000 - number}",
        client_order_id=f"mmA7-{1000 - number:04}",
        side=side,
        price=Decimal("150.20") - side.sign * Decimal("0.06") + Decimal(number % 5) / 100,
        quantity=Decimal("2.50") if number % 4 else Decimal("0.85"),
        fee_cash=Decimal("-0.0376"),
        fee_asset="USDC",
        maker=number % 9 != 8,
        position=Decimal("3.60") + (Decimal("2.50") if number % 2 else Decimal(0)),
    )
    return replace(row, **changes)


def fills(count: int = 30) -> tuple[FillRow, ...]:
    """Newest first; the last one of the troubled strategy, its position unknown."""
    rows = [fill(k) for k in range(count - 1)]
    last = fill(count, strategy=TROUBLED, symbol=_SYMBOLS[BTC], price=Decimal("95020.1"), quantity=Decimal("0.0011"),
                position=None)  # fmt: skip
    return (*rows, last)


def alerts() -> tuple[AlertRow, ...]:
    """One error and one warning that wait, one that was seen."""
    return (
        AlertRow(1, NOW_NS - 600 * NS_PER_S, "warning", MAKER, "book is crossed", acknowledged=True),
        AlertRow(2, NOW_NS - 60 * NS_PER_S, "warning", TROUBLED, "no answer to the place in time", acknowledged=False),
        AlertRow(
            3, NOW_NS - 9 * NS_PER_S, "error", TROUBLED, "account stream lost: connection reset", acknowledged=False
        ),
    )


def equity(points: int = 120) -> tuple[EquityPoint, ...]:
    """Two hours, one point a minute, ending at the Board's net."""
    return tuple(
        EquityPoint(
            NOW_NS - (points - 1 - k) * 60 * NS_PER_S,
            Decimal("11.8844")
            - Decimal(points - 1 - k) / 10
            + Decimal(str(round(3 * sin(k / 9) - 3 * sin((points - 1) / 9), 4))),
        )
        for k in range(points)
    )


def log(number: int, **changes: object) -> LogRow:
    """A log line; errors and warnings among them, a Chinese one too."""
    level = {0: "error", 1: "warning", 2: "debug"}.get(number % 13, "info")
    text = {
        0: "account stream lost: connection reset",
        1: "no answer to the place in time",
        2: "step of 0.4 ms",
        5: "币安行情已恢复 (market data is back)",
    }.get(number % 13, f"placed mmA7-{number:04} buy 2.50 at 150.17")
    row = LogRow(number, NOW_NS - (400 - number) * 700 * NS_PER_MS, level, MAKER if number % 4 else "engine",
                 "order_placed" if level == "info" else "note", text)  # fmt: skip
    return replace(row, **changes)


def logs(count: int = 400) -> tuple[LogRow, ...]:
    """Oldest first, numbered from 1."""
    return tuple(log(number) for number in range(1, count + 1))


def board(version: int = 1, **changes: object) -> Board:
    """The whole picture in the sim stage."""
    row = Board(
        version=version,
        time_ns=NOW_NS,
        stage="sim",
        strategies=(maker(), troubled(), idle()),
        health=HealthRow(loop_lag_p99_ms=1.8, step_p99_us=212.0, inbox_depth=0, batches=48_211),
        markets=(market(SOL), market(BTC)),
        accounts=(account(),),
        fills=fills(),
        alerts=alerts(),
        equity=equity(),
        net=Decimal("11.8426"),
        day_net=Decimal("7.2051"),
        residual=Decimal("0.0000"),
        log_number=400,
    )
    return replace(row, **changes)


def empty_board(**changes: object) -> Board:
    """A picture before anything is known."""
    return replace(Board(0, NOW_NS, "sim", (), HealthRow(0.0, 0.0, 0, 0)), **changes)


def live_board(version: int = 1, **changes: object) -> Board:
    """The same strategies with real money, on a venue whose private stream is down."""
    return board(
        version, **{"stage": "live", "accounts": (account(name="aster-主", venue="aster"), venue_account()), **changes}
    )
