"""A worker's core without its loop: the state, the strategy and the journal.

Both drivers, the asynchronous worker and the simulated timeline, move cells and nothing else, so a run in simulation
and a run on a venue take the same path.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from mmtui.core.legs import LegsState
from mmtui.core.state import Phase, State
from mmtui.core.step import StepResult, step
from mmtui.core.step_legs import step_legs
from mmtui.engine.codec import encode_batch, encode_outcome
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Event,
    MarkPrice,
    PublicTrade,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.notes import AnyNote
from mmtui.model.quotes import Quotes
from mmtui.storage.journal import Journal
from mmtui.strategies import Kind

MARKET_EVENTS = frozenset(
    {BookSnapshot, BookDelta, BestPrices, PublicTrade, MarkPrice, StreamUp, StreamDown, Unrecognised}
)
_PRICES = frozenset({BookSnapshot, BookDelta, BestPrices, PublicTrade})


class Recorder:
    """Writes a cell's batches and results to its journal.

    ``quotes`` are those of the state in the first HEAD; ``full`` is False for account-only journals.
    """

    def __init__(self, journal: Journal, quotes: Quotes, *, full: bool) -> None:
        self.journal = journal
        self._full = full
        self._quotes = quotes

    def batch(self, now_ns: int, events: Sequence[Event]) -> None:
        """Record a batch before it is applied."""
        droppable = all(type(event) in MARKET_EVENTS for event in events)
        if not self._full:
            events = [event for event in events if type(event) not in _PRICES]
            if not events:
                return
        self.journal.batch(encode_batch(now_ns, events), droppable=droppable)

    def result(self, result: StepResult) -> None:
        """Record commands and changed quotes; a step that asked for nothing new leaves no record."""
        if result.commands or result.quotes != self._quotes:
            self._quotes = result.quotes
            self.journal.result(encode_outcome(result), droppable=not result.commands)


class Keeping(Protocol):
    """What keeps a strategy's memory between runs (engine/keeper.py)."""

    def observe(self, cell: "Cell", *, acted: bool) -> None:
        """After a step: keep what changed."""
        ...

    def close(self, cell: "Cell", *, crashed: bool) -> None:
        """The run is over."""
        ...


class Cell:
    """One running strategy: state in the middle, journal in front.

    ``whole`` is all there is to know of it; ``legs`` are its states, one per account and symbol, and ``state`` is the
    first of them (the only one of most kinds).
    """

    def __init__(self, state: State | LegsState, kind: Kind, recorder: Recorder | None = None) -> None:
        self.whole = state
        self.desk = state if isinstance(state, LegsState) else None
        self.legs: list[State] = state.legs if isinstance(state, LegsState) else [state]
        self.state = self.legs[0]
        self.kind = kind
        self.recorder = recorder
        self.keeper: Keeping | None = None

    @property
    def name(self) -> str:
        """The strategy's name in the configuration."""
        return self.state.strategy

    @property
    def stopped(self) -> bool:
        """True once the run has ended."""
        return self.state.phase is Phase.STOPPED if self.desk is None else self.desk.stopped

    @property
    def wake_ns(self) -> int:
        """When to step although nothing happens."""
        return self.whole.wake_ns

    def told(self, result: StepResult) -> Iterable[tuple[State, list[AnyNote]]]:
        """Whose notes are whose."""
        return zip(self.legs, result.by_leg, strict=True) if result.by_leg else ((self.state, result.notes),)

    def feed(self, now_ns: int, events: Sequence[Event]) -> StepResult | None:
        """Journal a batch, step, journal what came of it. Raises BugError for a broken invariant of ours."""
        recorder = self.recorder
        if recorder is None:
            return self._step(now_ns, events)
        recorder.batch(now_ns, events)
        if recorder.journal.failure is not None:
            for leg in self.legs:
                leg.journal_failed = True
        result = self._step(now_ns, events)
        if result is not None:
            recorder.result(result)
        return result

    def _step(self, now_ns: int, events: Sequence[Event]) -> StepResult | None:
        if self.desk is None:
            return step(self.state, self.kind, now_ns, events)
        return step_legs(self.desk, self.kind, now_ns, events)


def states_of(cells: Iterable[Cell]) -> list[State]:
    """The states of all legs of these cells."""
    return [leg for cell in cells for leg in cell.legs]
