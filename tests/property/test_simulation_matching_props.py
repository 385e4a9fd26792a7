"""The matching engine against a model that is too simple to be wrong."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import ONE, Side
from mmtui.simulation.market import SimOrder
from mmtui.simulation.matching import MatchingMarket

INSTRUMENT = Instrument(
    id="sim.t:X",
    venue="sim",
    symbol="X",
    market_type=MarketType.SPOT,
    base_asset="X",
    quote_asset="USDC",
    tick_size=ONE,
    lot_size=ONE,
)


@dataclass
class Row:
    name: str
    side: Side
    ticks: int
    lots: int


class NaiveBook:
    """All resting orders in one list, oldest first; every match searches it from the beginning."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def place(self, row: Row, *, rests: bool) -> list[tuple[str, str, int, int]]:
        trades = []
        while row.lots:
            sign = row.side.sign
            meets = [
                other for other in self.rows if other.side is not row.side and (other.ticks - row.ticks) * sign <= 0
            ]
            if not meets:
                break
            best = min(meets, key=lambda other: other.ticks * sign)
            lots = min(row.lots, best.lots)
            trades.append((best.name, row.name, best.ticks, lots))
            row.lots -= lots
            best.lots -= lots
            self.rows = [other for other in self.rows if other.lots]
        if row.lots and rests:
            self.rows.append(row)
        return trades

    def find(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.name == name), None)

    def cancel(self, name: str) -> None:
        self.rows = [row for row in self.rows if row.name != name]

    def amend(self, row: Row, ticks: int, lots: int) -> list[tuple[str, str, int, int]]:
        if ticks == row.ticks and lots <= row.lots:
            row.lots = lots
            return []
        self.cancel(row.name)
        return self.place(Row(row.name, row.side, ticks, lots), rests=True)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "take", "cancel", "amend", "crowd"]),
        st.sampled_from(list(Side)),
        st.integers(95, 105),
        st.integers(1, 9),
        st.integers(0, 40),
    ),
    max_size=60,
)


def sim_order(row: Row, tif: TimeInForce) -> SimOrder:
    return SimOrder(
        order_id=row.name,
        account="a",
        client_order_id=row.name,
        side=row.side,
        price_ticks=row.ticks,
        quantity_lots=row.lots,
        remaining_lots=row.lots,
        arrived_ns=0,
        time_in_force=tif,
    )


@given(ACTIONS)
def test_price_time_priority_is_that_of_the_naive_model(
    actions: list[tuple[str, Side, int, int, int]],
) -> None:
    book, naive = MatchingMarket(INSTRUMENT), NaiveBook()
    orders: dict[str, SimOrder] = {}
    crowd = 0
    for number, (action, side, ticks, lots, pick) in enumerate(actions):
        name = f"n{number}"
        if action == "crowd":
            crowd += 1
            book.crowd_place(side, ticks, lots)
            naive.place(Row(f"c{crowd}", side, ticks, lots), rests=True)
            book.place(sim_order(Row("", side, 0, 0), TimeInForce.IOC), 0)  # takes the executions of the crowd's order
        elif action in ("place", "take"):
            tif = TimeInForce.GTC if action == "place" else TimeInForce.IOC
            order = orders[name] = sim_order(Row(name, side, ticks, lots), tif)
            fillable = book.fillable_lots(order)
            executions = book.place(order, number)
            expected = naive.place(Row(name, side, ticks, lots), rests=action == "place")
            takes = [(row.price_ticks, row.quantity_lots) for row in executions if not row.maker]
            assert takes == [(price, size) for _, _, price, size in expected]
            makes = [(row.order.order_id, row.quantity_lots) for row in executions if row.maker]
            assert makes == [(maker, size) for maker, _, _, size in expected if not maker.startswith("c")]
            assert fillable == sum(size for *_, size in expected)
        else:
            row = naive.find(f"n{pick}")
            if row is None:
                continue
            order = orders[row.name]
            if action == "cancel":
                book.remove(order)
                naive.cancel(row.name)
            else:
                executions = book.amend(order, ticks, lots, number)
                expected = naive.amend(row, ticks, lots)
                assert [execution.quantity_lots for execution in executions if not execution.maker] == [
                    size for *_, size in expected
                ]
        for one in Side:
            resting = [(order.order_id, order.remaining_lots) for order in book.ladder(one).crossing(one.sign * -1_000)]
            queue = sorted((row for row in naive.rows if row.side is one), key=lambda row: -row.ticks * row.side.sign)
            assert resting == [(row.name, row.lots) for row in queue]
            ladder = book.ladder(one)
            for level in ladder.ticks():
                assert ladder.lots(level) == sum(row.lots for row in queue if row.ticks == level)
