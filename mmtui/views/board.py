"""The Board: one frozen picture of everything, published a few times a second; front ends poll it and are never called.

Amounts of money are in the quote asset of their row. None means unknown, which front ends show as such, never as zero.
"""

from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from mmtui.core.reward_band import RewardFigures
from mmtui.model.events import Level
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
    ``waiting_for`` names what the start still waits for. ``liquidation_price`` and ``margin`` are the venue's words on
    the position, None where it says nothing. ``rewards`` is what the meter of a maker programme shows, None where
    there is none.
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
    liquidation_price: Decimal | None = None
    margin: Decimal | None = None
    rewards: RewardFigures | None = None


class HealthRow(Struct, frozen=True, gc=False):
    """The engine's own health: times in milliseconds over the last seconds, inbox depth in events."""

    loop_lag_p99_ms: float
    step_p99_us: float
    inbox_depth: int
    batches: int


class TradeRow(Struct, frozen=True, gc=False):
    """One public trade; ``taker_side`` is None where the venue does not say."""

    time_ns: int
    price: float
    size: float
    taker_side: Side | None


class PricePoint(Struct, frozen=True, gc=False):
    """Mid of an instrument at a time, for charts."""

    time_ns: int
    mid: float


class MarketRow(Struct, frozen=True, kw_only=True):
    """One instrument's market: book, trades, mark. Prices and sizes of levels are floats, best first.

    ``stream`` is "up", "down" or "starting". ``history`` is at most one point a second, oldest first.
    """

    instrument: str
    venue: str
    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    lot_size: Decimal
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    trades: tuple[TradeRow, ...]
    history: tuple[PricePoint, ...]
    mark: Decimal | None
    index: Decimal | None
    funding_rate: Decimal | None
    next_funding_ns: int | None
    book_age_ns: int | None
    stream: str


class BalanceRow(Struct, frozen=True, gc=False):
    """One asset of an account."""

    asset: str
    total: Decimal
    free: Decimal


class LimitRow(Struct, frozen=True, gc=False):
    """One risk limit of an account: its configuration name, the limit, and how much of it is used (None: unknown)."""

    name: str
    limit: Decimal
    used: Decimal | None


class AccountRow(Struct, frozen=True, kw_only=True):
    """One account.

    ``balances`` is None while unknown; ``secrets_set`` tells which credential fields are present, never what they are;
    ``dead_mans_switch_s`` is the time left on the venue's own switch, None where there is none.
    """

    name: str
    venue: str
    balances: tuple[BalanceRow, ...] | None
    limits: tuple[LimitRow, ...]
    streams: dict[str, str]
    secrets_set: dict[str, bool]
    dead_mans_switch_s: float | None
    foreign_orders: int


class FillRow(Struct, frozen=True, gc=False):
    """One of our fills. ``fee_cash`` is signed cash in ``fee_asset``."""

    time_ns: int
    strategy: str
    symbol: str
    trade_id: str
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool
    position: Decimal | None


class AlertRow(Struct, frozen=True, gc=False):
    """Something that wants a person's eye until acknowledged. ``number`` identifies it."""

    number: int
    time_ns: int
    level: str
    strategy: str
    text: str
    acknowledged: bool


class EquityPoint(Struct, frozen=True, gc=False):
    """Sum of all strategies' net PnL at a time."""

    time_ns: int
    net: Decimal


class LogRow(Struct, frozen=True, gc=False):
    """One log line; ``number`` rises by one per line, so that a reader sees what it missed."""

    number: int
    time_ns: int
    level: str
    source: str
    event: str
    text: str


class PairRow(Struct, frozen=True, kw_only=True):
    """One two-leg strategy. ``first`` and ``second`` are instruments of ``Board.markets``, positions in base units.

    ``accounts`` are those of the legs, empty where the engine does not tell.

    ``sell_first_bps`` is the threshold for selling the first leg and buying the second (best bid of the first above
    best ask of the second), ``sell_second_bps`` the other way round, both in bps of the price between. ``unhedged_ns``
    is how long the legs have not cancelled out, 0 while they do.
    """

    strategy: str
    first: str
    second: str
    first_position: Decimal | None
    second_position: Decimal | None
    sell_first_bps: Decimal | None
    sell_second_bps: Decimal | None
    unhedged_ns: int | None
    accounts: tuple[str, str] = ("", "")


class Board(Struct, frozen=True):
    """Everything, at one moment. Strategies that are configured but not running stand here too, in phase "idle".

    ``fills`` are the latest ones, newest first; ``residual`` is what our books do not explain of the venue's equity
    (None: unknown); ``day_net`` is the net PnL since 00:00 UTC. ``risk`` are the limits that hold for every account
    (text by name, as in the configuration), ``places`` the absolute paths where things are kept, by name (settings,
    database, journal, logs); both are empty where the engine does not tell.
    """

    version: int
    time_ns: int
    stage: str
    strategies: tuple[StrategyRow, ...]
    health: HealthRow
    markets: tuple[MarketRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    fills: tuple[FillRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    equity: tuple[EquityPoint, ...] = ()
    net: Decimal | None = None
    day_net: Decimal | None = None
    residual: Decimal | None = None
    log_number: int = 0
    pairs: tuple[PairRow, ...] = ()
    risk: dict[str, str] = {}
    places: dict[str, str] = {}


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

    def log_since(self, number: int, limit: int = 500) -> tuple[LogRow, ...]:
        """Log lines with a higher number, oldest first; those that fell out of the ring are gone."""
        ...
