"""What is traded here, and how the venue describes it."""

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, decimal_text

QUOTE: Final = "USDC"
FUNDING_INTERVAL_S: Final = 8 * 3_600
FUTURES_FEES_BPS: Final = (Decimal(2), Decimal(5))
SPOT_FEES_BPS: Final = (Decimal(8), Decimal(10))
"""(maker, taker)."""
MAX_MULTIPLIER: Final = Decimal("1.25")
MIN_MULTIPLIER: Final = Decimal("0.75")
"""Farthest a price may stand from the last trade."""
MARK_MAX_MULTIPLIER: Final = Decimal("1.1")
MARK_MIN_MULTIPLIER: Final = Decimal("0.9")
"""Farthest a taking price of a perp may stand from the mark."""
CREATED_AT: Final = "2025-01-21T06:34:54.691858"


class Asset(Struct, frozen=True):
    """One base asset: names, steps, start holdings of an account, margin rates of its perp."""

    symbol: str
    name: str
    tick_size: Decimal
    step_size: Decimal
    holding: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal


ASSETS: Final = (
    Asset("SOL", "Solana", Decimal("0.01"), Decimal("0.01"), Decimal(200), Decimal("0.02"), Decimal("0.0125")),
    Asset("BTC", "Bitcoin", Decimal("0.1"), Decimal("0.00001"), Decimal(1), Decimal("0.02"), Decimal("0.0125")),
    Asset("ETH", "Ethereum", Decimal("0.01"), Decimal("0.0001"), Decimal(20), Decimal("0.02"), Decimal("0.0125")),
)
BY_SYMBOL: Final = {asset.symbol: asset for asset in ASSETS}


def instruments() -> list[Instrument]:
    """Spot and perp of every asset."""
    rows = []
    for asset in ASSETS:
        rows.append(_instrument(asset, f"{asset.symbol}_{QUOTE}", MarketType.SPOT, SPOT_FEES_BPS))
        rows.append(_instrument(asset, f"{asset.symbol}_{QUOTE}_PERP", MarketType.PERP, FUTURES_FEES_BPS))
    return rows


def _instrument(asset: Asset, symbol: str, market_type: MarketType, fees: tuple[Decimal, Decimal]) -> Instrument:
    return Instrument(
        id=f"backpack:{symbol}",
        venue="backpack",
        symbol=symbol,
        market_type=market_type,
        base_asset=asset.symbol,
        quote_asset=QUOTE,
        tick_size=asset.tick_size,
        lot_size=asset.step_size,
        min_quantity=asset.step_size,
        maker_fee_bps=fees[0],
        taker_fee_bps=fees[1],
    )


def is_perp(instrument: Instrument) -> bool:
    """True for futures."""
    return instrument.market_type is MarketType.PERP


def margin_functions(instrument: Instrument) -> tuple[dict[str, str], dict[str, str]]:
    """Initial and maintenance margin functions of a perp."""
    asset = BY_SYMBOL[instrument.base_asset]
    return (
        {"type": "sqrt", "base": decimal_text(asset.initial_margin), "factor": "0.0001275"},
        {"type": "sqrt", "base": decimal_text(asset.maintenance_margin), "factor": "0.0000765"},
    )


def market_document(instrument: Instrument) -> dict[str, Any]:
    """A row of ``/api/v1/markets``."""
    perp = is_perp(instrument)
    imf, mmf = margin_functions(instrument)
    tick, step = decimal_text(instrument.tick_size), decimal_text(instrument.lot_size)
    return {
        "symbol": instrument.symbol,
        "baseSymbol": instrument.base_asset,
        "quoteSymbol": instrument.quote_asset,
        "marketType": "PERP" if perp else "SPOT",
        "rwaMarketType": None,
        "filters": {
            "price": {
                "minPrice": tick,
                "maxPrice": None,
                "tickSize": tick,
                "maxMultiplier": decimal_text(MAX_MULTIPLIER),
                "minMultiplier": decimal_text(MIN_MULTIPLIER),
                "maxImpactMultiplier": "1.03",
                "minImpactMultiplier": "0.97",
                "meanMarkPriceBand": _mark_band() if perp else None,
                "meanPremiumBand": {"tolerancePct": "0.05"} if perp else None,
                "borrowEntryFeeMaxMultiplier": None,
                "borrowEntryFeeMinMultiplier": None,
                "maxPriceUpdateMultiplier": None,
                "minPriceUpdateMultiplier": None,
            },
            "quantity": {"minQuantity": step, "maxQuantity": None, "stepSize": step},
        },
        "imfFunction": imf if perp else None,
        "mmfFunction": mmf if perp else None,
        "fundingInterval": FUNDING_INTERVAL_S * 1_000 if perp else None,
        "fundingRateUpperBound": "100" if perp else None,
        "fundingRateLowerBound": "-100" if perp else None,
        "openInterestLimit": "4000000" if perp else "0",
        "orderBookState": "Open",
        "createdAt": CREATED_AT,
        "visible": True,
        "positionLimitWeight": None,
    }


def _mark_band() -> dict[str, str]:
    return {"maxMultiplier": decimal_text(MARK_MAX_MULTIPLIER), "minMultiplier": decimal_text(MARK_MIN_MULTIPLIER)}


def asset_documents() -> list[dict[str, Any]]:
    """``/api/v1/assets``: every asset with one made-up network."""
    names = [(asset.symbol, asset.name) for asset in ASSETS] + [(QUOTE, "USD Coin")]
    return [
        {
            "symbol": symbol,
            "displayName": name,
            "coingeckoId": None,
            "tokens": [
                {
                    "blockchain": "Solana",
                    "contractAddress": None,
                    "depositEnabled": False,
                    "displayName": name,
                    "minimumDeposit": decimal_text(ONE),
                    "withdrawEnabled": False,
                    "minimumWithdrawal": decimal_text(ONE),
                    "maximumWithdrawal": None,
                    "withdrawalFee": decimal_text(ONE),
                }
            ],
        }
        for symbol, name in names
    ]
