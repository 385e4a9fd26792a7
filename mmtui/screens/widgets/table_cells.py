"""Cells of the usual kinds: amounts, figures, sides, words; sorted by what they mean, not by how they look."""

from decimal import Decimal
from typing import Final

from mmtui.model.units import Side
from mmtui.screens import numbers
from mmtui.screens.widgets.table_layout import Cell, Order

CASH_PLACES: Final = 2
FINE_CASH_PLACES: Final = 4
COIN_PLACES: Final = 6

_CASH: Final = ("USD", "USDC", "USDT", "USDF", "DUSD", "FDUSD", "EUR")
_SIDES: Final = {Side.BUY: ("▲B", "buy"), Side.SELL: ("▼S", "sell")}


def cash_places(asset: str, *, fine: bool = False) -> int:
    """Decimal places of amounts in an asset: cents of money, more of a coin; ``fine`` for sums of small parts."""
    if asset not in _CASH:
        return COIN_PLACES
    return FINE_CASH_PLACES if fine else CASH_PLACES


def tone(value: Decimal | float | None) -> str:
    """The style of a gain or a loss; the sign says it without colour."""
    if value is None:
        return "dim"
    if not value:
        return "text"
    return "gain" if value > 0 else "loss"


def words(text: str, style: str = "text") -> Cell:
    """A text, sorted by itself; an empty one last."""
    return Cell(text, style, text or None)


def figure(value: Decimal | float | None, places: int, style: str = "text") -> Cell:
    """A figure with so many places; unknown is dim and sorted last."""
    return Cell(numbers.number(value, places), "dim" if value is None else style, value)


def amount(value: Decimal | None, places: int) -> Cell:
    """Signed cash or PnL, in the colour of gain or loss."""
    return Cell(numbers.signed(value, places), tone(value), value)


def holding(value: Decimal | None, lot_size: Decimal) -> Cell:
    """A signed position, in the colour of the side that built it; flat is dim, unknown is a warning."""
    if value is None:
        return Cell(numbers.UNKNOWN, "warning")
    style = "dim" if not value else "buy" if value > 0 else "sell"
    return Cell(numbers.signed(value, numbers.places_of(lot_size)), style, value)


def exact(value: Decimal | None, style: str = "text", *, least: int = 0) -> Cell:
    """A figure with all the places it has, and at least so many."""
    return figure(value, least if value is None else max(least, numbers.places_of(value)), style)


def fee(value: Decimal) -> Cell:
    """A fee as signed cash with the places it has: what was paid is nothing to shout about, a rebate is a gain."""
    return Cell(numbers.signed(value, numbers.places_of(value)), "gain" if value > 0 else "text", value)


def count(value: int, style: str = "text", *, alarm: str = "") -> Cell:
    """A number of things; zero is dim, others take ``alarm`` where it is given."""
    return Cell(f"{value:,}", "dim" if not value else alarm or style, value)


def side(value: Side) -> Cell:
    """Buy or sell, told by arrow and letter as well as by colour."""
    text, style = _SIDES[value]
    return Cell(text, style, text)


def since(age_ns: int | None, style: str = "text") -> Cell:
    """How old something is."""
    return Cell(numbers.age(age_ns), "dim" if age_ns is None else style, age_ns)


def day(time_ns: int) -> Cell:
    """The UTC day of a time, sorted by the time."""
    return Cell(numbers.stamp(time_ns)[:10], "dim", time_ns)


def clock(time_ns: int) -> Cell:
    """The time of day of a time, sorted by the time itself, days included."""
    return Cell(numbers.clock(time_ns), "dim", time_ns)


def plain(text: str, order: Order, style: str = "text") -> Cell:
    """A text that is sorted by something else."""
    return Cell(text, style, order)
