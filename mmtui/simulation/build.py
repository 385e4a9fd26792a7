"""Build a simulated venue from settings: markets with their instruments, accounts, manners."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, field

from mmtui.model.instrument import Instrument, MarketType
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.generator import FairPrice, MarketGenerator
from mmtui.simulation.market_settings import AssetSettings, MarketSettings
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.settings import VenueSettings
from mmtui.simulation.venue import Venue

START_QUOTE = Decimal(100_000)


def default_balances() -> dict[str, Decimal]:
    """100,000 of the quote asset and some of each default base asset, so that spot can be sold too."""
    return {"USDC": START_QUOTE, "SOL": Decimal(200), "BTC": Decimal(1), "ETH": Decimal(20)}


class AccountSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One account of the simulated venue."""

    name: Annotated[str, Meta(title="Name", min_length=1)]
    balances: Annotated[dict[str, Decimal], Meta(title="Balances", description="Asset to amount at the start.")] = (
        field(default_factory=default_balances)
    )
    leverage: Annotated[
        Decimal, Meta(title="Leverage", description="Notional that one unit of margin carries on perps.")
    ] = Decimal(20)
    owner: Annotated[
        str | None,
        Meta(title="Owner", description="Accounts of one owner do not trade with each other; by default each its own."),
    ] = None


def sim_instruments(settings: MarketSettings) -> list[Instrument]:
    """The instruments of a market: ``<BASE>-PERP`` and ``<BASE>-<QUOTE>`` for each of its assets."""
    rows = []
    for asset in settings.assets:
        rows.append(_instrument(settings, asset, f"{asset.base}-PERP", MarketType.PERP))
        rows.append(_instrument(settings, asset, f"{asset.base}-{settings.quote_asset}", MarketType.SPOT))
    return rows


def build_sim_venue(
    settings: Sequence[MarketSettings], accounts: Sequence[AccountSettings], venue: VenueSettings
) -> Venue:
    """A venue with every instrument of every market; accounts may trade on all of them.

    Venue randomness (faults, jitter) is seeded by the first market's seed.
    """
    markets: dict[str, MatchingMarket] = {}
    for market in settings:
        fair = {asset.base: FairPrice(market, asset) for asset in market.assets}
        for instrument in sim_instruments(market):
            generator = MarketGenerator(instrument, market, fair[instrument.base_asset])
            markets[instrument.id] = MatchingMarket(instrument, generator, venue.funding_interval_s)
    books = [VenueAccount(row.name, row.balances, row.leverage, row.owner) for row in accounts]
    return Venue(markets, books, venue, settings[0].seed if settings else 0)


def _instrument(settings: MarketSettings, asset: AssetSettings, symbol: str, market_type: MarketType) -> Instrument:
    return Instrument(
        id=f"sim.{settings.name}:{symbol}",
        venue="sim",
        symbol=symbol,
        market_type=market_type,
        base_asset=asset.base,
        quote_asset=settings.quote_asset,
        tick_size=asset.tick_size,
        lot_size=asset.lot_size,
        min_quantity=asset.lot_size,
        min_notional=settings.min_notional,
        maker_fee_bps=settings.maker_fee_bps,
        taker_fee_bps=settings.taker_fee_bps,
    )
