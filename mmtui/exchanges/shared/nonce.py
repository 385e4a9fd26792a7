"""Numbers used once: strictly increasing, near the venue's time, from one place per user."""

from collections.abc import Callable

from mmtui.model.units import NS_PER_US


class Nonces:
    """Nonces of one user (not of one session or signer: a venue remembers them per user).

    ``now_ns`` is the venue's time as far as known (``ClockOffset.venue_now``), ``unit_ns`` the venue's unit in
    nanoseconds (1,000: microseconds). Where calls come faster than the unit, or the time steps back, numbers run ahead
    of the clock by one each.
    """

    def __init__(self, now_ns: Callable[[], int], unit_ns: int = NS_PER_US) -> None:
        self._now_ns = now_ns
        self._unit_ns = unit_ns
        self._last = -1

    def next(self) -> int:
        """A number larger than every one before."""
        self._last = max(self._last + 1, self._now_ns() // self._unit_ns)
        return self._last

    def ahead_ns(self) -> int:
        """How far the last number runs ahead of the clock; beyond the venue's tolerance it would be refused."""
        return max(0, self._last * self._unit_ns - self._now_ns())


class NonceBook:
    """One ``Nonces`` per user, whoever asks: two sessions of one user never give the same number."""

    def __init__(self) -> None:
        self._users: dict[tuple[str, str], Nonces] = {}

    def of(self, venue: str, user: str, now_ns: Callable[[], int], unit_ns: int = NS_PER_US) -> Nonces:
        """The nonces of this user; clock and unit are those of the first call."""
        return self._users.setdefault((venue, user.lower()), Nonces(now_ns, unit_ns))
