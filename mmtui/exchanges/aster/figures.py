"""Bounded kinds of figures: what lies outside is no figure of a market, and nothing later should have to ask."""

from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

from mmtui.model.units import NS_PER_MS
from mmtui.ports.errors import BadMessage

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e18)]
Rows = list[tuple[Price, Size]]

Millis = Annotated[int, Meta(ge=0, le=9_000_000_000_000)]
"""Milliseconds since 1970, before the year 2255; 0 where there is no time."""

Number = Annotated[int, Meta(ge=0, le=2**62)]
"""Ids and sequences."""

_DIGITS: Final = 24


def exact(value: Decimal) -> Decimal:
    """An account's figure as it came. Raises BadMessage for NaN, infinities and sizes beyond reason."""
    if not value.is_finite() or not -_DIGITS <= value.adjusted() <= _DIGITS:
        if value.is_finite() and not value:
            return value
        raise BadMessage("a figure of the account is out of bounds")
    return value


def positive(value: Decimal) -> Decimal | None:
    """A price, or None where the venue writes 0 for none. Raises BadMessage as ``exact`` does."""
    return exact(value) if value else None


def from_ms(value: int) -> int | None:
    """Nanoseconds of a venue's stamp; None for 0."""
    return value * NS_PER_MS if value else None
