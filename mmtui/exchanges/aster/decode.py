"""Frames of the market streams to events: pure, one typed decode a frame, never an exception.

Frames come bare (``/ws``) or wrapped (``/stream``). Keys differ by case only (``e`` and ``E``, ``u`` and ``U``), which
msgspec keeps apart. What no type fits becomes ``Unrecognised`` with a cut sample.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Raw, Struct

from mmtui.exchanges.aster.facts import instrument_id
from mmtui.exchanges.aster.figures import Millis, Number, Price, Rows, Size, exact, from_ms
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import BestPrices, BookDelta, MarketEvent, MarkPrice, PublicTrade, Unrecognised
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_MS, Side
from mmtui.ports.errors import BadMessage

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, BadMessage)
"""What decoding bytes of somebody else can raise."""


class _Depth(Struct, gc=False, tag_field="e", tag="depthUpdate"):
    s: str
    U: Number
    u: Number
    b: Rows
    a: Rows
    E: Millis = 0
    pu: Number | None = None


class _AggTrade(Struct, gc=False, tag_field="e", tag="aggTrade"):
    s: str
    a: Number
    p: Price
    q: Size
    m: bool
    E: Millis = 0
    T: Millis = 0


class _Trade(Struct, gc=False, tag_field="e", tag="trade"):
    s: str
    t: Number
    p: Price
    q: Size
    m: bool
    E: Millis = 0
    T: Millis = 0


class _Mark(Struct, gc=False, tag_field="e", tag="markPriceUpdate"):
    s: str
    p: Decimal
    i: Decimal | None = None
    r: Decimal | None = None
    T: Millis = 0
    E: Millis = 0


class _Ticker(Struct, gc=False, tag_field="e", tag="bookTicker"):
    s: str
    u: Number
    b: Size
    B: Size
    a: Size
    A: Size
    E: Millis = 0


class _BareTicker(Struct, gc=False):
    """A spot ticker, which the documents show without ``e``."""

    s: str
    u: Number
    b: Size
    B: Size
    a: Size
    A: Size
    E: Millis = 0


class _Reply(Struct, gc=False):
    """The answer to a control frame."""

    id: int
    result: object = None


class _Wrapped(Struct, gc=False):
    stream: str
    data: Raw


_DEPTH: Final = msgspec.json.Decoder(_Depth, strict=False)
_FRAME: Final = msgspec.json.Decoder(_Depth | _AggTrade | _Trade | _Mark | _Ticker, strict=False)
_BARE: Final = msgspec.json.Decoder(_BareTicker, strict=False)
_REPLY: Final = msgspec.json.Decoder(_Reply)
_WRAPPED: Final = msgspec.json.Decoder(_Wrapped)

_DEPTH_HEAD: Final = b'{"e":"depthUpdate"'
_DEPTH_HEAD_LENGTH: Final = len(_DEPTH_HEAD)


class MarketDecoder:
    """Decodes the frames of one market's streams.

    ``decode`` gives events in the order of the frame: none for the answer to a control frame. A ``BookDelta`` carries
    the sequence it follows as the venue tells it (``pu``; where there is none the number before ``U``).
    """

    def __init__(self, market: MarketType, redactor: Redactor | None = None) -> None:
        self._ids: dict[str, str] = {}
        self._market = market
        self._redactor = Redactor() if redactor is None else redactor
        self.unrecognised = 0

    def decode(self, data: bytes, now_ns: int) -> list[MarketEvent]:
        """Events of one frame received at ``now_ns``."""
        try:
            if data[:_DEPTH_HEAD_LENGTH] == _DEPTH_HEAD:
                return [self._delta(_DEPTH.decode(data), now_ns)]
            return [self._event(_FRAME.decode(data), now_ns)]
        except UNREADABLE:
            return self._other(data, now_ns)

    def _other(self, data: bytes, now_ns: int) -> list[MarketEvent]:
        """A wrapped frame, a ticker without a name, the answer to a subscription; or nothing that is known."""
        attempts: tuple[Callable[[], list[MarketEvent]], ...] = (
            lambda: self._unwrapped(data, now_ns),
            lambda: [self._ticker(_BARE.decode(data), now_ns)],
            lambda: self._reply(data),
        )
        for attempt in attempts:
            try:
                return attempt()
            except UNREADABLE:
                continue
        self.unrecognised += 1
        return [Unrecognised(f"aster {self._market.value} market stream", now_ns, self._redactor.sample(data))]

    def _unwrapped(self, data: bytes, now_ns: int) -> list[MarketEvent]:
        inner = _WRAPPED.decode(data).data
        try:
            return [self._event(_FRAME.decode(inner), now_ns)]
        except UNREADABLE:
            return [self._ticker(_BARE.decode(inner), now_ns)]

    def _reply(self, data: bytes) -> list[MarketEvent]:
        _REPLY.decode(data)
        return []

    def _event(self, frame: _Depth | _AggTrade | _Trade | _Mark | _Ticker, now_ns: int) -> MarketEvent:
        if isinstance(frame, _Depth):
            return self._delta(frame, now_ns)
        if isinstance(frame, _AggTrade):
            return self._trade(frame, frame.a, now_ns)
        if isinstance(frame, _Trade):
            return self._trade(frame, frame.t, now_ns)
        if isinstance(frame, _Mark):
            return self._mark(frame, now_ns)
        return self._ticker(frame, now_ns)

    def _delta(self, frame: _Depth, now_ns: int) -> BookDelta:
        previous = frame.pu if frame.pu is not None else max(0, frame.U - 1)
        return BookDelta(self._id(frame.s), now_ns, frame.b, frame.a, frame.u, previous, frame.E * NS_PER_MS or None)

    def _trade(self, frame: _AggTrade | _Trade, trade_id: int, now_ns: int) -> PublicTrade:
        taker = Side.SELL if frame.m else Side.BUY  # m: the buyer is the maker
        return PublicTrade(self._id(frame.s), now_ns, frame.p, frame.q, taker, str(trade_id), from_ms(frame.T))

    def _mark(self, frame: _Mark, now_ns: int) -> MarkPrice:
        if exact(frame.p) <= 0:
            raise BadMessage("a mark price of nothing")
        return MarkPrice(
            self._id(frame.s), now_ns, frame.p, None if frame.i is None else exact(frame.i),
            None if frame.r is None else exact(frame.r), from_ms(frame.T), from_ms(frame.E),
        )  # fmt: skip

    def _ticker(self, frame: _Ticker | _BareTicker, now_ns: int) -> BestPrices:
        if frame.a and frame.b > frame.a:
            raise BadMessage("best prices that cross")
        return BestPrices(
            self._id(frame.s), now_ns, frame.b, frame.B, frame.a, frame.A, from_ms(frame.E)
        )  # fmt: skip

    def _id(self, symbol: str) -> str:
        known = self._ids.get(symbol)
        if known is None:
            known = instrument_id(self._market, symbol)
            if len(self._ids) < 10_000:  # noqa: PLR2004 - far more symbols than any venue has
                self._ids[symbol] = known
        return known
