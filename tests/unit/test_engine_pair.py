"""A pair on the wall clock: commands go out by the account they name, and a bug costs neither leg its rescue."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from mmtui.engine.ending import EXIT_BUG, EXIT_OK, exit_code
from mmtui.engine.runtime import AccountPorts, Runtime
from mmtui.exchanges.sim.session import SimSession
from mmtui.model.quotes import LegsDecision
from mmtui.strategies import kind as find_kind
from mmtui.wiring import WallClock
from tests.unit.engine_cells import Bench, until
from tests.unit.legs_scenes import document

SETTINGS = {"quantity": "0.01", "opening_timeout": "300"}
QUICK = {"order_latency_ms": 5, "report_latency_ms": 5}


class PairTrial:
    """A hedged pair that rests on both accounts."""

    def __init__(self, home: Path) -> None:
        self.bench = Bench(home, document("dual_hedge", SETTINGS, 7, **QUICK), threaded=True)
        (self.cell,) = self.bench.cells
        session = SimSession(self.bench.venue, self.bench.instruments, WallClock())
        ports = {name: AccountPorts(session, session) for name in ("one", "two")}
        self.runtime = Runtime(self.bench.cells, [session], ports, WallClock(), lambda _cell, _result: None)

    def open_orders(self) -> list[int]:
        return [self.bench.venue.open_order_count(leg.account, leg.instrument.id) for leg in self.cell.legs]

    async def until_resting(self) -> "asyncio.Task[None]":
        task = asyncio.create_task(self.runtime.run())
        await until(lambda: all(self.open_orders()))
        return task


async def test_both_accounts_get_their_orders_and_a_stop_proves_both(tmp_path: Path) -> None:
    trial = PairTrial(tmp_path)
    task = await trial.until_resting()
    trial.runtime.stop_all("operator")
    async with asyncio.timeout(30):
        await task
    assert trial.open_orders() == [0, 0]
    assert exit_code(trial.cell.legs, trial.runtime.endings) == EXIT_OK
    trial.bench.close()


async def test_a_bug_costs_neither_leg_its_rescue(tmp_path: Path) -> None:
    trial = PairTrial(tmp_path)
    failing = False
    real = find_kind("dual_hedge")

    def decide(settings: Any, snapshot: Any, memory: Any) -> LegsDecision[Any]:  # noqa: ANN401 - as Kind
        if failing:
            raise ZeroDivisionError("a strategy's bug")
        decision: LegsDecision[Any] = real.decide(settings, snapshot, memory)
        return decision

    trial.cell.kind = msgspec.structs.replace(real, decide=decide)
    task = await trial.until_resting()
    failing = True
    async with asyncio.timeout(30):
        await task
    ending = trial.runtime.endings["pair"]
    assert "a strategy's bug" in ending.crashed
    assert ending.survivors == ()
    assert trial.open_orders() == [0, 0]
    assert exit_code(trial.cell.legs, trial.runtime.endings) == EXIT_BUG
    trial.bench.close()
