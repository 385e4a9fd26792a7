"""The journal of a scripted martingale tells its cycle from the first moment to flat, in this order and no other."""

import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from mmtui.core.state import State
from mmtui.core.step import StepResult, step
from mmtui.engine.audit import Auditor, journals_below
from mmtui.engine.codec import decode_batch, decode_head
from mmtui.engine.proof import residual
from mmtui.engine.timeline import Timeline
from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import Event, Fill, MarkPrice, Start
from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.simulation.venue import Venue
from mmtui.storage.journal_reader import JournalReader
from mmtui.storage.records import RecordKind
from mmtui.strategies.martingale.decide import Memory
from mmtui.wiring import SIM_START_NS
from tests.acceptance.processes import EXAMPLES
from tests.unit.engine_cells import Bench

D = Decimal
LEFTOVER = "mm-layers-leftover"
LAYERS = {
    "total_capital": "700", "max_layers": 3, "price_step_pct": "0.5", "entry_type": "offset", "take_profit_pct": "0.6",
    "stop_loss_pct": "3", "trailing_activation_pct": None, "trailing_distance_pct": None, "cycles": 1,
}  # fmt: skip
STORY = ["clock", "cancel existing", "price", "layers", "fills", "the exit", "cancel", "close", "flat"]


class Marked:
    """A venue whose mark price is what the script says, once it says so."""

    def __init__(self, venue: Venue) -> None:
        self.mark: Decimal | None = None
        self._venue = venue

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is the venue's
        return getattr(self._venue, name)

    def advance(self, now_ns: int) -> list[Event]:
        told = self._venue.advance(now_ns)
        mark = self.mark
        if mark is None:
            return told
        return [replace(event, mark=mark) if isinstance(event, MarkPrice) else event for event in told]


class Script:
    """A martingale on a market that moves only when it is told to, with an order of an earlier run still resting."""

    def __init__(self, home: Path, **settings: object) -> None:
        document = json.loads((EXAMPLES / "martingale.sim.json").read_text(encoding="utf-8"))
        document["accounts"]["sim"]["market"] |= {"volatility_bps": 0, "burst_share": 0}
        document["strategies"][0]["settings"] = LAYERS | settings
        document["risk"] = {"max_daily_loss": "1000", "max_drawdown": "1000", "price_band_pct": "10"}
        self.bench = Bench(home, document)
        (self.cell,) = self.bench.cells
        self.marked = Marked(self.bench.venue)
        self.timeline = Timeline(self.bench.cells, cast("Venue", self.marked), self.bench.rooms)
        self.now_ns = SIM_START_NS
        state = self.state
        far = PlaceOrder(
            state.account, state.instrument.id, LEFTOVER, Side.BUY, D(140), D("0.5"), TimeInForce.GTC, post_only=True
        )
        self.bench.venue.submit(far, self.now_ns)  # on its way before our first question is
        self.timeline.begin(self.now_ns)

    @property
    def state(self) -> State:
        assert isinstance(self.cell.state, State)
        return self.cell.state

    @property
    def memory(self) -> Memory:
        assert isinstance(self.state.memory, Memory)
        return self.state.memory

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end_ns = self.now_ns + int(seconds * NS_PER_S)
        while not condition():
            assert self.now_ns < end_ns, f"waited in vain: {self.state.quotes.reason}"
            self.now_ns += NS_PER_S // 20
            self.timeline.run_until(self.now_ns)

    def move(self, price: Decimal) -> None:
        self.bench.venue.move_mid(self.state.instrument.id, price, self.now_ns)

    def finish(self) -> None:
        """Live until the run has ended by itself."""
        self.until(lambda: self.timeline.ended)

    def held(self) -> Decimal:
        return self.state.position or D(0)


class Teller:
    """Reads a journal and names what happens for the first time, in order."""

    def __init__(self, journal: Path) -> None:
        self.told: list[str] = []
        self.exit = ""
        self._state: State | None = None
        kind = None
        for record in JournalReader(journal):
            if record.kind is RecordKind.HEAD and self._state is None:
                head, kind = decode_head(record.payload)
                self._state = head.state
            elif record.kind is RecordKind.BATCH:
                assert self._state is not None
                assert kind is not None
                batch = decode_batch(record.payload)
                for event in batch.events:
                    self._hear(event)
                self._see(self._state, step(self._state, kind, batch.now_ns, batch.events))

    def _tell(self, word: str) -> None:
        if word not in self.told:
            self.told.append(word)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Start):
            self._tell("clock")
        elif isinstance(event, Fill):
            self._tell("fills")

    def _see(self, state: State, result: StepResult | None) -> None:
        memory = state.memory
        assert isinstance(memory, Memory)
        if memory.layers:
            self._tell("price")
        if memory.exit:
            self.exit = memory.exit
            self._tell("the exit")
        for approved in result.commands if result is not None else ():
            self._command(approved.command)
        if "close" in self.told and not state.position and not state.orders.live:
            self._tell("flat")

    def _command(self, command: object) -> None:
        if isinstance(command, CancelOrder):
            self._tell("cancel existing" if command.client_order_id == LEFTOVER else "cancel")
        elif isinstance(command, PlaceOrder):
            self._tell("close" if command.reduce_only else "layers")


def _told(home: Path) -> tuple[list[str], str]:
    (journal,) = journals_below(home / "journal")
    report = Auditor(journal).run()
    assert report.identical, report.mismatch
    teller = Teller(journal)
    return teller.told, teller.exit


EXITS = [
    pytest.param("take profit", {}, D("1.009"), id="take profit"),
    pytest.param("stop loss", {}, D("0.965"), id="stop loss"),
    pytest.param("dynamic stop", {"dynamic_stop_pct": "2", "stop_loss_pct": "9"}, D("0.975"), id="dynamic stop"),
]
"""What the exit is called, settings, and where the book (for a gain) or the mark (for a loss) goes."""


@pytest.mark.parametrize(("name", "settings", "last"), EXITS)
def test_a_cycle_in_its_order(tmp_path: Path, name: str, settings: dict[str, object], last: Decimal) -> None:
    script = Script(tmp_path, **settings)
    with closing(script.bench):
        _play(script, last)
    told, exit_named = _told(tmp_path)
    assert exit_named == name
    assert told == STORY


def _play(script: Script, last: Decimal) -> None:
    """One layer fills, the price goes where an exit waits, and the run ends by itself."""
    script.until(lambda: len(script.state.orders.live) == 3)
    start = script.memory.layers[0].price
    script.move(start * D("0.999"))
    script.until(lambda: script.held() >= script.memory.layers[0].quantity)
    assert script.memory.phase == "ladder"
    if last > 1:
        script.move(start * last)
    else:
        script.marked.mark = script.state.instrument.price_down(start * last)
    script.finish()
    state = script.state
    assert state.stop is not None
    assert state.stop.proven
    assert state.position == 0
    assert residual([state]) == 0
