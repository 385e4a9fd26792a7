"""Counts milliseconds by size: as exact as a reader needs, and no larger after an hour than after a minute."""

STEP_MS = 0.05
"""Figures are exact to this."""


class Tally:
    """How often each length of time was seen; the longest is kept as it was."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._seen = 0
        self._longest = 0.0

    def add(self, milliseconds: float) -> None:
        """One more."""
        step = int(milliseconds / STEP_MS)
        self._counts[step] = self._counts.get(step, 0) + 1
        self._seen += 1
        self._longest = max(self._longest, milliseconds)

    def percentile(self, share: float) -> float:
        """What ``share`` of all values do not exceed; the longest for 1. Raises ValueError without any value."""
        if not self._seen:
            raise ValueError("nothing was counted")
        if share >= 1:
            return self._longest
        wanted = int(share * self._seen)
        for step in sorted(self._counts):
            wanted -= self._counts[step]
            if wanted < 0:
                return min((step + 1) * STEP_MS, self._longest)
        return self._longest

    def clear(self) -> None:
        """Begin anew."""
        self._counts.clear()
        self._seen, self._longest = 0, 0.0
