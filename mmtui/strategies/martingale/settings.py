"""What the operator of a martingale chooses."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

Direction = Literal["long", "short"]
Entry = Literal["manual", "market", "offset"]
Volatility = Literal["off", "reduce", "scale"]


def _pct(title: str, description: str, **bounds: str) -> Meta:
    return Meta(title=title, description=description, extra={"unit": "%", **bounds})


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. Percentages are percentages (R1 wrote fractions), amounts are in the quote asset."""

    direction: Annotated[
        Direction,
        Meta(title="Direction", description="long buys below, short sells above (perpetuals only)."),
    ] = "long"
    total_capital: Annotated[
        Decimal,
        Meta(
            title="Capital",
            description="Spent over all layers of a cycle, never more.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = Decimal(100)
    max_layers: Annotated[
        int,
        Meta(
            title="Layers",
            description="Orders of a cycle, the first one included.",
            ge=1,
            le=20,
            extra={"unit": "orders", "minimum": "1", "maximum": "20"},
        ),
    ] = 5
    multiplier: Annotated[
        Decimal,
        Meta(
            title="Multiplier",
            description="How much larger the funds of each layer are than those of the layer before.",
            extra={"unit": "x", "minimum": "1", "maximum": "5"},
        ),
    ] = Decimal("1.3")
    price_step_pct: Annotated[
        Decimal,
        _pct(
            "Step",
            "Distance of each layer from the one before, of the entry price.",
            exclusive_minimum="0",
            maximum="50",
        ),
    ] = Decimal("0.8")
    entry_type: Annotated[
        Entry,
        Meta(
            title="Entry",
            description="manual: at the entry price. market: at once. offset: one step away from the market.",
        ),
    ] = "offset"
    entry_price: Annotated[
        Decimal | None,
        Meta(
            title="Entry price",
            description="Where a manual entry waits.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    take_profit_pct: Annotated[
        Decimal,
        _pct(
            "Take profit", "Gain over the average cost at which all is closed.", exclusive_minimum="0", maximum="1000"
        ),
    ] = Decimal("1.2")
    stop_loss_pct: Annotated[
        Decimal | None,
        _pct(
            "Stop loss",
            "Loss below the average cost at which all is closed. Empty: none.",
            exclusive_minimum="0",
            maximum="99",
        ),
    ] = Decimal(33)
    dynamic_stop_pct: Annotated[
        Decimal | None,
        _pct(
            "Dynamic stop",
            "Loss per filled layer at which all is closed, never wider than the stop loss. Empty: none.",
            exclusive_minimum="0",
            maximum="99",
        ),
    ] = None
    trailing_activation_pct: Annotated[
        Decimal | None,
        _pct(
            "Trailing from",
            "Gain from which the best price is followed. Empty: none.",
            exclusive_minimum="0",
            maximum="1000",
        ),
    ] = None
    trailing_distance_pct: Annotated[
        Decimal | None,
        _pct("Trailing distance", "Retreat from the best price that closes all.", exclusive_minimum="0", maximum="50"),
    ] = None
    max_cycle_loss: Annotated[
        Decimal | None,
        Meta(
            title="Largest loss",
            description="Loss of one cycle at which all is closed, fees included. Empty: none.",
            extra={"unit": "quote", "exclusive_minimum": "0"},
        ),
    ] = None
    runtime: Annotated[
        Decimal | None,
        Meta(
            title="Runtime",
            description="Longest time of one cycle; then all is closed. Empty: until an exit.",
            extra={"unit": "s", "exclusive_minimum": "0"},
        ),
    ] = None
    cycles: Annotated[
        int | None,
        Meta(
            title="Cycles",
            description="How many cycles are run. Empty: no end.",
            extra={"unit": "cycles", "minimum": "1"},
        ),
    ] = 1
    cool_down: Annotated[
        Decimal,
        Meta(title="Cool-down", description="Rest between two cycles.", extra={"unit": "s", "minimum": "0"}),
    ] = Decimal(60)
    compound: Annotated[
        bool,
        Meta(title="Compound", description="Add the result of each cycle to the capital of the next."),
    ] = False
    volatility: Annotated[
        Volatility,
        Meta(
            title="Volatility",
            description="off; reduce: capital x 0.7 above the threshold; scale: 1 + volatility - 2 %, at most 1.",
        ),
    ] = "off"
    volatility_threshold_pct: Annotated[
        Decimal,
        _pct("Volatility threshold", "From where reduce reduces, over 24 hours.", exclusive_minimum="0", maximum="100"),
    ] = Decimal(3)
    slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Slippage",
            description="How far beyond the touch entries at market and closes may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)


PRESETS: dict[str, dict[str, str | int]] = {
    "conservative": {"max_layers": 3, "multiplier": "1.1", "price_step_pct": "2", "stop_loss_pct": "8"},
    "beginner": {"max_layers": 3, "multiplier": "1.3", "price_step_pct": "1", "stop_loss_pct": "12"},
    "aggressive": {"max_layers": 7, "multiplier": "1.5", "price_step_pct": "0.5", "stop_loss_pct": "33"},
}

DEFAULTS = {"on_start_orders": "cancel_mine", "on_start_position": "flatten", "on_stop_position": "flatten"}
