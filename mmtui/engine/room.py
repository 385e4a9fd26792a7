"""The account room: what all workers of one account hold together, told to each of them before it may send.

A worker's own figures are in its state; the room adds up those of the others. It is updated synchronously after every
step, and a worker drains its inbox before it decides, so a limit that is shared cannot be used twice.
"""

from decimal import Decimal

from msgspec import Struct

from mmtui.core.pnl import DAY_NS
from mmtui.core.state import State
from mmtui.model.events import AccountTotals
from mmtui.model.units import NS_PER_S, ZERO


class Share(Struct):
    """What one worker holds of the account's limits."""

    open_orders: int = 0
    net: Decimal = ZERO
    day: Decimal = ZERO
    told_ns: int = 0


class AccountRoom:
    """Totals of one account."""

    def __init__(self, account: str) -> None:
        self.account = account
        self._shares: dict[str, Share] = {}
        self._retired = Share()
        self._retired_day = 0

    def join(self, strategy: str) -> None:
        """A worker begins."""
        self._shares[strategy] = Share()

    def leave(self, state: State) -> None:
        """A worker's run is over and forgotten; what it lost or won today still counts against the account's limits."""
        if self._shares.pop(state.strategy, None) is None:
            return
        self._turn_day(state.now_ns)
        net = last_net(state)
        self._retired.net += net
        if _day_of(state.now_ns) == self._retired_day:
            self._retired.day += net - state.pnl.day_baseline

    def left(self, now_ns: int) -> tuple[Decimal, Decimal]:
        """(net, net of today) of the runs that are over and forgotten."""
        self._turn_day(now_ns)
        return self._retired.net, self._retired.day

    def _turn_day(self, now_ns: int) -> None:
        """Runs that ended on an earlier UTC day no longer count for today."""
        day = _day_of(now_ns)
        if day > self._retired_day:
            self._retired_day = day
            self._retired.day = ZERO

    def totals_for(self, strategy: str, now_ns: int) -> AccountTotals:
        """What the others of this account hold, and what ended runs of today have left."""
        self._turn_day(now_ns)
        others = [share for name, share in self._shares.items() if name != strategy]
        today_ns = _day_of(now_ns) * DAY_NS
        return AccountTotals(
            self.account,
            now_ns,
            granted=True,
            other_open_orders=sum(share.open_orders for share in others),
            other_day_pnl=sum((share.day for share in others if share.told_ns >= today_ns), ZERO) + self._retired.day,
            other_net_pnl=sum((share.net for share in others), ZERO) + self._retired.net,
        )

    def update(self, state: State) -> list[tuple[str, AccountTotals]]:
        """Take over a worker's figures after its step; returns what the others must now be told.

        Order counts are told at once, profits once a second.
        """
        share = self._shares[state.strategy]
        open_orders = len(state.orders.live)
        due = state.now_ns - share.told_ns >= NS_PER_S
        if open_orders == share.open_orders and not due:
            return []
        share.open_orders = open_orders
        share.told_ns = state.now_ns
        net = state.pnl.net(state.reference)
        if net is not None:
            share.net = net
            share.day = net - state.pnl.day_baseline
        return [(name, self.totals_for(name, state.now_ns)) for name in self._shares if name != state.strategy]


def last_net(state: State) -> Decimal:
    """Net of a run that is over, at the last price it knew; without any, its position counts what was paid for it."""
    pnl = state.pnl
    for price in (state.reference, pnl.last_mark, pnl.attribution.reference):
        net = pnl.net(price)
        if net is not None:
            return net
    return pnl.position.realized + pnl.fees.total + pnl.funding


def _day_of(now_ns: int) -> int:
    """Number of the UTC day."""
    return now_ns // DAY_NS
