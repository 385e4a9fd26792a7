"""Times as the venue writes and reads them: ISO 8601 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

from mmtui.model.units import NS_PER_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def iso(now_ns: int) -> str:
    """To the microsecond."""
    moment = _EPOCH + timedelta(microseconds=now_ns // NS_PER_US)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


def iso_ms(now_ns: int) -> str:
    """To the millisecond."""
    return f"{iso(now_ns)[:-4]}Z"


def from_iso(text: str) -> int:
    """Nanoseconds. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * NS_PER_US
