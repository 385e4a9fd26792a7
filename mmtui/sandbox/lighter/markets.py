"""What is traded here: perps by number, with the decimals of their prices and sizes."""

from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, ZERO

QUOTE: Final = "USDC"
QUOTE_ASSET_ID: Final = 3
QUOTE_DECIMALS: Final = 6
FUNDING_INTERVAL_S: Final = 3_600
ALL_MARKETS: Final = 255
"""Stands for "every market" in requests."""

FRACTION: Final = 10_000
"""Margin fractions are told in parts of this."""
FEE_UNIT: Final = 1_000_000
"""Fees of trades are told in parts of this of the notional."""
FEES_BPS: Final = {"premium": (Decimal("0.4"), Decimal("2.8")), "standard": (Decimal(0), Decimal(0))}
"""Maker and taker fee of each kind of account."""


class MarketRow(Struct, frozen=True):
    """One perp. Amounts below ``min_base`` or ``min_quote`` must not rest."""

    market_id: int
    symbol: str
    price_decimals: int
    size_decimals: int
    min_base: Decimal
    min_quote: Decimal = Decimal(10)
    default_fraction: int = 500
    min_fraction: int = 200
    maintenance_fraction: int = 120
    closeout_fraction: int = 80

    @property
    def tick_size(self) -> Decimal:
        """The least difference of prices."""
        return ONE.scaleb(-self.price_decimals)

    @property
    def lot_size(self) -> Decimal:
        """The least difference of sizes."""
        return ONE.scaleb(-self.size_decimals)

    def price(self, value: Decimal) -> str:
        """A price as the venue writes it."""
        return f"{value:.{self.price_decimals}f}"

    def size(self, value: Decimal) -> str:
        """A size as the venue writes it."""
        return f"{value:.{self.size_decimals}f}"


ROWS: Final = (
    MarketRow(0, "ETH", 2, 4, Decimal("0.0050")),
    MarketRow(1, "BTC", 1, 5, Decimal("0.00020")),
    MarketRow(2, "SOL", 3, 3, Decimal("0.100")),
)
BY_ID: Final = {row.market_id: row for row in ROWS}
BY_SYMBOL: Final = {row.symbol: row for row in ROWS}


def instruments(tier: str) -> tuple[Instrument, ...]:
    """What the floor trades, with the fees of a kind of account. Minimums are checked at the door, for makers only."""
    maker, taker = FEES_BPS[tier]
    return tuple(
        Instrument(
            id=f"lighter:{row.symbol}",
            venue="lighter",
            symbol=row.symbol,
            market_type=MarketType.PERP,
            base_asset=row.symbol,
            quote_asset=QUOTE,
            tick_size=row.tick_size,
            lot_size=row.lot_size,
            min_quantity=row.lot_size,
            min_notional=ZERO,
            maker_fee_bps=maker,
            taker_fee_bps=taker,
        )
        for row in ROWS
    )


def usd(value: Decimal) -> str:
    """An amount of the quote asset as the venue writes it."""
    return f"{value:.{QUOTE_DECIMALS}f}"
