"""The engine's own health: how late the loop is, how long steps take, how deep the inboxes are."""

from collections import deque

from mmtui.views.board import HealthRow

WINDOW = 512


class Health:
    """Keeps the last measurements and answers with their 99th percentiles."""

    def __init__(self) -> None:
        self.steps = 0
        self.inbox_depth = 0
        self._lags_ms: deque[float] = deque(maxlen=WINDOW)
        self._steps_us: deque[float] = deque(maxlen=WINDOW)

    def stepped(self, nanoseconds: int, inbox_depth: int) -> None:
        """One step took so long, and so many events had waited."""
        self.steps += 1
        self.inbox_depth = inbox_depth
        self._steps_us.append(nanoseconds / 1_000)

    def lagged(self, milliseconds: float) -> None:
        """The loop came so much later than asked."""
        self._lags_ms.append(milliseconds)

    def row(self) -> HealthRow:
        """The figures now."""
        return HealthRow(_p99(self._lags_ms), _p99(self._steps_us), self.inbox_depth, self.steps)


def _p99(values: deque[float]) -> float:
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
