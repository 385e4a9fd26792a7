"""How a recorded market treats our orders, and the count of what its rules did."""

import enum
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct


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
