"""The cut inside the simulated venue: accounts and order life on one side, the liquidity they meet on the other.

``Venue`` (simulation/venue.py) owns accounts, latency, rejects, fees and the life of our orders. A ``Market`` owns the
book those orders meet: either a price-time matching engine filled by a generator, or recorded data with a queue model.
Inside the simulation prices are whole ticks and quantities whole lots.
"""

from typing import Protocol

from msgspec import Struct

from mmtui.model.events import BookSnapshot, MarketEvent
from mmtui.model.instrument import Instrument
from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side


class SimOrder(Struct, kw_only=True):
    """An order as the simulated venue holds it (its own book, as a venue does; never shared with our order table)."""

    order_id: str
    account: str
    client_order_id: str
    side: Side
    price_ticks: int
    quantity_lots: int
    remaining_lots: int
    arrived_ns: int
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    queue_ahead_lots: float = 0.0


class Execution(Struct, frozen=True):
    """One trade of one of our orders: at ``price_ticks``, ``quantity_lots``, as maker or taker."""

    order: SimOrder
    price_ticks: int
    quantity_lots: int
    maker: bool


class Market(Protocol):
    """Liquidity for one instrument."""

    instrument: Instrument

    def best_ticks(self) -> tuple[int | None, int | None]:
        """Best bid and ask in ticks, our own resting orders included, None where a side is empty."""
        ...

    def place(self, order: SimOrder, now_ns: int) -> list[Execution]:
        """Match at once what crosses (``remaining_lots`` is reduced); a GTC rest joins the queue.

        The venue has already checked post-only, reduce-only and FOK, and expires the rest of an IOC.
        """
        ...

    def fillable_lots(self, order: SimOrder) -> int:
        """How much of the order would trade at once (for FOK and post-only checks)."""
        ...

    def remove(self, order: SimOrder) -> None:
        """Take a resting order out (cancel, expiry)."""
        ...

    def amend(self, order: SimOrder, price_ticks: int, remaining_lots: int, now_ns: int) -> list[Execution]:
        """Change a resting order: a smaller size at the same price keeps its queue place, anything else loses it."""
        ...

    def advance(self, now_ns: int) -> tuple[list[Execution], list[MarketEvent]]:
        """Let the market live until ``now_ns``: trades against our orders, and the market data to publish."""
        ...

    def next_time_ns(self) -> int | None:
        """When ``advance`` next has something to do; None if nothing is scheduled."""
        ...

    def snapshot(self, now_ns: int) -> BookSnapshot:
        """The visible book now, our own orders included."""
        ...
