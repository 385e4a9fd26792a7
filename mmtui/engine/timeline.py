"""The simulated driver: cells, a simulated venue and (in replay) recorded events on one line of time, without a loop.

Discrete events in order of time; at one instant the venue's deliveries come before recorded market data, and workers'
own alarms last. Nothing here reads a clock, so equal inputs give equal runs to the last digit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.room import AccountRoom
from mmtui.model.events import Event, MarketEvent, Start, Stop, Unrecognised
from mmtui.simulation.venue import Venue

NEVER: Final = 1 << 62

ResultObserver = Callable[[Cell, StepResult], None]
ProgressObserver = Callable[[int, int], None]
"""Called now and then with (market time, events so far)."""

PROGRESS_EVERY: Final = 20_000


class Routes(Struct, frozen=True):
    """Which cells hear what."""

    by_instrument: dict[str, list[Cell]]
    by_account: dict[str, list[Cell]]
    by_both: dict[tuple[str, str], list[Cell]]
    everyone: list[Cell]

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> "Routes":
        """Routes for these cells."""
        routes = cls({}, {}, {}, list(cells))
        for cell in cells:
            for leg in cell.legs:
                account, instrument = leg.account, leg.instrument.id
                hearers = routes.by_instrument.setdefault(instrument, [])
                if cell not in hearers:  # two legs may trade one book
                    hearers.append(cell)
                routes.by_account.setdefault(account, []).append(cell)
                routes.by_both.setdefault((account, instrument), []).append(cell)
        return routes

    def cells_for(self, event: Event) -> list[Cell]:
        """The cells that an event concerns: its (account, instrument), else its account, its book, or all."""
        account = getattr(event, "account", None)
        instrument = getattr(event, "instrument", None)
        if account is None:
            return self.everyone if instrument is None else self.by_instrument.get(instrument, [])
        if instrument is None:
            return self.by_account.get(account, [])
        return self.by_both.get((account, instrument), [])


class Timeline:
    """Moves cells through simulated time until all have stopped."""

    def __init__(
        self,
        cells: Sequence[Cell],
        venue: Venue,
        rooms: Mapping[str, AccountRoom],
        observe: ResultObserver | None = None,
        progress: ProgressObserver | None = None,
    ) -> None:
        self.cells = list(cells)
        self.events = 0
        self.now_ns = 0
        self.first_ns = 0
        self._venue = venue
        self._rooms = rooms
        self._routes = Routes.of(cells)
        self._observe = observe
        self._progress = progress
        self._due_ns = NEVER
        self._told: dict[str, list[Event]] = {}

    @property
    def ended(self) -> bool:
        """True once every cell has stopped."""
        return all(cell.stopped for cell in self.cells)

    def begin(self, now_ns: int) -> None:
        """Start all cells."""
        self.now_ns = self.first_ns = now_ns
        for cell in self.cells:
            totals = [self._rooms[leg.account].totals_for(cell.name, now_ns) for leg in cell.legs]
            self._feed(cell, now_ns, [*totals, Start(now_ns)])
        self._refresh_due()

    def run_recorded(self, events: Iterable[MarketEvent]) -> None:
        """Replay recorded events to their end or until every cell has stopped; then stop what still runs."""
        by_instrument = self._routes.by_instrument
        feed_venue = self._venue.feed
        count = 0
        for event in events:
            time_ns = event.time_ns
            if not count:
                self.begin(time_ns)
            count += 1
            if self._due_ns <= time_ns:
                self._run_until(time_ns)
                if self.ended:
                    break
            self.now_ns = time_ns
            feed_venue(event)
            if not isinstance(event, Unrecognised):
                for cell in by_instrument.get(event.instrument or "", ()):
                    self._feed_market(cell, time_ns, event)
            if self._progress is not None and not count % PROGRESS_EVERY:
                self._progress(time_ns, count)
        self.events += count
        if count:
            self.stop("end of data")

    def run_until(self, end_ns: int) -> None:
        """Let a self-moving venue live until ``end_ns`` or until every cell has stopped."""
        while self._due_ns <= end_ns and not self.ended:
            self._advance_to(self._due_ns)

    def stop(self, reason: str) -> None:
        """Stop what still runs and live on until all have proved their end (or given up at their deadline)."""
        for cell in self.cells:
            if not cell.stopped:
                self._feed(cell, self.now_ns, [Stop(self.now_ns, reason)])
        self._refresh_due()
        self.run_until(NEVER - 1)

    # ------------------------------------------------------------------------------------------------ inside

    def _feed_market(self, cell: Cell, time_ns: int, event: MarketEvent) -> None:
        """The hot path of a replay: one recorded event into one cell."""
        result = cell.feed(time_ns, (event,))
        if result is not None:
            self._carry_out(cell, result)
            self._refresh_due()
        else:
            next_ns = self._venue.next_time_ns()
            if next_ns is not None and next_ns < self._due_ns:
                self._due_ns = next_ns

    def _run_until(self, time_ns: int) -> None:
        while self._due_ns <= time_ns and not self.ended:
            self._advance_to(self._due_ns)

    def _advance_to(self, now_ns: int) -> None:
        """Everything that is due at one instant: deliveries first, then the alarms of cells that heard nothing."""
        self.now_ns = now_ns
        batches: dict[str, list[Event]] = {}
        for event in self._venue.advance(now_ns):
            self.events += 1
            for cell in self._routes.cells_for(event):
                batches.setdefault(cell.name, []).append(event)
        for cell in self.cells:
            if cell.name in batches or cell.name in self._told or cell.wake_ns <= now_ns:
                self._feed(cell, now_ns, batches.get(cell.name, []))
        self._refresh_due()

    def _feed(self, cell: Cell, now_ns: int, events: list[Event]) -> None:
        """Step a cell; what the account's other cells did just before comes first, or a limit could be used twice."""
        result = cell.feed(now_ns, self._told.pop(cell.name, []) + events)
        if result is not None:
            self._carry_out(cell, result)

    def _carry_out(self, cell: Cell, result: StepResult) -> None:
        """Send what was approved; tell the observer and the other workers of the account."""
        now_ns = self.now_ns
        for approved in result.commands:
            self._venue.submit(approved.command, now_ns)
        if self._observe is not None:
            self._observe(cell, result)
        for leg in cell.legs:
            for name, totals in self._rooms[leg.account].update(leg):
                self._told.setdefault(name, []).append(totals)

    def _refresh_due(self) -> None:
        """When something other than recorded data happens next."""
        due = self._venue.next_time_ns()
        due = NEVER if due is None else due
        for cell in self.cells:
            if cell.wake_ns < due and not cell.stopped:
                due = cell.wake_ns
        if self._told:
            due = min(due, self.now_ns)
        self._due_ns = due
