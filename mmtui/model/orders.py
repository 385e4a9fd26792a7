"""The life of an order: states, reasons, and the row that the one order table keeps."""

import enum
from decimal import Decimal

from msgspec import Struct

from mmtui.model.units import ZERO, Side


class TimeInForce(enum.Enum):
    """How long an order may rest."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class OrderState(enum.Enum):
    """Where an order is, as far as we can prove it. UNKNOWN counts as live for risk and as busy for diff."""

    __hash__ = object.__hash__  # an Enum hashes its name in Python code; members are singletons

    NEW = "new"
    SENT = "sent"
    OPEN = "open"
    AMEND_SENT = "amend_sent"
    CANCEL_SENT = "cancel_sent"
    UNKNOWN = "unknown"
    DONE = "done"


class DoneReason(enum.Enum):
    """Why an order is no longer live."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class OrderStatus(enum.Enum):
    """What a venue says of an order, in our words. NOT_FOUND is an answer too, but by itself no proof of anything."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NOT_FOUND = "not_found"


class Action(enum.Enum):
    """What was asked of the venue for one order."""

    PLACE = "place"
    AMEND = "amend"
    CANCEL = "cancel"


class RefusalCode(enum.Enum):
    """Why a venue definitely refused; every adapter maps its error table to these."""

    POST_ONLY_WOULD_CROSS = "post_only_would_cross"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    REDUCE_ONLY_VIOLATION = "reduce_only_violation"
    BELOW_MINIMUM = "below_minimum"
    BAD_PRICE = "bad_price"
    BAD_QUANTITY = "bad_quantity"
    ORDER_DONE = "order_done"
    ORDER_NOT_FOUND = "order_not_found"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    SELF_TRADE = "self_trade"
    RATE_LIMITED = "rate_limited"
    NOT_ALLOWED = "not_allowed"
    MAINTENANCE = "maintenance"
    OTHER = "other"


class Order(Struct, kw_only=True):
    """One row of the order table: our order, from intent to its proven end.

    ``filled`` is the sum of fills booked by trade id; ``reported_filled`` the largest cumulative size the venue has
    named, which may run ahead of the fill messages and never falls. ``pending_price`` and ``pending_quantity`` are set
    while an amend is under way.
    """

    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    created_ns: int
    post_only: bool = True
    reduce_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    level: int = 0
    state: OrderState = OrderState.NEW
    done_reason: DoneReason | None = None
    reason: str = ""
    order_id: str | None = None
    filled: Decimal = ZERO
    reported_filled: Decimal = ZERO
    pending_price: Decimal | None = None
    pending_quantity: Decimal | None = None
    sent_ns: int = 0
    opened_ns: int = 0
    done_ns: int = 0
    unknown_action: Action | None = None
    unknown_since_ns: int = 0
    probes: int = 0
    last_probe_ns: int = 0
    recovered: bool = False

    @property
    def is_done(self) -> bool:
        """True once the venue has proved that the order is no longer live."""
        return self.state is OrderState.DONE

    @property
    def is_busy(self) -> bool:
        """True while an answer is owed or unknown: nothing else may be asked of this order's place in the ladder."""
        return self.state not in (OrderState.OPEN, OrderState.DONE)

    @property
    def worst_remaining(self) -> Decimal:
        """Base quantity that may still trade, at its worst (an amend under way counts at the larger size)."""
        if self.state is OrderState.DONE:
            return ZERO
        quantity = self.quantity
        if self.pending_quantity is not None and self.pending_quantity > quantity:
            quantity = self.pending_quantity
        done = max(self.reported_filled, self.filled)
        return quantity - done if quantity > done else ZERO

    @property
    def missing_fill(self) -> Decimal:
        """What the venue says is filled and no fill message has yet explained; to be asked for, never assumed."""
        return self.reported_filled - self.filled if self.reported_filled > self.filled else ZERO
