"""Books by REST while the public socket is down: old the moment they arrive, good enough to get out, never to quote.

A polled book carries when it was asked for and how old it may be; it is a type of its own, so that nothing can take it
for the stream's book. The stream's StreamDown stays in force until the stream itself has a snapshot again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from mmtui.model.events import BookSnapshot
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError


class PolledBook(Struct, frozen=True):
    """A book read by REST, for exits and closes only. It was true at some time since ``asked_ns`` (wall)."""

    snapshot: BookSnapshot
    asked_ns: int

    def age_ns(self, now_ns: int) -> int:
        """How old it may be at most."""
        return now_ns - self.asked_ns


class BookPolling:
    """Polls while told that the socket is down.

    Args:
        instruments: ids of the books.
        fetch: reads one book; raises VenueError.
        deliver: takes each polled book.
        clock: the machine's clocks.
        interval_s: seconds between two rounds.
        grace_s: a socket that is back within this time costs no request.
        failed: takes the reason of a read that failed: the book stays unknown.
    """

    def __init__(
        self,
        instruments: Sequence[str],
        fetch: Callable[[str], Awaitable[BookSnapshot]],
        deliver: Callable[[PolledBook], None],
        clock: Clock,
        *,
        interval_s: float = 1.0,
        grace_s: float = 1.0,
        failed: Callable[[str, str], None] | None = None,
    ) -> None:
        self._instruments = tuple(instruments)
        self._fetch = fetch
        self._deliver = deliver
        self._clock = clock
        self._interval_s = interval_s
        self._grace_s = grace_s
        self._failed = failed
        self._down = asyncio.Event()
        self._changed = asyncio.Event()

    def socket_down(self) -> None:
        """The public socket is lost."""
        self._down.set()
        self._changed.clear()

    def socket_up(self) -> None:
        """The public socket delivers again; a read under way is thrown away."""
        self._down.clear()
        self._changed.set()

    async def run(self) -> None:
        """Poll whenever the socket is down, until cancelled."""
        while True:
            await self._down.wait()
            wait_s = self._grace_s
            while not await self._is_back(wait_s):
                started_ns = self._clock.monotonic()
                for instrument in self._instruments:
                    await self._poll(instrument)
                wait_s = max(0.0, self._interval_s - (self._clock.monotonic() - started_ns) / NS_PER_S)

    async def _poll(self, instrument: str) -> None:
        asked_ns = self._clock.now()
        try:
            snapshot = await self._fetch(instrument)
        except VenueError as error:
            if self._failed is not None:
                self._failed(instrument, str(error))
            return
        if self._down.is_set():
            self._deliver(PolledBook(snapshot, asked_ns))

    async def _is_back(self, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
