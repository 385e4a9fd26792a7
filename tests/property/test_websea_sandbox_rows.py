"""Whatever is asked of the local Websea: its rows sum up to the engine's position, and closing never opens."""

import contextlib
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO
from mmtui.sandbox.calls import Call
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.floor import Floor, FloorSettings
from mmtui.sandbox.records import FillRecord, OrderChange, OrderRecord
from mmtui.sandbox.websea import markets
from mmtui.sandbox.websea.errors import ApiError
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.holdings import Holdings
from mmtui.sandbox.websea.parameters import Parameters
from mmtui.sandbox.websea.rows import Rows
from mmtui.sandbox.websea.signing import make_member
from mmtui.sandbox.websea.trading import Trading
from mmtui.simulation.account import VenueAccount

START_NS = 1_790_000_000 * NS_PER_S
SYMBOL = "SOL-USDT"
MEMBER = make_member("a", 1)

ORDERS = st.tuples(
    st.sampled_from(["open", "close"]),
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 30),
    st.sampled_from([None, -40, -2, 0, 60]),
    st.sampled_from(["1", "2"]),
)
STEPS = st.lists(
    st.one_of(ORDERS, st.sampled_from(["cancel", "close_all", "wait", "up", "down"])), min_size=5, max_size=40
)


class Rehearsal:
    """A floor with the venue's rows and order entry, without the wire."""

    def __init__(self, habits: Habits) -> None:
        instruments = [row for row in markets.instruments() if row.symbol == SYMBOL]
        accounts = [VenueAccount("a", {"USDT": Decimal(100_000)}, leverage=Decimal(100))]
        self.floor = Floor(FloorMarkets(instruments, 5), accounts, FloorSettings(first_id=1_000))
        self.habits = habits
        self.rows = Rows()
        self.holdings = Holdings(self.floor, self.rows)
        self.trading = Trading(self.floor, self.rows, self.holdings, habits)
        self.now_ns = START_NS
        self.floor.listen(cast("Any", self))
        self.floor.advance(START_NS - 5 * NS_PER_S)
        self.floor.advance(START_NS)

    def on_order(self, _change: OrderChange, _record: OrderRecord, fill: FillRecord | None) -> None:
        if fill is not None:
            before = self.net() - (fill.quantity if fill.order.side.sign > 0 else -fill.quantity)
            self.rows.book(fill, self.habits.closable_after_ns)
            assert self.net() - before == fill.order.side.sign * fill.quantity

    def on_book(self, _change: object) -> None: ...

    on_trade = on_mark = on_funding = on_book

    def net(self) -> Decimal:
        return self.floor.accounts["a"].quantity(self.floor.instruments[SYMBOL])

    def call(self) -> Call:
        return cast("Call", SimpleNamespace(now_ns=self.now_ns))

    def place(self, action: str, side: str, amount: int, ticks: int | None, mode: str) -> None:
        form = {"contract_type": action, "symbol": SYMBOL, "amount": str(amount), "is_full": mode}
        form["type"] = f"{side}-{'market' if ticks is None else 'limit'}"
        if action == "open":
            form["lever_rate"] = "10"
        if ticks is not None:
            bid, ask = self.floor.touch(SYMBOL)
            touch = (bid if side == "buy" else ask) or Decimal(150)
            form["price"] = str(touch + (ticks if side == "buy" else -ticks) * Decimal("0.01"))
        self.trading.place(MEMBER, Parameters(form.items()), self.call())

    def do(self, step: object) -> None:
        self.now_ns += 40 * NS_PER_MS
        self.floor.advance(self.now_ns)
        self.trading.tick(self.now_ns)
        if isinstance(step, tuple):
            self.place(*step)
        elif step == "cancel":
            ids = [row["order_id"] for row in self.trading.open_orders(MEMBER, Parameters([]), self.call())]
            if ids:
                self.trading.cancel(MEMBER, Parameters([("order_ids", ",".join(ids))]), self.call())
        elif step == "close_all":
            self.trading.close_all(MEMBER, Parameters([]), self.call())
        elif step == "wait":
            self.now_ns += NS_PER_S
        else:
            mid = (self.floor.mark(SYMBOL) or Decimal(150)) * Decimal("1.004" if step == "up" else "0.996")
            self.floor.move_mid(SYMBOL, mid, self.now_ns)

    def check(self) -> None:
        held = list(self.rows.held("a"))
        assert sum((row.sign * row.coins for _, row in held), ZERO) == self.net()
        assert all(row.coins > 0 and row.coins % markets.BY_COIN["SOL"].contract_size == 0 for _, row in held)
        for key, row in held:
            assert self.holdings.frozen(key) <= row.coins
        [wallet] = self.trading_wallet()
        assert Decimal(wallet["balance"]) + Decimal(wallet["unPnl"]) == self.holdings.equity("a")

    def trading_wallet(self) -> list[dict[str, Any]]:
        return self.holdings.wallet(MEMBER, Parameters([]), self.call())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(STEPS, st.sampled_from([0, 60]), st.sampled_from([0, 250]))
def test_rows_and_engine_agree(steps: list[object], cancelling_ms: int, closable_after_ms: int) -> None:
    rehearsal = Rehearsal(Habits(cancelling_ms=cancelling_ms, closable_after_ms=closable_after_ms))
    for step in steps:
        before = rehearsal.net()
        resting = rehearsal.floor.records.open_orders("a")
        with contextlib.suppress(ApiError):
            rehearsal.do(step)
        rehearsal.check()
        if isinstance(step, tuple) and step[0] == "close" and not resting and not _both_held(rehearsal):
            assert abs(rehearsal.net()) <= abs(before)


def _both_held(rehearsal: Rehearsal) -> bool:
    """True where more than one row is held: closing one of them moves the net either way."""
    return len(list(rehearsal.rows.held("a"))) > 1
