"""Market data: bytes into events. Pure; whatever the bytes are, nothing is raised.

Frames of a book are the hot path: one typed decode in which the channel's name picks the type, and one sort per side.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.standx.facts import VENUE
from mmtui.exchanges.standx.figures import UNREADABLE, exact, from_iso, positive
from mmtui.exchanges.standx.wire import BookFrame, BookRow, PriceFrame, TradeFrame, read
from mmtui.model.events import BookSnapshot, Level, MarketEvent, MarkPrice, PublicTrade, Unrecognised
from mmtui.model.units import Side
from mmtui.ports.errors import BadMessage

_FRAMES: Final = msgspec.json.Decoder(BookFrame | PriceFrame | TradeFrame, strict=False)
_BOOK: Final = msgspec.json.Decoder(BookRow, strict=False)

PUBLIC_SOURCE: Final = f"{VENUE} public stream"


class MarketDecoder:
    """Decodes frames of the public channels of some symbols.

    A frame of another symbol, of an unknown kind or with figures that cannot be is Unrecognised.

    Args:
        names: instrument id by the venue's symbol.
        redactor: cleans samples.
    """

    def __init__(self, names: Mapping[str, str], redactor: Redactor) -> None:
        self._names = dict(names)
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> MarketEvent:
        """The event of one frame."""
        try:
            frame = _FRAMES.decode(data)
            instrument = self._names[frame.symbol or frame.data.symbol]
            if type(frame) is BookFrame:
                return _book(frame.data, instrument, time_ns)
            if isinstance(frame, PriceFrame):
                return _mark(frame, instrument, time_ns)
            if isinstance(frame, TradeFrame):
                return _trade(frame, instrument, time_ns)
        except (*UNREADABLE, KeyError):
            pass
        return Unrecognised(PUBLIC_SOURCE, time_ns, self._redactor.sample(data))


def decode_book(body: bytes, instrument: str, time_ns: int) -> BookSnapshot:
    """A book read by REST. Raises BadMessage."""
    return _book(read(_BOOK, body, f"book of {instrument}"), instrument, time_ns)


def _book(row: BookRow, instrument: str, time_ns: int) -> BookSnapshot:
    """The whole book, best first. The venue's may cross for a moment: then it has no prices to quote on."""
    bids: list[Level] = [level for level in row.bids if level[1]]
    asks: list[Level] = [level for level in row.asks if level[1]]
    bids.sort(reverse=True)
    asks.sort()
    if bids and asks and bids[0][0] >= asks[0][0]:
        return BookSnapshot(instrument, time_ns, [], [])
    return BookSnapshot(instrument, time_ns, bids, asks)


def _mark(frame: PriceFrame, instrument: str, time_ns: int) -> MarkPrice:
    mark = positive(frame.data.mark_price)
    if mark is None:
        raise BadMessage("a mark price that cannot be")
    index = positive(frame.data.index_price)
    return MarkPrice(instrument, time_ns, mark, index, venue_time_ns=from_iso(frame.data.time))


def _trade(frame: TradeFrame, instrument: str, time_ns: int) -> PublicTrade:
    row = frame.data
    price, size = positive(row.price), positive(exact(row.qty))
    if price is None or size is None:
        raise BadMessage("a trade of nothing")
    taker = None if row.is_buyer_taker is None else Side.BUY if row.is_buyer_taker else Side.SELL
    return PublicTrade(instrument, time_ns, float(price), float(size), taker, None, from_iso(row.time))
