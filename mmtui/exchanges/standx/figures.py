"""Bounded kinds of figures: what lies outside is no figure of a market, and nothing later should have to ask."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import BadMessage

UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError, BadMessage)
"""What reading foreign bytes can raise: no JSON or not this shape, broken UTF-8, nested without end, figures that
cannot be."""

Price = Annotated[float, Meta(gt=0, le=1e15)]
Size = Annotated[float, Meta(ge=0, le=1e18)]
Rows = list[tuple[Price, Size]]

Number = Annotated[int, Meta(ge=0, le=2**62)]
"""Ids and sequences."""

_DIGITS: Final = 24
_NINE: Final = 9
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9})[0-9]*)?(?:Z|\+00:00)?"
)


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


def from_iso(text: str | None) -> int | None:
    """Nanoseconds of an ISO-8601 UTC time with up to nine digits of a second; None for what is no time."""
    found = _MOMENT.fullmatch(text or "")
    if found is None:
        return None
    day, clock, fraction = found.groups()
    try:
        seconds = int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
    return seconds * NS_PER_S + int((fraction or "").ljust(_NINE, "0")) if seconds > 0 else None


def to_iso(time_ns: int) -> str:
    """A time as the venue's questions want it: milliseconds, UTC."""
    moment = datetime.fromtimestamp(time_ns / NS_PER_S, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03d}Z"
