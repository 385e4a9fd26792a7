"""The account's own rows into events, whichever way they came.

A fill names neither our id of its order nor who was the maker: both are known from the order. A fill whose order is
not yet known waits for it.
"""

from collections.abc import Mapping
from typing import Final

from mmtui.exchanges.standx.facts import QUOTE, instrument_id
from mmtui.exchanges.standx.figures import exact, from_iso, positive
from mmtui.exchanges.standx.order_words import POST_ONLY, side_of, status_of, time_in_force_of
from mmtui.exchanges.standx.wire import OrderRow, OwnTradeRow, PositionRow
from mmtui.model.events import Fill, OrderReport, PositionReport
from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus
from mmtui.model.units import BPS, ZERO
from mmtui.ports.errors import BadMessage

_KEPT: Final = 20_000
_WAITING: Final = 1_000
_CLOSED: Final = "closed"


class AccountRows:
    """Turns rows about one account into events and remembers whose order is which.

    Args:
        account: its name in events.
        known: the venue's instruments by id.
    """

    def __init__(self, account: str, known: Mapping[str, Instrument]) -> None:
        self.account = account
        self._known = known
        self._orders: dict[int, tuple[str | None, str]] = {}
        self._waiting: dict[int, list[OwnTradeRow]] = {}

    def order(self, row: OrderRow, now_ns: int) -> OrderReport:
        """What an order's row says. Raises BadMessage."""
        status = status_of(row.status)
        name = row.cl_ord_id or None
        report = OrderReport(
            account=self.account,
            instrument=instrument_id(row.symbol),
            time_ns=now_ns,
            status=status,
            client_order_id=name,
            order_id=str(row.id),
            side=side_of(row.side),
            price=positive(row.price),
            quantity=positive(exact(row.qty)),
            filled=exact(row.fill_qty),
            reduce_only=row.reduce_only,
            time_in_force=time_in_force_of(row.time_in_force),
            post_only=row.time_in_force.lower() == POST_ONLY,
            reason=_reason(row, status),
            venue_time_ns=from_iso(row.updated_at) or from_iso(row.created_at),
        )
        self._orders.pop(row.id, None)
        self._orders[row.id] = (name, row.time_in_force.lower())
        if len(self._orders) > _KEPT:
            del self._orders[next(iter(self._orders))]
        return report

    def knows(self, order_number: int) -> bool:
        """True if the order of a fill is known."""
        return order_number in self._orders

    def forgotten(self, order_number: int) -> None:
        """The venue itself does not know this order: its fills are told without our id."""
        self._orders[order_number] = (None, "")

    def fill(self, row: OwnTradeRow, now_ns: int) -> Fill | None:
        """A fill; None where it must wait for its order. Raises BadMessage."""
        if not self.knows(row.order_id):
            if sum(len(rows) for rows in self._waiting.values()) < _WAITING:  # what is dropped, the engine asks for
                self._waiting.setdefault(row.order_id, []).append(row)
            return None
        name, word = self._orders[row.order_id]
        price, quantity = positive(row.price), positive(exact(row.qty))
        if price is None or quantity is None:
            raise BadMessage("a fill of nothing")
        instrument = instrument_id(row.symbol)
        return Fill(
            account=self.account,
            instrument=instrument,
            time_ns=now_ns,
            trade_id=str(row.id),
            side=side_of(row.side),
            price=price,
            quantity=quantity,
            fee_cash=-exact(row.fee_qty) or ZERO,
            fee_asset=row.fee_asset or QUOTE,
            maker=self._is_maker(row, word),
            client_order_id=name,
            order_id=str(row.order_id),
            venue_time_ns=from_iso(row.time) or from_iso(row.created_at),
        )

    def released(self, order_id: str | None, now_ns: int) -> list[Fill]:
        """Fills that have waited for this order. Raises BadMessage."""
        rows = self._waiting.pop(int(order_id), []) if order_id is not None else []
        return [fill for row in rows if (fill := self.fill(row, now_ns)) is not None]

    def position(self, row: PositionRow, now_ns: int, asked_ns: int) -> PositionReport:
        """A position; a closed one is none, whatever size it shows. Raises BadMessage."""
        quantity = ZERO if row.status.lower() == _CLOSED else exact(row.qty)
        return PositionReport(
            self.account, instrument_id(row.symbol), now_ns, asked_ns, quantity,
            positive(row.entry_price) if quantity else None, positive(row.liq_price) if quantity else None,
            positive(row.leverage),
        )  # fmt: skip

    def _is_maker(self, row: OwnTradeRow, word: str) -> bool:
        """A post-only order can only make and an immediate one only take; of others the fee tells."""
        if word != "gtc":
            return word == POST_ONLY
        rules = self._known.get(instrument_id(row.symbol))
        if rules is None:
            return False
        paid_bps = row.fee_qty * BPS / (row.price * row.qty)
        return abs(paid_bps - rules.maker_fee_bps) < abs(paid_bps - rules.taker_fee_bps)


def _reason(row: OrderRow, status: OrderStatus) -> str:
    """Why it was refused, as far as the row says."""
    if status is not OrderStatus.REJECTED:
        return ""
    return row.remark or "rejected by the venue"
