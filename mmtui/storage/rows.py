"""The rows of the ledger, as typed values. Field names are column names.

In every row ``venue``, ``account`` and ``symbol`` say where; ``account`` must be the venue's own identity of the
account (address, index, key id), not a name out of a configuration, or a renamed account would see its fills twice.
``scope`` is empty on real venues; on simulated and replayed ones, whose trade ids begin anew with each run, it is the
run id.
Times are nanoseconds since 1970-01-01 UTC; the database shows each also as ISO-8601 text (``time_utc`` and so on).
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.orders import DoneReason, OrderState, TimeInForce
from mmtui.model.units import ZERO, Side


class RunRow(Struct, frozen=True, kw_only=True):
    """One run of the program. Put again at its end; the same ``run_id`` replaces."""

    run_id: str
    started_ns: int
    stage: str
    mmtui_version: str
    configuration: str = ""
    ended_ns: int | None = None
    exit_code: int | None = None
    reason: str = ""


class OrderRow(Struct, frozen=True, kw_only=True, gc=False):
    """The life of one order as last known. Put again at each change; the same order of the same run replaces."""

    run_id: str
    strategy: str
    venue: str
    account: str
    symbol: str
    client_order_id: str
    order_id: str | None = None
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal = ZERO
    state: OrderState
    done_reason: DoneReason | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = True
    reduce_only: bool = False
    reason: str = ""
    created_ns: int
    updated_ns: int


class OrderEventRow(Struct, frozen=True, kw_only=True, gc=False):
    """One change in the life of an order: sent, open, cancel sent, unknown, filled ..."""

    run_id: str
    strategy: str
    venue: str
    account: str
    symbol: str
    client_order_id: str
    time_ns: int
    event: str
    detail: str = ""


class FillRow(Struct, frozen=True, kw_only=True, gc=False):
    """One execution of ours; unique by scope, venue, account, symbol and trade id.

    ``fee_cash`` is signed cash in ``fee_asset``: paid negative. ``purpose`` says what for: quote, close, take,
    rebalance ... ``realized_pnl`` is what this fill realised before fees, None where it cannot be known.
    """

    run_id: str
    strategy: str
    scope: str = ""
    venue: str
    account: str
    symbol: str
    trade_id: str
    time_ns: int
    venue_time_ns: int | None = None
    side: Side
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool
    client_order_id: str | None = None
    order_id: str | None = None
    purpose: str = ""
    realized_pnl: Decimal | None = None


class FundingRow(Struct, frozen=True, kw_only=True, gc=False):
    """One funding payment: signed cash, paid negative; unique by scope, venue, account, symbol and payment id."""

    run_id: str
    strategy: str
    scope: str = ""
    venue: str
    account: str
    symbol: str
    payment_id: str
    time_ns: int
    amount_cash: Decimal
    rate: Decimal | None = None


class PositionRow(Struct, frozen=True, kw_only=True, gc=False):
    """A snapshot of a position, signed, in base units; figures that cannot be known are None."""

    run_id: str
    strategy: str
    venue: str
    account: str
    symbol: str
    time_ns: int
    quantity: Decimal
    average_entry: Decimal | None = None
    mark: Decimal | None = None
    realized_pnl: Decimal
    unrealized_pnl: Decimal | None = None


class BalanceRow(Struct, frozen=True, kw_only=True, gc=False):
    """A snapshot of one asset of an account."""

    run_id: str
    venue: str
    account: str
    asset: str
    time_ns: int
    total: Decimal
    free: Decimal


class DailyPnlRow(Struct, frozen=True, kw_only=True, gc=False):
    """One UTC day of one strategy in one run; put again as the day grows. ``day`` is ``YYYY-MM-DD``.

    Fees and funding are signed cash. The wear rate is for the reader to compute: min(net, 0) / volume.
    """

    run_id: str
    strategy: str
    venue: str
    account: str
    symbol: str
    day: str
    fills: int
    maker_volume_quote: Decimal
    taker_volume_quote: Decimal
    realized_pnl: Decimal
    fees: Decimal
    funding: Decimal
    updated_ns: int


Row = RunRow | OrderRow | OrderEventRow | FillRow | FundingRow | PositionRow | BalanceRow | DailyPnlRow
