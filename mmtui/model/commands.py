"""What the core asks of the outside. Orders go to a venue only inside ``core.risk.Approved``."""

from decimal import Decimal

from msgspec import Struct

from mmtui.model.orders import TimeInForce
from mmtui.model.units import Side


class PlaceOrder(Struct, frozen=True, gc=False, tag="place", array_like=True):
    """Ask for a new order. ``price`` is the limit; a market-like order is an IOC with a price cap, never unbounded."""

    account: str
    instrument: str
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = True
    reduce_only: bool = False


class AmendOrder(Struct, frozen=True, gc=False, tag="amend", array_like=True):
    """Change price and/or total quantity of a live order (only where the venue's facts say it can)."""

    account: str
    instrument: str
    client_order_id: str
    order_id: str | None
    side: Side
    price: Decimal
    quantity: Decimal


class CancelOrder(Struct, frozen=True, gc=False, tag="cancel", array_like=True):
    """Ask for the end of one order."""

    account: str
    instrument: str
    client_order_id: str
    order_id: str | None


class CancelAll(Struct, frozen=True, gc=False, tag="cancel_all", array_like=True):
    """Ask for the end of every order of this account and symbol, also those that are not ours."""

    account: str
    instrument: str


class QueryOrder(Struct, frozen=True, gc=False, tag="query_order", array_like=True):
    """Ask what became of one order: the probe behind UNKNOWN."""

    account: str
    instrument: str
    client_order_id: str
    order_id: str | None


class QueryOpenOrders(Struct, frozen=True, gc=False, tag="query_open_orders", array_like=True):
    """Ask which orders are open on this account and symbol."""

    account: str
    instrument: str


class QueryPosition(Struct, frozen=True, gc=False, tag="query_position", array_like=True):
    """Ask for the position (perp) or the base holding (spot)."""

    account: str
    instrument: str


class QueryBalances(Struct, frozen=True, gc=False, tag="query_balances", array_like=True):
    """Ask for all balances of the account."""

    account: str


class QueryFills(Struct, frozen=True, gc=False, tag="query_fills", array_like=True):
    """Ask for our fills since a time, to explain a cumulative size that ran ahead of the fill messages."""

    account: str
    instrument: str
    since_ns: int


OrderCommand = PlaceOrder | AmendOrder | CancelOrder | CancelAll
Query = QueryOrder | QueryOpenOrders | QueryPosition | QueryBalances | QueryFills
Command = (
    PlaceOrder
    | AmendOrder
    | CancelOrder
    | CancelAll
    | QueryOrder
    | QueryOpenOrders
    | QueryPosition
    | QueryBalances
    | QueryFills
)
