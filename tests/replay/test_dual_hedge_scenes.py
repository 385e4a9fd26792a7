"""What may go wrong with a hedged pair on the simulated venue: a hand at the account, a refused hedge, half a fill."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmtui.core.legs import LegsState
from mmtui.core.risk import Limits
from mmtui.engine.timeline import Timeline
from mmtui.model.commands import PlaceOrder
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.strategies.dual_hedge import Memory
from mmtui.wiring import SIM_START_NS
from tests.unit.engine_cells import Bench
from tests.unit.legs_scenes import D, document

SETTINGS = {
    "quantity": "0.01", "hold_time": "20", "opening_timeout": "30", "closing_timeout": "10", "hedge_after": "2",
    "hedge_time": "3",
}  # fmt: skip


class Scene:
    """A pair that runs until something holds, is disturbed, and runs on."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.bench = Bench(home, document("dual_hedge", SETTINGS | settings))
        (cell,) = self.bench.cells
        assert cell.desk is not None
        self.desk: LegsState = cell.desk
        self.timeline = Timeline(self.bench.cells, self.bench.venue, self.bench.rooms)
        self.timeline.begin(SIM_START_NS)
        self.clock_ns = SIM_START_NS
        self.unhedged_s = 0.0

    @property
    def memory(self) -> Memory:
        assert isinstance(self.desk.memory, Memory)
        return self.desk.memory

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        end_ns = self.clock_ns + int(seconds * NS_PER_S)
        while not condition():
            assert self.clock_ns < end_ns, f"waited in vain: {self.desk.quotes.reason}"
            self.run(0.05)

    def run(self, seconds: float) -> None:
        self.clock_ns += int(seconds * NS_PER_S)
        self.timeline.run_until(self.clock_ns)
        if self.desk.unhedged_ns:
            self.unhedged_s = max(self.unhedged_s, (self.clock_ns - self.desk.unhedged_ns) / NS_PER_S)

    def by_hand(self, index: int, side: Side, quantity: str) -> None:
        """Somebody trades on the account with another program."""
        state = self.desk.legs[index]
        price = (state.best_bid if side is Side.SELL else state.best_ask) or D(0)
        price = state.instrument.price_down(price * (D("0.99") if side is Side.SELL else D("1.01")))
        command = PlaceOrder(
            state.account, state.instrument.id, f"hand-{self.timeline.now_ns}", side, price, D(quantity),
            TimeInForce.IOC, post_only=False,
        )  # fmt: skip
        self.bench.venue.submit(command, self.timeline.now_ns)

    def held(self) -> list[object]:
        return [state.position for state in self.desk.legs]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A pair that is held for a minute."""
    scene = Scene(tmp_path, hold_time="60")
    yield scene
    scene.bench.close()


def test_a_leg_reduced_by_hand_while_the_pair_is_held_is_hedged_in_time(scene: Scene) -> None:
    scene.until(lambda: scene.memory.phase == "waiting")
    assert scene.held() == [D("0.01"), D("-0.01")]
    scene.by_hand(0, Side.SELL, "0.004")
    scene.until(lambda: scene.held()[0] == D("0.006"), 30)
    scene.until(lambda: scene.desk.unhedged_ns == 0, 8)
    assert scene.memory.phase == "waiting"
    assert scene.held() == [D("0.01"), D("-0.01")]
    assert 0 < scene.unhedged_s <= 8


def test_a_refused_hedge_unwinds_the_other_account(scene: Scene) -> None:
    """The second account may not hold anything: its limit refuses quote and hedge, so the first is brought back."""
    second = scene.desk.legs[1]
    limits = {name: getattr(second.limits, name) for name in second.limits.__struct_fields__}
    second.limits = Limits(**limits | {"max_position_notional": D(1)})
    scene.until(lambda: bool(scene.desk.unhedged_ns))
    scene.until(lambda: scene.desk.unhedged_ns == 0, 9)
    assert scene.unhedged_s <= 8
    assert scene.held() == [0, 0]
    assert any("max_position_notional" in reason for reason in second.why_not) or second.orders.counters.placed == 0


def test_a_pair_that_nobody_can_hedge_halts_and_names_its_exposure(scene: Scene) -> None:
    scene.until(lambda: scene.memory.phase == "waiting")
    for state in scene.desk.legs:
        limits = {name: getattr(state.limits, name) for name in state.limits.__struct_fields__}
        state.limits = Limits(**limits | {"price_band_pct": D("0.0000001")})
    scene.by_hand(0, Side.SELL, "0.004")
    scene.until(lambda: bool(scene.desk.halted), 40)
    assert "net exposure -0.004 BTC was neither hedged nor unwound" in scene.desk.halted
    assert all(state.stop is not None and state.stop.risk_stop for state in scene.desk.legs)


@pytest.mark.parametrize("phase", ["opening", "waiting", "closing"])
def test_a_stop_in_any_phase_ends_flat(scene: Scene, phase: str) -> None:
    scene.until(lambda: scene.memory.phase == phase)
    scene.timeline.stop("operator")
    assert scene.held() == [0, 0]
    assert all(state.stop is not None and state.stop.proven for state in scene.desk.legs)
