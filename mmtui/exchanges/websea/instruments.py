"""Contracts: their size in coins, price steps. The venue does not tell fees; they are the account's configuration."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Raw, Struct

from mmtui.exchanges.websea.calls import Calls
from mmtui.exchanges.websea.facts import QUOTE, VENUE, instrument_id
from mmtui.exchanges.websea.figures import UNREADABLE, exact
from mmtui.exchanges.websea.wire import PairRow, PrecisionRow
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import ONE, decimal_text
from mmtui.ports.errors import BadMessage

_ROWS: Final = msgspec.json.Decoder(list[Raw])
_PAIR: Final = msgspec.json.Decoder(PairRow, strict=False)
_PRECISIONS: Final = msgspec.json.Decoder(dict[str, Raw])
_PRECISION: Final = msgspec.json.Decoder(PrecisionRow, strict=False)

_SYMBOL: Final = re.compile(r"[^\s&=?#,/:]{1,40}-[A-Z0-9]{2,10}")
_MOST_DECIMALS: Final = 18


class Fees(Struct, frozen=True):
    """Of the account, in basis points of notional; the published ones of the lowest level."""

    maker_bps: Decimal = Decimal("3.5")
    taker_bps: Decimal = Decimal(6)


class Listing:
    """The contracts of the venue.

    ``known`` is filled by ``instruments``; ``unusable`` says why contracts are not listed, by symbol.
    """

    def __init__(self, calls: Calls, fees: Fees) -> None:
        self._calls = calls
        self._fees = fees
        self.known: dict[str, Instrument] = {}
        self.unusable: dict[str, str] = {}

    async def instruments(self) -> Sequence[Instrument]:
        """All contracts whose rules are known and agree. Raises VenueError."""
        symbols, _ = await self._calls.read("symbols", _ROWS)
        info, _ = await self._calls.read("info", _ROWS)
        precisions, _ = await self._calls.read("precision", _PRECISIONS)
        pairs, faces = _pairs(symbols), _pairs(info)
        found: dict[str, Instrument] = {}
        self.unusable.clear()
        for symbol in dict.fromkeys((*pairs, *faces)):
            try:
                made = instrument_of(symbol, pairs.get(symbol), faces.get(symbol), precisions.get(symbol), self._fees)
                found[made.id] = made
            except UNREADABLE as error:
                self.unusable[symbol] = str(error)
        self.known.clear()  # others hold it
        self.known.update(found)
        if not found:
            raise BadMessage(f"symbols: no contract can be used {list(self.unusable.values())[:1]}")
        return list(found.values())


def _pairs(rows: list[Raw]) -> dict[str, PairRow]:
    found: dict[str, PairRow] = {}
    for raw in rows:
        try:
            row = _PAIR.decode(raw)
        except UNREADABLE:
            continue
        if _SYMBOL.fullmatch(row.symbol):
            found[row.symbol] = row
    return found


def instrument_of(
    symbol: str, pair: PairRow | None, face: PairRow | None, precision: Raw | None, fees: Fees
) -> Instrument:
    """The instrument of a contract's rules. Raises BadMessage (or DecodeError) where it cannot be traded by them."""
    named = [row for row in (pair, face) if row is not None]
    sizes = {size for row in named for size in (row.contract_size, row.contract_price) if size is not None}
    if len(sizes) != 1 or exact(size := sizes.pop()) <= 0:
        told = ", ".join(sorted(map(str, sizes))) or "none"
        raise BadMessage(f"contract {symbol}: its size is not certain ({told}), so nothing is traded in it")
    if precision is None:
        raise BadMessage(f"contract {symbol}: the decimals of its price are missing")
    decimals = _PRECISION.decode(precision).price
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise BadMessage(f"contract {symbol}: {decimals} decimals cannot be")
    base, _, quote = symbol.rpartition("-")
    first = named[0]
    return Instrument(
        id=instrument_id(symbol), venue=VENUE, symbol=symbol, market_type=MarketType.PERP,
        base_asset=first.base_currency or base, quote_asset=first.quote_currency or quote or QUOTE,
        tick_size=ONE.scaleb(-decimals), lot_size=size, min_quantity=size,
        maker_fee_bps=fees.maker_bps, taker_fee_bps=fees.taker_bps,
    )  # fmt: skip


def contracts_of(instrument: Instrument, quantity: Decimal) -> int:
    """Coins as whole contracts. Raises BadMessage where they are none."""
    count = quantity / instrument.lot_size
    if count != count.to_integral_value() or count < 1:
        coins, size = decimal_text(quantity), decimal_text(instrument.lot_size)
        raise BadMessage(f"{coins} {instrument.base_asset} are no whole contracts of {size}")
    return int(count)
