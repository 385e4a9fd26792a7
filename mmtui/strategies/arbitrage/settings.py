"""The settings of ``arbitrage``: what the operator chooses, its presets, and what contradicts itself."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mmtui.model.units import BPS, ZERO

TITLE = "Arbitrage between two markets"

Unit = Literal["bps", "quote"]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. Quantities are in base units; long buys the first account's market."""

    size: Annotated[
        Decimal,
        Meta(
            title="Size",
            description="Quantity of each trade, on both markets.",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ]
    long_threshold: Annotated[
        Decimal,
        Meta(
            title="Long threshold",
            description="Buy the first and sell the second above this spread, after both taker fees.",
            extra={"unit": "bps or quote", "minimum": "0"},
        ),
    ] = Decimal(5)
    short_threshold: Annotated[
        Decimal,
        Meta(
            title="Short threshold",
            description="Sell the first and buy the second above this spread, after both taker fees.",
            extra={"unit": "bps or quote", "minimum": "0"},
        ),
    ] = Decimal(5)
    threshold_unit: Annotated[
        Unit,
        Meta(
            title="Unit of thresholds",
            description="bps of the price paid, or quote: money per base unit (what the older bot's flags mean).",
        ),
    ] = "bps"
    exit_threshold: Annotated[
        Decimal | None,
        Meta(
            title="Exit threshold",
            description="What is held is reduced above this opposite spread; may be negative. Empty: no exit rule.",
            extra={"unit": "bps or quote", "minimum": "-1000000", "maximum": "1000000"},
        ),
    ] = None
    max_position: Annotated[
        Decimal,
        Meta(
            title="Largest position, first",
            description="Cap on the first market's position. 0: no cap of its own; the account's limits hold.",
            extra={"unit": "base", "minimum": "0"},
        ),
    ] = ZERO
    max_position_second: Annotated[
        Decimal,
        Meta(
            title="Largest position, second",
            description="Cap on the second market's position. 0: no cap of its own; the account's limits hold.",
            extra={"unit": "base", "minimum": "0"},
        ),
    ] = ZERO
    max_book_age_ms: Annotated[
        int,
        Meta(
            title="Oldest book",
            description="Both books must be younger than this.",
            ge=1,
            le=60_000,
            extra={"unit": "ms", "minimum": "1", "maximum": "60000"},
        ),
    ] = 1000
    max_gap_bps: Annotated[
        Decimal,
        Meta(
            title="Largest believable gap",
            description="A gap between the two mids above this is taken for a broken book; nothing is traded on it.",
            extra={"unit": "bps", "exclusive_minimum": "0", "maximum": "10000"},
        ),
    ] = Decimal(20)
    need_depth: Annotated[
        bool,
        Meta(
            title="Depth needed",
            description="Trade only where the visible size within the price caps is enough on both books.",
        ),
    ] = True
    slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Price cap",
            description="How far beyond the touch either order may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(2)
    hedge_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Price cap of a hedge",
            description="How far beyond the touch a missing leg may be completed or the other one unwound.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)
    hedge_time: Annotated[
        Decimal,
        Meta(
            title="Time to hedge",
            description="How long a missing leg is tried for before the other one is unwound.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "600"},
        ),
    ] = Decimal(5)
    unwind_time: Annotated[
        Decimal,
        Meta(
            title="Time to unwind",
            description="How long unwinding is tried for before the run halts.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "600"},
        ),
    ] = Decimal(5)
    cool_down: Annotated[
        Decimal,
        Meta(
            title="Cool-down",
            description="Least time between two trades.",
            extra={"unit": "s", "minimum": "0", "maximum": "3600"},
        ),
    ] = Decimal(1)
    max_failures: Annotated[
        int,
        Meta(
            title="Failures in a row",
            description="The run halts after this many trades in a row that had to be unwound.",
            ge=1,
            le=1000,
            extra={"unit": "trades", "minimum": "1", "maximum": "1000"},
        ),
    ] = 3


PRESETS: dict[str, dict[str, str | int]] = {
    "patient": {"long_threshold": "10", "short_threshold": "10", "cool_down": "5"},
    "eager": {"long_threshold": "2", "short_threshold": "2", "cool_down": "0.5"},
}

DEFAULTS = {"on_start_orders": "cancel_mine"}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each."""
    faults = [
        f"size {settings.size} is above {name} {cap}: no trade could ever fit; lower size or raise {name}"
        for name, cap in (
            ("max_position", settings.max_position),
            ("max_position_second", settings.max_position_second),
        )
        if cap and settings.size > cap
    ]
    if settings.exit_threshold is not None:
        least = min(settings.long_threshold, settings.short_threshold)
        if settings.exit_threshold > least:
            faults.append(
                f"exit_threshold {settings.exit_threshold} is above long_threshold or short_threshold ({least}): "
                "leaving would need more than entering; lower exit_threshold"
            )
    return faults


def thresholds(settings: Settings, mid: Decimal) -> tuple[Decimal, Decimal]:
    """(sell the first, buy the first) thresholds in bps of ``mid``, for the screen."""
    if settings.threshold_unit == "bps":
        return settings.short_threshold, settings.long_threshold
    return settings.short_threshold * BPS / mid, settings.long_threshold * BPS / mid
