"""Hands items from a thread that must never wait to a thread that waits for the disk."""

import threading
from collections import deque
from typing import Final, Generic, TypeVar

import msgspec

LINGER_S: Final = 0.05  # items wait this long for company: the most that a killed process loses

Item = TypeVar("Item")


class Turn(msgspec.Struct, frozen=True, gc=False):
    """What the taker owes: ``items`` to pop, then ``barriers`` to release; after ``last`` nothing more comes.

    What is not popped or released counts again in the next turn.
    """

    items: int
    barriers: int
    last: bool


class Handover(Generic[Item]):
    """A queue without a lock for one giver and one taker; waking the taker costs the giver only once per turn."""

    def __init__(self) -> None:
        self._queue: deque[Item] = deque()
        self._barriers: deque[threading.Event] = deque()
        self._awake = False
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._queue)

    # ---- the giver's side

    def put(self, item: Item) -> None:
        """Give an item; never waits."""
        self._queue.append(item)
        if not self._awake:
            self._awake = True
            self._wake.set()

    def barrier(self) -> threading.Event:
        """An event that is set when everything given so far has been dealt with."""
        done = threading.Event()
        self._barriers.append(done)
        self._hurry.set()
        self._wake.set()
        return done

    def stop(self) -> None:
        """Nothing more will be given."""
        self._stopping = True
        self._hurry.set()
        self._wake.set()

    # ---- the taker's side

    def wait(self, timeout_s: float | None = None) -> Turn:
        """Wait for items (at most ``timeout_s``), let some company gather, and say what is due."""
        self._wake.wait(timeout_s)
        if not self._stopping:
            self._hurry.wait(LINGER_S)
        self._hurry.clear()
        # In this order: a giver who still sees _awake has put its item in before the queue is counted below.
        self._wake.clear()
        self._awake = False
        last = self._stopping
        barriers = len(self._barriers)
        return Turn(len(self._queue), barriers, last)

    def pop(self) -> Item:
        """Take the oldest item."""
        return self._queue.popleft()

    def release(self, barriers: int) -> None:
        """Tell those who wait at the oldest barriers that everything before them is done."""
        for _ in range(barriers):
            self._barriers.popleft().set()

    def abandon(self) -> None:
        """The taker is gone: forget the items, let everybody go who waits."""
        self._queue.clear()
        self.release(len(self._barriers))
