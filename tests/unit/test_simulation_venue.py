"""Time, faults, questions and recorded markets of the simulated venue."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from mmtui.model.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    PlaceOrder,
    QueryBalances,
    QueryFills,
    QueryOpenOrders,
    QueryOrder,
    QueryPosition,
)
from mmtui.model.events import (
    AccountEvent,
    Balance,
    Balances,
    BookDelta,
    BookSnapshot,
    CommandRefused,
    CommandUnknown,
    Event,
    Fill,
    FillsListed,
    FundingPayment,
    MarketEvent,
    MarkPrice,
    OpenOrders,
    OrderReport,
    PositionReport,
    PublicTrade,
    ReadFailed,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.ports.errors import BugError
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.build import AccountSettings, build_sim_venue
from mmtui.simulation.market import Execution, Market, SimOrder
from mmtui.simulation.market_settings import MarketSettings
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.venue import FedMarket, SelfTrade, Venue, VenueSettings

D = Decimal
T0 = 1_000 * NS_PER_S
MS = NS_PER_MS
PERP = "sim.t:X-PERP"


def perp(instrument_id: str = PERP) -> Instrument:
    return Instrument(
        id=instrument_id,
        venue="sim",
        symbol="X-PERP",
        market_type=MarketType.PERP,
        base_asset="X",
        quote_asset="USDC",
        tick_size=D("0.1"),
        lot_size=D("0.01"),
    )


def place(
    name: str,
    side: Side = Side.BUY,
    price: str = "100",
    quantity: str = "1",
    *,
    account: str = "a",
    reduce_only: bool = False,
    tif: TimeInForce = TimeInForce.GTC,
) -> PlaceOrder:
    return PlaceOrder(account, PERP, name, side, D(price), D(quantity), tif, post_only=False, reduce_only=reduce_only)


def accounts() -> list[VenueAccount]:
    return [VenueAccount(name, {"USDC": D(10_000)}) for name in ("a", "b")]


def venue(settings: VenueSettings | None = None, seed: int = 0) -> Venue:
    return Venue({PERP: MatchingMarket(perp())}, accounts(), settings or VenueSettings(), seed)


def of_account(events: Sequence[Event]) -> list[AccountEvent]:
    return [event for event in events if isinstance(event, AccountEvent)]


# ---------------------------------------------------------------------------------------------------------- latency


def test_nothing_is_planned_before_the_first_touch() -> None:
    assert venue().next_time_ns() is None


def test_streams_come_up_first_and_the_book_travels() -> None:
    made = venue()
    assert made.advance(T0) == [StreamUp("private", T0, account="a"), StreamUp("private", T0, account="b"),
                                StreamUp("public", T0, instrument=PERP)]  # fmt: skip
    assert made.next_time_ns() == T0 + 20 * MS
    assert made.advance(T0 + 19 * MS) == []
    (snapshot,) = made.advance(T0 + 20 * MS)
    assert snapshot == BookSnapshot(PERP, T0 + 20 * MS, [], [], 1, T0)


def test_commands_take_the_way_there_and_answers_the_way_back() -> None:
    made = venue(VenueSettings(order_latency_ms=30, report_latency_ms=50))
    made.advance(T0)
    made.submit(place("x"), T0)
    assert made.open_order_count("a", PERP) == 0
    made.advance(T0 + 29 * MS)
    assert made.open_order_count("a", PERP) == 0
    made.advance(T0 + 30 * MS)
    assert made.open_order_count("a", PERP) == 1
    (report,) = of_account(made.advance(T0 + 1_000 * MS))
    assert isinstance(report, OrderReport)
    assert (report.time_ns, report.venue_time_ns) == (T0 + 80 * MS, T0 + 30 * MS)


def test_next_time_leads_from_event_to_event() -> None:
    made = venue()
    made.submit(place("x"), T0)
    times: list[int] = []
    kinds: list[str] = []
    while (due := made.next_time_ns()) is not None and due < T0 + 100 * MS:
        times.append((due - T0) // MS)
        kinds.extend(type(event).__name__ for event in made.advance(due))
    assert times == [0, 20, 40]
    assert kinds == ["StreamUp"] * 3 + ["BookSnapshot", "OrderReport", "BookDelta"]


def test_jitter_never_reorders_an_account_and_time_never_falls() -> None:
    made = venue(VenueSettings(latency_jitter_ms=500), seed=3)
    for index in range(50):
        made.submit(place(f"n{index}", price=str(90 + index % 5), quantity="0.1"), T0 + index * MS)
    events = made.advance(T0 + 3 * NS_PER_S)
    reports = [event for event in events if isinstance(event, OrderReport)]
    assert [report.client_order_id for report in reports] == [f"n{index}" for index in range(50)]
    assert [event.time_ns for event in events] == sorted(event.time_ns for event in events)
    assert len({report.time_ns for report in reports}) > 5


def test_a_late_caller_does_not_turn_time_back() -> None:
    made = venue()
    made.advance(T0 + NS_PER_S)
    made.submit(place("x"), T0)
    assert of_account(made.advance(T0)) == []
    (report,) = of_account(made.advance(T0 + 2 * NS_PER_S))
    assert report.time_ns == T0 + NS_PER_S + 20 * MS


# ----------------------------------------------------------------------------------------------------------- faults


def test_a_timeout_hides_the_answer_but_not_what_happens() -> None:
    made = venue(VenueSettings(timeout_rate=1.0, timeout_ms=500))
    made.submit(place("x"), T0)
    events = of_account(made.advance(T0 + NS_PER_S))
    assert events == [CommandUnknown("a", PERP, T0 + 500 * MS, Action.PLACE, "x", "timeout")]
    assert made.open_order_count("a", PERP) == 1
    made.submit(place("y", Side.SELL, account="b"), T0 + NS_PER_S)
    kinds = [type(event) for event in of_account(made.advance(T0 + 2 * NS_PER_S))]
    assert kinds == [Fill, OrderReport, Fill, OrderReport, CommandUnknown]


def test_a_cancel_that_times_out_still_cancels() -> None:
    made = venue(VenueSettings(timeout_rate=1.0))
    made.submit(place("x"), T0)
    made.submit(AmendOrder("a", PERP, "x", None, Side.BUY, D(99), D(1)), T0 + MS)
    made.submit(CancelOrder("a", PERP, "x", None), T0 + 2 * MS)
    made.submit(CancelOrder("a", PERP, "x", None), T0 + 3 * MS)
    events = of_account(made.advance(T0 + 10 * NS_PER_S))
    assert [event.action for event in events if isinstance(event, CommandUnknown)] == [
        Action.PLACE,
        Action.AMEND,
        Action.CANCEL,
        Action.CANCEL,
    ]
    assert len(events) == 4
    assert made.open_order_count("a", PERP) == 0
    made.submit(place("y"), T0 + 11 * NS_PER_S)
    made.submit(CancelAll("a", PERP), T0 + 12 * NS_PER_S)
    reports = [event for event in made.advance(T0 + 20 * NS_PER_S) if isinstance(event, OrderReport)]
    assert [report.status for report in reports] == [OrderStatus.CANCELLED]


def test_a_lost_command_never_arrives() -> None:
    made = venue(VenueSettings(loss_rate=1.0))
    made.submit(place("x"), T0)
    (event,) = of_account(made.advance(T0 + 5 * NS_PER_S))
    assert isinstance(event, CommandUnknown)
    made.submit(QueryOrder("a", PERP, "x", None), T0 + 5 * NS_PER_S)
    (answer,) = of_account(made.advance(T0 + 6 * NS_PER_S))
    assert isinstance(answer, OrderReport)
    assert answer.status is OrderStatus.NOT_FOUND


def test_rates_are_probabilities() -> None:
    made = venue(VenueSettings(reject_rate=0.3), seed=5)
    for index in range(200):
        made.submit(place(f"n{index}", quantity="0.1"), T0)
    events = of_account(made.advance(T0 + NS_PER_S))
    refused = [event for event in events if isinstance(event, CommandRefused)]
    assert 40 < len(refused) < 80
    assert {event.code for event in refused} == {RefusalCode.OTHER}
    assert made.open_order_count("a", PERP) == 200 - len(refused)


def test_reads_can_fail() -> None:
    made = venue(VenueSettings(read_fail_rate=1.0))
    queries: list[Command] = [
        QueryBalances("a"),
        QueryFills("a", PERP, 0),
        QueryOpenOrders("a", PERP),
        QueryOrder("a", PERP, "x", None),
        QueryPosition("a", PERP),
    ]
    for query in queries:
        made.submit(query, T0)
    events = of_account(made.advance(T0 + NS_PER_S))
    failures = [(event.what, event.instrument) for event in events if isinstance(event, ReadFailed)]
    assert failures == [
        ("balances", None),
        ("fills", PERP),
        ("open_orders", PERP),
        ("order", PERP),
        ("position", PERP),
    ]


# -------------------------------------------------------------------------------------------------------- questions


def test_questions_are_answered_as_of_their_arrival() -> None:
    made = venue()
    made.submit(place("x"), T0)
    made.submit(place("y", Side.SELL, quantity="0.4", account="b"), T0 + MS)
    made.advance(T0 + NS_PER_S)
    asked = T0 + NS_PER_S + 20 * MS
    told = asked + 20 * MS
    for query in (
        QueryOpenOrders("a", PERP),
        QueryOrder("a", PERP, "x", None),
        QueryPosition("a", PERP),
        QueryBalances("a"),
        QueryFills("a", PERP, T0),
    ):
        made.submit(query, T0 + NS_PER_S)
    listed, order, position, balances, fill, end = of_account(made.advance(told))
    assert isinstance(listed, OpenOrders)
    assert (listed.asked_ns, listed.time_ns) == (asked, told)
    assert [(row.client_order_id, row.filled) for row in listed.orders] == [("x", D("0.4"))]
    assert isinstance(order, OrderReport)
    assert (order.status, order.quantity) == (OrderStatus.OPEN, D(1))
    assert position == PositionReport("a", PERP, told, asked, D("0.4"), D(100), leverage=D(20))
    assert balances == Balances("a", told, asked, [Balance("USDC", D(10_000), D(9_995))])
    assert isinstance(fill, Fill)
    assert fill == replace(made.truth("a").fills[0], time_ns=told)
    assert end == FillsListed("a", PERP, told, T0)


def test_fills_are_listed_since_a_time() -> None:
    made = venue()
    made.submit(place("x"), T0)
    made.submit(place("y", Side.SELL, quantity="0.4", account="b"), T0 + MS)
    made.advance(T0 + NS_PER_S)
    made.submit(QueryFills("a", PERP, T0 + 22 * MS), T0 + NS_PER_S)
    assert [type(event) for event in of_account(made.advance(T0 + 2 * NS_PER_S))] == [FillsListed]


def test_questions_about_nothing_fail() -> None:
    made = venue()
    made.submit(QueryPosition("nobody", PERP), T0)
    made.submit(QueryPosition("a", "sim.t:Y"), T0)
    events = of_account(made.advance(T0 + NS_PER_S))
    assert [event.what for event in events if isinstance(event, ReadFailed)] == ["position", "position"]


def test_truth_is_for_known_accounts() -> None:
    with pytest.raises(KeyError):
        venue().truth("nobody")


# ----------------------------------------------------------------------------------------------- funding and steering


def test_funding_is_paid_at_multiples_of_the_interval() -> None:
    made = build_sim_venue(
        [MarketSettings(funding_rate=D("0.01"))],
        [AccountSettings("a"), AccountSettings("b")],
        VenueSettings(funding_interval_s=60),
    )
    start = 59 * NS_PER_S
    made.submit(
        PlaceOrder("a", "sim.m1:SOL-PERP", "x", Side.BUY, D(200), D("0.1"), TimeInForce.IOC, post_only=False), start
    )
    payments = [event for event in made.advance(121 * NS_PER_S) if isinstance(event, FundingPayment)]
    assert [payment.venue_time_ns for payment in payments] == [60 * NS_PER_S, 120 * NS_PER_S]
    truth = made.truth("a")
    assert truth.funding["USDC"] == sum((payment.amount_cash for payment in payments), D(0))
    assert payments[0].amount_cash < 0
    assert len({payment.payment_id for payment in payments}) == 2


def test_without_a_rate_nothing_is_paid() -> None:
    made = venue(VenueSettings(funding_interval_s=1))
    assert [event for event in made.advance(T0 + 3 * NS_PER_S) if isinstance(event, FundingPayment)] == []


def test_the_crowd_can_be_pushed() -> None:
    made = build_sim_venue([MarketSettings()], [AccountSettings("a")], VenueSettings())
    key = "sim.m1:SOL-PERP"
    made.advance(T0)
    made.submit(PlaceOrder("a", key, "x", Side.SELL, D("150.50"), D("0.1")), T0)
    made.move_mid(key, D(160), T0 + NS_PER_S)
    marks = [
        event.mark
        for event in made.advance(T0 + 8 * NS_PER_S)
        if isinstance(event, MarkPrice) and event.instrument == key
    ]
    assert marks[-1] > 155
    assert [fill.price for fill in made.truth("a").fills] == [D("150.50")]
    before = len(made.advance(T0 + 8 * NS_PER_S))
    made.crowd_trade(key, Side.SELL, D(1), T0 + 8 * NS_PER_S)
    trades = [event for event in made.advance(T0 + 8 * NS_PER_S + 20 * MS) if isinstance(event, PublicTrade)]
    assert before == 0
    assert D(1) in {D(str(round(trade.size, 9))) for trade in trades}
    with pytest.raises(KeyError):
        made.move_mid("sim.m1:DOGE-PERP", D(1), T0 + 9 * NS_PER_S)


# --------------------------------------------------------------------------------------------------- recorded markets


class TapeMarket:
    """A market as recorded data makes it: fills every resting order at its price when a trade is fed; no rules."""

    def __init__(self, *, bid: int | None = None, ask: int | None = None) -> None:
        self.instrument = perp()
        self.resting: list[SimOrder] = []
        self.touch = (bid, ask)
        self.heard: list[MarketEvent] = []

    def feed(self, event: MarketEvent) -> list[Execution]:
        self.heard.append(event)
        if not isinstance(event, PublicTrade):
            return []
        rows = [Execution(order, order.price_ticks, order.remaining_lots, maker=True) for order in self.resting]
        for order in self.resting:
            order.remaining_lots = 0
        self.resting.clear()
        return rows

    def best_ticks(self) -> tuple[int | None, int | None]:
        return self.touch

    def place(self, order: SimOrder, now_ns: int) -> list[Execution]:
        self.resting.append(order)
        return []

    def fillable_lots(self, order: SimOrder) -> int:
        return 0

    def remove(self, order: SimOrder) -> None:
        self.resting.remove(order)

    def amend(self, order: SimOrder, price_ticks: int, remaining_lots: int, now_ns: int) -> list[Execution]:
        order.price_ticks, order.remaining_lots = price_ticks, remaining_lots
        return []

    def advance(self, now_ns: int) -> tuple[list[Execution], list[MarketEvent]]:
        return [], []

    def next_time_ns(self) -> int | None:
        return None

    def snapshot(self, now_ns: int) -> BookSnapshot:
        return BookSnapshot(PERP, now_ns, [], [])


def tape(settings: VenueSettings | None = None, market: TapeMarket | None = None) -> tuple[Venue, TapeMarket]:
    market = market or TapeMarket()
    return Venue({PERP: market}, accounts(), settings or VenueSettings(), 0), market


def trade(time_ns: int) -> PublicTrade:
    return PublicTrade(PERP, time_ns, 100.0, 1.0, Side.SELL)


def test_the_tape_is_a_fed_market() -> None:
    market: Market = TapeMarket()
    assert isinstance(market, FedMarket)
    assert not isinstance(MatchingMarket(perp()), FedMarket)


def test_fed_events_trade_at_their_own_time_after_what_was_due_before() -> None:
    made, market = tape()
    made.feed(BookDelta(PERP, T0, [], []))
    made.submit(place("x"), T0)
    made.feed(trade(T0 + 20 * MS))
    assert made.truth("a").fills == []
    assert made.open_order_count("a", PERP) == 0
    made.feed(trade(T0 + 21 * MS))
    assert made.next_time_ns() == T0
    events = of_account(made.advance(T0 + NS_PER_S))
    assert [type(event) for event in events] == [OrderReport, Fill, OrderReport]
    assert events[1].time_ns == T0 + 41 * MS
    assert len(market.heard) == 3


def test_feeding_ignores_what_belongs_to_no_recorded_market() -> None:
    made, market = tape()
    made.feed(Unrecognised("x", T0, ""))
    made.feed(StreamDown("private", T0, "lost"))
    made.feed(BookDelta("other", T0, [], []))
    assert market.heard == []
    assert made.next_time_ns() is None


def test_fed_marks_value_positions_and_pay_funding() -> None:
    made, _ = tape(VenueSettings(funding_interval_s=60))
    made.submit(place("x"), T0)
    made.feed(trade(T0 + NS_PER_S))
    made.feed(MarkPrice(PERP, T0 + 2 * NS_PER_S, D(110)))
    assert made.truth("a").balances["USDC"] == (D(10_000), min(D(10_000), D(10_010) - D("5.5")))
    made.feed(MarkPrice(PERP, T0 + 3 * NS_PER_S, D(120), funding_rate=D("-0.001")))
    payments = [event for event in made.advance(T0 + 60 * NS_PER_S) if isinstance(event, FundingPayment)]
    assert [(row.amount_cash, row.rate) for row in payments] == [(D("0.12"), D("-0.001"))]


def test_one_sided_books_give_a_mark_and_positions_their_entry() -> None:
    made, market = tape(market=TapeMarket(bid=1100))
    made.submit(place("x"), T0)
    made.feed(trade(T0 + NS_PER_S))
    assert made.truth("a").balances["USDC"][1] == min(D(10_000), D(10_010) - D("5.5"))
    market.touch = (None, None)
    assert made.truth("a").balances["USDC"][1] == D(9_995)
    market.touch = (1000, 1020)
    assert made.truth("a").balances["USDC"][1] == min(D(10_000), D(10_001) - D("5.05"))


def test_what_a_market_without_rules_trades_too_much_is_not_booked() -> None:
    made, market = tape()
    made.submit(place("open"), T0)
    made.feed(trade(T0 + NS_PER_S))
    for name, quantity in (("one", "0.6"), ("two", "0.7"), ("three", "0.8")):
        made.submit(place(name, Side.SELL, "101", quantity, reduce_only=True), T0 + 2 * NS_PER_S)
    made.advance(T0 + 3 * NS_PER_S)
    made.feed(trade(T0 + 4 * NS_PER_S))
    assert made.truth("a").positions == {}
    reports = [event for event in made.advance(T0 + 5 * NS_PER_S) if isinstance(event, OrderReport)]
    assert [(row.client_order_id, row.status, row.filled) for row in reports] == [
        ("one", OrderStatus.FILLED, D("0.6")),
        ("two", OrderStatus.EXPIRED, D("0.4")),
        ("three", OrderStatus.EXPIRED, D(0)),
    ]
    assert market.resting == []


def test_a_part_that_may_not_trade_leaves_a_market_without_rules() -> None:
    class PartialTape(TapeMarket):
        def feed(self, event: MarketEvent) -> list[Execution]:
            if not isinstance(event, PublicTrade):
                return []
            rows = []
            for order in self.resting:
                order.remaining_lots -= 50
                rows.append(Execution(order, order.price_ticks, 50, maker=True))
            return rows

    market = PartialTape()
    made, _ = tape(market=market)
    made.submit(place("open", quantity="0.6"), T0)
    made.feed(trade(T0 + NS_PER_S))
    made.submit(place("close", Side.SELL, "101", "0.9", reduce_only=True), T0 + 2 * NS_PER_S)
    made.submit(CancelOrder("a", PERP, "open", None), T0 + 2 * NS_PER_S)
    made.submit(place("less", Side.SELL, "102", "0.2"), T0 + 2 * NS_PER_S)
    made.advance(T0 + 3 * NS_PER_S)
    market.resting.reverse()
    market.resting[0].remaining_lots = 70
    market.resting[0].quantity_lots = 70
    made.feed(trade(T0 + 4 * NS_PER_S))
    assert made.truth("a").positions == {}
    assert [order.client_order_id for order in market.resting] == ["less"]


def test_a_market_that_trades_more_than_is_open_is_a_bug() -> None:
    class BrokenTape(TapeMarket):
        def feed(self, event: MarketEvent) -> list[Execution]:
            return [Execution(order, order.price_ticks, 1_000, maker=True) for order in self.resting]

    made, _ = tape(market=BrokenTape())
    made.submit(place("x"), T0)
    with pytest.raises(BugError, match="1000 lots traded with 100 open"):
        made.feed(trade(T0 + NS_PER_S))


@pytest.mark.parametrize(
    ("mode", "left"),
    [(SelfTrade.EXPIRE_TAKER, ["rest"]), (SelfTrade.EXPIRE_MAKER, ["cross"]), (SelfTrade.EXPIRE_BOTH, [])],
)
def test_self_trades_are_prevented_before_a_market_without_rules_sees_them(mode: SelfTrade, left: list[str]) -> None:
    made, market = tape(VenueSettings(self_trade=mode))
    made.submit(place("rest", Side.SELL, "101"), T0)
    made.submit(place("other", Side.BUY, "98"), T0)
    made.submit(CancelOrder("a", PERP, "other", None), T0)
    made.submit(place("cross", Side.BUY, "102"), T0)
    made.advance(T0 + NS_PER_S)
    assert [order.client_order_id for order in market.resting] == left


def test_an_amend_into_an_own_order_is_refused_without_rules() -> None:
    made, _ = tape()
    made.submit(place("ask", Side.SELL, "101"), T0)
    made.submit(place("bid", Side.BUY, "99"), T0)
    made.submit(AmendOrder("a", PERP, "bid", None, Side.BUY, D(101), D(1)), T0)
    made.submit(AmendOrder("a", PERP, "bid", None, Side.BUY, D(100), D(1)), T0)
    events = of_account(made.advance(T0 + NS_PER_S))
    assert [event.code for event in events if isinstance(event, CommandRefused)] == [RefusalCode.SELF_TRADE]
    assert {row.price for row in made.truth("a").open_orders} == {D(101), D(100)}


def test_a_venue_without_markets_answers_all_the_same() -> None:
    made = Venue({}, accounts(), VenueSettings())
    made.submit(QueryBalances("a"), T0)
    assert [type(event) for event in of_account(made.advance(T0 + NS_PER_S))] == [Balances]
    assert made.next_time_ns() is None
