"""Rate limits: a bucket of credits for each account, requests a second for each address."""

from typing import Final

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.standx.errors import rate_limited
from mmtui.sandbox.windows import RateWindow

CREDITS: Final = 45
"""What a request costs."""
REFILL_PER_S: Final = 1_000
CAPACITY: Final = 900
PER_ADDRESS: Final = 50


class Limits:
    """Counts what accounts and addresses ask."""

    def __init__(self) -> None:
        self._addresses = RateWindow(PER_ADDRESS, 1)
        self._buckets: dict[str, tuple[float, int]] = {}

    def address(self, remote: str, now_ns: int) -> None:
        """Count a request of an address. Raises ApiError if it is one too many."""
        if not self._addresses.take(remote, now_ns):
            raise rate_limited()

    def account(self, name: str, now_ns: int) -> None:
        """Count a request of an account. Raises ApiError if its credits do not suffice."""
        left, since_ns = self._buckets.get(name, (float(CAPACITY), now_ns))
        left = min(CAPACITY, left + (now_ns - since_ns) / NS_PER_S * REFILL_PER_S)
        if left < CREDITS:
            self._buckets[name] = left, now_ns
            raise rate_limited()
        self._buckets[name] = left - CREDITS, now_ns
