"""The rate table of a venue as sliding windows: pure bookkeeping, time handed in.

A charge counts from the moment it is granted until one window after its *answer* arrived. The venue saw the request
somewhere in between, so its own window, sliding or fixed, never holds more than the rule allows. A token bucket of
capacity C refilled with r per second is kept by the rule "C per C/r seconds".
"""

import enum
from bisect import insort
from collections import deque
from collections.abc import Mapping, Sequence

from msgspec import Struct

from mmtui.model.units import NS_PER_S
from mmtui.ports.errors import BugError

QUERY_YIELDS_NS = NS_PER_S
"""A query lets orders pass that were asked for up to this much later; then it is served before them."""


class Kind(enum.IntEnum):
    """What a request is for. Cancels pass everything and alone may use a rule's reserve."""

    CANCEL = 0
    ORDER = 1
    QUERY = 2


class Scope(enum.Enum):
    """Whether a rule counts per account or for all accounts behind this machine's address."""

    ACCOUNT = "account"
    MACHINE = "machine"


class RateRule(Struct, frozen=True):
    """One line of a venue's rate table: at most ``limit`` units in any ``per_ns``.

    ``reserve_share`` of the limit (at least one unit if above 0) is for cancels only.
    """

    name: str
    limit: int
    per_ns: int
    reserve_share: float = 0.1
    scope: Scope = Scope.ACCOUNT


class WindowState(Struct, frozen=True):
    """One window for the screens. ``resets_in_ns`` is when the oldest settled charge leaves it (0: nothing settled)."""

    name: str
    used: int
    limit: int
    reserve: int
    resets_in_ns: int
    paused_for_ns: int
    waiting: int


class Window:
    """What was charged to one rule."""

    __slots__ = ("in_flight", "limit", "paused_until_ns", "reserve", "rule", "settled", "settled_sum")

    def __init__(self, rule: RateRule) -> None:
        self.rule = rule
        self.limit = 0
        self.reserve = 0
        self.in_flight = 0
        self.settled: deque[tuple[int, int]] = deque()
        self.settled_sum = 0
        self.paused_until_ns = 0
        self.set_limit(rule.limit)

    def set_limit(self, limit: int) -> None:
        """The venue named another limit."""
        self.limit = limit
        share = self.rule.reserve_share
        self.reserve = min(limit - 1, max(1, round(limit * share))) if share > 0 else 0

    def allowance(self, kind: Kind) -> int:
        """Units that requests of this kind may fill the window up to."""
        return self.limit if kind is Kind.CANCEL else self.limit - self.reserve

    def used(self, now_ns: int) -> int:
        """Units charged now; forgets what left the window."""
        settled = self.settled
        while settled and settled[0][0] <= now_ns:
            self.settled_sum -= settled.popleft()[1]
        return self.settled_sum + self.in_flight

    def add(self, units: int, now_ns: int) -> None:
        """Units that the venue has surely counted by now."""
        self.settled.append((now_ns + self.rule.per_ns, units))
        self.settled_sum += units

    def fits_at(self, units: int, kind: Kind, now_ns: int) -> int | None:
        """The earliest time at which so many units fit, as far as settled charges tell; None: not before an answer."""
        spare = self.allowance(kind) - self.used(now_ns) - units
        earliest_ns = max(now_ns, self.paused_until_ns)
        if spare >= 0:
            return earliest_ns
        for leaves_ns, charged in self.settled:
            spare += charged
            if spare >= 0:
                return max(earliest_ns, leaves_ns)
        return None


class Ticket:
    """One request's place in the queue and, once granted, its charge. ``due_ns`` orders the queue."""

    __slots__ = ("costs", "done", "due_ns", "granted", "kind")

    def __init__(self, kind: Kind, costs: tuple[tuple[Window, int], ...], due_ns: int) -> None:
        self.kind = kind
        self.costs = costs
        self.due_ns = due_ns
        self.granted = False
        self.done = False


class Budget:
    """All windows of one venue on this machine, and who waits for them."""

    def __init__(self, rules: Sequence[RateRule]) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._windows: dict[tuple[str, str], Window] = {}
        self._cancels: list[Ticket] = []
        self._others: list[Ticket] = []

    def ask(self, account: str, costs: Mapping[str, int] | None, kind: Kind, now_ns: int) -> Ticket:
        """Queue a request; ``costs`` are units per rule (None: one unit of every rule).

        Raises BugError for a rule that the table does not have, and for a cost that can never fit.
        """
        named = dict.fromkeys(self._rules, 1) if costs is None else costs
        charged = tuple((self.window(account, name), units) for name, units in named.items() if units > 0)
        for window, units in charged:
            room = window.allowance(kind)
            if units > room:
                raise BugError(f"{units} units never fit rule {window.rule.name} ({room} for {kind.name.lower()})")
        ticket = Ticket(kind, charged, now_ns + QUERY_YIELDS_NS if kind is Kind.QUERY else now_ns)
        insort(self._queue(ticket), ticket, key=lambda other: other.due_ns)
        return ticket

    def window(self, account: str, name: str) -> Window:
        """The window of a rule for this account. Raises BugError for a rule that the table does not have."""
        rule = self._rules.get(name)
        if rule is None:
            raise BugError(f"no rate rule {name}; the table has {', '.join(self._rules)}")
        key = (name, account if rule.scope is Scope.ACCOUNT else "")
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(rule)
        return window

    def grant(self, now_ns: int) -> list[Ticket]:
        """Grant what fits now, cancels first and in order; nobody passes one who waits for the same window."""
        granted: list[Ticket] = []
        blocked: set[int] = set()
        for ticket in self._waiting():
            windows = [id(window) for window, _ in ticket.costs]
            if blocked.isdisjoint(windows) and self._fits(ticket, now_ns):
                self._charge(ticket)
                granted.append(ticket)
            else:
                blocked.update(windows)
        for ticket in granted:
            self._queue(ticket).remove(ticket)
        return granted

    def next_ns(self, now_ns: int) -> int | None:
        """When ``grant`` may give something again, asked after it gave all it could; None: only after an answer."""
        next_ns: int | None = None
        blocked: set[int] = set()
        for ticket in self._waiting():
            windows = [id(window) for window, _ in ticket.costs]
            when_ns = self.earliest_ns(ticket, now_ns) if blocked.isdisjoint(windows) else None
            if when_ns is not None:
                next_ns = when_ns if next_ns is None else min(next_ns, when_ns)
            blocked.update(windows)
        return next_ns

    def earliest_ns(self, ticket: Ticket, now_ns: int) -> int | None:
        """No sooner than this can the ticket be granted; None: not before an answer under way arrives."""
        earliest_ns = now_ns
        for window, units in ticket.costs:
            when = window.fits_at(units, ticket.kind, now_ns)
            if when is None:
                return None
            earliest_ns = max(earliest_ns, when)
        return earliest_ns

    def withdraw(self, ticket: Ticket) -> None:
        """The request was given up while it waited."""
        queue = self._queue(ticket)
        if ticket in queue:
            queue.remove(ticket)

    def settle(self, ticket: Ticket, now_ns: int) -> None:
        """The answer came, or will never come: the charge leaves each window one period from now."""
        for window, units in self._close(ticket):
            window.add(units, now_ns)

    def refund(self, ticket: Ticket) -> None:
        """Nothing was sent, and that is certain: the charge is undone."""
        self._close(ticket)

    def pause(self, until_ns: int, account: str, names: Sequence[str] | None = None) -> None:
        """The venue said "not before": for these rules, or for every rule of this account and machine."""
        for name in self._rules if names is None else names:
            window = self.window(account, name)
            window.paused_until_ns = max(window.paused_until_ns, until_ns)

    def observe(self, account: str, name: str, used: int, now_ns: int) -> None:
        """The venue says how much it has counted; others behind the same address may have used some of it."""
        window = self.window(account, name)
        missing = used - window.used(now_ns)
        if missing > 0:
            window.add(missing, now_ns)

    def states(self, account: str, now_ns: int) -> list[WindowState]:
        """Every window of this account (and machine) for the screens, in the order of the table."""
        windows = [self.window(account, name) for name in self._rules]
        return [self._state(window, now_ns) for window in windows]

    def _state(self, window: Window, now_ns: int) -> WindowState:
        used = window.used(now_ns)
        waiting = sum(1 for ticket in self._waiting() if any(other is window for other, _ in ticket.costs))
        resets_in_ns = window.settled[0][0] - now_ns if window.settled else 0
        paused_for_ns = max(0, window.paused_until_ns - now_ns)
        return WindowState(window.rule.name, used, window.limit, window.reserve, resets_in_ns, paused_for_ns, waiting)

    def _waiting(self) -> list[Ticket]:
        return [*self._cancels, *self._others]

    def _queue(self, ticket: Ticket) -> list[Ticket]:
        return self._cancels if ticket.kind is Kind.CANCEL else self._others

    def _fits(self, ticket: Ticket, now_ns: int) -> bool:
        return all(
            now_ns >= window.paused_until_ns and window.used(now_ns) + units <= window.allowance(ticket.kind)
            for window, units in ticket.costs
        )

    def _charge(self, ticket: Ticket) -> None:
        ticket.granted = True
        for window, units in ticket.costs:
            window.in_flight += units

    def _close(self, ticket: Ticket) -> tuple[tuple[Window, int], ...]:
        if not ticket.granted or ticket.done:
            return ()
        ticket.done = True
        for window, units in ticket.costs:
            window.in_flight -= units
        return ticket.costs
