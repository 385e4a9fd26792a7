"""Laws of the simulated venue under any interleaving of commands."""

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mmtui.model.commands import AmendOrder, CancelAll, CancelOrder, Command, PlaceOrder
from mmtui.model.events import Event, Fill, OrderReport
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.orders import OrderStatus, TimeInForce
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side
from mmtui.simulation.account import COST_QUANTUM, PerpPosition, VenueAccount
from mmtui.simulation.matching import MatchingMarket
from mmtui.simulation.venue import SelfTrade, Venue, VenueSettings

D = Decimal
T0 = NS_PER_S
PERP, SPOT = "sim.t:X-PERP", "sim.t:X-USDC"
NAMES = ("a", "b", "c")

seeds = st.integers(0, 2**32)
LENGTH = 80


def script(seed: int) -> list[Command | tuple[Side, int]]:
    """Commands of three accounts around one price, and now and then a trade of the crowd.

    Drawn by weight from one seed: hypothesis drawing every field makes mostly orders that never meet.
    """
    draw = random.Random(seed)
    rows: list[Command | tuple[Side, int]] = []
    for number in range(LENGTH):
        account, on = draw.choice(NAMES), draw.choice((PERP, PERP, PERP, SPOT))
        side, lots = draw.choice(list(Side)), draw.randint(1, 30)
        price, quantity = Decimal(draw.randint(98, 102)) / 10, Decimal(lots) / 100
        earlier = f"n{draw.randrange(number + 1)}"
        kind = draw.random()
        if kind < 0.7:
            name = earlier if kind < 0.03 else f"n{number}"
            tif = draw.choice((TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK))
            post_only, reduce_only = draw.random() < 0.2, draw.random() < 0.3
            rows.append(PlaceOrder(account, on, name, side, price, quantity, tif, post_only, reduce_only))
        elif kind < 0.78:
            rows.append((side, lots * 2))
        elif kind < 0.88:
            rows.extend(AmendOrder(one, on, earlier, None, side, price, quantity) for one in NAMES)
        elif kind < 0.97:
            rows.extend(CancelOrder(one, on, earlier, None) for one in NAMES)
        else:
            rows.append(CancelAll(account, on))
    return rows


def instrument(instrument_id: str, market_type: MarketType) -> Instrument:
    return Instrument(
        id=instrument_id,
        venue="sim",
        symbol=instrument_id,
        market_type=market_type,
        base_asset="X",
        quote_asset="USDC",
        tick_size=D("0.1"),
        lot_size=D("0.01"),
        maker_fee_bps=D("-0.7"),
        taker_fee_bps=D("4.5"),
    )


def run(
    seed: int, settings: VenueSettings, *, owner: str | None
) -> tuple[Venue, dict[str, MatchingMarket], list[Event]]:
    """Play a script, one line a millisecond; events are in the order in which the venue said them, per account."""
    markets = {
        PERP: MatchingMarket(instrument(PERP, MarketType.PERP)),
        SPOT: MatchingMarket(instrument(SPOT, MarketType.SPOT)),
    }
    venue = Venue(markets, [VenueAccount(name, {"USDC": D(50), "X": D(1)}, owner=owner) for name in NAMES], settings, 4)
    events = venue.advance(T0)
    for number, row in enumerate(script(seed)):
        now = T0 + number * NS_PER_MS
        if not isinstance(row, tuple):
            venue.submit(row, now)
        elif owner is None:
            venue.crowd_trade(PERP, row[0], D(row[1]) / 100, now)
        events += venue.advance(now)
    events += venue.advance(T0 + 10 * NS_PER_S)
    return venue, markets, events


settings_of_a_venue = st.builds(
    VenueSettings,
    order_latency_ms=st.sampled_from([0, 3]),
    report_latency_ms=st.sampled_from([0, 5]),
    latency_jitter_ms=st.sampled_from([0, 20]),
    self_trade=st.sampled_from(list(SelfTrade)),
    fee_in_base_on_buy=st.booleans(),
)


@given(seeds, settings_of_a_venue)
def test_nothing_is_made_or_lost(seed: int, settings: VenueSettings) -> None:
    venue, markets, _ = run(seed, settings, owner=None)
    truths = [venue.truth(name) for name in NAMES]
    perp = markets[PERP]
    positions = sum((truth.positions.get(PERP, (D(0), None))[0] for truth in truths), D(0))
    assert positions + perp.crowd_position_lots * D("0.01") == 0
    for asset in ("USDC", "X"):
        change = sum((truth.balances[asset][0] - truth.cash_start[asset] for truth in truths), D(0))
        fees = sum((truth.fees.get(asset, D(0)) for truth in truths), D(0))
        if asset == "X":
            assert change == fees
            continue
        cost = sum((signed_cost(truth.fills) for truth in truths), D(0))
        realized = sum((truth.realized_pnl.get(asset, D(0)) for truth in truths), D(0))
        assert change == realized + fees
        assert cost == -perp.crowd_cash * D("0.001")


def signed_cost(fills: list[Fill]) -> Decimal:
    """What perp fills cost, sold positive."""
    return -sum((fill.side.sign * fill.price * fill.quantity for fill in fills if fill.instrument == PERP), D(0))


@given(seeds, settings_of_a_venue, st.sampled_from([None, None, "me"]))
def test_orders_keep_their_word(seed: int, settings: VenueSettings, owner: str | None) -> None:
    venue, markets, events = run(seed, settings, owner=owner)
    reports = [event for event in events if isinstance(event, OrderReport)]
    for name in NAMES:
        filled: dict[str, Decimal] = {}
        position = D(0)
        reduce_only = {report.order_id for report in reports if report.reduce_only}
        limits = {(report.order_id, report.price) for report in reports if report.account == name}
        for fill in venue.truth(name).fills:
            assert fill.order_id is not None
            filled[fill.order_id] = filled.get(fill.order_id, D(0)) + fill.quantity
            prices_of_order = [price for order_id, price in limits if order_id == fill.order_id and price is not None]
            assert any((fill.price - price) * fill.side.sign <= 0 for price in prices_of_order)
            if fill.instrument == PERP:
                after = position + fill.side.sign * fill.quantity
                if fill.order_id in reduce_only:
                    assert abs(after) < abs(position)
                    assert after * position >= 0
                position = after
        last = {report.order_id: report for report in reports if report.account == name}
        for order_id, report in last.items():
            assert report.quantity is not None
            assert filled.get(order_id or "", D(0)) <= report.quantity
            if report.status is not OrderStatus.OPEN:
                assert filled.get(order_id or "", D(0)) == report.filled
        open_ids = {report.order_id for report in venue.truth(name).open_orders}
        assert open_ids == {order_id for order_id, report in last.items() if report.status is OrderStatus.OPEN}
    assert len({fill.trade_id for name in NAMES for fill in venue.truth(name).fills}) == sum(
        len(venue.truth(name).fills) for name in NAMES
    )
    for market in markets.values():
        bid, ask = market.best_ticks()
        assert bid is None or ask is None or bid < ask
    assert any(isinstance(event, Fill) for event in events) == (owner is None)
    assert [event.time_ns for event in events] == sorted(event.time_ns for event in events)


@given(
    st.lists(
        st.tuples(
            st.integers(-500, 500).filter(bool),
            st.decimals("0.0001", "99999", places=4, allow_nan=False, allow_infinity=False),
        ),
        max_size=40,
    )
)
def test_cost_is_exact(trades: list[tuple[int, Decimal]]) -> None:
    """Cash spent is always cost held less PnL realised, to the last digit."""
    position, spent, realized = PerpPosition(), D(0), D(0)
    for lots, price in trades:
        signed = D(lots) / 1_000
        realized += position.trade(signed, signed * price)
        spent += signed * price
        assert spent == position.cost - realized
        assert bool(position.quantity) or not position.cost
        assert position.cost == position.cost.quantize(COST_QUANTUM)
        assert position.cost * position.quantity >= 0
