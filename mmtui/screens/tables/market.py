"""What one can do on the market screen only."""

from typing import Final

from mmtui.language import N_
from mmtui.screens.tables.action import Action

_MARKET: Final = ("market",)

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="next_instrument",
        keys=("right_square_bracket",),
        label=N_("Next instrument"),
        tooltip=N_("Show the next instrument, and select a strategy that trades it."),
        contexts=_MARKET,
        footer=6,
    ),
    Action(
        id="previous_instrument",
        keys=("left_square_bracket",),
        label=N_("Previous instrument"),
        tooltip=N_("Show the instrument before this one, and select a strategy that trades it."),
        contexts=_MARKET,
    ),
    Action(
        id="coarser",
        keys=("plus", "equals_sign"),
        label=N_("Coarser"),
        tooltip=N_("Put more ticks into one row of the order book."),
        contexts=_MARKET,
        footer=6,
    ),
    Action(
        id="finer",
        keys=("minus",),
        label=N_("Finer"),
        tooltip=N_("Put fewer ticks into one row of the order book."),
        contexts=_MARKET,
        footer=6,
    ),
    Action(
        id="longer_chart",
        keys=("greater_than_sign",),
        label=N_("More time"),
        tooltip=N_("Show more time in the price chart."),
        contexts=_MARKET,
    ),
    Action(
        id="shorter_chart",
        keys=("less_than_sign",),
        label=N_("Less time"),
        tooltip=N_("Show less time in the price chart."),
        contexts=_MARKET,
    ),
)
