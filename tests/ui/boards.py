"""Frozen Boards as the engine would publish them: one quoting strategy, one full of unknowns, books, fills, alerts.

``board()`` is the whole picture; every part has a builder of its own whose keyword arguments replace fields. Rows of
markets and strategies are built in ``tests.ui.board_rows`` and offered here too.
"""

from decimal import Decimal
from math import sin

from msgspec.structs import replace

from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.views.board import (
    AccountRow,
    AlertRow,
    BalanceRow,
    Board,
    EquityPoint,
    FillRow,
    HealthRow,
    LimitRow,
    LogRow,
)
from tests.ui.board_rows import (
    BTC,
    MAKER,
    NOW_NS,
    SETTINGS,
    SOL,
    SYMBOLS,
    TROUBLED,
    attribution,
    idle,
    levels,
    maker,
    market,
    markouts,
    order,
    pnl,
    trade,
    troubled,
)

__all__ = [
    "BTC",
    "MAKER",
    "NOW_NS",
    "SETTINGS",
    "SOL",
    "SYMBOLS",
    "TROUBLED",
    "account",
    "alerts",
    "attribution",
    "board",
    "empty_board",
    "equity",
    "fill",
    "fills",
    "idle",
    "levels",
    "live_board",
    "log",
    "logs",
    "maker",
    "market",
    "markouts",
    "order",
    "pnl",
    "trade",
    "troubled",
    "venue_account",
]


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
        symbol=SYMBOLS[SOL],
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
    last = fill(count, strategy=TROUBLED, symbol=SYMBOLS[BTC], price=Decimal("95020.1"), quantity=Decimal("0.0011"),
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
