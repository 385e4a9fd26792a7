"""Times as text, always UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

from mmtui.model.units import NS_PER_S, NS_PER_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_S_PER_MIN: Final = 60
_S_PER_H: Final = 3600


def utc_text(time_ns: int) -> str:
    """ISO 8601 to the microsecond.

    >>> utc_text(1_000)
    '1970-01-01T00:00:00.000001Z'
    """
    return _utc(time_ns).isoformat(timespec="microseconds")[:-6] + "Z"


def date_text(time_ns: int) -> str:
    """Date and time to the second, for headings."""
    return _utc(time_ns).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock_text(time_ns: int) -> str:
    """Time of day to the second, for lines."""
    return _utc(time_ns).strftime("%H:%M:%S")


def duration_text(duration_ns: int) -> str:
    """How long something took.

    >>> duration_text(3_723_000_000_000), duration_text(-5)
    ('1 h 02 min 03 s', '0 s')
    """
    seconds = max(0, duration_ns) // NS_PER_S
    hours, minutes = seconds // _S_PER_H, seconds % _S_PER_H // _S_PER_MIN
    if hours:
        return f"{hours} h {minutes:02} min {seconds % _S_PER_MIN:02} s"
    if minutes:
        return f"{minutes} min {seconds % _S_PER_MIN:02} s"
    return f"{seconds} s"


def _utc(time_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time_ns // NS_PER_US)
