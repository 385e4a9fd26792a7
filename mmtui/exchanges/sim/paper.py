"""Paper trading: a real venue's market data, a simulated venue's fills. Only wiring knows that it is not real."""

import asyncio
from collections.abc import Sequence

from mmtui.exchanges.sim.session import SimSession
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Event,
    MarkPrice,
    PublicTrade,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.instrument import Instrument
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink, MarketFeed
from mmtui.simulation.venue import Venue

_MARKET = BestPrices | BookDelta | BookSnapshot | MarkPrice | PublicTrade | StreamDown | StreamUp


class PaperSession(SimSession):
    """Live market data go to the workers and to the simulated venue's recorded-market model alike."""

    def __init__(
        self,
        venue: Venue,
        instruments: Sequence[Instrument],
        watched: Sequence[Instrument],
        feed: MarketFeed,
        clock: Clock,
    ) -> None:
        super().__init__(venue, instruments, clock)
        self._watched = list(watched)
        self._feed = feed

    def hearing(self, sink: EventSink) -> EventSink:
        """A sink that lets the simulated venue hear the market before the workers do."""

        def hear(event: Event) -> None:
            if isinstance(event, _MARKET):
                self.venue.feed(event)
                self.wake()
            elif isinstance(event, Unrecognised):
                self.venue.feed(event)
            sink(event)

        return hear

    async def run(self, sink: EventSink) -> None:
        """Stream and simulate until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(super().run(sink), name="paper venue")
            tasks.create_task(self._feed.run(self._watched, self.hearing(sink)), name="live market data")
