"""Where a profit came from: the spread earned at each fill, the drift of what was held, fees, funding, hedging.

The parts sum exactly to the net profit (docs/accounting.md, "Attribution").
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.units import ZERO


class AttributionFigures(Struct, frozen=True, kw_only=True, gc=False):
    """The parts of a net profit at mark, quote; ``net`` is their exact sum."""

    spread_capture: Decimal
    inventory: Decimal
    fees: Decimal
    funding: Decimal
    hedge_slippage: Decimal
    mark_basis: Decimal

    @property
    def net(self) -> Decimal:
        """Net profit: the sum of all parts."""
        return self.spread_capture + self.inventory + self.fees + self.funding + self.hedge_slippage + self.mark_basis


class Attribution(Struct):
    """Running parts of the profit, brought up to the mid of the last fill.

    ``reference`` is the mid at which the position was last valued. Nothing happens between fills: the position is
    constant there, so its drift needs only the mids at both ends and a book tick costs nothing.
    """

    reference: Decimal | None = None
    spread_capture: Decimal = ZERO
    inventory: Decimal = ZERO
    hedge_slippage: Decimal = ZERO

    def apply(
        self,
        delta: Decimal,
        price: Decimal,
        multiplier: Decimal,
        held: Decimal,
        mid: Decimal | None,
        intended_price: Decimal | None = None,
    ) -> None:
        """Book a fill of ``delta`` (signed) at ``price`` that met a position of ``held``.

        ``mid`` is the mid at the fill; without one the last known mid stands in, and failing that the fill price, so
        that nothing is called captured. ``intended_price`` is the price a hedge was decided at: what was lost
        against it is hedge slippage and not spread.
        """
        before = self.reference
        if mid is None:
            mid = price if before is None else before
        if held and before is not None:
            self.inventory += held * (mid - before) * multiplier
        if intended_price is None:
            self.spread_capture += delta * (mid - price) * multiplier
        else:
            self.spread_capture += delta * (mid - intended_price) * multiplier
            self.hedge_slippage += delta * (intended_price - price) * multiplier
        self.reference = mid

    def figures(
        self,
        held: Decimal,
        multiplier: Decimal,
        mid: Decimal | None,
        mark: Decimal | None,
        fees: Decimal,
        funding: Decimal,
    ) -> AttributionFigures:
        """The parts with the position ``held`` valued at ``mid`` and then at ``mark``; unknown ones fall back.

        Without a mid the last one known is taken, without a mark the mid.
        """
        inventory, basis = self.inventory, ZERO
        reference = self.reference
        if held and reference is not None:
            if mid is None:
                mid = reference
            inventory += held * (mid - reference) * multiplier
            if mark is not None:
                basis = held * (mark - mid) * multiplier
        return AttributionFigures(
            spread_capture=self.spread_capture,
            inventory=inventory,
            fees=fees,
            funding=funding,
            hedge_slippage=self.hedge_slippage,
            mark_basis=basis,
        )
