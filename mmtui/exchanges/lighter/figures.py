"""Bounded kinds of figures: what lies outside is no figure of a market, and nothing later should have to ask.

Times are in four units on this venue; which field has which is said where it is decoded.
"""

from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mmtui.model.units import NS_PER_MS, NS_PER_S, NS_PER_US
from mmtui.ports.errors import BadMessage

UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError, BadMessage)
"""What reading foreign bytes can raise: no JSON or not this shape, broken UTF-8, nested without end, figures that
cannot be."""

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e18)]

Number = Annotated[int, Meta(ge=0, le=2**62)]
"""Ids, sequences, nonces."""

Stamp = Annotated[int, Meta(ge=0, le=2**62)]
"""A time in the field's unit; 0 where there is none."""

MarketId = Annotated[int, Meta(ge=0, le=2**20)]

_DIGITS: Final = 24
_LATEST_NS: Final = 1 << 62
_MS_SINCE: Final = 100_000_000_000
"""Seconds stay below this until the year 5138; milliseconds have been above it since 1973."""


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


def from_us(value: int) -> int | None:
    """Nanoseconds of microseconds (``transaction_time``, ``last_updated_at``); None for what is no time."""
    return value * NS_PER_US if 0 < value < _LATEST_NS // NS_PER_US else None


def from_ms(value: int) -> int | None:
    """Nanoseconds of milliseconds (trades, frames, funding of the stream); None for what is no time."""
    return value * NS_PER_MS if 0 < value < _LATEST_NS // NS_PER_MS else None


def from_s_or_ms(value: int) -> int | None:
    """Nanoseconds of a stamp that documents give in seconds and servers in milliseconds; None for what is no time."""
    if value >= _MS_SINCE:
        return from_ms(value)
    return value * NS_PER_S if value > 0 else None
