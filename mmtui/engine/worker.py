"""One running strategy as one asyncio task: an inbox, a cell, an alarm. Nothing else writes its state."""

import asyncio
import time
from collections.abc import Callable

from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.health import Health
from mmtui.model.events import BookDelta, BookSnapshot, Event
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock

CONFLATE_ABOVE = 64

StepObserver = Callable[[Cell, StepResult], None]


class Worker:
    """Drains its inbox, steps its cell, hands commands on. Ends when the cell has stopped."""

    def __init__(self, cell: Cell, clock: Clock, observe: StepObserver, health: Health) -> None:
        self.cell = cell
        self._clock = clock
        self._observe = observe
        self._health = health
        self._inbox: list[Event] = []
        self._woken = asyncio.Event()
        self._failure: Exception | None = None
        self._ended = False

    def put(self, event: Event) -> None:
        """Take an event; never blocks, never drops an account event. Once the run has ended there is no inbox."""
        if not self._ended:
            self._inbox.append(event)
            self._woken.set()

    def fail(self, error: Exception) -> None:
        """Something this worker cannot live without has failed: ``run`` raises it."""
        self._failure = error
        self._woken.set()

    async def run(self) -> None:
        """Step until the run has ended. Raises what a broken invariant raises; the supervisor takes it from there."""
        try:
            while not self.cell.stopped:
                await self._wait()
                if self._failure is not None:
                    raise self._failure
                batch, self._inbox = self._inbox, []
                self._woken.clear()
                self._step(conflate(batch) if len(batch) > CONFLATE_ABOVE else batch)
        finally:
            self._ended = True
            self._inbox = []

    def _step(self, batch: list[Event]) -> None:
        begun = time.perf_counter_ns()
        result = self.cell.feed(self._clock.now(), batch)
        if result is not None:
            self._observe(self.cell, result)
        self._health.stepped(time.perf_counter_ns() - begun, len(batch))

    async def _wait(self) -> None:
        """Until an event is there or the cell's alarm is due."""
        delay_ns = self.cell.wake_ns - self._clock.now()
        if self._inbox or self._failure is not None or delay_ns <= 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(min(delay_ns, NS_PER_S * 3_600) / NS_PER_S):
                await self._woken.wait()
        except TimeoutError:
            return


def conflate(batch: list[Event]) -> list[Event]:
    """When behind, drop book messages that a later snapshot of the same instrument replaces anyway."""
    newest: dict[str, int] = {
        event.instrument: index for index, event in enumerate(batch) if isinstance(event, BookSnapshot)
    }
    return [
        event
        for index, event in enumerate(batch)
        if not (isinstance(event, BookSnapshot | BookDelta) and index < newest.get(event.instrument, -1))
    ]
