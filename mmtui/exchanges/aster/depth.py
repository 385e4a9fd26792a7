"""Joins a depth snapshot with the changes around it, one book at a time; pure.

A change tells the sequence it follows (``previous_sequence``), so the join is proved the same way on futures and spot:
the first change used must follow a sequence that the snapshot contains and end beyond it; each later one must follow
its predecessor. Sequences are global to the venue, not dense per symbol: only the link counts.
"""

from collections import deque
from typing import Final

from msgspec.structs import replace

from mmtui.model.events import BookDelta, BookSnapshot, MarketEvent

KEPT: Final = 10_000
"""Changes kept while no snapshot has come; beyond it the oldest go, and the next snapshot will not join them."""


class DepthChain:
    """One instrument's book between stream and snapshot."""

    __slots__ = ("_fresh", "_kept", "_last", "gaps")

    def __init__(self) -> None:
        self._kept: deque[BookDelta] = deque(maxlen=KEPT)
        self._last: int | None = None
        self._fresh = False
        self.gaps = 0

    @property
    def broken(self) -> bool:
        """True while a snapshot is wanted."""
        return self._last is None

    def lose(self) -> None:
        """The stream was lost: nothing that was known links to what comes."""
        self._last = None
        self._kept.clear()

    def take(self, delta: BookDelta) -> BookDelta | None:
        """One change from the stream; returns what is to be passed on.

        None: it is kept for the snapshot, says nothing new, or does not link; then the book is ``broken``.
        """
        last = self._last
        if last is None:
            self._kept.append(delta)
            return None
        sequence = delta.sequence
        if sequence is not None and sequence > last and delta.previous_sequence == last:
            self._fresh = False
            self._last = sequence
            return delta
        return self._take_odd(delta, last)

    def join(self, snapshot: BookSnapshot) -> list[MarketEvent] | None:
        """A snapshot has come: the events that make the book; None: it does not reach the changes kept, read another.

        Raises nothing: a snapshot without a sequence joins nothing.
        """
        kept = list(self._kept)
        self._kept.clear()
        self._last = snapshot.sequence
        self._fresh = True
        if snapshot.sequence is None:
            return None
        gaps = self.gaps
        events: list[MarketEvent] = [snapshot]
        for index, delta in enumerate(kept):
            taken = self.take(delta)
            if self._last is None:
                self._kept.extend(kept[index + 1 :])  # what follows the hole may join a newer snapshot
                self.gaps = gaps
                return None
            if taken is not None:
                events.append(taken)
        return events

    def _take_odd(self, delta: BookDelta, last: int) -> BookDelta | None:
        """The first change after a snapshot; one that is not newer; or a gap."""
        sequence, previous = delta.sequence, delta.previous_sequence
        if sequence is not None and previous is not None:
            if sequence <= last:
                return None
            if self._fresh and previous < last:
                self._fresh = False
                self._last = sequence
                return replace(delta, previous_sequence=last)
        self.gaps += 1
        self._last = None
        self._kept.append(delta)
        return None
