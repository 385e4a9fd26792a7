"""Hedge mode: a long row and a short row for each symbol and margin mode, beside the net position of the floor.

The floor's account and these rows agree on what everything is worth together: the rows sum up to its net position, and
where both sides are held, profit that the floor has booked is still unrealised here.
"""

from collections import deque
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from msgspec import Struct, field

from mmtui.model.instrument import Instrument
from mmtui.model.units import ZERO
from mmtui.sandbox.records import FillRecord, OrderRecord

COST_QUANTUM: Final = Decimal("1e-12")


class Intent(Struct, frozen=True):
    """What an order is for: to open or close one side in one margin mode, at a leverage where it opens."""

    opens: bool
    long: bool
    margin_mode: int
    leverage: int


class RowKey(Struct, frozen=True):
    """Which row."""

    account: str
    symbol: str
    margin_mode: int
    long: bool


class Row(Struct, kw_only=True):
    """One side that is or was held; ``coins`` and ``cost`` are positive on both sides.

    ``realized`` is the profit of what was closed since the row was last empty; ``fresh`` holds coins that were filled
    too short ago to be closed, with the time from which they can be.
    """

    instrument: Instrument
    long: bool
    leverage: int
    coins: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO
    fresh: deque[tuple[int, Decimal]] = field(default_factory=deque)

    @property
    def sign(self) -> int:
        """1 long, -1 short."""
        return 1 if self.long else -1

    @property
    def average_price(self) -> Decimal:
        """Average price of what is held; 0 while nothing is."""
        return self.cost / self.coins if self.coins else ZERO

    @property
    def margin(self) -> Decimal:
        """What the row binds."""
        return self.cost / self.leverage

    def unrealized(self, mark: Decimal) -> Decimal:
        """Profit at ``mark``."""
        return self.sign * (mark * self.coins - self.cost)

    def not_yet_closable(self, now_ns: int) -> Decimal:
        """Coins that were filled too short ago."""
        while self.fresh and self.fresh[0][0] <= now_ns:
            self.fresh.popleft()
        return sum((coins for _, coins in self.fresh), ZERO)

    def open(self, price: Decimal, coins: Decimal, closable_ns: int, now_ns: int) -> None:
        """More is held."""
        if not self.coins:
            self.realized = ZERO
        self.coins += coins
        self.cost += price * coins
        if closable_ns > now_ns:
            self.fresh.append((closable_ns, coins))

    def close(self, price: Decimal, coins: Decimal) -> Decimal:
        """Less is held; returns the profit. Closing more than is held is a mistake of the sandbox itself."""
        assert coins <= self.coins, "an order has closed more than its row held"  # noqa: S101
        taken = self.cost
        if coins < self.coins:
            taken = (self.cost * coins / self.coins).quantize(COST_QUANTUM, ROUND_HALF_EVEN)
        self.coins -= coins
        self.cost -= taken
        profit = self.sign * (price * coins - taken)
        self.realized += profit
        return profit


class Rows:
    """Every row of every account, and what each fill of a closing order has earned."""

    def __init__(self) -> None:
        self._rows: dict[RowKey, Row] = {}
        self._profits: dict[int, Decimal] = {}

    def find(self, key: RowKey) -> Row | None:
        """The row; None if nothing was ever held there."""
        return self._rows.get(key)

    def held(
        self, account: str, symbol: str | None = None, margin_mode: int | None = None
    ) -> Iterator[tuple[RowKey, Row]]:
        """The rows that hold something."""
        for key, row in self._rows.items():
            fits = symbol in (None, key.symbol) and margin_mode in (None, key.margin_mode)
            if key.account == account and row.coins and fits:
                yield key, row

    def profit(self, fill: FillRecord) -> Decimal:
        """What a fill has realised; 0 where it opened."""
        return self._profits.get(fill.trade_id, ZERO)

    def book(self, fill: FillRecord, closable_after_ns: int) -> None:
        """Take up a fill of an order whose details hold its intent."""
        order = fill.order
        intent = intent_of(order)
        key = row_key(order, intent)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = Row(instrument=order.instrument, long=intent.long, leverage=intent.leverage)
        if not intent.opens:
            self._profits[fill.trade_id] = row.close(fill.price, fill.quantity)
            return
        if not row.coins:
            row.leverage = intent.leverage
        row.open(fill.price, fill.quantity, fill.time_ns + closable_after_ns, fill.time_ns)


def intent_of(order: OrderRecord) -> Intent:
    """What the order is for."""
    intent = order.details["intent"]
    assert isinstance(intent, Intent)  # noqa: S101 - every ticket of this venue has one
    return intent


def row_key(order: OrderRecord, intent: Intent) -> RowKey:
    """The row that the order opens or closes."""
    return RowKey(order.account, order.symbol, intent.margin_mode, intent.long)
