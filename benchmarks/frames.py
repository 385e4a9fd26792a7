"""A decoder for the generated frames: bytes -> typed struct -> model event of any instrument.

It feeds replays and screens, where decoding is not measured; ingest and wire measure the adapter's own decoder.
"""

import msgspec
from msgspec import Struct

from mmtui.model.events import BookDelta, BookSnapshot, Level, PublicTrade
from mmtui.model.units import NS_PER_US, Side


class Depth(Struct, frozen=True, gc=False, tag_field="e", tag="depth", rename={"first": "U", "last": "u"}):
    """Changed levels; ``first`` to ``last`` are the update numbers in it."""

    s: str
    a: list[Level]
    b: list[Level]
    first: int
    last: int
    T: int


class Trades(Struct, frozen=True, gc=False, tag_field="e", tag="trade"):
    """One trade; ``m`` is True where the buyer was the maker."""

    s: str
    p: float
    q: float
    t: int
    T: int
    m: bool


class Frame(Struct, frozen=True, gc=False):
    """What one websocket message carries."""

    data: Depth | Trades


_decode = msgspec.json.Decoder(Frame, strict=False).decode


def decode(raw: bytes, instrument: str, time_ns: int) -> BookDelta | PublicTrade:
    """The model event of a frame received at ``time_ns``."""
    data = _decode(raw).data
    if type(data) is Depth:
        return BookDelta(instrument, time_ns, data.b, data.a, data.last, data.first - 1, data.T * NS_PER_US)
    assert type(data) is Trades
    taker = Side.SELL if data.m else Side.BUY
    return PublicTrade(instrument, time_ns, data.p, data.q, taker, str(data.t), data.T * NS_PER_US)


def opening_book(raw: bytes, instrument: str, time_ns: int) -> BookSnapshot:
    """The first frame of a recording as a snapshot, best prices first."""
    data = _decode(raw).data
    assert type(data) is Depth
    return BookSnapshot(instrument, time_ns, data.b[::-1], data.a, data.last, data.T * NS_PER_US)


def event_time_ns(raw: bytes) -> int:
    """The venue's time of a frame, as the time of receipt in a replay."""
    return _decode(raw).data.T * NS_PER_US
