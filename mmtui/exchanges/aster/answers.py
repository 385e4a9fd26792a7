"""Answers of REST to events: pure. Everything here raises BadMessage for what it cannot read, never anything else."""

from decimal import Decimal
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import Raw, Struct

from mmtui.exchanges.aster.decode import UNREADABLE
from mmtui.exchanges.aster.facts import instrument_id
from mmtui.exchanges.aster.figures import Millis, Number, Rows, exact, from_ms, positive
from mmtui.exchanges.aster.order_words import SIDES, end_reason, is_post_only, status_of, time_in_force_of
from mmtui.exchanges.aster.refusals import ErrorBody, read_error
from mmtui.model.events import Balance, BookSnapshot, Fill, FundingPayment, OrderReport
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_MS, ZERO
from mmtui.ports.errors import BadMessage

T = TypeVar("T")
SideWord = Literal["BUY", "SELL"]


class OrderRow(Struct, gc=False, rename="camel", kw_only=True):
    """An order, as place, amend, cancel and queries answer."""

    order_id: Number
    symbol: str
    status: str
    client_order_id: str = ""
    price: Decimal = ZERO
    orig_qty: Decimal
    executed_qty: Decimal = ZERO
    side: SideWord
    time_in_force: str = "GTC"
    reduce_only: bool = False
    update_time: Millis = 0


class TradeRow(Struct, gc=False, rename="camel", kw_only=True):
    """A fill of ours."""

    id: Number
    order_id: Number
    symbol: str
    side: SideWord
    price: Decimal
    qty: Decimal
    commission: Decimal = ZERO
    commission_asset: str = ""
    maker: bool = False
    time: Millis = 0


class PositionRow(Struct, gc=False, rename="camel", kw_only=True):
    """A position; one row a symbol in one-way mode."""

    symbol: str
    position_amt: Decimal
    entry_price: Decimal = ZERO
    mark_price: Decimal = ZERO
    liquidation_price: Decimal = ZERO
    leverage: Decimal = ZERO
    margin_type: str = ""
    position_side: str = "BOTH"


class BalanceRow(Struct, gc=False, rename="camel", kw_only=True):
    """One asset of the futures wallet."""

    asset: str
    balance: Decimal
    available_balance: Decimal


class SpotAsset(Struct, gc=False):
    """One asset of the spot wallet."""

    asset: str
    free: Decimal
    locked: Decimal


class SpotAccount(Struct, gc=False):
    """The spot wallet."""

    balances: list[SpotAsset]


class IncomeRow(Struct, gc=False, rename="camel", kw_only=True):
    """One booking; ours are of the type FUNDING_FEE."""

    symbol: str
    income_type: str
    income: Decimal
    asset: str = ""
    time: Millis = 0
    tran_id: Number


class DepthAnswer(Struct, gc=False):
    """A snapshot of the book."""

    lastUpdateId: Number  # noqa: N815 - the venue's name
    bids: Rows
    asks: Rows
    E: Millis = 0


class MarkAnswer(Struct, gc=False, rename="camel", kw_only=True):
    """Mark, index and funding of one perp."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal = ZERO
    last_funding_rate: Decimal = ZERO
    next_funding_time: Millis = 0
    time: Millis = 0


class TimeAnswer(Struct, gc=False, rename="camel"):
    """The venue's clock in milliseconds."""

    server_time: Millis


class KeyAnswer(Struct, gc=False, rename="camel"):
    """The key of the account's stream."""

    listen_key: str


class ModeAnswer(Struct, gc=False, rename="camel"):
    """True: hedge mode, two positions a symbol."""

    dual_side_position: bool


class FeeAnswer(Struct, gc=False, rename="camel"):
    """Fees of the account on one symbol, as fractions."""

    maker_commission_rate: Decimal
    taker_commission_rate: Decimal


class LeverageAnswer(Struct, gc=False):
    """What the leverage is now."""

    leverage: Decimal
    symbol: str


_DECODERS: Final[dict[object, object]] = {}


def read(kind: type[T], body: bytes | Raw) -> T:
    """One answer of this kind. Raises BadMessage."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind, strict=False)
    assert isinstance(decoder, msgspec.json.Decoder)  # noqa: S101 - only these are kept
    try:
        found: T = decoder.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"an answer that cannot be read ({type(error).__name__})") from None
    return found


def batch(body: bytes, asked: int) -> list[ErrorBody | OrderRow | None]:
    """The items of a batch's answer in the order asked; None for one that cannot be read. Raises BadMessage."""
    items = read(list[Raw], body)
    if len(items) != asked:
        raise BadMessage(f"{len(items)} answers to {asked} orders")
    return [_item(item) for item in items]


def _item(item: Raw) -> ErrorBody | OrderRow | None:
    error = read_error(item)
    if error is not None:
        return error
    try:
        return read(OrderRow, item)
    except BadMessage:
        return None


def order_report(account: str, market: MarketType, row: OrderRow, now_ns: int) -> OrderReport:
    """What an order's row says. Raises BadMessage."""
    filled = exact(row.executed_qty)
    status = status_of(row.status)
    return OrderReport(
        account=account,
        instrument=instrument_id(market, row.symbol),
        time_ns=now_ns,
        status=status,
        client_order_id=row.client_order_id or None,
        order_id=str(row.order_id),
        side=SIDES[row.side],
        price=positive(row.price),
        quantity=positive(row.orig_qty),
        filled=filled,
        reduce_only=row.reduce_only,
        time_in_force=time_in_force_of(row.time_in_force),
        post_only=is_post_only(row.time_in_force),
        reason=end_reason(status, row.time_in_force, filled),
        venue_time_ns=from_ms(row.update_time),
    )


def fill(
    account: str, market: MarketType, row: TradeRow, now_ns: int, client_order_id: str | None, *, rebate: bool
) -> Fill:
    """A listed fill. Its row does not name the client order id.

    The documents show a cost as negative here and as positive on the stream, so the sign is not believed: a fill costs,
    unless it is a maker's and makers are paid (``rebate``). Raises BadMessage.
    """
    price, quantity = positive(row.price), positive(row.qty)
    if price is None or quantity is None or price < 0 or quantity < 0:
        raise BadMessage("a fill of nothing")
    fee = abs(exact(row.commission))
    return Fill(
        account=account,
        instrument=instrument_id(market, row.symbol),
        time_ns=now_ns,
        trade_id=str(row.id),
        side=SIDES[row.side],
        price=price,
        quantity=quantity,
        fee_cash=fee if row.maker and rebate else -fee or ZERO,
        fee_asset=row.commission_asset,
        maker=row.maker,
        client_order_id=client_order_id,
        order_id=str(row.order_id),
        venue_time_ns=from_ms(row.time),
    )


def funding(account: str, row: IncomeRow, now_ns: int) -> FundingPayment:
    """A funding payment, paid negative. Raises BadMessage."""
    return FundingPayment(
        account=account,
        instrument=instrument_id(MarketType.PERP, row.symbol),
        time_ns=now_ns,
        payment_id=str(row.tran_id),
        amount_cash=exact(row.income),
        venue_time_ns=from_ms(row.time),
    )


def snapshot(instrument: str, body: bytes, now_ns: int) -> BookSnapshot:
    """A book; empty levels are dropped, both sides best first whatever their order was. Raises BadMessage."""
    depth = read(DepthAnswer, body)
    bids = sorted(((price, size) for price, size in depth.bids if size), reverse=True)
    asks = sorted((price, size) for price, size in depth.asks if size)
    if bids and asks and bids[0][0] > asks[0][0]:
        raise BadMessage("a book whose sides cross")
    return BookSnapshot(instrument, now_ns, bids, asks, depth.lastUpdateId, depth.E * NS_PER_MS or None)


def balances(perp: bytes | None, spot: bytes | None) -> list[Balance]:
    """Assets of the wallets read, those of both added up. Raises BadMessage."""
    rows: dict[str, tuple[Decimal, Decimal]] = {}
    if perp is not None:
        for row in read(list[BalanceRow], perp):
            _add(rows, row.asset, exact(row.balance), exact(row.available_balance))
    if spot is not None:
        for asset in read(SpotAccount, spot).balances:
            _add(rows, asset.asset, exact(asset.free) + exact(asset.locked), exact(asset.free))
    return [Balance(name, total, free) for name, (total, free) in rows.items()]


def _add(rows: dict[str, tuple[Decimal, Decimal]], asset: str, total: Decimal, free: Decimal) -> None:
    before = rows.get(asset, (ZERO, ZERO))
    rows[asset] = (before[0] + total, before[1] + free)
