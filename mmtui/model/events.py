"""What happened outside, as facts: market data, account reports, outcomes of commands, words of the operator.

Every event is frozen and carries ``time_ns``, the wall time at which this machine received it; decisions are made on
that time, so nothing looks ahead. ``venue_time_ns`` is the venue's own stamp where it gives one. Market events name the
``instrument`` (the book), account events the ``account`` too. Market figures are floats, account figures exact.
"""

from decimal import Decimal

from msgspec import Raw, Struct

from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import ZERO, Side

Level = tuple[float, float]
"""(price, size in base units)."""

# ---------------------------------------------------------------------------------------------------- market data


class BookSnapshot(Struct, frozen=True, gc=False, tag="book", array_like=True):
    """The whole visible book; bids and asks best first. Replaces whatever was known."""

    instrument: str
    time_ns: int
    bids: list[Level]
    asks: list[Level]
    sequence: int | None = None
    venue_time_ns: int | None = None


class BookDelta(Struct, frozen=True, gc=False, tag="delta", array_like=True):
    """Changed levels; size 0 deletes. ``previous_sequence`` is the sequence this delta follows (None: not linked)."""

    instrument: str
    time_ns: int
    bids: list[Level]
    asks: list[Level]
    sequence: int | None = None
    previous_sequence: int | None = None
    venue_time_ns: int | None = None


class BestPrices(Struct, frozen=True, gc=False, tag="bbo", array_like=True):
    """Best bid and ask with sizes, from a stream of their own. Sizes are 0 where the source gives none."""

    instrument: str
    time_ns: int
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    venue_time_ns: int | None = None


class PublicTrade(Struct, frozen=True, gc=False, tag="trade", array_like=True):
    """A trade of the market. ``taker_side`` is None where the source does not say."""

    instrument: str
    time_ns: int
    price: float
    size: float
    taker_side: Side | None = None
    trade_id: str | None = None
    venue_time_ns: int | None = None


class MarkPrice(Struct, frozen=True, gc=False, tag="mark", array_like=True):
    """The venue's mark price, with index and funding where given. ``funding_rate`` is the fraction per interval."""

    instrument: str
    time_ns: int
    mark: Decimal
    index: Decimal | None = None
    funding_rate: Decimal | None = None
    next_funding_ns: int | None = None
    venue_time_ns: int | None = None


class StreamUp(Struct, frozen=True, gc=False, tag="stream_up", array_like=True):
    """A stream delivers. ``stream`` is "public" (of ``instrument``) or "private" (of ``account``)."""

    stream: str
    time_ns: int
    instrument: str | None = None
    account: str | None = None


class StreamDown(Struct, frozen=True, gc=False, tag="stream_down", array_like=True):
    """A stream was lost or has a gap: what it fed is stale until a snapshot arrives."""

    stream: str
    time_ns: int
    reason: str
    instrument: str | None = None
    account: str | None = None


class Unrecognised(Struct, frozen=True, gc=False, tag="unrecognised", array_like=True):
    """A message no decoder knew; counted and shown, never dropped in silence. ``sample`` is cut and redacted."""

    source: str
    time_ns: int
    sample: str


# ---------------------------------------------------------------------------------------------------- account facts


class OrderReport(Struct, frozen=True, gc=False, tag="order", array_like=True):
    """What the venue says of one order. ``filled`` is cumulative; None where this message does not tell."""

    account: str
    instrument: str
    time_ns: int
    status: OrderStatus
    client_order_id: str | None = None
    order_id: str | None = None
    side: Side | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    filled: Decimal | None = None
    reduce_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reason: str = ""
    venue_time_ns: int | None = None


class Fill(Struct, frozen=True, gc=False, tag="fill", array_like=True):
    """One execution of ours. ``fee_cash`` is signed cash in ``fee_asset``: paid negative, rebate positive."""

    account: str
    instrument: str
    time_ns: int
    trade_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool
    client_order_id: str | None = None
    order_id: str | None = None
    venue_time_ns: int | None = None


class FundingPayment(Struct, frozen=True, gc=False, tag="funding", array_like=True):
    """Funding booked by the venue: signed cash, paid negative, received positive. ``payment_id`` makes it unique."""

    account: str
    instrument: str
    time_ns: int
    payment_id: str
    amount_cash: Decimal
    rate: Decimal | None = None
    venue_time_ns: int | None = None


class CommandRefused(Struct, frozen=True, gc=False, tag="refused", array_like=True):
    """The venue (or the gate before it) definitely did not do it."""

    account: str
    instrument: str
    time_ns: int
    action: Action
    client_order_id: str
    code: RefusalCode
    reason: str
    retry_after_ms: int | None = None


class CommandUnknown(Struct, frozen=True, gc=False, tag="unknown", array_like=True):
    """Timeout, reset, 5xx or an unreadable answer: it may or may not have happened."""

    account: str
    instrument: str
    time_ns: int
    action: Action
    client_order_id: str
    reason: str


class OpenOrders(Struct, frozen=True, gc=False, tag="open_orders", array_like=True):
    """The venue's list of open orders of this account and symbol, asked at ``asked_ns``."""

    account: str
    instrument: str
    time_ns: int
    asked_ns: int
    orders: list[OrderReport]


class PositionReport(Struct, frozen=True, gc=False, tag="position", array_like=True):
    """The venue's own position (perp) or base holding (spot), signed, in base units, asked for at ``asked_ns``."""

    account: str
    instrument: str
    time_ns: int
    asked_ns: int
    quantity: Decimal
    entry_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    leverage: Decimal | None = None
    """Notional that a unit of margin carries, as the venue has it set; None where it does not say."""


class Balance(Struct, frozen=True, gc=False, array_like=True):
    """One asset of an account: total (with lent and collateral) and free to use."""

    asset: str
    total: Decimal
    free: Decimal


class Balances(Struct, frozen=True, gc=False, tag="balances", array_like=True):
    """All balances of the account, asked or pushed at ``asked_ns``."""

    account: str
    time_ns: int
    asked_ns: int
    balances: list[Balance]


class FillsListed(Struct, frozen=True, gc=False, tag="fills_listed", array_like=True):
    """Every fill of ours since ``since_ns`` has been delivered as ``Fill`` events before this one."""

    account: str
    instrument: str
    time_ns: int
    since_ns: int


class ReadFailed(Struct, frozen=True, gc=False, tag="read_failed", array_like=True):
    """A query of the account failed: what it asked for is unknown, which is never zero."""

    account: str
    time_ns: int
    what: str
    reason: str
    instrument: str | None = None


class OrderMissing(Struct, frozen=True, gc=False, tag="order_missing", array_like=True):
    """Reconciliation found one of our live orders absent from the venue's list: no proof, a reason to ask."""

    account: str
    instrument: str
    time_ns: int
    client_order_id: str


class PositionAdjustment(Struct, frozen=True, gc=False, tag="position_adjustment", array_like=True):
    """The venue's position differed from ours twice with nothing in flight (manual trade, liquidation): ours follows.

    ``quantity`` is the signed change, valued at ``price``, so that it makes no profit by itself.
    """

    account: str
    instrument: str
    time_ns: int
    quantity: Decimal
    price: Decimal
    reason: str


class AccountTotals(Struct, frozen=True, gc=False, tag="totals", array_like=True):
    """What the account's other workers hold and reserve, told by the account room before anything is sent.

    ``granted`` is False while the room cannot vouch for the account (no new exposure then).
    """

    account: str
    time_ns: int
    granted: bool
    other_open_orders: int = 0
    other_day_pnl: Decimal = ZERO
    other_net_pnl: Decimal = ZERO


# ---------------------------------------------------------------------------------------------------- the operator


class Start(Struct, frozen=True, gc=False, tag="op_start", array_like=True):
    """Quoting may begin (all preparations are green)."""

    time_ns: int


class Pause(Struct, frozen=True, gc=False, tag="op_pause", array_like=True):
    """Cancel the quotes and hold still until resumed."""

    time_ns: int
    reason: str = "operator"


class Resume(Struct, frozen=True, gc=False, tag="op_resume", array_like=True):
    """Quote again after a pause."""

    time_ns: int


class Stop(Struct, frozen=True, gc=False, tag="op_stop", array_like=True):
    """End the run: quotes off, cancel, prove. ``reason`` stands in the summary (duration, signal, operator ...)."""

    time_ns: int
    reason: str


class CancelEverything(Struct, frozen=True, gc=False, tag="op_cancel_all", array_like=True):
    """Cancel all orders of the account and symbol, also foreign ones, and pause."""

    time_ns: int


class ChangeSettings(Struct, frozen=True, gc=False, tag="op_settings", array_like=True):
    """A running strategy gets new settings; ``settings`` is the encoded Settings of its kind."""

    time_ns: int
    settings: Raw


class ChangeLimits(Struct, frozen=True, gc=False, tag="op_limits", array_like=True):
    """The account of a running strategy gets new risk limits; ``limits`` are the encoded Limits of the risk gate.

    ``account`` says which of several accounts a strategy trades on is meant (None: all).
    """

    time_ns: int
    limits: Raw
    account: str | None = None


MarketEvent = BookSnapshot | BookDelta | BestPrices | PublicTrade | MarkPrice | StreamUp | StreamDown | Unrecognised
AccountEvent = (
    OrderReport
    | Fill
    | FundingPayment
    | CommandRefused
    | CommandUnknown
    | OpenOrders
    | PositionReport
    | Balances
    | FillsListed
    | ReadFailed
    | AccountTotals
    | OrderMissing
    | PositionAdjustment
)
OperatorEvent = Start | Pause | Resume | Stop | CancelEverything | ChangeSettings | ChangeLimits
Event = MarketEvent | AccountEvent | OperatorEvent
