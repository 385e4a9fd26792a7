"""A book that is crossed and comes right again, frame by frame: each time it does, a maker without orders has to quote.

Standard library only, like feed: ours and the peers read the same frames.
"""

from itertools import count
from typing import Final

from benchmarks.feed import Diff, Feed, Rows, frame_of

CROSSED_TICKS: Final = 40
GAP_US: Final = 2_000_000


class Swing:
    """The opening book, and pairs of frames after it: one crosses the book, the next one takes that back."""

    def __init__(self) -> None:
        self._first = Feed().first
        self._numbers = count(1)
        self.opening = frame_of(self._first).encode()

    def pair(self) -> tuple[bytes, bytes]:
        """The next two frames: crossed, and right again."""
        high = self._first.best_ask + CROSSED_TICKS
        return self._frame([(high, 100)]), self._frame([(high, 0)])

    def _frame(self, bids: Rows) -> bytes:
        number, first = next(self._numbers), self._first
        moment = first.time_us + number * GAP_US
        return frame_of(Diff(moment, first.sequence + number, bids, [], first.best_bid, first.best_ask)).encode()
