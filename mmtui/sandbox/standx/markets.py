"""What is traded here: perps against DUSD."""

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import BPS, ONE, ZERO, decimal_text

QUOTE: Final = "DUSD"
FUNDING_INTERVAL_S: Final = 3_600
MAKER_FEE_BPS: Final = Decimal(1)
TAKER_FEE_BPS: Final = Decimal(4)
MAX_LEVERAGE: Final = 40
START_LEVERAGE: Final = 10
PRICE_REACH: Final = Decimal("0.3")
"""A limit price may be that share away from the mark."""
MAX_OPEN_ORDERS: Final = 100
LISTED: Final = "2025-08-01T00:00:00.000000Z"


class MarketRow(Struct, frozen=True):
    """One perp."""

    base: str
    price_decimals: int
    qty_decimals: int
    min_qty: Decimal
    max_qty: Decimal

    @property
    def symbol(self) -> str:
        """Its name."""
        return f"{self.base}-USD"

    @property
    def tick_size(self) -> Decimal:
        """The least difference of prices."""
        return ONE.scaleb(-self.price_decimals)

    @property
    def lot_size(self) -> Decimal:
        """The least difference of sizes."""
        return ONE.scaleb(-self.qty_decimals)


ROWS: Final = (
    MarketRow("BTC", 2, 4, Decimal("0.0001"), Decimal(100)),
    MarketRow("ETH", 2, 3, Decimal("0.001"), Decimal(2_000)),
    MarketRow("SOL", 3, 2, Decimal("0.01"), Decimal(20_000)),
)
BY_SYMBOL: Final = {row.symbol: row for row in ROWS}


def instruments() -> tuple[Instrument, ...]:
    """What the floor trades."""
    return tuple(
        Instrument(
            id=f"standx:{row.symbol}",
            venue="standx",
            symbol=row.symbol,
            market_type=MarketType.PERP,
            base_asset=row.base,
            quote_asset=QUOTE,
            tick_size=row.tick_size,
            lot_size=row.lot_size,
            min_quantity=row.min_qty,
            min_notional=ZERO,
            maker_fee_bps=MAKER_FEE_BPS,
            taker_fee_bps=TAKER_FEE_BPS,
        )
        for row in ROWS
    )


def info_document(row: MarketRow) -> dict[str, Any]:
    """``query_symbol_info``. Fees are fractions there."""
    return {
        "symbol": row.symbol,
        "base_asset": row.base,
        "base_decimals": 9,
        "quote_asset": QUOTE,
        "quote_decimals": 9,
        "price_tick_decimals": row.price_decimals,
        "qty_tick_decimals": row.qty_decimals,
        "min_order_qty": decimal_text(row.min_qty),
        "max_order_qty": decimal_text(row.max_qty),
        "max_position_size": decimal_text(row.max_qty * 10),
        "max_open_orders": str(MAX_OPEN_ORDERS),
        "def_leverage": str(START_LEVERAGE),
        "max_leverage": str(MAX_LEVERAGE),
        "maker_fee": decimal_text(MAKER_FEE_BPS / BPS),
        "taker_fee": decimal_text(TAKER_FEE_BPS / BPS),
        "depth_ticks": "0.01,0.1,1",
        "price_cap_ratio": decimal_text(PRICE_REACH),
        "price_floor_ratio": decimal_text(PRICE_REACH),
        "enabled": True,
        "created_at": LISTED,
        "updated_at": LISTED,
    }
