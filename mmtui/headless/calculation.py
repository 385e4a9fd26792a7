"""How a ladder of prices came about, worked out again from the settings for the eye; the strategy's own are exact.

It is that of the mid and position of now; quotes that stand since an earlier pricing belong to those of then.
Known for the kinds that quote ``spread_pct`` around the mid (docs/strategies/perp_maker.md, "Prices").
"""

from decimal import Decimal, InvalidOperation
from typing import Final

from msgspec import Struct

from mmtui.core.ladder import tick_offset
from mmtui.model.units import ONE, ZERO
from mmtui.views.board import StrategyRow

_HALF_PERCENT: Final = Decimal("0.005")


class Calculation(Struct, frozen=True):
    """Prices before leaning, best first, and how far leaning moves them (None: unknown). Prices in the quote asset."""

    raw_bids: tuple[Decimal, ...]
    raw_asks: tuple[Decimal, ...]
    offset: Decimal | None


def setting_number(row: StrategyRow, name: str) -> Decimal | None:
    """A numeric setting, None where the strategy has none of that name or it is empty."""
    try:
        number = Decimal(row.settings[name])
    except (KeyError, InvalidOperation):
        return None
    return number if number.is_finite() else None


def quotes_by_spread(row: StrategyRow) -> bool:
    """True for kinds whose calculation is known here."""
    return setting_number(row, "spread_pct") is not None


def calculation(row: StrategyRow) -> Calculation | None:
    """The price calculation behind a row; None while the mid is unknown or for kinds that price otherwise."""
    spread_pct, mid = setting_number(row, "spread_pct"), row.mid
    if spread_pct is None or mid is None:
        return None
    half = mid * spread_pct * _HALF_PERCENT
    levels = int(setting_number(row, "max_orders") or ONE)
    if row.settings.get("ladder") == "tick":
        steps = [half + tick_offset(level) * row.tick_size for level in range(levels)]
    else:
        steps = [half + half * level / max(levels - 1, 1) for level in range(levels)]
    return Calculation(tuple(mid - step for step in steps), tuple(mid + step for step in steps), _offset(row, half))


def _offset(row: StrategyRow, half: Decimal) -> Decimal | None:
    """How far leaning moves all prices: -inventory_skew x half-spread x position / max_position."""
    skew, cap = setting_number(row, "inventory_skew"), setting_number(row, "max_position")
    if not skew or not cap:
        return ZERO
    if row.position is None:
        return None
    return -skew * half * max(-cap, min(cap, row.position)) / cap
