"""What Websea writes, as typed structs. Fields that are not used are not named; unknown ones are ignored.

Numbers come as JSON strings or numbers, without a rule: both are read. The market's figures are floats with bounds,
the account's are decimals, checked by ``figures.exact``.
"""

from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from mmtui.exchanges.websea.figures import UNREADABLE, Moment, Rows
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage

T = TypeVar("T")


class Envelope(Struct, gc=False, kw_only=True):
    """Around every answer; 0 is success. The rate of funding may come without one."""

    errno: int | None = None
    errmsg: str = ""
    result: Raw | UnsetType = UNSET


# ------------------------------------------------------------------------------------------------------------- market


class PairRow(Struct, gc=False, kw_only=True):
    """A row of ``symbols`` or ``info``; which of the two names the size of a contract differs by path.

    ``contract_size`` and ``contract_price`` are coins per contract, whatever the documents say of dollars.
    """

    symbol: str
    base_currency: str = ""
    quote_currency: str = ""
    contract_size: Decimal | None = None
    contract_price: Decimal | None = None


class PrecisionRow(Struct, gc=False, kw_only=True):
    """Decimals of the price; what ``amount`` and ``minQuantity`` count is not documented, so they are not used."""

    price: int


class BookRow(Struct, gc=False, kw_only=True):
    """A book; the same price may stand on several rows, sizes are contracts."""

    symbol: str
    bids: Rows
    asks: Rows
    ts: Moment | None = None


class MarkRow(Struct, gc=False, kw_only=True):
    """Called index by the venue, it is the mark; "0" is unknown."""

    symbol: str
    price: Decimal
    ts: Moment | None = None


class FundingRow(Struct, gc=False, rename={"capital_rate": "capitalRate"}):
    """In percent."""

    capital_rate: Decimal


class TickerFrame(Struct, gc=False, tag_field="channel", tag="tickers"):
    """Something was traded; its bid and ask may be old."""

    symbol: str


class TradeFrame(Struct, gc=False, tag_field="channel", tag="trade", kw_only=True):
    """A trade of the market, in contracts."""

    symbol: str
    price: Decimal
    amount: Decimal
    direction: str = ""
    id: int | str | None = None
    ts: Moment | None = None


class Spoken(Struct, gc=False, kw_only=True):
    """The answer to a subscription."""

    op: str
    errno: int
    errmsg: str = ""
    channel: str = ""


# ------------------------------------------------------------------------------------------------------------ account


class OrderRow(Struct, gc=False, kw_only=True):
    """An order of a list or by itself. Times are seconds, quantities contracts."""

    order_id: str | int
    ctime: Moment
    symbol: str
    type: str
    status: int
    amount: Decimal
    deal_amount: Decimal = ZERO
    price: Decimal | None = None
    contract_type: str | int = ""


class OwnTradeRow(Struct, gc=False, kw_only=True):
    """An execution: no id and no word on who was the maker; ``profit`` is what it realised of its row."""

    order_id: str | int
    ctime: Moment
    symbol: str
    price: Decimal
    amount: Decimal
    fee: Decimal = ZERO
    profit: Decimal = ZERO


class PositionRow(Struct, gc=False, kw_only=True):
    """A row of a position: 1 long, 2 short."""

    type: int
    symbol: str
    amount: Decimal
    avail_amount: Decimal | None = None
    lever_rate: Decimal | None = None
    open_price_avg: Decimal | None = None
    liquidation_price: Decimal | None = None


class WalletRow(Struct, gc=False, rename="camel", kw_only=True):
    """The wallet: the new path has ``balance`` without what is unrealised, the old ones the parts of it."""

    asset: str = ""
    symbol: str = ""
    balance: Decimal | None = None
    avail: Decimal
    hold: Decimal = ZERO
    frozen: Decimal = ZERO


class PlacedAnswer(Struct, gc=False):
    """A new order."""

    order_id: str | int


class CancelAnswer(Struct, gc=False):
    """Which orders were taken for cancelling; the number of the answer says nothing of them."""

    success: list[str | int]
    failed: list[str | int] = []


class PushedOrder(Struct, gc=False, kw_only=True):
    """An order of ours as the private socket tells it; ``deal_amount`` is cumulative, empty texts mean nothing."""

    symbol: str
    order_id: str | int
    event: str
    status: str
    deal_amount: str = ""
    amount: str = ""
    is_maker: bool | None = None


class OrderFrame(Struct, gc=False, tag_field="channel", tag="order"):
    """A frame of the private socket."""

    order: PushedOrder
    ts: Moment | None = None


def read(decoder: "msgspec.json.Decoder[T]", body: bytes | Raw, what: str) -> T:
    """Decode an answer. Raises BadMessage."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"{what}: an answer that cannot be read ({type(error).__name__})") from None
