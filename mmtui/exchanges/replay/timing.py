"""Recorded times: text to nanoseconds, streams in time order, holes that become StreamDown and StreamUp."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from mmtui.exchanges.replay.report import DataReport
from mmtui.model.events import MarketEvent, PublicTrade, StreamDown, StreamUp
from mmtui.model.units import NS_PER_S, NS_PER_US

MICROSECONDS: Final = 1.0
MILLISECONDS: Final = 1e3
SECONDS: Final = 1e6

LATEST_US: Final = 4_102_444_800_000_000.0
"""2100-01-01: a later time is not a time."""


def time_ns(value: float, unit_us: float) -> int:
    """Nanoseconds of a time counted in ``unit_us`` microseconds, whole microseconds. Raises ValueError."""
    microseconds = value * unit_us
    if not 0.0 < microseconds < LATEST_US:
        raise ValueError("not a time")
    return int(microseconds + 0.5) * NS_PER_US


def merged(first: Iterable[MarketEvent], second: Iterable[MarketEvent]) -> Iterator[MarketEvent]:
    """Two streams in time order as one; at the same time ``first`` goes first."""
    ones, others = iter(first), iter(second)
    one, other = next(ones, None), next(others, None)
    while one is not None and other is not None:
        if one.time_ns <= other.time_ns:
            yield one
            one = next(ones, None)
        else:
            yield other
            other = next(others, None)
    if one is not None:
        yield one
        yield from ones
    if other is not None:
        yield other
        yield from others


def in_time_order(batches: Iterable[list[PublicTrade]]) -> Iterator[PublicTrade]:
    """Trades sorted by time within each file and across the border to the next one."""
    moment = attrgetter("time_ns")
    held: list[PublicTrade] = []
    for batch in batches:
        if not batch:
            continue
        batch.sort(key=moment)
        if held and batch[0].time_ns < held[-1].time_ns:
            cut = bisect_right(held, batch[0].time_ns, key=moment)
            yield from held[:cut]
            held = sorted(held[cut:] + batch, key=moment)
        else:
            yield from held
            held = batch
    yield from held


class GapWatch:
    """Tells the holes of one recorded book, for all instruments fed by it.

    Nothing is told before it could have been known: silence becomes StreamDown one threshold after the last row, and a
    jump of the venue's own time when the row that shows it arrives. StreamUp comes with the row that ends the hole.
    """

    def __init__(self, threshold_s: float, instruments: Sequence[str], report: DataReport) -> None:
        self.threshold_ns = int(threshold_s * NS_PER_S)
        self._instruments = instruments
        self._report = report
        self._words = f"{threshold_s:g} s"

    def begin(self, now_ns: int) -> list[MarketEvent]:
        """The recording starts."""
        return [StreamUp("public", now_ns, name) for name in self._instruments]

    def hole(self, last_ns: int, now_ns: int, venue_gap_ns: int | None) -> list[MarketEvent]:
        """Nothing came between ``last_ns`` and ``now_ns``, or the venue's time jumped by ``venue_gap_ns``."""
        gap_ns = now_ns - last_ns if venue_gap_ns is None else venue_gap_ns
        if gap_ns > self.threshold_ns:
            self._report.add_gap(gap_ns / NS_PER_S)
        down_ns = last_ns + self.threshold_ns
        reason = f"no book for {self._words} in the recording"
        if down_ns >= now_ns:
            down_ns, reason = now_ns, f"the recorded book skipped more than {self._words}"
        self._report.stream_downs += len(self._instruments)
        downs: list[MarketEvent] = [StreamDown("public", down_ns, reason, name) for name in self._instruments]
        return downs + self.begin(now_ns)
