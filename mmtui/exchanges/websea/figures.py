"""Bounded kinds of figures: what lies outside is no figure of a market, and nothing later should have to ask."""

from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mmtui.model.units import NS_PER_MS, NS_PER_S
from mmtui.ports.errors import BadMessage

UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError, BadMessage)
"""What reading foreign bytes can raise: no JSON or not this shape, broken UTF-8, nested without end, figures that
cannot be."""

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e18)]
Rows = list[tuple[Price, Size]]

Moment = Annotated[int, Meta(ge=0, le=10**14)]
"""Unix time: seconds or milliseconds, the venue mixes them."""

_DIGITS: Final = 24
_SECONDS_END: Final = 10**11


def exact(value: Decimal) -> Decimal:
    """An account's figure as it came. Raises BadMessage for NaN, infinities and sizes beyond reason."""
    if not value.is_finite() or not -_DIGITS <= value.adjusted() <= _DIGITS:
        if value.is_finite() and not value:
            return value
        raise BadMessage("a figure of the account is out of bounds")
    return value


def positive(value: Decimal | None) -> Decimal | None:
    """A price, or None where the venue writes 0 or nothing. Raises BadMessage as ``exact`` does, and below zero."""
    if not value:
        return None
    if exact(value) < 0:
        raise BadMessage("a price below zero")
    return value


def whole(value: Decimal) -> int:
    """A number of contracts. Raises BadMessage for what is no whole number of at least 0."""
    if exact(value) < 0 or value != value.to_integral_value():
        raise BadMessage("contracts are whole numbers")
    return int(value)


def moment_ns(stamp: int | None) -> int | None:
    """Nanoseconds of a stamp in seconds or milliseconds (documents and wire differ); None for none."""
    if not stamp:
        return None
    return stamp * (NS_PER_S if stamp < _SECONDS_END else NS_PER_MS)
