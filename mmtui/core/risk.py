"""The last gate: nothing reaches a venue that is not ``Approved`` here.

Every limit counts what could still happen: open orders, orders in flight, cancels not yet confirmed and orders of
UNKNOWN outcome all count at their worst. What cannot be known refuses: an unknown position, a stale book, an account
that the account room does not vouch for. What reduces exposure passes.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, Command, PlaceOrder, Query
from mmtui.model.instrument import Instrument
from mmtui.model.units import HUNDRED, ZERO, Side, decimal_text


class Limits(Struct, frozen=True, kw_only=True):
    """CONTRACT "risk": per order, per account and symbol, and per account; amounts in the account's quote asset."""

    max_order_notional: Decimal
    max_position_notional: Decimal
    max_open_orders: int
    max_daily_loss: Decimal
    max_drawdown: Decimal
    price_band_pct: Decimal
    stale_after_ns: int


class Approved(Struct, frozen=True, gc=False):
    """A command that passed the gate. Made only in this module; dispatch takes nothing else."""

    command: Command


class Refusal(Struct, frozen=True, gc=False):
    """Why a place or amend may not be sent."""

    command: PlaceOrder | AmendOrder
    limit: str
    reason: str


class Exposure(Struct):
    """What the gate needs to know, gathered once per step and kept current while commands pass.

    ``worst_buys`` and ``worst_sells`` are base quantities that may still trade; ``position`` is None while unknown.
    ``reference`` is the price that notionals and the band are measured at (mark, else mid), None without one.
    """

    position: Decimal | None
    worst_buys: Decimal
    worst_sells: Decimal
    open_orders: int
    other_open_orders: int
    reference: Decimal | None
    book_age_ns: int | None
    granted: bool
    exposure_allowed: bool
    why_not: str = ""


def approve_cancel(command: CancelOrder | CancelAll) -> Approved:
    """What reduces risk needs no permission."""
    return Approved(command)


def approve_query(query: Query) -> Approved:
    """A question changes nothing."""
    return Approved(query)


def judge_place(command: PlaceOrder, instrument: Instrument, limits: Limits, exposure: Exposure) -> Approved | Refusal:
    """Approve a new order or refuse it with the limit's name; an approved one is added to ``exposure``."""
    fault = _fault(command, command.quantity, instrument, limits, exposure, reduce_only=command.reduce_only, new=True)
    if fault is not None:
        return Refusal(command, *fault)
    if command.side is Side.BUY:
        exposure.worst_buys += command.quantity
    else:
        exposure.worst_sells += command.quantity
    exposure.open_orders += 1
    return Approved(command)


def judge_amend(
    command: AmendOrder, remaining: Decimal, more: Decimal, instrument: Instrument, limits: Limits, exposure: Exposure
) -> Approved | Refusal:
    """Approve a change of price or size; ``remaining`` is what would rest, ``more`` how much that adds to the worst."""
    fault = _fault(command, more, instrument, limits, exposure, reduce_only=False, new=False, resting=remaining)
    if fault is not None:
        return Refusal(command, *fault)
    if command.side is Side.BUY:
        exposure.worst_buys += more
    else:
        exposure.worst_sells += more
    return Approved(command)


def _fault(
    command: PlaceOrder | AmendOrder, added: Decimal, instrument: Instrument, limits: Limits, exposure: Exposure,
    *, reduce_only: bool, new: bool, resting: Decimal | None = None,
) -> tuple[str, str] | None:  # fmt: skip
    """The first limit in the way as (name, reason)."""
    reference = exposure.reference
    if reference is None:
        return "reference_price", "no mark and no mid to measure risk at"
    price = command.price
    if abs(price - reference) * HUNDRED > limits.price_band_pct * reference:
        return "price_band_pct", (
            f"price {decimal_text(price)} is further than {decimal_text(limits.price_band_pct)} % "
            f"from {decimal_text(reference)}"
        )
    size = added if resting is None else resting
    notional = price * size * instrument.multiplier
    if notional > limits.max_order_notional and not reduce_only:
        return (
            "max_order_notional",
            f"order of {decimal_text(notional)} above {decimal_text(limits.max_order_notional)}",
        )
    if new and exposure.open_orders + exposure.other_open_orders >= limits.max_open_orders and not reduce_only:
        return "max_open_orders", f"{exposure.open_orders + exposure.other_open_orders} orders live or unresolved"
    if reduce_only:
        return _reduce_only_fault(command.side, added, exposure)
    return _exposure_fault(command.side, added, reference, instrument, limits, exposure)


def _reduce_only_fault(side: Side, added: Decimal, exposure: Exposure) -> tuple[str, str] | None:
    """Not every venue keeps a reduce-only promise (spot has none), so what is known must keep it too."""
    position = exposure.position
    if position is None:
        return None
    left = -position - exposure.worst_buys if side is Side.BUY else position - exposure.worst_sells
    if added > left:
        return "reduce_only", f"{decimal_text(added)} is more than the {decimal_text(max(left, ZERO))} left to reduce"
    return None


def _exposure_fault(
    side: Side, added: Decimal, reference: Decimal, instrument: Instrument, limits: Limits, exposure: Exposure
) -> tuple[str, str] | None:
    """Limits on what could be held if everything live and this order traded."""
    position = exposure.position
    if position is None:
        return "position", "position unknown: no new exposure"
    if not exposure.granted:
        return "account", "the account room does not vouch for the account"
    if exposure.book_age_ns is None or exposure.book_age_ns > limits.stale_after_ns:
        return "stale_after_ms", "the book is stale"
    if side is Side.BUY:
        after = position + exposure.worst_buys + added
        reduces = after <= ZERO
    else:
        after = position - exposure.worst_sells - added
        reduces = after >= ZERO
    if reduces:
        return None  # even with every order of this side traded, less is held than now
    if not exposure.exposure_allowed:
        return "exposure", exposure.why_not
    worst = abs(after) * reference * instrument.multiplier
    if worst > limits.max_position_notional:
        return "max_position_notional", (
            f"reachable position worth {decimal_text(worst)} above {decimal_text(limits.max_position_notional)}"
        )
    return None
