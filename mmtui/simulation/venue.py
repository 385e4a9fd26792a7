"""The simulated venue: accounts, order life, latency and faults in front of any ``Market``.

A discrete-event simulation in two queues. The *agenda* holds what changes the venue (commands arriving, funding);
between its entries the markets live on their own. The *post* holds what has been said and is still travelling to us.
Time comes in through ``submit``, ``feed`` and ``advance`` and never runs backwards. At one instant a market moves
before a command that arrives then, and entries of the agenda keep the order in which they were made.
"""

import random
from collections.abc import Iterable, Mapping
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final, Protocol, TypeVar, runtime_checkable

from msgspec.structs import replace

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, Command, OrderCommand, PlaceOrder, Query
from mmtui.model.events import (
    CommandRefused,
    CommandUnknown,
    Event,
    MarketEvent,
    MarkPrice,
    OrderReport,
    StreamUp,
    Unrecognised,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus, RefusalCode
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.simulation.account import AccountTruth, VenueAccount
from mmtui.simulation.answers import answer, failed, truth
from mmtui.simulation.books import Books
from mmtui.simulation.checks import Refusal
from mmtui.simulation.desk import Desk, action_of
from mmtui.simulation.market import Execution, Market
from mmtui.simulation.settings import SelfTrade, VenueSettings

__all__ = ["AccountTruth", "FedMarket", "SelfTrade", "Venue", "VenueSettings"]

NEVER: Final = 2**63
"""Later than any time: nothing scheduled."""

_Stamped = TypeVar("_Stamped", bound=Event)


@runtime_checkable
class FedMarket(Market, Protocol):
    """A market that lives on recorded events handed to it."""

    def feed(self, event: MarketEvent) -> list[Execution]:
        """Take one recorded event; returns what it traded against our orders."""
        ...


@runtime_checkable
class SteeredMarket(Market, Protocol):
    """A market with a crowd that a drill can push."""

    def move_mid(self, price: Decimal, now_ns: int) -> None:
        """Let the crowd believe in this price."""
        ...

    def crowd_trade(self, side: Side, lots: int, now_ns: int) -> list[Execution]:
        """Let the crowd take at any price."""
        ...


class Venue:
    """One simulated venue: hand in commands and time, take out events. The module's docstring tells the order."""

    def __init__(
        self, markets: Mapping[str, Market], accounts: Iterable[VenueAccount], settings: VenueSettings, seed: int = 0
    ) -> None:
        self._books = Books(markets, accounts, settings)
        self._desk = Desk(self._books)
        self._settings = settings
        self._random = random.Random(seed)
        self._facts = settings.facts()
        self._order_ns = settings.order_latency_ms * NS_PER_MS
        self._report_ns = settings.report_latency_ms * NS_PER_MS
        self._jitter_ns = settings.latency_jitter_ms * NS_PER_MS
        self._markets = list(self._books.markets.values())
        self._index = {key: index for index, key in enumerate(self._books.markets)}
        self._fed = {key: market for key, market in self._books.markets.items() if isinstance(market, FedMarket)}
        self._steered = {key: row for key, row in self._books.markets.items() if isinstance(row, SteeredMarket)}
        self._dues: list[int] = [NEVER] * len(self._markets)
        self._agenda: list[tuple[int, int, Command | Instrument, bool]] = []
        self._post: list[tuple[int, int, Event]] = []
        self._sequence = 0
        self._last_arrival: dict[str, int] = {}
        self._last_delivery: dict[str, int] = {}
        self._begun = False
        self._now = 0
        self._delivered_ns = 0
        self._next_work = NEVER
        self._next_post = NEVER

    @property
    def facts(self) -> VenueFacts:
        """What planners may rely on."""
        return self._facts

    # --------------------------------------------------------------------------------------------- what goes in

    def submit(self, command: Command, now_ns: int) -> None:
        """Send a command or query: it arrives one order latency later, the answer one report latency after that."""
        self._begin(now_ns)
        arrival = max(now_ns + self._order_ns + self._jitter(), self._last_arrival.get(command.account, 0), self._now)
        if isinstance(command, PlaceOrder | AmendOrder | CancelOrder):
            lost = self._hits(self._settings.loss_rate)
            unanswered = lost or self._hits(self._settings.timeout_rate)
            if unanswered:
                self._give_up(command, now_ns)
            if lost:
                return
        else:
            unanswered = False
        self._last_arrival[command.account] = arrival
        self._schedule(arrival, command, unanswered=unanswered)

    def feed(self, event: MarketEvent) -> None:
        """Recorded mode: hand the event to its instrument's market and book what it trades at the event's time.

        Whatever was due before the event's time happens first; what is due at that very time happens after it.
        Events of instruments that are not fed from recordings are ignored.
        """
        if isinstance(event, Unrecognised):
            return
        market = self._fed.get(event.instrument or "")
        if market is None:
            return
        time_ns = event.time_ns
        if not self._begun:
            self._begin(time_ns)
        if self._next_work < time_ns:
            self._run(time_ns - 1)
        if time_ns > self._now:  # noqa: PLR1730 - called per recorded event: max() costs more than all the rest here
            self._now = time_ns
        executions = market.feed(event)
        if executions:
            self._books.book(market, executions, self._now)
            self._mail(unanswered_for=None)
        if type(event) is MarkPrice:
            self._note_mark(event)
        if executions or market.next_time_ns() is not None:
            self._refresh(self._index[market.instrument.id])

    def move_mid(self, instrument: str, price: Decimal, now_ns: int) -> None:
        """Steering for drills: the crowd of this market believes in ``price`` from now on.

        Raises KeyError if there is no such market that can be steered.
        """
        self._catch_up(now_ns)
        self._steered[instrument].move_mid(price, self._now)
        self._refresh(self._index[instrument])

    def crowd_trade(self, instrument: str, side: Side, quantity: Decimal, now_ns: int) -> None:
        """Steering for drills: the crowd takes ``quantity`` (rounded down to lots) now, at any price.

        Raises KeyError if there is no such market that can be steered.
        """
        self._catch_up(now_ns)
        market = self._steered[instrument]
        executions = market.crowd_trade(side, int(quantity / market.instrument.lot_size), self._now)
        self._books.book(market, executions, self._now)
        self._mail(unanswered_for=None)
        self._refresh(self._index[instrument])

    # -------------------------------------------------------------------------------------------- what comes out

    def advance(self, now_ns: int) -> list[Event]:
        """Live until ``now_ns`` inclusive; returns everything that has reached us by then, in order of delivery."""
        self._catch_up(now_ns)
        post = self._post
        if not post or post[0][0] > now_ns:
            return []
        delivered: list[Event] = []
        while post and post[0][0] <= now_ns:
            self._delivered_ns, _, event = heappop(post)
            delivered.append(event)
        self._next_post = post[0][0] if post else NEVER
        return delivered

    def next_time_ns(self) -> int | None:
        """When ``advance`` next has something to do; None if nothing is planned, as before the first call of all."""
        due = self._next_work if self._next_work < self._next_post else self._next_post  # noqa: FURB136 - as in feed
        return None if due == NEVER else due

    def truth(self, account: str) -> AccountTruth:
        """The venue's books of an account as they stand at the venue now. Raises KeyError for an unknown account."""
        return truth(self._books, account, self._now)

    def open_order_count(self, account: str, instrument: str) -> int:
        """How many orders of the account are open there at the venue now."""
        return self._books.orders.open_count(account, instrument)

    # ------------------------------------------------------------------------------------------ the order of things

    def _begin(self, now_ns: int) -> None:
        if self._begun:
            return
        self._begun = True
        self._now = now_ns
        for account in self._books.accounts:
            self._put(StreamUp("private", now_ns, account=account), now_ns)
        for index, (key, market) in enumerate(self._books.markets.items()):
            if key not in self._fed:
                self._put(StreamUp("public", now_ns, instrument=key), now_ns)
            if market.instrument.market_type is MarketType.PERP:
                self._schedule(self._next_funding(now_ns), market.instrument)
            self._refresh(index)

    def _catch_up(self, now_ns: int) -> None:
        self._begin(now_ns)
        if self._next_work <= now_ns:
            self._run(now_ns)
        self._now = max(self._now, now_ns)

    def _run(self, until_ns: int) -> None:
        while (due := self._next_work) <= until_ns:
            self._now = max(self._now, due)
            market_due = min(self._dues, default=NEVER)
            if market_due <= due:
                self._live(self._dues.index(market_due))
                continue
            _, _, item, unanswered = heappop(self._agenda)
            if isinstance(item, Instrument):
                self._books.settle_funding(item, self._now)
                self._schedule(self._next_funding(self._now), item)
                self._mail(unanswered_for=None)
            else:
                self._arrive(item, unanswered=unanswered)
            for index in range(len(self._markets)):
                self._refresh(index)
            self._next_work = self._soonest()

    def _live(self, index: int) -> None:
        market = self._markets[index]
        executions, events = market.advance(self._now)
        if executions:
            self._books.book(market, executions, self._now)
            self._mail(unanswered_for=None)
        for event in events:
            if isinstance(event, MarkPrice):
                self._note_mark(event)
            self._put(event, self._now + self._report_ns)
        self._refresh(index)

    def _arrive(self, command: Command, *, unanswered: bool) -> None:
        if not isinstance(command, PlaceOrder | AmendOrder | CancelOrder | CancelAll):
            self._answer(command)
            return
        if isinstance(command, PlaceOrder) and self._hits(self._settings.reject_rate):
            self._desk.refuse(command, Refusal(RefusalCode.OTHER, "refused at random"), self._now)
        else:
            self._desk.carry_out(command, self._now)
        self._mail(unanswered_for=command if unanswered else None)

    def _answer(self, query: Query) -> None:
        if self._hits(self._settings.read_fail_rate):
            self._books.out.append(failed(query, "failed at random", self._now))
        else:
            self._books.out.extend(answer(self._books, query, self._now))
        self._mail(unanswered_for=None)

    def _give_up(self, command: PlaceOrder | AmendOrder | CancelOrder, now_ns: int) -> None:
        """The caller's view of a command whose answer never comes."""
        due = now_ns + self._settings.timeout_ms * NS_PER_MS
        unknown = CommandUnknown(
            command.account, command.instrument, due, action_of(command), command.client_order_id, "timeout"
        )
        self._put(unknown, due)

    # ------------------------------------------------------------------------------------------------ agenda and post

    def _schedule(self, due: int, item: Command | Instrument, *, unanswered: bool = False) -> None:
        self._sequence += 1
        heappush(self._agenda, (due, self._sequence, item, unanswered))
        self._next_work = min(self._next_work, due)

    def _refresh(self, index: int) -> None:
        due = self._markets[index].next_time_ns()
        self._dues[index] = NEVER if due is None else max(due, self._now)
        self._next_work = self._soonest()

    def _soonest(self) -> int:
        due = min(self._dues, default=NEVER)
        return min(due, self._agenda[0][0]) if self._agenda else due

    def _mail(self, *, unanswered_for: OrderCommand | None) -> None:
        """Send off what the books have to say, per account in order; leave out the answer to an unanswered command."""
        out = self._books.out
        for event in out:
            if unanswered_for is not None and _is_answer(event, unanswered_for):
                continue
            account = getattr(event, "account", "")
            due = max(self._now + self._report_ns + self._jitter(), self._last_delivery.get(account, 0))
            self._last_delivery[account] = due
            self._put(event, due)
        out.clear()

    def _put(self, event: Event, due: int) -> None:
        due = max(due, self._delivered_ns)
        self._sequence += 1
        heappush(self._post, (due, self._sequence, _stamp(event, due)))
        self._next_post = self._post[0][0]

    def _jitter(self) -> int:
        return self._random.randint(0, self._jitter_ns) if self._jitter_ns else 0

    def _hits(self, rate: float) -> bool:
        return rate > 0 and self._random.random() < rate

    def _next_funding(self, now_ns: int) -> int:
        interval = self._settings.funding_interval_s * NS_PER_S
        return (now_ns // interval + 1) * interval

    def _note_mark(self, event: MarkPrice) -> None:
        self._books.marks[event.instrument] = event.mark
        if event.funding_rate is not None:
            self._books.funding_rates[event.instrument] = event.funding_rate


def _stamp(event: _Stamped, due: int) -> _Stamped:
    """The event as it reaches us at ``due``; market events keep the venue's own time beside it."""
    if isinstance(event, MarketEvent) and not isinstance(event, StreamUp):
        return replace(event, time_ns=due, venue_time_ns=event.time_ns)
    return replace(event, time_ns=due)


def _is_answer(event: Event, command: OrderCommand) -> bool:
    """True for what the caller would have got back; fills and ends of orders come by the stream all the same."""
    if isinstance(event, CommandRefused):
        return True
    if not isinstance(event, OrderReport):
        return False
    ended_by_us = event.status is OrderStatus.CANCELLED
    return (
        not isinstance(command, CancelAll)
        and event.client_order_id == command.client_order_id
        and (event.status is OrderStatus.OPEN or ended_by_us)
    )
