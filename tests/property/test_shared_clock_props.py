"""The venue's time under random delays and skews; secrets in random surroundings."""

import string

from hypothesis import given
from hypothesis import strategies as st

from mmtui.exchanges.shared.clock_offset import ClockOffset, read_clock
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.units import NS_PER_MS, NS_PER_S
from tests.unit.loopback import HandClock

trips = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, 2_000), st.integers(0, 30_000)), min_size=1, max_size=30
)


@given(st.integers(-50_000, 50_000), st.integers(-50, 50), trips, st.sampled_from([NS_PER_MS, NS_PER_S]))
def test_the_truth_lies_within_the_bound(
    skew_ms: int, drift_ppm: int, journeys: list[tuple[int, int, int]], resolution_ns: int
) -> None:
    clock = HandClock()
    start = clock.mono

    def venue_ns() -> int:
        return clock.wall + skew_ms * NS_PER_MS + (clock.mono - start) * drift_ppm // 1_000_000

    offset = ClockOffset(clock)
    for there_ms, back_ms, pause_ms in journeys:
        sent = read_clock(clock)
        clock.pass_ns(there_ms * NS_PER_MS)
        told_ns = venue_ns() // resolution_ns * resolution_ns
        clock.pass_ns(back_ms * NS_PER_MS)
        assert offset.add(sent, read_clock(clock), told_ns, resolution_ns)
        clock.pass_ns(pause_ms * NS_PER_MS)
        assert offset.error_ms is not None
        assert abs(offset.venue_now() - venue_ns()) <= offset.error_ms * NS_PER_MS + 2_000


secrets = st.text(string.ascii_letters + string.digits + "/+=-_&\"' é", min_size=8, max_size=60).filter(
    lambda text: len(text.strip()) == len(text)
)


@given(secrets, st.text(max_size=80), st.text(max_size=80))
def test_a_registered_secret_never_survives(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    text = f"{before}|{secret}|{after}"
    assert secret not in redactor.text(text)
    assert secret not in redactor.sample(text.encode("utf-8", "surrogatepass"))
