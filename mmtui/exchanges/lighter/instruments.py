"""Markets: decimals, minimums, fees; and the account's limits, which say how fast it may go."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Raw

from mmtui.exchanges.lighter.account_frames import QUOTE
from mmtui.exchanges.lighter.calls import Calls
from mmtui.exchanges.lighter.encode import MarketForm
from mmtui.exchanges.lighter.facts import FEES_BPS, STANDARD_REQUESTS, VENUE, instrument_id
from mmtui.exchanges.lighter.figures import UNREADABLE, exact
from mmtui.exchanges.lighter.wire import LimitsAnswer, MarketRow, MarketsAnswer
from mmtui.exchanges.shared.limiter import RateLimiter
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import RefusalCode
from mmtui.model.units import HUNDRED, ONE, ZERO
from mmtui.ports.errors import BadMessage, Refused

_MARKETS: Final = msgspec.json.Decoder(MarketsAnswer)
_MARKET: Final = msgspec.json.Decoder(MarketRow, strict=False)
_LIMITS: Final = msgspec.json.Decoder(LimitsAnswer, strict=False)

_TYPES: Final = {"perp": MarketType.PERP, "spot": MarketType.SPOT}
_TRADABLE: Final = "active"
_SYMBOL: Final = re.compile(r"[A-Za-z0-9._/-]{1,40}")
_MOST_DECIMALS: Final = 18


class Listing:
    """The markets of the venue as one account may trade them.

    ``known``, ``forms`` (how orders of an instrument are written) and ``names`` (instrument by market number) are
    filled by ``instruments``; ``unusable`` says why markets are not listed, by symbol.
    """

    def __init__(self, calls: Calls, limiter: RateLimiter, account_index: int | None) -> None:
        self._calls = calls
        self._limiter = limiter
        self._account_index = account_index
        self.known: dict[str, Instrument] = {}
        self.forms: dict[str, MarketForm] = {}
        self.names: dict[int, str] = {}
        self.unusable: dict[str, str] = {}
        self.tier = ""

    async def instruments(self) -> Sequence[Instrument]:
        """All perps and spot pairs that trade. Raises VenueError."""
        fees = await self._fees()
        listed, _ = await self._calls.read("orderBookDetails", _MARKETS, ("filter", "all"))
        for raw in (*listed.order_book_details, *listed.spot_order_book_details):
            self._take(raw, fees)
        if not self.known:
            raise BadMessage(f"orderBookDetails: no market can be used {list(self.unusable.values())[:1]}")
        return list(self.known.values())

    def form(self, instrument: str) -> MarketForm:
        """How orders of an instrument are written. Raises Refused where it is not listed."""
        form = self.forms.get(instrument)
        if form is None:
            raise Refused(RefusalCode.NOT_ALLOWED, f"{instrument} is not listed; nothing was sent")
        return form

    async def _fees(self) -> tuple[Decimal, Decimal]:
        """Maker and taker fee of the account in basis points; its tier sets how many requests it has."""
        if self._account_index is None:
            maker, taker = FEES_BPS["premium"]
            return Decimal(maker), Decimal(taker)
        limits, _ = await self._calls.read_own("accountLimits", _LIMITS, ("account_index", self._account_index))
        self.tier = limits.user_tier.lower()
        if self.tier == "standard":
            self._limiter.set_limit("requests", STANDARD_REQUESTS)
        usual = FEES_BPS.get(self.tier, FEES_BPS["premium"])
        told = (limits.current_maker_fee_tick, limits.current_taker_fee_tick)
        maker_bps, taker_bps = (
            Decimal(text) if tick is None else Decimal(tick) / HUNDRED for tick, text in zip(told, usual, strict=True)
        )
        return maker_bps, taker_bps

    def _take(self, raw: Raw, fees: tuple[Decimal, Decimal]) -> None:
        """List one market, or say why it cannot be used."""
        try:
            row = _MARKET.decode(raw)
            market_type = _TYPES.get(row.market_type)
            form = _form(row)
            minimums = exact(row.min_base_amount), exact(row.min_quote_amount)
        except UNREADABLE as error:
            self.unusable[f"row {len(self.unusable) + 1}"] = str(error)
            return
        if market_type is None or row.status != _TRADABLE or not _SYMBOL.fullmatch(row.symbol):
            self.unusable[row.symbol] = f"{row.market_type}, {row.status}"
            return
        base, _, quote = row.symbol.partition("/")
        instrument = Instrument(
            id=instrument_id(row.symbol), venue=VENUE, symbol=row.symbol, market_type=market_type,
            base_asset=base, quote_asset=quote or QUOTE,
            tick_size=ONE.scaleb(-form.price_decimals), lot_size=ONE.scaleb(-form.size_decimals),
            min_quantity=minimums[0], min_notional=minimums[1],
            maker_fee_bps=fees[0] if row.is_maker_fee_enabled else ZERO,
            taker_fee_bps=fees[1] if row.is_taker_fee_enabled else ZERO,
        )  # fmt: skip
        self.known[instrument.id] = instrument
        self.forms[instrument.id] = form
        self.names[row.market_id] = instrument.id


def _form(row: MarketRow) -> MarketForm:
    """Decimals of a market, by whichever of their two names. Raises BadMessage where they are missing."""
    price = row.supported_price_decimals if row.price_decimals is None else row.price_decimals
    size = row.supported_size_decimals if row.size_decimals is None else row.size_decimals
    if price is None or size is None:
        raise BadMessage(f"market {row.symbol}: its decimals are missing, so no order can be written for it")
    if not (0 <= price <= _MOST_DECIMALS and 0 <= size <= _MOST_DECIMALS):
        raise BadMessage(f"market {row.symbol}: decimals {price} and {size} cannot be")
    return MarketForm(row.market_id, price, size)
