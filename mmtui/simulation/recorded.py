"""A recorded market that our orders meet: queue position by the sizes shown, fills by the trades seen.

The recording does not know of our orders and never reacts to them. What they would have traded is inferred by rules
that give a maker the worse of what could have been (docs/replay.md has them in plain words):

- an order joins the end of what is shown at its price; what leaves that price is assumed to stand behind us;
- a trade at our price first serves the queue ahead, a trade through our price serves us up to its volume, and no
  volume is used twice;
- a book that comes to stand through our price fills us, as adverse a fill as there is;
- inside a gap nothing fills, neither does a trade while the book is old.
"""

import enum
import math
from bisect import insort
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated, Final

from msgspec import Meta, Struct

from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    Level,
    MarketEvent,
    PublicTrade,
    StreamDown,
)
from mmtui.model.instrument import Instrument
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, Side
from mmtui.simulation.market import Execution, SimOrder
from mmtui.simulation.recorded_book import NO_ASK, NO_BID, RecordedBook, RecordedSide

WHOLE: Final = 1e-6
"""Share of a tick or lot by which a float may miss the grid."""


class ThroughFills(enum.Enum):
    """How much of an order a trade beyond its price fills."""

    VOLUME = "volume"
    ALL = "all"


class RecordedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the recorded market treats our orders. The defaults are the pessimistic choice."""

    through_fills: Annotated[
        ThroughFills,
        Meta(title="Trades through our price", description="They fill up to the volume traded, or the whole order."),
    ] = ThroughFills.VOLUME
    cross_fills: Annotated[
        bool, Meta(title="Fills by crossing", description="A book that stands through our price fills us, adversely.")
    ] = True
    resume_fills: Annotated[
        bool, Meta(title="Fills on resume", description="The same for the first book after a gap.")
    ] = True
    book_max_age_ms: Annotated[
        int,
        Meta(
            ge=0,
            title="Oldest book",
            description="Trades seen later than this after the last book message fill nothing; 0: no limit.",
            extra={"unit": "ms"},
        ),
    ] = 1_000
    book_step: Annotated[
        Decimal | None,
        Meta(title="Book step", description="Grid the recorded book was aggregated to, if coarser than the tick."),
    ] = None
    size_where_unknown: Annotated[
        Decimal | None,
        Meta(title="Size where none is recorded", description="Assumed at best prices without sizes; empty: no limit."),
    ] = None


class RecordedCounts(Struct):
    """What the rules did: fills by cause, and trades that could fill nothing though orders were resting."""

    fills_through: int = 0
    fills_at_price: int = 0
    fills_by_cross: int = 0
    fills_on_resume: int = 0
    fills_as_taker: int = 0
    trades_in_gap: int = 0
    trades_on_old_book: int = 0
    trades_of_unknown_side: int = 0


class _Resting:
    """One of our orders with its price in the recording's terms. ``unseen`` until the book has shown its price."""

    __slots__ = ("at_high", "at_low", "cross", "level_high", "level_low", "order", "rank", "unseen")

    def __init__(self, order: SimOrder, price: float, slack: float, level: tuple[float, float], cross: float) -> None:
        self.order = order
        self.rank = -price if order.side is Side.BUY else price
        self.at_low, self.at_high = price - slack, price + slack
        self.level_low, self.level_high = level
        self.cross = cross
        self.unseen = False


def _rank(resting: _Resting) -> float:
    return resting.rank


class RecordedMarket:
    """Recorded liquidity for one instrument; implements ``Market`` and takes the recording through ``feed``.

    Our orders never meet one another here, and what we take does not move the recorded market: a level that we took
    from counts as empty until the recording shows another size there.
    """

    def __init__(self, instrument: Instrument, settings: RecordedSettings | None = None) -> None:
        settings = settings or RecordedSettings()
        self.instrument = instrument
        self.counts = RecordedCounts()
        self._settings = settings
        self._id = instrument.id
        self._tick = float(instrument.tick_size)
        self._lot = float(instrument.lot_size)
        unknown = settings.size_where_unknown
        self._book = RecordedBook(math.inf if unknown is None else float(unknown))
        self._step = settings.book_step if settings.book_step != instrument.tick_size else None
        self._margin = self._tick * WHOLE + (0.0 if self._step is None else float(self._step - instrument.tick_size))
        self._max_age_ns = settings.book_max_age_ms * NS_PER_MS or 1 << 63
        self._buys: list[_Resting] = []  # best price first, then first come first
        self._sells: list[_Resting] = []
        self._resting: dict[str, _Resting] = {}
        self._taken: dict[tuple[Side, float], tuple[float, float]] = {}
        self._crossed_lots = {Side.BUY: 0.0, Side.SELL: 0.0}
        self._resuming = False

    # ------------------------------------------------------------------------------------------- the recording

    def feed(self, event: MarketEvent) -> list[Execution]:
        """Take one recorded event; returns what it traded against our resting orders, as maker at our prices."""
        kind = type(event)
        if event.instrument != self._id:
            return []
        if kind is BookSnapshot:
            self._book.replace(event)
        elif kind is PublicTrade:
            return self._on_trade(event) if self._resting else []
        elif kind is BookDelta: ...
        return []
