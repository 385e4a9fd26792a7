"""What the venue answers when it is asked: orders, positions, balances, fills, and its whole truth."""

from decimal import Decimal

from mmtui.model.commands import Query, QueryBalances, QueryFills, QueryOpenOrders, QueryOrder, QueryPosition
from mmtui.model.events import (
    Balance,
    Balances,
    Event,
    FillsListed,
    OpenOrders,
    OrderReport,
    PositionReport,
    ReadFailed,
)
from mmtui.model.instrument import MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import ZERO
from mmtui.simulation.account import AccountTruth, free_funds
from mmtui.simulation.books import Books


def answer(books: Books, query: Query, now_ns: int) -> list[Event]:
    """The answer as events stamped with venue time; a question about what is not here is a ReadFailed."""
    if query.account not in books.accounts:
        return [failed(query, f"no account {query.account} here", now_ns)]
    if isinstance(query, QueryBalances):
        rows = [Balance(asset, total, free) for asset, (total, free) in _balances(books, query.account).items()]
        return [Balances(query.account, now_ns, now_ns, rows)]
    if query.instrument not in books.markets:
        return [failed(query, f"no instrument {query.instrument} here", now_ns)]
    if isinstance(query, QueryOrder):
        return [_order(books, query, now_ns)]
    if isinstance(query, QueryOpenOrders):
        orders = [order.report(now_ns) for order in books.orders.open_orders(query.account, query.instrument)]
        return [OpenOrders(query.account, query.instrument, now_ns, now_ns, orders)]
    if isinstance(query, QueryPosition):
        account, instrument = books.accounts[query.account], books.markets[query.instrument].instrument
        quantity, entry = account.quantity(instrument), account.entry_price(instrument)
        leverage = account.leverage if instrument.market_type is MarketType.PERP else None
        return [PositionReport(query.account, query.instrument, now_ns, now_ns, quantity, entry, None, leverage)]
    fills: list[Event] = [
        fill
        for fill in books.fills[query.account]
        if fill.instrument == query.instrument and fill.time_ns >= query.since_ns
    ]
    return [*fills, FillsListed(query.account, query.instrument, now_ns, query.since_ns)]


def failed(query: Query, reason: str, now_ns: int) -> ReadFailed:
    """The query could not be answered."""
    what = {
        QueryBalances: "balances",
        QueryFills: "fills",
        QueryOpenOrders: "open_orders",
        QueryOrder: "order",
        QueryPosition: "position",
    }[type(query)]
    instrument = None if isinstance(query, QueryBalances) else query.instrument
    return ReadFailed(query.account, now_ns, what, reason, instrument)


def truth(books: Books, account: str, now_ns: int) -> AccountTruth:
    """The venue's books of one account. Raises KeyError for an account that is not here."""
    held = books.accounts[account]
    positions = {}
    open_orders: list[OrderReport] = []
    for key, market in books.markets.items():
        position = held.positions.get(key)
        if position is not None and position.quantity:
            positions[key] = (position.quantity, position.entry_price(market.instrument.multiplier))
        open_orders.extend(order.report(now_ns) for order in books.orders.open_orders(account, key))
    return AccountTruth(
        account=account,
        balances=_balances(books, account),
        positions=positions,
        open_orders=open_orders,
        fills=list(books.fills[account]),
        cash_start=dict(held.cash_start),
        realized_pnl=dict(held.realized_pnl),
        fees=dict(held.fees),
        funding=dict(held.funding),
    )


def _order(books: Books, query: QueryOrder, now_ns: int) -> OrderReport:
    order = books.orders.find(query.account, query.instrument, query.client_order_id, query.order_id)
    if order is not None:
        return order.report(now_ns)
    return OrderReport(
        account=query.account,
        instrument=query.instrument,
        time_ns=now_ns,
        status=OrderStatus.NOT_FOUND,
        client_order_id=query.client_order_id,
        order_id=query.order_id,
        venue_time_ns=now_ns,
    )


def _balances(books: Books, account: str) -> dict[str, tuple[Decimal, Decimal]]:
    held = books.accounts[account]
    exposures = books.exposures(account)
    return {
        asset: (total, min(total, max(ZERO, free_funds(held, asset, exposures))))
        for asset, total in held.balances.items()
    }
