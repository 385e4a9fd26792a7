"""Figures as people read them: rounded for the eye, signed where the sign matters, "unknown" where they are unknown."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from mmtui.headless.sheet import Style
from mmtui.model.units import HUNDRED, ZERO, Side, decimal_text

_AMOUNT_DIGITS: Final = 6
_PERCENT_DIGITS: Final = 4
_PRICE_DIGITS_BELOW_TICK: Final = 2
_SMALL_DIGITS: Final = 2

_STYLES: Final = {Side.BUY: Style.BUY, Side.SELL: Style.SELL}


def side_style(side: Side) -> Style:
    """The colour of a side; its word is always there too."""
    return _STYLES[side]


def gain_style(value: Decimal | None) -> Style:
    """Gains and losses apart; unknown is a warning."""
    if value is None:
        return Style.WARNING
    if not value:
        return Style.PLAIN
    return Style.BUY if value > ZERO else Style.SELL


def rounded_text(value: Decimal, digits: int) -> str:
    """At most ``digits`` decimals; what they would round to zero keeps two significant digits, for it is not zero.

    >>> rounded_text(Decimal("1.23456"), 3), rounded_text(Decimal("0.0001234"), 3)
    ('1.235', '0.00012')
    """
    step = Decimal(1).scaleb(-digits)
    if value and abs(value) < step:
        step = Decimal(1).scaleb(value.adjusted() - _SMALL_DIGITS + 1)
    return decimal_text(value.quantize(step, ROUND_HALF_EVEN))


def amount_text(value: Decimal) -> str:
    """An amount of money, unsigned or with its minus."""
    return rounded_text(value, _AMOUNT_DIGITS)


def signed_text(value: Decimal) -> str:
    """An amount whose direction matters: with its plus too, except zero."""
    return ("+" if value > ZERO else "") + amount_text(value)


def quantity_text(value: Decimal, asset: str) -> str:
    """A signed quantity of an asset, exact."""
    return f"{'+' if value > ZERO else ''}{decimal_text(value)} {asset}"


def percent_text(part: Decimal, whole: Decimal) -> str:
    """``part`` of ``whole`` (not zero) in percent."""
    return rounded_text(part / whole * HUNDRED, _PERCENT_DIGITS) + " %"


def price_text(price: Decimal, tick_size: Decimal) -> str:
    """A price, exact on the grid, two digits finer than the tick off it."""
    exponent = tick_size.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - a tick size is finite
    return rounded_text(price, max(0, -exponent) + _PRICE_DIGITS_BELOW_TICK)
