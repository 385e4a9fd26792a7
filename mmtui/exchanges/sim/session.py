"""One simulated venue behind the four ports. Nothing travels a network, but everything takes its latency."""

import asyncio
from collections.abc import Sequence

from mmtui.model.commands import OrderCommand, Query
from mmtui.model.events import Event
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink
from mmtui.simulation.venue import Venue

_IDLE_S = 3_600.0


class SimSession:
    """Moves a simulated venue along the clock and delivers what it says.

    It is feed, trading client and reports at once: a question is answered by events through the sink of ``run``, like
    everything else this venue says, so ``execute`` and ``answer`` return nothing themselves.
    """

    def __init__(self, venue: Venue, instruments: Sequence[Instrument], clock: Clock) -> None:
        self.venue = venue
        self.facts: VenueFacts = venue.facts
        self._instruments = list(instruments)
        self._clock = clock
        self._woken = asyncio.Event()

    async def instruments(self) -> Sequence[Instrument]:
        """All instruments of the simulated market."""
        return self._instruments

    async def run(self, sink: EventSink) -> None:
        """Live until cancelled."""
        while True:
            for event in self.venue.advance(self._clock.now()):
                sink(event)
            self._woken.clear()
            due = self.venue.next_time_ns()
            delay_s = _IDLE_S if due is None else (due - self._clock.now()) / NS_PER_S
            if delay_s <= 0:
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(min(delay_s, _IDLE_S)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def wake(self) -> None:
        """Something was given to the venue: look again when it is next due."""
        self._woken.set()

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send order commands; their outcomes come through the sink."""
        now_ns = self._clock.now()
        for command in commands:
            self.venue.submit(command, now_ns)
        self.wake()
        return []

    async def answer(self, query: Query) -> Sequence[Event]:
        """Send a question; its answer comes through the sink."""
        self.venue.submit(query, self._clock.now())
        self.wake()
        return []
