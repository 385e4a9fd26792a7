"""What a simulated market looks like: its instruments and the statistics of its book, price and trades."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

BPS_UNIT = {"unit": "bps"}


class AssetSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One base asset; the market trades it as a perp and on spot, on the same grid."""

    base: Annotated[str, Meta(title="Base asset", min_length=1)]
    price: Annotated[Decimal, Meta(title="Start price", description="Mid price at the start.")]
    tick_size: Annotated[Decimal, Meta(title="Tick size", description="Price step.")]
    lot_size: Annotated[Decimal, Meta(title="Lot size", description="Quantity step.")]


DEFAULT_ASSETS = (
    AssetSettings("SOL", Decimal(150), Decimal("0.01"), Decimal("0.01")),
    AssetSettings("BTC", Decimal(95_000), Decimal("0.1"), Decimal("0.0001")),
    AssetSettings("ETH", Decimal(3_100), Decimal("0.1"), Decimal("0.001")),
)


class MarketSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One simulated market: all its instruments share these statistics, each asset has a price path of its own.

    The defaults are a lively perp of middling liquidity. Sizes are in the quote asset, so that they suit every asset.
    """

    name: Annotated[str, Meta(title="Name", description="Accounts that name the same market share its books.")] = "m1"
    seed: Annotated[int, Meta(title="Seed", description="The same seed gives the same market.")] = 1
    quote_asset: Annotated[str, Meta(title="Quote asset")] = "USDC"
    assets: Annotated[tuple[AssetSettings, ...], Meta(title="Assets", min_length=1)] = DEFAULT_ASSETS
    maker_fee_bps: Annotated[
        Decimal, Meta(title="Maker fee", description="Paid positive, a rebate negative.", extra=BPS_UNIT)
    ] = Decimal(1)
    taker_fee_bps: Annotated[Decimal, Meta(title="Taker fee", extra=BPS_UNIT)] = Decimal(4)
    min_notional: Annotated[
        Decimal, Meta(title="Least order", description="Least worth of an order.", extra={"unit": "quote"})
    ] = Decimal(1)
    spread_bps: Annotated[
        float, Meta(ge=0, title="Spread", description="Total spread of the crowd; one tick at least.", extra=BPS_UNIT)
    ] = 0.5
    levels: Annotated[int, Meta(ge=1, le=200, title="Levels", description="Price levels per side.")] = 20
    level_spacing_bps: Annotated[
        float, Meta(gt=0, title="Level spacing", description="Between two levels; one tick at least.", extra=BPS_UNIT)
    ] = 0.6
    level_notional: Annotated[
        float,
        Meta(gt=0, title="Level size", description="Mean size of a level deep in the book.", extra={"unit": "quote"}),
    ] = 12_000.0
    updates_per_s: Annotated[
        float, Meta(gt=0, title="Book updates", description="Mean number of book updates.", extra={"unit": "1/s"})
    ] = 15.0
    volatility_bps: Annotated[
        float,
        Meta(ge=0, title="Volatility", description="Standard deviation of a one-minute move.", extra=BPS_UNIT),
    ] = 16.0
    drift_bps_per_hour: Annotated[
        float, Meta(title="Drift", description="Mean move of the price.", extra={"unit": "bps/h"})
    ] = 0.0
    trades_per_s: Annotated[
        float, Meta(gt=0, title="Trades", description="Mean number of market orders.", extra={"unit": "1/s"})
    ] = 4.0
    trade_median: Annotated[
        float, Meta(gt=0, title="Median trade", description="Median size of a market order.", extra={"unit": "quote"})
    ] = 250.0
    trade_mean: Annotated[
        float, Meta(gt=0, title="Mean trade", description="Mean size; far above the median.", extra={"unit": "quote"})
    ] = 1_500.0
    burst_share: Annotated[
        float, Meta(ge=0, le=1, title="Bursts", description="Share of market orders that sweep several levels.")
    ] = 0.07
    burst_bps: Annotated[
        float, Meta(gt=0, title="Burst reach", description="Mean way of a sweep beyond the touch.", extra=BPS_UNIT)
    ] = 3.0
    burst_impact: Annotated[
        float, Meta(ge=0, le=1, title="Burst impact", description="Share of a sweep's way that the price keeps.")
    ] = 0.6
    cancel_behind: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Cancels behind us",
            description="Share of the crowd's cancels that begin at the back of the queue; 1 is most pessimistic.",
        ),
    ] = 0.7
    funding_rate: Annotated[
        Decimal, Meta(title="Funding rate", description="Fraction of notional that longs pay per interval.")
    ] = Decimal("0.0001")
