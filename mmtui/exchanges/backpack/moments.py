"""Backpack's ways of writing time, in nanoseconds. Which field uses which is said where it is decoded."""

from datetime import UTC, datetime
from typing import Final

from mmtui.model.units import NS_PER_MS, NS_PER_S, NS_PER_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS: Final = 1 << 62


def from_us(value: int) -> int | None:
    """Microseconds: depth, and ``E`` and ``T`` of every stream. None for what is no time."""
    return value * NS_PER_US if 0 < value < _LATEST_NS // NS_PER_US else None


def from_ms(value: int) -> int | None:
    """Milliseconds: orders, REST trades, next funding. None for what is no time."""
    return value * NS_PER_MS if 0 < value < _LATEST_NS // NS_PER_MS else None


def from_text(value: str) -> int | None:
    """ISO text without zone, in UTC, its fraction optional: everything under history. None for what is no time."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * NS_PER_S + past.microseconds * NS_PER_US
