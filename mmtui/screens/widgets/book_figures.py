"""Prices and sizes of the public book as text: floats on a known grid, written thousands of times a second.

``mmtui.screens.numbers`` writes the same by way of Decimal; figures of money and of our own orders stay with it.
"""

from decimal import Decimal
from typing import Final

from mmtui.screens import numbers

MOST_SIZE_PLACES: Final = 4
"""Decimal places of a size at most; what they would round to zero is shown as less than the last of them."""


def size_places(lot_size: Decimal) -> int:
    """Decimal places that sizes of this lot are shown with."""
    return min(numbers.places_of(lot_size), MOST_SIZE_PLACES)


def book_figure(value: float, places: int) -> str:
    """A price or size with so many places, thousands apart.

    >>> book_figure(95123.4, 1)
    '95,123.4'
    """
    return f"{value:,.{places}f}"


def size_figure(value: float, places: int) -> str:
    """The same for sizes: what is there is never written as zero.

    >>> size_figure(0.00001, 4), size_figure(0.0, 4)
    ('<0.0001', '0.0000')
    """
    least = 10.0**-places
    return f"<{least:.{places}f}" if 0 < value < least / 2 else f"{value:,.{places}f}"
