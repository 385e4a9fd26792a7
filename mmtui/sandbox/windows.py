"""Rate limits as venues count them: so much weight in a window of time."""

from collections import deque
from collections.abc import Hashable

from mmtui.model.units import NS_PER_S


class RateWindow:
    """At most ``limit`` units of weight in any ``seconds``, counted apart for each key (account, address)."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._span_ns = round(seconds * NS_PER_S)
        self._taken: dict[Hashable, deque[tuple[int, int]]] = {}
        self._used: dict[Hashable, int] = {}

    def take(self, key: Hashable, now_ns: int, weight: int = 1) -> bool:
        """Count ``weight`` for ``key`` if it fits; False, and nothing counted, if it does not."""
        used = self.used(key, now_ns)
        if used + weight > self.limit:
            return False
        self._taken[key].append((now_ns, weight))
        self._used[key] = used + weight
        return True

    def used(self, key: Hashable, now_ns: int) -> int:
        """Weight counted within the window that ends now."""
        taken = self._taken.setdefault(key, deque())
        used = self._used.get(key, 0)
        while taken and taken[0][0] <= now_ns - self._span_ns:
            used -= taken.popleft()[1]
        self._used[key] = used
        return used

    def wait_ms(self, key: Hashable, now_ns: int) -> int:
        """Milliseconds until the oldest weight in the window is forgotten; 0 where there is none."""
        taken = self._taken.get(key)
        return max(0, (taken[0][0] + self._span_ns - now_ns) // 1_000_000 + 1) if taken else 0
