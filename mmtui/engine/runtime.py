"""The asynchronous engine: sessions, dispatchers and workers in one TaskGroup, owned here and nowhere else.

A worker that fails stops alone: its orders are cancelled and their absence proved by the supervisor's own path, which
trusts the order table but none of the code that failed. Where a session or a dispatcher fails, the workers that depend
on it fail with it. Front ends look through the desk and speak through the sink methods; nobody calls them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec import Struct

from mmtui.core.risk import Approved, Limits
from mmtui.core.state import Phase, State, StopProgress
from mmtui.core.step import StepResult
from mmtui.engine.cell import Cell
from mmtui.engine.codec import encode_inner
from mmtui.engine.dispatch import Dispatcher
from mmtui.engine.health import Health
from mmtui.engine.rescue import PATIENCE_S, Rescue
from mmtui.engine.room import AccountRoom
from mmtui.engine.timeline import Routes
from mmtui.engine.worker import Worker
from mmtui.model.events import CancelEverything, ChangeLimits, ChangeSettings, Event, Pause, Resume, Start, Stop
from mmtui.model.units import ZERO
from mmtui.ports.clock import Clock
from mmtui.ports.errors import BugError
from mmtui.ports.venue import AccountReports, EventSink, TradingClient

log = logging.getLogger("mmtui.engine")

LAG_PROBE_S = 0.1


class Session(Protocol):
    """What runs beside the workers for a venue: streams that feed the sink until cancelled."""

    async def run(self, sink: EventSink) -> None:
        """Deliver events until cancelled."""
        ...


class AccountPorts(Struct, frozen=True):
    """How one account is reached."""

    client: TradingClient
    reports: AccountReports


class Ending(Struct, frozen=True):
    """How one worker ended: ``crashed`` names a bug, ``survivors`` client ids that may still be live."""

    crashed: str = ""
    survivors: tuple[str, ...] = ()


ResultObserver = Callable[[Cell, StepResult], None]
EndingObserver = Callable[[Cell, Ending], None]


def _hear_nothing(_event: Event) -> None:
    """Nobody follows the events beside the workers."""


def _tell_nobody(_cell: Cell, _ending: Ending) -> None:
    """The ending is in ``Runtime.endings`` all the same."""


class Runtime:
    """All workers of a run on the wall clock."""

    def __init__(
        self,
        cells: Sequence[Cell],
        sessions: Sequence[Session],
        accounts: Mapping[str, AccountPorts],
        clock: Clock,
        observe: ResultObserver,
        on_ending: EndingObserver = _tell_nobody,
        *,
        rescue_s: float = PATIENCE_S,
    ) -> None:
        self.health = Health()
        self.cells = list(cells)
        self.endings: dict[str, Ending] = {}
        self.broken: dict[str, str] = {}
        """By account: what ended its session or dispatcher, so that nothing can run on it any more."""
        self.absent: dict[str, str] = {}
        """By account: why it is not connected yet; whoever connects it keeps this."""
        self.listener: EventSink = _hear_nothing
        """Hears every event before the workers do; for pictures, never for decisions."""
        self._sessions = sessions
        self._clock = clock
        self._observe = observe
        self._on_ending = on_ending
        self._rescue_s = rescue_s
        self._tasks: asyncio.TaskGroup | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._rooms = {name: AccountRoom(name) for name in accounts}
        self._accounts = dict(accounts)
        self._beside_tasks: list[asyncio.Task[None]] = []
        self._dispatchers = {
            name: Dispatcher(ports.client, ports.reports, self.deliver, clock.now) for name, ports in accounts.items()
        }
        self._workers = {cell.name: Worker(cell, clock, self._on_result, self.health) for cell in cells}
        self._rescues: dict[str, list[Rescue]] = {}
        self._routes = Routes.of(cells)

    # ------------------------------------------------------------------------------------------------ life

    async def run(self, *, stay: bool = False) -> None:
        """Run until every worker has ended; then end the sessions.

        With ``stay`` workers may come and go until ``close`` is called; those that run then are stopped first.
        """
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for session in self._sessions:
                self._begin_beside(session.run(self.deliver), self._accounts_of(session), "session")
            for name, dispatcher in self._dispatchers.items():
                self._begin_beside(dispatcher.run(), [name], f"dispatch {name}")
            self._beside_tasks.append(tasks.create_task(self._watch_loop(), name="loop lag"))
            for cell in self.cells:
                self._join_rooms(cell)
            for cell in self.cells:
                self._start_worker(cell)
            if stay:
                await self._closing.wait()
            while self._running:
                await asyncio.wait(self._running)
            self._tasks = None
            for task in self._beside_tasks:
                task.cancel()

    def close(self, reason: str) -> None:
        """Stop every worker, and end ``run`` when they have ended."""
        self.stop_all(reason)
        self._closing.set()

    def hindrance(self, account: str) -> str:
        """Why no worker of this account can be started now; empty if one can."""
        if self._tasks is None or self._closing.is_set():
            return "the engine is stopping"
        if account in self.broken:
            return f"the connection of {account} has failed ({self.broken[account]}); quit and start mmtui again"
        if account not in self._accounts:
            return f"{account} is not connected ({self.absent.get(account, 'connecting')}); it is tried again by itself"
        return ""

    def connect(self, account: str, session: Session, ports: AccountPorts) -> None:
        """Take up an account whose venue could not be reached before. Raises BugError where it is there already."""
        if account in self._accounts:
            raise BugError(f"account {account} is connected already")
        self.absent.pop(account, None)
        self._accounts[account] = ports
        self._rooms[account] = AccountRoom(account)
        dispatcher = Dispatcher(ports.client, ports.reports, self.deliver, self._clock.now)
        self._dispatchers[account] = dispatcher
        self.attend(session, [account])
        if self._tasks is not None:
            self._begin_beside(dispatcher.run(), [account], f"dispatch {account}")

    def attend(self, session: Session, accounts: Sequence[str]) -> None:
        """Run one more session for accounts that are connected; if it fails, their workers fail with it."""
        if self._tasks is not None:
            self._begin_beside(session.run(self.deliver), accounts, "session")

    def _begin_beside(self, work: Coroutine[None, None, None], accounts: Sequence[str], name: str) -> None:
        assert self._tasks is not None  # noqa: S101 - the callers have looked
        self._beside_tasks.append(self._tasks.create_task(self._beside(work, accounts), name=name))

    def left(self, account: str) -> tuple[Decimal, Decimal]:
        """(net, net of today) of the account's runs that have ended and were forgotten."""
        room = self._rooms.get(account)
        return (ZERO, ZERO) if room is None else room.left(self._clock.now())

    def add(self, cell: Cell, first: Sequence[Event] = ()) -> None:
        """Start another worker; ``first`` is what it must hear to follow streams that have begun without it.

        Raises BugError if one of that name is there, or ``hindrance`` has something to say.
        """
        if any(self.hindrance(leg.account) for leg in cell.legs) or cell.name in self._workers:
            raise BugError(f"worker {cell.name} cannot be added now")
        self.cells.append(cell)
        self._workers[cell.name] = Worker(cell, self._clock, self._on_result, self.health)
        self._routes = Routes.of(self.cells)
        self._join_rooms(cell)
        self._start_worker(cell)
        for event in first:
            self._workers[cell.name].put(event)

    def remove(self, name: str) -> None:
        """Forget a worker that has ended. Raises BugError while it runs."""
        worker = self._workers[name]
        if name not in self.endings:
            raise BugError(f"worker {name} still runs")
        for leg in worker.cell.legs:
            self._rooms[leg.account].leave(leg)
        self.cells.remove(worker.cell)
        del self._workers[name], self.endings[name]
        self._rescues.pop(name, None)
        self._routes = Routes.of(self.cells)

    def _join_rooms(self, cell: Cell) -> None:
        for leg in cell.legs:
            self._rooms[leg.account].join(cell.name)

    def _accounts_of(self, session: Session) -> list[str]:
        """The accounts that live on a session; all of them where it is not known which."""
        own = [name for name, ports in self._accounts.items() if session in (ports.client, ports.reports)]
        return own or list(self._accounts)

    async def _beside(self, work: Awaitable[None], accounts: Sequence[str]) -> None:
        """Carry a session or dispatcher; if it fails, its accounts' workers fail, each to be rescued."""
        try:
            await work
        except Exception as error:
            log.exception("the session or dispatcher of %s failed", ", ".join(accounts))
            cause = _innermost(error)
            for account in accounts:
                self.broken.setdefault(account, f"{type(cause).__name__}: {cause}")
            for worker in self._workers.values():
                if any(leg.account in accounts for leg in worker.cell.legs):
                    worker.fail(cause)

    def _start_worker(self, cell: Cell) -> None:
        """A task for one worker, with its first words in the inbox."""
        assert self._tasks is not None  # noqa: S101 - only called while the group is open
        now_ns = self._clock.now()
        worker = self._workers[cell.name]
        for leg in cell.legs:
            worker.put(self._rooms[leg.account].totals_for(cell.name, now_ns))
        worker.put(Start(now_ns))
        task = self._tasks.create_task(self._supervise(worker), name=cell.name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _supervise(self, worker: Worker) -> None:
        """Run a worker; whatever it raises, its orders are cancelled and proved gone before this returns."""
        cell = worker.cell
        try:
            await worker.run()
            ending = Ending(survivors=tuple(name for leg in cell.legs for name in survivors_of(leg)))
        except Exception as error:
            log.exception("worker %s failed", cell.name)
            ending = await self._rescue(cell, f"{type(error).__name__}: {error}")
        self.endings[cell.name] = ending
        self._on_ending(cell, ending)

    async def _rescue(self, cell: Cell, crashed: str) -> Ending:
        """Cancel a failed worker's orders and prove it, on all its legs at once; the states then say what is left."""
        rescues = [Rescue(leg, self._accounts[leg.account], self._clock, self._rescue_s) for leg in cell.legs]
        self._rescues[cell.name] = rescues
        left = await asyncio.gather(*(self._rescue_leg(rescue, crashed) for rescue in rescues))
        return Ending(crashed, tuple(name for survivors in left for name in survivors))

    async def _rescue_leg(self, rescue: Rescue, crashed: str) -> tuple[str, ...]:
        state = rescue.state
        since_ns = self._clock.now()
        try:
            survivors = await rescue.run()
        except Exception:
            log.exception("the rescue of %s failed", state.strategy)
            survivors = tuple(state.orders.live) or ("unknown",)
        if not survivors:
            state.orders.live.clear()
        state.phase = Phase.STOPPED
        state.stop = StopProgress(f"failed: {crashed}", risk_stop=False, since_ns=since_ns, proven=not survivors)
        self._tell_others(state)
        return survivors

    async def _watch_loop(self) -> None:
        """Measure how late the loop comes back."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_PROBE_S
            await asyncio.sleep(LAG_PROBE_S)
            self.health.lagged(max(loop.time() - due, 0.0) * 1_000)

    # ------------------------------------------------------------------------------------------------ events

    def deliver(self, event: Event) -> None:
        """Route an event to the workers it concerns."""
        self.listener(event)
        for cell in self._routes.cells_for(event):
            rescues = self._rescues.get(cell.name)
            if rescues is None:
                self._workers[cell.name].put(event)
                continue
            for rescue in rescues:
                rescue.put(event)

    def _on_result(self, cell: Cell, result: StepResult) -> None:
        if result.commands:
            self._send(cell, result.commands)
        for leg in cell.legs:
            self._tell_others(leg)
        self._observe(cell, result)

    def _send(self, cell: Cell, commands: Sequence[Approved]) -> None:
        """Every command goes out by its own account's dispatcher, each account's in their order."""
        if cell.desk is None:
            self._dispatchers[cell.state.account].send(commands)
            return
        for leg in cell.legs:
            own = [approved for approved in commands if approved.command.account == leg.account]
            if own:
                self._dispatchers[leg.account].send(own)

    def _tell_others(self, state: State) -> None:
        """Tell the account's other workers what this one holds."""
        for name, totals in self._rooms[state.account].update(state):
            self._workers[name].put(totals)

    # ------------------------------------------------------------------------------------------------ the operator

    def pause(self, strategy: str) -> None:
        """Quotes off, held."""
        self._workers[strategy].put(Pause(self._clock.now()))

    def resume(self, strategy: str) -> None:
        """Quote again."""
        self._workers[strategy].put(Resume(self._clock.now()))

    def stop(self, strategy: str, reason: str) -> None:
        """End one run: cancel, prove, stop."""
        self._workers[strategy].put(Stop(self._clock.now(), reason))

    def stop_all(self, reason: str) -> None:
        """End all runs."""
        for name in self._workers:
            self.stop(name, reason)

    def change_settings(self, strategy: str, settings: Struct) -> None:
        """New settings for a running strategy."""
        self._workers[strategy].put(ChangeSettings(self._clock.now(), encode_inner(settings)))

    def change_limits(self, strategy: str, limits: Limits, account: str | None = None) -> None:
        """New risk limits for a running strategy: for its leg on ``account``, or for all of it."""
        self._workers[strategy].put(ChangeLimits(self._clock.now(), encode_inner(limits), account))

    def cancel_everything(self, strategy: str) -> None:
        """Cancel all orders of its account and symbol, foreign ones too."""
        self._workers[strategy].put(CancelEverything(self._clock.now()))


def survivors_of(state: State) -> tuple[str, ...]:
    """Client ids that may still be live after a run ended; empty when their absence was proved."""
    if state.stop is not None and state.stop.proven:
        return ()
    return tuple(state.orders.live) or ("unknown",)


def _innermost(error: Exception) -> Exception:
    """The first cause inside the groups that TaskGroups make."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
