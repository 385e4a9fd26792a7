"""Fees and rebates as signed cash by asset, and what they were worth in the quote asset when they were charged."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field

from mmtui.model.units import ONE, ZERO

STABLECOINS: Final = frozenset({"USDC", "USDT", "USD", "DUSD", "USDF"})
"""Assets counted 1:1 against one another."""

NO_RATES: Final[Mapping[str, Decimal]] = MappingProxyType({})


class Fees(Struct):
    """Signed fee cash (paid negative, rebate positive) of one instrument (docs/accounting.md, "Fees").

    ``cash`` is by asset, as the venue charged it. ``total`` is its worth in the quote asset at the time of each fill.
    ``unpriced`` holds, by asset, the fees for which no rate was known: they are in ``cash`` but not in ``total``, and
    while there are any ``total`` is incomplete.
    """

    base_asset: str
    quote_asset: str
    cash: dict[str, Decimal] = field(default_factory=dict)
    total: Decimal = ZERO
    unpriced: dict[str, Decimal] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True when every fee has a worth in the quote asset."""
        return not self.unpriced

    def book(self, asset: str, amount: Decimal, price: Decimal, rates: Mapping[str, Decimal] = NO_RATES) -> None:
        """Book the fee of one fill at ``price``; ``rates`` are prices of other assets in the quote asset."""
        if not amount:
            return
        self.cash[asset] = self.cash.get(asset, ZERO) + amount
        rate = self._rate(asset, price, rates)
        if rate is None:
            self.unpriced[asset] = self.unpriced.get(asset, ZERO) + amount
        else:
            self.total += amount * rate

    def price_late(self, rates: Mapping[str, Decimal]) -> None:
        """Give fees without a worth the one they have at ``rates``, now that some are known."""
        for asset in [asset for asset in self.unpriced if asset in rates]:
            self.total += self.unpriced.pop(asset) * rates[asset]

    def worth(self, base_price: Decimal, rates: Mapping[str, Decimal] = NO_RATES) -> Decimal | None:
        """Worth of all fee cash at today's prices; None if a rate is missing.

        ``worth - total`` is what the venue's equity moved by since the fees were charged and our net does not show.
        """
        worth = ZERO
        for asset, amount in self.cash.items():
            rate = self._rate(asset, base_price, rates)
            if rate is None:
                return None
            worth += amount * rate
        return worth

    @property
    def quote_cash(self) -> Decimal:
        """Fee cash that moved the quote balance, stablecoins 1:1."""
        return sum((amount for asset, amount in self.cash.items() if self._is_quote(asset)), ZERO)

    def _is_quote(self, asset: str) -> bool:
        if asset == self.base_asset:
            return False
        return asset == self.quote_asset or (asset in STABLECOINS and self.quote_asset in STABLECOINS)

    def _rate(self, asset: str, base_price: Decimal, rates: Mapping[str, Decimal]) -> Decimal | None:
        if self._is_quote(asset):
            return ONE
        return base_price if asset == self.base_asset else rates.get(asset)
