"""The account's streams of all its markets as one: up when every one is, down when any is not."""

import asyncio
from collections.abc import Callable, Sequence

from mmtui.exchanges.aster.listen_key import AccountStream
from mmtui.model.events import StreamDown, StreamUp
from mmtui.model.instrument import MarketType
from mmtui.ports.clock import Clock
from mmtui.ports.venue import EventSink


class PrivateStreams:
    """Keeps the streams of one account.

    Args:
        account: its name in events.
        streams: one a market.
        clock: the machine's clocks.
        on_funding: told when funding was booked.
    """

    def __init__(
        self, account: str, streams: Sequence[AccountStream], clock: Clock, on_funding: Callable[[], None]
    ) -> None:
        self._account = account
        self._streams = tuple(streams)
        self._clock = clock
        self._on_funding = on_funding
        self._up: set[MarketType] = set()

    async def run(self, sink: EventSink) -> None:
        """Stream until cancelled."""

        def on_up(market: MarketType) -> None:
            self._up.add(market)
            if len(self._up) == len(self._streams):
                sink(StreamUp("private", self._clock.now(), None, self._account))

        def on_down(market: MarketType, reason: str) -> None:
            self._up.discard(market)
            sink(StreamDown("private", self._clock.now(), reason, None, self._account))

        async with asyncio.TaskGroup() as tasks:
            for stream in self._streams:
                tasks.create_task(stream.run(sink, on_up, on_down, self._on_funding), name="aster account stream")
