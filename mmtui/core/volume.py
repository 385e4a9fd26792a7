"""Traded volume of one account and instrument, in the quote asset, by side and by role."""

from decimal import Decimal

from msgspec import Struct

from mmtui.core.account import DISPLAY
from mmtui.model.units import HUNDRED, ZERO, Side

MILLION = Decimal(1_000_000)


class Volume(Struct):
    """Sums of fill notional (quote) and the number of fills (docs/accounting.md, "Volume and its price")."""

    buy: Decimal = ZERO
    sell: Decimal = ZERO
    maker: Decimal = ZERO
    taker: Decimal = ZERO
    fills: int = 0

    def add(self, side: Side, notional: Decimal, *, maker: bool) -> None:
        """Count one fill of ``notional`` (unsigned, quote)."""
        if side is Side.BUY:
            self.buy += notional
        else:
            self.sell += notional
        if maker:
            self.maker += notional
        else:
            self.taker += notional
        self.fills += 1

    @property
    def total(self) -> Decimal:
        """Everything traded, quote."""
        return self.buy + self.sell

    @property
    def maker_share(self) -> Decimal | None:
        """Part of the volume traded as maker, 0 to 1, to 18 digits; None without volume."""
        total = self.total
        return DISPLAY.divide(self.maker, total) if total else None

    def cost_per_million(self, net: Decimal) -> Decimal | None:
        """Quote cost of trading one million: ``-net / volume * 1e6`` (negative: it earned); None without volume."""
        total = self.total
        return DISPLAY.divide(-net * MILLION, total) if total else None

    def wear_rate_pct(self, net: Decimal) -> Decimal | None:
        """Loss in percent of volume, never negative: ``|min(net, 0)| / volume * 100``; None without volume."""
        total = self.total
        return DISPLAY.divide(-min(net, ZERO) * HUNDRED, total) if total else None
