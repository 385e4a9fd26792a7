"""Whole numbers as clients write them in queries, forms, tokens and channels."""

from typing import Final

MOST_DIGITS: Final = 20
"""More has no number of the venue, and Python refuses to read thousands of them."""


def whole(text: str) -> int | None:
    """The number that ``text`` is; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
