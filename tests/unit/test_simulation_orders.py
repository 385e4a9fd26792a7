"""Order life at the simulated venue: what is accepted, refused, filled and ended, and how it is told."""

from decimal import Decimal

import pytest

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, Command, PlaceOrder
from mmtui.model.events import CommandRefused, Event, Fill, OrderReport
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import Action, OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.simulation.account import VenueAccount
from mmtui.simulation.market import SimOrder
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.orders import OrderList, VenueOrder
from mmtui.simulation.venue import SelfTrade, Venue, VenueSettings

D = Decimal
T0 = 1_000 * NS_PER_S
PERP, SPOT = "sim.t:X-PERP", "sim.t:X-USDC"


def instrument(instrument_id: str, market_type: MarketType) -> Instrument:
    return Instrument(
        id=instrument_id,
        venue="sim",
        symbol=instrument_id.partition(":")[2],
        market_type=market_type,
        base_asset="X",
        quote_asset="USDC",
        tick_size=D("0.1"),
        lot_size=D("0.01"),
        min_quantity=D("0.02"),
        min_notional=D(5),
        maker_fee_bps=D(-1),
        taker_fee_bps=D(5),
    )


class Desk:
    """A venue without latency, and one word per thing that can be asked of it."""

    def __init__(self, settings: VenueSettings | None = None, cash: str = "1000", owner: str | None = None) -> None:
        markets = {
            PERP: MatchingMarket(instrument(PERP, MarketType.PERP)),
            SPOT: MatchingMarket(instrument(SPOT, MarketType.SPOT)),
        }
        accounts = [VenueAccount(name, {"USDC": D(cash), "X": D(5)}, owner=owner) for name in ("a", "b", "c")]
        settings = settings or VenueSettings(order_latency_ms=0, report_latency_ms=0)
        self.venue = Venue(markets, accounts, settings)
        self.now = T0
        self.ids = 0
        self.venue.advance(T0)

    def send(self, command: Command) -> list[Event]:
        self.now += NS_PER_MS
        self.venue.submit(command, self.now)
        return [
            event for event in self.venue.advance(self.now) if isinstance(event, CommandRefused | Fill | OrderReport)
        ]

    def place(
        self,
        account: str,
        side: str,
        price: str,
        quantity: str,
        *,
        on: str = PERP,
        tif: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        name: str | None = None,
    ) -> list[Event]:
        self.ids += 1
        return self.send(
            PlaceOrder(
                account,
                on,
                name or f"{account}{self.ids}",
                Side(side),
                D(price),
                D(quantity),
                tif,
                post_only,
                reduce_only,
            )
        )


def told(events: list[Event]) -> list[str]:
    """Events in short: who, what and how much."""
    rows = []
    for event in events:
        if isinstance(event, OrderReport):
            rows.append(f"{event.account} {event.status.value} {event.filled}/{event.quantity}")
        elif isinstance(event, Fill):
            rows.append(f"{event.account} {'maker' if event.maker else 'taker'} {event.quantity}@{event.price}")
        elif isinstance(event, CommandRefused):
            rows.append(f"{event.account} {event.action.value} {event.code.value}")
    return rows


def test_a_resting_order_is_open_then_filled_in_parts() -> None:
    desk = Desk()
    assert told(desk.place("a", "buy", "100", "1")) == ["a open 0.00/1.00"]
    events = desk.place("b", "sell", "99.9", "0.4")
    assert told(events) == ["a maker 0.40@100.0", "b taker 0.40@100.0", "b filled 0.40/0.40"]
    events = desk.place("b", "sell", "100", "1", tif=TimeInForce.IOC)
    assert told(events) == [
        "a maker 0.60@100.0",
        "a filled 1.00/1.00",
        "b taker 0.60@100.0",
        "b expired 0.60/1.00",
    ]
    fills = [event for event in events if isinstance(event, Fill)]
    assert [fill.fee_cash for fill in fills] == [D("0.006"), D("-0.03")]
    assert len({fill.trade_id for account in "ab" for fill in desk.venue.truth(account).fills}) == 4
    assert desk.venue.truth("a").positions == {PERP: (D(1), D(100))}
    assert desk.venue.truth("b").positions == {PERP: (D(-1), D(100))}


def test_a_taker_that_rests_is_open_first() -> None:
    desk = Desk()
    desk.place("a", "sell", "100", "0.3")
    events = desk.place("b", "buy", "100", "1")
    assert told(events) == ["b open 0.00/1.00", "a maker 0.30@100.0", "a filled 0.30/0.30", "b taker 0.30@100.0"]
    assert desk.venue.open_order_count("b", PERP) == 1
    assert [row.filled for row in desk.venue.truth("b").open_orders] == [D("0.3")]


@pytest.mark.parametrize(
    ("price", "quantity", "code"),
    [
        ("100.05", "1", RefusalCode.BAD_PRICE),
        ("0", "1", RefusalCode.BAD_PRICE),
        ("NaN", "1", RefusalCode.BAD_PRICE),
        ("100", "0.005", RefusalCode.BAD_QUANTITY),
        ("100", "-1", RefusalCode.BAD_QUANTITY),
        ("100", "Infinity", RefusalCode.BAD_QUANTITY),
        ("100", "0.01", RefusalCode.BELOW_MINIMUM),
        ("100", "0.04", RefusalCode.BELOW_MINIMUM),
        ("100", "201", RefusalCode.INSUFFICIENT_FUNDS),
    ],
)
def test_what_is_wrong_with_an_order_is_named(price: str, quantity: str, code: RefusalCode) -> None:
    (event,) = Desk().place("a", "buy", price, quantity)
    assert isinstance(event, CommandRefused)
    assert (event.code, event.action, event.client_order_id) == (code, Action.PLACE, "a1")


def test_unknown_accounts_and_instruments_are_refused() -> None:
    desk = Desk()
    assert told(desk.place("nobody", "buy", "100", "1")) == ["nobody place not_allowed"]
    assert told(desk.place("a", "buy", "100", "1", on="sim.t:Y")) == ["a place not_allowed"]
    assert told(desk.send(CancelAll("a", "sim.t:Y"))) == ["a cancel not_allowed"]


def test_a_client_id_is_good_for_one_order_of_an_account() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1", name="x")
    assert told(desk.place("b", "buy", "100", "1", name="x")) == ["b open 0.00/1.00"]
    desk.send(CancelOrder("a", PERP, "x", None))
    assert told(desk.place("a", "buy", "100", "1", name="x")) == ["a place duplicate_client_id"]


def test_post_only_never_takes() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1", post_only=True)
    desk.place("a", "sell", "101", "1", post_only=True)
    assert told(desk.place("b", "buy", "101", "1", post_only=True)) == ["b place post_only_would_cross"]
    assert told(desk.place("b", "sell", "99", "1", post_only=True)) == ["b place post_only_would_cross"]
    assert told(desk.place("b", "sell", "100.1", "1", post_only=True)) == ["b open 0.00/1.00"]


def test_fok_trades_all_or_nothing() -> None:
    desk = Desk()
    desk.place("a", "sell", "100", "0.5")
    assert told(desk.place("b", "buy", "100", "0.6", tif=TimeInForce.FOK)) == ["b expired 0.00/0.60"]
    events = desk.place("b", "buy", "100", "0.5", tif=TimeInForce.FOK)
    assert told(events)[-1] == "b filled 0.50/0.50"


def test_cancel_names_an_order_by_either_id() -> None:
    desk = Desk()
    (report,) = desk.place("a", "buy", "100", "1", name="x")
    assert isinstance(report, OrderReport)
    assert told(desk.send(CancelOrder("a", PERP, "x", report.order_id))) == ["a cancelled 0.00/1.00"]
    assert told(desk.send(CancelOrder("a", PERP, "x", None))) == ["a cancel order_done"]
    assert told(desk.send(CancelOrder("a", PERP, "y", None))) == ["a cancel order_not_found"]
    assert told(desk.send(CancelOrder("b", PERP, "x", report.order_id))) == ["b cancel order_not_found"]
    assert told(desk.send(CancelOrder("a", SPOT, "x", None))) == ["a cancel order_not_found"]


def test_cancel_all_ends_every_order_of_account_and_instrument_only() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1")
    desk.place("a", "buy", "99", "1")
    desk.place("a", "buy", "100", "1", on=SPOT)
    desk.place("b", "buy", "100", "1")
    assert told(desk.send(CancelAll("a", PERP))) == ["a cancelled 0.00/1.00"] * 2
    counts = [desk.venue.open_order_count(*key) for key in (("a", PERP), ("a", SPOT), ("b", PERP))]
    assert counts == [0, 1, 1]


def amend(name: str, price: str, quantity: str, side: Side = Side.BUY) -> AmendOrder:
    return AmendOrder("a", PERP, name, None, side, D(price), D(quantity))


def test_amend_changes_price_and_total_quantity() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1", name="x")
    desk.place("b", "sell", "100", "0.3")
    assert told(desk.send(amend("x", "99", "0.8"))) == ["a open 0.30/0.80"]
    assert told(desk.place("b", "sell", "99", "1"))[-2:] == ["a filled 0.80/0.80", "b taker 0.50@99.0"]
    assert told(desk.send(amend("x", "99", "0.9"))) == ["a amend order_done"]
    assert told(desk.send(amend("y", "99", "0.9"))) == ["a amend order_not_found"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (amend("x", "99", "0.3"), "bad_quantity"),
        (amend("x", "99.05", "1"), "bad_price"),
        (amend("x", "99", "1", Side.SELL), "not_allowed"),
        (amend("x", "102", "1"), "post_only_would_cross"),
        (amend("x", "99", "300"), "insufficient_funds"),
    ],
)
def test_a_refused_amend_leaves_the_order_as_it_was(command: AmendOrder, code: str) -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1", name="x", post_only=True)
    desk.place("b", "sell", "100", "0.3")
    desk.place("c", "sell", "102", "1")
    before = desk.venue.truth("a").open_orders[0]
    assert told(desk.send(command)) == [f"a amend {code}"]
    after = desk.venue.truth("a").open_orders[0]
    assert (after.price, after.quantity, after.filled) == (before.price, before.quantity, before.filled)


def test_amends_can_be_switched_off() -> None:
    desk = Desk(VenueSettings(order_latency_ms=0, report_latency_ms=0, can_amend=False))
    desk.place("a", "buy", "100", "1", name="x")
    assert told(desk.send(amend("x", "99", "1"))) == ["a amend not_allowed"]
    assert not desk.venue.facts.can_amend


def test_an_amend_that_crosses_trades_as_taker() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "1", name="x")
    desk.place("b", "sell", "101", "0.4")
    events = desk.send(amend("x", "101", "1"))
    assert told(events) == ["a open 0.00/1.00", "b maker 0.40@101.0", "b filled 0.40/0.40", "a taker 0.40@101.0"]


# ------------------------------------------------------------------------------------------------------- reduce-only


def long_one() -> Desk:
    desk = Desk()
    desk.place("b", "sell", "100", "1")
    desk.place("a", "buy", "100", "1")
    return desk


def test_reduce_only_needs_something_to_reduce() -> None:
    desk = long_one()
    assert told(desk.place("a", "buy", "99", "1", reduce_only=True)) == ["a place reduce_only_violation"]
    assert told(desk.place("c", "sell", "101", "1", reduce_only=True)) == ["c place reduce_only_violation"]
    assert told(desk.place("a", "sell", "101", "0.02", reduce_only=True)) == ["a open 0.00/0.02"]


def test_a_reduce_only_taker_stops_at_flat() -> None:
    desk = long_one()
    desk.place("b", "buy", "100", "3")
    events = desk.place("a", "sell", "100", "2", reduce_only=True, tif=TimeInForce.IOC)
    assert told(events) == ["b maker 1.00@100.0", "a taker 1.00@100.0", "a expired 1.00/2.00"]
    assert desk.venue.truth("a").positions == {}


def test_a_reduce_only_taker_does_not_rest_with_nothing_to_reduce() -> None:
    desk = long_one()
    desk.place("b", "buy", "100", "3")
    events = desk.place("a", "sell", "100", "2", reduce_only=True)
    assert told(events)[-1] == "a expired 1.00/2.00"
    assert desk.venue.open_order_count("a", PERP) == 0


def test_fok_reduce_only_beyond_the_position_expires() -> None:
    desk = long_one()
    desk.place("b", "buy", "100", "3")
    events = desk.place("a", "sell", "100", "2", reduce_only=True, tif=TimeInForce.FOK)
    assert told(events) == ["a expired 0.00/2.00"]


def test_resting_reduce_only_orders_shrink_in_the_middle_of_a_sweep() -> None:
    desk = long_one()
    desk.place("a", "sell", "101", "0.7")
    desk.place("a", "sell", "102", "0.6", reduce_only=True)
    desk.place("a", "sell", "103", "0.5", reduce_only=True)
    events = desk.place("b", "buy", "105", "5", tif=TimeInForce.IOC)
    assert told(events) == [
        "a maker 0.70@101.0",
        "a filled 0.70/0.70",
        "b taker 0.70@101.0",
        "a maker 0.30@102.0",
        "b taker 0.30@102.0",
        "a expired 0.30/0.60",
        "a expired 0.00/0.50",
        "b expired 1.00/5.00",
    ]
    assert desk.venue.truth("a").positions == {}


def test_reduce_only_orders_end_when_another_order_has_closed_the_position() -> None:
    desk = long_one()
    desk.place("a", "sell", "102", "1", reduce_only=True)
    desk.place("b", "buy", "100", "1")
    events = desk.place("a", "sell", "100", "1")
    assert told(events)[-1] == "a expired 0.00/1.00"
    assert desk.venue.open_order_count("a", PERP) == 0


def test_on_spot_reduce_only_means_sales() -> None:
    desk = Desk()
    assert told(desk.place("a", "buy", "100", "1", on=SPOT, reduce_only=True)) == ["a place reduce_only_violation"]
    assert told(desk.place("a", "sell", "100", "1", on=SPOT, reduce_only=True)) == ["a open 0.00/1.00"]
    assert told(desk.place("b", "buy", "100", "0.5", on=SPOT))[-1] == "b filled 0.50/0.50"


# -------------------------------------------------------------------------------------------------------- self-trade


@pytest.mark.parametrize(
    ("mode", "story"),
    [
        (
            SelfTrade.EXPIRE_TAKER,
            ["c maker 0.50@100.0", "c filled 0.50/0.50", "a taker 0.50@100.0", "a expired 0.50/2.00"],
        ),
        (
            SelfTrade.EXPIRE_MAKER,
            [
                "c maker 0.50@100.0",
                "c filled 0.50/0.50",
                "a taker 0.50@100.0",
                "c maker 0.50@102.0",
                "c filled 0.50/0.50",
                "a taker 0.50@102.0",
                "a expired 0.00/1.00",
            ],
        ),
        (
            SelfTrade.EXPIRE_BOTH,
            [
                "c maker 0.50@100.0",
                "c filled 0.50/0.50",
                "a taker 0.50@100.0",
                "a expired 0.00/1.00",
                "a expired 0.50/2.00",
            ],
        ),
    ],
)
def test_an_account_does_not_trade_with_itself(mode: SelfTrade, story: list[str]) -> None:
    desk = Desk(VenueSettings(order_latency_ms=0, report_latency_ms=0, self_trade=mode))
    desk.place("a", "sell", "101", "1")
    desk.place("c", "sell", "100", "0.5")
    desk.place("c", "sell", "102", "0.5")
    assert told(desk.place("a", "buy", "102", "2")) == ["a open 0.00/2.00", *story]


def test_accounts_of_one_owner_do_not_trade_with_each_other() -> None:
    desk = Desk(owner="me")
    desk.place("a", "sell", "100", "1")
    assert told(desk.place("b", "buy", "100", "1", tif=TimeInForce.IOC)) == ["b expired 0.00/1.00"]


# -------------------------------------------------------------------------------------------------------------- funds


def test_spot_orders_lock_their_funds() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "9", on=SPOT)
    assert desk.venue.truth("a").balances["USDC"] == (D(1000), D(1000) - D("900.45"))
    assert told(desk.place("a", "buy", "100", "1", on=SPOT)) == ["a place insufficient_funds"]
    desk.place("a", "sell", "110", "5", on=SPOT)
    assert desk.venue.truth("a").balances["X"] == (D(5), D(0))
    assert told(desk.place("a", "sell", "110", "0.1", on=SPOT)) == ["a place insufficient_funds"]


def test_reducing_is_never_refused_for_want_of_margin() -> None:
    desk = Desk(cash="6")
    desk.place("b", "sell", "100", "1", post_only=True)
    assert told(desk.place("a", "buy", "100", "1"))[-1] == "a filled 1.00/1.00"
    assert told(desk.place("a", "buy", "100", "1")) == ["a place insufficient_funds"]
    assert told(desk.place("a", "sell", "100", "1")) == ["a open 0.00/1.00"]


def test_an_amend_is_checked_without_the_order_it_changes() -> None:
    desk = Desk()
    desk.place("a", "buy", "100", "150", name="x")
    assert told(desk.send(amend("x", "100", "180"))) == ["a open 0.00/180.00"]
    assert told(desk.send(amend("x", "100", "250"))) == ["a amend insufficient_funds"]


def test_only_so_many_ended_orders_are_remembered() -> None:
    orders = OrderList(done_kept=2)
    for number in range(4):
        name = f"n{number}"
        sim = SimOrder(
            order_id=f"o{number}",
            account="a",
            client_order_id=name,
            side=Side.BUY,
            price_ticks=1,
            quantity_lots=1,
            remaining_lots=1,
            arrived_ns=T0,
        )
        orders.add(VenueOrder(sim, instrument(PERP, MarketType.PERP)))
        if number:
            orders.close(orders.by_order_id(f"o{number}"), OrderStatus.CANCELLED, "")
    known = [orders.find("a", PERP, f"n{number}", None) is not None for number in range(4)]
    assert known == [True, False, True, True]
    assert not orders.knows_client_id("a", "n1")
