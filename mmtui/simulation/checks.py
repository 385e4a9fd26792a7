"""What the venue looks at before it accepts an order. Every function answers with a refusal, or None for "fine"."""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.orders import RefusalCode
from mmtui.model.units import ZERO, decimal_text


class Refusal(Struct, frozen=True):
    """Why not, as a code and in words."""

    code: RefusalCode
    reason: str


def whole_steps(value: Decimal, step: Decimal) -> int | None:
    """``value`` in whole steps; None if it is not positive and finite or lies between two steps."""
    if not value.is_finite() or value <= ZERO:
        return None
    steps, rest = divmod(value, step)
    return None if rest else int(steps)


def check_shape(instrument: Instrument, price: Decimal, quantity: Decimal, *, reduce_only: bool) -> Refusal | None:
    """Price on the tick grid, quantity on the lot grid, both large enough.

    A reduce-only order is spared the minimum notional, so that a small rest can be closed.
    """
    if whole_steps(price, instrument.tick_size) is None:
        tick = decimal_text(instrument.tick_size)
        return Refusal(RefusalCode.BAD_PRICE, f"price {price} is not a positive multiple of the tick size {tick}")
    if whole_steps(quantity, instrument.lot_size) is None:
        lot = decimal_text(instrument.lot_size)
        return Refusal(
            RefusalCode.BAD_QUANTITY, f"quantity {quantity} is not a positive multiple of the lot size {lot}"
        )
    if quantity < instrument.min_quantity:
        least = decimal_text(instrument.min_quantity)
        return Refusal(RefusalCode.BELOW_MINIMUM, f"quantity {decimal_text(quantity)} is below the minimum {least}")
    notional = instrument.notional(price, quantity)
    if notional < instrument.min_notional and not reduce_only:
        least = decimal_text(instrument.min_notional)
        return Refusal(RefusalCode.BELOW_MINIMUM, f"notional {decimal_text(notional)} is below the minimum {least}")
    return None
