"""Make desired quotes fit the venue: on the tick and lot grid, above the minimums, never crossing when post-only.

Buys round down and sells round up, so that rounding never gives a price away. Nothing is dropped in silence: each quote
that cannot stand has a reason, which the screens show.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.quotes import Quote, Quotes
from mmtui.model.units import Side, decimal_text


class Target(Struct, frozen=True, gc=False):
    """One order that should rest: exact price and quantity, and its level in the ladder (0 is nearest the touch)."""

    side: Side
    price: Decimal
    quantity: Decimal
    level: int


class Targets(Struct, frozen=True):
    """What should rest, best first on each side, and why something wanted cannot.

    ``clamped``: a post-only price was kept off the touch, so with another touch the same quotes may fit differently.
    """

    bids: list[Target]
    asks: list[Target]
    dropped: list[str]
    post_only: bool
    price_tolerance: Decimal
    clamped: bool = False


def conform(quotes: Quotes, instrument: Instrument, best_bid: Decimal | None, best_ask: Decimal | None) -> Targets:
    """Fit ``quotes`` to the instrument's rules; the best prices are those of the market now."""
    dropped: list[str] = []
    bids, bids_clamped = _side(Side.BUY, quotes.bids, instrument, best_ask if quotes.post_only else None, dropped)
    asks, asks_clamped = _side(Side.SELL, quotes.asks, instrument, best_bid if quotes.post_only else None, dropped)
    if bids and asks and (bid := max(t.price for t in bids)) >= (ask := min(t.price for t in asks)):
        dropped.append(f"own bid at or above own ask: {decimal_text(bid)} against {decimal_text(ask)}")
        bids, asks = [], []
    clamped = bids_clamped or asks_clamped
    return Targets(bids, asks, dropped, quotes.post_only, quotes.price_tolerance, clamped)


def _side(
    side: Side, quotes: tuple[Quote, ...], instrument: Instrument, opposite: Decimal | None, dropped: list[str]
) -> tuple[list[Target], bool]:
    """One side on the grid; ``opposite`` is the touch that a post-only order must not reach. True if one would have."""
    targets: list[Target] = []
    clamped = False
    for level, quote in enumerate(quotes):
        if side is Side.BUY:
            price = instrument.price_down(quote.price)
            if opposite is not None and price >= opposite:
                price = opposite - instrument.tick_size
                clamped = True
        else:
            price = instrument.price_up(quote.price)
            if opposite is not None and price <= opposite:
                price = opposite + instrument.tick_size
                clamped = True
        quantity = instrument.quantity_down(quote.quantity)
        fault = _fault(instrument, price, quantity)
        if fault is None:
            targets.append(Target(side, price, quantity, level))
        else:
            dropped.append(f"{side.value} level {level}: {fault}")
    return targets, clamped


def _fault(instrument: Instrument, price: Decimal, quantity: Decimal) -> str | None:
    if price <= 0:
        return "price is not positive"
    if quantity <= 0 or quantity < instrument.min_quantity:
        return f"below the minimum quantity: {decimal_text(quantity)} < {decimal_text(instrument.min_quantity)}"
    if instrument.min_notional and instrument.notional(price, quantity) < instrument.min_notional:
        return f"below the minimum notional: {decimal_text(instrument.min_notional)}"
    return None
