"""Funding payments: booked every hour, told by no stream that is read, so the list is looked at."""

import asyncio
from typing import Final

import msgspec

from mmtui.exchanges.lighter.account_frames import AccountRows
from mmtui.exchanges.lighter.calls import Calls
from mmtui.exchanges.lighter.facts import PAGE
from mmtui.exchanges.lighter.figures import exact, from_s_or_ms
from mmtui.exchanges.lighter.wire import FundingAnswer, FundingRow
from mmtui.model.events import FundingPayment, ReadFailed
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BadMessage, VenueError
from mmtui.ports.venue import EventSink

FUNDINGS: Final = msgspec.json.Decoder(FundingAnswer, strict=False)
_EVERY_S: Final = 300.0


class FundingWatch:
    """Tells each payment booked since the watch began, once."""

    def __init__(self, calls: Calls, rows: AccountRows, clock: Clock, every_s: float = _EVERY_S) -> None:
        self._calls = calls
        self._rows = rows
        self._clock = clock
        self._every_s = every_s
        self._told: dict[str, None] = {}
        self._failing = False

    async def run(self, sink: EventSink) -> None:
        """Look until cancelled; the first look is one period from now."""
        began_ns = self._calls.offset.venue_now()
        while True:
            await asyncio.sleep(self._every_s)
            await self.look(sink, began_ns)

    async def look(self, sink: EventSink, began_ns: int) -> None:
        """Read the latest payments; what was booked before then (venue's time) belongs to earlier runs."""
        try:
            found, _ = await self._calls.read_own(
                "positionFunding", FUNDINGS, ("account_index", self._rows.account_index), ("limit", PAGE)
            )
            payments = [self._payment(row) for row in reversed(found.position_fundings)]
        except VenueError as error:
            if not self._failing:
                self._failing = True
                sink(ReadFailed(self._rows.account, self._clock.now(), "funding", str(error)))
            return
        self._failing = False
        for payment in payments:
            if payment.payment_id not in self._told and (payment.venue_time_ns or 0) >= began_ns:
                self._told[payment.payment_id] = None
                sink(payment)

    def _payment(self, row: FundingRow) -> FundingPayment:
        """A booked payment: ``change`` is what it did to the account; the unit of its rate is not sure.

        Raises BadMessage.
        """
        venue_ns = from_s_or_ms(row.timestamp)
        if venue_ns is None:
            raise BadMessage("a funding payment without a time")
        return FundingPayment(
            self._rows.account, self._rows.name(row.market_id), self._clock.now(), f"{row.market_id}-{row.funding_id}",
            exact(row.change), None, venue_ns,
        )  # fmt: skip
