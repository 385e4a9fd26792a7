"""First-in, first-out matching of fills into closed lots, for exports (tax, comparison with other tools).

The books themselves are kept at average cost (``account.Position``), as venues do; both totals are equal whenever the
position is flat (docs/accounting.md, "FIFO").
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from mmtui.model.events import Fill
from mmtui.model.units import ONE, ZERO, Side


class OpenLot(Struct, frozen=True):
    """What is left of one opening fill: ``side`` BUY is a long lot, ``quantity`` is unsigned."""

    side: Side
    open_time_ns: int
    open_trade_id: str
    quantity: Decimal
    open_price: Decimal


class ClosedLot(Struct, frozen=True):
    """A quantity opened by one fill and closed by a later one; ``pnl`` is its quote profit before fees."""

    side: Side
    open_time_ns: int
    close_time_ns: int
    open_trade_id: str
    close_trade_id: str
    quantity: Decimal
    open_price: Decimal
    close_price: Decimal
    pnl: Decimal


class FifoLots(Struct, frozen=True):
    """The outcome of matching: closed lots in order of closing, lots still open in order of opening, and the total."""

    closed: list[ClosedLot]
    open: list[OpenLot]
    realized: Decimal


def match_fifo(fills: Iterable[Fill], multiplier: Decimal = ONE) -> FifoLots:
    """Match the fills of one account and instrument, given in the order they were booked, oldest lot first.

    A fill larger than the position closes all of it and opens a lot of the rest.
    """
    lots: deque[OpenLot] = deque()
    closed: list[ClosedLot] = []
    realized = ZERO
    for fill in fills:
        rest = fill.quantity
        while rest and lots and lots[0].side is not fill.side:
            lot = lots.popleft()
            quantity = min(rest, lot.quantity)
            pnl = lot.side.sign * (fill.price - lot.open_price) * quantity * multiplier
            closed.append(
                ClosedLot(
                    lot.side,
                    lot.open_time_ns,
                    fill.time_ns,
                    lot.open_trade_id,
                    fill.trade_id,
                    quantity,
                    lot.open_price,
                    fill.price,
                    pnl,
                )
            )
            realized += pnl
            rest -= quantity
            if quantity < lot.quantity:
                lots.appendleft(
                    OpenLot(lot.side, lot.open_time_ns, lot.open_trade_id, lot.quantity - quantity, lot.open_price)
                )
        if rest:
            lots.append(OpenLot(fill.side, fill.time_ns, fill.trade_id, rest, fill.price))
    return FifoLots(closed, list(lots), realized)
