"""What Backpack writes, as typed structs. Fields that are not used are not named; unknown ones are ignored.

The market's figures are floats with bounds, which the decoder checks as it reads (no NaN, no infinity, nothing below
zero gets in); the account's are decimals, checked by ``sound``.
"""

from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding foreign bytes can raise: no JSON or not this shape, broken UTF-8, nested without end."""

Price = Annotated[float, Meta(gt=0, lt=1e15)]
Size = Annotated[float, Meta(ge=0, lt=1e18)]
Micros = Annotated[int, Meta(ge=0, lt=1 << 52)]
Millis = Annotated[int, Meta(ge=0, lt=1 << 42)]
Sequence = Annotated[int, Meta(ge=0, lt=1 << 62)]

ABSENT: Final = msgspec.Raw(b"")

_MOST_WHOLE: Final = 30
_MOST_FRACTION: Final = 60


def sound(*values: Decimal | None) -> bool:
    """True for figures that can be money: finite, and of a length that sums stay exact with."""
    for value in values:
        if value is None:
            continue
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_MOST_FRACTION or value.adjusted() > _MOST_WHOLE:
            return False
    return True


# ---------------------------------------------------------------------------------------------------- public streams


class DepthData(Struct, frozen=True, gc=False, tag_field="e", tag="depth"):
    """Changed levels; ``first`` to ``last`` are the sequence numbers it covers. Times in microseconds."""

    symbol: str = field(name="s")
    asks: list[tuple[Price, Size]] = field(name="a")
    bids: list[tuple[Price, Size]] = field(name="b")
    first: Sequence = field(name="U")
    last: Sequence = field(name="u")
    engine_us: Micros = field(name="T", default=0)


class TradeData(Struct, frozen=True, gc=False, tag_field="e", tag="trade"):
    """A trade; ``buyer_is_maker`` tells the taker's side."""

    symbol: str = field(name="s")
    price: Price = field(name="p")
    size: Size = field(name="q")
    buyer_is_maker: bool = field(name="m")
    trade_id: int | str = field(name="t")
    engine_us: Micros = field(name="T", default=0)


class TickerData(Struct, frozen=True, gc=False, tag_field="e", tag="bookTicker"):
    """Best prices."""

    symbol: str = field(name="s")
    ask: Price = field(name="a")
    ask_size: Size = field(name="A")
    bid: Price = field(name="b")
    bid_size: Size = field(name="B")
    engine_us: Micros = field(name="T", default=0)


class MarkData(Struct, frozen=True, gc=False, tag_field="e", tag="markPrice"):
    """Mark, index and funding. The time of the next funding is in milliseconds."""

    symbol: str = field(name="s")
    mark: Decimal = field(name="p")
    index: Decimal | None = field(name="i", default=None)
    funding_rate: Decimal | None = field(name="f", default=None)
    next_funding_ms: Millis = field(name="n", default=0)
    engine_us: Micros = field(name="T", default=0)


class MarketFrame(Struct, frozen=True, gc=False):
    """A frame of the public streams; its data says by ``e`` what it is."""

    data: DepthData | TradeData | TickerData | MarkData


class AnyFrame(Struct, frozen=True):
    """Whatever else comes: data of an unknown kind, an acknowledgement (``result`` null), an error.

    Parts that are absent are empty, parts that are null hold that word.
    """

    stream: str = ""
    error: msgspec.Raw = ABSENT
    data: msgspec.Raw = ABSENT
    result: msgspec.Raw = ABSENT


# --------------------------------------------------------------------------------------------------- private streams


class OrderData(Struct, frozen=True):
    """``account.orderUpdate``. Order types are upper case here, side and state as on REST. ``t`` null: no fill."""

    event: str = field(name="e")
    symbol: str = field(name="s")
    order_id: str | int = field(name="i")
    side: str = field(name="S")
    state: str = field(name="X")
    client_id: int | str | None = field(name="c", default=None)
    in_force: str = field(name="f", default="GTC")
    price: Decimal | None = field(name="p", default=None)
    quantity: Decimal | None = field(name="q", default=None)
    executed: Decimal | None = field(name="z", default=None)
    fill_quantity: Decimal | None = field(name="l", default=None)
    fill_price: Decimal | None = field(name="L", default=None)
    trade_id: int | str | None = field(name="t", default=None)
    is_maker: bool | None = field(name="m", default=None)
    fee: Decimal | None = field(name="n", default=None)
    fee_asset: str | None = field(name="N", default=None)
    expiry_reason: str | None = field(name="R", default=None)
    reduce_only: bool | None = field(name="r", default=None)
    post_only: bool | None = field(name="y", default=None)
    engine_us: Micros = field(name="T", default=0)


class PositionData(Struct, frozen=True):
    """``account.positionUpdate``; ``net`` is signed. The first ones after subscribing carry no ``e``."""

    symbol: str = field(name="s")
    net: Decimal = field(name="q")
    entry_price: Decimal | None = field(name="B", default=None)
    emitted_us: Micros = field(name="E", default=0)


# ----------------------------------------------------------------------------------------------------- public answers


class DepthAnswer(Struct, frozen=True):
    """A whole book; the venue sorts both sides upwards. ``lastUpdateId`` is text, the time in microseconds."""

    asks: list[tuple[Price, Size]]
    bids: list[tuple[Price, Size]]
    last_update: Sequence = field(name="lastUpdateId")
    engine_us: Micros = field(name="timestamp", default=0)


class MarkAnswer(Struct, frozen=True, rename="camel"):
    """One row of mark prices."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal | None = None
    funding_rate: Decimal | None = None
    next_funding_timestamp: Millis | None = None


class PriceFilter(Struct, frozen=True, rename="camel"):
    """Rules for prices."""

    tick_size: Decimal


class QuantityFilter(Struct, frozen=True, rename="camel"):
    """Rules for quantities."""

    step_size: Decimal
    min_quantity: Decimal


class Filters(Struct, frozen=True):
    """Rules of a market; there is no least notional."""

    price: PriceFilter
    quantity: QuantityFilter


class MarketRow(Struct, frozen=True, rename="camel"):
    """One market."""

    symbol: str
    base_symbol: str
    quote_symbol: str
    market_type: str
    filters: Filters
    order_book_state: str = "Open"


# ---------------------------------------------------------------------------------------------------- account answers


class OrderRow(Struct, frozen=True, rename="camel"):
    """An order, open or from the history, as every endpoint writes it. Unset fields are null."""

    id: str | int
    symbol: str
    side: str
    status: str
    client_id: int | str | None = None
    order_type: str = "Limit"
    time_in_force: str = "GTC"
    price: Decimal | None = None
    quantity: Decimal | None = None
    executed_quantity: Decimal | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    expiry_reason: str | None = None


class FillRow(Struct, frozen=True, rename="camel"):
    """A fill from the history: the client id is text here, the time ISO text. A fee is positive where it was paid."""

    symbol: str
    order_id: str | int
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_symbol: str
    is_maker: bool
    timestamp: str
    trade_id: int | str | None = None
    client_id: int | str | None = None


class PositionRow(Struct, frozen=True, rename="camel"):
    """A position. ``netExposureQuantity`` (with open orders at their worst) is not it, and not read."""

    symbol: str
    net_quantity: Decimal
    entry_price: Decimal | None = None
    est_liquidation_price: Decimal | None = None
    imf: Decimal | None = None


class CapitalRow(Struct, frozen=True):
    """One asset, without what is lent."""

    available: Decimal
    locked: Decimal
    staked: Decimal = Decimal(0)


class LentRow(Struct, frozen=True, rename="camel"):
    """One asset lent (positive) or borrowed (negative)."""

    symbol: str
    net_quantity: Decimal


class CollateralAnswer(Struct, frozen=True, rename="camel"):
    """Equity of the whole account in USDC. What is available has margins and open orders taken off already."""

    net_equity: Decimal
    net_equity_available: Decimal
    unsettled_equity: Decimal = Decimal(0)


class AccountAnswer(Struct, frozen=True, rename="camel"):
    """Fees in basis points (negative: a rebate), leverage of the whole account, and its habits."""

    futures_maker_fee: Decimal
    futures_taker_fee: Decimal
    spot_maker_fee: Decimal
    spot_taker_fee: Decimal
    leverage_limit: Decimal
    auto_lend: bool = False
    liquidating: bool = False


class FundingRow(Struct, frozen=True, rename="camel"):
    """One funding payment; a positive quantity was received."""

    symbol: str
    quantity: Decimal
    interval_end_timestamp: str
    funding_rate: Decimal | None = None


class BatchOk(OrderRow, frozen=True, rename="camel", tag_field="operation", tag="Ok"):
    """An order of a batch that was taken."""


class BatchErr(Struct, frozen=True, tag_field="operation", tag="Err"):
    """An order of a batch that was not."""

    code: str
    message: str = ""
