"""What Lighter writes, as typed structs. Unknown fields are ignored.

The market's figures are floats with bounds, which the decoder checks as it reads; the account's are decimals, checked
by ``figures.exact``. Fields that are zero or empty may be left out by the venue, so nearly all have a default.
"""

from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from mmtui.exchanges.lighter.figures import UNREADABLE, MarketId, Number, Price, Size, Stamp
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage

T = TypeVar("T")

# ------------------------------------------------------------------------------------------------------------ markets


class LevelRow(Struct, gc=False):
    """A price and the size that stands there; 0 removes it."""

    price: Price
    size: Size


class BookData(Struct, gc=False, kw_only=True):
    """A book or its changes. ``nonce`` numbers its state, ``begin_nonce`` the state that a change follows."""

    asks: list[LevelRow]
    bids: list[LevelRow]
    nonce: Number | None = None
    begin_nonce: Number | None = None
    offset: Number = 0
    last_updated_at: Stamp = 0


class OrderLevelRow(Struct, gc=False):
    """One resting order of the public book."""

    price: Price
    remaining_base_amount: Size


class BookOrders(Struct, gc=False):
    """The public book, order by order, without a number."""

    asks: list[OrderLevelRow]
    bids: list[OrderLevelRow]


class BestRow(Struct, gc=False):
    """Best ask and bid."""

    a: LevelRow
    b: LevelRow
    s: str = ""
    last_updated_at: Stamp = 0


class StatsRow(Struct, gc=False, kw_only=True):
    """Mark, index and funding of one perp; funding in percent of the hour, its time in milliseconds."""

    market_id: MarketId
    symbol: str = ""
    mark_price: Decimal
    index_price: Decimal = ZERO
    open_interest: Decimal = ZERO
    last_trade_price: Decimal = ZERO
    current_funding_rate: Decimal | None = None
    funding_rate: Decimal | None = None
    funding_timestamp: Stamp = 0


class TradeRow(Struct, gc=False, kw_only=True):
    """A trade: ``timestamp`` in milliseconds, ``transaction_time`` in microseconds, fees in millionths of its worth."""

    trade_id: Number
    market_id: MarketId
    type: str = "trade"
    price: Decimal
    size: Decimal
    usd_amount: Decimal = ZERO
    ask_id: Number = 0
    bid_id: Number = 0
    ask_client_id: Number = 0
    bid_client_id: Number = 0
    ask_account_id: Number = 0
    bid_account_id: Number = 0
    is_maker_ask: bool = False
    maker_fee: int = 0
    taker_fee: int = 0
    timestamp: Stamp = 0
    transaction_time: Stamp = 0


class MarketRow(Struct, gc=False, kw_only=True):
    """A market's rules; without its decimals nothing can be written for it."""

    symbol: str
    market_id: MarketId
    market_type: str = "perp"
    status: str = "active"
    min_base_amount: Decimal = ZERO
    min_quote_amount: Decimal = ZERO
    supported_size_decimals: int | None = None
    supported_price_decimals: int | None = None
    size_decimals: int | None = None
    price_decimals: int | None = None
    is_maker_fee_enabled: bool = True
    is_taker_fee_enabled: bool = True
    min_initial_margin_fraction: int = 0


class MarketsAnswer(Struct, gc=False):
    """All markets, row by row: one that is written differently must not hide the others."""

    order_book_details: list[Raw] = []
    spot_order_book_details: list[Raw] = []


class RootAnswer(Struct, gc=False):
    """The venue's clock, in seconds."""

    timestamp: Stamp


# ------------------------------------------------------------------------------------------------------------ account


class OrderRow(Struct, gc=False, kw_only=True):
    """An order. ``transaction_time`` in microseconds; the other stamps in seconds or milliseconds."""

    order_index: Number
    client_order_index: Number = 0
    market_index: MarketId
    initial_base_amount: Decimal
    remaining_base_amount: Decimal = ZERO
    filled_base_amount: Decimal = ZERO
    filled_quote_amount: Decimal = ZERO
    price: Decimal
    is_ask: bool
    type: str = "limit"
    time_in_force: str = ""
    reduce_only: bool = False
    status: str
    order_expiry: int = 0
    updated_at: Stamp = 0
    timestamp: Stamp = 0
    transaction_time: Stamp = 0


class OrdersAnswer(Struct, gc=False):
    """A list of orders."""

    orders: list[OrderRow]
    next_cursor: str = ""


class TradesAnswer(Struct, gc=False):
    """A list of trades."""

    trades: list[TradeRow]
    next_cursor: str = ""


class PositionRow(Struct, gc=False, kw_only=True):
    """A position: its size has no sign, ``sign`` has."""

    market_id: MarketId
    symbol: str = ""
    sign: int = 1
    position: Decimal
    avg_entry_price: Decimal = ZERO
    liquidation_price: Decimal = ZERO
    initial_margin_fraction: Decimal = ZERO
    margin_mode: int = 0


class AssetRow(Struct, gc=False, kw_only=True):
    """One asset of the spot wallet."""

    symbol: str
    balance: Decimal
    locked_balance: Decimal = ZERO


class AccountRow(Struct, gc=False, kw_only=True):
    """The account: collateral of the perps, positions, assets."""

    account_index: Number
    collateral: Decimal
    available_balance: Decimal
    account_trading_mode: int = 0
    positions: list[PositionRow] = []
    assets: list[AssetRow] = []


class AccountAnswer(Struct, gc=False):
    """Accounts found; asked by index there is one."""

    accounts: list[AccountRow]


class LimitsAnswer(Struct, gc=False, kw_only=True):
    """The account's tier and fees, the latter in millionths."""

    user_tier: str
    current_maker_fee_tick: int | None = None
    current_taker_fee_tick: int | None = None


class KeyRow(Struct, gc=False):
    """A registered API key."""

    api_key_index: int
    account_index: Number = 0


class KeysAnswer(Struct, gc=False):
    """Registered API keys."""

    api_keys: list[KeyRow]


class NonceAnswer(Struct, gc=False):
    """The nonce that the next transaction of a key must have."""

    nonce: Number


class FundingRow(Struct, gc=False, kw_only=True):
    """A funding payment: signed cash, time in seconds."""

    timestamp: Stamp
    market_id: MarketId
    funding_id: Number
    change: Decimal
    rate: Decimal = ZERO


class FundingAnswer(Struct, gc=False):
    """Funding payments, newest first."""

    position_fundings: list[FundingRow]


class SentAnswer(Struct, gc=False):
    """Transactions are queued: one hash, or one each. ``volume_quota_remaining`` is absent on standard accounts."""

    tx_hash: str | list[str]
    volume_quota_remaining: int | None = None


# ------------------------------------------------------------------------------------------------------------- frames


class Envelope(Struct, gc=False):
    """What every frame of a socket has; errors have no type."""

    type: str = ""
    channel: str = ""
    error: Raw = Raw(b"")


class BookFrame(Struct, gc=False):
    """A book or its changes; ``timestamp`` in milliseconds."""

    order_book: BookData
    timestamp: Stamp = 0


class BestFrame(Struct, gc=False):
    """Best prices."""

    ticker: BestRow
    nonce: Number = 0
    timestamp: Stamp = 0


class StatsFrame(Struct, gc=False):
    """Figures of one perp."""

    market_stats: StatsRow
    timestamp: Stamp = 0


class TradesFrame(Struct, gc=False):
    """Trades of one market."""

    trades: list[TradeRow] = []
    liquidation_trades: list[TradeRow] = []


class OwnOrdersFrame(Struct, gc=False):
    """Orders of ours by market."""

    orders: dict[str, list[OrderRow]] = {}


class OwnTradesFrame(Struct, gc=False):
    """Trades of ours by market; an empty snapshot is written as a list."""

    trades: dict[str, list[TradeRow]] | list[TradeRow] = {}


def read(decoder: "msgspec.json.Decoder[T]", body: bytes | Raw, what: str) -> T:
    """Decode an answer. Raises BadMessage."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"{what}: an answer that cannot be read ({type(error).__name__})") from None
