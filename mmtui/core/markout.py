"""Markouts: where the mid stood 1, 5, 30 and 300 seconds after each of our fills (docs/accounting.md, "Markouts").

Statistics of the market, hence floats. Each fill is looked at once per horizon, so a book tick with nothing due costs
one comparison.
"""

import math
from typing import Final

from msgspec import Struct, field

from mmtui.model.units import BPS, NS_PER_S, Side

HORIZONS_NS: Final = (1 * NS_PER_S, 5 * NS_PER_S, 30 * NS_PER_S, 300 * NS_PER_S)
NEVER_NS: Final = 2**63 - 1
COMPACT_AT: Final = 256
"""Settled samples at the head of the queue that are worth cutting off."""

BPS_FLOAT: Final = float(BPS)


class MarkoutSample(Struct, gc=False, array_like=True):
    """One fill waiting for its horizons.

    ``sign`` is +1 for a buy, -1 for a sell; ``weight`` its notional, ``capture_bps`` the spread captured at the fill
    (None where the mid was unknown).
    """

    time_ns: int
    sign: int
    price: float
    weight: float
    capture_bps: float | None


class MarkoutTally(Struct, gc=False, array_like=True):
    """Weighted sums over the samples of one horizon and side; ``w`` notional, ``r`` markout, ``c`` capture in bps.

    Sums of capture run only over samples whose mid at the fill was known.
    """

    n: int = 0
    missing: int = 0
    weight: float = 0.0
    weighted: float = 0.0
    square_weight: float = 0.0
    square_weighted: float = 0.0
    square_squared: float = 0.0
    capture_weight: float = 0.0
    capture_weighted: float = 0.0
    adverse_weighted: float = 0.0

    def add(self, weight: float, markout_bps: float, capture_bps: float | None) -> None:
        """Count one sample."""
        self.n += 1
        self.weight += weight
        self.weighted += weight * markout_bps
        square = weight * weight
        self.square_weight += square
        self.square_weighted += square * markout_bps
        self.square_squared += square * markout_bps * markout_bps
        if capture_bps is not None:
            self.capture_weight += weight
            self.capture_weighted += weight * capture_bps
            self.adverse_weighted += weight * (capture_bps - markout_bps)

    def plus(self, other: "MarkoutTally") -> "MarkoutTally":
        """Both tallies taken together."""
        return MarkoutTally(
            self.n + other.n,
            self.missing + other.missing,
            self.weight + other.weight,
            self.weighted + other.weighted,
            self.square_weight + other.square_weight,
            self.square_weighted + other.square_weighted,
            self.square_squared + other.square_squared,
            self.capture_weight + other.capture_weight,
            self.capture_weighted + other.capture_weighted,
            self.adverse_weighted + other.adverse_weighted,
        )

    @property
    def mean_bps(self) -> float | None:
        """Size-weighted mean markout; None without samples."""
        return self.weighted / self.weight if self.weight else None

    @property
    def standard_error_bps(self) -> float | None:
        """Standard error of the weighted mean (Gatz and Smith 1995, ratio form); None with fewer than two samples."""
        mean = self.mean_bps
        if mean is None or self.n == 1:
            return None
        spread = self.square_squared - 2.0 * mean * self.square_weighted + mean * mean * self.square_weight
        return math.sqrt(max(spread, 0.0) * self.n / (self.n - 1)) / self.weight

    @property
    def capture_bps(self) -> float | None:
        """Size-weighted mean spread capture of the same samples; None if no mid at a fill was known."""
        return self.capture_weighted / self.capture_weight if self.capture_weight else None

    @property
    def adverse_selection_bps(self) -> float | None:
        """Spread capture less markout: what the market took back; None if no mid at a fill was known."""
        return self.adverse_weighted / self.capture_weight if self.capture_weight else None


class MarkoutFigures(Struct, frozen=True, gc=False):
    """One row: horizon, side (None: both), counts, and size-weighted means in bps of the fill price.

    ``missing`` samples were due while the book was stale or empty, ``pending`` ones are not due yet. Positive markout
    is in our favour; ``realised_spread_bps`` is twice the markout.
    """

    horizon_ns: int
    side: Side | None
    n: int
    missing: int
    pending: int
    markout_bps: float | None
    standard_error_bps: float | None
    capture_bps: float | None
    adverse_selection_bps: float | None
    realised_spread_bps: float | None


class Markouts(Struct, kw_only=True):
    """Follows the mid after each fill and tallies the markouts per horizon and side.

    ``samples`` is one queue in order of time, shared by all horizons; ``heads[k]`` is the first sample that horizon
    ``k`` has not settled. ``tallies`` holds buys and sells alternately, horizon after horizon. ``stale_ns`` is the
    greatest age of the book at which its mid still counts; ``max_pending`` bounds the queue, the oldest sample being
    given up as missing.
    """

    horizons_ns: tuple[int, ...] = HORIZONS_NS
    stale_ns: int = 3 * NS_PER_S
    max_pending: int = 10_000
    samples: list[MarkoutSample] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    tallies: list[MarkoutTally] = field(default_factory=list)
    mid: float | None = None
    alive_ns: int = 0
    next_due_ns: int = NEVER_NS

    def __post_init__(self) -> None:
        """Give every horizon its head and its two tallies, unless a stored state brings them along."""
        if not self.heads:
            self.heads = [0] * len(self.horizons_ns)
            self.tallies = [MarkoutTally() for _ in range(2 * len(self.horizons_ns))]

    # ----------------------------------------------------------------------------------------------------- the feed

    def on_fill(self, time_ns: int, side: Side, price: float, quantity: float, mid: float | None) -> None:
        """Start to follow one fill of ``quantity`` base units; ``mid`` is the mid at the fill, None if unknown.

        Times never run backwards: a fill stamped before what has been seen of the book is followed from there on.
        """
        samples = self.samples
        time_ns = max(time_ns, self.alive_ns, samples[-1].time_ns if samples else 0)
        if time_ns > self.next_due_ns:
            self.settle(time_ns)
        if len(samples) >= self.max_pending and len(samples) - min(self.heads) >= self.max_pending:
            self._give_up_oldest()
        sign = 1 if side is Side.BUY else -1
        capture = None if mid is None else sign * (mid - price) / price * BPS_FLOAT
        samples.append(MarkoutSample(time_ns, sign, price, price * quantity, capture))
        self.next_due_ns = min(self.next_due_ns, time_ns + min(self.horizons_ns))

    def on_mid(self, time_ns: int, mid: float | None) -> None:
        """The mid became ``mid`` (None: the book is empty, one-sided or lost) at ``time_ns``.

        Of several mids at one instant the last prevails, also for samples due at that instant.
        """
        if time_ns > self.next_due_ns:
            self.settle(time_ns)
        self.mid = mid
        self.alive_ns = time_ns

    def on_book_alive(self, time_ns: int) -> None:
        """The book was updated at ``time_ns`` and its mid stayed the same."""
        if time_ns > self.next_due_ns:
            self.settle(time_ns)
        self.alive_ns = time_ns

    def settle(self, before_ns: int) -> None:
        """Settle every sample due before ``before_ns`` at the prevailing mid."""
        samples, heads, count = self.samples, self.heads, len(self.samples)
        next_due_ns = NEVER_NS
        for k, horizon_ns in enumerate(self.horizons_ns):
            head = heads[k]
            while head < count and (due_ns := samples[head].time_ns + horizon_ns) < before_ns:
                self._tally(k, samples[head], due_ns)
                head += 1
            heads[k] = head
            if head < count:
                next_due_ns = min(next_due_ns, samples[head].time_ns + horizon_ns)
        self.next_due_ns = next_due_ns
        self._compact()

    def _tally(self, k: int, sample: MarkoutSample, due_ns: int) -> None:
        tally = self.tallies[2 * k + (sample.sign < 0)]
        mid = self.mid
        if mid is None or due_ns - self.alive_ns > self.stale_ns:
            tally.missing += 1
        else:
            tally.add(sample.weight, sample.sign * (mid - sample.price) / sample.price * BPS_FLOAT, sample.capture_bps)

    def _give_up_oldest(self) -> None:
        """Count the oldest sample as missing for each horizon that still waits for it."""
        oldest = min(self.heads)
        for k, head in enumerate(self.heads):
            if head == oldest:
                self.tallies[2 * k + (self.samples[oldest].sign < 0)].missing += 1
                self.heads[k] = oldest + 1
        self._compact()

    def _compact(self) -> None:
        """Cut off what every horizon has settled, seldom enough that it costs O(1) per sample."""
        settled = min(self.heads)
        if settled == len(self.samples) or (settled >= COMPACT_AT and 2 * settled >= len(self.samples)):
            del self.samples[:settled]
            self.heads = [head - settled for head in self.heads]

    # ------------------------------------------------------------------------------------------------------- figures

    def pending(self, k: int, side: Side | None = None) -> int:
        """Samples of horizon number ``k`` (and ``side``) that are not due yet."""
        if side is None:
            return len(self.samples) - self.heads[k]
        return sum(sample.sign == side.sign for sample in self.samples[self.heads[k] :])

    def tally(self, k: int, side: Side | None = None) -> MarkoutTally:
        """Sums of horizon number ``k``, of one side or of both together."""
        buys, sells = self.tallies[2 * k], self.tallies[2 * k + 1]
        if side is None:
            return buys.plus(sells)
        return buys if side is Side.BUY else sells

    def figures(self) -> list[MarkoutFigures]:
        """Rows for both sides together, buys and sells, horizon after horizon; reading changes nothing."""
        rows = []
        for k, horizon_ns in enumerate(self.horizons_ns):
            for side in (None, Side.BUY, Side.SELL):
                tally = self.tally(k, side)
                mean = tally.mean_bps
                rows.append(
                    MarkoutFigures(
                        horizon_ns,
                        side,
                        tally.n,
                        tally.missing,
                        self.pending(k, side),
                        mean,
                        tally.standard_error_bps,
                        tally.capture_bps,
                        tally.adverse_selection_bps,
                        None if mean is None else 2.0 * mean,
                    )
                )
        return rows
