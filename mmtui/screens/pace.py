"""How fast panes may draw: quotes never pay for pixels."""

from typing import Final

from mmtui.model.units import NS_PER_S

LATE_MS: Final = 25.0
"""Loop lag (p99) above which the engine counts as late."""

PATIENCE_NS: Final = 10 * NS_PER_S
"""How long it must be late before panes slow down, and in time again before they speed up."""


class Pace:
    """Says whether panes draw at half their rate; one for the whole terminal."""

    def __init__(self) -> None:
        self.halved = False
        self._since_ns: int | None = None

    def see(self, lag_ms: float, now_ns: int) -> bool:
        """Take the newest loop lag; True while panes must draw at half their rate."""
        late = lag_ms > LATE_MS
        if late is self.halved:
            self._since_ns = None
        elif self._since_ns is None or now_ns < self._since_ns:
            self._since_ns = now_ns
        elif now_ns - self._since_ns >= PATIENCE_NS:
            self.halved, self._since_ns = late, None
        return self.halved
