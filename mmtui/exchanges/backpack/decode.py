"""Market data: bytes into events. Pure; whatever the bytes are, nothing is raised.

Depth frames are the hot path: one typed decode straight into the floats of the event, nothing made per level.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from mmtui.exchanges.backpack.encode import instrument_id
from mmtui.exchanges.backpack.facts import VENUE
from mmtui.exchanges.backpack.moments import from_ms, from_us
from mmtui.exchanges.backpack.wire import (
    ABSENT,
    UNREADABLE,
    AnyFrame,
    DepthAnswer,
    DepthData,
    MarkAnswer,
    MarkData,
    MarketFrame,
    TickerData,
    TradeData,
    sound,
)
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    MarketEvent,
    MarkPrice,
    PublicTrade,
    Unrecognised,
)
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage

_FRAMES: Final = msgspec.json.Decoder(MarketFrame, strict=False)
_OTHERS: Final = msgspec.json.Decoder(AnyFrame)
_DEPTH: Final = msgspec.json.Decoder(DepthAnswer, strict=False)
_MARKS: Final = msgspec.json.Decoder(list[MarkAnswer])

PUBLIC_SOURCE: Final = f"{VENUE} public stream"


class MarketDecoder:
    """Decodes frames of the public streams of some markets.

    A frame of another market, of an unknown kind or with figures that cannot be is Unrecognised.
    """

    def __init__(self, symbols: Iterable[str], redactor: Redactor) -> None:
        self._ids = {symbol: instrument_id(symbol) for symbol in symbols}
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> list[MarketEvent]:
        """The events of one frame; none for an acknowledgement."""
        try:
            content = _FRAMES.decode(data).data
            instrument = self._ids[content.symbol]
        except UNREADABLE:
            return self._other(data, time_ns)
        except KeyError:
            return [self._unrecognised(data, time_ns)]
        if type(content) is DepthData:
            return [
                BookDelta(
                    instrument,
                    time_ns,
                    content.bids,
                    content.asks,
                    content.last,
                    content.first - 1,
                    content.engine_us * 1_000,
                )
            ]
        event = _event(content, instrument, time_ns)
        return [self._unrecognised(data, time_ns) if event is None else event]

    def _other(self, data: bytes, time_ns: int) -> list[MarketEvent]:
        return [] if is_acknowledgement(data) else [self._unrecognised(data, time_ns)]

    def _unrecognised(self, data: bytes, time_ns: int) -> Unrecognised:
        return Unrecognised(PUBLIC_SOURCE, time_ns, self._redactor.sample(data))


def _event(content: object, instrument: str, time_ns: int) -> MarketEvent | None:
    """What is no depth; None for figures that cannot be."""
    if isinstance(content, TradeData):
        taker = Side.SELL if content.buyer_is_maker else Side.BUY
        venue_ns = from_us(content.engine_us)
        return PublicTrade(instrument, time_ns, content.price, content.size, taker, str(content.trade_id), venue_ns)
    if isinstance(content, TickerData):
        return BestPrices(
            instrument,
            time_ns,
            content.bid,
            content.bid_size,
            content.ask,
            content.ask_size,
            from_us(content.engine_us),
        )
    if not isinstance(content, MarkData) or not sound(content.mark, content.index, content.funding_rate):
        return None
    if content.mark <= 0:
        return None
    return MarkPrice(
        instrument, time_ns, content.mark, content.index, content.funding_rate, from_ms(content.next_funding_ms),
        from_us(content.engine_us),
    )  # fmt: skip


def is_acknowledgement(data: bytes) -> bool:
    """True for ``{"result": null, ...}``; the venue's documents know none, one client has seen them."""
    try:
        frame = _OTHERS.decode(data)
    except UNREADABLE:
        return False
    return not frame.stream and frame.data == ABSENT and frame.error == ABSENT and frame.result != ABSENT


def decode_depth(body: bytes, instrument: str, time_ns: int) -> BookSnapshot:
    """A whole book, sorted best first whatever the venue's order is.

    Raises:
        BadMessage: it is no book, or one in which a bid stands above an ask.
    """
    try:
        answer = _DEPTH.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"depth of {instrument}: {error}") from None
    bids = sorted((level for level in answer.bids if level[1]), reverse=True)
    asks = sorted(level for level in answer.asks if level[1])
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise BadMessage(f"depth of {instrument}: best bid {bids[0][0]:g} is not below best ask {asks[0][0]:g}")
    return BookSnapshot(instrument, time_ns, bids, asks, answer.last_update, from_us(answer.engine_us))


def decode_mark(body: bytes, instrument: str, time_ns: int) -> MarkPrice | None:
    """Mark, index and funding from REST; None where the answer holds none for this market. Raises BadMessage."""
    try:
        rows = _MARKS.decode(body)
    except UNREADABLE as error:
        raise BadMessage(f"mark price of {instrument}: {error}") from None
    for row in rows:
        if instrument_id(row.symbol) == instrument and sound(row.mark_price, row.index_price, row.funding_rate):
            next_ns = None if row.next_funding_timestamp is None else from_ms(row.next_funding_timestamp)
            return MarkPrice(instrument, time_ns, row.mark_price, row.index_price, row.funding_rate, next_ns)
    return None
