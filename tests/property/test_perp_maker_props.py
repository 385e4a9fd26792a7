"""What holds for the perpetual market maker whatever the settings, the market and the position are."""

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Quote, Quotes, Snapshot
from mmtui.strategies.perp_maker import Memory, Settings, check, decide

NOW = 1_700_000_000_000_000_000
STEP_NS = 700_000_000
TICKS = st.sampled_from([Decimal("0.1"), Decimal("0.01"), Decimal("0.0005"), Decimal(5)])
LOTS = st.sampled_from([Decimal(1), Decimal("0.01"), Decimal("0.0001")])
MANY = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    tick, lot = draw(TICKS), draw(LOTS)
    return Instrument(
        "x:A-PERP", "x", "A-PERP", MarketType.PERP, "A", "USDC", tick_size=tick, lot_size=lot,
        min_quantity=draw(st.integers(0, 30)) * lot / 2, min_notional=draw(st.sampled_from([Decimal(0), Decimal(10)])),
        multiplier=draw(st.sampled_from([Decimal(1), Decimal("0.001")])),
    )  # fmt: skip


@st.composite
def choices(draw: st.DrawFn, lot: Decimal) -> Settings:
    cap = draw(st.integers(1, 5000)) * lot
    return Settings(
        spread_pct=draw(st.decimals("0.001", "20", places=3)),
        quantity=draw(st.none() | st.integers(1, 500).map(lambda lots: min(cap, lots * lot))),
        max_orders=draw(st.integers(1, 8)),
        interval=draw(st.sampled_from([Decimal("0.5"), Decimal(5)])),
        max_position=cap,
        target_position=cap * draw(st.integers(0, 4)) / 4,
        position_threshold=cap * draw(st.integers(0, 8)) / 4,
        inventory_skew=draw(st.decimals("0", "1", places=2)),
        ladder=draw(st.sampled_from(["spread", "tick"])),
        stop_loss=draw(st.none() | st.just(Decimal(100))),
    )


@st.composite
def pictures(draw: st.DrawFn, instrument: Instrument, chosen: Settings, step: int = 0) -> Snapshot:
    """A market somewhere, and a position up to a quarter beyond the cap, also off the lot grid."""
    bid = draw(st.integers(2, 10**7))
    ask = bid + draw(st.sampled_from([0, 1, 1, 2, 40]))
    now = NOW + step * STEP_NS
    position = chosen.max_position * draw(st.integers(-1000, 1000)) / 800
    return Snapshot(
        now_ns=now, instrument=instrument, best_bid=bid * instrument.tick_size, best_ask=ask * instrument.tick_size,
        mid=(bid + ask) * instrument.tick_size / 2, mark=None, book_time_ns=now, position=position, average_entry=None,
        unrealized_pnl=draw(st.sampled_from([None, Decimal(0), Decimal(-99), Decimal(-100)])), base_total=None,
        quote_total=draw(st.none() | st.integers(0, 10**6).map(Decimal)), fills=draw(st.integers(0, 1)) * step,
        stale_after_ns=2_000_000_000, bids=[], asks=[],
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[Settings, Snapshot]:
    instrument = draw(instruments())
    chosen = draw(choices(instrument.lot_size))
    return chosen, draw(pictures(instrument, chosen))


@st.composite
def walks(draw: st.DrawFn) -> tuple[Settings, list[Snapshot]]:
    instrument = draw(instruments())
    chosen = draw(choices(instrument.lot_size))
    return chosen, [draw(pictures(instrument, chosen, step)) for step in range(1, draw(st.integers(2, 6)))]


def total(side: tuple[Quote, ...]) -> Decimal:
    return sum((quote.quantity for quote in side), Decimal(0))


def assert_sound(chosen: Settings, picture: Snapshot, quotes: Quotes) -> None:
    """The laws of one freshly priced answer."""
    instrument = picture.instrument
    assert picture.best_bid is not None
    assert picture.best_ask is not None
    bids, asks = [quote.price for quote in quotes.bids], [quote.price for quote in quotes.asks]
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert not bids or bids[-1] > 0
    assert not (bids and asks) or bids[0] < asks[0]
    assert not bids or bids[0] < picture.best_ask
    assert not asks or asks[0] > picture.best_bid
    assert max(len(bids), len(asks)) <= chosen.max_orders
    for quote in quotes.bids + quotes.asks:
        assert quote.price % instrument.tick_size == 0
        assert quote.quantity % instrument.lot_size == 0
        assert quote.quantity >= max(instrument.min_quantity, instrument.lot_size)
        assert instrument.notional(quote.price, quote.quantity) >= instrument.min_notional


def assert_within_cap(chosen: Settings, position: Decimal, quotes: Quotes) -> None:
    """However many of the orders fill, the position stays within the cap, or comes nearer to it."""
    cap = chosen.max_position
    assert not quotes.bids or position + total(quotes.bids) <= cap
    assert not quotes.asks or position - total(quotes.asks) >= -cap


@MANY
@given(cases())
def test_a_first_answer_is_sound(case: tuple[Settings, Snapshot]) -> None:
    chosen, picture = case
    assert check(chosen) == []
    decision = decide(chosen, picture, Memory())
    assert picture.position is not None
    assert_sound(chosen, picture, decision.quotes)
    assert_within_cap(chosen, picture.position, decision.quotes)
    assert decision.quotes.reason
    if decision.close is not None:
        assert not decision.quotes.bids
        assert not decision.quotes.asks
        assert abs(decision.close.target) < abs(picture.position)
        assert decision.close.target * picture.position >= 0


@MANY
@given(walks())
def test_every_answer_of_a_walk_is_sound_and_repeatable(walk: tuple[Settings, list[Snapshot]]) -> None:
    """Caps hold at every step; the same input gives the same answer; between pricings the same quotes are given."""
    chosen, steps = walk
    memory = Memory()
    for picture in steps:
        decision = decide(chosen, picture, memory)
        assert decision == decide(chosen, picture, memory)
        assert picture.position is not None
        assert_within_cap(chosen, picture.position, decision.quotes)
        assert decision.wake_ns == 0 or decision.wake_ns > picture.now_ns
        if decision.memory.priced_ns == picture.now_ns:
            assert_sound(chosen, picture, decision.quotes)
        elif decision.quotes.bids or decision.quotes.asks:
            assert decision.quotes is memory.quotes
        memory = msgspec.json.decode(msgspec.json.encode(decision.memory), type=Memory)
        assert memory == decision.memory
        memory = decision.memory


@MANY
@given(cases(), st.integers(-800, 800))
def test_the_longer_the_lower(case: tuple[Settings, Snapshot], share: int) -> None:
    """A larger position never raises a price."""
    chosen, picture = case
    chosen = msgspec.structs.replace(chosen, stop_loss=None, position_threshold=chosen.max_position * 2)
    assert picture.position is not None
    positions = sorted([picture.position, chosen.max_position * share / 800])
    low, high = (decide(chosen, msgspec.structs.replace(picture, position=at), Memory()).quotes for at in positions)
    for lower, upper in ((high.bids, low.bids), (high.asks, low.asks)):
        assert all(a.price <= b.price for a, b in zip(lower, upper, strict=False))


@MANY
@given(cases(), st.sampled_from([Decimal(10), Decimal("0.001"), Decimal(3), Decimal("1.7")]))
def test_scaled_prices_scale_the_quotes(case: tuple[Settings, Snapshot], factor: Decimal) -> None:
    """Another unit of price (and of money) changes nothing but the unit."""
    chosen, picture = case
    instrument = picture.instrument
    assert picture.best_bid is not None
    assert picture.best_ask is not None
    assert picture.mid is not None
    scaled = msgspec.structs.replace(
        picture,
        instrument=msgspec.structs.replace(
            instrument, tick_size=instrument.tick_size * factor, min_notional=instrument.min_notional * factor
        ),
        best_bid=picture.best_bid * factor, best_ask=picture.best_ask * factor, mid=picture.mid * factor,
        quote_total=None if picture.quote_total is None else picture.quote_total * factor,
    )  # fmt: skip
    plain, other = decide(chosen, picture, Memory()).quotes, decide(chosen, scaled, Memory()).quotes
    for before, after in ((plain.bids, other.bids), (plain.asks, other.asks)):
        assert [(quote.price * factor, quote.quantity) for quote in before] == [
            (quote.price, quote.quantity) for quote in after
        ]


@MANY
@given(cases())
def test_a_short_is_the_mirror_of_a_long(case: tuple[Settings, Snapshot]) -> None:
    """The sizes of one side for a position are those of the other side for its opposite."""
    chosen, picture = case
    instrument = msgspec.structs.replace(picture.instrument, min_notional=Decimal(0))
    assert picture.position is not None
    far = 10**8 * instrument.tick_size  # high enough for no buy to end below one tick
    mirrored = -picture.position
    picture = msgspec.structs.replace(picture, instrument=instrument, best_bid=far, best_ask=far, mid=far)
    mirror = msgspec.structs.replace(picture, position=mirrored)
    one, other = decide(chosen, picture, Memory()), decide(chosen, mirror, Memory())
    assert [(far - q.price, q.quantity) for q in one.quotes.bids] == [
        (q.price - far, q.quantity) for q in other.quotes.asks
    ]
    assert (one.close is None) == (other.close is None)
    if one.close is not None and other.close is not None:
        assert one.close.target == -other.close.target
