"""The venue's own list of orders: open and done, by its ids and by the clients'."""

from collections import deque
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.model.events import OrderReport
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import Side
from mmtui.simulation.account import Exposure
from mmtui.simulation.market import SimOrder


class VenueOrder(Struct):
    """One order from arrival to its end: what the market holds of it, and what the venue has booked on it."""

    sim: SimOrder
    instrument: Instrument
    filled_lots: int = 0
    status: OrderStatus = OrderStatus.OPEN
    reason: str = ""

    def report(self, time_ns: int) -> OrderReport:
        """What the venue says of it now; stamped ``time_ns`` as venue time."""
        sim, instrument = self.sim, self.instrument
        return OrderReport(
            account=sim.account,
            instrument=instrument.id,
            time_ns=time_ns,
            status=self.status,
            client_order_id=sim.client_order_id,
            order_id=sim.order_id,
            side=sim.side,
            price=sim.price_ticks * instrument.tick_size,
            quantity=sim.quantity_lots * instrument.lot_size,
            filled=self.filled_lots * instrument.lot_size,
            reduce_only=sim.reduce_only,
            time_in_force=sim.time_in_force,
            post_only=sim.post_only,
            reason=self.reason,
            venue_time_ns=time_ns,
        )

    @property
    def open_lots(self) -> int:
        """What may still trade."""
        return self.sim.quantity_lots - self.filled_lots


DONE_KEPT: Final = 1_000
"""So many ended orders are remembered; older ones are not found any more and their client ids may be used again."""


class OrderList:
    """The venue's orders: all that are open, and the last ``done_kept`` that ended."""

    def __init__(self, done_kept: int = DONE_KEPT) -> None:
        self._done_kept = done_kept
        self._done: deque[VenueOrder] = deque()
        self._by_order_id: dict[str, VenueOrder] = {}
        self._by_client_id: dict[tuple[str, str], VenueOrder] = {}
        self._open: dict[tuple[str, str], dict[str, VenueOrder]] = {}

    def add(self, order: VenueOrder) -> None:
        """Take up an accepted order, open until ``close``."""
        sim = order.sim
        self._by_order_id[sim.order_id] = order
        self._by_client_id[sim.account, sim.client_order_id] = order
        self._open.setdefault((sim.account, order.instrument.id), {})[sim.order_id] = order

    def close(self, order: VenueOrder, status: OrderStatus, reason: str) -> None:
        """End an open order."""
        order.status = status
        order.reason = reason
        sim = order.sim
        del self._open[sim.account, order.instrument.id][sim.order_id]
        self._done.append(order)
        if len(self._done) > self._done_kept:
            forgotten = self._done.popleft().sim
            del self._by_order_id[forgotten.order_id]
            del self._by_client_id[forgotten.account, forgotten.client_order_id]

    def by_order_id(self, order_id: str) -> VenueOrder:
        """The order that the venue itself gave this id."""
        return self._by_order_id[order_id]

    def knows_client_id(self, account: str, client_order_id: str) -> bool:
        """True if this account has used the client id before."""
        return (account, client_order_id) in self._by_client_id

    def find(self, account: str, instrument: str, client_order_id: str, order_id: str | None) -> VenueOrder | None:
        """The account's order by venue id if given, else by client id; None if there is no such order there."""
        if order_id is not None:
            order = self._by_order_id.get(order_id)
        else:
            order = self._by_client_id.get((account, client_order_id))
        if order is None or order.sim.account != account or order.instrument.id != instrument:
            return None
        return order

    def open_orders(self, account: str, instrument: str) -> list[VenueOrder]:
        """Open orders of an account on one instrument, oldest first."""
        return list(self._open.get((account, instrument), {}).values())

    def open_count(self, account: str, instrument: str) -> int:
        """How many orders of the account are open on the instrument."""
        return len(self._open.get((account, instrument), ()))

    def exposure(
        self,
        account: str,
        instrument: Instrument,
        mark: Decimal,
        *,
        without: VenueOrder | None = None,
        extra: SimOrder | None = None,
    ) -> Exposure:
        """What the account's open orders bind on one instrument, one order left out, one imagined added.

        Reduce-only orders of perps bind nothing: they cannot make the position larger.
        """
        rows = [
            (order.sim, order.open_lots)
            for order in self._open.get((account, instrument.id), {}).values()
            if order is not without
        ]
        if extra is not None:
            rows.append((extra, extra.remaining_lots))
        buys = sells = buy_tick_lots = 0
        for sim, lots in rows:
            if sim.reduce_only and instrument.market_type is MarketType.PERP:
                continue
            if sim.side is Side.BUY:
                buys += lots
                buy_tick_lots += sim.price_ticks * lots
            else:
                sells += lots
        lot_size = instrument.lot_size
        buy_notional = instrument.notional(buy_tick_lots * instrument.tick_size, lot_size)
        return Exposure(instrument, mark, buys * lot_size, sells * lot_size, buy_notional)
