"""Kinds with phases, killed again and again on a venue that fails: each time taken up, at the end flat or halted."""

import json
import random
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from mmtui.core.order_table import OrderTable
from mmtui.engine.cell import Cell
from mmtui.engine.ending import EXIT_OK, EXIT_RISK, exit_code
from mmtui.engine.keeper import Kept, encode_kept
from mmtui.engine.timeline import Timeline
from mmtui.model.events import BookDelta, BookSnapshot, Event
from mmtui.model.units import NS_PER_S, ZERO
from mmtui.simulation.venue import Venue
from mmtui.wiring import SIM_START_NS, rooms_for, sim_cells
from mmtui.wiring.cells import CellMaker
from tests.acceptance.processes import EXAMPLES
from tests.unit.engine_cells import Bench
from tests.unit.legs_scenes import document as pair_document

D = Decimal
MANNERS: dict[str, object] = {
    "reject_rate": 0.15, "timeout_rate": 0.05, "loss_rate": 0.05, "read_fail_rate": 0.1, "timeout_ms": 500,
}  # fmt: skip
HEDGE = {
    "quantity": "0.01", "hold_time": "4", "opening_timeout": "20", "closing_timeout": "8", "hedge_after": "1",
    "hedge_time": "3", "pause": "1",
}  # fmt: skip
LAYERS = {
    "total_capital": "700", "max_layers": 3, "price_step_pct": "0.05", "entry_type": "market",
    "take_profit_pct": "0.1", "stop_loss_pct": "0.3", "cycles": None, "cool_down": "1", "runtime": "15",
}  # fmt: skip


class Tap:
    """The venue's streams as a program meets them that has just connected: a whole book first, no old answers."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._books: dict[str, tuple[dict[float, float], dict[float, float]]] = {}
        self._sequences: dict[str, int | None] = {}
        self._since_ns = 0
        self._fresh = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is the venue's
        return getattr(self._venue, name)

    def connect(self, now_ns: int) -> None:
        """Another program listens from now on."""
        self._since_ns, self._fresh = now_ns, True

    def advance(self, now_ns: int) -> list[Event]:
        told = self._venue.advance(now_ns)
        for event in told:
            if isinstance(event, BookSnapshot):
                self._books[event.instrument] = dict(event.bids), dict(event.asks)
            elif isinstance(event, BookDelta):
                for side, levels in zip(self._books[event.instrument], (event.bids, event.asks), strict=True):
                    side.update(levels)
            if isinstance(event, BookSnapshot | BookDelta):
                self._sequences[event.instrument] = event.sequence
        heard: list[Event] = [event for event in told if getattr(event, "asked_ns", now_ns) >= self._since_ns]
        if not self._fresh:
            return heard
        self._fresh = False
        books = [event for event in heard if not isinstance(event, BookSnapshot | BookDelta)]
        return [*(self._snapshot(name, now_ns) for name in self._books), *books]

    def _snapshot(self, name: str, now_ns: int) -> BookSnapshot:
        bids, asks = ([row for row in side.items() if row[1]] for side in self._books[name])
        return BookSnapshot(name, now_ns, sorted(bids, reverse=True), sorted(asks), self._sequences[name])


class Life:
    """One strategy through several processes on one venue."""

    def __init__(self, home: Path, config: dict[str, Any]) -> None:
        self.bench = Bench(home, config)
        self.tap = Tap(self.bench.venue)
        self.cell: Cell = self.bench.cells[0]
        self.now_ns = SIM_START_NS
        self.kills = 0
        self._begin()

    def close(self) -> None:
        self.bench.close()

    def _begin(self) -> None:
        self.timeline = Timeline([self.cell], cast("Venue", self.tap), rooms_for([self.cell]))
        self.timeline.begin(self.now_ns)

    def live(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS_PER_S)
        self.timeline.run_until(self.now_ns)

    def kill(self, away_s: float) -> None:
        """The process is gone; later another one finds its checkpoint."""
        self.kills += 1
        kept = msgspec.msgpack.decode(encode_kept(self.cell), type=Kept)
        maker = CellMaker(self.bench.loaded, f"run-{self.kills}", threaded=False, journal=None)
        (cell,) = sim_cells(self.bench.loaded, maker, self.bench.venue, self.bench.instruments)
        cell.whole.memory = msgspec.msgpack.decode(kept.memory, type=cell.kind.memory_type)
        for state, leg in zip(cell.legs, kept.legs, strict=True):
            state.carried = leg.carried
            state.orders = OrderTable(prefix=f"{state.orders.prefix}{self.kills}-", family=state.orders.prefix)
        self.now_ns += int(away_s * NS_PER_S)
        self.tap.advance(self.now_ns)  # what happened meanwhile, nobody has heard
        self.tap.connect(self.now_ns)
        self.cell = cell
        self._begin()

    def truly_held(self) -> list[Decimal]:
        """What the venue says of each leg."""
        books = [self.bench.venue.truth(state.account) for state in self.cell.legs]
        return [
            truth.positions.get(state.instrument.id, (ZERO, None))[0]
            for truth, state in zip(books, self.cell.legs, strict=True)
        ]


def _config(kind: str, seed: int, on_start: str) -> dict[str, Any]:
    if kind == "dual_hedge":
        config = cast("dict[str, Any]", pair_document(kind, HEDGE, seed, **MANNERS))
    else:
        config = json.loads((EXAMPLES / "martingale.sim.json").read_text(encoding="utf-8"))
        config["accounts"]["sim"] |= {"settings": MANNERS, "market": {"name": "m1", "seed": seed}}
        config["strategies"][0]["settings"] = LAYERS
    config["strategies"][0]["on_start_position"] = on_start
    return config


@pytest.mark.parametrize("on_start", ["keep", "flatten"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["dual_hedge", "martingale"])
def test_killed_runs_are_taken_up_and_end_flat_or_halted(tmp_path: Path, kind: str, seed: int, on_start: str) -> None:
    rng = random.Random(seed)
    with closing(Life(tmp_path, _config(kind, seed, on_start))) as life:
        fills = 0
        for _ in range(5):
            life.live(rng.uniform(0.5, 12))
            if life.timeline.ended:
                break
            fills += sum(state.orders.counters.fills for state in life.cell.legs)
            life.kill(rng.choice([0.1, 2.0]))
        life.live(15)
        fills += sum(state.orders.counters.fills for state in life.cell.legs)
        life.timeline.stop("end of the test")
        states = life.cell.legs
        assert all(state.stop is not None and state.stop.proven for state in states)
        assert [state.position for state in states] == life.truly_held()
        assert all(life.bench.venue.open_order_count(state.account, state.instrument.id) == 0 for state in states)
        assert fills, "nothing was traded"
        code = exit_code(states)
        assert code in (EXIT_OK, EXIT_RISK)
        if code == EXIT_OK:
            assert not any(life.truly_held())
