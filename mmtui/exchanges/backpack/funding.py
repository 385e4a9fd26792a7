"""Funding payments: no stream tells them, so the history is read once a minute."""

import asyncio
from typing import Final

import msgspec

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.decode_account import funding_events
from mmtui.exchanges.backpack.rest import BackpackRest
from mmtui.exchanges.backpack.wire import FundingRow
from mmtui.model.events import ReadFailed
from mmtui.model.units import NS_PER_MS
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError, VenueError
from mmtui.ports.venue import EventSink

_ROWS: Final = msgspec.json.Decoder(list[FundingRow])
_LIMIT: Final = 200
_EVERY_S: Final = 60.0


class FundingWatch:
    """Tells each payment booked since the watch began, once."""

    def __init__(self, account: str, rest: BackpackRest, clock: Clock, every_s: float = _EVERY_S) -> None:
        self._account = account
        self._rest = rest
        self._clock = clock
        self._every_s = every_s
        self._told: dict[str, None] = {}
        self._failing = False

    async def run(self, sink: EventSink) -> None:
        """Look until cancelled."""
        since_ns = self._clock.now()
        while True:
            await self.look(sink, since_ns)
            await asyncio.sleep(self._every_s)

    async def look(self, sink: EventSink, since_ns: int) -> None:
        """Read the latest payments; what was booked before ``since_ns`` belongs to earlier runs."""
        try:
            rows, _ = await self._rest.read(encode.funding_payments(_LIMIT), _ROWS)
        except (VenueError, SettingsError) as error:
            if not self._failing:
                self._failing = True
                sink(ReadFailed(self._account, self._clock.now(), "funding", str(error)))
            return
        self._failing = False
        venue_since_ns = self._rest.venue_ms(since_ns) * NS_PER_MS
        for payment in funding_events(rows, self._account, self._clock.now()):
            if payment.payment_id in self._told or (payment.venue_time_ns or 0) < venue_since_ns:
                continue
            self._told[payment.payment_id] = None
            sink(payment)
