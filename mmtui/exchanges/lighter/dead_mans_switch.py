"""The venue's scheduled cancel-all as a dead-man's switch: it ends all orders of the account unless it is put off."""

import asyncio
import contextlib
from typing import Final

from mmtui.exchanges.lighter import encode
from mmtui.exchanges.lighter.encode import Transaction
from mmtui.exchanges.lighter.facts import SWITCH_MS
from mmtui.exchanges.lighter.outbox import Outbox
from mmtui.exchanges.shared.clock_offset import ClockOffset
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.units import NS_PER_MS
from mmtui.ports.errors import VenueError

_RENEWALS: Final = 3
_AGAIN_S: Final = 5.0
_DISARM_S: Final = 5.0


class DeadMansSwitch:
    """Keeps the switch armed from the first order on. It is the account's: it also ends orders of other programs.

    Args:
        outbox: signs and sends.
        offset: the venue's clock, by which it goes off.
        after_ms: the venue's patience (five minutes at least), renewed three times within it; 0: it is not used.
    """

    def __init__(self, outbox: Outbox, offset: ClockOffset, after_ms: int = SWITCH_MS) -> None:
        self._outbox = outbox
        self._offset = offset
        self._after_ms = after_ms
        self._wanted = asyncio.Event()
        self.armed = False
        outbox.harmless = self.renewal

    def watch(self) -> None:
        """An order is about to be sent: from now on the switch is kept armed."""
        if self._after_ms:
            self._wanted.set()

    def renewal(self) -> Transaction | None:
        """Put the switch off once more, or arm it now; None while it is not wanted."""
        if not self._wanted.is_set():
            return None
        return encode.schedule_cancel_all(self._offset.venue_now() // NS_PER_MS + self._after_ms)

    async def run(self) -> None:
        """Arm and renew until cancelled. A renewal that fails is tried again; the switch itself covers what is lost."""
        while True:
            await self._wanted.wait()
            at_ms = self._offset.venue_now() // NS_PER_MS + self._after_ms
            well = await self._sent(encode.schedule_cancel_all(at_ms))
            self.armed = self.armed or well
            await asyncio.sleep(self._after_ms / 1_000 / _RENEWALS if well else _AGAIN_S)

    async def disarm(self) -> bool:
        """Take it back: the end of a clean run. Returns False where it may still go off."""
        if not self._wanted.is_set():
            return True
        self._wanted.clear()
        self.armed = True  # a request that seemed lost may have armed it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DISARM_S):
                self.armed = not await self._sent(encode.abort_cancel_all())
        return not self.armed

    async def _sent(self, transaction: Transaction) -> bool:
        try:
            await self._outbox.submit(transaction, Kind.CANCEL)
        except VenueError:
            return False
        return True
