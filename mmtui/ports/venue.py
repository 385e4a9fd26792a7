"""The four small ports of a venue. A market-data-only venue implements the first two."""

from collections.abc import Callable, Sequence
from typing import Protocol

from mmtui.model.commands import OrderCommand, Query
from mmtui.model.events import Event
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument

EventSink = Callable[[Event], None]
"""Takes an event at once and never blocks; the engine routes it to the worker that owns the symbol."""


class InstrumentSource(Protocol):
    """Knows what can be traded."""

    async def instruments(self) -> Sequence[Instrument]:
        """All instruments of the venue. Raises VenueError."""
        ...


class MarketFeed(Protocol):
    """Delivers books, trades and marks."""

    async def run(self, instruments: Sequence[Instrument], sink: EventSink) -> None:
        """Stream until cancelled; connection losses become StreamDown and StreamUp, never exceptions."""
        ...


class TradingClient(Protocol):
    """Sends approved order commands; outcomes come back as events through the sink given at ``run``."""

    facts: VenueFacts

    async def run(self, sink: EventSink) -> None:
        """Keep the private stream until cancelled."""
        ...

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        """Send commands in the order given; return what is known at once (reports, refusals, unknown outcomes).

        Never raises for a venue's reasons: a definite no is CommandRefused, everything unclear CommandUnknown.
        """
        ...


class AccountReports(Protocol):
    """Answers questions about the account."""

    async def answer(self, query: Query) -> Sequence[Event]:
        """The answer as events; a failed read is a ReadFailed event, never an empty answer."""
        ...
