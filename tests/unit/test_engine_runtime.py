"""What the supervisor does when something of ours fails: orders are cancelled and proved gone, the others go on."""

import asyncio
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from mmtui.engine.cell import Cell
from mmtui.engine.ending import exit_code
from mmtui.engine.rescue import Rescue
from mmtui.engine.runtime import AccountPorts, Ending, Runtime
from mmtui.engine.worker import Worker
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.commands import CancelAll, CancelOrder, OrderCommand, PlaceOrder, Query, QueryOpenOrders
from mmtui.model.events import Event, OpenOrders, OrderReport, Unrecognised
from mmtui.model.orders import OrderStatus
from mmtui.model.quotes import Decision, Snapshot
from mmtui.model.units import Side
from mmtui.ports.errors import Ambiguous
from mmtui.ports.venue import EventSink
from mmtui.strategies import kind as find_kind
from mmtui.wiring import WallClock
from tests.acceptance.processes import sim_document
from tests.unit.engine_cells import Bench, until

PERP_MAKER = find_kind("perp_maker")


class FailingDecide:
    """Decides as perp_maker does, until ``when`` says so."""

    def __init__(self, when: Callable[[Snapshot], bool], error: Exception) -> None:
        self._when = when
        self._error = error

    def __call__(self, settings: Any, snapshot: Snapshot, memory: Any) -> Decision[Any]:  # noqa: ANN401 - as Kind
        if self._when(snapshot):
            raise self._error
        decision: Decision[Any] = PERP_MAKER.decide(settings, snapshot, memory)
        return decision


def two_strategies() -> dict[str, Any]:
    document = sim_document(accounts={"sim": {"settings": {"order_latency_ms": 5, "report_latency_ms": 5}}})
    second = {**document["strategies"][0], "name": "second", "symbol": "ETH-PERP"}
    second["settings"] = {**second["settings"], "quantity": "0.1", "max_position": "1", "position_threshold": "0.5"}
    document["strategies"].append(second)
    return document


class Loose(SimSession):
    """The simulated session, with cancels that get lost and streams that break when a test wants it."""

    lose_cancels = 0
    break_stream = False
    break_client: Exception | None = None

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        if self.break_client is not None:
            error, self.break_client = self.break_client, None
            raise error
        cancels = [command for command in commands if isinstance(command, CancelOrder | CancelAll)]
        if cancels and self.lose_cancels:
            self.lose_cancels -= 1
            commands = [command for command in commands if command not in cancels]
        return await super().execute(commands)

    async def run(self, sink: EventSink) -> None:
        def told(event: Event) -> None:
            if self.break_stream:
                self.break_stream = False
                raise ValueError("an adapter's bug")
            sink(event)

        await super().run(told)


class Trial:
    """Two strategies on the wall clock, one of which is about to be in trouble."""

    def __init__(self, home: Path, rescue_s: float = 20.0) -> None:
        self.bench = Bench(home, two_strategies(), threaded=True)
        self.first, self.second = self.bench.cells
        self.session = Loose(self.bench.venue, self.bench.instruments, WallClock())
        self.told: list[tuple[str, Ending]] = []
        ports = {"sim": AccountPorts(self.session, self.session)}
        self.runtime = Runtime(
            self.bench.cells, [self.session], ports, WallClock(), lambda _cell, _result: None, self._ended,
            rescue_s=rescue_s,
        )  # fmt: skip

    def _ended(self, cell: Cell, ending: Ending) -> None:
        self.told.append((cell.name, ending))

    def fail_when(self, when: Callable[[Snapshot], bool]) -> None:
        decide = FailingDecide(when, ZeroDivisionError("a strategy's bug"))
        self.first.kind = msgspec.structs.replace(PERP_MAKER, decide=decide)

    def open_orders(self, cell: Cell) -> int:
        return self.bench.venue.open_order_count("sim", cell.state.instrument.id)

    async def until_quoted(self) -> None:
        await until(lambda: self.open_orders(self.first) and self.open_orders(self.second))

    async def run(self, trouble: Callable[[], None]) -> int:
        """Run until both quote, make trouble, wait for the failure, then stop what still runs."""
        async with asyncio.timeout(60):
            task = asyncio.create_task(self.runtime.run())
            await self.until_quoted()
            trouble()
            await until(lambda: self.told)
            self.runtime.stop_all("operator")
            await task
        self.bench.close()
        return exit_code([cell.state for cell in self.bench.cells], self.runtime.endings)


async def test_a_strategy_that_raises_is_rescued_and_the_other_goes_on(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    failing = False
    trial.fail_when(lambda _snapshot: failing)

    def trouble() -> None:
        nonlocal failing
        failing = True

    assert await trial.run(trouble) == 1
    (name, ending), (other, fine) = trial.told
    assert (name, other) == ("maker", "second")
    assert "ZeroDivisionError: a strategy's bug" in ending.crashed
    assert ending.survivors == fine.survivors == ()
    assert not fine.crashed
    assert trial.open_orders(trial.first) == trial.open_orders(trial.second) == 0
    assert not trial.first.state.orders.live
    assert trial.first.state.stop is not None
    assert "ZeroDivisionError" in trial.first.state.stop.reason
    assert trial.second.state.stop is not None
    assert trial.second.state.stop.proven


async def test_a_rescue_repeats_cancels_that_were_lost(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    trial.fail_when(lambda _snapshot: trial.session.lose_cancels > 0)

    def trouble() -> None:
        trial.session.lose_cancels = 2

    assert await trial.run(trouble) == 1
    assert trial.session.lose_cancels == 0
    assert trial.open_orders(trial.first) == 0
    assert trial.told[0][1].survivors == ()


async def test_orders_that_cannot_be_cancelled_are_named_and_exit_5(tmp_path: Path) -> None:
    trial = Trial(tmp_path, rescue_s=0.4)
    trial.fail_when(lambda _snapshot: trial.session.lose_cancels > 0)

    def trouble() -> None:
        trial.session.lose_cancels = 1_000_000

    task = asyncio.create_task(trial.runtime.run())
    async with asyncio.timeout(60):
        await trial.until_quoted()
        left = set(trial.first.state.orders.live)
        trouble()
        await until(lambda: trial.told)
        trial.session.lose_cancels = 0
        trial.runtime.stop_all("operator")
        await task
    trial.bench.close()
    survivors = trial.told[0][1].survivors
    assert survivors
    assert left & set(survivors)
    assert set(trial.first.state.orders.live) >= set(survivors)
    assert exit_code([cell.state for cell in trial.bench.cells], trial.runtime.endings) == 5


async def test_a_session_that_fails_takes_its_workers_with_it_and_nothing_is_claimed(tmp_path: Path) -> None:
    """Without its stream nothing can be proved: exit 5 names what may be left, and the run does end."""
    trial = Trial(tmp_path, rescue_s=0.4)

    def trouble() -> None:
        trial.session.break_stream = True

    assert await trial.run(trouble) == 5
    assert {name for name, _ in trial.told} == {"maker", "second"}
    assert all("an adapter's bug" in ending.crashed and ending.survivors for _, ending in trial.told)


async def test_a_client_with_a_bug_costs_the_run_but_not_the_cancels(tmp_path: Path) -> None:
    trial = Trial(tmp_path)

    def trouble() -> None:
        trial.session.break_client = KeyError("orderId")
        trial.runtime.cancel_everything("second")

    assert await trial.run(trouble) == 1
    assert all("KeyError" in ending.crashed and not ending.survivors for _, ending in trial.told)
    assert trial.open_orders(trial.first) == trial.open_orders(trial.second) == 0


async def test_a_worker_that_has_ended_keeps_nothing(tmp_path: Path) -> None:
    document = two_strategies()
    document["strategies"][0]["duration"] = "0.1"
    bench = Bench(tmp_path, document, threaded=True)
    session = SimSession(bench.venue, bench.instruments, WallClock())
    runtime = Runtime(bench.cells, [session], {"sim": AccountPorts(session, session)}, WallClock(), lambda _c, _r: None)
    async with asyncio.timeout(60):
        task = asyncio.create_task(runtime.run())
        await until(lambda: "maker" in runtime.endings)
        steps = runtime.health.steps
        await until(lambda: runtime.health.steps >= steps + 5)
        worker: Worker = runtime._workers["maker"]  # noqa: SLF001 - what it must not keep is its own
        assert worker._inbox == []  # noqa: SLF001 - the same
        runtime.stop_all("operator")
        await task
    bench.close()
    assert exit_code([cell.state for cell in bench.cells], runtime.endings) == 0


async def test_a_message_nobody_can_place_is_counted_by_all(tmp_path: Path) -> None:
    trial = Trial(tmp_path)

    async def strange() -> None:
        await trial.until_quoted()
        trial.runtime.deliver(Unrecognised("venue", time.time_ns(), "{}"))
        trial.runtime.stop_all("operator")

    async with asyncio.timeout(60):
        await asyncio.gather(trial.runtime.run(), strange())
    trial.bench.close()
    assert [cell.state.unrecognised for cell in trial.bench.cells] == [1, 1]


# ---------------------------------------------------------------------------------------------------- rescue alone


class Desk:
    """A venue for a rescue: lists what is open, cancels what it is asked to, loses and fails as told."""

    def __init__(self, cell: Cell, *, lists: Sequence[Sequence[str] | Exception]) -> None:
        self.cell = cell
        self.lists = list(lists)
        self.cancelled: list[str] = []
        self.facts = cell.state.facts

    async def run(self, sink: EventSink) -> None:
        """Nothing streams."""

    async def execute(self, commands: Sequence[OrderCommand]) -> Sequence[Event]:
        self.cancelled += [command.client_order_id for command in commands if isinstance(command, CancelOrder)]
        if len(self.lists) == 1:
            raise Ambiguous("reset")
        return []

    async def answer(self, query: Query) -> Sequence[Event]:
        assert isinstance(query, QueryOpenOrders)
        shown = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(shown, Exception):
            raise shown
        now_ns = time.time_ns()
        orders = [self.report(name, now_ns) for name in shown]
        return [OpenOrders(query.account, query.instrument, now_ns, now_ns, orders)]

    def report(self, name: str, now_ns: int) -> OrderReport:
        state = self.cell.state
        return OrderReport(state.account, state.instrument.id, now_ns, OrderStatus.OPEN, name, f"o{name}")


def idle_cell(home: Path) -> Cell:
    bench = Bench(home, sim_document())
    bench.close()
    return bench.cells[0]


def mine(cell: Cell, number: int) -> str:
    return f"{cell.state.orders.prefix}{number}"


async def test_a_rescue_needs_two_empty_lists_in_a_row(tmp_path: Path) -> None:
    cell = idle_cell(tmp_path)
    one, foreign = mine(cell, 1), "somebody-1"
    desk = Desk(cell, lists=[[one, foreign], [foreign], [one], Ambiguous("cut"), [foreign], [foreign], [one]])
    assert await Rescue(cell.state, AccountPorts(desk, desk), WallClock(), 20).run() == ()
    assert desk.lists == [[one]]
    assert desk.cancelled == [one] * 3


async def test_a_rescue_that_hears_nothing_claims_nothing(tmp_path: Path) -> None:
    cell = idle_cell(tmp_path)
    desk = Desk(cell, lists=[Ambiguous("cut")])
    assert await Rescue(cell.state, AccountPorts(desk, desk), WallClock(), 0.3).run() == ("unknown",)


async def test_a_rescue_waits_for_places_that_may_still_land(tmp_path: Path) -> None:
    """An order sent just before the failure counts until the venue's request window is over."""
    cell = idle_cell(tmp_path)
    state = cell.state
    state.facts = msgspec.structs.replace(state.facts, unknown_proof_ns=600_000_000)
    sent_ns = time.time_ns()
    command = PlaceOrder(state.account, state.instrument.id, mine(cell, 1), Side.BUY, Decimal(1), Decimal(1))
    state.orders.place_sent(command, sent_ns, 0)
    desk = Desk(cell, lists=[[], [], [mine(cell, 1)], [], [], [], [], []])
    assert await Rescue(state, AccountPorts(desk, desk), WallClock(), 20).run() == ()
    assert time.time_ns() - sent_ns >= 600_000_000
    assert desk.cancelled.count(mine(cell, 1)) >= 2
