"""A sandbox that plays recorded data instead of a crowd."""

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from mmtui.model.events import BookSnapshot, MarketEvent, MarkPrice, PublicTrade, StreamDown
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus
from mmtui.model.units import NS_PER_S, Side
from mmtui.sandbox.crowd import FloorMarkets, Recorded
from mmtui.sandbox.floor import BookChange, Floor, FloorSettings, Ticket
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.tape import MarkRow, TapeTrade
from mmtui.simulation.account import VenueAccount
from tests.sandbox.backpack_client import BackpackClient
from tests.sandbox.sandbox_process import ROOT, sandbox

THEN = 1_700_000_000 * NS_PER_S
NOW = 1_800_000_000 * NS_PER_S
PERP = Instrument(
    id="x:BTC",
    venue="x",
    symbol="BTC",
    market_type=MarketType.PERP,
    base_asset="BTC",
    quote_asset="USDC",
    tick_size=Decimal("0.5"),
    lot_size=Decimal("0.001"),
)
SPOT = Instrument(
    id="x:SOL",
    venue="x",
    symbol="SOL",
    market_type=MarketType.SPOT,
    base_asset="SOL",
    quote_asset="USDC",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.01"),
)


def at(second: float) -> int:
    return THEN + round(second * NS_PER_S)


RECORDING: list[MarketEvent] = [
    BookSnapshot("x:BTC", at(0), [(100.0, 1.0), (99.5, 2.0)], [(100.5, 1.0), (101.0, 5.0)], venue_time_ns=at(-1)),
    MarkPrice("x:BTC", at(1), Decimal(100), next_funding_ns=at(60)),
    PublicTrade("x:BTC", at(2), 100.0, 0.5, Side.SELL, venue_time_ns=at(1)),
    BookSnapshot("x:BTC", at(3), [(100.0, 0.5), (99.5, 2.0)], [(101.0, 5.0)]),
    StreamDown("public", at(4), "gap", instrument="x:BTC"),
    BookSnapshot("x:BTC", at(5), [(99.5, 2.0)], [(101.0, 5.0)]),
    PublicTrade("x:BTC", at(6), 99.5, 7.0, Side.SELL),
]


class Ear:
    """Keeps the book that the changes make, and the times told."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
        self.trades: list[TapeTrade] = []
        self.marks: list[MarkRow] = []

    def on_book(self, change: BookChange) -> None:
        if change.instrument.symbol == "BTC":
            for side, rows in (("bids", change.bids), ("asks", change.asks)):
                self.sides[side].update(rows)
                self.sides[side] = {price: size for price, size in self.sides[side].items() if size}

    def on_trade(self, trade: TapeTrade) -> None:
        if trade.symbol == "BTC":
            self.trades.append(trade)

    def on_mark(self, mark: MarkRow) -> None:
        self.marks.append(mark)

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        pass

    def on_funding(self, payment: FundingRecord) -> None:
        pass


def test_recorded_and_live_markets_stand_side_by_side() -> None:
    recorded = Recorded((PERP,), lambda: iter(RECORDING))
    markets = FloorMarkets([SPOT, PERP], 1, recorded=recorded)
    floor = Floor(markets, [VenueAccount("a", {"USDC": Decimal(1_000)})], FloorSettings(first_id=0))
    ear = Ear()
    floor.listen(ear)
    floor.advance(NOW)
    assert ear.sides["asks"] == {Decimal("100.5"): Decimal(1), Decimal(101): Decimal(5)}
    assert floor.touch("SOL")[0] is not None
    order = Ticket(account="a", instrument=PERP, side=Side.BUY, quantity=Decimal(1), price=Decimal("99.5"))
    record = floor.place(order, NOW)
    assert isinstance(record, OrderRecord)
    assert ear.sides["bids"][Decimal("99.5")] == 3  # ours stands with theirs
    for step in range(30):
        floor.advance(NOW + step * NS_PER_S // 4)
        book = floor.book("BTC")
        assert ear.sides == {"bids": dict(book.bids), "asks": dict(book.asks)}
    assert ear.marks[0].next_funding_ns == NOW + 60 * NS_PER_S
    assert [trade.time_ns for trade in ear.trades[:2]] == [NOW + 2 * NS_PER_S, NOW + 6 * NS_PER_S]
    assert (record.status, record.filled) == (OrderStatus.FILLED, Decimal(1))
    for second in range(8, 60):
        floor.advance(NOW + second * NS_PER_S)
    assert len(ear.trades) > 10  # it has begun again and again


def test_a_locked_recording_is_shown_apart() -> None:
    locked = [BookSnapshot("x:BTC", at(0), [(100.0, 1.0), (99.5, 2.0)], [(100.0, 3.0), (101.0, 5.0)])]
    markets = FloorMarkets([PERP], 1, recorded=Recorded((PERP,), lambda: iter(locked)))
    floor = Floor(markets, [], FloorSettings(first_id=0))
    floor.advance(NOW)
    book = floor.book("BTC")
    assert (book.bids[0], book.asks[0]) == ((Decimal("99.5"), Decimal(2)), (Decimal(100), Decimal(3)))


def test_nobody_steers_a_recording() -> None:
    floor = Floor(
        FloorMarkets([PERP], 1, recorded=Recorded((PERP,), lambda: iter(RECORDING))), [], FloorSettings(first_id=0)
    )
    with pytest.raises(KeyError):
        floor.move_mid("BTC", Decimal(100), NOW)


@pytest.mark.parametrize(
    ("dataset", "symbol", "price"),
    [("standx-btc", "BTC_USDC_PERP", 90_000), ("aster", "ETH_USDC_PERP", 3_000)],
)
def test_recorded_markets_can_be_traded(dataset: str, symbol: str, price: int) -> None:
    folder: Path = ROOT.parent / "shared" / "data" / "market" / dataset
    if not folder.is_dir():
        pytest.skip(f"../shared/data/market/{dataset} is not here")
    with sandbox("backpack", "--data", str(folder)) as process:
        book = process.state()["books"][symbol]
        assert abs(Decimal(book["bids"][0][0]) / price - 1) < Decimal("0.2")
        with closing(BackpackClient(process)) as client:
            while client.place(symbol, "Bid", "0.001")["status"] != "Filled":
                pass  # inside a gap of the recording nothing trades
        assert process.account()["positions"][symbol]["quantity"] == "0.001"
