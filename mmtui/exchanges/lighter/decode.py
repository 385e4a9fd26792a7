"""Market data: bytes into events. Pure; whatever the bytes are, nothing is raised.

Frames of a book are the hot path: one look at the type, one typed decode, one pair made per level.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from mmtui.exchanges.lighter.facts import VENUE
from mmtui.exchanges.lighter.figures import UNREADABLE, exact, from_ms, from_us, positive
from mmtui.exchanges.lighter.wire import (
    BestFrame,
    BookFrame,
    BookOrders,
    Envelope,
    OrderLevelRow,
    StatsFrame,
    TradeRow,
    TradesFrame,
    read,
)
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Level,
    MarketEvent,
    MarkPrice,
    PublicTrade,
    Unrecognised,
)
from mmtui.model.units import HUNDRED, Side
from mmtui.ports.errors import BadMessage

ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_BOOK: Final = msgspec.json.Decoder(BookFrame, strict=False)
_BEST: Final = msgspec.json.Decoder(BestFrame, strict=False)
_STATS: Final = msgspec.json.Decoder(StatsFrame, strict=False)
_TRADES: Final = msgspec.json.Decoder(TradesFrame, strict=False)
_ORDERS: Final = msgspec.json.Decoder(BookOrders, strict=False)

PUBLIC_SOURCE: Final = f"{VENUE} public stream"

QUIET: Final = frozenset(("connected", "ping", "pong", "unsubscribed", "shutdown", "update/height"))
"""Frames that say nothing of a market or an account; ``ping`` and ``shutdown`` are seen to by the socket's owner."""

SNAPSHOT: Final = "subscribed/"
_HIGHEST_RATE: Final = Decimal("0.05")
"""A funding rate beyond 5 % an hour is a mistaken unit, not a rate."""


class MarketDecoder:
    """Decodes frames of the public channels of some markets.

    A frame of another market, of an unknown kind or with figures that cannot be is Unrecognised. The snapshot of the
    trade channel is history and says nothing.

    Args:
        names: instrument id by the venue's market number.
        redactor: cleans samples.
    """

    def __init__(self, names: Mapping[int, str], redactor: Redactor) -> None:
        self._names = {f":{number}": name for number, name in names.items()}
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> list[MarketEvent]:
        """The events of one frame; none for an acknowledgement."""
        try:
            frame = ENVELOPE.decode(data)
            if frame.type in QUIET:
                return []
            moment, _, kind = frame.type.partition("/")
            instrument = self._names[frame.channel[len(kind) :]]
            if kind == "order_book" and frame.channel.startswith(kind):
                return [_book(_BOOK.decode(data), instrument, time_ns, whole=moment == "subscribed")]
            return _other(kind, moment, data, instrument, time_ns)
        except (*UNREADABLE, KeyError):
            return [Unrecognised(PUBLIC_SOURCE, time_ns, self._redactor.sample(data))]


def _book(frame: BookFrame, instrument: str, time_ns: int, *, whole: bool) -> BookSnapshot | BookDelta:
    book = frame.order_book
    bids: list[Level] = [(row.price, row.size) for row in book.bids]
    asks: list[Level] = [(row.price, row.size) for row in book.asks]
    venue_ns = from_us(book.last_updated_at) or from_ms(frame.timestamp)
    if not whole:
        return BookDelta(instrument, time_ns, bids, asks, book.nonce, book.begin_nonce, venue_ns)
    return _whole(instrument, time_ns, bids, asks, book.nonce, venue_ns)


def _whole(
    instrument: str,
    time_ns: int,
    bids: list[Level],
    asks: list[Level],
    sequence: int | None,
    venue_ns: int | None,
) -> BookSnapshot:
    bids = sorted((level for level in bids if level[1]), reverse=True)
    asks = sorted(level for level in asks if level[1])
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise BadMessage("a book whose sides cross")
    return BookSnapshot(instrument, time_ns, bids, asks, sequence, venue_ns)


def _other(kind: str, moment: str, data: bytes, instrument: str, time_ns: int) -> list[MarketEvent]:
    if kind == "trade":
        if moment == "subscribed":
            return []
        frame = _TRADES.decode(data)
        return [_trade(row, instrument, time_ns) for row in (*frame.trades, *frame.liquidation_trades)]
    if kind == "market_stats":
        return [_mark(_STATS.decode(data), instrument, time_ns)]
    if kind == "ticker":
        best = _BEST.decode(data)
        bid, ask = best.ticker.b, best.ticker.a
        venue_ns = from_us(best.ticker.last_updated_at) or from_ms(best.timestamp)
        return [BestPrices(instrument, time_ns, bid.price, bid.size, ask.price, ask.size, venue_ns)]
    raise BadMessage("a channel that nobody knows")


def _trade(row: TradeRow, instrument: str, time_ns: int) -> PublicTrade:
    price, size = positive(row.price), positive(row.size)
    if price is None or size is None or price < 0 or size < 0:
        raise BadMessage("a trade of nothing")
    taker = Side.BUY if row.is_maker_ask else Side.SELL
    venue_ns = from_us(row.transaction_time) or from_ms(row.timestamp)
    return PublicTrade(instrument, time_ns, float(price), float(size), taker, str(row.trade_id), venue_ns)


def _mark(frame: StatsFrame, instrument: str, time_ns: int) -> MarkPrice:
    row = frame.market_stats
    mark, index = positive(row.mark_price), positive(row.index_price)
    if mark is None or mark < 0:
        raise BadMessage("a mark price that cannot be")
    rate = None if row.current_funding_rate is None else exact(row.current_funding_rate) / HUNDRED
    if rate is not None and abs(rate) > _HIGHEST_RATE:
        rate = None
    return MarkPrice(instrument, time_ns, mark, index, rate, from_ms(row.funding_timestamp), from_ms(frame.timestamp))


def decode_orders(body: bytes, instrument: str, time_ns: int) -> BookSnapshot:
    """The public book from its single orders, added up by price; it carries no number. Raises BadMessage."""
    found = read(_ORDERS, body, f"book of {instrument}")
    return _whole(instrument, time_ns, _levels(found.bids), _levels(found.asks), None, None)


def _levels(rows: list[OrderLevelRow]) -> list[Level]:
    sizes: dict[float, float] = {}
    for row in rows:
        sizes[row.price] = sizes.get(row.price, 0.0) + row.remaining_base_amount
    return list(sizes.items())


def kind_of(data: bytes) -> str:
    """The type of a frame; empty where it has none."""
    try:
        return ENVELOPE.decode(data).type
    except UNREADABLE:
        return ""
