"""The order table against every history a venue could make, shuffled, doubled and thinned out on its way to us.

A small reference venue owns the truth of one order at a time; its messages go into a bag from which they are delivered
in any order, twice, or never. Our side sends what the table allows, times out, probes.
"""

import random
from collections import Counter
from decimal import Decimal

import pytest

from mmtui.core.order_table import FillResult, OrderTable
from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.events import CommandRefused, CommandUnknown, Event, Fill, OrderReport
from mmtui.model.orders import Action, OrderState, OrderStatus, RefusalCode
from mmtui.model.units import ZERO, Side
from tests.unit.core_scenes import ACCOUNT, BOOK

LOT = Decimal("0.5")
PRICE = Decimal(100)


class VenueOrder:
    """What the venue knows of one order; ``travelling`` are commands that may still arrive."""

    def __init__(self) -> None:
        self.here = False
        self.done: OrderStatus | None = None
        self.quantity = ZERO
        self.price = PRICE
        self.filled = ZERO
        self.trades: list[tuple[str, Decimal]] = []

    @property
    def open_quantity(self) -> Decimal:
        return self.quantity - self.filled if self.here and self.done is None else ZERO


class Histories:
    """One order table, one reference venue, a bag of messages between them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.table = OrderTable(prefix="mm-")
        self.truth: dict[str, VenueOrder] = {}
        self.travelling: list[PlaceOrder | AmendOrder | CancelOrder] = []
        self.bag: list[Event] = []
        self.booked: dict[str, dict[str, Decimal]] = {}
        self.deaf: set[str] = set()
        self.now = 1
        self.trades = 0

    def tick(self) -> int:
        self.now += 1
        return self.now

    def say(self, name: str, *, status: OrderStatus | None = None) -> None:
        """The venue reports an order as it stands."""
        order = self.truth[name]
        told = status or order.done or OrderStatus.OPEN
        self.bag.append(
            OrderReport(
                ACCOUNT, BOOK, self.tick(), told, name, f"v{name}", Side.BUY, order.price, order.quantity, order.filled
            )
        )

    # ------------------------------------------------------------------------------------------------ what we do

    def place(self) -> None:
        if len(self.truth) == 3:
            return
        lots = self.rng.randint(1, 4)
        command = PlaceOrder(ACCOUNT, BOOK, self.table.next_id(), Side.BUY, PRICE, lots * LOT)
        self.table.place_sent(command, self.tick(), 0)
        self.truth[command.client_order_id] = VenueOrder()
        self.booked[command.client_order_id] = {}
        self.travelling.append(command)

    def open_rows(self) -> list[str]:
        return [name for name, row in self.table.live.items() if row.state is OrderState.OPEN]

    def cancel(self) -> None:
        if not self.open_rows():
            return
        name = self.rng.choice(self.open_rows())
        command = CancelOrder(ACCOUNT, BOOK, name, None)
        self.table.cancel_sent(command, self.tick())
        self.travelling.append(command)

    def amend(self) -> None:
        if not self.open_rows():
            return
        lots = self.rng.randint(1, 6)
        name = self.rng.choice(self.open_rows())
        total = self.table.live[name].reported_filled + lots * LOT
        command = AmendOrder(ACCOUNT, BOOK, name, None, Side.BUY, PRICE + lots, total)
        self.table.amend_sent(command, self.tick())
        self.travelling.append(command)

    def lose(self) -> None:
        if not self.table.live:
            return
        row = self.table.live[self.rng.choice(list(self.table.live))]
        self.table.lose(row, Action.PLACE, self.tick(), "no answer")
        self.give_up(row.client_order_id)

    def give_up(self, name: str) -> None:
        """A caller that has given up on an answer hears no late refusal: each command has one outcome."""
        self.deaf.add(name)
        kept = [e for e in self.bag if not (isinstance(e, CommandRefused) and e.client_order_id == name)]
        self.bag[:] = kept

    def hear_of_an_unknown_outcome(self) -> None:
        names = list(self.truth)
        if names:
            name, action = self.rng.choice(names), self.rng.choice(list(Action))
            if self.table.on_unknown(CommandUnknown(ACCOUNT, BOOK, self.tick(), action, name, "timeout")) is not None:
                self.give_up(name)

    # -------------------------------------------------------------------------------------------- what the venue does

    def arrive(self) -> None:
        if not self.travelling:
            return
        refused = self.rng.random() < 0.3
        command = self.travelling.pop(self.rng.randrange(len(self.travelling)))
        if self.rng.random() < 0.2:
            return  # lost on its way
        order, name = self.truth[command.client_order_id], command.client_order_id
        if isinstance(command, PlaceOrder):
            if refused:
                self.refuse(Action.PLACE, name, RefusalCode.POST_ONLY_WOULD_CROSS)
                return
            order.here, order.quantity = True, command.quantity
            self.say(name)
        elif not order.here or order.done is not None:
            code = RefusalCode.ORDER_DONE if order.here else RefusalCode.ORDER_NOT_FOUND
            self.refuse(Action.CANCEL if isinstance(command, CancelOrder) else Action.AMEND, name, code)
        elif isinstance(command, CancelOrder):
            order.done = OrderStatus.CANCELLED
            self.say(name)
        elif refused or command.quantity <= order.filled:
            self.refuse(Action.AMEND, name, RefusalCode.BAD_QUANTITY)
        else:
            order.quantity, order.price = command.quantity, command.price
            self.say(name)

    def refuse(self, action: Action, name: str, code: RefusalCode) -> None:
        if name not in self.deaf:
            self.bag.append(CommandRefused(ACCOUNT, BOOK, self.tick(), action, name, code, "no"))

    def trade(self) -> None:
        lots = self.rng.randint(1, 3)
        names = [name for name, order in self.truth.items() if order.open_quantity]
        if not names:
            return
        name = self.rng.choice(names)
        order = self.truth[name]
        quantity = min(lots * LOT, order.open_quantity)
        order.filled += quantity
        self.trades += 1
        order.trades.append((f"t{self.trades}", quantity))
        self.bag.append(
            Fill(
                ACCOUNT, BOOK, self.tick(), f"t{self.trades}", Side.BUY, PRICE, quantity, ZERO, "USDC", True, name,  # noqa: FBT003
            )
        )  # fmt: skip
        if not order.open_quantity:
            order.done = OrderStatus.FILLED
            self.say(name)

    def answer_a_probe(self) -> None:
        if not self.truth:
            return
        name = self.rng.choice(list(self.truth))
        if self.truth[name].here:
            self.say(name)

    # ------------------------------------------------------------------------------------------------ what we hear

    def deliver(self) -> None:
        if not self.bag:
            return
        index = self.rng.randrange(len(self.bag))
        twice = self.rng.random() < 0.3 and not isinstance(self.bag[index], CommandRefused)
        event = self.bag[index] if twice else self.bag.pop(index)
        self.hear(event)

    def drop(self) -> None:
        if not self.bag:
            return
        index = self.rng.randrange(len(self.bag))
        if not isinstance(self.bag[index], Fill):  # a lost fill message is listed again later; here it only comes late
            self.bag.pop(index)

    def hear(self, event: Event) -> None:
        if isinstance(event, OrderReport):
            self.table.on_report(event, amend_settled=self.amend_settled(event))
        elif isinstance(event, CommandRefused):
            self.table.on_refused(event)
        elif isinstance(event, Fill):
            result = self.table.on_fill(event)
            assert event.client_order_id is not None
            known = self.booked[event.client_order_id]
            assert (result is FillResult.DUPLICATE) is (event.trade_id in known)
            known[event.trade_id] = event.quantity

    def amend_settled(self, report: OrderReport) -> bool:
        """True once no amend and no word from before it can still be on its way: the venue's window has passed."""
        name = report.client_order_id
        if any(isinstance(command, AmendOrder) and command.client_order_id == name for command in self.travelling):
            return False
        said = [event for event in self.bag if isinstance(event, OrderReport) and event.client_order_id == name]
        return all(event.quantity == self.truth[name or ""].quantity for event in [*said, report])

    # ------------------------------------------------------------------------------------------------ what must hold

    def filled_is_the_sum_of_distinct_trades(self) -> None:
        for name, trades in self.booked.items():
            row = self.table.find(name, None)
            assert row is not None
            assert row.filled == sum(trades.values(), ZERO)
            assert row.reported_filled >= row.filled

    def an_order_that_the_venue_could_still_fill_counts_in_full(self) -> None:
        for name, order in self.truth.items():
            row = self.table.find(name, None)
            assert row is not None
            if order.open_quantity:
                assert row.worst_remaining >= order.open_quantity, (row.state, row)
            for command in self.travelling:
                same = command.client_order_id == name
                if same and isinstance(command, PlaceOrder) and not row.is_done:
                    assert row.worst_remaining >= command.quantity

    def rows_are_in_one_place(self) -> None:
        assert not set(self.table.live) & set(self.table.done)
        assert all(row.state is not OrderState.DONE for row in self.table.live.values())
        assert all(row.state is OrderState.DONE and row.done_reason for row in self.table.done.values())

    def settle(self) -> None:
        """Let everything arrive: then nothing is lost, and what the venue holds done is done here too."""
        while self.travelling:
            command = self.travelling.pop(0)
            name = command.client_order_id
            if self.truth[name].here and isinstance(command, CancelOrder) and self.truth[name].done is None:
                self.truth[name].done = OrderStatus.CANCELLED
        for event in self.bag:
            self.hear(event)
        self.bag.clear()
        for name, order in self.truth.items():
            if order.here:
                self.say(name)
        for event in self.bag:
            self.hear(event)
        for name, order in self.truth.items():
            row = self.table.find(name, None)
            assert row is not None
            assert row.filled == sum((quantity for _, quantity in order.trades), ZERO) == order.filled
            if order.here and order.done is not None:
                assert row.is_done


RULES = (
    Histories.place, Histories.cancel, Histories.amend, Histories.lose, Histories.hear_of_an_unknown_outcome,
    Histories.arrive, Histories.arrive, Histories.trade, Histories.answer_a_probe, Histories.deliver, Histories.deliver,
    Histories.deliver, Histories.drop,
)  # fmt: skip


@pytest.mark.parametrize("block", range(4))
def test_no_history_loses_a_fill_hides_exposure_or_breaks_the_table(block: int) -> None:
    seen: Counter[OrderState] = Counter()
    for seed in range(block * 500, block * 500 + 500):
        history = Histories(seed)
        for _ in range(60):
            history.rng.choice(RULES)(history)
            history.filled_is_the_sum_of_distinct_trades()
            history.an_order_that_the_venue_could_still_fill_counts_in_full()
            history.rows_are_in_one_place()
            seen.update(row.state for row in history.table.live.values())
        history.settle()
    assert min(seen[state] for state in OrderState if state not in (OrderState.NEW, OrderState.DONE)) > 500
