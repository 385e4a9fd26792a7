"""Whole runs against the simulated venue with every fault it knows: what must hold at every instant and at the end."""

import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from mmtui.core.lifecycle import waits_for
from mmtui.core.risk import Limits
from mmtui.core.state import OrdersPolicy, Phase, Policy, PositionPolicy, State
from mmtui.core.step import step
from mmtui.engine.codec import decode_head, encode_head
from mmtui.model.commands import AmendOrder, PlaceOrder
from mmtui.model.events import CancelEverything, ChangeSettings, Event, Pause, Resume, Stop
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Quotes, Snapshot
from mmtui.model.units import NS_PER_S, ZERO, Side
from mmtui.simulation.settings import VenueSettings
from mmtui.strategies import kind as find_kind
from tests.unit.core_scenes import ACCOUNT, BEGIN_NS, Run, Wish, make_state, sim_venue

SECOND = NS_PER_S
PERIOD_NS = 400_000_000
MAX_ORDERS = 5
MAX_POSITION = Decimal(1_500)
DRIFT = Decimal("1.02")
"""Between the gate's judgement and this look the mark may have moved a little; the limit is judged when sending."""


class Restless:
    """Wants something else every 400 ms: other prices, sizes, counts, sometimes a close."""

    settings_type: type[Any] = Wish

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def decide(self, settings: Any, snapshot: Snapshot, memory: Any) -> Decision[Any]:  # noqa: ANN401 - as the port says
        bid, ask = snapshot.best_bid, snapshot.best_ask
        if bid is None or ask is None or snapshot.position is None or snapshot.stale():
            return Decision(Quotes(reason="no picture"), memory)
        turn = snapshot.now_ns // PERIOD_NS
        rng = random.Random(self.seed * 1_000_003 + turn)
        tick, size, shift = snapshot.instrument.tick_size, Decimal(rng.choice(["0.5", "1", "2"])), rng.randint(-3, 3)
        bids = tuple(Quote(bid + (shift - 2 * i) * tick, size) for i in range(rng.randint(0, 3)))
        asks = tuple(Quote(ask + (shift + 2 * i) * tick, size) for i in range(rng.randint(0, 3)))
        close = Close(ZERO, "restless") if rng.random() < 0.1 else None
        quotes = Quotes(bids, asks, "restless", rng.random() < 0.8, tick * rng.choice([0, 1]))
        return Decision(quotes, memory, close, (turn + 1) * PERIOD_NS)


def rough_venue(rng: random.Random) -> VenueSettings:
    return VenueSettings(
        order_latency_ms=rng.choice([0, 5, 20]),
        report_latency_ms=rng.choice([0, 5, 20]),
        latency_jitter_ms=rng.choice([0, 0, 10]),
        timeout_ms=rng.choice([500, 2_000]),
        reject_rate=rng.choice([0, 0.1, 0.3]),
        timeout_rate=rng.choice([0, 0.1, 0.3]),
        loss_rate=rng.choice([0, 0.1, 0.2]),
        read_fail_rate=rng.choice([0, 0.1, 0.5]),
        can_amend=rng.random() < 0.5,
    )


def rough_state(rng: random.Random, instrument: Instrument, settings: VenueSettings) -> State:
    perp = instrument.market_type is MarketType.PERP
    return make_state(
        instrument=instrument,
        facts=settings.facts(),
        policy=Policy(
            on_stop_orders=rng.choice([OrdersPolicy.CANCEL_MINE, OrdersPolicy.CANCEL_MINE, OrdersPolicy.CANCEL_ALL]),
            on_stop_position=rng.choice(list(PositionPolicy)),
            reconcile_every_ns=rng.choice([3, 30]) * SECOND,
            in_flight_timeout_ns=rng.choice([1, 5]) * SECOND,
        ),
        limits=Limits(
            max_order_notional=Decimal(1_000),
            max_position_notional=MAX_POSITION if perp else Decimal(1_000_000),
            max_open_orders=MAX_ORDERS,
            max_daily_loss=Decimal(1_000_000),
            max_drawdown=Decimal(1_000_000),
            price_band_pct=Decimal(2),
            stale_after_ns=2 * SECOND,
        ),
    )


def look(run: Run) -> None:
    """At the venue there is never more than the limits allow, and nothing that our table does not count."""
    resting = run.venue_orders()
    assert len(resting) <= MAX_ORDERS
    for order in resting:
        row = run.state.orders.find(order.client_order_id, None)
        assert row is not None
        assert not row.is_done
        assert order.quantity is not None
        assert row.worst_remaining >= order.quantity - (order.filled or ZERO)
    instrument, reference = run.state.instrument, run.state.reference
    if instrument.market_type is MarketType.PERP and reference is not None:
        held = run.venue.truth(ACCOUNT).positions.get(instrument.id, (ZERO, None))[0]
        left = dict.fromkeys(Side, ZERO)
        for order in resting:
            assert order.side is not None
            assert order.quantity is not None
            left[order.side] += order.quantity - (order.filled or ZERO)
        reachable = max(abs(held + left[Side.BUY]), abs(held - left[Side.SELL])) * reference
        assert reachable <= MAX_POSITION * DRIFT


def operate(rng: random.Random, run: Run, until_s: float) -> None:
    """Live on while the operator plays."""
    words = sorted((rng.uniform(0, until_s), rng.randrange(4)) for _ in range(rng.randint(0, 5)))
    for at_s, word in words:
        run.until(BEGIN_NS + int(at_s * SECOND))
        if run.state.phase is Phase.STOPPED:
            return
        now = run.now_ns
        settings = msgspec.Raw(msgspec.msgpack.encode(Wish()))
        said: list[Event] = [Pause(now), Resume(now), CancelEverything(now), ChangeSettings(now, settings)]
        run.feed([said[word]])
    run.until(max(BEGIN_NS + int(until_s * SECOND), run.now_ns))


def rough_run(seed: int) -> tuple[Run, int]:
    """One run with faults, up to its stop and beyond; returns it and how many commands were sent before the stop."""
    rng = random.Random(seed)
    settings = rough_venue(rng)
    market = rng.choice([MarketType.PERP, MarketType.PERP, MarketType.SPOT])
    venue, instrument = sim_venue(seed, settings, market, volatility_bps=rng.choice([5.0, 30.0]))
    run = Run(rough_state(rng, instrument, settings), Restless(seed), venue, look)
    operate(rng, run, rng.choice([0.0, 0.01, 0.5, 8.0]))
    sent = len(run.sent)
    asked_ns = run.now_ns
    run.feed([Stop(asked_ns, "test")])
    run.until(asked_ns + 40 * SECOND)
    assert run.state.phase is Phase.STOPPED, waits_for(run.state)
    assert run.now_ns - asked_ns <= run.state.policy.stop_timeout_ns + SECOND
    return run, sent


@pytest.mark.parametrize("seed", range(48))
def test_a_run_keeps_its_limits_and_proves_its_end_whatever_goes_wrong(seed: int) -> None:
    run, sent = rough_run(seed)
    state = run.state
    after_stop = [command for _, command in run.sent[sent:]]
    assert not [command for command in after_stop if isinstance(command, AmendOrder)]
    assert all(command.reduce_only for command in after_stop if isinstance(command, PlaceOrder))
    assert state.stop is not None
    truth = run.venue.truth(ACCOUNT)
    if state.stop.proven:
        assert not run.venue_orders()
        if state.instrument.market_type is MarketType.PERP:
            assert truth.positions.get(state.instrument.id, (ZERO, None))[0] == state.position
        else:
            assert truth.balances[state.instrument.base_asset][0] == state.position
    fills = sum(row.instrument == state.instrument.id for row in truth.fills)
    assert state.orders.counters.fills <= fills
    if state.stop.proven:
        assert state.orders.counters.fills == fills


def test_no_alarm_spins() -> None:
    """Steps that an alarm caused and that did nothing at all stay rare, also with the roughest venue."""
    for seed in (1, 5, 9):
        run, _ = rough_run(seed)
        assert run.idle_alarms < 120, seed
        assert run.steps < 6_000, seed


def test_after_the_end_a_step_asks_for_nothing_and_still_books() -> None:
    run, _ = rough_run(3)
    sent = len(run.sent)
    run.until(run.now_ns + 60 * SECOND, stopped=False)
    assert len(run.sent) == sent
    assert run.state.phase is Phase.STOPPED


@pytest.mark.parametrize("seed", range(6))
def test_cash_moves_at_the_venue_exactly_as_in_our_books(seed: int) -> None:
    rng = random.Random(seed)
    settings = VenueSettings(timeout_rate=0.1, funding_interval_s=5)
    venue, instrument = sim_venue(seed, settings, volatility_bps=30.0)
    run = Run(rough_state(rng, instrument, settings), Restless(seed), venue)
    run.until(BEGIN_NS + 20 * SECOND)
    run.feed([Stop(run.now_ns, "test")])
    run.until(run.now_ns + 40 * SECOND)
    assert run.state.stop is not None
    assert run.state.stop.proven
    truth, pnl = venue.truth(ACCOUNT), run.state.pnl
    quote = instrument.quote_asset
    change = truth.balances[quote][0] - truth.cash_start[quote]
    assert change == pnl.position.realized + pnl.fees.total + pnl.funding
    assert run.state.orders.counters.fills > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_state_written_and_read_again_goes_on_the_same(seed: int) -> None:
    """At every 50th step the whole state is encoded and decoded; the copy asks for the same commands to the end."""
    kind = find_kind("perp_maker")
    settings = kind.settings_type(
        spread_pct=Decimal("0.02"), quantity=Decimal(1), max_orders=2, interval=Decimal("0.3"), max_position=Decimal(6)
    )
    faults = VenueSettings(timeout_rate=0.1, loss_rate=0.1, reject_rate=0.1, read_fail_rate=0.1)
    venue, instrument = sim_venue(seed, faults, volatility_bps=30.0)
    state = make_state(settings, instrument, faults.facts(), kind="perp_maker", memory=kind.initial_memory())
    twin = Twin(Run(state, kind, venue))
    twin.live(BEGIN_NS + 15 * SECOND)
    twin.feed([Stop(twin.run.now_ns, "test")])
    twin.live(twin.run.now_ns + 40 * SECOND)
    assert twin.run.state.phase is Phase.STOPPED
    assert twin.copies > 5


class Twin:
    """A run whose state is replaced by its decoded copy now and then, while the original goes on beside it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.copies = 0
        self._other = self._copied()

    def feed(self, events: list[Event]) -> None:
        before = len(self.run.sent)
        self.run.feed(events)
        result = step(self._other, self.run.kind, self.run.now_ns, events)
        commands = [] if result is None else [approved.command for approved in result.commands]
        assert commands == [command for _, command in self.run.sent[before:]]
        assert self._other.wake_ns == self.run.state.wake_ns
        if self.run.steps % 50 == 0:
            self._other = self._copied()

    def live(self, end_ns: int) -> None:
        run = self.run
        while run.state.phase is not Phase.STOPPED:
            due = min(run.venue.next_time_ns() or run.now_ns, run.state.wake_ns)
            if due > end_ns:
                return
            run.now_ns = max(run.now_ns, due)
            events = [event for event in run.venue.advance(run.now_ns) if run.is_ours(event)]
            if events or run.state.wake_ns <= run.now_ns:
                self.feed(events)

    def _copied(self) -> State:
        self.copies += 1
        head, _ = decode_head(encode_head(self.run.state, "full"))
        assert head.state == self.run.state
        return head.state
