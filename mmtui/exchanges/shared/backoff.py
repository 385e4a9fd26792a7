"""How long to wait before trying again: full jitter, so that many clients do not return at once."""

import secrets
from collections.abc import Callable

RandomFraction = Callable[[], float]
"""A number from 0 (included) to 1 (excluded)."""

system_fraction: RandomFraction = secrets.SystemRandom().random


class Backoff:
    """Waits drawn from 0 to a ceiling that doubles from ``first_s`` to ``cap_s`` with every failure in a row."""

    def __init__(self, first_s: float = 0.25, cap_s: float = 30.0, fraction: RandomFraction = system_fraction) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._fraction = fraction
        self.failures = 0

    def ceiling_s(self) -> float:
        """The longest wait that the next call may give, in seconds."""
        doublings = min(self.failures, 32)
        return float(min(self._cap_s, self._first_s * 2**doublings))

    def next_s(self) -> float:
        """One more failure: seconds to wait now."""
        ceiling_s = self.ceiling_s()
        self.failures += 1
        return ceiling_s * (1.0 - self._fraction())

    def reset(self) -> None:
        """All is well again."""
        self.failures = 0
