"""Figures and texts for columns of terminal cells: exact, aligned at the decimal point, never cut in the middle.

Unknown is written as a dash, never zero. Wide characters (Chinese) take two cells; every width here is in cells.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from rich.cells import cached_cell_len, set_cell_size

from mmtui.model.units import NS_PER_MS, NS_PER_S, Side

_measure: Final = cached_cell_len.__wrapped__
"""Rich's own measure without its memory, which holds thousands of whole lines."""

UNKNOWN: Final = "–"
"""What stands for a figure that is not known."""

NO_ROOM: Final = "…"
"""What stands for a figure that does not fit: a cut figure would be a wrong one."""

_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_SUFFIXES: Final = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))


def places_of(step: Decimal) -> int:
    """Decimal places of a tick or lot size.

    >>> places_of(Decimal("0.10")), places_of(Decimal("5")), places_of(Decimal("1E+2"))
    (1, 0, 0)
    """
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Decimal | float | None, places: int, *, grouped: bool = True) -> str:
    """A figure with so many decimal places and thousands apart by commas; unknown is a dash.

    >>> number(Decimal("-1234.5"), 2), number(Decimal("-0.001"), 2)
    ('-1,234.50', '0.00')
    """
    if value is None:
        return UNKNOWN
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return UNKNOWN
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return format(rounded or abs(rounded), ",f" if grouped else "f")


def signed(value: Decimal | float | None, places: int, *, grouped: bool = True) -> str:
    """The same with a plus where it is positive: PnL, positions, cash.

    >>> signed(Decimal("1.5"), 2), signed(Decimal("0"), 2), signed(Decimal("-2"), 0)
    ('+1.50', '0.00', '-2')
    """
    text = number(value, places, grouped=grouped)
    return text if value is None or text == UNKNOWN or text[0] == "-" or not text.strip("0.,") else f"+{text}"


def price(value: Decimal | float | None, tick_size: Decimal) -> str:
    """A price with the places of its tick."""
    return number(value, places_of(tick_size))


def quantity(value: Decimal | float | None, lot_size: Decimal) -> str:
    """A quantity with the places of its lot."""
    return number(value, places_of(lot_size))


def compact(value: Decimal | float | None, digits: int = 3) -> str:
    """A size in few cells: three significant digits and k, M, B or T. For overviews, not for money one acts on.

    >>> compact(Decimal("1234567")), compact(Decimal("950")), compact(Decimal("0.012345"))
    ('1.23M', '950', '0.0123')
    """
    if value is None:
        return UNKNOWN
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return UNKNOWN
    for least, suffix in _SUFFIXES:
        if abs(_significant(exact, digits)) >= least:
            return _plain(_significant(exact / least, digits)) + suffix
    return _plain(_significant(exact, digits))


def percent(value: Decimal | float | None, places: int = 2) -> str:
    """A figure that is already in percent, with its sign of percent."""
    return UNKNOWN if value is None else f"{number(value, places)}%"


def bps(value: Decimal | float | None, places: int = 1) -> str:
    """Basis points, without their unit (the column's title has it)."""
    return number(value, places)


def age(duration_ns: int | None) -> str:
    """How old something is, in at most five cells: 850ms, 12s, 3m05, 2h10, 4d.

    >>> age(850_000_000), age(185_000_000_000), age(7_800_000_000_000)
    ('850ms', '3m05', '2h10')
    """
    if duration_ns is None:
        return UNKNOWN
    seconds, rest_ns = divmod(max(0, duration_ns), NS_PER_S)
    if seconds < 1:
        return f"{rest_ns // NS_PER_MS}ms"
    if seconds < _MINUTE_S:
        return f"{seconds}s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S}m{seconds % _MINUTE_S:02}"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S}h{seconds % _HOUR_S // _MINUTE_S:02}"
    return f"{seconds // _DAY_S}d"


def clock(time_ns: int | None) -> str:
    """Time of day in UTC, to the second: 12:34:56."""
    return UNKNOWN if time_ns is None else datetime.fromtimestamp(time_ns // NS_PER_S, UTC).strftime("%H:%M:%S")


def stamp(time_ns: int | None) -> str:
    """Day and time of day in UTC: 2026-01-31 12:34:56."""
    if time_ns is None:
        return UNKNOWN
    return datetime.fromtimestamp(time_ns // NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S")


def side_mark(side: Side | None) -> str:
    """B or S, which tell buy from sell without colour; a middle dot where the side is unknown."""
    if side is None:
        return "·"
    return "B" if side is Side.BUY else "S"


def arrow(value: Decimal | float | None) -> str:
    """▲ above zero, ▼ below, a space else: a sign that needs no colour."""
    if value is None or not value:
        return " "
    return "▲" if value > 0 else "▼"


def align(figures: Iterable[str]) -> list[str]:
    """Pad figures to one width with their decimal points in one column; what has no figure is set right.

    >>> align(["1.5", "22", "-3.25"])
    [' 1.5 ', '22   ', '-3.25']
    """
    texts = list(figures)
    heads = [text.partition(".")[0] for text in texts]
    tails = [text[len(head) :] for text, head in zip(texts, heads, strict=True)]
    before = max((cells(head) for head in heads), default=0)
    after = max((cells(tail) for tail in tails), default=0)
    return [
        " " * (before - cells(head)) + head + tail + " " * (after - cells(tail))
        for head, tail in zip(heads, tails, strict=True)
    ]


def right(figure: str, width: int) -> str:
    """A figure set right in a column; "…" where it does not fit, because a cut figure would be a wrong one."""
    room = width - cells(figure)
    return " " * room + figure if room >= 0 else NO_ROOM.rjust(width)[:width]


def left(text: str, width: int) -> str:
    """A text set left in a column; cut with "…" where it does not fit. Not for figures."""
    room = width - cells(text)
    if room >= 0:
        return text + " " * room
    return set_cell_size(set_cell_size(text, max(0, width - 1)).rstrip() + NO_ROOM, width) if width > 0 else ""


def cells(text: str) -> int:
    """How many cells a text takes on screen. Nothing is remembered: of figures and log lines every one is new."""
    return len(text) if text.isascii() else _measure(text)


def _significant(value: Decimal, digits: int) -> Decimal:
    if not value:
        return Decimal(0)
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), ROUND_HALF_EVEN)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
