"""One strategy over two legs: events go where they belong, legs begin and stop together, takes go out together."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from mmtui.core.legs import LegsState
from mmtui.core.risk import Limits
from mmtui.core.state import Phase
from mmtui.core.step_legs import step_legs
from mmtui.engine.codec import decode_head, encode_head
from mmtui.model.commands import CancelOrder, Command, PlaceOrder
from mmtui.model.events import (
    AccountTotals,
    Balance,
    Balances,
    BookSnapshot,
    ChangeLimits,
    ChangeSettings,
    Event,
    OpenOrders,
    Pause,
    PositionReport,
    Resume,
    Start,
    Stop,
)
from mmtui.model.quotes import LegAnswer, LegsDecision, LegsSnapshot, Quote, Quotes, Take
from mmtui.model.units import NS_PER_MS, NS_PER_S
from tests.unit.core_scenes import BEGIN_NS, INSTRUMENT, WIDE, D, make_state
from tests.unit.engine_cells import Bench
from tests.unit.legs_scenes import document

OTHER = msgspec.structs.replace(INSTRUMENT, id="other:BTC-PERP", venue="other")


class Wish(Struct, frozen=True):
    """Settings of the test strategy: what the legs should do."""

    legs: tuple[LegAnswer, ...] = (LegAnswer(), LegAnswer())
    together: bool = False
    halt: str = ""
    finished: str = ""
    references: tuple[str, str] = ("0", "0")


class PairWishes:
    """A strategy over two legs that wants what its settings say."""

    settings_type: type[Any] = Wish

    def __init__(self) -> None:
        self.seen: list[LegsSnapshot] = []

    def decide(self, settings: Wish, snapshot: LegsSnapshot, memory: Any) -> LegsDecision[Any]:  # noqa: ANN401 - as the port says
        self.seen.append(snapshot)
        first, second = settings.references
        return LegsDecision(
            settings.legs, memory, together=settings.together, halt=settings.halt, references=(D(first), D(second)),
            finished=settings.finished,
        )  # fmt: skip


class PairDesk:
    """Two legs stepped by hand."""

    def __init__(self, held: tuple[str, str] = ("0", "0"), limits: Limits = WIDE) -> None:
        first = make_state(None, limits=limits)
        second = make_state(None, OTHER, limits=limits)
        second.account = second.pnl.account = "second"
        second.orders.prefix = "mm-t-"
        self.desk = LegsState(strategy="s", kind="test", settings=Wish(), memory=None, legs=[first, second])
        self.kind = PairWishes()
        self.now_ns = BEGIN_NS
        self.notes: list[str] = []
        self.feed(*(self.totals(leg) for leg in (0, 1)), Start(self.now_ns))
        self.feed(*(self.book(leg) for leg in (0, 1)))
        for index, quantity in enumerate(held):
            self.answer(index, quantity)

    @property
    def legs(self) -> tuple[Any, Any]:
        return self.desk.legs[0], self.desk.legs[1]

    def feed(self, *events: Event, after_ms: float = 1) -> list[Command]:
        self.now_ns += int(after_ms * NS_PER_MS)
        result = step_legs(self.desk, self.kind, self.now_ns, events)
        if result is None:
            return []
        self.notes += [getattr(note, "event", "") for note in result.notes]
        return [approved.command for approved in result.commands]

    def wish(self, **fields: Any) -> list[Command]:  # noqa: ANN401 - any field of Wish
        self.desk.settings = msgspec.structs.replace(self.desk.settings, **fields)
        return self.feed(Resume(self.now_ns))

    def answer(self, index: int, held: str = "0") -> list[Command]:
        """The venue answers all questions about a leg."""
        leg, now = self.desk.legs[index], self.now_ns + NS_PER_MS
        account, name = leg.account, leg.instrument.id
        return self.feed(
            OpenOrders(account, name, now, now, []),
            PositionReport(account, name, now, now, D(held)),
            Balances(account, now, now, [Balance("USDC", D(100_000), D(100_000))]),
        )

    def totals(self, index: int) -> Event:
        return AccountTotals(self.desk.legs[index].account, self.now_ns, granted=True)

    def book(self, index: int, bid: float = 100.0) -> Event:
        name = self.desk.legs[index].instrument.id
        return BookSnapshot(name, self.now_ns + NS_PER_MS, [(bid, 5.0)], [(bid + 0.2, 5.0)])


def places(commands: list[Command]) -> list[tuple[str, str]]:
    return [(c.account, str(c.quantity)) for c in commands if isinstance(c, PlaceOrder)]


def takes(first: str, second: str) -> tuple[LegAnswer, LegAnswer]:
    targets = (D(first), D(second))
    prices = (D("100.3"), D("99.9"))
    answers = [LegAnswer(Quotes(), Take(t, p, "pair")) for t, p in zip(targets, prices, strict=True)]
    return answers[0], answers[1]


def test_nothing_is_decided_before_every_leg_is_ready() -> None:
    desk = PairDesk()
    assert [leg.phase for leg in desk.legs] == [Phase.QUOTING, Phase.QUOTING]
    assert len(desk.kind.seen) == 1
    assert [snapshot.position for snapshot in desk.kind.seen[0].legs] == [0, 0]


def test_events_reach_the_leg_they_name_only() -> None:
    desk = PairDesk()
    desk.feed(desk.book(1, 101.0))
    first, second = desk.legs
    assert (first.best_bid, second.best_bid) == (100, 101)
    desk.feed(PositionReport("second", second.instrument.id, desk.now_ns, desk.now_ns, D(3)))
    assert (first.venue_position, second.venue_position) == (0, 3)


def test_commands_name_the_account_of_their_leg() -> None:
    desk = PairDesk()
    quote = (Quote(D(99), D(1)),)
    commands = desk.wish(legs=(LegAnswer(Quotes(bids=quote)), LegAnswer(Quotes(asks=(Quote(D(101), D(2)),)))))
    assert places(commands) == [("main", "1"), ("second", "2")]


def test_takes_that_belong_together_go_out_together() -> None:
    desk = PairDesk()
    assert places(desk.wish(legs=takes("0.5", "-0.5"), together=True)) == [("main", "0.5"), ("second", "0.5")]
    assert all(snapshot.busy is False for snapshot in desk.kind.seen[-1].legs)
    desk.feed(Resume(desk.now_ns))
    assert all(snapshot.busy for snapshot in desk.kind.seen[-1].legs)


def test_where_one_take_may_not_be_sent_none_is() -> None:
    desk = PairDesk()
    second = desk.legs[1]
    second.limits = msgspec.structs.replace(second.limits, max_position_notional=D(1))
    assert places(desk.wish(legs=takes("0.5", "-0.5"), together=True)) == []
    assert "second: max_position_notional" in desk.legs[0].why_not[0]
    assert places(desk.wish(together=False)) == [("main", "0.5")]


def test_a_halt_stops_both_legs_as_a_risk_stop() -> None:
    desk = PairDesk()
    desk.wish(halt="net exposure 1 BTC")
    assert [leg.stop.risk_stop for leg in desk.legs] == [True, True]
    assert [leg.stop.reason for leg in desk.legs] == ["net exposure 1 BTC"] * 2


def test_a_strategy_that_is_finished_stops_in_order() -> None:
    desk = PairDesk()
    desk.wish(finished="2 cycles done")
    assert [(leg.stop.reason, leg.stop.risk_stop) for leg in desk.legs] == [("2 cycles done", False)] * 2


def test_the_loss_limit_of_one_account_stops_both_legs() -> None:
    desk = PairDesk()
    first = desk.legs[0]
    totals = AccountTotals("main", desk.now_ns, granted=True, other_day_pnl=D(-200_000))
    desk.feed(totals)
    assert first.stop.risk_stop
    assert desk.legs[1].stop.reason == first.stop.reason


def test_a_stop_reduces_the_leg_that_carries_the_excess_before_any_leg_ends() -> None:
    desk = PairDesk(("2", "-1.5"))
    desk.wish()
    commands = desk.feed(Stop(desk.now_ns, "operator"))
    commands += desk.feed(after_ms=300)
    (order,) = [command for command in commands if isinstance(command, PlaceOrder)]
    assert (order.account, order.quantity, order.reduce_only) == ("main", D("0.5"), True)
    for _ in range(6):
        desk.answer(1, "-1.5")
    assert desk.legs[1].phase is Phase.STOPPING


def test_a_balanced_pair_stops_as_it_is() -> None:
    desk = PairDesk(("2", "-2"))
    desk.wish()
    desk.feed(Stop(desk.now_ns, "operator"))
    for _ in range(8):
        desk.answer(0, "2")
        desk.answer(1, "-2")
        desk.feed(after_ms=600)
    assert desk.desk.stopped
    assert all(leg.stop.proven and not leg.stop.risk_stop for leg in desk.legs)
    assert "exposure_left" not in desk.notes


def test_a_pair_that_ends_out_of_balance_is_a_risk_stop_that_names_it() -> None:
    desk = PairDesk(("2", "2"))
    desk.wish(references=("2", "0"), halt="net exposure 2 BTC")
    for _ in range(8):
        desk.answer(0, "2")
        desk.answer(1, "2")
        desk.feed(after_ms=600)
    assert desk.desk.stopped
    assert desk.notes.count("exposure_left") == 1
    assert desk.legs[0].stop.risk_stop


def test_a_pause_takes_the_quotes_of_both_legs_off() -> None:
    desk = PairDesk()
    quote = (Quote(D(99), D(1)),)
    desk.wish(legs=(LegAnswer(Quotes(bids=quote)), LegAnswer(Quotes(bids=quote))))
    for leg in desk.legs:
        for order in list(leg.orders.live.values()):
            order.state = type(order.state).OPEN
    commands = desk.feed(Pause(desk.now_ns))
    assert {command.account for command in commands if isinstance(command, CancelOrder)} == {"main", "second"}


def test_new_settings_and_the_limits_of_one_account() -> None:
    desk = PairDesk()
    encode = msgspec.msgpack.Encoder().encode
    desk.feed(ChangeSettings(desk.now_ns, msgspec.Raw(encode(Wish(references=("1", "1"))))))
    assert desk.desk.settings.references == ("1", "1")
    narrow = msgspec.structs.replace(WIDE, max_open_orders=7)
    desk.feed(ChangeLimits(desk.now_ns, msgspec.Raw(encode(narrow)), "second"))
    assert [leg.limits.max_open_orders for leg in desk.legs] == [WIDE.max_open_orders, 7]


def test_an_unknown_position_or_a_stale_book_of_one_leg_is_seen_as_such() -> None:
    desk = PairDesk()
    desk.now_ns += 3 * NS_PER_S
    desk.feed(desk.book(0, 100.1))
    first, second = desk.kind.seen[-1].legs
    assert not first.stale()
    assert second.stale()


def test_the_whole_pair_comes_back_from_the_journal(tmp_path: Path) -> None:
    bench = Bench(tmp_path, document("dual_hedge", {"quantity": "0.01"}))
    (cell,) = bench.cells
    head, _ = decode_head(encode_head(cell.whole, "full"))
    assert isinstance(head.whole, LegsState)
    assert encode_head(head.whole, "full") == encode_head(cell.whole, "full")
    assert head.first.account == "one"
    bench.close()
