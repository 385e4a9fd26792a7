"""Designs take turns, round by round, so that whatever else the machine does hits all of them alike."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

Design = Callable[[int], float]
"""Runs round number so-and-so and returns what it took, in the unit that its table shows."""


class Spread(Struct, frozen=True):
    """Median and extremes of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


def take_turns(designs: Mapping[str, Design], rounds: int) -> dict[str, list[float]]:
    """Every design once a round, in an order that moves on by one each round; returns the figures by name."""
    names = list(designs)
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            figures[name].append(designs[name](number))
    return figures


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median over the rounds of ours / theirs."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
