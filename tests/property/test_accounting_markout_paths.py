"""Markouts along random paths equal a plain computation that looks everything up in the whole history."""

from math import sqrt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmtui.core.markout import Markouts
from mmtui.model.units import NS_PER_S, Side

QUARTER = NS_PER_S // 4
HORIZONS = (QUARTER, 5 * QUARTER, 12 * QUARTER)
STALE = 3 * QUARTER

mids = st.none() | st.integers(9_000, 11_000).map(lambda ticks: ticks / 100)
steps = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.one_of(
            st.tuples(st.just("mid"), mids),
            st.tuples(st.just("alive"), st.none()),
            st.tuples(st.just("buy"), st.integers(1, 50)),
            st.tuples(st.just("sell"), st.integers(1, 50)),
            st.tuples(st.just("store"), st.none()),
        ),
    ),
    max_size=60,
)
Step = tuple[int, tuple[str, float | None]]
Sample = tuple[float, float, float | None]


class Path:
    """The whole history, and answers found by searching it."""

    def __init__(self) -> None:
        self.mids: list[tuple[int, float | None]] = []
        self.updates: list[int] = []
        self.fills: list[tuple[int, Side, float, float, float | None]] = []
        self.end_ns = 0

    def mid_at(self, time_ns: int) -> float | None:
        known = [mid for at_ns, mid in self.mids if at_ns <= time_ns]
        updates = [at_ns for at_ns in self.updates if at_ns <= time_ns]
        return known[-1] if known and time_ns - updates[-1] <= STALE else None

    def samples(self, horizon_ns: int, side: Side) -> tuple[list[Sample], int, int]:
        """(weight, markout, capture) of what was measured, the number missing, the number pending."""
        measured: list[Sample] = []
        missing = pending = 0
        for time_ns, fill_side, price, quantity, mid in self.fills:
            if fill_side is not side:
                continue
            if time_ns + horizon_ns >= self.end_ns:
                pending += 1
                continue
            later = self.mid_at(time_ns + horizon_ns)
            if later is None:
                missing += 1
                continue
            capture = None if mid is None else side.sign * (mid / price - 1) * 1e4
            measured.append((price * quantity, side.sign * (later / price - 1) * 1e4, capture))
        return measured, missing, pending


def walk(path: Path, markouts: Markouts, history: list[Step]) -> Markouts:
    now_ns = 0
    for quarters, (what, value) in history:
        now_ns += quarters * QUARTER
        path.end_ns = now_ns
        if what == "mid":
            markouts.on_mid(now_ns, value)
            path.mids.append((now_ns, value))
            path.updates.append(now_ns)
        elif what == "alive":
            markouts.on_book_alive(now_ns)
            path.updates.append(now_ns)
        elif what == "store":
            markouts = msgspec.msgpack.decode(msgspec.msgpack.encode(markouts), type=Markouts)
        else:
            assert value is not None
            price = 100.0 + value / 100
            markouts.on_fill(now_ns, Side(what), price, value, markouts.mid)
            path.fills.append((now_ns, Side(what), price, value, path.mids[-1][1] if path.mids else None))
    markouts.settle(path.end_ns)
    return markouts


def mean(pairs: list[tuple[float, float]]) -> float | None:
    return sum(w * r for w, r in pairs) / sum(w for w, _ in pairs) if pairs else None


def error(pairs: list[tuple[float, float]]) -> float | None:
    centre, n = mean(pairs), len(pairs)
    if centre is None or n == 1:
        return None
    return sqrt(n / (n - 1) * sum((w * (r - centre)) ** 2 for w, r in pairs)) / sum(w for w, _ in pairs)


def close_to(value: float | None) -> object:
    return None if value is None else pytest.approx(value, rel=1e-7, abs=1e-4)


@given(steps)
def test_markouts_equal_a_search_through_the_whole_history(history: list[Step]) -> None:
    path = Path()
    markouts = walk(path, Markouts(horizons_ns=HORIZONS, stale_ns=STALE), history)
    for row in markouts.figures():
        sides = [row.side] if row.side is not None else [Side.BUY, Side.SELL]
        found = [path.samples(row.horizon_ns, side) for side in sides]
        measured = [sample for samples, _, _ in found for sample in samples]
        pairs = [(w, r) for w, r, _ in measured]
        captured = [(w, r, c) for w, r, c in measured if c is not None]
        counts = (len(measured), sum(missing for _, missing, _ in found), sum(pending for _, _, pending in found))
        assert (row.n, row.missing, row.pending) == counts
        assert row.markout_bps == close_to(mean(pairs))
        assert row.standard_error_bps == close_to(error(pairs))
        assert row.capture_bps == close_to(mean([(w, c) for w, _, c in captured]))
        assert row.adverse_selection_bps == close_to(mean([(w, c - r) for w, r, c in captured]))


@given(steps, st.integers(1, 5))
def test_every_fill_is_measured_missing_or_pending_and_the_queue_is_bounded(history: list[Step], bound: int) -> None:
    path = Path()
    markouts = walk(path, Markouts(horizons_ns=HORIZONS, stale_ns=STALE, max_pending=bound), history)
    for row in markouts.figures():
        expected = sum(row.side in (None, side) for _, side, _, _, _ in path.fills)
        assert row.n + row.missing + row.pending == expected
        assert row.pending <= bound


@given(steps)
def test_a_stored_state_is_the_same_state(history: list[Step]) -> None:
    markouts = walk(Path(), Markouts(horizons_ns=HORIZONS, stale_ns=STALE), history)
    encoded = msgspec.msgpack.encode(markouts)
    restored = msgspec.msgpack.decode(encoded, type=Markouts)
    assert restored == markouts
    assert msgspec.msgpack.encode(restored) == encoded
