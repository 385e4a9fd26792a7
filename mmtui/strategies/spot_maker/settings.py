"""What the operator of the spot market maker chooses."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from mmtui.core.ladder import Shape


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Quantities are in base units, amounts of money in the quote asset."""

    spread_pct: Annotated[
        Decimal,
        Meta(
            title="Spread",
            description="Total distance from the first buy to the first sell, in percent of mid; half on each side.",
            extra={"unit": "%", "exclusive_minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.1")
    quantity: Annotated[
        Decimal | None,
        Meta(
            title="Quantity",
            description="Size of each order. Empty: min(5 %, 1/(4 x orders per side)) of each side's balance.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = None
    max_orders: Annotated[
        int,
        Meta(
            title="Orders per side",
            description="How many orders stand on each side.",
            ge=1,
            le=50,
            extra={"unit": "orders", "minimum": "1", "maximum": "50"},
        ),
    ] = 3
    interval: Annotated[
        Decimal,
        Meta(
            title="Interval",
            description="Least time between two re-pricings. Fills and a rebalance act at once.",
            extra={"unit": "s", "exclusive_minimum": "0"},
        ),
    ] = Decimal(60)
    ladder: Annotated[
        Shape,
        Meta(
            title="Ladder",
            description="spread: one to two half-spreads from mid. tick: 1.5 x i^1.5 ticks behind the first order.",
        ),
    ] = "spread"
    requote_tolerance_bps: Annotated[
        Decimal,
        Meta(
            title="Requote tolerance",
            description="Orders this close to their new price stay, with their place in the queue.",
            extra={"unit": "bps", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.5")
    rebalance: Annotated[
        bool,
        Meta(title="Rebalance", description="Trade back to the target share when the account has drifted too far."),
    ] = True
    base_asset_target: Annotated[
        Decimal,
        Meta(
            title="Base share",
            description="Share of the account's worth that should be held in the base asset.",
            extra={"unit": "%", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal(30)
    rebalance_threshold: Annotated[
        Decimal,
        Meta(
            title="Rebalance threshold",
            description="Drift from the base share, in percent of the account's worth, above which it is traded back.",
            extra={"unit": "%", "exclusive_minimum": "0", "maximum": "100"},
        ),
    ] = Decimal(15)
    rebalance_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Rebalance slippage",
            description="How far beyond the touch a rebalance may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(10)
    rebalance_cool_down: Annotated[
        Decimal,
        Meta(
            title="Rebalance cool-down",
            description="Least time between two rebalances.",
            extra={"unit": "s", "minimum": "0"},
        ),
    ] = Decimal(300)
    rebalance_cost_limit: Annotated[
        Decimal | None,
        Meta(
            title="Rebalance cost",
            description="Fees and half-spreads that rebalances may cost in a UTC day; then no more. Empty: no limit.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None


PRESETS: dict[str, dict[str, str | int]] = {
    # The advice that R0's users were given.
    "conservative": {"spread_pct": "0.3", "max_orders": 2, "base_asset_target": "25", "rebalance_threshold": "12"},
    "beginner": {"spread_pct": "0.15", "max_orders": 1, "base_asset_target": "30", "rebalance_threshold": "15"},
    "aggressive": {"spread_pct": "0.05", "max_orders": 3, "base_asset_target": "40", "rebalance_threshold": "25"},
}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each; bounds of single fields are in their Meta."""
    faults = []
    reach = max(settings.base_asset_target, 100 - settings.base_asset_target)
    if settings.rebalance and settings.rebalance_threshold >= reach:
        faults.append(
            f"rebalance_threshold {settings.rebalance_threshold} can never be exceeded with base_asset_target "
            f"{settings.base_asset_target}: lower it, or set rebalance to false"
        )
    return faults
