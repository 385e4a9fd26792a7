"""What can be traded: ``exchangeInfo`` of each market, with its steps and minimums."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mmtui.exchanges.aster.answers import read
from mmtui.exchanges.aster.calls import Calls
from mmtui.exchanges.aster.facts import DEFAULT_FEES_BPS, VENUE, instrument_id
from mmtui.exchanges.aster.figures import exact
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage

TEST_PREFIX: Final = "TEST"
"""The exchange's own test symbols begin so: never to be traded."""


class FilterRow(Struct, gc=False, rename="camel", kw_only=True):
    """One rule of a symbol; which fields it has depends on its type."""

    filter_type: str
    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_qty: Decimal | None = None
    notional: Decimal | None = None
    min_notional: Decimal | None = None


class SymbolRow(Struct, gc=False, rename="camel", kw_only=True):
    """One symbol."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: list[FilterRow]
    contract_type: str = "PERPETUAL"


class LimitRow(Struct, gc=False, rename="camel", kw_only=True):
    """One line of the rate table."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class ExchangeInfo(Struct, gc=False, rename="camel", kw_only=True):
    """The venue's rules."""

    symbols: list[SymbolRow]
    rate_limits: list[LimitRow] = []


_RULES: Final = {
    (MarketType.PERP, "REQUEST_WEIGHT", "MINUTE", 1): "weight",
    (MarketType.PERP, "ORDERS", "MINUTE", 1): "orders",
    (MarketType.SPOT, "REQUEST_WEIGHT", "MINUTE", 1): "spot_weight",
    (MarketType.SPOT, "ORDERS", "MINUTE", 1): "spot_orders",
    (MarketType.SPOT, "ORDERS", "SECOND", 10): "spot_orders_10s",
}

_LEAST_LIMIT: Final = 50
"""A limit below this would not even let the heaviest call pass: not believed."""


def instruments_of(market: MarketType, info: ExchangeInfo) -> list[Instrument]:
    """The symbols that trade, without the exchange's test symbols and without those whose rules cannot be read."""
    found = (_instrument(market, row) for row in info.symbols if _trades(row))
    return [instrument for instrument in found if instrument is not None]


def limits_of(market: MarketType, info: ExchangeInfo) -> dict[str, int]:
    """Present limits by our rule names."""
    limits: dict[str, int] = {}
    for row in info.rate_limits:
        rule = _RULES.get((market, row.rate_limit_type, row.interval, row.interval_num))
        if rule is not None and row.limit >= _LEAST_LIMIT:
            limits[rule] = row.limit
    return limits


def _trades(row: SymbolRow) -> bool:
    return row.status == "TRADING" and row.contract_type == "PERPETUAL" and not row.symbol.startswith(TEST_PREFIX)


def _instrument(market: MarketType, row: SymbolRow) -> Instrument | None:
    """Steps from the filters, never from the precisions, which disagree with them for most symbols."""
    filters = {rule.filter_type: rule for rule in row.filters}
    price, lot = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
    if price is None or lot is None or not price.tick_size or not lot.step_size:
        return None
    maker, taker = DEFAULT_FEES_BPS[market]
    try:
        if exact(price.tick_size) < 0 or exact(lot.step_size) < 0:
            return None
        return Instrument(
            id=instrument_id(market, row.symbol),
            venue=VENUE,
            symbol=row.symbol,
            market_type=market,
            base_asset=row.base_asset,
            quote_asset=row.quote_asset,
            tick_size=price.tick_size.normalize(),
            lot_size=lot.step_size.normalize(),
            min_quantity=exact(lot.min_qty or ZERO),
            min_notional=_least_notional(filters),
            maker_fee_bps=Decimal(maker),
            taker_fee_bps=Decimal(taker),
        )
    except BadMessage:
        return None


def _least_notional(filters: Mapping[str, FilterRow]) -> Decimal:
    """Futures write ``notional``, spot ``minNotional``, in one of two filters; the largest counts."""
    rules = [filters[name] for name in ("MIN_NOTIONAL", "NOTIONAL") if name in filters]
    return max((exact(rule.notional or rule.min_notional or ZERO) for rule in rules), default=ZERO)


class AsterInstruments:
    """Reads the rules of the markets in use; keeps what it read, since a symbol's assets are needed elsewhere too."""

    def __init__(self, calls: Calls, limiter: RateLimiter, markets: Sequence[MarketType]) -> None:
        self._calls = calls
        self._limiter = limiter
        self._markets = tuple(markets)
        self.by_id: dict[str, Instrument] = {}
        self.quote_assets: dict[MarketType, dict[str, str]] = {market: {} for market in self._markets}

    async def instruments(self) -> Sequence[Instrument]:
        """All instruments, perps first. Raises VenueError."""
        found: list[Instrument] = []
        for market in self._markets:
            answer = await self._calls.read_public(market, "exchangeInfo")
            info = read(ExchangeInfo, answer.body)
            for rule, limit in limits_of(market, info).items():
                self._limiter.set_limit(rule, limit)
            found += instruments_of(market, info)
        for instrument in found:
            self.learn(self._with_known_fees(instrument))
        return [self.by_id[instrument.id] for instrument in found]

    async def get(self, instrument_id: str) -> Instrument:
        """One instrument, read first where it must be. Raises VenueError."""
        if instrument_id not in self.by_id:
            await self.instruments()
        if instrument_id not in self.by_id:
            raise BadMessage(f"{instrument_id} is not among the venue's instruments")
        return self.by_id[instrument_id]

    def learn(self, instrument: Instrument) -> None:
        """Keep an instrument, for example with the account's own fees."""
        self.by_id[instrument.id] = instrument
        self.quote_assets[instrument.market_type][instrument.symbol] = instrument.quote_asset

    def _with_known_fees(self, instrument: Instrument) -> Instrument:
        """Rules as read now, fees as the account's own, once they are known."""
        known = self.by_id.get(instrument.id)
        if known is None:
            return instrument
        return replace(instrument, maker_fee_bps=known.maker_fee_bps, taker_fee_bps=known.taker_fee_bps)
