"""The venue's order desk: accepts, refuses, changes and ends orders. Knows nothing of latency."""

from typing import Final

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, OrderCommand, PlaceOrder
from mmtui.model.events import CommandRefused
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import Side, decimal_text
from mmtui.simulation.books import Books
from mmtui.simulation.checks import Refusal, check_shape
from mmtui.simulation.market import Execution, Market, SimOrder
from mmtui.simulation.orders import VenueOrder
from mmtui.simulation.rules import SELF_TRADE
from mmtui.simulation.settings import SelfTrade

NOT_FILLED: Final = "not filled at once"


def action_of(command: OrderCommand) -> Action:
    """What the command asks for; CancelAll counts as a cancel."""
    if isinstance(command, PlaceOrder):
        return Action.PLACE
    return Action.AMEND if isinstance(command, AmendOrder) else Action.CANCEL


class Desk:
    """Takes order commands for one venue's books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._orders = books.orders
        self._order_count = 0

    # ------------------------------------------------------------------------------------------------ commands

    def carry_out(self, command: OrderCommand, now_ns: int) -> None:
        """Do what the command asks, or refuse it."""
        if command.account not in self._books.accounts or command.instrument not in self._books.markets:
            what = f"no account {command.account} or instrument {command.instrument} here"
            self.refuse(command, Refusal(RefusalCode.NOT_ALLOWED, what), now_ns)
        elif isinstance(command, PlaceOrder):
            self._place(command, now_ns)
        elif isinstance(command, AmendOrder):
            self._amend(command, now_ns)
        elif isinstance(command, CancelOrder):
            self._cancel(command, now_ns)
        else:
            self._cancel_all(command, now_ns)

    def refuse(self, command: OrderCommand, refusal: Refusal, now_ns: int) -> None:
        """Say no."""
        client_order_id = "" if isinstance(command, CancelAll) else command.client_order_id
        self._books.out.append(
            CommandRefused(
                command.account,
                command.instrument,
                now_ns,
                action_of(command),
                client_order_id,
                refusal.code,
                refusal.reason,
            )
        )

    def _place(self, command: PlaceOrder, now_ns: int) -> None:
        market = self._books.markets[command.instrument]
        refusal = self._check_place(command, market.instrument)
        if refusal is None:
            order = self._new_order(command, market.instrument, now_ns)
            refusal = self._check_against_market(order, market, post_only=command.post_only)
            if refusal is None:
                self._enter(order, market, now_ns)
                return
        self.refuse(command, refusal, now_ns)

    def _check_place(self, command: PlaceOrder, instrument: Instrument) -> Refusal | None:
        if self._orders.knows_client_id(command.account, command.client_order_id):
            return Refusal(
                RefusalCode.DUPLICATE_CLIENT_ID, f"client order id {command.client_order_id} was used before"
            )
        refusal = check_shape(instrument, command.price, command.quantity, reduce_only=command.reduce_only)
        if refusal is None and command.reduce_only and not self._may_reduce(command, instrument):
            refusal = Refusal(RefusalCode.REDUCE_ONLY_VIOLATION, "there is no position that this order would reduce")
        return refusal

    def _may_reduce(self, command: PlaceOrder, instrument: Instrument) -> bool:
        if instrument.market_type is MarketType.SPOT:
            return command.side is Side.SELL  # a spot sale can only reduce: the holding is its bound
        return self._books.rules[instrument.id].reducible_lots(command.account, command.side) > 0

    def _new_order(self, command: PlaceOrder, instrument: Instrument, now_ns: int) -> VenueOrder:
        self._order_count += 1
        lots = int(command.quantity / instrument.lot_size)
        sim = SimOrder(
            order_id=f"o{self._order_count}",
            account=command.account,
            client_order_id=command.client_order_id,
            side=command.side,
            price_ticks=int(command.price / instrument.tick_size),
            quantity_lots=lots,
            remaining_lots=lots,
            arrived_ns=now_ns,
            time_in_force=command.time_in_force,
            post_only=command.post_only,
            reduce_only=command.reduce_only,
        )
        return VenueOrder(sim, instrument)

    def _enter(self, order: VenueOrder, market: Market, now_ns: int) -> None:
        sim = order.sim
        self._orders.add(order)
        lots = sim.remaining_lots
        if sim.reduce_only and order.instrument.market_type is MarketType.PERP:
            lots = min(lots, self._books.rules[order.instrument.id].reducible_lots(sim.account, sim.side))
        fills_whole = lots == sim.remaining_lots and market.fillable_lots(sim) >= lots
        if sim.time_in_force is TimeInForce.FOK and not fills_whole:
            self._books.end(order, OrderStatus.EXPIRED, NOT_FILLED, now_ns)
        elif self._prevent_self_trade(order, now_ns):
            self._settle(order, market, market.place(sim, now_ns), now_ns)

    def _amend(self, command: AmendOrder, now_ns: int) -> None:
        market = self._books.markets[command.instrument]
        order = self._find_open(command, now_ns)
        if order is None:
            return
        refusal = self._check_amend(command, order, market)
        if refusal is not None:
            self.refuse(command, refusal, now_ns)
            return
        instrument, sim = market.instrument, order.sim
        sim.quantity_lots = int(command.quantity / instrument.lot_size)
        ticks = int(command.price / instrument.tick_size)
        executions = market.amend(sim, ticks, order.open_lots, now_ns)
        self._settle(order, market, executions, now_ns)

    def _check_amend(self, command: AmendOrder, order: VenueOrder, market: Market) -> Refusal | None:
        instrument, sim = market.instrument, order.sim
        if not self._books.settings.can_amend:
            return Refusal(RefusalCode.NOT_ALLOWED, "orders cannot be amended here")
        if command.side is not sim.side:
            return Refusal(RefusalCode.NOT_ALLOWED, "an amend cannot change the side")
        refusal = check_shape(instrument, command.price, command.quantity, reduce_only=sim.reduce_only)
        if refusal is not None:
            return refusal
        lots = int(command.quantity / instrument.lot_size)
        if lots <= order.filled_lots:
            filled = order.filled_lots * instrument.lot_size
            return Refusal(
                RefusalCode.BAD_QUANTITY, f"quantity {command.quantity} is not above what is filled ({filled})"
            )
        ticks = int(command.price / instrument.tick_size)
        probe = VenueOrder(_probe(sim, ticks, lots - order.filled_lots), instrument)
        moved = ticks != sim.price_ticks
        if moved and not self._books.is_ruled(instrument.id) and self._own_crossing(probe):
            return Refusal(RefusalCode.SELF_TRADE, "the new price would meet an order of the same owner")
        return self._check_against_market(probe, market, post_only=sim.post_only and moved, without=order)

    def _cancel(self, command: CancelOrder, now_ns: int) -> None:
        order = self._find_open(command, now_ns)
        if order is not None:
            self._books.remove(order, OrderStatus.CANCELLED, "", now_ns)

    def _cancel_all(self, command: CancelAll, now_ns: int) -> None:
        for order in self._orders.open_orders(command.account, command.instrument):
            self._books.remove(order, OrderStatus.CANCELLED, "", now_ns)

    def _find_open(self, command: AmendOrder | CancelOrder, now_ns: int) -> VenueOrder | None:
        order = self._orders.find(command.account, command.instrument, command.client_order_id, command.order_id)
        if order is None:
            name = command.order_id or command.client_order_id
            self.refuse(command, Refusal(RefusalCode.ORDER_NOT_FOUND, f"no order {name}"), now_ns)
        elif order.status is not OrderStatus.OPEN:
            reason = f"order {order.sim.order_id} is {order.status.value}"
            self.refuse(command, Refusal(RefusalCode.ORDER_DONE, reason), now_ns)
            return None
        return order

    # ------------------------------------------------------------------------------------------- checks on the book

    def _check_against_market(
        self, order: VenueOrder, market: Market, *, post_only: bool, without: VenueOrder | None = None
    ) -> Refusal | None:
        if post_only and self._would_cross(order, market):
            return Refusal(RefusalCode.POST_ONLY_WOULD_CROSS, "a post-only order would trade at once")
        missing = self._books.shortfall(order, without)
        if missing is None:
            return None
        asset, amount = missing
        return Refusal(RefusalCode.INSUFFICIENT_FUNDS, f"{asset}: {decimal_text(amount)} short")

    def _would_cross(self, order: VenueOrder, market: Market) -> bool:
        bid, ask = market.best_ticks()
        ticks = order.sim.price_ticks
        if order.sim.side is Side.BUY and ask is not None and ticks >= ask:
            return True
        if order.sim.side is Side.SELL and bid is not None and ticks <= bid:
            return True
        return market.fillable_lots(order.sim) > 0

    def _settle(self, order: VenueOrder, market: Market, executions: list[Execution], now_ns: int) -> None:
        """After a place or an amend: say that it rests, book what it traded, end what may not rest."""
        sim = order.sim
        if sim.remaining_lots and sim.time_in_force is TimeInForce.GTC:
            self._books.out.append(order.report(now_ns))
        self._books.book(market, executions, now_ns)
        if order.status is OrderStatus.OPEN and sim.time_in_force is not TimeInForce.GTC:
            self._books.end(order, OrderStatus.EXPIRED, NOT_FILLED, now_ns)

    # ------------------------------------------------------------- self trades where the market has no rules of its own

    def _own_crossing(self, order: VenueOrder) -> list[VenueOrder]:
        sim, rules = order.sim, self._books.rules[order.instrument.id]
        rows = []
        for account in self._books.accounts:
            if not rules.same_owner(sim.account, account):
                continue
            for other in self._orders.open_orders(account, order.instrument.id):
                ahead = (other.sim.price_ticks - sim.price_ticks) * sim.side.sign <= 0
                if other.sim.side is not sim.side and ahead:
                    rows.append(other)
        return rows

    def _prevent_self_trade(self, order: VenueOrder, now_ns: int) -> bool:
        """End the orders that a market without rules would let meet; False if the new order itself ended."""
        if self._books.is_ruled(order.instrument.id):
            return True
        crossing = self._own_crossing(order)
        if not crossing:
            return True
        mode = self._books.settings.self_trade
        if mode is not SelfTrade.EXPIRE_TAKER:
            for other in crossing:
                self._books.remove(other, OrderStatus.EXPIRED, SELF_TRADE, now_ns)
        if mode is SelfTrade.EXPIRE_MAKER:
            return True
        self._books.end(order, OrderStatus.EXPIRED, SELF_TRADE, now_ns)
        return False


def _probe(sim: SimOrder, price_ticks: int, lots: int) -> SimOrder:
    """The order as an amend would make it."""
    return SimOrder(
        order_id=sim.order_id,
        account=sim.account,
        client_order_id=sim.client_order_id,
        side=sim.side,
        price_ticks=price_ticks,
        quantity_lots=lots,
        remaining_lots=lots,
        arrived_ns=sim.arrived_ns,
        reduce_only=sim.reduce_only,
    )
