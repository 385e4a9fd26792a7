"""The market in a journal of ours, as a recording: what a run saw can be traded again by another configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Event,
    MarketEvent,
    MarkPrice,
    PublicTrade,
    StreamDown,
    StreamUp,
)

Batch = tuple[int, Sequence[Event]]
"""What one step of the engine was fed: its time in nanoseconds, and the events."""


def market_events(batches: Iterable[Batch], instruments: Mapping[str, str]) -> Iterator[MarketEvent]:
    """The market events of the chosen instruments, in the order the run saw them.

    ``instruments`` maps the recorded instrument ids to those of the replay; events of others, of accounts and of the
    operator are left out.
    """
    market = (BookSnapshot, BookDelta, BestPrices, PublicTrade, MarkPrice, StreamUp, StreamDown)
    for _now_ns, events in batches:
        for event in events:
            if not isinstance(event, market) or event.instrument is None:
                continue
            name = instruments.get(event.instrument)
            if name is not None:
                yield event if name == event.instrument else replace(event, instrument=name)
