"""What the tests of the decision core share: builders of states and events, and a driver around the simulated venue."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from mmtui.core.markout import Markouts
from mmtui.core.order_table import OrderTable
from mmtui.core.pnl import PnlBook
from mmtui.core.risk import Limits
from mmtui.core.state import Phase, Policy, State
from mmtui.core.step import StepResult, step
from mmtui.model.commands import Command
from mmtui.model.events import (
    AccountTotals,
    Balance,
    Balances,
    BookSnapshot,
    Event,
    Fill,
    OpenOrders,
    OrderReport,
    PositionReport,
    Start,
)
from mmtui.model.facts import VenueFacts
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderState, OrderStatus
from mmtui.model.quotes import Close, Decision, Quote, Quotes, Snapshot
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.simulation.build import AccountSettings, build_sim_venue, sim_instruments
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.settings import VenueSettings
from mmtui.simulation.venue import Venue

BEGIN_NS = 1_700_000_000 * NS_PER_S
ACCOUNT = "main"
D = Decimal

INSTRUMENT = Instrument(
    "test:BTC-PERP",
    "test",
    "BTC-PERP",
    MarketType.PERP,
    "BTC",
    "USDC",
    tick_size=D("0.1"),
    lot_size=D("0.001"),
    min_quantity=D("0.002"),
    min_notional=D(1),
)
BOOK = INSTRUMENT.id

WIDE = Limits(
    max_order_notional=D(100_000),
    max_position_notional=D(1_000_000),
    max_open_orders=50,
    max_daily_loss=D(100_000),
    max_drawdown=D(100_000),
    price_band_pct=D(5),
    stale_after_ns=2 * NS_PER_S,
)


class Wish(Struct, frozen=True):
    """Settings of the test strategy: exactly what should rest, as text."""

    bids: tuple[tuple[str, str], ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    close_to: str | None = None
    post_only: bool = True
    tolerance: str = "0"
    wake_ns: int = 0


class Wishes:
    """A strategy that wants what its settings say, and keeps what it was shown."""

    settings_type: type[Any] = Wish

    def __init__(self) -> None:
        self.seen: list[Snapshot] = []

    def decide(self, settings: Any, snapshot: Snapshot, memory: Any) -> Decision[Any]:  # noqa: ANN401 - as the port says
        self.seen.append(snapshot)
        if snapshot.mid is None or snapshot.stale():
            return Decision(Quotes(reason="no fresh book"), memory)
        quotes = Quotes(
            tuple(Quote(D(price), D(quantity)) for price, quantity in settings.bids),
            tuple(Quote(D(price), D(quantity)) for price, quantity in settings.asks),
            "as wished",
            settings.post_only,
            D(settings.tolerance),
        )
        close = None if settings.close_to is None else Close(D(settings.close_to), "wished")
        return Decision(quotes, memory, close, settings.wake_ns)


def make_state(
    settings: object = Wish(),
    instrument: Instrument = INSTRUMENT,
    facts: VenueFacts | None = None,
    limits: Limits = WIDE,
    policy: Policy | None = None,
    **fields: Any,  # noqa: ANN401 - any field of State
) -> State:
    """A fresh run."""
    given = {"kind": "test", "memory": None, **fields}
    return State(
        run_id="r",
        strategy="s",
        account=ACCOUNT,
        instrument=instrument,
        facts=facts or VenueFacts(venue="test"),
        limits=limits,
        policy=policy or Policy(),
        settings=settings,
        orders=OrderTable(prefix="mm-s-"),
        pnl=PnlBook.for_instrument(ACCOUNT, instrument),
        markouts=Markouts(),
        **given,
    )


class Desk:
    """One state stepped by hand: each call passes events one millisecond later and returns the commands."""

    def __init__(self, state: State, kind: Wishes | None = None, now_ns: int = BEGIN_NS) -> None:
        self.state = state
        self.kind = kind or Wishes()
        self.now_ns = now_ns
        self.result: StepResult | None = None

    def feed(self, *events: Event, after_ms: float = 1) -> list[Command]:
        """Step with these events."""
        self.now_ns += int(after_ms * NS_PER_MS)
        self.result = step(self.state, self.kind, self.now_ns, events)
        return [] if self.result is None else [approved.command for approved in self.result.commands]

    def say(self, *makers: Callable[[int], Event], after_ms: float = 1) -> list[Command]:
        """Step with events that are stamped now."""
        now_ns = self.now_ns + int(after_ms * NS_PER_MS)
        return self.feed(*[make(now_ns) for make in makers], after_ms=after_ms)

    def wish(self, **wish: Any) -> None:  # noqa: ANN401 - any field of Wish
        """New settings without the event, decided on at the next step."""
        self.state.settings = msgspec.structs.replace(self.state.settings, **wish)

    def phase(self) -> Phase:
        """Where the run is."""
        return self.state.phase

    def live(self) -> dict[str, OrderState]:
        """Our live orders and their states."""
        return {name: order.state for name, order in self.state.orders.live.items()}


def totals(now_ns: int, *, granted: bool = True, orders: int = 0, day: str = "0", net: str = "0") -> AccountTotals:
    """The account room's word."""
    return AccountTotals(ACCOUNT, now_ns, granted, orders, D(day), D(net))


def book(now_ns: int, bid: float = 100.0, ask: float = 100.2, instrument: str = BOOK) -> BookSnapshot:
    """A book of one level a side."""
    return BookSnapshot(instrument, now_ns, [(bid, 5.0)], [(ask, 5.0)])


def listed(now_ns: int, *orders: OrderReport, asked_ns: int | None = None) -> OpenOrders:
    """The venue's list of open orders."""
    return OpenOrders(ACCOUNT, BOOK, now_ns, now_ns if asked_ns is None else asked_ns, list(orders))


def position(now_ns: int, quantity: str = "0", asked_ns: int | None = None) -> PositionReport:
    """The venue's position."""
    return PositionReport(ACCOUNT, BOOK, now_ns, now_ns if asked_ns is None else asked_ns, D(quantity))


def balances(now_ns: int) -> Balances:
    """Enough money."""
    return Balances(ACCOUNT, now_ns, now_ns, [Balance("USDC", D(100_000), D(100_000))])


def report(
    now_ns: int,
    name: str,
    status: OrderStatus = OrderStatus.OPEN,
    **fields: Any,  # noqa: ANN401 - any field of the report
) -> OrderReport:
    """The venue's word on one order."""
    return OrderReport(ACCOUNT, BOOK, now_ns, status, name, **fields)


def fill(
    now_ns: int, name: str | None, trade: str, quantity: str, side: Side = Side.BUY, price: str = "100",
    **fields: Any,  # noqa: ANN401 - any field of the fill
) -> Fill:  # fmt: skip
    """One execution of ours, without fee."""
    return Fill(ACCOUNT, BOOK, now_ns, trade, side, D(price), D(quantity), D(0), "USDC", True, name, **fields)  # noqa: FBT003


def ready_desk(wish: Wish | None = None, held: str = "0", **fields: Any) -> Desk:  # noqa: ANN401 - as make_state
    """A desk that is quoting: everything was answered, the book is there."""
    desk = Desk(make_state(wish or Wish(), **fields))
    desk.say(totals, Start)
    desk.say(book)
    desk.say(listed, lambda now: position(now, held), balances)
    assert desk.state.phase is Phase.QUOTING, desk.state.quotes.reason
    return desk


def accept(desk: Desk, commands: Sequence[Command]) -> list[Command]:
    """The venue accepts every place and confirms every cancel."""
    makers: list[Callable[[int], Event]] = []
    for command in commands:
        name = getattr(command, "client_order_id", "")
        kind = type(command).__name__
        if kind == "PlaceOrder":
            makers.append(lambda now, name=name: report(now, name, order_id=f"v-{name}", filled=D(0)))  # type: ignore[misc]
        elif kind == "CancelOrder":
            makers.append(lambda now, name=name: report(now, name, OrderStatus.CANCELLED))  # type: ignore[misc]
    return desk.say(*makers)


def of_kind(commands: Sequence[Any], *kinds: type) -> list[Any]:
    """The commands of these kinds."""
    return [command for command in commands if isinstance(command, kinds)]


def sent(desk: Desk) -> list[Any]:
    """What the last step asked for."""
    assert desk.result is not None
    return [approved.command for approved in desk.result.commands]


def events_noted(desk: Desk) -> list[str]:
    """The names of what the last step told."""
    assert desk.result is not None
    return [getattr(note, "event", "") for note in desk.result.notes]


def resting(wish: Wish, **fields: Any) -> Desk:  # noqa: ANN401 - as make_state
    """A desk whose wished orders are open at the venue."""
    desk = ready_desk(wish, **fields)
    accept(desk, sent(desk))
    return desk


def live(desk: Desk, seconds: float, answer: Callable[[int], list[Event]] | None = None) -> list[Any]:
    """Follow the alarms; each question is answered by ``answer``, if given, one millisecond later."""
    commands: list[Any] = []
    state = desk.state
    asked: list[Any] = [q for q in (state.ask_orders, state.ask_position, state.ask_balances) if q.under_way]
    end = desk.now_ns + int(seconds * NS_PER_S)
    while desk.now_ns < end:
        if asked and answer is not None:
            asked = desk.feed(*answer(desk.now_ns + 1_000_000))
        elif state.wake_ns <= end:
            asked = desk.feed(after_ms=max(state.wake_ns - desk.now_ns, 1) / 1e6)
        else:
            break
        commands += asked
    desk.now_ns = max(desk.now_ns, end)
    return commands


# ------------------------------------------------------------------------------------------------- the simulated venue


class Run:
    """One state against the simulated venue, event by event; ``watch`` looks at both after every instant."""

    def __init__(
        self,
        state: State,
        kind: Any,  # noqa: ANN401 - any Kind
        venue: Venue,
        watch: Callable[["Run"], None] | None = None,
    ) -> None:
        self.state = state
        self.kind = kind
        self.venue = venue
        self.now_ns = BEGIN_NS
        self.steps = 0
        self.idle_alarms = 0
        self.sent: list[tuple[int, Command]] = []
        self._watch = watch
        self.feed([totals(BEGIN_NS), Start(BEGIN_NS)])

    def feed(self, events: Sequence[Event]) -> None:
        """One step; what it asks for goes to the venue."""
        result = step(self.state, self.kind, self.now_ns, events)
        self.steps += 1
        if result is None:
            return
        if not events and not result.commands and not result.notes:
            self.idle_alarms += 1
        for approved in result.commands:
            self.sent.append((self.now_ns, approved.command))
            self.venue.submit(approved.command, self.now_ns)

    def until(self, end_ns: int, *, stopped: bool = True) -> None:
        """Live until a time, or until the run has stopped."""
        while not (stopped and self.state.phase is Phase.STOPPED):
            due = min(self.venue.next_time_ns() or self.now_ns, self.state.wake_ns)
            if due > end_ns:
                break
            self.now_ns = max(self.now_ns, due)
            events = [event for event in self.venue.advance(self.now_ns) if self.is_ours(event)]
            if events or self.state.wake_ns <= self.now_ns:
                self.feed(events)
            if self._watch is not None:
                self._watch(self)
        self.now_ns = max(self.now_ns, end_ns) if self.state.phase is not Phase.STOPPED else self.now_ns

    def is_ours(self, event: Event) -> bool:
        """True for what concerns this run."""
        account = getattr(event, "account", None)
        instrument = getattr(event, "instrument", None)
        return account in (None, ACCOUNT) and instrument in (None, self.state.instrument.id)

    def venue_orders(self) -> list[OrderReport]:
        """What is really open at the venue."""
        name = self.state.instrument.id
        return [order for order in self.venue.truth(ACCOUNT).open_orders if order.instrument == name]


def sim_venue(
    seed: int,
    settings: VenueSettings,
    market: MarketType = MarketType.PERP,
    **market_fields: Any,  # noqa: ANN401 - any field
) -> tuple[Venue, Instrument]:
    """A lively simulated venue with our account."""
    markets = MarketSettings(name="m1", seed=seed, **market_fields)
    venue = build_sim_venue([markets], [AccountSettings(ACCOUNT)], settings)
    instrument = next(row for row in sim_instruments(markets) if row.market_type is market and row.base_asset == "SOL")
    return venue, instrument
