"""The generated market as a file that every design reads, ours and the peers' (standard library only, like feed).

One line a message: best bid and best ask in ticks after it (``-`` for a trade), then the frame as the websocket would
carry it. The first line is the book to begin with.
"""

from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.feed import TICKS_PER_UNIT, TRADES_PER_MESSAGE, Feed, Trade, frame_of

Best = tuple[float, float]


class Line(NamedTuple):
    """One message: its frame, and the best prices after it (None for a trade)."""

    frame: bytes
    best: Best | None


def write(path: Path, messages: int) -> None:
    """Generate ``messages`` depth messages, and the trades between them, after the opening book."""
    feed = Feed(trades_per_message=TRADES_PER_MESSAGE)
    first = feed.first
    with path.open("w") as file:
        file.write(f"{first.best_bid} {first.best_ask} {frame_of(first)}\n")
        for message in feed.messages(messages):
            best = "- -" if isinstance(message, Trade) else f"{message.best_bid} {message.best_ask}"
            file.write(f"{best} {frame_of(message)}\n")


def read(path: Path, messages: int) -> list[Line]:
    """The opening book and everything up to and with the ``messages``-th depth message."""
    lines: list[Line] = []
    left = messages + 1
    with path.open("rb") as file:
        for row in file:
            bid, ask, frame = row.rstrip().split(b" ", 2)
            best = None if bid == b"-" else (int(bid) / TICKS_PER_UNIT, int(ask) / TICKS_PER_UNIT)
            lines.append(Line(frame, best))
            left -= best is not None
            if not left:
                return lines
    raise ValueError(f"{path} holds fewer than {messages} depth messages")


class DepthFrames:
    """Depth messages only: the opening book, the frames after it, and the best prices after each frame."""

    def __init__(self, path: Path, messages: int) -> None:
        rows = [(line.frame, line.best) for line in read(path, messages) if line.best is not None]
        self.opening = rows[0][0]
        self.frames = [frame for frame, _ in islice(rows, 1, None)]
        self.bests = [best for _, best in islice(rows, 1, None)]
