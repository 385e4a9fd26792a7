"""What the operator of the band maker chooses, and what contradicts what."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from mmtui.model.units import ZERO


def _bps(title: str, description: str) -> Meta:
    return Meta(
        title=title, description=description, extra={"unit": "bps", "exclusive_minimum": "0", "maximum": "5000"}
    )


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Distances are in bps of the mark price (mid where there is none), balances in the quote asset."""

    quantity: Annotated[
        Decimal,
        Meta(
            title="Quantity",
            description="Size of the order on each side.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = Decimal("0.005")
    target_bps: Annotated[Decimal, _bps("Target", "Where an order is hung.")] = Decimal("7.5")
    min_bps: Annotated[Decimal, _bps("Nearest", "An order nearer than this is hung anew.")] = Decimal(7)
    max_bps: Annotated[Decimal, _bps("Farthest", "An order farther than this is hung anew.")] = Decimal(10)
    balance_threshold_1: Annotated[
        Decimal,
        Meta(
            title="First threshold",
            description="Below this balance the first wider mode is used. 0: never.",
            extra={"unit": "quote", "minimum": "0"},
        ),
    ] = Decimal(100)
    balance_threshold_2: Annotated[
        Decimal,
        Meta(
            title="Second threshold",
            description="Below this balance the widest mode is used. 0: never.",
            extra={"unit": "quote", "minimum": "0"},
        ),
    ] = Decimal(50)
    hysteresis_pct: Annotated[
        Decimal,
        Meta(
            title="Hysteresis",
            description="So far above a threshold the balance must rise before the narrower mode comes back.",
            extra={"unit": "%", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal(2)
    degraded_1_target_bps: Annotated[Decimal, _bps("Target, wider", "Target of the first wider mode.")] = Decimal(25)
    degraded_1_min_bps: Annotated[Decimal, _bps("Nearest, wider", "Nearest in the first wider mode.")] = Decimal(20)
    degraded_1_max_bps: Annotated[Decimal, _bps("Farthest, wider", "Farthest in the first wider mode.")] = Decimal(
        "29.5"
    )
    degraded_2_target_bps: Annotated[Decimal, _bps("Target, widest", "Target of the widest mode.")] = Decimal(80)
    degraded_2_min_bps: Annotated[Decimal, _bps("Nearest, widest", "Nearest in the widest mode.")] = Decimal(70)
    degraded_2_max_bps: Annotated[Decimal, _bps("Farthest, widest", "Farthest in the widest mode.")] = Decimal(95)
    balance_check_s: Annotated[
        Decimal,
        Meta(
            title="Balance check",
            description="How often the balance is asked for.",
            extra={"unit": "s", "minimum": "1", "maximum": "3600"},
        ),
    ] = Decimal(5)
    balance_max_age_s: Annotated[
        Decimal,
        Meta(
            title="Balance age",
            description="While the balance cannot be read the mode stays so long; then the widest is used.",
            extra={"unit": "s", "minimum": "1", "maximum": "86400"},
        ),
    ] = Decimal(30)
    interval: Annotated[
        Decimal,
        Meta(
            title="Interval",
            description="Least time between two looks at the bands. 0: on every change. Fills act at once.",
            extra={"unit": "s", "minimum": "0"},
        ),
    ] = ZERO
    risk_score: Annotated[
        bool,
        Meta(
            title="Risk score",
            description="Choose the distance by the state of the book in place of the balance.",
        ),
    ] = False
    risk_asset_factor: Annotated[
        Decimal,
        Meta(
            title="Asset factor",
            description="Scales the risk score; 0.5 suits calm assets such as metals.",
            extra={"unit": "x", "exclusive_minimum": "0", "maximum": "10"},
        ),
    ] = Decimal(1)
    close_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Close slippage",
            description="How far beyond the touch a close may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)


PRESETS: dict[str, dict[str, str | int]] = {
    "conservative": {"target_bps": "25", "min_bps": "20", "max_bps": "29.5"},
    "beginner": {"target_bps": "9", "min_bps": "8", "max_bps": "10"},
    "aggressive": {"target_bps": "7.5", "min_bps": "7", "max_bps": "10"},
}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each; bounds of single fields are in their Meta."""
    faults = []
    for prefix in ("", "degraded_1_", "degraded_2_"):
        low, target, high = (getattr(settings, f"{prefix}{name}_bps") for name in ("min", "target", "max"))
        if low > target:
            faults.append(
                f"{prefix}min_bps {low} is above {prefix}target_bps {target}: each order would be hung anew at once; "
                f"lower {prefix}min_bps"
            )
        if target > high:
            faults.append(
                f"{prefix}target_bps {target} is above {prefix}max_bps {high}: each order would be hung anew at once; "
                f"raise {prefix}max_bps"
            )
    if settings.balance_threshold_2 > settings.balance_threshold_1:
        faults.append(
            f"balance_threshold_2 {settings.balance_threshold_2} is above balance_threshold_1 "
            f"{settings.balance_threshold_1}: exchange them"
        )
    if settings.balance_max_age_s < settings.balance_check_s:
        faults.append(
            f"balance_max_age_s {settings.balance_max_age_s} is below balance_check_s {settings.balance_check_s}: "
            "every balance would be too old before the next is asked for; raise balance_max_age_s"
        )
    return faults
