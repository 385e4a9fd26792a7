"""The sandbox's wall clock: this machine's time, moved on by what drills have advanced it."""

import time

from mmtui.model.units import NS_PER_MS, NS_PER_S


class SandboxClock:
    """Time of the simulated venue in nanoseconds since 1970-01-01 UTC; never runs backwards.

    Anchored to the wall once and then monotonic, so that a step of the machine's clock is no event at the venue.
    """

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> int:
        """Read the venue's time."""
        return time.monotonic_ns() + self._offset_ns

    def now_ms(self) -> int:
        """Read the venue's time in whole milliseconds."""
        return self.now_ns() // NS_PER_MS

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._offset_ns += round(seconds * NS_PER_S)
