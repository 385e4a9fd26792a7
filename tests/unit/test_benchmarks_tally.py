import random

import pytest

from benchmarks.tally import STEP_MS, Tally


def test_percentiles_are_those_of_the_sorted_values_to_a_step() -> None:
    numbers = random.Random(3)
    values = [numbers.expovariate(0.5) for _ in range(5_000)]
    tally = Tally()
    for value in values:
        tally.add(value)
    ordered = sorted(values)
    for share in (0.0, 0.5, 0.99, 0.999):
        assert tally.percentile(share) == pytest.approx(ordered[int(share * len(ordered))], abs=STEP_MS)
    assert tally.percentile(1.0) == ordered[-1]


def test_a_tally_without_values_has_no_percentile() -> None:
    tally = Tally()
    tally.add(3.0)
    tally.clear()
    with pytest.raises(ValueError, match="nothing was counted"):
        tally.percentile(0.5)
