"""The venue's books: accounts, orders, fills and marks, and what an execution does to them. Knows nothing of latency.

Everything the venue has to say is appended to ``out`` as events stamped with venue time; ``Venue`` delivers them later.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from mmtui.model.events import Event, Fill, FundingPayment
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import Side
from mmtui.ports.errors import BugError
from mmtui.simulation.account import Exposure, VenueAccount, free_funds, initial_margin
from mmtui.simulation.market import Execution, Market, SimOrder
from mmtui.simulation.orders import OrderList, VenueOrder
from mmtui.simulation.rules import NOTHING_TO_REDUCE, OwnerRules, RuledMarket
from mmtui.simulation.settings import VenueSettings

TWO: Final = Decimal(2)


class Books:
    """Accounts, orders, fills and marks of one venue, and the markets they meet."""

    def __init__(
        self, markets: Mapping[str, Market], accounts: Iterable[VenueAccount], settings: VenueSettings
    ) -> None:
        self.markets = dict(markets)
        self.accounts = {account.name: account for account in accounts}
        self.settings = settings
        self.orders = OrderList()
        self.fills: dict[str, list[Fill]] = {name: [] for name in self.accounts}
        self.marks: dict[str, Decimal] = {}
        self.funding_rates: dict[str, Decimal] = {}
        self.out: list[Event] = []
        self.rules: dict[str, OwnerRules] = {}
        self._ruled: dict[str, RuledMarket] = {}
        self._trade_count = 0
        for key, market in self.markets.items():
            self.rules[key] = rules = OwnerRules(market.instrument, self.accounts, settings.self_trade)
            if isinstance(market, RuledMarket):
                market.rules = rules
                self._ruled[key] = market

    def is_ruled(self, instrument: str) -> bool:
        """True if the market asks the rules at match time; else the books correct what it reports."""
        return instrument in self._ruled

    # -------------------------------------------------------------------------------------------- marks and funds

    def shortfall(self, order: VenueOrder, without: VenueOrder | None = None) -> tuple[str, Decimal] | None:
        """Asset and amount that are missing to carry ``order`` (instead of ``without``); None if the funds suffice."""
        instrument, sim = order.instrument, order.sim
        account = self.accounts[sim.account]
        perp = instrument.market_type is MarketType.PERP
        asset = instrument.base_asset if not perp and sim.side is Side.SELL else instrument.quote_asset
        price = sim.price_ticks * instrument.tick_size
        mark = self.mark(instrument.id) or price
        now = self.orders.exposure(account.name, instrument, mark)
        then = self.orders.exposure(account.name, instrument, mark, without=without, extra=sim)
        if perp and initial_margin(account, then) <= initial_margin(account, now):
            return None  # what reduces risk is never refused for want of margin
        free = free_funds(account, asset, [*self.exposures(account.name, leave_out=instrument.id), then])
        if perp and not sim.post_only:
            free += instrument.fee_cash(price, sim.remaining_lots * instrument.lot_size, maker=False)
        return (asset, -free) if free < 0 else None

    def exposures(self, account: str, leave_out: str | None = None) -> list[Exposure]:
        """What each instrument binds of the account now."""
        rows = []
        for key, market in self.markets.items():
            if key == leave_out:
                continue
            mark = self.mark(key) or self.accounts[account].entry_price(market.instrument)
            if mark is not None:  # without any price there is neither an order nor a position
                rows.append(self.orders.exposure(account, market.instrument, mark))
        return rows

    def mark(self, instrument: str) -> Decimal | None:
        """The last mark price, else the mid of the book, else one side of it; None without any price."""
        mark = self.marks.get(instrument)
        if mark is not None:
            return mark
        market = self.markets[instrument]
        bid, ask = market.best_ticks()
        if bid is None or ask is None:
            ticks = bid if bid is not None else ask
            return None if ticks is None else ticks * market.instrument.tick_size
        return (bid + ask) * market.instrument.tick_size / TWO

    # --------------------------------------------------------------------------------------------------- booking

    def book(self, market: Market, executions: Iterable[Execution], now_ns: int) -> None:
        """Book executions in the order given and end what they leave without purpose."""
        touched: dict[str, None] = {}
        for execution in executions:
            order = self.orders.by_order_id(execution.order.order_id)
            if order.status is OrderStatus.OPEN:
                self._book_one(order, market, execution, now_ns)
                touched[order.sim.account] = None
        for sim, reason in self._take_dropped(market):
            order = self.orders.by_order_id(sim.order_id)
            if order.status is OrderStatus.OPEN:
                self.end(order, OrderStatus.EXPIRED, reason, now_ns)
        for account in touched:
            self._expire_spent(account, market, now_ns)

    def _take_dropped(self, market: Market) -> list[tuple[SimOrder, str]]:
        ruled = self._ruled.get(market.instrument.id)
        return ruled.take_dropped() if ruled is not None else []

    def _book_one(self, order: VenueOrder, market: Market, execution: Execution, now_ns: int) -> None:
        instrument, sim = market.instrument, order.sim
        lots = execution.quantity_lots
        if not 0 < lots <= order.open_lots:
            raise BugError(f"order {sim.order_id}: {lots} lots traded with {order.open_lots} open")
        curtail = sim.reduce_only and instrument.id not in self._ruled and instrument.market_type is MarketType.PERP
        if curtail:
            lots = min(lots, self.rules[instrument.id].reducible_lots(sim.account, sim.side))
        if lots:
            self._book_fill(order, execution, lots, now_ns)
        if not order.open_lots:
            self.end(order, OrderStatus.FILLED, "", now_ns)
        elif lots < execution.quantity_lots:
            if sim.remaining_lots:
                market.remove(sim)
            self.end(order, OrderStatus.EXPIRED, NOTHING_TO_REDUCE, now_ns)

    def _book_fill(self, order: VenueOrder, execution: Execution, lots: int, now_ns: int) -> None:
        instrument, sim = order.instrument, order.sim
        price, quantity = execution.price_ticks * instrument.tick_size, lots * instrument.lot_size
        fee, fee_asset = self.accounts[sim.account].book_fill(
            instrument,
            sim.side,
            price,
            quantity,
            maker=execution.maker,
            fee_in_base_on_buy=self.settings.fee_in_base_on_buy,
        )
        order.filled_lots += lots
        self._trade_count += 1
        fill = Fill(
            account=sim.account,
            instrument=instrument.id,
            time_ns=now_ns,
            trade_id=f"t{self._trade_count}",
            side=sim.side,
            price=price,
            quantity=quantity,
            fee_cash=fee,
            fee_asset=fee_asset,
            maker=execution.maker,
            client_order_id=sim.client_order_id,
            order_id=sim.order_id,
            venue_time_ns=now_ns,
        )
        self.fills[sim.account].append(fill)
        self.out.append(fill)

    def _expire_spent(self, account: str, market: Market, now_ns: int) -> None:
        instrument = market.instrument
        if instrument.market_type is MarketType.SPOT:
            return
        rules = self.rules[instrument.id]
        for order in self.orders.open_orders(account, instrument.id):
            sim = order.sim
            rests = sim.remaining_lots and sim.time_in_force is TimeInForce.GTC
            if sim.reduce_only and rests and not rules.reducible_lots(account, sim.side):
                self.remove(order, OrderStatus.EXPIRED, NOTHING_TO_REDUCE, now_ns)

    def end(self, order: VenueOrder, status: OrderStatus, reason: str, now_ns: int) -> None:
        """Close an order that rests in no market any more, and report it."""
        self.orders.close(order, status, reason)
        self.out.append(order.report(now_ns))

    def remove(self, order: VenueOrder, status: OrderStatus, reason: str, now_ns: int) -> None:
        """Take a resting order out of its market, close and report it."""
        self.markets[order.instrument.id].remove(order.sim)
        self.end(order, status, reason, now_ns)

    def settle_funding(self, instrument: Instrument, now_ns: int) -> None:
        """Every account pays or receives funding on its position, at the last known mark and rate."""
        mark, rate = self.mark(instrument.id), self.funding_rates.get(instrument.id)
        if mark is None or not rate:
            return
        for account in self.accounts.values():
            if account.quantity(instrument):
                amount = account.book_funding(instrument, mark, rate)
                payment_id = f"{instrument.id}@{now_ns}"
                self.out.append(
                    FundingPayment(account.name, instrument.id, now_ns, payment_id, amount, rate, venue_time_ns=now_ns)
                )
