"""What an account holds: the position of a run at exact average cost, and the balances the venue has told us.

Formulas and their sources: docs/accounting.md.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from msgspec import Struct, field

from mmtui.model.events import Balances
from mmtui.model.units import ZERO, Side
from mmtui.ports.errors import BugError

COST_STEP: Final = Decimal("1E-12")
"""Grid, in the quote asset, to which the cost of a partly closed position is cut; the remainder stays in the rest."""

DISPLAY: Final = Context(prec=18)
"""Ratios that are only shown (average entry, maker share) need no more digits than these."""


class Position(Struct):
    """A net position of one instrument, carried at its exact total cost (docs/accounting.md, "Position").

    ``quantity`` is signed, in the instrument's units (contracts where the multiplier is not 1). ``cost`` is the signed
    quote amount the open quantity cost: positive for longs, negative for shorts, exactly 0 when flat. ``realized`` is
    the quote profit of everything closed, before fees and funding. Always: cash of all fills = realized - cost.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO

    def apply(self, side: Side, price: Decimal, quantity: Decimal, multiplier: Decimal) -> Decimal:
        """Book one trade of ``quantity`` (unsigned) at ``price`` and return the quote profit it realised.

        Raises:
            BugError: ``quantity`` is negative; a side is told by ``side`` alone.
        """
        if quantity < ZERO:
            raise BugError(f"a trade of negative quantity {quantity} cannot be booked")
        held = self.quantity
        delta = quantity if side is Side.BUY else -quantity
        after = held + delta
        paid = delta * price * multiplier
        if not held or (held > ZERO) is (delta > ZERO):
            self.quantity = after
            self.cost += paid
            return ZERO
        open_quantity = abs(held)
        if quantity < open_quantity:
            part = (self.cost * quantity / open_quantity).quantize(COST_STEP, rounding=ROUND_HALF_EVEN)
            realized = -paid - part
            self.cost -= part
        else:
            # The last part closed takes whatever cost is left, so rounding can never stay behind in a flat position.
            opened = after * price * multiplier if after else ZERO
            realized = opened - paid - self.cost
            self.cost = opened
        self.quantity = after or ZERO
        self.realized += realized
        return realized

    def average_entry(self, multiplier: Decimal) -> Decimal | None:
        """Average entry price to 18 digits, for display only; None when flat."""
        if not self.quantity:
            return None
        return DISPLAY.divide(self.cost, self.quantity * multiplier)

    def unrealized(self, price: Decimal, multiplier: Decimal) -> Decimal:
        """Quote profit still open at ``price``: worth of the position less its cost."""
        return self.quantity * price * multiplier - self.cost


class Holding(Struct):
    """One asset as the venue told it at ``asked_ns``: ``total`` (with lent and collateral) and ``free`` to use."""

    total: Decimal
    free: Decimal
    asked_ns: int


class Holdings(Struct):
    """Balances of one account. Before the first report, and after a failed read, every asset is unknown (None).

    ``Balances`` lists all assets of the account, so an asset that a report leaves out is proven to be zero.
    """

    assets: dict[str, Holding] = field(default_factory=dict)
    asked_ns: int | None = None
    """When the venue was asked for what is held here; None while unknown."""

    def report(self, balances: Balances) -> bool:
        """Take over a full list of balances; False (and nothing changes) if a newer one is already known."""
        asked_ns = balances.asked_ns
        if self.asked_ns is not None and asked_ns < self.asked_ns:
            return False
        self.asked_ns = asked_ns
        self.assets = {row.asset: Holding(row.total, row.free, asked_ns) for row in balances.balances}
        return True

    def forget(self) -> None:
        """Make every balance unknown: a read failed, or the stream that kept them current is lost."""
        self.assets = {}
        self.asked_ns = None

    def total(self, asset: str) -> Decimal | None:
        """Total balance of ``asset``, None while unknown."""
        holding = self._holding(asset)
        return None if holding is None else holding.total

    def free(self, asset: str) -> Decimal | None:
        """Balance of ``asset`` that is free to use, None while unknown."""
        holding = self._holding(asset)
        return None if holding is None else holding.free

    def _holding(self, asset: str) -> Holding | None:
        if self.asked_ns is None:
            return None
        return self.assets.get(asset) or Holding(ZERO, ZERO, self.asked_ns)
