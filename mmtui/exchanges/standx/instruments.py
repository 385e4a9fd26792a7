"""Markets: decimals, minimums, fees."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw

from mmtui.exchanges.standx.calls import Calls
from mmtui.exchanges.standx.facts import QUOTE, VENUE, instrument_id
from mmtui.exchanges.standx.figures import UNREADABLE, exact
from mmtui.exchanges.standx.wire import OverviewAnswer, SymbolRow
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import BPS, ONE
from mmtui.ports.errors import BadMessage, Refused

_OVERVIEW: Final = msgspec.json.Decoder(OverviewAnswer)
_ROWS: Final = msgspec.json.Decoder(list[Raw])
_ROW: Final = msgspec.json.Decoder(SymbolRow, strict=False)

_TRADING: Final = "trading"
_SYMBOL: Final = re.compile(r"[A-Za-z0-9._/-]{1,40}")
_MOST_DECIMALS: Final = 18


class Listing:
    """The markets of the venue.

    ``known`` is filled by ``instruments``; ``unusable`` says why markets are not listed, by symbol.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.known: dict[str, Instrument] = {}
        self.unusable: dict[str, str] = {}

    async def instruments(self) -> Sequence[Instrument]:
        """All perps that trade. Raises VenueError."""
        overview, _ = await self._calls.read("query_market_overview", _OVERVIEW)
        symbols = list(dict.fromkeys(row.symbol for row in overview.symbols if _SYMBOL.fullmatch(row.symbol)))
        await asyncio.gather(*(self._ask(symbol) for symbol in symbols))
        found = {name: self.known[name] for name in map(instrument_id, symbols) if name in self.known}
        self.known.clear()  # others hold it
        self.known.update(found)
        if not self.known:
            raise BadMessage(f"query_symbol_info: no market can be used {list(self.unusable.values())[:1]}")
        return list(self.known.values())

    async def _ask(self, symbol: str) -> None:
        """Rules of one market; a refusal of it must not hide the others. Raises VenueError."""
        try:
            rows, _ = await self._calls.read("query_symbol_info", _ROWS, ("symbol", symbol))
        except Refused as error:
            self.unusable[symbol] = error.reason
            return
        for raw in rows:
            self._take(symbol, raw)

    def _take(self, symbol: str, raw: Raw) -> None:
        try:
            row = _ROW.decode(raw)
            if row.symbol == symbol:
                found = instrument_of(row)
                self.known[found.id] = found
        except UNREADABLE as error:
            self.unusable[symbol] = str(error)


def instrument_of(row: SymbolRow) -> Instrument:
    """The instrument of a market's rules. Raises BadMessage where it cannot be traded by them."""
    if row.enabled is False or (row.status is not None and row.status.lower() != _TRADING):
        raise BadMessage(f"market {row.symbol}: does not trade now")
    price, quantity = row.price_tick_decimals, row.qty_tick_decimals
    if price is None or quantity is None:
        raise BadMessage(f"market {row.symbol}: its decimals are missing, so no order can be written for it")
    if not (0 <= price <= _MOST_DECIMALS and 0 <= quantity <= _MOST_DECIMALS):
        raise BadMessage(f"market {row.symbol}: decimals {price} and {quantity} cannot be")
    return Instrument(
        id=instrument_id(row.symbol), venue=VENUE, symbol=row.symbol, market_type=MarketType.PERP,
        base_asset=row.base_asset or row.symbol.partition("-")[0], quote_asset=row.quote_asset or QUOTE,
        tick_size=ONE.scaleb(-price), lot_size=ONE.scaleb(-quantity), min_quantity=exact(row.min_order_qty),
        maker_fee_bps=exact(row.maker_fee) * BPS, taker_fee_bps=exact(row.taker_fee) * BPS,
    )  # fmt: skip
