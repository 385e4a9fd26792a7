"""What an account holds, put together from three answers.

``capital`` leaves out what is lent, and auto-lend lends whatever is idle; what is lent or borrowed stands in an answer
of its own. Cash of perps that is not yet settled, and what margins leave free, stands in ``collateral``.
"""

import asyncio
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct

from mmtui.exchanges.backpack import encode
from mmtui.exchanges.backpack.rest import BackpackRest
from mmtui.exchanges.backpack.wire import CapitalRow, CollateralAnswer, LentRow, sound
from mmtui.model.events import Balance
from mmtui.model.units import ZERO
from mmtui.ports.errors import BadMessage

SETTLEMENT_ASSET: Final = "USDC"
"""Perps are margined and settled in it; equity is told in it."""

_CAPITAL: Final = msgspec.json.Decoder(dict[str, CapitalRow])
_LENT: Final = msgspec.json.Decoder(list[LentRow])
_COLLATERAL: Final = msgspec.json.Decoder(CollateralAnswer)


class Holdings(Struct, frozen=True):
    """The three answers together; ``asked_ns`` is when the first of them was asked for."""

    asked_ns: int
    capital: dict[str, CapitalRow]
    lent: dict[str, Decimal]
    collateral: CollateralAnswer

    def total(self, asset: str) -> Decimal:
        """All of an asset: free, locked, staked and lent, less what is borrowed, with what is not yet settled."""
        row = self.capital.get(asset)
        total = self.lent.get(asset, ZERO)
        if row is not None:
            total += row.available + row.locked + row.staked
        if asset == SETTLEMENT_ASSET:
            total += self.collateral.unsettled_equity
        return total

    def free(self, asset: str) -> Decimal:
        """What orders may use: what is available, and what is lent, for orders may ask for it back.

        Of the settlement asset never more than the equity that margins and open orders leave.
        """
        row = self.capital.get(asset)
        free = max(self.lent.get(asset, ZERO), ZERO) + (ZERO if row is None else row.available)
        if asset == SETTLEMENT_ASSET:
            free = min(free, max(self.collateral.net_equity_available, ZERO))
        return free

    def balances(self) -> list[Balance]:
        """Every asset that either answer names, by name."""
        names = sorted({*self.capital, *self.lent, SETTLEMENT_ASSET})
        return [Balance(name, self.total(name), self.free(name)) for name in names]


async def read_holdings(rest: BackpackRest) -> Holdings:
    """Ask all three at once.

    Raises:
        VenueError: one of them failed; then nothing is known.
    """
    capital, lent, collateral = await asyncio.gather(
        rest.read(encode.balances(), _CAPITAL),
        rest.read(encode.lent(), _LENT),
        rest.read(encode.collateral(), _COLLATERAL),
    )
    rows = capital[0].values()
    figures = [figure for row in rows for figure in (row.available, row.locked, row.staked)]
    figures += [row.net_quantity for row in lent[0]]
    if not sound(*figures, collateral[0].net_equity_available, collateral[0].unsettled_equity):
        raise BadMessage("balances: a figure that cannot be")
    asked_ns = min(answer.sent.wall for _, answer in (capital, lent, collateral))
    sums: dict[str, Decimal] = {}
    for row in lent[0]:
        sums[row.symbol] = sums.get(row.symbol, ZERO) + row.net_quantity
    return Holdings(asked_ns, capital[0], sums, collateral[0])
