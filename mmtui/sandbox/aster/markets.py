"""What is traded here, and how the venue describes it."""

import enum
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import BPS, decimal_text

QUOTE: Final = "USDT"
SPOT_PREFIX: Final = "spot:"
"""Perps and spot share the text of their symbols; on the floor those of spot carry this in front."""
FUNDING_INTERVAL_S: Final = 8 * 3_600
FUTURES_FEES_BPS: Final = (Decimal(1), Decimal("3.5"))
SPOT_FEES_BPS: Final = (Decimal(4), Decimal(10))
"""(maker, taker)."""
MIN_NOTIONAL: Final = Decimal(5)
MOST_OPEN_ORDERS: Final = 200
LARGEST_LEVERAGE: Final = 125
START_LEVERAGE: Final = 20
MAX_NOTIONAL_VALUE: Final = "20000000"
MAINTENANCE_MARGIN: Final = Decimal("0.0125")
DELIVERY_MS: Final = 4_133_404_800_000
ONBOARD_MS: Final = 1_758_178_800_000
ORDER_TYPES: Final = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")
TRAILING: Final = "TRAILING_STOP_MARKET"
TIMES_IN_FORCE: Final = ("GTC", "IOC", "FOK", "GTX")
HIDDEN: Final = "HIDDEN"


class Room(enum.Enum):
    """The two halves of the venue: each has hosts, wallets, listen keys and limits of its own."""

    FUTURES = "futures"
    SPOT = "spot"


class Asset(Struct, frozen=True):
    """One base asset: steps of its perp and its spot market, start holding of the spot wallet."""

    name: str
    tick_size: Decimal
    perp_step: Decimal
    spot_step: Decimal
    holding: Decimal
    max_price: Decimal


ASSETS: Final = (
    Asset("SOL", Decimal("0.01"), Decimal("0.01"), Decimal("0.001"), Decimal(200), Decimal(100_000)),
    Asset("BTC", Decimal("0.1"), Decimal("0.001"), Decimal("0.00001"), Decimal(1), Decimal(1_000_000)),
    Asset("ETH", Decimal("0.01"), Decimal("0.001"), Decimal("0.0001"), Decimal(20), Decimal(300_000)),
)
BY_NAME: Final = {asset.name: asset for asset in ASSETS}


class Bounds(Struct, frozen=True):
    """Limits of prices and quantities; ``multiplier_*`` bound a price by the mark (or the mid on spot)."""

    min_price: Decimal
    max_price: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    multiplier_up: Decimal
    multiplier_down: Decimal


def instruments() -> list[Instrument]:
    """Perp and spot market of every asset."""
    perps = [_instrument(asset, Room.FUTURES) for asset in ASSETS]
    return perps + [_instrument(asset, Room.SPOT) for asset in ASSETS]


def _instrument(asset: Asset, room: Room) -> Instrument:
    spot = room is Room.SPOT
    step = asset.spot_step if spot else asset.perp_step
    maker, taker = SPOT_FEES_BPS if spot else FUTURES_FEES_BPS
    symbol = floor_symbol(room, asset.name + QUOTE)
    return Instrument(
        id=f"aster:{symbol}",
        venue="aster",
        symbol=symbol,
        market_type=MarketType.SPOT if spot else MarketType.PERP,
        base_asset=asset.name,
        quote_asset=QUOTE,
        tick_size=asset.tick_size,
        lot_size=step,
        min_quantity=step,
        min_notional=MIN_NOTIONAL,
        maker_fee_bps=maker,
        taker_fee_bps=taker,
    )


def room_of(instrument: Instrument) -> Room:
    """Where it is traded."""
    return Room.SPOT if instrument.market_type is MarketType.SPOT else Room.FUTURES


def floor_symbol(room: Room, symbol: str) -> str:
    """The floor's name of a symbol of the wire."""
    return SPOT_PREFIX + symbol if room is Room.SPOT else symbol


def wire_symbol(instrument: Instrument) -> str:
    """The symbol as the wire has it."""
    return instrument.symbol.removeprefix(SPOT_PREFIX)


def bounds(instrument: Instrument) -> Bounds:
    """The limits that an order has to keep."""
    spot = room_of(instrument) is Room.SPOT
    step = instrument.lot_size
    return Bounds(
        min_price=instrument.tick_size,
        max_price=BY_NAME[instrument.base_asset].max_price,
        max_quantity=step * 10_000_000,
        max_market_quantity=step * 1_000_000,
        multiplier_up=Decimal(5) if spot else Decimal("1.15"),
        multiplier_down=Decimal("0.2") if spot else Decimal("0.85"),
    )


def places(step: Decimal) -> int:
    """Decimal places of a step."""
    return max(0, -int(step.as_tuple().exponent))


def price_precision(instrument: Instrument) -> int:
    """Decimal places that a price may have at all; finer than the tick, which is what counts."""
    return places(instrument.tick_size) + 1


def quantity_precision(instrument: Instrument) -> int:
    """Decimal places that a quantity may have at all; finer than the step, which is what counts."""
    return places(instrument.lot_size) + 1


def rate_text(rate_bps: Decimal) -> str:
    """A fee rate as a fraction."""
    return decimal_text(rate_bps / BPS)


# -------------------------------------------------------------------------------------------------------- exchangeInfo


def symbol_document(instrument: Instrument) -> dict[str, Any]:
    """A row of ``symbols``."""
    common = {
        "symbol": wire_symbol(instrument),
        "status": "TRADING",
        "baseAsset": instrument.base_asset,
        "quoteAsset": instrument.quote_asset,
        "pricePrecision": price_precision(instrument),
        "quantityPrecision": quantity_precision(instrument),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
    }
    if room_of(instrument) is Room.SPOT:
        return common | _spot_part(instrument)
    return common | {
        "pair": wire_symbol(instrument),
        "contractType": "PERPETUAL",
        "deliveryDate": DELIVERY_MS,
        "onboardDate": ONBOARD_MS,
        "maintMarginPercent": decimal_text(MAINTENANCE_MARGIN * 100),
        "requiredMarginPercent": "5.0000",
        "marginAsset": instrument.quote_asset,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.15",
        "liquidationFee": "0.010000",
        "marketTakeBound": "0.30",
        "filters": [
            *_filters(instrument),
            {"filterType": "MIN_NOTIONAL", "notional": decimal_text(instrument.min_notional)},
            _percent_price(instrument, 4),
        ],
        "OrderType": [*ORDER_TYPES, TRAILING],
        "timeInForce": [*TIMES_IN_FORCE, HIDDEN],
    }


def _spot_part(instrument: Instrument) -> dict[str, Any]:
    least = decimal_text(instrument.min_notional)
    limits = bounds(instrument)
    up, down = decimal_text(limits.multiplier_up), decimal_text(limits.multiplier_down)
    by_side = {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": up,
        "bidMultiplierDown": down,
        "askMultiplierUp": up,
        "askMultiplierDown": down,
        "avgPriceMins": 5,
        "multiplierDecimal": 1,
    }
    notional = {
        "filterType": "NOTIONAL",
        "minNotional": least,
        "applyMinToMarket": True,
        "applyMaxToMarket": True,
        "avgPriceMins": 5,
    }
    return {
        "listingTime": ONBOARD_MS,
        "ocoAllowed": False,
        "filters": [
            *_filters(instrument),
            {"filterType": "MIN_NOTIONAL", "minNotional": least},
            {"filterType": "MAX_NOTIONAL", "maxNotional": "1000000"},
            notional,
            _percent_price(instrument, 1),
            by_side,
        ],
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": list(TIMES_IN_FORCE),
    }


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    limits = bounds(instrument)
    step = decimal_text(instrument.lot_size)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": decimal_text(limits.min_price),
            "maxPrice": decimal_text(limits.max_price),
            "tickSize": decimal_text(instrument.tick_size),
        },
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": decimal_text(limits.max_quantity), "stepSize": step},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": step,
            "maxQty": decimal_text(limits.max_market_quantity),
            "stepSize": step,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": MOST_OPEN_ORDERS},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 100},
    ]


def _percent_price(instrument: Instrument, digits: int) -> dict[str, Any]:
    limits = bounds(instrument)
    return {
        "filterType": "PERCENT_PRICE",
        "multiplierUp": f"{limits.multiplier_up:.{digits}f}",
        "multiplierDown": f"{limits.multiplier_down:.{digits}f}",
        "multiplierDecimal": digits,
    }


def asset_documents(room: Room) -> list[dict[str, Any]]:
    """``assets`` of exchangeInfo: only the quote asset carries margin."""
    if room is Room.FUTURES:
        return [{"asset": QUOTE, "marginAvailable": True, "autoAssetExchange": 0}]
    return [{"asset": name} for name in (QUOTE, *BY_NAME)]
