"""When and how far a spot account is traded back to its target share. Pure arithmetic; all the way, not to the edge."""

from decimal import Decimal

from msgspec import Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument
from mmtui.model.units import BPS, ONE, ZERO, Side
from mmtui.strategies.spot_maker.settings import Settings

_PCT = Decimal("0.01")
_MOST = Decimal("0.95")
"""A rebalance moves at most this share of what it spends."""

_SMALLEST_ACCOUNT = 10
"""An account worth less than so many smallest orders is left alone."""


class Account(Struct, frozen=True, gc=False):
    """Base and quote that the account has in all, and the market they are valued at."""

    base: Decimal
    quote: Decimal
    bid: Decimal
    ask: Decimal
    mid: Decimal


class Move(Struct, frozen=True, gc=False):
    """A trade back: ``quantity`` in base units, ``cost`` what it costs against mid, fees included."""

    side: Side
    quantity: Decimal
    cost: Decimal
    deviation_pct: Decimal


def move_back(settings: Settings, instrument: Instrument, account: Account) -> Move | None:
    """The trade that brings the account to its target share; None while it need not, or cannot, be made.

    deviation = |base * mid - worth * target| / worth, compared strictly with the threshold.
    """
    worth = account.quote + account.base * account.mid
    least = least_lots(instrument) * instrument.lot_size
    if worth <= 0 or worth < _SMALLEST_ACCOUNT * least * account.mid:
        return None
    ideal = worth * settings.base_asset_target * _PCT
    actual = account.base * account.mid
    deviation_pct = abs(actual - ideal) / worth / _PCT
    if deviation_pct <= settings.rebalance_threshold:
        return None
    if actual > ideal:
        side, quantity = Side.SELL, min((actual - ideal) / account.mid, account.base * _MOST)
    else:
        side, quantity = Side.BUY, min((ideal - actual) / account.mid, account.quote * _MOST / account.ask)
    quantity = instrument.quantity_down(quantity)
    if quantity < least or instrument.notional(account.mid, quantity) < instrument.min_notional:
        return None
    half_spread = (account.ask - account.bid) / 2
    fee = account.mid * instrument.taker_fee_bps / BPS
    return Move(side, quantity, quantity * (half_spread + fee), deviation_pct)


def price_cap(settings: Settings, account: Account, side: Side) -> Decimal:
    """The worst price of a rebalance: bid x 0.999 or ask x 1.001 with the usual slippage of 10 bps."""
    away = settings.rebalance_slippage_bps / BPS
    return account.bid * (ONE - away) if side is Side.SELL else account.ask * (ONE + away)


def affordable(settings: Settings, spent: Decimal, move: Move) -> bool:
    """Whether the day's costs leave room for this move."""
    limit = settings.rebalance_cost_limit
    return limit is None or spent + max(move.cost, ZERO) <= limit
