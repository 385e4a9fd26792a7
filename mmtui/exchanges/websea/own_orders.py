"""Our orders, since the venue keeps no ids of ours: what was sent, and which of its orders came of it.

An order stands here before its request goes out. One whose answer was lost is looked for among the venue's orders by
what was sent; it is never sent again.
"""

import enum
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side

_KEPT: Final = 5_000


class Stage(enum.Enum):
    """SENT: the answer is awaited. LOST: it will not come. LIVE: the venue named it. DONE: the venue said it ended."""

    SENT = "sent"
    LOST = "lost"
    LIVE = "live"
    DONE = "done"


class OwnOrder(Struct, kw_only=True, gc=False):
    """One order of ours; ``filled`` is what is known to be filled, in contracts, which may be less than what is.

    ``maker`` is what the private socket said of its trades; ``ending`` is True once its end was asked for,
    ``adopted`` for an order of an earlier run.
    """

    client_order_id: str
    instrument: str
    side: Side
    price: Decimal
    contracts: int
    opens: bool
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    asked_s: int = 0
    order_id: str | None = None
    stage: Stage = Stage.SENT
    filled: int = 0
    maker: bool | None = None
    ending: bool = False
    adopted: bool = False

    @property
    def rest(self) -> int:
        """Contracts that may still trade, at most."""
        return 0 if self.stage is Stage.DONE else max(0, self.contracts - self.filled)

    @property
    def kind(self) -> str:
        """The venue's word for it."""
        return f"{self.side.value}-limit"


class KeptNames(Struct, frozen=True):
    """Names that outlive the process.

    ``earlier`` has our id of each order by the venue's, as earlier runs kept them; ``keep`` is told of each new pair.
    """

    earlier: Mapping[str, str]
    keep: Callable[[str, str], None]


class OwnOrders:
    """The orders of one account in this process, and those of earlier ones as soon as the venue speaks of them."""

    def __init__(self, names: KeptNames | None = None) -> None:
        self._names = KeptNames({}, _nowhere) if names is None else names
        self._earlier_ids = {name: order_id for order_id, name in self._names.earlier.items()}
        self._by_name: dict[str, OwnOrder] = {}
        self._by_id: dict[str, OwnOrder] = {}

    def add(self, order: OwnOrder) -> None:
        """It is about to be sent."""
        self._by_name[order.client_order_id] = order
        while len(self._by_name) > _KEPT and (oldest := next(iter(self._by_name.values()))).stage is Stage.DONE:
            self._forget(oldest)

    def drop(self, order: OwnOrder) -> None:
        """It certainly does not exist."""
        order.stage = Stage.DONE
        self._forget(order)

    def name(self, order: OwnOrder, order_id: str) -> None:
        """The venue calls it so."""
        order.order_id = order_id
        if order.stage is not Stage.DONE:
            order.stage = Stage.LIVE
        self._by_id[order_id] = order
        if not order.adopted:
            self._names.keep(order_id, order.client_order_id)

    def earlier_name(self, order_id: str) -> str | None:
        """Our id of an order of an earlier run that has not been adopted yet."""
        name = self._names.earlier.get(order_id)
        return None if name in self._by_name else name

    def earlier_id(self, client_order_id: str) -> str | None:
        """The venue's id of an order of an earlier run."""
        return self._earlier_ids.get(client_order_id)

    def by_name(self, client_order_id: str) -> OwnOrder | None:
        """By our id."""
        return self._by_name.get(client_order_id)

    def by_id(self, order_id: str) -> OwnOrder | None:
        """By the venue's id."""
        return self._by_id.get(order_id)

    def of(self, instrument: str) -> list[OwnOrder]:
        """All that are kept of an instrument, oldest first."""
        return [order for order in self._by_name.values() if order.instrument == instrument]

    def live(self, instrument: str | None = None) -> list[OwnOrder]:
        """Those that may trade, unclear ones among them."""
        return [
            order
            for order in self._by_name.values()
            if order.stage is not Stage.DONE and instrument in (None, order.instrument)
        ]

    @property
    def awaiting(self) -> bool:
        """True while the answer to a request is owed: the venue may already speak of an order we cannot name."""
        return any(order.stage is Stage.SENT for order in self._by_name.values())

    def _forget(self, order: OwnOrder) -> None:
        self._by_name.pop(order.client_order_id, None)
        if order.order_id is not None:
            self._by_id.pop(order.order_id, None)


def _nowhere(_order_id: str, _client_order_id: str) -> None:
    """Names are not kept."""
