"""The venue's time, measured: signed requests carry it, so a wrong clock of this machine does no harm.

Every question for the time gives an interval: the venue's clock stood somewhere between our sending and our receiving
(NTP's bound, offset ± half the round trip), plus the resolution of the answer. The estimate is the middle of what the
recent intervals have in common. It is tied to the monotonic clock: a step of the wall clock does not move it.
"""

import asyncio
import contextlib
import email.utils
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from mmtui.model.units import NS_PER_MS, NS_PER_S, MonoNs, WallNs
from mmtui.ports.clock import Clock
from mmtui.ports.errors import SettingsError, VenueError

_KEPT = 8
_DISSENTERS = 3
_DRIFT_PPM = 100
_STEP_NS = 250 * NS_PER_MS
_LOOK_S = 1.0


class Reading(Struct, frozen=True):
    """Both clocks of this machine, read together."""

    wall: WallNs
    mono: MonoNs


def read_clock(clock: Clock) -> Reading:
    """Read both clocks."""
    return Reading(clock.now(), clock.monotonic())


def date_header_ns(headers: Mapping[str, str]) -> int | None:
    """Time of a Date header (names in lower case) in nanoseconds, cut to one second; None: none, or unreadable."""
    try:
        return int(email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()) * NS_PER_S
    except (ValueError, OverflowError):
        return None


class _Bound(Struct, frozen=True):
    """Venue time minus monotonic time lay in [low, high] when measured at ``mono``."""

    low: int
    high: int
    mono: int

    def widened(self, mono: int) -> "_Bound":
        """The same bound later: clocks drift apart."""
        drift = abs(mono - self.mono) * _DRIFT_PPM // 1_000_000
        return _Bound(self.low - drift, self.high + drift, mono)

    def meets(self, other: "_Bound") -> bool:
        """True where both can be right."""
        return self.low <= other.high and other.low <= self.high


class ClockOffset:
    """Estimate of a venue's clock. Beyond ``max_skew_ns`` this machine's clock is to be set, not corrected."""

    def __init__(self, clock: Clock, max_skew_ns: int = 60 * NS_PER_S) -> None:
        self._clock = clock
        self._max_skew_ns = max_skew_ns
        self._bounds: deque[_Bound] = deque(maxlen=_KEPT)
        self._dissent: list[_Bound] = []
        self._measured: Reading | None = None
        self._refused_skew_ns: int | None = None

    def add(self, sent: Reading, received: Reading, venue_ns: int, resolution_ns: int = NS_PER_MS) -> bool:
        """Take one measurement; returns False where it was not believed.

        Args:
            sent: our clocks before the question was sent.
            received: our clocks when the answer was there.
            venue_ns: the venue's time in the answer, cut to ``resolution_ns``.
            resolution_ns: 1 ms for most time calls, 1 s for a Date header.
        """
        middle = (sent.mono + received.mono) // 2
        skew_ns = venue_ns + resolution_ns // 2 - (sent.wall + (received.mono - sent.mono) // 2)
        slack_ns = (received.mono - sent.mono) // 2 + resolution_ns
        if received.mono < sent.mono or abs(skew_ns) > self._max_skew_ns + slack_ns:
            self._refused_skew_ns = skew_ns
            return False
        bound = _Bound(venue_ns - received.mono, venue_ns + resolution_ns - sent.mono, middle)
        if not self._agrees(bound):
            return False
        self._bounds.append(bound)
        self._measured = received
        self._refused_skew_ns = None
        return True

    @property
    def known(self) -> bool:
        """True once a measurement was believed."""
        return bool(self._bounds)

    @property
    def skew_ms(self) -> float | None:
        """Venue's clock minus this machine's, in milliseconds; None while unknown. May be one that was refused."""
        if self._bounds:
            return (self.venue_now() - self._clock.now()) / NS_PER_MS
        return None if self._refused_skew_ns is None else self._refused_skew_ns / NS_PER_MS

    @property
    def error_ms(self) -> float | None:
        """Quality: the estimate is right to ± this many milliseconds; None while unknown."""
        if not self._bounds:
            return None
        common = self._common(self._clock.monotonic())
        return (common.high - common.low) / 2 / NS_PER_MS

    def venue_now(self) -> WallNs:
        """The venue's time now, in nanoseconds; this machine's wall time while nothing was measured (see ``known``)."""
        if not self._bounds:
            return self._clock.now()
        mono = self._clock.monotonic()
        common = self._common(mono)
        return WallNs(mono + (common.low + common.high) // 2)

    def stepped(self) -> bool:
        """True where wall and monotonic clock went apart since the last measurement: a step, or a sleep."""
        if self._measured is None:
            return False
        wall = self._clock.now() - self._measured.wall
        return abs(wall - (self._clock.monotonic() - self._measured.mono)) > _STEP_NS

    def require(self, max_error_ns: int = 2 * NS_PER_S) -> None:
        """Check that requests may be signed with this time.

        Raises:
            SettingsError: this machine's clock is too far from the venue's.
            VenueError: the time is not known (well enough).
        """
        if not self._bounds and self._refused_skew_ns is not None:
            raise SettingsError(
                f"clock: this machine differs from the venue by {self._refused_skew_ns / NS_PER_S:+.1f} s; "
                f"set it by network time (at most {self._max_skew_ns / NS_PER_S:.0f} s are corrected)"
            )
        error_ms = self.error_ms
        if error_ms is None:
            raise VenueError("clock: the venue's time is not known yet")
        if error_ms * NS_PER_MS > max_error_ns:
            raise VenueError(f"clock: the venue's time is known to {error_ms:.0f} ms only")

    async def keep(self, measure: Callable[[], Awaitable[None]], interval_s: float = 60.0) -> None:
        """Measure every ``interval_s``, and at once after a step or a sleep, until cancelled.

        ``measure`` asks the venue and calls ``add``; a VenueError of it is taken as "unknown this time".
        """
        while True:
            with contextlib.suppress(VenueError):  # the estimate stays, and its error grows with time
                await measure()
            for _ in range(max(1, round(interval_s / _LOOK_S))):
                await asyncio.sleep(min(_LOOK_S, interval_s))
                if self.stepped():
                    break

    def _common(self, mono: int) -> _Bound:
        bounds = [bound.widened(mono) for bound in self._bounds]
        return _Bound(max(bound.low for bound in bounds), min(bound.high for bound in bounds), mono)

    def _agrees(self, bound: _Bound) -> bool:
        """Believe what meets the estimate; three in a row that do not, but agree with each other, replace it.

        After a step or a sleep of this machine one is enough: then it is our clock that went astray.
        """
        if not self._bounds or self._common(bound.mono).meets(bound):
            self._dissent.clear()
            return True
        if self._dissent and not all(other.widened(bound.mono).meets(bound) for other in self._dissent):
            self._dissent.clear()
        self._dissent.append(bound)
        if len(self._dissent) < _DISSENTERS and not self.stepped():
            return False
        self._bounds.clear()
        self._bounds.extend(self._dissent[:-1])
        self._dissent.clear()
        return True
