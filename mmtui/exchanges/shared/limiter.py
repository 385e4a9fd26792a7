"""Requests wait here until the venue's rate table has room for them."""

import asyncio
from collections.abc import Mapping, Sequence

from mmtui.exchanges.shared.budget import Budget, Kind, RateRule, Scope, Ticket, WindowState
from mmtui.model.units import NS_PER_MS, NS_PER_S, MonoNs
from mmtui.ports.clock import Clock
from mmtui.ports.errors import RateLimited

__all__ = ["Kind", "RateLimiter", "RateRule", "Scope", "WindowState"]

PATIENCE_S: dict[Kind, float] = {Kind.CANCEL: 30.0, Kind.ORDER: 1.0, Kind.QUERY: 30.0}
"""How long a request of each kind waits for its turn. An order that comes later than this is an order nobody wants."""


class _Desk:
    """The one queue behind all accounts of a venue on this machine."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self.budget = budget
        self.clock = clock
        self.waiters: dict[Ticket, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def serve(self) -> None:
        """Grant what fits, wake those who wait for it, and come back when the next may fit."""
        now_ns = self.clock.monotonic()
        for ticket in self.budget.grant(now_ns):
            waiter = self.waiters.pop(ticket, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        next_ns = self.budget.next_ns(now_ns)
        if next_ns is not None:
            delay_s = max(0.001, (next_ns - now_ns) / NS_PER_S)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self.serve)


class RateLimiter:
    """One account's view of a venue's rate table, shared by all its workers.

    Accounts behind one address share the rules of machine scope: make the second limiter with ``for_account``.
    Cancels pass everything; orders and queries go in the order they came, a query giving way for a second.
    """

    def __init__(self, rules: Sequence[RateRule], clock: Clock, account: str = "") -> None:
        self._desk = _Desk(Budget(rules), clock)
        self._account = account

    def for_account(self, account: str) -> "RateLimiter":
        """A limiter of another account of the same venue on this machine."""
        other = RateLimiter((), self._desk.clock, account)
        other._desk = self._desk
        return other

    async def acquire(
        self, costs: Mapping[str, int] | None = None, kind: Kind = Kind.QUERY, patience_s: float | None = None
    ) -> Ticket:
        """Wait for room; the ticket must be settled (or refunded) when the answer is there, whatever it is.

        Args:
            costs: units per rule; None: one unit of every rule.
            kind: what the request is for.
            patience_s: seconds to wait at most; None: as ``PATIENCE_S`` says.

        Raises:
            RateLimited: there is no room in time. Nothing was sent.
        """
        desk = self._desk
        patience_s = PATIENCE_S[kind] if patience_s is None else patience_s
        ticket = desk.budget.ask(self._account, costs, kind, desk.clock.monotonic())
        desk.serve()
        if ticket.granted:
            return ticket
        if self._wait_ms(ticket) > patience_s * 1_000:
            raise self._given_up(ticket)
        waiter = desk.waiters[ticket] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience_s):
                await waiter
        except TimeoutError:
            if not ticket.granted:
                raise self._given_up(ticket) from None
        except asyncio.CancelledError:
            desk.waiters.pop(ticket, None)
            desk.budget.withdraw(ticket)
            desk.budget.refund(ticket)
            desk.serve()
            raise
        return ticket

    def settle(self, ticket: Ticket) -> None:
        """The request's answer is there, or its outcome will never be known."""
        self._desk.budget.settle(ticket, self._desk.clock.monotonic())
        self._desk.serve()

    def refund(self, ticket: Ticket) -> None:
        """Nothing was sent, and that is certain."""
        self._desk.budget.refund(ticket)
        self._desk.serve()

    def penalise(self, until_ns: MonoNs, names: Sequence[str] | None = None) -> None:
        """The venue asked for silence until this monotonic time (429, 418): nothing is sent before, cancels neither."""
        self._desk.budget.pause(until_ns, self._account, names)
        self._desk.serve()

    def observe(self, name: str, used: int) -> None:
        """An answer's header told how many units of this rule the venue has counted."""
        self._desk.budget.observe(self._account, name, used, self._desk.clock.monotonic())

    def set_limit(self, name: str, limit: int) -> None:
        """The venue named the present limit of this rule (exchange information, account tier)."""
        self._desk.budget.window(self._account, name).set_limit(limit)
        self._desk.serve()

    def snapshot(self) -> list[WindowState]:
        """Used, limit, reserve and time to room of every rule, for the screens."""
        return self._desk.budget.states(self._account, self._desk.clock.monotonic())

    def _wait_ms(self, ticket: Ticket) -> int:
        now_ns = self._desk.clock.monotonic()
        earliest_ns = self._desk.budget.earliest_ns(ticket, now_ns)
        return 0 if earliest_ns is None else (earliest_ns - now_ns) // NS_PER_MS

    def _given_up(self, ticket: Ticket) -> RateLimited:
        wait_ms = max(1, self._wait_ms(ticket))
        self._desk.waiters.pop(ticket, None)
        self._desk.budget.withdraw(ticket)
        self._desk.serve()
        names = ", ".join(window.rule.name for window, _ in ticket.costs)
        return RateLimited(wait_ms, f"own budget is used up ({names}); nothing was sent")
