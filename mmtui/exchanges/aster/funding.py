"""Funding payments of the perps: the stream only hints at them, so the venue's bookings are read."""

import asyncio
import contextlib
from typing import Final

from mmtui.exchanges.aster.answers import IncomeRow, funding, read
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.encode import question
from mmtui.exchanges.aster.facts import PAGE
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.model.events import FundingPayment, ReadFailed
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import VenueError
from mmtui.ports.venue import EventSink

_WEIGHT: Final = 30
_EVERY_S: Final = 600.0
_AGAIN_S: Final = 30.0
_SETTLES_S: Final = 2.0
_OVERLAP_NS: Final = 3_600 * NS_PER_S
"""How far behind the newest payment known is looked again; a booking may appear late."""


class FundingWatch:
    """Tells each payment booked since the watch began, once.

    Args:
        account: its name in events.
        calls: signs and sends.
        offset: the venue's clock.
        clock: the machine's clocks.
        every_s: how often is looked without a hint.
    """

    def __init__(
        self, account: str, calls: Calls, offset: ClockOffset, clock: Clock, every_s: float = _EVERY_S
    ) -> None:
        self._account = account
        self._calls = calls
        self._offset = offset
        self._clock = clock
        self._every_s = every_s
        self._told: dict[tuple[str, str], None] = {}
        self._hinted = asyncio.Event()
        self._failing = False

    def hint(self) -> None:
        """The stream says that funding was booked."""
        self._hinted.set()

    async def run(self, sink: EventSink) -> None:
        """Look until cancelled; the first look is one period from now, or at the first hint."""
        began_ns = self._offset.venue_now()
        wait_s = self._every_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._hinted.wait()
                    await asyncio.sleep(_SETTLES_S)  # the bookings follow the hint
            self._hinted.clear()
            wait_s = self._every_s if await self.look(sink, began_ns) else _AGAIN_S

    async def look(self, sink: EventSink, began_ns: int) -> bool:
        """Read what was booked since then (venue's time); what is older belongs to earlier runs."""
        since_ns = max(began_ns, self._offset.venue_now() - self._reach_ns())
        try:
            payments = await self._payments(since_ns // NS_PER_MS)
        except VenueError as error:
            if not self._failing:
                self._failing = True
                sink(ReadFailed(self._account, self._clock.now(), "funding", str(error)))
            return False
        self._failing = False
        for payment in payments:
            key = (payment.instrument, payment.payment_id)
            if key not in self._told and (payment.venue_time_ns or 0) >= began_ns:
                self._told[key] = None
                sink(payment)
        return True

    def _reach_ns(self) -> int:
        """Far enough back to see what a failed look or a quiet hour may have missed."""
        return _OVERLAP_NS + 2 * 86_400 * NS_PER_S if self._failing else _OVERLAP_NS + int(self._every_s) * NS_PER_S

    async def _payments(self, since_ms: int) -> list[FundingPayment]:
        fields = [("incomeType", "FUNDING_FEE"), ("startTime", str(since_ms)), ("limit", str(PAGE))]
        rows = read(list[IncomeRow], await self._calls.send(question(MarketType.PERP, "income", fields, _WEIGHT)))
        now_ns = self._clock.now()
        rows.sort(key=lambda row: (row.time, row.tran_id))
        return [funding(self._account, row, now_ns) for row in rows if row.income_type == "FUNDING_FEE"]
