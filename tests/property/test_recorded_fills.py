"""What no recording and no set of orders may break: no fill without volume, none in a gap, ours by price and time."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from mmtui.model.events import BookDelta, BookSnapshot, Level, MarketEvent, PublicTrade, StreamDown
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, Side
from mmtui.simulation.market import Execution, SimOrder
from mmtui.simulation.recorded import RecordedMarket, RecordedSettings

NAME = "replay:X"
COIN = Instrument(
    id=NAME,
    venue="replay",
    symbol="X",
    market_type=MarketType.PERP,
    base_asset="X",
    quote_asset="USD",
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.01"),
)


class Ask(Struct, frozen=True):
    """Place (lots > 0) an order, or cancel the oldest one that rests (lots = 0)."""

    side: Side
    ticks: int
    lots: int
    post_only: bool


ticks = st.integers(990, 1010)
sizes = st.integers(1, 300)


def levels(best: int, step: int, lots: Sequence[int]) -> list[Level]:
    return [((best + i * step) / 10, size / 100) for i, size in enumerate(lots)]


@st.composite
def snapshots(draw: st.DrawFn) -> BookSnapshot:
    bid = draw(ticks)
    ask = bid + draw(st.integers(0, 4))
    several = st.lists(sizes, min_size=1, max_size=4)
    return BookSnapshot(NAME, 0, levels(bid, -1, draw(several)), levels(ask, 1, draw(several)))


trades = st.builds(
    lambda price, size, taker: PublicTrade(NAME, 0, price / 20, size / 100, taker),
    st.integers(1980, 2020),  # half ticks too
    sizes,
    st.sampled_from([Side.BUY, Side.SELL, None]),
)
deltas = st.builds(
    lambda price, size, is_bid: BookDelta(
        NAME, 0, [(price / 10, size / 100)] if is_bid else [], [] if is_bid else [(price / 10, size / 100)]
    ),
    ticks,
    st.integers(0, 300),
    st.booleans(),
)
gaps = st.just(StreamDown("public", 0, "gap", NAME))
asks = st.builds(Ask, st.sampled_from(Side), ticks, st.integers(0, 200), st.booleans())
scripts = st.lists(snapshots() | trades | deltas | asks | asks | gaps, max_size=60)


class Step(Struct, frozen=True):
    """An event, what rested when it came, and what it filled (of orders that were resting)."""

    event: MarketEvent
    in_gap: bool
    resting: list[tuple[str, Side, int, int]]
    executions: list[Execution]


def play(script: Sequence[MarketEvent | Ask], settings: RecordedSettings) -> list[Step]:
    market = RecordedMarket(COIN, settings)
    alive: dict[str, SimOrder] = {}
    steps: list[Step] = []
    in_gap = True
    for number, item in enumerate(script):
        if isinstance(item, Ask):
            _ask(market, alive, item, number, in_gap=in_gap)
            continue
        resting = [(one.order_id, one.side, one.price_ticks, one.remaining_lots) for one in alive.values()]
        executions = market.feed(item)
        steps.append(Step(item, in_gap, resting, executions))
        if isinstance(item, StreamDown):
            in_gap = True
        elif isinstance(item, BookSnapshot):
            in_gap = False
        alive = {name: one for name, one in alive.items() if one.remaining_lots}
    return steps


def _ask(market: RecordedMarket, alive: dict[str, SimOrder], ask: Ask, number: int, *, in_gap: bool) -> None:
    if not ask.lots:
        if alive:
            market.remove(alive.pop(next(iter(alive))))
        return
    order = SimOrder(
        order_id=str(number),
        account="a",
        client_order_id=str(number),
        side=ask.side,
        price_ticks=ask.ticks,
        quantity_lots=ask.lots,
        remaining_lots=ask.lots,
        arrived_ns=number * NS_PER_MS,
        time_in_force=TimeInForce.GTC,
        post_only=ask.post_only,
    )
    fillable = market.fillable_lots(order)
    executions = market.place(order, number)
    traded = sum(execution.quantity_lots for execution in executions)
    assert traded == (0 if ask.post_only else fillable) == ask.lots - order.remaining_lots
    assert not (in_gap and executions)
    limit = ask.side.sign * ask.ticks
    assert all(ask.side.sign * execution.price_ticks <= limit for execution in executions)
    if order.remaining_lots:
        alive[order.order_id] = order


only_trades = RecordedSettings(cross_fills=False)


@given(scripts)
def test_fills_never_exceed_the_volume_traded_at_or_through_our_price(script: list[MarketEvent | Ask]) -> None:
    for step in play(script, only_trades):
        event = step.event
        if not isinstance(event, PublicTrade):
            assert step.executions == []
            continue
        assert sum(execution.quantity_lots for execution in step.executions) <= event.size * 100 + 1e-6
        for execution in step.executions:
            side = execution.order.side
            assert event.taker_side is not side
            assert side.sign * (event.price * 10 - execution.price_ticks) <= 1e-6
            assert execution.maker
            assert execution.quantity_lots > 0


@given(scripts)
def test_an_order_never_fills_beyond_its_quantity_nor_off_its_price(script: list[MarketEvent | Ask]) -> None:
    done: dict[str, int] = defaultdict(int)
    for step in play(script, RecordedSettings()):
        for execution in step.executions:
            assert execution.price_ticks == execution.order.price_ticks
            done[execution.order.order_id] += execution.quantity_lots
            assert done[execution.order.order_id] <= execution.order.quantity_lots


@given(scripts)
def test_inside_a_gap_nothing_ever_fills(script: list[MarketEvent | Ask]) -> None:
    for step in play(script, RecordedSettings()):
        if step.in_gap and not isinstance(step.event, BookSnapshot):
            assert step.executions == []


@given(scripts)
def test_a_worse_or_later_order_trades_only_when_better_and_earlier_ones_are_done(
    script: list[MarketEvent | Ask],
) -> None:
    for step in play(script, RecordedSettings()):
        traded: dict[str, int] = defaultdict(int)
        for execution in step.executions:
            traded[execution.order.order_id] += execution.quantity_lots
        for side in Side:
            # Placed in order of their numbers, so a stable sort by price is price-time priority.
            queue = sorted((one for one in step.resting if one[1] is side), key=lambda one: -side.sign * one[2])
            unfinished_ticks: int | None = None
            for name, _, price_ticks, remaining in queue:
                if unfinished_ticks is not None and isinstance(step.event, PublicTrade):
                    assert traded[name] == 0 or price_ticks != unfinished_ticks
                if traded[name] < remaining and unfinished_ticks is None:
                    unfinished_ticks = price_ticks


@given(scripts, st.integers(0, 60))
def test_the_past_does_not_depend_on_the_future(script: list[MarketEvent | Ask], cut: int) -> None:
    whole, part = play(script, RecordedSettings()), play(script[:cut], RecordedSettings())
    assert [_told(step) for step in part] == [_told(step) for step in whole[: len(part)]]


def _told(step: Step) -> list[tuple[str, int, int]]:
    return [(one.order.order_id, one.price_ticks, one.quantity_lots) for one in step.executions]
