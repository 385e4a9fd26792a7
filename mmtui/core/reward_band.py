"""A live meter of quote uptime inside the reward bands of a maker programme.

Venues that pay for quotes count the time during which orders rest near a reference price, on both sides at once
(docs/venues/standx.md, "Rewards"). The rules change by campaign: all of them are settings. Statistics of the market,
hence floats; what is counted is what our own books can see, never a claim of what the venue will pay.

Between two looks nothing is known to change, so the time between them counts as it stood at the first one. Time
without a reference price, and orders whose fate is not known, count for nothing.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from mmtui.model.orders import Order, OrderState
from mmtui.model.units import BPS, NS_PER_MS, NS_PER_S, Side

HOUR_NS: Final = 3_600 * NS_PER_S
_MINUTE_NS: Final = 60 * NS_PER_S
_DAY_S: Final = 86_400.0
_RESTING: Final = frozenset((OrderState.OPEN, OrderState.CANCEL_SENT, OrderState.AMEND_SENT))

Distance = Annotated[Decimal, Meta(extra={"unit": "bps", "exclusive_minimum": 0})]
Minutes = Annotated[int, Meta(ge=1, le=60, extra={"unit": "min"})]


class PointBand(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Orders no farther away than this earn this share of a point."""

    within_bps: Annotated[Distance, Meta(title="Within", description="Farthest distance from the reference price.")]
    share: Annotated[float, Meta(ge=0, le=1, title="Share", description="What a second here is worth.")]


class RewardRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A programme's rules; the values here are those of StandX's campaigns of 2026."""

    reference: Annotated[
        Literal["mark", "mid"], Meta(title="Reference", description="Price that distances are measured from.")
    ] = "mark"
    band_bps: Annotated[
        Distance, Meta(title="Uptime band", description="Both sides must stand within it for time to count.")
    ] = Decimal(10)
    min_resting_ms: Annotated[
        int,
        Meta(
            ge=0, title="Resting time", description="An order counts once it has rested this long.",
            extra={"unit": "ms"},
        ),
    ] = 3_000  # fmt: skip
    half_minutes: Annotated[
        Minutes, Meta(title="Minutes for a half", description="Minutes of a clock hour that count it half.")
    ] = 30
    full_minutes: Annotated[
        Minutes, Meta(title="Minutes for a whole", description="Minutes of a clock hour that count it whole.")
    ] = 42
    point_bands: Annotated[
        tuple[PointBand, ...], Meta(title="Point bands", description="Bands that earn points, nearest first.")
    ] = (
        PointBand(within_bps=Decimal(10), share=1.0),
        PointBand(within_bps=Decimal(30), share=0.5),
        PointBand(within_bps=Decimal(100), share=0.1),
    )


class RewardFigures(Struct, frozen=True, kw_only=True):
    """What the meter shows; times in seconds.

    ``hour_*`` are of the present clock hour (UTC): its time so far that was watched, and in band per side and on both.
    ``multiplier`` is what the hour counts already. ``full_hours``, ``half_hours`` and ``lost_hours`` are the complete
    clock hours before. ``uptime_pct`` is of all time watched, None before any. ``points`` are notional times share
    times days.
    """

    bid_in_band: bool
    ask_in_band: bool
    hour_watched_s: float
    hour_bid_s: float
    hour_ask_s: float
    hour_both_s: float
    multiplier: float
    full_hours: int
    half_hours: int
    lost_hours: int
    uptime_pct: float | None
    points: float


class RewardMeter(Struct, kw_only=True):
    """Counts. ``bid_from_ns`` and ``ask_from_ns`` are when that side began (or will begin) to count, None: not at all.

    ``earning`` are the orders that earn points: from when, and how many a nanosecond.
    """

    rules: RewardRules
    last_ns: int = 0
    known: bool = False
    bid_from_ns: int | None = None
    ask_from_ns: int | None = None
    earning: list[tuple[int, float]] = field(default_factory=list)
    watched_ns: int = 0
    bid_ns: int = 0
    ask_ns: int = 0
    both_ns: int = 0
    all_watched_ns: int = 0
    all_both_ns: int = 0
    full_hours: int = 0
    half_hours: int = 0
    lost_hours: int = 0
    points: float = 0.0

    def look(
        self, now_ns: int, reference: Decimal | None, orders: Iterable[Order], multiplier: Decimal = Decimal(1)
    ) -> None:
        """Count the time since the last look, and take in what stands now.

        Args:
            now_ns: wall time.
            reference: the price that distances are measured from; None while unknown.
            orders: our live orders.
            multiplier: base units per contract.
        """
        if self.last_ns:
            self._pass_to(now_ns)
        self.last_ns = max(self.last_ns, now_ns)
        self.known = bool(reference)
        self.bid_from_ns = self.ask_from_ns = None
        self.earning.clear()
        if reference:
            for order in orders:
                if order.state in _RESTING and order.opened_ns:
                    self._take_in(order, reference, multiplier)

    def _take_in(self, order: Order, reference: Decimal, multiplier: Decimal) -> None:
        rules = self.rules
        away_bps = abs(order.price - reference) / reference * BPS
        from_ns = max(self.last_ns, order.opened_ns + rules.min_resting_ms * NS_PER_MS)
        share = next((band.share for band in rules.point_bands if away_bps <= band.within_bps), 0.0)
        if share:
            worth = float(order.price * order.worst_remaining * multiplier)
            self.earning.append((from_ns, worth * share / (_DAY_S * NS_PER_S)))
        if away_bps > rules.band_bps:
            return
        if order.side is Side.BUY:
            self.bid_from_ns = from_ns if self.bid_from_ns is None else min(self.bid_from_ns, from_ns)
        else:
            self.ask_from_ns = from_ns if self.ask_from_ns is None else min(self.ask_from_ns, from_ns)

    def _pass_to(self, now_ns: int) -> None:
        """Time passes as things stand, clock hour by clock hour."""
        while self.last_ns < now_ns:
            hour_ends_ns = (self.last_ns // HOUR_NS + 1) * HOUR_NS
            until_ns = min(now_ns, hour_ends_ns)
            self._count(self.last_ns, until_ns)
            self.last_ns = until_ns
            if until_ns == hour_ends_ns:
                self._end_hour()

    def _count(self, since_ns: int, until_ns: int) -> None:
        if not self.known:
            return
        self.watched_ns += until_ns - since_ns
        self.all_watched_ns += until_ns - since_ns
        bid = _span(self.bid_from_ns, since_ns, until_ns)
        ask = _span(self.ask_from_ns, since_ns, until_ns)
        self.bid_ns += bid
        self.ask_ns += ask
        self.both_ns += min(bid, ask)  # both reach to the end of the span
        self.all_both_ns += min(bid, ask)
        self.points += sum(rate * _span(from_ns, since_ns, until_ns) for from_ns, rate in self.earning)

    def _end_hour(self) -> None:
        """Judge the hour that is over and begin the next; one in which nothing was watched is not judged."""
        if self.watched_ns:
            worth = self.multiplier
            self.full_hours += worth == 1.0
            self.half_hours += 0.0 < worth < 1.0
            self.lost_hours += worth == 0.0
        self.watched_ns = self.bid_ns = self.ask_ns = self.both_ns = 0

    @property
    def multiplier(self) -> float:
        """What the present hour counts already: 0, 0.5 or 1."""
        if self.both_ns >= self.rules.full_minutes * _MINUTE_NS:
            return 1.0
        return 0.5 if self.both_ns >= self.rules.half_minutes * _MINUTE_NS else 0.0

    def figures(self, now_ns: int) -> RewardFigures:
        """What to show; time since the last look is not yet counted."""
        return RewardFigures(
            bid_in_band=self.bid_from_ns is not None and self.bid_from_ns <= now_ns,
            ask_in_band=self.ask_from_ns is not None and self.ask_from_ns <= now_ns,
            hour_watched_s=self.watched_ns / NS_PER_S,
            hour_bid_s=self.bid_ns / NS_PER_S,
            hour_ask_s=self.ask_ns / NS_PER_S,
            hour_both_s=self.both_ns / NS_PER_S,
            multiplier=self.multiplier,
            full_hours=self.full_hours,
            half_hours=self.half_hours,
            lost_hours=self.lost_hours,
            uptime_pct=100.0 * self.all_both_ns / self.all_watched_ns if self.all_watched_ns else None,
            points=self.points,
        )


def _span(from_ns: int | None, since_ns: int, until_ns: int) -> int:
    """How much of a span counts for what begins then."""
    return 0 if from_ns is None else max(0, until_ns - max(since_ns, from_ns))
