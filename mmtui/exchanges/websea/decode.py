"""Market data and the private socket: bytes into events. Pure; whatever the bytes are, nothing is raised.

Sizes count contracts on the wire and coins in events. The same price may stand on several rows of a book.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from mmtui.exchanges.shared.redact import Redactor
from mmtui.exchanges.websea.calls import result_of
from mmtui.exchanges.websea.facts import VENUE
from mmtui.exchanges.websea.figures import UNREADABLE, exact, moment_ns, positive
from mmtui.exchanges.websea.wire import BookRow, FundingRow, MarkRow, OrderFrame, Spoken, TickerFrame, TradeFrame
from mmtui.model.events import BookSnapshot, Level, MarkPrice, PublicTrade, Unrecognised
from mmtui.model.instrument import Instrument
from mmtui.model.units import HUNDRED, Side
from mmtui.ports.errors import BadMessage

_FRAMES: Final = msgspec.json.Decoder(TickerFrame | TradeFrame, strict=False)
_OWN: Final = msgspec.json.Decoder(OrderFrame, strict=False)
_SPOKEN: Final = msgspec.json.Decoder(Spoken)
_BOOK: Final = msgspec.json.Decoder(BookRow, strict=False)
_MARKS: Final = msgspec.json.Decoder(list[MarkRow], strict=False)
_FUNDING: Final = msgspec.json.Decoder(FundingRow, strict=False)

PUBLIC_SOURCE: Final = f"{VENUE} public stream"
PRIVATE_SOURCE: Final = f"{VENUE} private stream"

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


class Bell:
    """A ticker: the market moved, and its book is worth a look."""

    __slots__ = ("instrument",)

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument


class MarketDecoder:
    """Decodes frames of the public channels of some instruments.

    A frame of another symbol, of an unknown kind or with figures that cannot be is Unrecognised.
    """

    def __init__(self, known: Mapping[str, Instrument], redactor: Redactor) -> None:
        self._known = dict(known)
        self._redactor = redactor

    def decode(self, data: bytes, time_ns: int) -> PublicTrade | Bell | Unrecognised:
        """What one frame says."""
        try:
            frame = _FRAMES.decode(data)
            instrument = self._known[frame.symbol]
            if isinstance(frame, TickerFrame):
                return Bell(instrument.id)
            return _trade(frame, instrument, time_ns)
        except (*UNREADABLE, KeyError):
            return Unrecognised(PUBLIC_SOURCE, time_ns, self._redactor.sample(data))


def spoken(data: bytes) -> Spoken | None:
    """The answer to a subscription; None for what is none."""
    try:
        return _SPOKEN.decode(data)
    except UNREADABLE:
        return None


def decode_own(data: bytes, time_ns: int, redactor: Redactor) -> OrderFrame | Unrecognised:
    """A frame of the private socket."""
    try:
        return _OWN.decode(data)
    except UNREADABLE:
        return Unrecognised(PRIVATE_SOURCE, time_ns, redactor.sample(data))


def decode_book(body: bytes, instrument: Instrument, time_ns: int) -> BookSnapshot:
    """A book read by REST. Raises BadMessage."""
    row = result_of(_BOOK, body, f"book of {instrument.symbol}")
    if row.symbol != instrument.symbol:
        raise BadMessage("a book of another symbol")
    size = float(instrument.lot_size)
    bids, asks = _levels(row.bids, size, best_high=True), _levels(row.asks, size, best_high=False)
    if bids and asks and bids[0][0] >= asks[0][0]:
        bids, asks = [], []  # crossed for a moment: then it has no prices to quote on
    return BookSnapshot(instrument.id, time_ns, bids, asks, venue_time_ns=moment_ns(row.ts))


def decode_mark(body: bytes, instrument: Instrument, time_ns: int) -> MarkPrice | None:
    """The mark; None where the venue has none at the moment. Raises BadMessage."""
    rows = result_of(_MARKS, body, f"mark of {instrument.symbol}")
    row = next((row for row in rows if row.symbol == instrument.symbol), None)
    mark = None if row is None else positive(row.price)
    if row is None or mark is None:
        return None
    return MarkPrice(instrument.id, time_ns, mark, venue_time_ns=moment_ns(row.ts))


def decode_funding(body: bytes) -> FundingRow:
    """The rate of funding as a fraction; with an envelope or without. Raises BadMessage."""
    row = result_of(_FUNDING, body, "funding")
    return FundingRow(exact(row.capital_rate) / HUNDRED)


def _levels(rows: list[tuple[float, float]], size: float, *, best_high: bool) -> list[Level]:
    merged: dict[float, float] = {}
    for price, count in rows:
        merged[price] = merged.get(price, 0.0) + count
    return sorted(((price, count * size) for price, count in merged.items() if count), reverse=best_high)


def _trade(frame: TradeFrame, instrument: Instrument, time_ns: int) -> PublicTrade:
    price, count = positive(frame.price), positive(exact(frame.amount))
    if price is None or count is None:
        raise BadMessage("a trade of nothing")
    number = None if frame.id is None else str(frame.id)
    size = float(count * instrument.lot_size)
    taker = _SIDES.get(frame.direction)
    return PublicTrade(instrument.id, time_ns, float(price), size, taker, number, moment_ns(frame.ts))
