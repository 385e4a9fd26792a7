"""What can be traded: the venue's rules for one symbol."""

import enum
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct

from mmtui.model.units import BPS, ONE, ZERO


class MarketType(enum.Enum):
    """Spot trades assets; a perp (perpetual future) trades a position."""

    SPOT = "spot"
    PERP = "perp"


class Instrument(Struct, frozen=True, gc=False):
    """One tradable symbol of one venue with its steps, minimums and fees.

    ``id`` is ``<market>:<symbol>`` (for example ``backpack:SOL_USDC_PERP`` or ``sim.m1:BTC-PERP``) and names the order
    book: accounts that share a book share the id. Fees are in basis points of notional, paid positive, a rebate
    negative. ``multiplier`` is base units per contract (1 where quantities are already in the base asset).
    """

    id: str
    venue: str
    symbol: str
    market_type: MarketType
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal = ZERO
    min_notional: Decimal = ZERO
    maker_fee_bps: Decimal = ZERO
    taker_fee_bps: Decimal = ZERO
    multiplier: Decimal = ONE

    def price_down(self, price: Decimal) -> Decimal:
        """Round a price down to the tick grid (buys round down)."""
        return (price / self.tick_size).to_integral_value(ROUND_FLOOR) * self.tick_size

    def price_up(self, price: Decimal) -> Decimal:
        """Round a price up to the tick grid (sells round up)."""
        return (price / self.tick_size).to_integral_value(ROUND_CEILING) * self.tick_size

    def quantity_down(self, quantity: Decimal) -> Decimal:
        """Round a quantity down to the lot grid; never up, or more than asked would be traded."""
        return (quantity / self.lot_size).to_integral_value(ROUND_FLOOR) * self.lot_size

    def notional(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Worth of ``quantity`` at ``price`` in the quote asset, unsigned where quantity is unsigned."""
        return price * quantity * self.multiplier

    def fee_cash(self, price: Decimal, quantity: Decimal, *, maker: bool) -> Decimal:
        """Signed cash of the fee by this instrument's table: paid negative, rebate positive."""
        rate = self.maker_fee_bps if maker else self.taker_fee_bps
        return -(self.notional(price, abs(quantity)) * rate / BPS)
