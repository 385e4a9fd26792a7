"""What the simulated venue itself knows of one account: cash, positions, fees, margin.

This is the other side of the wire. It shares no bookkeeping code with ``mmtui.core``, so that agreement between the
two means something. All figures are exact; the one rounding is the cost that a partial close takes along
(``COST_QUANTUM``).
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from msgspec import Struct

from mmtui.model.events import Fill, OrderReport
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.units import BPS, ONE, ZERO, Side

COST_QUANTUM: Final = Decimal("1e-12")
"""A partial close takes its share of the cost rounded to this; the rest stays with the position, so nothing is lost."""


class AccountTruth(Struct, frozen=True):
    """The venue's books of one account at one moment, for tests, summaries and the sandbox servers.

    ``balances`` maps asset to (total, free), ``positions`` instrument id to (signed quantity, entry price) for perps
    that are not flat, ``cash_start`` asset to the balance the account opened with, ``realized_pnl``, ``fees`` and
    ``funding`` asset to signed cash booked since then (spot trades are exchanges of assets, not realised PnL).
    """

    account: str
    balances: dict[str, tuple[Decimal, Decimal]]
    positions: dict[str, tuple[Decimal, Decimal | None]]
    open_orders: list[OrderReport]
    fills: list[Fill]
    cash_start: dict[str, Decimal]
    realized_pnl: dict[str, Decimal]
    fees: dict[str, Decimal]
    funding: dict[str, Decimal]


class PerpPosition(Struct):
    """A perp position: signed base quantity and its exact signed total cost in the quote asset."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    def trade(self, signed: Decimal, signed_cost: Decimal) -> Decimal:
        """Book ``signed`` base units bought (+) or sold (-) at total ``signed_cost``; returns the realised PnL."""
        held = self.quantity
        if not held or (held > 0) == (signed > 0):
            self.quantity = held + signed
            self.cost += signed_cost
            return ZERO
        if abs(signed) < abs(held):
            taken = (self.cost * -signed / held).quantize(COST_QUANTUM, ROUND_HALF_EVEN)
            self.quantity = held + signed
            self.cost -= taken
            return -signed_cost - taken
        closing_cost = signed_cost * -held / signed  # exact: the cost is price times quantity, the price divides out
        realized = -closing_cost - self.cost
        self.quantity = held + signed
        self.cost = signed_cost - closing_cost
        return realized

    def entry_price(self, multiplier: Decimal) -> Decimal | None:
        """Average price of what is held, for display; None when flat."""
        return self.cost / self.quantity / multiplier if self.quantity else None


class VenueAccount:
    """Balances, perp positions and booked cash of one account.

    Perp fills move the position; the quote balance moves by realised PnL and fee. Spot fills exchange the two assets.
    ``leverage`` sets the initial margin of perps: notional of the worst side over leverage. Accounts of one ``owner``
    (by default each its own) are kept from trading with each other.
    """

    def __init__(
        self, name: str, balances: Mapping[str, Decimal], leverage: Decimal = Decimal(20), owner: str | None = None
    ) -> None:
        self.name = name
        self.owner = owner if owner is not None else name
        self.leverage = leverage
        self.balances: dict[str, Decimal] = dict(balances)
        self.cash_start: dict[str, Decimal] = dict(balances)
        self.positions: dict[str, PerpPosition] = {}
        self.realized_pnl: dict[str, Decimal] = {}
        self.fees: dict[str, Decimal] = {}
        self.funding: dict[str, Decimal] = {}

    def quantity(self, instrument: Instrument) -> Decimal:
        """Signed position of a perp, total base holding of a spot instrument, in base units."""
        if instrument.market_type is MarketType.SPOT:
            return self.balances.get(instrument.base_asset, ZERO)
        position = self.positions.get(instrument.id)
        return position.quantity if position is not None else ZERO

    def entry_price(self, instrument: Instrument) -> Decimal | None:
        """Average entry price of a perp position; None when flat and for spot, where the venue keeps no entry."""
        position = self.positions.get(instrument.id)
        return position.entry_price(instrument.multiplier) if position is not None else None

    def book_fill(
        self,
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        *,
        maker: bool,
        fee_in_base_on_buy: bool = False,
    ) -> tuple[Decimal, str]:
        """Book one execution; returns the fee as signed cash and its asset.

        ``fee_in_base_on_buy`` charges spot buys in the base asset, as several venues do.
        """
        signed = quantity if side is Side.BUY else -quantity
        signed_cost = instrument.notional(price, signed)
        quote = instrument.quote_asset
        if instrument.market_type is MarketType.SPOT:
            self._add(instrument.base_asset, signed * instrument.multiplier)
            self._add(quote, -signed_cost)
        else:
            position = self.positions.setdefault(instrument.id, PerpPosition())
            realized = position.trade(signed, signed_cost)
            self.realized_pnl[quote] = self.realized_pnl.get(quote, ZERO) + realized
            self._add(quote, realized)
        fee, asset = instrument.fee_cash(price, quantity, maker=maker), quote
        if fee_in_base_on_buy and side is Side.BUY and instrument.market_type is MarketType.SPOT:
            rate = instrument.maker_fee_bps if maker else instrument.taker_fee_bps
            fee, asset = -(quantity * instrument.multiplier * rate / BPS), instrument.base_asset
        self.fees[asset] = self.fees.get(asset, ZERO) + fee
        self._add(asset, fee)
        return fee, asset

    def book_funding(self, instrument: Instrument, mark: Decimal, rate: Decimal) -> Decimal:
        """Pay or receive funding on what is held: ``-position * mark * rate``; returns the signed cash."""
        quantity = self.quantity(instrument)
        amount = -(instrument.notional(mark, quantity) * rate)
        quote = instrument.quote_asset
        self.funding[quote] = self.funding.get(quote, ZERO) + amount
        self._add(quote, amount)
        return amount

    def unrealized(self, instrument: Instrument, mark: Decimal) -> Decimal:
        """Worth of the perp position at ``mark`` less its cost, in the quote asset."""
        position = self.positions.get(instrument.id)
        return ZERO if position is None else instrument.notional(mark, position.quantity) - position.cost

    def _add(self, asset: str, amount: Decimal) -> None:
        self.balances[asset] = self.balances.get(asset, ZERO) + amount


class Exposure(Struct, frozen=True):
    """What one instrument binds of an account: its mark and the unfilled quantities of the open orders per side.

    ``buy_notional`` is the worth of the open buys at their own prices (what spot buys lock).
    """

    instrument: Instrument
    mark: Decimal
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    buy_notional: Decimal = ZERO


def free_funds(account: VenueAccount, asset: str, exposures: Iterable[Exposure]) -> Decimal:
    """What of ``asset`` is free; may be negative when a position has lost more than its margin.

    Spot: the total less what open orders lock (a buy locks its notional with the taker fee, a sell its base). Perps
    with this quote asset add their unrealised PnL and bind their initial margin.
    """
    free = account.balances.get(asset, ZERO)
    for exposure in exposures:
        instrument = exposure.instrument
        if instrument.market_type is MarketType.SPOT:
            if instrument.quote_asset == asset:
                free -= exposure.buy_notional * (ONE + max(instrument.taker_fee_bps, ZERO) / BPS)
            if instrument.base_asset == asset:
                free -= exposure.sells * instrument.multiplier
        elif instrument.quote_asset == asset:
            free += account.unrealized(instrument, exposure.mark) - initial_margin(account, exposure)
    return free


def initial_margin(account: VenueAccount, exposure: Exposure) -> Decimal:
    """Margin that position and open orders of one perp bind: the worse of all buys or all sells filled, at mark."""
    held = account.quantity(exposure.instrument)
    worst = max(abs(held), abs(held + exposure.buys), abs(held - exposure.sells))
    return exposure.instrument.notional(exposure.mark, worst) / account.leverage
