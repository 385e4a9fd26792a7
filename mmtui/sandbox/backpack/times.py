"""How the venue writes times: the unit differs from field to field."""

from datetime import UTC, datetime

from mmtui.model.units import NS_PER_MS, NS_PER_S, NS_PER_US


def ms(time_ns: int) -> int:
    """Whole milliseconds."""
    return time_ns // NS_PER_MS


def us(time_ns: int) -> int:
    """Whole microseconds."""
    return time_ns // NS_PER_US


def iso(time_ns: int) -> str:
    """``2025-07-27T17:39:00.092``: UTC without a zone; the fraction is left out where it is nothing."""
    seconds, rest = divmod(time_ns // NS_PER_MS, 1_000)
    text = _utc(seconds).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03}" if rest else text


def spaced(time_ns: int) -> str:
    """``2025-07-19 13:09:00``, as candles of the REST interface have it."""
    return _utc(time_ns // NS_PER_S).strftime("%Y-%m-%d %H:%M:%S")


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
