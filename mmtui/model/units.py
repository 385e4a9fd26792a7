"""Units every other room counts in: sides, nanoseconds, exact decimals.

Money is exact. Prices, quantities, fees and PnL are ``Decimal`` from wire to wire; floats appear only in the book's
read path, in signals and in drawings. Importing this module widens the decimal context of the importing thread (and,
through ``DefaultContext``, of every thread started later) to 60 digits, so that sums and products of venue figures are
never rounded; asyncio tasks inherit the context of the thread that starts the loop.
"""

import decimal
import enum
from decimal import Decimal
from typing import Final, NewType

WallNs = NewType("WallNs", int)
"""A fact's time: nanoseconds since 1970-01-01 UTC."""

MonoNs = NewType("MonoNs", int)
"""A monotonic time in nanoseconds, for timeouts only; never comparable with ``WallNs``."""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
BPS: Final = Decimal(10_000)
HUNDRED: Final = Decimal(100)

NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000

EXACT_DIGITS: Final = 60


def use_exact_context() -> None:
    """Give this thread and every later one a decimal context wide enough that money arithmetic is never rounded."""
    decimal.DefaultContext.prec = EXACT_DIGITS
    decimal.getcontext().prec = EXACT_DIGITS


use_exact_context()


class Side(enum.Enum):
    """Which way an order trades."""

    __hash__ = object.__hash__  # an Enum hashes its name in Python code; members are singletons

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


def decimal_text(value: Decimal) -> str:
    """Write a decimal for people and wires: no exponent, no trailing zeros, no negative zero.

    >>> decimal_text(Decimal("1E-7")), decimal_text(Decimal("-0.00")), decimal_text(Decimal("1200"))
    ('0.0000001', '0', '1200')
    """
    if not value:
        return "0"
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text
