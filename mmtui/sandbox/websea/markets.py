"""What is traded here, and how the venue describes it. Orders and positions count contracts, the floor counts coins."""

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import decimal_text

QUOTE: Final = "USDT"
FUNDING_INTERVAL_S: Final = 8 * 3_600
MAKER_FEE_BPS: Final = Decimal("3.5")
TAKER_FEE_BPS: Final = Decimal(6)
"""The published schedule of the lowest level."""
LARGEST_LEVERAGE: Final = 100
MIN_CONTRACTS: Final = 1
MAX_CONTRACTS: Final = 1_000_000
MAX_HOLD: Final = 5_000_000
MAX_PRICE: Final = Decimal(1_000_000)


class Asset(Struct, frozen=True):
    """One contract: its number at the venue, its coin, price step, and coins per contract."""

    number: int
    symbol: str
    tick_size: Decimal
    contract_size: Decimal


ASSETS: Final = (
    Asset(1223, "BTC", Decimal("0.1"), Decimal("0.001")),
    Asset(1224, "ETH", Decimal("0.01"), Decimal("0.01")),
    Asset(1231, "SOL", Decimal("0.01"), Decimal("0.1")),
)
BY_COIN: Final = {asset.symbol: asset for asset in ASSETS}


def instruments() -> list[Instrument]:
    """Every contract; a lot is one contract in coins."""
    return [
        Instrument(
            id=f"websea:{asset.symbol}-{QUOTE}",
            venue="websea",
            symbol=f"{asset.symbol}-{QUOTE}",
            market_type=MarketType.PERP,
            base_asset=asset.symbol,
            quote_asset=QUOTE,
            tick_size=asset.tick_size,
            lot_size=asset.contract_size,
            min_quantity=asset.contract_size * MIN_CONTRACTS,
            maker_fee_bps=MAKER_FEE_BPS,
            taker_fee_bps=TAKER_FEE_BPS,
        )
        for asset in ASSETS
    ]


def contracts(instrument: Instrument, coins: Decimal) -> Decimal:
    """Coins in contracts; a fraction where a recorded market has finer lots than ours."""
    return coins / BY_COIN[instrument.base_asset].contract_size


def coins(instrument: Instrument, count: Decimal) -> Decimal:
    """Contracts in coins."""
    return count * BY_COIN[instrument.base_asset].contract_size


def fixed(value: Decimal, step: Decimal) -> str:
    """A price with all the decimals of its step."""
    return format(value.quantize(step), "f")


def symbol_document(instrument: Instrument, *, legacy: bool) -> dict[str, Any]:
    """A row of ``symbols``; the old path does not tell the size of a contract. The fees are no rates."""
    asset = BY_COIN[instrument.base_asset]
    document: dict[str, Any] = {
        "id": asset.number,
        "symbol": instrument.symbol,
        "base_currency": instrument.base_asset,
        "quote_currency": QUOTE,
        "min_size": MIN_CONTRACTS,
        "max_size": MAX_CONTRACTS,
        "min_price": float(asset.tick_size),
        "max_price": int(MAX_PRICE),
        "maker_fee": 1,
        "taker_fee": 1,
    }
    if not legacy:
        document |= {"contract_size": decimal_text(asset.contract_size), "max_hold": str(MAX_HOLD)}
    return document


def face_document(instrument: Instrument) -> dict[str, Any]:
    """A row of ``info``: the size of a contract under another name, in a unit that is not what it says."""
    return {
        "symbol": instrument.symbol,
        "contract_type": "future",
        "contract_price": decimal_text(BY_COIN[instrument.base_asset].contract_size),
        "contract_price_currency": QUOTE,
    }


def precision_document(instrument: Instrument) -> dict[str, str]:
    """An entry of ``symbol_precision``: decimals of price and amount, and the limits of both."""
    asset = BY_COIN[instrument.base_asset]
    return {
        "amount": "0",
        "minQuantity": str(MIN_CONTRACTS),
        "maxQuantity": str(MAX_CONTRACTS),
        "price": str(-int(asset.tick_size.as_tuple().exponent)),
        "minPrice": decimal_text(asset.tick_size),
        "maxPrice": decimal_text(MAX_PRICE),
    }
