"""From any state, whatever fills, is refused, goes dark, is traded by hand or restarts: a cycle ends in good time."""

import random
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mmtui.core.state import Phase, PositionPolicy
from mmtui.engine.codec import decode_head, encode_head
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Decision, Snapshot
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO
from mmtui.simulation.settings import VenueSettings
from mmtui.strategies import kind as find_kind
from mmtui.strategies.martingale.decide import Memory, decide
from mmtui.strategies.martingale.plan import layers_from
from mmtui.strategies.martingale.settings import Settings
from tests.unit.core_scenes import ACCOUNT, BEGIN_NS, Run, make_state, sim_venue

D = Decimal
LOT = TICK = D("0.01")
PERP = Instrument("x:SOL-PERP", "x", "SOL-PERP", MarketType.PERP, "SOL", "USDC", TICK, LOT, LOT)
RUNTIME_S = 60
LONG = Settings(
    total_capital=D(70), max_layers=3, multiplier=D("1.3"), price_step_pct=D(1), entry_type="offset",
    dynamic_stop_pct=D(4), runtime=D(RUNTIME_S), cycles=1,
)  # fmt: skip
CHOICES = [LONG, replace(LONG, direction="short"), replace(LONG, entry_type="market"), replace(LONG, cycles=2)]
COOL_S = 60


class World:
    """An account and a market that does as it is told; only what the strategy asks for, and a hand, moves it."""

    def __init__(self, chosen: Settings, instrument: Instrument, held: Decimal, memory: Memory) -> None:
        self.chosen = chosen
        self.instrument = instrument
        self.held = held
        self.average = D(100) if held else None
        self.memory = memory
        self.now_ns = BEGIN_NS

    def picture(self, price: Decimal, *, dark: bool) -> Snapshot:
        return Snapshot(
            now_ns=self.now_ns, instrument=self.instrument, best_bid=None if dark else price - TICK,
            best_ask=None if dark else price + TICK, mid=None if dark else price, mark=price,
            book_time_ns=self.now_ns, position=self.held, average_entry=self.average, unrealized_pnl=ZERO,
            base_total=None, quote_total=D(10_000), fills=0, stale_after_ns=2 * NS_PER_S, bids=[], asks=[],
        )  # fmt: skip

    def step(self, price: Decimal, share: Decimal, *, dark: bool = False) -> Decision[Memory]:
        """Decide, then let ``share`` of what the price reaches fill; 0 is a refusal."""
        decision = decide(self.chosen, self.picture(price, dark=dark), self.memory)
        self.memory = decision.memory
        if decision.take is not None:
            self.trade((decision.take.target - self.held) * share, price)
        close = decision.close
        if close is not None:
            wanted = close.target - self.held
            grows = wanted * self.held >= 0
            assert not grows, "the core would never carry this out"
            self.trade(max(-abs(self.held), min(abs(self.held), wanted)) * share, price)
        for quote in decision.quotes.bids:
            if price <= quote.price:
                self.trade(quote.quantity * share, quote.price)
        for quote in decision.quotes.asks:
            if price >= quote.price:
                self.trade(-quote.quantity * share, quote.price)
        return decision

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        before, self.held = self.held, self.held + quantity.quantize(LOT)
        if abs(self.held) > abs(before) and self.held * before >= 0:
            paid = (self.average or ZERO) * before + price * (self.held - before)
            self.average = paid / self.held
        elif self.held * before < 0:
            self.average = price
        elif not self.held:
            self.average = None


prices = st.decimals("60", "140", places=2)
shares = st.sampled_from([D(0), D(0), D("0.3"), D(1)])
hands = st.sampled_from([ZERO] * 12 + [D("0.05"), D("-0.05"), D("-1")])
moments = st.tuples(prices, shares, hands, st.sampled_from(["", "", "", "restart", "dark"]), st.integers(1, 5_000))
quantities = st.integers(-60, 300).map(lambda lots: lots * LOT)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any settings, any holding, any phase with any layers."""
    chosen = draw(st.sampled_from(CHOICES))
    spot = chosen.direction == "long" and draw(st.booleans())
    instrument = replace(PERP, market_type=MarketType.SPOT) if spot else PERP
    held, base = draw(quantities), draw(quantities)
    if spot:
        held, base = abs(held), abs(base)
    phase = draw(st.sampled_from(["idle", "entry", "ladder", "closing", "cooling"]))
    layers = layers_from(chosen, instrument, draw(prices), D(70)) if phase in ("entry", "ladder", "closing") else ()
    memory = msgspec.convert(
        {
            "phase": phase, "base": str(base), "base_entry": "100", "began_ns": BEGIN_NS,
            "exit": "stop loss" if phase in ("closing", "cooling") else "",
            "cool_until_ns": BEGIN_NS + COOL_S * NS_PER_S if phase == "cooling" else 0,
        },
        type=Memory, strict=False,
    )  # fmt: skip
    return World(chosen, instrument, held, replace(memory, layers=layers))


@hypothesis_settings(deadline=None, max_examples=300, derandomize=True)
@given(worlds(), st.lists(moments, max_size=60))
def test_phases_always_end(world: World, story: list[tuple[Decimal, Decimal, Decimal, str, int]]) -> None:
    """Once the market fills again, all is over within the runtimes and rests, back at what was held before."""
    for price, share, hand, word, wait_ms in story:
        world.now_ns += wait_ms * NS_PER_MS
        if word == "restart":
            world.memory = msgspec.msgpack.decode(msgspec.msgpack.encode(world.memory), type=Memory)
        if hand and (world.instrument.market_type is MarketType.PERP or world.held + hand >= 0):
            world.trade(hand, price)
        before = world.memory
        if world.step(price, share, dark=word == "dark").finished:
            assert world.memory.cycles_done == (world.chosen.cycles or 0)
            return
        if word != "dark" and before.phase in ("entry", "ladder"):
            cycle_s = (world.now_ns - before.began_ns) / NS_PER_S
            assert cycle_s < RUNTIME_S or world.memory.phase not in ("entry", "ladder")
    for _ in range((RUNTIME_S + COOL_S) * 3):
        world.now_ns += NS_PER_S
        if world.step(D(100), D(1)).finished:
            assert world.held == world.memory.base or abs(world.held) < abs(world.memory.base)
            return
    raise AssertionError(f"no end: {world.memory}")


@pytest.mark.parametrize("seed", range(16))
def test_a_cycle_on_a_rough_venue_ends_flat(seed: int) -> None:
    """Rejects, lost answers, failing reads, and a state that is written and read again: the run ends by itself."""
    rng = random.Random(seed)
    manners = VenueSettings(
        order_latency_ms=rng.choice([0, 5, 20]), timeout_ms=500, reject_rate=rng.choice([0, 0.3]),
        timeout_rate=rng.choice([0, 0.2]), loss_rate=rng.choice([0, 0.1]), read_fail_rate=rng.choice([0, 0.3]),
    )  # fmt: skip
    venue, instrument = sim_venue(seed, manners, volatility_bps=30.0)
    chosen = Settings(
        direction=rng.choice(["long", "short"]), total_capital=D(700), max_layers=3, price_step_pct=D("0.05"),
        entry_type=rng.choice(["market", "offset"]), take_profit_pct=D("0.1"), stop_loss_pct=D("0.3"),
        runtime=D(8), cycles=2, cool_down=D(1),
    )  # fmt: skip
    kind = find_kind("martingale")
    policy = make_state().policy
    state = make_state(
        chosen, instrument, manners.facts(), kind="martingale", memory=kind.initial_memory(),
        policy=replace(policy, on_stop_position=PositionPolicy.FLATTEN),
    )  # fmt: skip
    run = Run(state, kind, venue)
    for _ in range(12):
        run.until(run.now_ns + 10 * NS_PER_S)
        if run.state.phase is Phase.STOPPED:
            break
        head, _ = decode_head(encode_head(run.state, "full"))
        assert head.state is not None
        run.state = head.state
    assert run.state.phase is Phase.STOPPED, run.state.quotes.reason
    assert run.state.stop is not None
    assert "cycle(s)" in run.state.stop.reason
    assert run.state.stop.proven
    truth = venue.truth(ACCOUNT)
    assert truth.positions.get(instrument.id, (ZERO, None))[0] == 0
    assert not run.venue_orders()
    assert run.state.orders.counters.fills or chosen.entry_type == "offset"
