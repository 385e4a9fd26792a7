"""What a venue tells of orders and fills: its own list, filled from the simulation's reports."""

import enum
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct, field

from mmtui.model.instrument import Instrument
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import ZERO, Side

WIRE_ID: Final = "wire_id"
"""Where a venue notes among an order's details its own name of it, if that is not the bare number."""


class FillRecord(Struct, frozen=True):
    """One execution. ``fee_cash`` is signed cash in ``fee_asset``: paid negative, rebate positive."""

    trade_id: int
    order: "OrderRecord"
    price: Decimal
    quantity: Decimal
    fee_cash: Decimal
    fee_asset: str
    maker: bool
    time_ns: int


class OrderRecord(Struct, kw_only=True, eq=False):
    """One order from the wire: what was asked and what became of it.

    ``order_id`` is the venue's number, ``client_id`` the client's own id as text (None: none given), ``price`` None for
    a market order. ``details`` holds what else the request said, for the answers of the venue that put it there.
    """

    order_id: int
    account: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    client_id: str | None
    created_ns: int
    updated_ns: int
    details: dict[str, Any] = field(default_factory=dict)
    status: OrderStatus = OrderStatus.OPEN
    reason: str = ""
    accepted: bool = False
    filled: Decimal = ZERO
    filled_quote: Decimal = ZERO
    fills: list[FillRecord] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """The venue's name of what is traded."""
        return self.instrument.symbol

    @property
    def is_open(self) -> bool:
        """True while it rests."""
        return self.status is OrderStatus.OPEN

    @property
    def remaining(self) -> Decimal:
        """What may still trade."""
        return self.quantity - self.filled

    @property
    def average_price(self) -> Decimal:
        """Average price of what was filled; 0 while nothing was."""
        return self.filled_quote / self.filled if self.filled else ZERO


class OrderChange(enum.Enum):
    """What has just happened to an order."""

    ACCEPTED = "accepted"
    FILLED = "filled"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class FundingRecord(Struct, frozen=True):
    """One payment of funding: signed cash, received positive."""

    account: str
    symbol: str
    amount_cash: Decimal
    rate: Decimal
    time_ns: int


class Records:
    """Every order and fill of every account since the start, by id, by client id and in order of time."""

    def __init__(self) -> None:
        self.fills: dict[str, list[FillRecord]] = {}
        self.funding: dict[str, list[FundingRecord]] = {}
        self._orders: dict[int, OrderRecord] = {}
        self._by_client: dict[tuple[str, str], OrderRecord] = {}
        self._open: dict[str, dict[int, OrderRecord]] = {}

    def add(self, record: OrderRecord) -> None:
        """Take up an order that the venue has accepted."""
        self._orders[record.order_id] = record
        self._open.setdefault(record.account, {})[record.order_id] = record
        if record.client_id is not None:
            self._by_client[record.account, record.client_id] = record

    def close(self, record: OrderRecord) -> None:
        """The order rests no more."""
        self._open[record.account].pop(record.order_id, None)

    def by_id(self, account: str, order_id: int) -> OrderRecord | None:
        """The account's order with this number; None if there is none."""
        record = self._orders.get(order_id)
        return record if record is not None and record.account == account else None

    def by_number(self, order_id: int) -> OrderRecord:
        """Any account's order. Raises KeyError if there is none."""
        return self._orders[order_id]

    def by_client_id(self, account: str, client_id: str) -> OrderRecord | None:
        """The account's newest order with this client id; None if there is none."""
        return self._by_client.get((account, client_id))

    def open_orders(self, account: str, symbol: str | None = None) -> list[OrderRecord]:
        """Open orders, oldest first."""
        rows = self._open.get(account, {}).values()
        return [row for row in rows if symbol is None or row.symbol == symbol]

    def orders(self, account: str, symbol: str | None = None) -> Iterator[OrderRecord]:
        """All orders, newest first."""
        for record in reversed(self._orders.values()):
            if record.account == account and (symbol is None or record.symbol == symbol):
                yield record
