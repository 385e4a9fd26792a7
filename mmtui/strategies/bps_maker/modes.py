"""Which distance is quoted: by the balance (three modes), or by a score of the book's state. Pure arithmetic."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from mmtui.model.events import Level
from mmtui.model.units import ONE
from mmtui.strategies.bps_maker.settings import Settings

Mode = Literal["normal", "degraded_1", "degraded_2"]
MODES: tuple[Mode, ...] = ("normal", "degraded_1", "degraded_2")
"""From the narrowest to the widest."""

Risk = Literal["low", "medium", "high"]

_PCT = Decimal("0.01")
_DEPTH_NEAR = 5
_DEPTH_FAR = 10
_EMA_ALPHA = 0.3
_UNKNOWN_SCORE = 50.0
_HIGHEST_SCORE = 100.0
_TO_LOW, _TO_MEDIUM, _BACK_TO_MEDIUM, _TO_HIGH = 20.0, 25.0, 45.0, 55.0


class Band(Struct, frozen=True, gc=False):
    """Where an order is hung, and how near and how far it may come before it is hung anew. In bps."""

    target: Decimal
    nearest: Decimal
    farthest: Decimal


RISK_BANDS: dict[Risk, Band] = {
    "low": Band(Decimal(9), Decimal(8), Decimal(10)),
    "medium": Band(Decimal(25), Decimal(20), Decimal(30)),
    "high": Band(Decimal(80), Decimal(60), Decimal(100)),
}


def band_of(settings: Settings, mode: Mode) -> Band:
    """The band of a mode."""
    if mode == "normal":
        return Band(settings.target_bps, settings.min_bps, settings.max_bps)
    if mode == "degraded_1":
        return Band(settings.degraded_1_target_bps, settings.degraded_1_min_bps, settings.degraded_1_max_bps)
    return Band(settings.degraded_2_target_bps, settings.degraded_2_min_bps, settings.degraded_2_max_bps)


def by_table(settings: Settings, balance: Decimal) -> Mode:
    """R3's table: normal from the first threshold on, degraded_1 from the second on, degraded_2 below it."""
    if balance >= settings.balance_threshold_1:
        return "normal"
    return "degraded_1" if balance >= settings.balance_threshold_2 else "degraded_2"


def next_mode(settings: Settings, balance: Decimal, mode: Mode | None) -> Mode:
    """Down exactly below a threshold; up only at threshold x (1 + hysteresis_pct)."""
    told = by_table(settings, balance)
    if mode is None or MODES.index(told) >= MODES.index(mode):
        return told
    factor = ONE + settings.hysteresis_pct * _PCT
    if balance >= settings.balance_threshold_1 * factor:
        return "normal"
    return "degraded_1" if balance >= settings.balance_threshold_2 * factor else mode


def raw_score(bids: Sequence[Level], asks: Sequence[Level], asset_factor: float) -> float:
    """R3's later score of the book, 0 (calm) to 100; 50 where there is too little of a book.

    spread_bps + 25 * (1 - min/max volume of five levels) + 0.5 * min(100 * spread_bps / range_bps, 50), times the
    factor; range_bps is the distance of the tenth levels, averaged over both sides.
    """
    if len(bids) < _DEPTH_NEAR or len(asks) < _DEPTH_NEAR:
        return _UNKNOWN_SCORE
    bid, ask = bids[0][0], asks[0][0]
    mid = (bid + ask) / 2
    spread_bps = (ask - bid) / mid * 10_000
    volumes = sum(size for _, size in bids[:_DEPTH_NEAR]), sum(size for _, size in asks[:_DEPTH_NEAR])
    if min(volumes) <= 0:
        return _UNKNOWN_SCORE
    lowest, highest = bids[:_DEPTH_FAR][-1][0], asks[:_DEPTH_FAR][-1][0]
    range_bps = ((bid - lowest) + (highest - ask)) / 2 / mid * 10_000
    share = 100 * spread_bps / range_bps if range_bps > 0 else 50.0
    score = spread_bps + 25 * (1 - min(volumes) / max(volumes)) + 0.5 * min(share, 50.0)
    return min(max(score * asset_factor, 0.0), _HIGHEST_SCORE)


def smoothed(score: float, before: float | None) -> float:
    """Exponential mean with alpha 0.3."""
    return score if before is None else before + _EMA_ALPHA * (score - before)


def next_risk(score: float, risk: Risk) -> Risk:
    """Levels with hysteresis: to medium at 25 and back below 20, to high at 55 and back below 45."""
    if risk == "low":
        return "medium" if score >= _TO_MEDIUM else "low"
    if risk == "medium":
        return "low" if score < _TO_LOW else "high" if score >= _TO_HIGH else "medium"
    return "medium" if score < _BACK_TO_MEDIUM else "high"
