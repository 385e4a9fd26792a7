"""One step of the engine: event in, approved commands out; everything between, nothing around it."""

import gc
import statistics
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.ingest import Floor
from benchmarks.recording import DepthFrames
from benchmarks.rounds import percentile
from benchmarks.scene import ACCOUNT, NEVER_NS, SOL, quoting_cell, yes
from benchmarks.tables import Table
from mmtui.core.state import Policy
from mmtui.core.step import StepResult
from mmtui.engine.cell import Recorder
from mmtui.engine.codec import encode_head
from mmtui.model.commands import AmendOrder, CancelOrder, PlaceOrder
from mmtui.model.events import AccountTotals, BookDelta, BookSnapshot, Event, Level, Start
from mmtui.model.facts import VenueFacts
from mmtui.storage.journal_thread import ThreadedWriter

START_NS: Final = 1_767_225_600 * 10**9
INTERVAL_NS: Final = 1_000_000_000
MID_TICKS: Final = 15_000
ROUNDS: Final = 10
YARD: Final = 500
SHOWN: Final = 300
DEEP: Final = 40
"""So many ticks around the mid are left to the touch, which moves."""


class Stage:
    """A quoting cell on a market whose touch is moved by hand, with the time of every step taken."""

    def __init__(self, *, can_amend: bool) -> None:
        policy = Policy(reconcile_every_ns=NEVER_NS)
        self.cell = quoting_cell(
            VenueFacts(venue="bench", can_amend=can_amend), policy=policy,
            spread_pct=Decimal("0.2"), quantity=Decimal("0.1"), interval=Decimal(1), requote_tolerance_bps=Decimal(2),
        )  # fmt: skip
        self._now_ns = START_NS
        self._sequence = 1
        self._touch = (MID_TICKS, MID_TICKS + 1)
        self.open()

    def open(self) -> None:
        """Until the first two orders rest."""
        now = self._now_ns
        result = self.cell.feed(now, [AccountTotals(ACCOUNT, now, granted=True), Start(now)])
        assert result is not None
        self.cell.feed(now, yes(result.commands, now))
        bids = [(price / 100, 1.0) for price in (self._touch[0], *range(MID_TICKS - DEEP, MID_TICKS - SHOWN, -1))]
        asks = [(price / 100, 1.0) for price in (self._touch[1], *range(MID_TICKS + DEEP, MID_TICKS + SHOWN))]
        result = self.cell.feed(now, [BookSnapshot(SOL.id, now, bids, asks, self._sequence)])
        assert result is not None
        self.cell.feed(now, yes(result.commands, now))
        assert len(self.cell.state.orders.live) == 2

    def move(self, ticks: int, wait_ns: int) -> Event:
        """The touch goes to ``ticks`` from the middle; so much later."""
        bid, ask = self._touch
        self._touch = new_bid, new_ask = MID_TICKS + ticks, MID_TICKS + ticks + 1
        return self._delta(_moved(bid, new_bid), _moved(ask, new_ask), wait_ns)

    def deeper(self, number: int) -> Event:
        """Six levels behind the touch change."""
        size = 1.0 + number % 7
        bids = [((MID_TICKS - DEEP - 10 * row) / 100, size) for row in range(3)]
        return self._delta(bids, [((MID_TICKS + DEEP + 10 * row) / 100, size) for row in range(3)], 1_000)

    def _delta(self, bids: list[Level], asks: list[Level], wait_ns: int) -> Event:
        self._now_ns += wait_ns
        self._sequence += 1
        return BookDelta(SOL.id, self._now_ns, bids, asks, self._sequence, self._sequence - 1)

    def timed(self, events: list[Event]) -> tuple[StepResult | None, float]:
        """Feed a batch; the result and the microseconds it took."""
        feed, now = self.cell.feed, self._now_ns
        started = perf_counter_ns()
        result = feed(now, events)
        return result, (perf_counter_ns() - started) / 1_000

    def answer(self, result: StepResult) -> tuple[StepResult | None, float]:
        """The venue says yes to all of it, a millisecond later."""
        self._now_ns += 1_000_000
        return self.timed(yes(result.commands, self._now_ns))


def _moved(old: int, new: int) -> list[Level]:
    return [(new / 100, 1.0)] if old == new else [(old / 100, 0.0), (new / 100, 1.0)]


Samples = dict[str, list[float]]

CANCELS, PLACES, AMENDS = "book event -> 2 cancels", "2 acks -> 2 places", "book event -> 2 amends"
BOTH, ENDED = "two-sided requote by cancels and places (both steps)", "2 acks -> nothing more to do"
QUIET, SETTLED = "quiet frame: 6 deeper levels", "decisive frame inside the interval: nothing to do"
KEPT, JOURNALLED = "re-priced, orders near enough: nothing to do", "the same requote, journalled in full"


def replaced(count: int) -> Samples:
    """Requotes by cancel and place, the touch swinging by 10 ticks."""
    return _replaced(Stage(can_amend=False), count, BOTH)


def _replaced(stage: Stage, count: int, name: str) -> Samples:
    samples: Samples = {CANCELS: [], PLACES: [], name: [], ENDED: []}
    for number in range(count):
        result, first_us = stage.timed([stage.move(0 if number % 2 else 10, 2 * INTERVAL_NS)])
        assert result is not None
        assert [type(row.command) for row in result.commands] == [CancelOrder, CancelOrder], result
        result, second_us = stage.answer(result)
        assert result is not None
        assert [type(row.command) for row in result.commands] == [PlaceOrder, PlaceOrder], result
        result, third_us = stage.answer(result)
        assert result is not None
        assert not result.commands
        for key, value in zip(samples, (first_us, second_us, first_us + second_us, third_us), strict=True):
            samples[key].append(value)
    return samples


def amended(count: int) -> Samples:
    """Requotes where the venue can change a live order."""
    stage = Stage(can_amend=True)
    samples: Samples = {AMENDS: []}
    for number in range(count):
        result, us = stage.timed([stage.move(0 if number % 2 else 10, 2 * INTERVAL_NS)])
        assert result is not None
        assert [type(row.command) for row in result.commands] == [AmendOrder, AmendOrder], result
        samples[AMENDS].append(us)
        result, _ = stage.answer(result)
        assert result is not None
        assert not result.commands
    return samples


def idle(count: int) -> Samples:
    """Frames that lead to no command."""
    stage = Stage(can_amend=False)
    kinds: dict[str, Callable[[int], Event]] = {
        SETTLED: lambda number: stage.move(1 - number % 2, 1_000),
        KEPT: lambda number: stage.move(1 - number % 2, 2 * INTERVAL_NS),
        QUIET: stage.deeper,
    }
    samples: Samples = {name: [] for name in kinds}
    for name, event in kinds.items():
        for number in range(count):
            result, us = stage.timed([event(number)])
            assert (result is None) is (name == QUIET), name
            assert result is None or not result.commands, result
            samples[name].append(us)
    return samples


def journalled(count: int) -> Samples:
    """The requote by cancel and place with a full journal on its own thread, as a live run keeps it."""
    stage = Stage(can_amend=False)
    cell = stage.cell
    with tempfile.TemporaryDirectory() as folder:
        writer = ThreadedWriter(Path(folder), "bench", "maker", lambda: encode_head(cell.state, "full"))
        cell.recorder = Recorder(writer, cell.state.quotes, full=True)
        samples = _replaced(stage, count, JOURNALLED)
        writer.close()
        assert writer.failure is None
    return {JOURNALLED: samples[JOURNALLED]}


def measure(path: Path, count: int) -> Table:
    """The table of about ``count`` samples a row, in rounds that the floor of ingest takes turns with."""
    table = Table(
        f"Step: {count:,} samples a row, book of {2 * (SHOWN - DEEP):,} levels",
        ["what", "us median", "p99", "x floor frame"],
        notes=[
            "Wall time of Cell.feed, the clock's own 0.1 us included; event objects exist before.",
            "The floor frame (see ingest) ran between the rounds: ratios to it hold on a busy machine, times do not.",
        ],
    )
    yardstick = Floor(DepthFrames(path, ROUNDS * YARD))
    parts: tuple[Callable[[int], Samples], ...] = (replaced, amended, idle, journalled)
    for part in parts:
        part(50)
    gc.collect()
    gc.freeze()
    samples: Samples = {}
    ratios: Samples = {}
    for number in range(ROUNDS):
        yard_us = yardstick.run(number * YARD, (number + 1) * YARD) / YARD * 1e6
        for part in parts:
            for name, values in part(count // ROUNDS).items():
                samples.setdefault(name, []).extend(values)
                ratios.setdefault(name, []).append(statistics.median(values) / yard_us)
    gc.unfreeze()
    table.rows = [
        [name, percentile(values, 0.5), percentile(values, 0.99), statistics.median(ratios[name])]
        for name, values in samples.items()
    ]
    return table
