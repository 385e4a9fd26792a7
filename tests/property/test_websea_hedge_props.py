"""A reduce-only order never increases the position and no close opens one, whatever happens in whatever order.

The model is a venue with rows: what it knows, we learn late. Requests reach it late, fills and cancels are told late,
and the rows that a decision rests on may be old, as old as the adapter lets them be: read after the last fill it knows.
"""

import random
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct

from mmtui.exchanges.websea.hedge import PositionView, opens
from mmtui.exchanges.websea.own_orders import OwnOrder, Stage
from mmtui.model.units import Side
from mmtui.ports.errors import Refused

SIDES = st.sampled_from([Side.BUY, Side.SELL])
COUNTS = st.integers(1, 6)
PICKS = st.integers(0, 50)


class Held(Struct):
    """An order at the venue beside what we know of it."""

    own: OwnOrder
    arrived: bool = False
    ended: bool = False
    filled: int = 0

    @property
    def rest(self) -> int:
        return 0 if self.ended or not self.arrived else self.own.contracts - self.filled


class HedgeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rows = {Side.BUY: 0, Side.SELL: 0}
        self.orders: list[Held] = []
        self.view = PositionView()

    @initialize(long=st.integers(0, 8), short=st.integers(0, 8))
    def begin(self, long: int, short: int) -> None:
        self.rows = {Side.BUY: long, Side.SELL: short}
        self.view = self.now()

    @property
    def net(self) -> int:
        return self.rows[Side.BUY] - self.rows[Side.SELL]

    def now(self) -> PositionView:
        return PositionView(long=self.rows[Side.BUY], short=self.rows[Side.SELL])

    def some(self, pick: int, *, resting: bool) -> Held | None:
        fit = [held for held in self.orders if (held.rest > 0 if resting else held.own.stage is not Stage.DONE)]
        return fit[pick % len(fit)] if fit else None

    @rule()
    def read_the_rows(self) -> None:
        self.view = self.now()

    @rule(side=SIDES, contracts=COUNTS, reduce_only=st.booleans())
    def place(self, side: Side, contracts: int, *, reduce_only: bool) -> None:
        live = [held.own for held in self.orders if held.own.stage is not Stage.DONE]
        try:
            opening = opens(side, contracts, self.view, live, reduce_only=reduce_only)
        except Refused:
            return
        assert not (opening and reduce_only)
        name = f"mm-{len(self.orders)}"
        own = OwnOrder(
            client_order_id=name, instrument="websea:SOL-USDT", side=side, price=Decimal(1), contracts=contracts,
            opens=opening, reduce_only=reduce_only,
        )  # fmt: skip
        self.orders.append(Held(own))

    @rule(pick=PICKS)
    def reach_the_venue(self, pick: int) -> None:
        """It refuses a close of more than the row holds beside what other closes are about to take."""
        waiting = [held for held in self.orders if not held.arrived and held.own.stage is not Stage.DONE]
        if not waiting:
            return
        held = waiting[pick % len(waiting)]
        row = held.own.side.opposite
        taken = sum(other.rest for other in self.orders if not other.own.opens and other.own.side is held.own.side)
        held.arrived = True
        if not held.own.opens and held.own.contracts > self.rows[row] - taken:
            held.ended = True
            held.own.stage = Stage.DONE
            self.view = self.now()  # after a refusal the rows are read anew

    @rule(pick=PICKS, contracts=COUNTS)
    def trade(self, pick: int, contracts: int) -> None:
        held = self.some(pick, resting=True)
        if held is None:
            return
        traded = min(contracts, held.rest)
        before = self.net
        held.filled += traded
        if held.own.opens:
            self.rows[held.own.side] += traded
        else:
            self.rows[held.own.side.opposite] -= traded
        assert self.net == before + held.own.side.sign * traded
        if held.own.reduce_only:
            assert abs(self.net) <= abs(before)
            assert self.net * before >= 0

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        held = self.some(pick, resting=True)
        if held is not None:
            held.ended = True

    @precondition(lambda self: self.orders)
    @rule(pick=PICKS)
    def be_told(self, pick: int) -> None:
        """What was read before a fill that is now known is forgotten."""
        held = self.some(pick, resting=False)
        if held is None or not held.arrived:
            return
        if held.own.filled != held.filled:
            self.view = self.now()
        held.own.filled = held.filled
        if held.ended or held.filled == held.own.contracts:
            held.own.stage = Stage.DONE

    @invariant()
    def no_row_is_below_zero(self) -> None:
        assert min(self.rows.values()) >= 0


def test_seeded_walks() -> None:
    """Many plain walks, weighted towards orders that rest side by side."""
    for seed in range(1_000):
        chance = random.Random(seed)
        walk = HedgeMachine()
        walk.begin(chance.randint(0, 8), chance.randint(0, 8))
        for _ in range(60):
            pick, contracts = chance.randint(0, 50), chance.randint(1, 6)
            way = chance.randrange(8)
            if way == 0:
                walk.read_the_rows()
            elif way <= 2:
                walk.place(chance.choice(list(Side)), contracts, reduce_only=chance.random() < 0.5)
            elif way <= 4:
                walk.reach_the_venue(pick)
            elif way == 5:
                walk.trade(pick, contracts)
            elif way == 6:
                walk.be_told(pick)
            else:
                walk.cancel(pick)
            walk.no_row_is_below_zero()


TestHedge = HedgeMachine.TestCase
TestHedge.settings = settings(max_examples=300, stateful_step_count=60, deadline=None, derandomize=True)
