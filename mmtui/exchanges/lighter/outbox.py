"""The one way out for transactions of one API key: signed with the next nonce, one request under way at a time.

The venue executes a transaction only if its nonce is exactly the last one plus one. So a transaction that was lost on
the way (no answer, an answer that cannot be read) can still be executed until another one has used its nonce. After
every refused or lost transaction the nonce is read from the venue before the next is signed; what was lost is settled
once the venue's nonce is beyond its own: then it either was executed (asking tells) or never can be. Where nothing else
is to be sent, a fence (a transaction that does no harm) is sent for that.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from mmtui.exchanges.lighter.encode import CREATE, Transaction, abort_cancel_all, cancel_number
from mmtui.exchanges.lighter.facts import EXPIRED_AFTER_S, MAX_BATCH
from mmtui.exchanges.lighter.refusals import BAD_NONCE, LighterRefused
from mmtui.exchanges.shared.backoff import Backoff
from mmtui.exchanges.shared.limiter import Kind
from mmtui.model.units import NS_PER_S
from mmtui.ports.clock import Clock
from mmtui.ports.errors import Ambiguous, RateLimited, Refused, Unreachable, VenueError

PATIENCE_S: Final = 4.0
"""How long an order may wait for its turn; the engine counts an order without answer as unclear after five seconds."""

_SETTLE_S: Final = 4.0
_LATE_MS: Final = 1_000
_ROUNDS: Final = 2
_MOST_FENCES: Final = 4
_LONGEST_WAIT_S: Final = 2.0
_EXPIRED_NS: Final = (EXPIRED_AFTER_S + 60) * NS_PER_S


class Signing(Protocol):
    """What the outbox needs of a signer."""

    async def sign(self, transactions: Sequence[Transaction], first_nonce: int) -> list[str]:
        """Signed transactions as JSON, with nonces that rise by one. Raises Refused."""
        ...


Send = Callable[[Sequence[int], Sequence[str], Kind], Awaitable[object]]
ReadNonce = Callable[[], Awaitable[int]]


class _Job:
    """A transaction that waits, or is under way. ``number`` is the order it is about (0: none)."""

    __slots__ = ("alone", "answer", "due_ns", "is_fence", "kind", "number", "rounds", "transaction")

    def __init__(self, transaction: Transaction, kind: Kind, number: int, due_ns: int) -> None:
        self.transaction = transaction
        self.kind = kind
        self.number = number
        self.due_ns = due_ns
        self.rounds = 0
        self.alone = False
        self.is_fence = False
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer.add_done_callback(_seen)

    def end(self, error: VenueError | None = None) -> None:
        """Tell who waits for it."""
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(error)


class _Lost:
    """A request of which nobody knows whether it arrived; it may still, until its nonce is used or it expires."""

    __slots__ = ("expires_ns", "fences", "jobs", "nonce")

    def __init__(self, nonce: int, jobs: Sequence[_Job], expires_ns: int) -> None:
        self.nonce = nonce
        self.jobs = jobs
        self.expires_ns = expires_ns
        self.fences = 0

    def is_about(self, number: int) -> bool:
        """True where one of its transactions is about this order."""
        return any(job.number == number for job in self.jobs)


class Outbox:
    """Transactions of one API key.

    Args:
        signer: signs, in order.
        send: sends a request; a batch is taken or refused as a whole.
        read_nonce: asks the venue for the next nonce.
        clock: the machine's clocks.
        patience_s: how long an order may wait for its turn.
        max_batch: transactions in one request.

    Attributes:
        harmless: a transaction that changes nothing where it is executed, or None; used as a fence.
        recoveries: how often the nonce had to be read again.
    """

    def __init__(
        self,
        signer: Signing,
        send: Send,
        read_nonce: ReadNonce,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._signer = signer
        self._send = send
        self._read_nonce = read_nonce
        self._clock = clock
        self._patience_ns = round(patience_s * NS_PER_S)
        self._max_batch = max_batch
        self._nonce: int | None = None
        self._queue: list[_Job] = []
        self._under_way: Sequence[_Job] = ()
        self._lost: list[_Lost] = []
        self._changed = asyncio.Event()
        self._backoff = Backoff(0.05, _LONGEST_WAIT_S)
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.harmless: Callable[[], Transaction | None] = lambda: None
        self.recoveries = 0

    def submit(self, transaction: Transaction, kind: Kind, number: int = 0) -> "asyncio.Future[None]":
        """Queue a transaction; done when the venue has queued it too.

        The future raises:
            Refused, RateLimited, Unreachable: it was not and will not be executed.
            Ambiguous: nobody knows; ``settle`` waits until asking the venue tells.
        """
        job = _Job(transaction, kind, number, self._clock.monotonic() + self._patience_ns)
        if self._closed:
            job.end(Unreachable("the session is closed; nothing was sent"))
        else:
            self._queue.append(job)
            self._wake()
        return job.answer

    async def settle(self, number: int) -> None:
        """Wait until no lost transaction about this order can be executed any more. Raises Ambiguous: not yet."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                while self._is_open(number):
                    for lost in self._lost:
                        lost.fences = min(lost.fences, 1)  # from the second on there is a pause
                    self._wake()
                    self._changed.clear()
                    await self._changed.wait()
        if self._is_open(number):
            raise Ambiguous("the nonce of a lost transaction about this order may still be used")

    def _is_open(self, number: int) -> bool:
        return any(lost.is_about(number) for lost in self._lost)

    async def close(self) -> None:
        """Stop; what waits is refused, what is under way is unclear."""
        self._closed = True
        task = self._task
        if task is not None and not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -------------------------------------------------------------------------------------------------------- the work

    def _wake(self) -> None:
        if not self._closed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="lighter outbox")

    async def _work(self) -> None:
        """Send until nothing waits and nothing lost can be settled by sending."""
        try:
            while self._queue or any(lost.fences < _MOST_FENCES for lost in self._lost):
                if await self._know_nonce():
                    await self._deliver(self._take() or await self._fence())
        finally:
            waiting, under_way = self._queue, self._under_way
            self._queue, self._under_way = [], ()
            for job in waiting:
                job.end(Unreachable("the session was closed; nothing was sent"))
            for job in under_way:
                job.end(Ambiguous("the session was closed while it was under way"))
            self._changed.set()

    async def _know_nonce(self) -> bool:
        """Read the nonce where it is not known; without it nothing can be sent."""
        if self._nonce is not None:
            return True
        try:
            self._nonce = await self._read_nonce()
        except VenueError as error:
            waiting, self._queue = self._queue, []
            for job in waiting:
                job.end(_not_sent(error))
            if self._lost:
                await asyncio.sleep(self._backoff.next_s())
            return False
        self.recoveries += 1
        self._judge_lost()
        return True

    def _take(self) -> list[_Job]:
        """What goes next: cancels first, but none before the order it ends; else as they came."""
        now_ns = self._clock.monotonic()
        late = [job for job in self._queue if job.kind is Kind.ORDER and now_ns > job.due_ns]
        for job in late:
            self._queue.remove(job)
            job.end(RateLimited(_LATE_MS, "it waited too long for its turn; nothing was sent"))
        chosen = self._urgent()[: self._max_batch] or self._queue[: self._max_batch]
        alone = next((index for index, job in enumerate(chosen) if job.alone), None)
        if alone is not None:
            chosen = chosen[: max(1, alone)]
        for job in chosen:
            self._queue.remove(job)
        return chosen

    def _urgent(self) -> list[_Job]:
        """Cancels that may pass the orders before them."""
        ahead: set[int] = set()
        urgent: list[_Job] = []
        for job in self._queue:
            if job.kind is not Kind.CANCEL:
                ahead.add(job.number)
            elif not ahead or (job.number and job.number not in ahead):
                urgent.append(job)
        return urgent

    async def _fence(self) -> list[_Job]:
        """A transaction whose only purpose is its nonce, for the oldest loss; from the second on after a pause.

        A few times by itself, then whenever ``settle`` asks; the next transaction of any kind settles it as well.
        Without a switch of ours to put off, the account's is taken back where nothing else is accepted.
        """
        lost = next((lost for lost in self._lost if lost.fences < _MOST_FENCES), None)
        if lost is None:
            return []
        lost.fences += 1
        if lost.fences > 1:
            await asyncio.sleep(self._backoff.next_s())
        first, second = self.harmless() or _undone(lost.jobs[0]), _undone(lost.jobs[0])
        if first == second:
            second = abort_cancel_all()  # the venue may refuse to end what is not there, and then no nonce is used
        job = _Job(first if lost.fences % 2 else second, Kind.CANCEL, 0, 0)
        job.is_fence = True
        return [job]

    async def _deliver(self, jobs: Sequence[_Job]) -> None:
        nonce = self._nonce
        if not jobs or nonce is None:
            return
        self._under_way = jobs
        try:
            signed = await self._signer.sign([job.transaction for job in jobs], nonce)
            self._nonce = None  # until the answer proves what it is
            kind = Kind.ORDER if any(job.kind is Kind.ORDER for job in jobs) else Kind.CANCEL
            await self._send([job.transaction.kind for job in jobs], signed, kind)
        except VenueError as error:
            self._failed(jobs, nonce, error)
        else:
            self._nonce = nonce + len(jobs)
            self._judge_lost()
            for job in jobs:
                job.end()
        self._under_way = ()

    def _failed(self, jobs: Sequence[_Job], nonce: int, error: VenueError) -> None:
        """Sort out who is to be told what, and what of the nonce is certain."""
        if isinstance(error, Unreachable):
            self._nonce = nonce
        if jobs[0].is_fence:
            return  # it asked for nothing: what became of it, the nonce tells
        if isinstance(error, LighterRefused) and error.number == BAD_NONCE:
            self._once_more(jobs, error)
            return
        if (
            isinstance(error, Refused)
            and len(jobs) > 1
            and not (isinstance(error, LighterRefused) and error.is_key_wide)
        ):
            for job in jobs:
                job.alone = True  # the batch was refused for one of them: which, only sending each tells
            self._queue[:0] = jobs
            return
        if not isinstance(error, Refused | RateLimited | Unreachable):
            self._lost.append(_Lost(nonce, jobs, self._clock.monotonic() + _EXPIRED_NS))
        for job in jobs:
            job.end(error)

    def _once_more(self, jobs: Sequence[_Job], error: LighterRefused) -> None:
        """A wrong nonce is no fault of the transactions: with the right one they go again, once."""
        again = []
        for job in jobs:
            job.rounds += 1
            if job.rounds < _ROUNDS:
                again.append(job)
            else:
                job.end(error)
        self._queue[:0] = again

    def _judge_lost(self) -> None:
        """Settle what can no longer be executed, or has been."""
        nonce, now_ns = self._nonce, self._clock.monotonic()
        if nonce is None or not self._lost:
            return
        self._lost = [lost for lost in self._lost if nonce <= lost.nonce and now_ns < lost.expires_ns]
        if not self._lost:
            self._backoff.reset()
        self._changed.set()


def _seen(answer: "asyncio.Future[None]") -> None:
    """An outcome may be nobody's concern any more; that is no fault to be logged."""
    if not answer.cancelled():
        answer.exception()


def _not_sent(error: VenueError) -> VenueError:
    if isinstance(error, RateLimited | Refused):
        return error
    return Unreachable(f"the nonce cannot be read: {error}; nothing was sent")


def _undone(job: _Job) -> Transaction:
    """What does no harm where only the nonce matters: the end of an order that never came, else the same again."""
    if job.transaction.kind == CREATE:
        return cancel_number(job.transaction.arguments[0], job.number)
    return job.transaction
