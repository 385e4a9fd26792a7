"""Boards that lists must bear: many strategies, huge and negative figures, long Chinese names, two legs."""

from decimal import Decimal

from msgspec.structs import replace

from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.views.board import Board, PairRow, StrategyRow
from mmtui.views.queries import DayRow, OrderHistoryRow
from tests.ui import boards

LONG_CJK = "超长名称的比特币永续合约做市策略甲"
SECOND_SOL = "m2:SOL-USDT-PERP"


def many(count: int = 50, version: int = 1) -> Board:
    """So many strategies, each a little different; every seventh is in trouble."""
    return boards.board(version, strategies=tuple(numbered(k) for k in range(count)), alerts=())


def numbered(number: int) -> StrategyRow:
    """The number-th of many."""
    name = f"maker-{number:02}"
    if number % 7 == 6:
        return boards.troubled(name=name)
    net = Decimal(number * number - 300) / 7
    return boards.maker(
        name=name, position=Decimal(number - 20), fills=number * 13, pnl=boards.pnl(net=net, day=net / 3)
    )


def extreme(version: int = 1) -> Board:
    """Figures as large, small and negative as they may come, and a name in wide characters."""
    row = boards.maker(
        name=LONG_CJK,
        position=Decimal("-123456789.12"),
        average_entry=Decimal("0.00000123"),
        mark=Decimal("98765432.10"),
        fills=12_345_678,
        started_ns=boards.NOW_NS - 400 * 86_400 * NS_PER_S,
        liquidation_price=Decimal("98765440.00"),
        margin=Decimal("1234567890.12"),
        pnl=boards.pnl(
            net=Decimal("-9876543210.98"),
            day=Decimal("-1234567.89"),
            realized=Decimal("-9999999999.99"),
            unrealized_mark=Decimal("123456789.01"),
            volume=Decimal("987654321987.65"),
            cost_per_million=Decimal("10000.12"),
            wear_rate_pct=Decimal("1.0001"),
        ),
    )
    return boards.board(
        version, strategies=(row, boards.troubled()), net=None, day_net=None, residual=Decimal("-12.345")
    )


def second_leg() -> StrategyRow:
    """The same asset on another venue, a little dearer, held short."""
    return boards.maker(
        name="sol-hedge",
        account="paper-2",
        instrument=SECOND_SOL,
        symbol="SOL-USDT-PERP",
        best_bid=Decimal("150.40"),
        best_ask=Decimal("150.42"),
        mid=Decimal("150.41"),
        position=Decimal("-2.10"),
        orders=(),
        wanted=(),
    )


def two_legs(version: int = 1, *, pair: bool = True, unhedged_ns: int | None = 2_300 * NS_PER_MS) -> Board:
    """Two instruments of one asset, and a two-leg strategy on them unless it is left out."""
    row = PairRow(
        strategy="sol-arb",
        first=boards.SOL,
        second=SECOND_SOL,
        first_position=Decimal("3.60"),
        second_position=Decimal("-2.10"),
        sell_first_bps=Decimal("8.00"),
        sell_second_bps=Decimal("8.00"),
        unhedged_ns=unhedged_ns,
    )
    return boards.board(
        version,
        strategies=(boards.maker(), second_leg()),
        markets=(boards.market(boards.SOL), boards.market(boards.BTC)),
        pairs=(row,) if pair else (),
        alerts=(),
    )


def days() -> tuple[DayRow, ...]:
    """Three UTC days of two strategies, one without any volume."""
    row = DayRow(
        day="2026-01-31",
        strategy=boards.MAKER,
        fills=128,
        realized=Decimal("18.4127"),
        fees=Decimal("-4.0821"),
        funding=Decimal("-0.3312"),
        maker_volume=Decimal("38453.70"),
        taker_volume=Decimal("2367.637"),
    )
    quiet = replace(row, strategy=boards.TROUBLED, fills=0, realized=Decimal(0), fees=Decimal(0), funding=Decimal(0),
                    maker_volume=Decimal(0), taker_volume=Decimal(0))  # fmt: skip
    lost = replace(row, day="2026-01-30", realized=Decimal("-120.5"), fills=941)
    return (row, quiet, lost)


def past_order(number: int, **changes: object) -> OrderHistoryRow:
    """The number-th order of the ledger before now; some filled, some refused, one unknown."""
    reason = {0: "post_only_would_cross", 1: ""}.get(number % 5, "")
    state, done = ("unknown", "") if number == 3 else ("done", ("rejected", "filled", "cancelled")[number % 3])
    row = OrderHistoryRow(
        time_ns=boards.NOW_NS - number * 17 * NS_PER_S,
        strategy=boards.MAKER if number % 4 else boards.TROUBLED,
        symbol="SOL-USDC-PERP",
        client_order_id=f"mmA7-{5000 - number:04}",
        side=Side.BUY if number % 2 else Side.SELL,
        price=Decimal("150.20") + Decimal(number % 9) / 100,
        quantity=Decimal("2.50"),
        filled=Decimal("2.50") if done == "filled" else Decimal(0),
        state=state,
        done_reason=done,
        reason=reason,
    )
    return replace(row, **changes)
