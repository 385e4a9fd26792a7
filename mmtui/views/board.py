"""The Board: one frozen picture of everything, published a few times a second; front ends poll it and are never called.

Amounts of money are in the quote asset of their row. None means unknown, which front ends show as such, never as zero.
"""

from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from mmtui.model.units import Side


class OrderRow(Struct, frozen=True, gc=False):
    """One live order of ours. ``state`` is the order state's value; ``age_ns`` since it was sent."""

    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal
    state: str
    level: int
    reduce_only: bool
    age_ns: int


class MarkoutRow(Struct, frozen=True, gc=False):
    """Markout of one horizon, both sides, in bps; None without samples."""

    horizon_s: float
    n: int
    missing: int
    pending: int
    markout_bps: float | None
    standard_error_bps: float | None
    adverse_selection_bps: float | None


class PnlRow(Struct, frozen=True, gc=False):
    """Profit and loss of one run; fees and funding are signed cash (paid negative). See core/pnl.py for meanings."""

    realized: Decimal
    unrealized_mark: Decimal | None
    unrealized_touch: Decimal | None
    fees: Decimal
    fees_complete: bool
    funding: Decimal
    net: Decimal | None
    day: Decimal | None
    volume: Decimal
    buy_volume: Decimal
    sell_volume: Decimal
    maker_share: Decimal | None
    cost_per_million: Decimal | None
    wear_rate_pct: Decimal | None


class AttributionRow(Struct, frozen=True, gc=False):
    """Where the net came from; the parts sum to it exactly."""

    spread_capture: Decimal
    inventory: Decimal
    fees: Decimal
    funding: Decimal
    hedge_slippage: Decimal
    mark_basis: Decimal


class PriceRow(Struct, frozen=True, gc=False):
    """One rung of the ladder as the strategy wants it."""

    side: Side
    price: Decimal
    quantity: Decimal


class StrategyRow(Struct, frozen=True, kw_only=True):
    """One running strategy.

    ``reason`` is the last decision's reason, ``why_not`` one line for each thing wanted that cannot be.
    ``waiting_for`` names what the start still waits for.
    """

    name: str
    kind: str
    account: str
    instrument: str
    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    lot_size: Decimal
    phase: str
    reason: str
    why_not: tuple[str, ...]
    waiting_for: tuple[str, ...]
    stop_reason: str
    started_ns: int
    best_bid: Decimal | None
    best_ask: Decimal | None
    mid: Decimal | None
    mark: Decimal | None
    index: Decimal | None
    funding_rate: Decimal | None
    book_age_ns: int | None
    position: Decimal | None
    average_entry: Decimal | None
    wanted: tuple[PriceRow, ...]
    orders: tuple[OrderRow, ...]
    pnl: PnlRow
    attribution: AttributionRow
    markouts: tuple[MarkoutRow, ...]
    fills: int
    orders_placed: int
    orders_cancelled: int
    orders_amended: int
    rejects: int
    unknown_outcomes: int
    foreign_orders: int
    settings: dict[str, str]


class HealthRow(Struct, frozen=True, gc=False):
    """The engine's own health: times in milliseconds over the last seconds, inbox depth in events."""

    loop_lag_p99_ms: float
    step_p99_us: float
    inbox_depth: int
    batches: int


class Board(Struct, frozen=True):
    """Everything, at one moment."""

    version: int
    time_ns: int
    stage: str
    strategies: tuple[StrategyRow, ...]
    health: HealthRow


class BoardSource(Protocol):
    """Where front ends look."""

    @property
    def latest(self) -> Board:
        """The newest picture."""
        ...

    @property
    def version(self) -> int:
        """Rises with every new picture; the same number means nothing to draw."""
        ...


class CommandSink(Protocol):
    """Where front ends speak. Each word becomes an event in a worker's inbox and is seen later on the Board."""

    def pause(self, strategy: str) -> None:
        """Quotes off, held."""
        ...

    def resume(self, strategy: str) -> None:
        """Quote again."""
        ...

    def stop(self, strategy: str, reason: str) -> None:
        """End one run: cancel, prove, stop."""
        ...

    def stop_all(self, reason: str) -> None:
        """End all runs."""
        ...

    def cancel_everything(self, strategy: str) -> None:
        """Cancel all orders of its account and symbol, foreign ones too."""
        ...
