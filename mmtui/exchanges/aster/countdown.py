"""The venue's dead-man's switch: it cancels all orders of a symbol unless it hears of us in time. Perps only."""

import asyncio
import contextlib
from typing import Final

from mmtui.exchanges.aster import encode
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.facts import COUNTDOWN_MS, place_of
from mmtui.model.instrument import MarketType
from mmtui.ports.errors import VenueError

_RENEWALS: Final = 3
_AGAIN_S: Final = 1.0
_DISARM_S: Final = 5.0


class Countdown:
    """Keeps the switch armed for every perp that was traded, from the first order on.

    The venue's clock runs per symbol and also takes orders of other programs with it when it runs out.

    Args:
        calls: signs and sends.
        after_ms: the venue's patience, renewed three times within it; 0: the switch is not used.
    """

    def __init__(self, calls: Calls, after_ms: int = COUNTDOWN_MS) -> None:
        self._calls = calls
        self._after_ms = after_ms
        self._armed: dict[str, bool] = {}
        self._new = asyncio.Event()

    @property
    def armed(self) -> tuple[str, ...]:
        """Instruments whose switch the venue has confirmed."""
        return tuple(name for name, confirmed in self._armed.items() if confirmed)

    def watch(self, instrument: str) -> None:
        """An order is about to be sent: from now on the switch is kept armed for this symbol."""
        if self._after_ms and instrument not in self._armed and place_of(instrument)[0] is MarketType.PERP:
            self._armed[instrument] = False
            self._new.set()

    async def run(self) -> None:
        """Arm and renew until cancelled. A renewal that fails is tried again; the switch itself covers what is lost."""
        while True:
            self._new.clear()
            well = True
            for name in list(self._armed):
                well = await self._call(name, self._after_ms) and well
            wait_s = self._after_ms / 1_000 / _RENEWALS if well else _AGAIN_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s or None):
                    await self._new.wait()

    async def disarm(self) -> list[str]:
        """Stop every clock: the end of a clean run. Returns the instruments whose switch may still go off."""
        names = list(self._armed)
        self._armed.clear()
        left = list(names)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DISARM_S):
                for name in names:
                    if await self._call(name, 0):
                        left.remove(name)
        return left

    async def _call(self, instrument: str, after_ms: int) -> bool:
        try:
            await self._calls.send(encode.countdown(instrument, after_ms))
        except VenueError:
            return False
        if instrument in self._armed:
            self._armed[instrument] = True
        return True
