"""Funding payments: booked every hour, told by no stream that is read, so the list is looked at."""

import asyncio
from typing import Final

import msgspec

from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.facts import PAGE, instrument_id, symbol_of
from mmtui.exchanges.standx.figures import exact, from_iso, to_iso
from mmtui.exchanges.standx.wire import FundingRow
from mmtui.model.events import FundingPayment, ReadFailed
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import EventSink

_FUNDINGS: Final = msgspec.json.Decoder(list[FundingRow], strict=False)
_EVERY_S: Final = 300.0
_BACK_NS: Final = 2 * 3_600 * NS_PER_S
"""How far back each look goes: a payment may be booked a while after its hour."""


class FundingWatch:
    """Tells each payment booked since the watch began, once, for the instruments that were traded."""

    def __init__(self, account: str, calls: Calls, clock: Clock, every_s: float = _EVERY_S) -> None:
        self._account = account
        self._calls = calls
        self._clock = clock
        self._every_s = every_s
        self._traded: dict[str, None] = {}
        self._told: dict[int, None] = {}
        self._failing = False

    def traded(self, instrument: str) -> None:
        """This instrument may have a position from now on."""
        self._traded[instrument] = None

    async def run(self, sink: EventSink) -> None:
        """Look until cancelled; the first look is one period from now."""
        began_ns = self._calls.offset.venue_now()
        while True:
            await asyncio.sleep(self._every_s)
            await self.look(sink, began_ns)

    async def look(self, sink: EventSink, began_ns: int) -> None:
        """Read the latest payments; what was booked before then (venue's time) belongs to earlier runs."""
        since_ns = max(began_ns, self._calls.offset.venue_now() - _BACK_NS)
        try:
            for instrument in list(self._traded):
                rows, _ = await self._calls.read_own(
                    "query_funding_history", _FUNDINGS, ("symbol", symbol_of(instrument)),
                    ("start", to_iso(since_ns)), ("limit", PAGE),
                )  # fmt: skip
                for row in sorted(rows, key=lambda row: row.id):
                    self._tell(row, sink, began_ns)
        except VenueError as error:
            if not self._failing:
                self._failing = True
                sink(ReadFailed(self._account, self._clock.now(), "funding", str(error)))
            return
        self._failing = False

    def _tell(self, row: FundingRow, sink: EventSink, began_ns: int) -> None:
        venue_ns = from_iso(row.transact_time or row.created_at)
        if row.id in self._told or venue_ns is None or venue_ns < began_ns or row.txn_type != "funding":
            return
        self._told[row.id] = None
        sink(
            FundingPayment(
                self._account, instrument_id(row.symbol), self._clock.now(), str(row.id), exact(row.qty), None, venue_ns
            )
        )
