"""A price-time-priority matching engine for one instrument, with a crowd in it.

Our orders and the crowd's are the same kind of order in the same queues. Prices are whole ticks, quantities whole lots,
so matching is exact. A match is planned first and carried out then, so that a fill-or-kill can be judged without side
effects; rules (self-trade prevention, reduce-only) have their say during the planning.
"""

from decimal import Decimal
from typing import Final

from mmtui.model.events import BookDelta, BookSnapshot, Level, MarketEvent, MarkPrice, PublicTrade
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.simulation.generator import MarketGenerator
from mmtui.simulation.ladder import CROWD, Ladder
from mmtui.simulation.market import Execution, SimOrder
from mmtui.simulation.rules import MatchRules

MARK_INTERVAL_NS: Final = NS_PER_S
MARK_WEIGHT: Final = 0.3
"""Weight of the newest mid in the smoothed mark price."""

Match = tuple[SimOrder, int, bool, str]
"""(maker, lots, whether the maker ends after it, why)."""


class MatchingMarket:
    """The book of one instrument; implements ``Market`` and ``RuledMarket``. Without a generator only our orders rest.

    ``crowd_position_lots`` and ``crowd_cash`` (in ticks times lots) are the crowd's side of every trade with us.
    """

    def __init__(
        self, instrument: Instrument, generator: MarketGenerator | None = None, funding_interval_s: int = 8 * 3_600
    ) -> None:
        self.instrument = instrument
        self.rules: MatchRules | None = None
        self.crowd_position_lots = 0
        self.crowd_cash = 0
        self._generator = generator
        self._funding_ns = funding_interval_s * NS_PER_S
        self._bids, self._asks = Ladder(Side.BUY), Ladder(Side.SELL)
        self._tick_ratio = instrument.tick_size.as_integer_ratio()
        self._lot_ratio = instrument.lot_size.as_integer_ratio()
        self._started = False
        self._now = 0
        self._next_mark_ns = 0
        self._mark = 0.0
        self._sequence = 0
        self._crowd_orders = 0
        self._trade_count = 0
        self._executions: list[Execution] = []
        self._events: list[MarketEvent] = []
        self._dropped: list[tuple[SimOrder, str]] = []
        self._unbooked: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------------ the Market port

    def best_ticks(self) -> tuple[int | None, int | None]:
        """Best bid and ask in ticks, None where a side is empty."""
        return self._bids.best_ticks(), self._asks.best_ticks()

    def place(self, order: SimOrder, now_ns: int) -> list[Execution]:
        """Match what crosses; the rest of a GTC order joins the queue unless the rules ended it."""
        self._now = max(self._now, now_ns)
        rests = self._match(order) and order.time_in_force is TimeInForce.GTC
        if rests and order.remaining_lots:
            self.ladder(order.side).add(order)
        return self._take_executions()

    def fillable_lots(self, order: SimOrder) -> int:
        """How much of the order would trade at once, the rules considered."""
        matches, _, _ = self._plan(order)
        return sum(lots for _, lots, _, _ in matches)

    def remove(self, order: SimOrder) -> None:
        """Take a resting order out."""
        self.ladder(order.side).remove(order)

    def amend(self, order: SimOrder, price_ticks: int, remaining_lots: int, now_ns: int) -> list[Execution]:
        """Change a resting order: smaller at the same price keeps its place, anything else queues anew."""
        ladder = self.ladder(order.side)
        if price_ticks == order.price_ticks and remaining_lots <= order.remaining_lots:
            self._now = max(self._now, now_ns)
            ladder.reduce(order, order.remaining_lots - remaining_lots)
            return []
        ladder.remove(order)
        order.price_ticks = price_ticks
        order.remaining_lots = remaining_lots
        return self.place(order, now_ns)

    def advance(self, now_ns: int) -> tuple[list[Execution], list[MarketEvent]]:
        """Let the crowd act until ``now_ns`` and publish all changes since the last call, those by our orders too."""
        if not self._started:
            self._start(now_ns)
        generator = self._generator
        while True:
            self._publish()
            due = self._next_planned()
            if due is None or due > now_ns:
                break
            self._now = max(self._now, due)
            if generator is not None and generator.next_time_ns <= due:
                generator.act(self, self._now)
            else:
                self._publish_mark()
        self._now = max(self._now, now_ns)
        events, self._events = self._events, []
        return self._take_executions(), events

    def next_time_ns(self) -> int | None:
        """Now if there is something to publish, else when the crowd or the mark is due; 0 before the start."""
        if not self._started:
            return 0
        if self._events or self._bids.changed or self._asks.changed:
            return self._now
        return self._next_planned()

    def snapshot(self, now_ns: int) -> BookSnapshot:
        """The whole book."""
        return BookSnapshot(
            self.instrument.id,
            now_ns,
            [self._level(self._bids, ticks) for ticks in self._bids.ticks()],
            [self._level(self._asks, ticks) for ticks in self._asks.ticks()],
            self._sequence,
        )

    def take_dropped(self) -> list[tuple[SimOrder, str]]:
        """Orders of ours that the rules ended since the last call."""
        dropped, self._dropped = self._dropped, []
        return dropped

    # ------------------------------------------------------------------------------------------------------ steering

    def move_mid(self, price: Decimal, now_ns: int) -> None:
        """Move the crowd's price; it quotes around it at the next ``advance``. Without a crowd nothing happens."""
        if self._generator is not None:
            self._generator.move_to(float(price), now_ns)

    def crowd_trade(self, side: Side, lots: int, now_ns: int) -> list[Execution]:
        """A market order of the crowd, whatever the price."""
        self._now = max(self._now, now_ns)
        worst = self.ladder(side.opposite).ticks()[-1:]
        if worst:
            self.crowd_take(side, worst[0], lots)
        return self._take_executions()

    # ----------------------------------------------------------------------------------------------------- the crowd

    def ladder(self, side: Side) -> Ladder:
        """One side of the book."""
        return self._bids if side is Side.BUY else self._asks

    def crowd_place(self, side: Side, ticks: int, lots: int) -> None:
        """An order of the crowd that matches what crosses and rests."""
        order = self._crowd_order(side, ticks, lots)
        if self._match(order) and order.remaining_lots:
            self.ladder(side).add(order)

    def crowd_take(self, side: Side, ticks: int, lots: int) -> None:
        """An order of the crowd that matches what crosses and vanishes."""
        self._match(self._crowd_order(side, ticks, lots))

    def crowd_cancel(self, side: Side, ticks: int, lots: int, *, behind: bool) -> None:
        """Take up to ``lots`` of the crowd off a level, from the back of the queue if ``behind``."""
        ladder = self.ladder(side)
        level = ladder.levels.get(ladder.sign * ticks)
        if level is None:
            return
        orders = [order for order in level.orders.values() if order.account == CROWD]
        for order in reversed(orders) if behind else orders:
            taken = min(lots, order.remaining_lots)
            ladder.reduce(order, taken)
            lots -= taken
            if not lots:
                return

    def _crowd_order(self, side: Side, ticks: int, lots: int) -> SimOrder:
        self._crowd_orders += 1
        return SimOrder(
            order_id=f"c{self._crowd_orders}",
            account=CROWD,
            client_order_id="",
            side=side,
            price_ticks=ticks,
            quantity_lots=lots,
            remaining_lots=lots,
            arrived_ns=self._now,
        )

    # ----------------------------------------------------------------------------------------------------- matching

    def _plan(self, taker: SimOrder) -> tuple[list[Match], bool, str]:
        """What the taker would trade with, whether it may live on afterwards, and if not why."""
        left = taker.remaining_lots
        matches: list[Match] = []
        traded: dict[str, int] | None = None
        for maker in self.ladder(taker.side.opposite).crossing(taker.price_ticks):
            lots = min(left, maker.remaining_lots)
            if self.rules is not None and (maker.account != CROWD or taker.account != CROWD):
                traded = dict(self._unbooked) if traded is None else traded
                verdict = self.rules.judge(taker, maker, lots, traded)
                lots = verdict.lots
                if lots or verdict.drop_maker:
                    matches.append((maker, lots, verdict.drop_maker, verdict.reason))
                    _count(traded, taker, lots)
                    _count(traded, maker, lots)
                if verdict.stop_taker:
                    return matches, False, verdict.reason
            else:
                matches.append((maker, lots, False, ""))
            left -= lots
            if not left:
                break
        return matches, True, ""

    def _match(self, taker: SimOrder) -> bool:
        """Trade what crosses; False if the rules forbid the rest to live."""
        matches, lives, reason = self._plan(taker)
        if matches:
            self._carry_out(taker, matches)
        if not lives and taker.remaining_lots and taker.account != CROWD:
            self._dropped.append((taker, reason))
        return lives

    def _carry_out(self, taker: SimOrder, matches: list[Match]) -> None:
        ladder = self.ladder(taker.side.opposite)
        prints: dict[int, int] = {}
        for maker, lots, drop, reason in matches:
            ticks = maker.price_ticks
            if lots:
                ladder.reduce(maker, lots)
                taker.remaining_lots -= lots
                prints[ticks] = prints.get(ticks, 0) + lots
                self._note_execution(maker, taker, ticks, lots)
            if drop and maker.remaining_lots:
                ladder.remove(maker)
                self._dropped.append((maker, reason))
        for ticks, lots in prints.items():
            self._print(taker.side, ticks, lots)

    def _note_execution(self, maker: SimOrder, taker: SimOrder, ticks: int, lots: int) -> None:
        if maker.account == CROWD and taker.account == CROWD:
            return
        for order, is_maker in ((maker, True), (taker, False)):
            if order.account == CROWD:
                self.crowd_position_lots += order.side.sign * lots
                self.crowd_cash -= order.side.sign * ticks * lots
            else:
                self._executions.append(Execution(order, ticks, lots, is_maker))
                _count(self._unbooked, order, lots)

    def _take_executions(self) -> list[Execution]:
        """Hand executions over; the caller books them before anything else happens here."""
        executions, self._executions = self._executions, []
        self._unbooked = {}
        return executions

    # --------------------------------------------------------------------------------------------------- publishing

    def _start(self, now_ns: int) -> None:
        self._started = True
        self._now = now_ns
        self._next_mark_ns = now_ns
        if self._generator is not None:
            self._generator.start(self, now_ns)
        self._bids.changed.clear()
        self._asks.changed.clear()
        self._sequence = 1
        self._events.append(self.snapshot(now_ns))

    def _next_planned(self) -> int | None:
        crowd = self._generator.next_time_ns if self._generator is not None else None
        if self.instrument.market_type is MarketType.SPOT:
            return crowd
        return self._next_mark_ns if crowd is None else min(crowd, self._next_mark_ns)

    def _print(self, side: Side, ticks: int, lots: int) -> None:
        self._trade_count += 1
        trade_id = str(self._trade_count)
        size = lots * self._lot_ratio[0] / self._lot_ratio[1]
        self._events.append(PublicTrade(self.instrument.id, self._now, self._price(ticks), size, side, trade_id))

    def _publish(self) -> None:
        if not self._bids.changed and not self._asks.changed:
            return
        bids = [self._level(self._bids, ticks) for ticks in sorted(self._bids.changed, reverse=True)]
        asks = [self._level(self._asks, ticks) for ticks in sorted(self._asks.changed)]
        self._bids.changed.clear()
        self._asks.changed.clear()
        previous, self._sequence = self._sequence, self._sequence + 1
        self._events.append(BookDelta(self.instrument.id, self._now, bids, asks, self._sequence, previous))

    def _publish_mark(self) -> None:
        self._next_mark_ns = self._now + MARK_INTERVAL_NS
        bid, ask = self.best_ticks()
        if bid is None or ask is None:
            return
        mid = (bid + ask) / 2
        self._mark = mid if not self._mark else self._mark + MARK_WEIGHT * (mid - self._mark)
        tick_size = self.instrument.tick_size
        index, rate = None, None
        if self._generator is not None:
            index = round(self._generator.fair_price(self._now) / float(tick_size)) * tick_size
            rate = self._generator.settings.funding_rate
        funding_ns = (self._now // self._funding_ns + 1) * self._funding_ns
        mark = round(self._mark) * tick_size
        self._events.append(MarkPrice(self.instrument.id, self._now, mark, index, rate, funding_ns))

    def _price(self, ticks: int) -> float:
        return ticks * self._tick_ratio[0] / self._tick_ratio[1]  # one rounding: the nearest float to the exact price

    def _level(self, ladder: Ladder, ticks: int) -> Level:
        return self._price(ticks), ladder.lots(ticks) * self._lot_ratio[0] / self._lot_ratio[1]


def _count(traded: dict[str, int], order: SimOrder, lots: int) -> None:
    if order.account != CROWD:
        traded[order.account] = traded.get(order.account, 0) + order.side.sign * lots
