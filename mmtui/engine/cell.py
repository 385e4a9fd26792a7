"""A worker's core without its loop: the state, the strategy and the journal.

Both drivers, the asynchronous worker and the simulated timeline, move cells and nothing else, so a run in simulation
and a run on a venue take the same path.
"""

from collections.abc import Sequence

from mmtui.core.state import Phase, State
from mmtui.core.step import StepResult, step
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


class Cell:
    """One running strategy: state in the middle, journal in front."""

    def __init__(self, state: State, kind: Kind, recorder: Recorder | None = None) -> None:
        self.state = state
        self.kind = kind
        self.recorder = recorder

    @property
    def name(self) -> str:
        """The strategy's name in the configuration."""
        return self.state.strategy

    @property
    def stopped(self) -> bool:
        """True once the run has ended."""
        return self.state.phase is Phase.STOPPED

    def feed(self, now_ns: int, events: Sequence[Event]) -> StepResult | None:
        """Journal a batch, step, journal what came of it. Raises BugError for a broken invariant of ours."""
        recorder = self.recorder
        if recorder is None:
            return step(self.state, self.kind, now_ns, events)
        recorder.batch(now_ns, events)
        if recorder.journal.failure is not None:
            self.state.journal_failed = True
        result = step(self.state, self.kind, now_ns, events)
        if result is not None:
            recorder.result(result)
        return result
