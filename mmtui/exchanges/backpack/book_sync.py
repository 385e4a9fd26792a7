"""Joins Backpack's depth stream, which has no snapshot, to the one of REST. Pure.

Each frame covers sequence numbers ``first`` to ``last`` without a break between frames. A snapshot taken at number L
is joined by the first frame that reaches beyond L; a snapshot older than what the buffer begins with is taken again.
"""

from collections.abc import Sequence

import msgspec

from mmtui.model.events import BookDelta, BookSnapshot

KEPT = 20_000
"""Frames kept while a snapshot is on its way; of more, the older half goes, and the next snapshot must be newer."""


class BookSync:
    """One market's place in its sequence. ``last`` is None while frames are only kept."""

    __slots__ = ("_kept", "last")

    def __init__(self) -> None:
        self.last: int | None = None
        self._kept: list[BookDelta] = []

    def lose(self) -> None:
        """The connection is gone: so is everything known."""
        self.last = None
        self._kept = []

    def off_line(self, delta: BookDelta) -> BookDelta | None:
        """Judge a frame that does not follow ``last`` exactly; what is given back may go out.

        A gap leaves ``last`` at None, with the frame kept for the next snapshot.
        """
        first, sequence = delta.previous_sequence, delta.sequence
        last = self.last
        if first is None or sequence is None:
            return None
        if last is not None and sequence <= last:
            return None  # already contained
        if last is not None and first < last:
            self.last = sequence
            return msgspec.structs.replace(delta, previous_sequence=last)
        self.last = None
        self._keep(delta)
        return None

    def join(self, snapshot: BookSnapshot) -> Sequence[BookSnapshot | BookDelta] | None:
        """The snapshot and the kept frames that follow it; None if it is too old for them."""
        if snapshot.sequence is None:
            return None
        reached = snapshot.sequence
        joined: list[BookSnapshot | BookDelta] = [snapshot]
        for delta in self._kept:
            first, sequence = delta.previous_sequence, delta.sequence
            if first is None or sequence is None or sequence <= reached:
                continue
            if first > reached:
                return None
            joined.append(delta if first == reached else msgspec.structs.replace(delta, previous_sequence=reached))
            reached = sequence
        self.last = reached
        self._kept = []
        return joined

    def _keep(self, delta: BookDelta) -> None:
        """Keep a frame for the snapshot that is on its way; a break in what is kept makes the older part useless."""
        kept = self._kept
        if kept and kept[-1].sequence != delta.previous_sequence:
            kept.clear()
        kept.append(delta)
        if len(kept) > KEPT:
            del kept[: KEPT // 2]
