"""What StandX writes, as typed structs. Fields that are not used are not named; unknown ones are ignored.

Decimals are JSON strings, on some servers numbers: both are read. The market's figures are floats with bounds, the
account's are decimals, checked by ``figures.exact``.
"""

from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from mmtui.exchanges.standx.figures import UNREADABLE, Number, Rows
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage

T = TypeVar("T")

# ------------------------------------------------------------------------------------------------------------- market


class BookRow(Struct, gc=False):
    """A whole book; its levels come in no order."""

    asks: Rows
    bids: Rows
    symbol: str = ""


class PriceRow(Struct, gc=False, kw_only=True):
    """Mark and index price."""

    mark_price: Decimal
    index_price: Decimal | None = None
    symbol: str = ""
    time: str | None = None


class TradeRow(Struct, gc=False, kw_only=True):
    """A trade of the market."""

    price: Decimal
    qty: Decimal
    is_buyer_taker: bool | None = None
    symbol: str = ""
    time: str | None = None


class MarketRow(Struct, gc=False):
    """One symbol of the overview."""

    symbol: str


class OverviewAnswer(Struct, gc=False):
    """All symbols."""

    symbols: list[MarketRow]


class SymbolRow(Struct, gc=False, kw_only=True):
    """A market's rules; fees are fractions. Without its decimals nothing can be written for it."""

    symbol: str
    base_asset: str = ""
    quote_asset: str = ""
    price_tick_decimals: int | None = None
    qty_tick_decimals: int | None = None
    min_order_qty: Decimal = ZERO
    maker_fee: Decimal = ZERO
    taker_fee: Decimal = ZERO
    enabled: bool | None = None
    status: str | None = None


# ------------------------------------------------------------------------------------------------------------ account


class OrderRow(Struct, gc=False, kw_only=True):
    """An order, from stream or question."""

    id: Number
    symbol: str
    status: str
    side: str
    qty: Decimal
    price: Decimal | None = None
    fill_qty: Decimal = ZERO
    cl_ord_id: str | None = None
    time_in_force: str = ""
    order_type: str = ""
    reduce_only: bool = False
    remark: str | None = None
    updated_at: str | None = None
    created_at: str | None = None


class OwnTradeRow(Struct, gc=False, kw_only=True):
    """A fill of ours; its fee is paid as positive. It names neither our id nor who was the maker."""

    id: Number
    order_id: Number
    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    fee_asset: str = ""
    fee_qty: Decimal = ZERO
    time: str | None = None
    created_at: str | None = None


class PositionRow(Struct, gc=False, kw_only=True):
    """A position with its sign; a closed one may still be listed, with its old size."""

    symbol: str
    qty: Decimal
    status: str = "open"
    entry_price: Decimal | None = None
    liq_price: Decimal | None = None
    leverage: Decimal | None = None
    margin_mode: str = ""


class BalanceRow(Struct, gc=False, kw_only=True):
    """The account in DUSD; ``cross_available`` is the free margin and may be below zero."""

    balance: Decimal
    cross_available: Decimal
    equity: Decimal | None = None


class ConfigRow(Struct, gc=False, kw_only=True):
    """Leverage and margin mode of a symbol."""

    symbol: str
    leverage: Decimal
    margin_mode: str


class FundingRow(Struct, gc=False, kw_only=True):
    """A funding payment: signed cash."""

    id: Number
    symbol: str
    qty: Decimal
    txn_type: str = "funding"
    transact_time: str | None = None
    created_at: str | None = None


class OrdersPage(Struct, gc=False, kw_only=True):
    """A list of orders; ``total`` is how many there are."""

    result: list[OrderRow]
    total: int | None = None


class TradesPage(Struct, gc=False, kw_only=True):
    """A list of fills."""

    result: list[OwnTradeRow]
    total: int | None = None


class QueuedAnswer(Struct, gc=False):
    """A command is queued: not yet done."""

    code: int = 0
    request_id: str = ""


# -------------------------------------------------------------------------------------------------------------- login


class SignInAnswer(Struct, gc=False, rename={"signed_data": "signedData"}):
    """What is to be signed, inside a JSON web token."""

    signed_data: str


class SignInTerms(Struct, gc=False, rename="camel", kw_only=True):
    """The payload of that token."""

    domain: str
    address: str
    request_id: str
    message: str
    chain_id: int | None = None


class LoginAnswer(Struct, gc=False):
    """The access token."""

    token: str


class TokenTerms(Struct, gc=False):
    """Payload of an access token: when it ends, in seconds."""

    exp: Number


# ------------------------------------------------------------------------------------------------------------- frames


class BookFrame(Struct, gc=False, tag_field="channel", tag="depth_book"):
    """A whole book."""

    data: BookRow
    symbol: str = ""


class PriceFrame(Struct, gc=False, tag_field="channel", tag="price"):
    """Mark and index price."""

    data: PriceRow
    symbol: str = ""


class TradeFrame(Struct, gc=False, tag_field="channel", tag="public_trade"):
    """A trade of the market."""

    data: TradeRow
    symbol: str = ""


class AuthData(Struct, gc=False):
    """How a login went; 200 is well."""

    code: int
    msg: str = ""


class AuthFrame(Struct, gc=False, tag_field="channel", tag="auth"):
    """The answer to a login."""

    data: AuthData


class OrderFrame(Struct, gc=False, tag_field="channel", tag="order"):
    """An order of ours changed."""

    data: OrderRow


class OwnTradeFrame(Struct, gc=False, tag_field="channel", tag="trade"):
    """A fill of ours."""

    data: OwnTradeRow


class PositionFrame(Struct, gc=False, tag_field="channel", tag="position"):
    """A position of ours changed: without mark and liquidation price."""

    data: PositionRow


class WalletFrame(Struct, gc=False, tag_field="channel", tag="balance"):
    """The wallet's view of the account, which is not its equity."""

    data: Raw


class ResultFrame(Struct, gc=False):
    """A word on a request of ours: taken (status "accepted"), done (code 0) or refused."""

    code: int
    request_id: str = ""
    message: str = ""
    status: str = ""

    @property
    def is_final(self) -> bool:
        """False where the gateway has taken the request and the engine has not yet spoken."""
        return self.code != 0 or self.status != "accepted"


def read(decoder: "msgspec.json.Decoder[T]", body: bytes | Raw, what: str) -> T:
    """Decode an answer. Raises BadMessage."""
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"{what}: an answer that cannot be read ({type(error).__name__})") from None
