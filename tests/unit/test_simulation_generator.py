"""The crowd, the settings and the builder of simulated markets."""

import itertools
import statistics
from decimal import Decimal

import msgspec
import pytest

from mmtui.model.commands import CancelOrder, PlaceOrder
from mmtui.model.events import BookDelta, BookSnapshot, Event, Fill, MarkPrice, PublicTrade
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_S, Side
from mmtui.simulation.build import AccountSettings, build_sim_venue, sim_instruments
from mmtui.simulation.generator import FairPrice, MarketGenerator
from mmtui.simulation.ladder import CROWD
from mmtui.simulation.market import SimOrder
from mmtui.simulation.market_settings import AssetSettings, MarketSettings
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.settings import VenueSettings

D = Decimal
T0 = 1_000 * NS_PER_S
SOL = AssetSettings("SOL", D(150), D("0.01"), D("0.01"))
ONE_ASSET = MarketSettings(assets=(SOL,))


def market(settings: MarketSettings = ONE_ASSET) -> MatchingMarket:
    (asset,) = settings.assets
    perp = sim_instruments(settings)[0]
    return MatchingMarket(perp, MarketGenerator(perp, settings, FairPrice(settings, asset)))


def test_the_book_is_linked_never_crossed_and_follows_from_its_deltas() -> None:
    made = market()
    _, events = made.advance(T0)
    snapshot = events[0]
    assert isinstance(snapshot, BookSnapshot)
    sides = {"bids": dict(snapshot.bids), "asks": dict(snapshot.asks)}
    assert len(snapshot.bids) == len(snapshot.asks) == 20
    sequence = snapshot.sequence
    for second in range(1, 61):
        _, events = made.advance(T0 + second * NS_PER_S)
        for event in events:
            if not isinstance(event, BookDelta):
                continue
            assert event.previous_sequence == sequence
            sequence = event.sequence
            for name, levels in (("bids", event.bids), ("asks", event.asks)):
                for price, size in levels:
                    sides[name].pop(price, None)
                    if size:
                        sides[name][price] = size
            assert max(sides["bids"]) < min(sides["asks"])
        now = made.snapshot(0)
        assert sides == {"bids": dict(now.bids), "asks": dict(now.asks)}


def test_prices_are_the_nearest_floats_to_the_grid() -> None:
    made = market()
    (snapshot, *_) = made.advance(T0)[1]
    assert isinstance(snapshot, BookSnapshot)
    for price, size in [*snapshot.bids, *snapshot.asks]:
        assert D(repr(price)) % SOL.tick_size == 0
        assert D(repr(size)) % SOL.lot_size == 0


def test_rates_and_sizes_are_those_asked_for() -> None:
    settings = msgspec.structs.replace(ONE_ASSET, burst_share=0.0, trades_per_s=2.0, updates_per_s=10.0)
    made = market(settings)
    _, events = made.advance(T0)
    _, events = made.advance(T0 + 600 * NS_PER_S)
    deltas = [event for event in events if isinstance(event, BookDelta)]
    trades = [event for event in events if isinstance(event, PublicTrade)]
    marks = [event for event in events if isinstance(event, MarkPrice)]
    assert 10 * 600 <= len(deltas) <= 13 * 600
    assert 2 * 600 * 0.8 < len(trades) < 2 * 600 * 1.5
    assert len(marks) == 600
    assert all(mark.index is not None and abs(mark.mark - mark.index) / mark.mark < D("0.01") for mark in marks)
    assert 150 < statistics.median(trade.price * trade.size for trade in trades) < 400
    assert {trade.taker_side for trade in trades} == {Side.BUY, Side.SELL}


@pytest.mark.parametrize(("volatility", "low", "high"), [(0.0, 0.0, 0.0), (10.0, 8.0, 12.0)])
def test_the_fair_price_is_as_volatile_as_asked(volatility: float, low: float, high: float) -> None:
    settings = msgspec.structs.replace(ONE_ASSET, volatility_bps=volatility, burst_share=0.0)
    fair = FairPrice(settings, SOL)
    prices = [fair.at(T0 + minute * 60 * NS_PER_S) for minute in range(300)]
    moves = [later / earlier - 1 for earlier, later in itertools.pairwise(prices)]
    assert low <= statistics.pstdev(moves) * 1e4 <= high


def test_drift_moves_the_price() -> None:
    settings = msgspec.structs.replace(ONE_ASSET, volatility_bps=0.0, drift_bps_per_hour=36.0, burst_share=0.0)
    fair = FairPrice(settings, SOL)
    first = fair.at(T0)
    assert fair.at(T0 + 3_600 * NS_PER_S) / first == pytest.approx(1.0036, abs=1e-5)


def test_bursts_reach_through_levels_and_move_the_price() -> None:
    calm = msgspec.structs.replace(ONE_ASSET, volatility_bps=0.0, burst_share=0.0, trade_mean=250.0)
    wild = msgspec.structs.replace(calm, burst_share=1.0, burst_bps=5.0)
    spans = []
    for settings in (calm, wild):
        made = market(settings)
        made.advance(T0)
        _, events = made.advance(T0 + 30 * NS_PER_S)
        prices = [event.price for event in events if isinstance(event, PublicTrade)]
        spans.append((max(prices) / min(prices) - 1) * 1e4)
    assert spans[0] < 5
    assert spans[1] > 10


def test_the_crowd_takes_a_quote_that_the_price_has_left_behind() -> None:
    made = market()
    made.advance(T0)
    ticks = 15_040
    ours = SimOrder(
        order_id="o1",
        account="a",
        client_order_id="x",
        side=Side.SELL,
        price_ticks=ticks,
        quantity_lots=50,
        remaining_lots=50,
        arrived_ns=T0,
    )
    assert made.place(ours, T0) == []
    made.move_mid(D("151.00"), T0 + 1)
    executions, _ = made.advance(T0 + NS_PER_S)
    assert sum(row.quantity_lots for row in executions) == 50
    assert {row.price_ticks for row in executions} == {ticks}
    bid, ask = made.best_ticks()
    assert bid is not None
    assert ask is not None
    assert ticks < bid < ask


def test_an_order_of_ours_that_eats_the_book_does_not_stop_the_crowd() -> None:
    made = market(msgspec.structs.replace(ONE_ASSET, levels=1, burst_share=0.5))
    made.advance(T0)
    giant = SimOrder(
        order_id="o1",
        account="a",
        client_order_id="x",
        side=Side.BUY,
        price_ticks=15_100,
        quantity_lots=10**9,
        remaining_lots=10**9,
        arrived_ns=T0,
    )
    made.place(giant, T0)
    assert made.best_ticks() == (15_100, None)
    made.advance(T0 + 20 * NS_PER_S)
    assert made.best_ticks()[1] is None
    assert giant.remaining_lots < 10**9
    made.remove(giant)
    made.advance(T0 + 40 * NS_PER_S)
    assert None not in made.best_ticks()


def test_cancels_spare_the_front_of_the_queue_when_asked() -> None:
    settings = msgspec.structs.replace(ONE_ASSET, cancel_behind=1.0, trades_per_s=0.001, volatility_bps=0.0)
    made = market(settings)
    made.advance(T0)
    made.advance(T0 + 60 * NS_PER_S)
    assert all(order.account == CROWD for order in made.ladder(Side.BUY).crossing(1))


# -------------------------------------------------------------------------------------------------------------- build


def test_the_default_market_has_a_perp_and_a_spot_symbol_per_asset() -> None:
    rows = sim_instruments(MarketSettings(name="m7"))
    assert [row.id for row in rows] == [
        "sim.m7:SOL-PERP",
        "sim.m7:SOL-USDC",
        "sim.m7:BTC-PERP",
        "sim.m7:BTC-USDC",
        "sim.m7:ETH-PERP",
        "sim.m7:ETH-USDC",
    ]
    assert [row.market_type for row in rows[:2]] == [MarketType.PERP, MarketType.SPOT]
    assert {row.venue for row in rows} == {"sim"}


def test_spot_and_perp_of_an_asset_stay_together() -> None:
    made = build_sim_venue([ONE_ASSET], [AccountSettings("a")], VenueSettings())
    last: dict[str, float] = {}
    for second in range(120):
        for event in made.advance(T0 + second * NS_PER_S):
            if isinstance(event, PublicTrade):
                last[event.instrument] = event.price
    perp, spot = last["sim.m1:SOL-PERP"], last["sim.m1:SOL-USDC"]
    assert abs(perp / spot - 1) < 0.002


def test_accounts_start_with_quote_and_base() -> None:
    made = build_sim_venue(
        [MarketSettings()], [AccountSettings("a"), AccountSettings("b", {"USDC": D(5)})], VenueSettings()
    )
    assert made.truth("a").cash_start == {"USDC": D(100_000), "SOL": D(200), "BTC": D(1), "ETH": D(20)}
    assert made.truth("b").balances == {"USDC": (D(5), D(5))}
    assert build_sim_venue([], [], VenueSettings()).next_time_ns() is None


def test_settings_come_from_json_with_titles_and_units() -> None:
    settings = msgspec.json.decode(b'{"name": "m2", "seed": 7, "volatility_bps": 3}', type=MarketSettings)
    assert (settings.name, settings.seed, settings.volatility_bps) == ("m2", 7, 3.0)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"volatilty_bps": 3}', type=MarketSettings)
    fields = msgspec.inspect.type_info(MarketSettings)
    assert isinstance(fields, msgspec.inspect.StructType)
    assert all(isinstance(field.type, msgspec.inspect.Metadata) for field in fields.fields)


def test_a_quote_at_five_bps_total_is_filled_within_twenty_seconds() -> None:
    fills = 0
    made = build_sim_venue([MarketSettings()], [AccountSettings("a")], VenueSettings())
    key, tick, mid = "sim.m1:SOL-PERP", SOL.tick_size, D(150)
    for second in range(1, 21):
        now = T0 + second * NS_PER_S
        for event in made.advance(now):
            fills += isinstance(event, Fill)
            if isinstance(event, MarkPrice) and event.instrument == key:
                mid = event.mark
        for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
            if second > 1:
                made.submit(CancelOrder("a", key, f"{side.value}{second - 1}", None), now)
            price = (mid * (1 + sign * D("0.00025")) / tick).to_integral_value() * tick
            made.submit(PlaceOrder("a", key, f"{side.value}{second}", side, price, D("0.1")), now)
    assert fills >= 2


def story(seed: int) -> list[Event]:
    made = build_sim_venue([MarketSettings(seed=seed)], [AccountSettings("a")], VenueSettings())
    events: list[Event] = []
    for second in range(3):
        events += made.advance(T0 + second * NS_PER_S)
    return events


def test_the_same_seed_tells_the_same_story_and_another_a_different_one() -> None:
    assert story(1) == story(1)
    assert story(1) != story(2)
