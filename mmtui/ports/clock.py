"""Time is handed in."""

from typing import Protocol

from mmtui.model.units import MonoNs, WallNs


class Clock(Protocol):
    """Wall time for facts, monotonic time for timeouts: different types on purpose."""

    def now(self) -> WallNs:
        """Wall time in nanoseconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> MonoNs:
        """Monotonic time in nanoseconds."""
        ...
