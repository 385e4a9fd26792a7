"""A recorded market that our orders meet: queue position by the sizes shown, fills by the trades seen.

The recording does not know of our orders and never reacts to them. What they would have traded is inferred by rules
that give a maker the worse of what could have been (docs/replay.md has them in plain words):

- an order joins the end of what is shown at its price; what leaves that price is assumed to stand behind us;
- a trade at our price first serves the queue ahead, a trade through our price serves us up to its volume, and no
  volume is used twice;
- a book that comes to stand through our price fills us, as adverse a fill as there is;
- inside a gap nothing fills, neither does a trade while the book is old.
"""

import math
from bisect import insort
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Final

from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    MarketEvent,
    PublicTrade,
    StreamDown,
)
from mmtui.model.instrument import Instrument
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, Side
from mmtui.simulation.market import Execution, SimOrder
from mmtui.simulation.recorded_book import NO_ASK, NO_BID, RecordedBook, RecordedSide
from mmtui.simulation.recorded_settings import RecordedCounts, RecordedSettings, ThroughFills

__all__ = ["RecordedCounts", "RecordedMarket", "RecordedSettings", "ThroughFills"]

WHOLE: Final = 1e-6
"""Share of a tick or lot by which a float may miss the grid."""
ONE_LOT: Final = 1 - WHOLE
NO_LIMIT_NS: Final = 1 << 63
UNLIMITED_LOTS: Final = 1 << 62
"""Offered where the recording gives no size and none is assumed."""


class _Resting:
    """One of our orders with its price in the recording's terms.

    ``cross`` is the price beyond which an opposite best price stands through us. ``unseen`` until the book has shown
    how much rests at our price.
    """

    __slots__ = ("at_high", "at_low", "cross", "level_high", "level_low", "order", "rank", "unseen")

    def __init__(self, order: SimOrder, price: float, slack: float, level: tuple[float, float], margin: float) -> None:
        is_buy = order.side is Side.BUY
        self.order = order
        self.rank = -price if is_buy else price
        self.at_low, self.at_high = price - slack, price + slack
        self.level_low, self.level_high = level
        self.cross = price - margin if is_buy else price + margin
        self.unseen = False


class RecordedMarket:
    """Recorded liquidity for one instrument; implements ``Market`` and takes the recording through ``feed``.

    Our orders never meet one another here, and what we take does not move the recorded market: a level that we took
    from counts as that much smaller until the recording shows another size there.
    """

    def __init__(self, instrument: Instrument, settings: RecordedSettings | None = None) -> None:
        settings = settings or RecordedSettings()
        self.instrument = instrument
        self.counts = RecordedCounts()
        self._settings = settings
        self._id = instrument.id
        self._tick = float(instrument.tick_size)
        self._lot = float(instrument.lot_size)
        self._slack = self._tick * WHOLE
        step = settings.book_step
        self._step = step if step is not None and step > instrument.tick_size else None
        self._margin = self._slack if self._step is None else self._slack + float(self._step - instrument.tick_size)
        unknown = settings.size_where_unknown
        self._book = RecordedBook(math.inf if unknown is None else float(unknown))
        self._max_age_ns = settings.book_max_age_ms * NS_PER_MS or NO_LIMIT_NS
        self._buys: list[_Resting] = []  # best price first, then first come first
        self._sells: list[_Resting] = []
        self._resting: dict[str, _Resting] = {}
        self._taken: dict[Side, dict[float, tuple[int, float]]] = {Side.BUY: {}, Side.SELL: {}}
        self._crossed_lots = {Side.BUY: 0.0, Side.SELL: 0.0}
        self._resuming = False

    # ------------------------------------------------------------------------------------------- the recording

    def feed(self, event: MarketEvent) -> list[Execution]:
        """Take one recorded event; returns what it traded against our resting orders, as maker at our prices."""
        if isinstance(event, BookSnapshot):
            if event.instrument != self._id:
                return []
            self._book.replace(event)
        elif isinstance(event, PublicTrade):
            return self._on_trade(event) if self._resting and event.instrument == self._id else []
        elif isinstance(event, BookDelta):
            if event.instrument != self._id or not self._book.change(event):
                return []
        elif isinstance(event, BestPrices):
            if event.instrument != self._id or not self._book.touch(event):
                return []
        else:
            if isinstance(event, StreamDown) and event.instrument == self._id:
                self._book.lose()
                self._resuming = True
            return []
        if self._resting:
            return self._on_book()
        self._resuming = False
        return []

    def _on_book(self) -> list[Execution]:
        """The book moved: what stands through our prices fills, and queues shrink with the sizes shown."""
        book, resuming = self._book, self._resuming
        self._resuming = False
        executions: list[Execution] = []
        buys, sells = self._buys, self._sells
        if buys:
            if book.asks.best < buys[0].cross:
                executions += self._cross(Side.BUY, buys, book.asks, resuming=resuming)
            else:
                self._crossed_lots[Side.BUY] = 0.0
            for resting in buys:
                if resting.order.queue_ahead_lots or resting.unseen:
                    self._shrink_queue(resting, book.bids)
        if sells:
            if book.bids.best > sells[0].cross:
                executions += self._cross(Side.SELL, sells, book.bids, resuming=resuming)
            else:
                self._crossed_lots[Side.SELL] = 0.0
            for resting in sells:
                if resting.order.queue_ahead_lots or resting.unseen:
                    self._shrink_queue(resting, book.asks)
        return executions

    def _shrink_queue(self, resting: _Resting, shown: RecordedSide) -> None:
        """No more can stand ahead of us than is shown; who left is unknown, so it was somebody behind us."""
        size = shown.size_in(resting.level_low, resting.level_high)
        if size is None:
            return
        lots = size / self._lot
        order = resting.order
        if resting.unseen or lots < order.queue_ahead_lots:
            order.queue_ahead_lots = lots
            resting.unseen = False

    def _cross(self, side: Side, resting: list[_Resting], opposite: RecordedSide, *, resuming: bool) -> list[Execution]:
        """The opposite side stands through our prices: it would have met us, at our price, up to what it shows.

        Volume that met us stays in the recording, so it is remembered for as long as the cross lasts.
        """
        settings = self._settings
        shown = self._lots_through(side, opposite, resting[0].cross)
        used = min(self._crossed_lots[side], shown)
        executions: list[Execution] = []
        if not settings.cross_fills or (resuming and not settings.resume_fills):
            self._crossed_lots[side] = shown
            return executions
        for one in resting:
            room = self._lots_through(side, opposite, one.cross) - used
            if room < ONE_LOT:
                break
            executions.append(self._fill(one.order, room))
            used += executions[-1].quantity_lots
        self._crossed_lots[side] = used
        if resuming:
            self.counts.fills_on_resume += len(executions)
        else:
            self.counts.fills_by_cross += len(executions)
        self._drop_filled(resting, executions)
        return executions

    def _lots_through(self, side: Side, opposite: RecordedSide, cross: float) -> float:
        is_buy = side is Side.BUY
        size = 0.0
        for price, shown in opposite.levels():
            if price >= cross if is_buy else price <= cross:
                break
            size += shown
        return size / self._lot

    # -------------------------------------------------------------------------------------------- trades seen

    def _on_trade(self, trade: PublicTrade) -> list[Execution]:
        book, price = self._book, trade.price
        if not book.known:
            self.counts.trades_in_gap += 1
            return []
        if trade.time_ns - book.time_ns > self._max_age_ns:
            self.counts.trades_on_old_book += 1
            return []
        taker = trade.taker_side
        if taker is None:
            bought, sold = price >= book.asks.best, price <= book.bids.best
            if bought == sold:  # inside the spread, or at the price of a locked book
                self.counts.trades_of_unknown_side += 1
                return self._hit(self._buys, trade, at_price=False) + self._hit(self._sells, trade, at_price=False)
            taker = Side.BUY if bought else Side.SELL
        return self._hit(self._sells if taker is Side.BUY else self._buys, trade, at_price=True)

    def _hit(self, resting: list[_Resting], trade: PublicTrade, *, at_price: bool) -> list[Execution]:
        """Share a trade among our orders of one side by price and time, the queue ahead first at its own price."""
        price, lots = trade.price, trade.size / self._lot
        whole_orders = self._settings.through_fills is ThroughFills.ALL
        ours = 0
        executions: list[Execution] = []
        for one in resting:
            order = one.order
            left = max(0.0, lots - ours)
            if price < one.at_low if order.side is Side.BUY else price > one.at_high:
                room = math.inf if whole_orders else left
                through = True
            elif at_price and one.at_low <= price <= one.at_high:
                room = left - order.queue_ahead_lots
                order.queue_ahead_lots = max(0.0, -room)
                through = False
            else:
                break
            if room >= ONE_LOT:
                executions.append(self._fill(order, room))
                ours += executions[-1].quantity_lots
                self.counts.fills_through += through
                self.counts.fills_at_price += not through
        if executions:
            self._drop_filled(resting, executions)
        return executions

    def _fill(self, order: SimOrder, room: float) -> Execution:
        lots = order.remaining_lots if room >= order.remaining_lots else int(room + WHOLE)
        order.remaining_lots -= lots
        return Execution(order, order.price_ticks, lots, maker=True)

    def _drop_filled(self, resting: list[_Resting], executions: Sequence[Execution]) -> None:
        for execution in executions:
            if not execution.order.remaining_lots:
                resting.remove(self._resting.pop(execution.order.order_id))

    # ------------------------------------------------------------------------------------------- our orders

    def best_ticks(self) -> tuple[int | None, int | None]:
        """Best bid and ask in ticks, our own resting orders included, as last known where a gap hides the book."""
        bid, ask = self._book.bids.best, self._book.asks.best
        bids = [one.order.price_ticks for one in self._buys[:1]]
        asks = [one.order.price_ticks for one in self._sells[:1]]
        if bid != NO_BID:
            bids.append(self._ticks_down(bid))
        if ask != NO_ASK:
            asks.append(self._ticks_up(ask))
        return max(bids, default=None), min(asks, default=None)

    def place(self, order: SimOrder, now_ns: int) -> list[Execution]:  # noqa: ARG002 - the recording is the clock
        """Take what is shown at the limit or better, at the prices shown; the rest of a GTC order joins the queue."""
        executions: list[Execution] = []
        through = 0
        if not order.post_only:
            is_buy, cross = order.side is Side.BUY, self._price(order.price_ticks)
            taken = self._taken[order.side]
            for price, size, lots in self._offers(order):
                part = min(lots, order.remaining_lots)
                order.remaining_lots -= part
                taken[price] = (taken.get(price, (0, size))[0] + part, size)
                ticks = self._ticks_up(price) if is_buy else self._ticks_down(price)
                executions.append(Execution(order, ticks, part, maker=False))
                if price < cross - self._margin if is_buy else price > cross + self._margin:
                    through += part
                if not order.remaining_lots:
                    break
            self.counts.fills_as_taker += len(executions)
        if order.remaining_lots and order.time_in_force is TimeInForce.GTC:
            self._rest(order, through)
        return executions

    def fillable_lots(self, order: SimOrder) -> int:
        """How much of the order would trade at once; nothing inside a gap."""
        return min(order.remaining_lots, sum(lots for _, _, lots in self._offers(order)))

    def remove(self, order: SimOrder) -> None:
        """Take a resting order out; one that does not rest is ignored."""
        resting = self._resting.pop(order.order_id, None)
        if resting is not None:
            (self._buys if order.side is Side.BUY else self._sells).remove(resting)

    def amend(self, order: SimOrder, price_ticks: int, remaining_lots: int, now_ns: int) -> list[Execution]:
        """Change a resting order: smaller at the same price keeps its place, anything else queues anew."""
        if price_ticks == order.price_ticks and remaining_lots <= order.remaining_lots:
            order.remaining_lots = remaining_lots
            return []
        self.remove(order)
        order.price_ticks = price_ticks
        order.remaining_lots = remaining_lots
        return self.place(order, now_ns)

    def advance(self, now_ns: int) -> tuple[list[Execution], list[MarketEvent]]:  # noqa: ARG002
        """Nothing happens between recorded events."""
        return [], []

    def next_time_ns(self) -> int | None:
        """Nothing is scheduled."""
        return None

    def snapshot(self, now_ns: int) -> BookSnapshot:
        """The recorded book (as last known) with our own orders added. Unknown sizes are shown as 0."""
        bids = self._shown(self._book.bids, self._buys)
        asks = self._shown(self._book.asks, self._sells)
        return BookSnapshot(self._id, now_ns, sorted(bids.items(), reverse=True), sorted(asks.items()))

    def _shown(self, side: RecordedSide, ours: list[_Resting]) -> dict[float, float]:
        sizes = {price: size if size < math.inf else 0.0 for price, size in side.levels()}
        for one in ours:
            price = self._price(one.order.price_ticks)
            sizes[price] = sizes.get(price, 0.0) + one.order.remaining_lots * self._lot
        return sizes

    def _rest(self, order: SimOrder, taken_through: int) -> None:
        is_buy = order.side is Side.BUY
        price = self._price(order.price_ticks)
        low = high = price
        if self._step is not None:
            exact = order.price_ticks * self.instrument.tick_size
            low = float((exact / self._step).to_integral_value(ROUND_FLOOR) * self._step)
            high = float((exact / self._step).to_integral_value(ROUND_CEILING) * self._step)
        slack = self._slack
        resting = _Resting(order, price, slack, (low - slack, high + slack), self._margin)
        shown = self._book.bids if is_buy else self._book.asks
        size = shown.size_in(resting.level_low, resting.level_high) if self._book.known else math.inf
        resting.unseen = size is None or not self._book.known
        order.queue_ahead_lots = (shown.deepest_size() if size is None else size) / self._lot
        queue = self._buys if is_buy else self._sells
        if not queue:
            self._crossed_lots[order.side] = 0.0
        self._crossed_lots[order.side] += taken_through
        insort(queue, resting, key=_rank)
        self._resting[order.order_id] = resting

    def _offers(self, order: SimOrder) -> list[tuple[float, float, int]]:
        """Levels an order may take from, best first: price, size shown, lots left after what we took before."""
        if not self._book.known:
            return []
        is_buy = order.side is Side.BUY
        side = self._book.asks if is_buy else self._book.bids
        taken = self._taken[order.side]
        for price in [price for price, (_, size) in taken.items() if side.size_in(price, price) != size]:
            del taken[price]
        limit = self._price(order.price_ticks) + (self._slack if is_buy else -self._slack)
        offers: list[tuple[float, float, int]] = []
        for price, size in side.levels():
            if price > limit if is_buy else price < limit:
                break
            shown = int(size / self._lot + WHOLE) if size < math.inf else UNLIMITED_LOTS
            lots = shown - taken.get(price, (0, 0.0))[0]
            if lots > 0:
                offers.append((price, size, lots))
        return offers

    def _price(self, ticks: int) -> float:
        return float(ticks * self.instrument.tick_size)

    def _ticks_down(self, price: float) -> int:
        return math.floor(price / self._tick + WHOLE)

    def _ticks_up(self, price: float) -> int:
        return math.ceil(price / self._tick - WHOLE)


def _rank(resting: _Resting) -> float:
    return resting.rank
