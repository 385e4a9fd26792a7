"""One perp_maker cell on a made-up instrument, and a venue that says yes at once: what step and replay measure with."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mmtui.core.markout import Markouts
from mmtui.core.order_table import OrderTable
from mmtui.core.pnl import PnlBook
from mmtui.core.risk import Approved, Limits
from mmtui.core.state import Policy, State
from mmtui.engine.cell import Cell
from mmtui.model.commands import (
    AmendOrder,
    CancelOrder,
    PlaceOrder,
    QueryBalances,
    QueryOpenOrders,
    QueryPosition,
)
from mmtui.model.events import Balance, Balances, Event, OpenOrders, OrderReport, PositionReport
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO
from mmtui.strategies import kind

ACCOUNT: Final = "bench"
PLENTY: Final = Decimal(1_000_000_000)
NEVER_NS: Final = 1 << 61

SOL: Final = Instrument(
    "bench:SOL", "bench", "SOL", MarketType.PERP, "SOL", "USDC", Decimal("0.01"), Decimal("0.01"),
    maker_fee_bps=Decimal(1), taker_fee_bps=Decimal(4),
)  # fmt: skip
LIMITS: Final = Limits(
    max_order_notional=PLENTY, max_position_notional=PLENTY, max_open_orders=20, max_daily_loss=PLENTY,
    max_drawdown=PLENTY, price_band_pct=Decimal(10), stale_after_ns=60 * 10**9,
)  # fmt: skip


def quoting_cell(
    facts: VenueFacts, *, policy: Policy | None = None, instrument: Instrument = SOL, **settings: Decimal | int
) -> Cell:
    """A perp_maker cell with one order a side, ready to be started."""
    maker = kind("perp_maker")
    state = State(
        run_id="bench", strategy="maker", kind="perp_maker", account=ACCOUNT, instrument=instrument, facts=facts,
        limits=LIMITS,
        policy=policy or Policy(), settings=maker.settings_type(max_orders=1, **settings),
        memory=maker.initial_memory(), orders=OrderTable(prefix="mm-maker-"),
        pnl=PnlBook.for_instrument(ACCOUNT, instrument), markouts=Markouts(),
    )  # fmt: skip
    return Cell(state, maker)


def yes(commands: Sequence[Approved], now_ns: int) -> list[Event]:
    """The reports of a venue that does at once what it is asked, and of an account that holds nothing but cash."""
    reports: list[Event] = []
    for command in (approved.command for approved in commands):
        if isinstance(command, PlaceOrder | AmendOrder):
            reports.append(
                OrderReport(
                    command.account, command.instrument, now_ns, OrderStatus.OPEN, command.client_order_id,
                    f"v{command.client_order_id}", command.side, command.price, command.quantity, ZERO,
                )
            )  # fmt: skip
        elif isinstance(command, CancelOrder):
            reports.append(
                OrderReport(
                    command.account, command.instrument, now_ns, OrderStatus.CANCELLED, command.client_order_id,
                    command.order_id, filled=ZERO,
                )
            )  # fmt: skip
        elif isinstance(command, QueryOpenOrders):
            reports.append(OpenOrders(command.account, command.instrument, now_ns, now_ns, []))
        elif isinstance(command, QueryPosition):
            reports.append(PositionReport(command.account, command.instrument, now_ns, now_ns, ZERO))
        elif isinstance(command, QueryBalances):
            reports.append(Balances(command.account, now_ns, now_ns, [Balance("USDC", PLENTY, PLENTY)]))
    return reports
