"""The floor behind a sandbox: synchronous answers, exact books, drills."""

from decimal import Decimal

import pytest

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus, RefusalCode, TimeInForce
from mmtui.model.units import NS_PER_S, Side
from mmtui.sandbox.crowd import FloorMarkets
from mmtui.sandbox.floor import BookChange, BookRows, Floor, FloorSettings, Refusal, Ticket, quote_walk
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.tape import MarkRow, TapeTrade
from mmtui.simulation.account import VenueAccount

T0 = 1_800_000_000 * NS_PER_S
PERP = "SOL_PERP"
SPOT = "SOL_SPOT"
TICK = Decimal("0.01")


def instrument(symbol: str, market_type: MarketType) -> Instrument:
    return Instrument(
        id=f"x:{symbol}",
        venue="x",
        symbol=symbol,
        market_type=market_type,
        base_asset="SOL",
        quote_asset="USDC",
        tick_size=TICK,
        lot_size=Decimal("0.01"),
        maker_fee_bps=Decimal(2),
        taker_fee_bps=Decimal(5),
    )


class Ear:
    """Writes down what is told, and keeps the book that the changes make."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, int, Decimal]] = []
        self.trades: list[TapeTrade] = []
        self.marks: list[MarkRow] = []
        self.funding: list[FundingRecord] = []
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}

    def on_book(self, change: BookChange) -> None:
        if change.instrument.symbol == PERP:
            self.bids.update(change.bids)
            self.asks.update(change.asks)

    def on_trade(self, trade: TapeTrade) -> None:
        self.trades.append(trade)

    def on_mark(self, mark: MarkRow) -> None:
        self.marks.append(mark)

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        self.orders.append((change.value, record.order_id, record.filled))

    def on_funding(self, payment: FundingRecord) -> None:
        self.funding.append(payment)


@pytest.fixture
def floor() -> Floor:
    markets = FloorMarkets([instrument(SPOT, MarketType.SPOT), instrument(PERP, MarketType.PERP)], seed=3)
    holdings = {"USDC": Decimal(100_000), "SOL": Decimal(10)}
    accounts = [VenueAccount(name, holdings, leverage=Decimal(10)) for name in ("a", "b")]
    made = Floor(markets, accounts, FloorSettings(first_id=1_000, can_amend=True))
    made.advance(T0)
    return made


def ticket(
    floor: Floor, side: Side, quantity: str, price: Decimal | None, account: str = "a", **more: object
) -> Ticket:
    fields: dict[str, object] = {
        "account": account,
        "instrument": floor.instruments[PERP],
        "side": side,
        "quantity": Decimal(quantity),
        "price": price,
    }
    return Ticket(**(fields | more))  # type: ignore[arg-type]


def placed(floor: Floor, wanted: Ticket) -> OrderRecord:
    record = floor.place(wanted, T0)
    assert isinstance(record, OrderRecord), record
    return record


def best(floor: Floor) -> tuple[Decimal, Decimal]:
    bid, ask = floor.touch(PERP)
    assert bid is not None
    assert ask is not None
    return bid, ask


def widened(floor: Floor) -> Decimal:
    """Eat the asks' first level, so that there is a price between the sides where nobody stands."""
    _, ask = best(floor)
    placed(floor, ticket(floor, Side.BUY, str(floor.book(PERP).asks[0][1]), ask, "b", time_in_force=TimeInForce.IOC))
    bid, now = best(floor)
    assert now - bid > TICK
    return now - TICK


def test_an_order_is_accepted_filled_and_ended_within_the_call(floor: Floor) -> None:
    ear = Ear()
    floor.listen(ear)
    bid, _ = best(floor)
    resting = placed(floor, ticket(floor, Side.BUY, "1", bid - 1, client_id="77"))
    assert (resting.status, resting.client_id) == (OrderStatus.OPEN, "77")
    assert floor.records.by_client_id("a", "77") is resting
    assert floor.records.by_id("b", resting.order_id) is None
    assert floor.cancel(resting, T0) is None
    again = floor.cancel(resting, T0)
    assert again is not None
    assert again.code is RefusalCode.ORDER_DONE
    market = placed(floor, ticket(floor, Side.SELL, "30", None))
    assert (market.status, market.filled, market.price) == (OrderStatus.FILLED, Decimal(30), None)
    assert market.filled_quote == sum(fill.price * fill.quantity for fill in market.fills)
    assert market.average_price == market.filled_quote / 30
    told = [change for change, number, _ in ear.orders if number == market.order_id]
    assert told[0] == "accepted"
    assert set(told[1:]) == {"filled"}
    assert [change for change, number, _ in ear.orders if number == resting.order_id] == ["accepted", "cancelled"]


def test_two_accounts_trade_with_each_other_and_nobody_with_himself(floor: Floor) -> None:
    price = widened(floor)
    mine = placed(floor, ticket(floor, Side.SELL, "2", price, post_only=True))
    own = placed(floor, ticket(floor, Side.BUY, "1", price, time_in_force=TimeInForce.IOC))
    assert (own.status, own.filled) == (OrderStatus.EXPIRED, Decimal(0))
    theirs = placed(floor, ticket(floor, Side.BUY, "2", price, "b", time_in_force=TimeInForce.IOC))
    assert (theirs.status, mine.status) == (OrderStatus.FILLED, OrderStatus.FILLED)
    [sold], [bought] = mine.fills, theirs.fills
    assert (sold.maker, bought.maker) == (True, False)
    assert sold.fee_cash == -price * 2 * Decimal("0.0002")
    assert bought.fee_cash == -price * 2 * Decimal("0.0005")
    assert sold.trade_id != bought.trade_id


def test_refusals_leave_no_record(floor: Floor) -> None:
    _, ask = best(floor)
    crossing = floor.place(ticket(floor, Side.BUY, "1", ask, post_only=True), T0)
    assert isinstance(crossing, Refusal)
    assert crossing.code is RefusalCode.POST_ONLY_WOULD_CROSS
    poor = floor.place(ticket(floor, Side.BUY, "90000", ask), T0)
    assert isinstance(poor, Refusal)
    assert poor.code is RefusalCode.INSUFFICIENT_FUNDS
    assert list(floor.records.orders("a")) == []


def test_told_changes_make_the_book(floor: Floor) -> None:
    ear = Ear()
    begun = floor.book(PERP)
    ear.bids, ear.asks = dict(begun.bids), dict(begun.asks)
    floor.listen(ear)
    for step in range(1, 200):
        floor.advance(T0 + step * NS_PER_S // 20)
    placed(floor, ticket(floor, Side.BUY, "3", best(floor)[0] - 5))
    now = floor.book(PERP)
    assert BookRows(_standing(ear.bids, reverse=True), _standing(ear.asks)) == now
    assert ear.trades
    assert ear.marks


def _standing(side: dict[Decimal, Decimal], *, reverse: bool = False) -> list[tuple[Decimal, Decimal]]:
    return sorted(((price, size) for price, size in side.items() if size), reverse=reverse)


def test_an_amend_moves_the_order_or_leaves_it_alone(floor: Floor) -> None:
    bid, ask = best(floor)
    record = placed(floor, ticket(floor, Side.BUY, "2", bid - 1, post_only=True))
    assert floor.amend(record, bid - 2, Decimal(1), T0) is None
    assert (record.price, record.quantity, record.status) == (bid - 2, Decimal(1), OrderStatus.OPEN)
    refused = floor.amend(record, ask, Decimal(1), T0)
    assert refused is not None
    assert (record.price, refused.code) == (bid - 2, RefusalCode.POST_ONLY_WOULD_CROSS)


def test_the_curtail_drill_fills_a_part_and_cancels(floor: Floor) -> None:
    bid, _ = best(floor)
    record = placed(floor, ticket(floor, Side.BUY, "2", bid - TICK))
    floor.curtail(record, T0)
    assert (record.status, record.filled) == (OrderStatus.CANCELLED, Decimal(1))


def test_a_jump_pays_funding_and_keeps_the_market_still(floor: Floor) -> None:
    ear = Ear()
    floor.listen(ear)
    placed(floor, ticket(floor, Side.BUY, "1", None))
    trades, end = len(ear.trades), T0 + 8 * 3_600 * NS_PER_S
    floor.jump(end)
    assert all(trade.time_ns == end for trade in ear.trades[trades:])
    assert [(row.account, row.symbol) for row in ear.funding] == [("a", PERP)]
    assert ear.funding[0].amount_cash < 0
    trades = len(ear.trades)
    floor.advance(end + 10 * NS_PER_S)
    assert len(ear.trades) > trades


def test_the_market_can_be_steered(floor: Floor) -> None:
    floor.move_mid(PERP, Decimal(180), T0)
    bid, ask = best(floor)
    assert bid < 180 < ask + 1
    assert abs(bid - 180) < Decimal("0.1")
    _, ask = best(floor)
    record = placed(floor, ticket(floor, Side.SELL, "1", ask, post_only=True))
    floor.crowd_trade(PERP, Side.BUY, Decimal(5_000), T0)
    assert record.status is OrderStatus.FILLED


def test_quote_is_walked_through_levels() -> None:
    rows = [(Decimal(10), Decimal(1)), (Decimal(20), Decimal(5))]
    assert quote_walk(rows, Decimal(30), Decimal("0.1")) == Decimal(2)
    assert quote_walk(rows, Decimal(31), Decimal("0.1")) == Decimal(2)
    assert quote_walk([], Decimal(31), Decimal("0.1")) == 0


def test_the_same_seed_is_the_same_market() -> None:
    pictures = []
    for _ in range(2):
        markets = FloorMarkets([instrument(PERP, MarketType.PERP)], seed=5)
        floor = Floor(markets, [], FloorSettings(first_id=0))
        for step in range(100):
            floor.advance(T0 + step * NS_PER_S // 10)
        pictures.append((floor.book(PERP), list(floor.tapes[PERP].trades)))
    assert pictures[0] == pictures[1]
