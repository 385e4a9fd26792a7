"""What the perpetual market maker quotes, when it re-prices, and what it says when it does not."""

from decimal import Decimal

import msgspec
import pytest

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Quote, Quotes, Snapshot
from mmtui.strategies.perp_maker import Memory, Settings, decide

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
INSTRUMENT = Instrument(
    "x:BTC-PERP", "x", "BTC-PERP", MarketType.PERP, "BTC", "USDC",
    tick_size=Decimal("0.1"), lot_size=Decimal("0.01"), min_quantity=Decimal("0.02"),
)  # fmt: skip
QUIET = Snapshot(
    now_ns=NOW, instrument=INSTRUMENT, best_bid=Decimal("93850.0"), best_ask=Decimal("93850.1"),
    mid=Decimal("93850.05"), mark=Decimal(93850), book_time_ns=NOW, position=Decimal(0), average_entry=None,
    unrealized_pnl=Decimal(0), base_total=None, quote_total=Decimal(1_000_000), fills=0, stale_after_ns=60 * SECOND,
    bids=[], asks=[],
)  # fmt: skip
SETTINGS = Settings(
    spread_pct=Decimal("0.1"), quantity=Decimal("0.1"), max_orders=2, interval=Decimal(10),
    max_position=Decimal(1), position_threshold=Decimal(1),
)  # fmt: skip


def seen(seconds: float = 0, /, **changes: object) -> Snapshot:
    """The quiet picture, ``seconds`` later and changed; its book is as fresh as its time."""
    now = NOW + int(seconds * SECOND)
    return msgspec.structs.replace(QUIET, **({"now_ns": now, "book_time_ns": now} | changes))


def moved(seconds: float, by: str, /, **changes: object) -> Snapshot:
    """The whole market, moved by a price."""
    step = Decimal(by)
    touch = {"best_bid": Decimal("93850.0") + step, "best_ask": Decimal("93850.1") + step}
    return seen(seconds, mid=Decimal("93850.05") + step, **(touch | changes))


def chosen(**changes: object) -> Settings:
    return msgspec.structs.replace(SETTINGS, **changes)


def prices(side: tuple[Quote, ...]) -> list[str]:
    return [str(quote.price) for quote in side]


# -------------------------------------------------------------------------------------------------------- prices


def test_flat_quotes_are_the_ladder_around_mid() -> None:
    """Half-spread 46.925025: first orders at mid -/+ it, last at twice that; buys down, sells up to the tick."""
    quotes = decide(SETTINGS, seen(), Memory()).quotes
    assert prices(quotes.bids) == ["93803.1", "93756.1"]
    assert prices(quotes.asks) == ["93897.0", "93944.0"]
    assert {quote.quantity for quote in quotes.bids + quotes.asks} == {Decimal("0.1")}
    assert quotes.post_only
    assert quotes.reason == "quoting 2x2 around 93850.05, load +0.00"


def test_the_tick_ladder() -> None:
    quotes = decide(chosen(ladder="tick", max_orders=3), seen(), Memory()).quotes
    assert prices(quotes.bids) == ["93803.1", "93802.9", "93802.6"]
    assert prices(quotes.asks) == ["93897.0", "93897.2", "93897.5"]


@pytest.mark.parametrize(
    ("position", "skew", "bid", "ask"),
    [
        # offset = skew x 46.925025 x position / 1
        ("0.5", "0", "93803.1", "93897.0"),
        ("0.5", "0.25", "93797.2", "93891.2"),  # offset 5.87
        ("-0.5", "0.25", "93808.9", "93902.9"),
        ("1", "0.25", "93791.3", "93885.3"),  # offset 11.73
        ("1", "1", "93756.1", "93850.1"),  # the sell would stand at mid; it stops in front of the best bid
        ("-1", "1", "93850.0", "93944.0"),
        ("0.01", "1", "93803.1", "93897.0"),  # below the minimum order: no lean
    ],
)
def test_skew_is_a_fraction_of_the_half_spread(position: str, skew: str, bid: str, ask: str) -> None:
    settings = chosen(
        inventory_skew=Decimal(skew), max_orders=1, quantity=Decimal("0.02"), position_threshold=Decimal(2)
    )
    quotes = decide(settings, seen(position=Decimal(position)), Memory()).quotes
    side_prices = (prices(quotes.bids), prices(quotes.asks))
    assert side_prices == ([bid] if position != "1" else [], [ask] if position != "-1" else [])


def test_full_skew_on_a_locked_book_stays_off_the_touch() -> None:
    """Best bid = best ask = mid: a sell at mid would trade; it stands one tick above."""
    locked = {"best_bid": Decimal(93850), "best_ask": Decimal(93850), "mid": Decimal(93850)}
    settings = chosen(inventory_skew=Decimal(1))
    assert decide(settings, seen(position=Decimal(1), **locked), Memory()).quotes.asks[0].price == Decimal("93850.1")
    assert decide(settings, seen(position=Decimal(-1), **locked), Memory()).quotes.bids[0].price == Decimal("93849.9")


def test_a_third_of_a_position_rounds_nothing_before_the_grid() -> None:
    """skew 0.3, a third of max_position, half-spread 100: the offset is exactly 10, and 10 is on the tick grid."""
    touch = {"best_bid": Decimal(99999), "best_ask": Decimal(100001), "mid": Decimal(100000)}
    settings = chosen(
        spread_pct=Decimal("0.2"), inventory_skew=Decimal("0.3"), max_position=Decimal("0.9"), max_orders=1
    )
    quotes = decide(settings, seen(position=Decimal("0.3"), **touch), Memory()).quotes
    assert prices(quotes.bids) == ["99890.0"]
    assert prices(quotes.asks) == ["100090.0"]


# --------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("position", "bids", "asks", "note"),
    [
        ("0.8", ["0.10", "0.10"], ["0.10", "0.10"], ""),
        ("0.85", ["0.10", "0.05"], ["0.10", "0.10"], "; max_position limits bids"),
        ("0.89", ["0.10"], ["0.10", "0.10"], "; max_position limits bids"),  # 0.01 left is below the minimum
        ("1", [], ["0.10", "0.10"], "; max_position limits bids"),
        ("1.01", [], ["0.10", "0.10"], "; max_position limits bids"),
        ("-0.85", ["0.10", "0.10"], ["0.10", "0.05"], "; max_position limits asks"),
        ("-1", ["0.10", "0.10"], [], "; max_position limits asks"),
    ],
)
def test_open_orders_cannot_lead_beyond_max_position(
    position: str, bids: list[str], asks: list[str], note: str
) -> None:
    quotes = decide(SETTINGS, seen(position=Decimal(position)), Memory()).quotes
    assert [str(quote.quantity) for quote in quotes.bids] == bids
    assert [str(quote.quantity) for quote in quotes.asks] == asks
    load = float(position)
    assert quotes.reason == f"quoting {len(bids)}x{len(asks)} around 93850.05, load {load:+.2f}{note}"


def test_a_cap_below_the_minimum_order_leaves_nothing() -> None:
    decision = decide(chosen(max_position=Decimal("0.01")), seen(), Memory())
    assert decision.quotes == Quotes(reason="max_position limits bids and asks", price_tolerance=Decimal(0))


def test_quantity_is_rounded_down_and_never_raised() -> None:
    quotes = decide(chosen(quantity=Decimal("0.059")), seen(), Memory()).quotes
    assert quotes.bids[0].quantity == Decimal("0.05")
    small = decide(chosen(quantity=Decimal("0.019")), seen(), Memory()).quotes
    assert small == Quotes(reason="quantity 0.019 is below the minimum 0.02")


@pytest.mark.parametrize(
    ("max_orders", "balance", "quantity"),
    [
        (1, "1000000", "0.53"),  # 5 % of 1,000,000 / 93,850.05 = 0.5327
        (5, "1000000", "0.53"),
        (10, "1000000", "0.26"),  # 1/40: 0.2663
        (1, "1000", "0.02"),  # 0.0005 would be; at least the venue's minimum
        (1, "0", "0.02"),
    ],
)
def test_automatic_quantity(max_orders: int, balance: str, quantity: str) -> None:
    settings = chosen(quantity=None, max_orders=max_orders, max_position=Decimal(100))
    quotes = decide(settings, seen(quote_total=Decimal(balance)), Memory()).quotes
    assert {quote.quantity for quote in quotes.bids + quotes.asks} == {Decimal(quantity)}


def test_an_automatic_quantity_needs_a_known_balance() -> None:
    assert decide(chosen(quantity=None), seen(quote_total=None), Memory()).quotes == Quotes(
        reason="quote balance unknown"
    )


def test_an_automatic_quantity_stays_until_it_has_moved_a_tenth() -> None:
    settings = chosen(quantity=None, max_orders=1, max_position=Decimal(100))
    first = decide(settings, seen(), Memory())
    near = decide(settings, seen(10, quote_total=Decimal(950_000)), first.memory)
    assert near.quotes.bids[0].quantity == Decimal("0.53")
    far = decide(settings, seen(20, quote_total=Decimal(850_000)), near.memory)
    assert far.quotes.bids[0].quantity == Decimal("0.45")


def test_orders_below_the_minimum_notional_fall_with_a_reason() -> None:
    instrument = msgspec.structs.replace(INSTRUMENT, min_notional=Decimal(9_385))
    quotes = decide(SETTINGS, seen(instrument=instrument), Memory()).quotes
    assert quotes.bids == ()
    assert len(quotes.asks) == 2
    assert quotes.reason.endswith("; orders below the minimum notional 9385 left out")
    instrument = msgspec.structs.replace(INSTRUMENT, min_notional=Decimal(10_000))
    assert decide(SETTINGS, seen(instrument=instrument), Memory()).quotes == Quotes(
        reason="orders below the minimum notional 10000 left out"
    )


def test_buys_that_would_cost_less_than_a_tick_fall_with_a_reason() -> None:
    touch = {"best_bid": Decimal("0.2"), "best_ask": Decimal("0.4"), "mid": Decimal("0.3")}
    quotes = decide(chosen(spread_pct=Decimal(100)), seen(**touch), Memory()).quotes
    assert prices(quotes.bids) == ["0.1"]
    assert quotes.reason == "quoting 1x2 around 0.3, load +0.00; bids below one tick left out"


# -------------------------------------------------------------------------------------------- what is not known


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"best_bid": None}, "no fresh book"),
        ({"best_ask": None}, "no fresh book"),
        ({"mid": None}, "no fresh book"),
        ({"mid": Decimal(0)}, "no fresh book"),
        ({"book_time_ns": NOW - 60 * SECOND - 1}, "no fresh book"),
        ({"best_bid": Decimal("93850.2")}, "book is crossed"),
        ({"position": None}, "position unknown"),
    ],
)
def test_what_is_unknown_means_no_orders(changes: dict[str, object], reason: str) -> None:
    """Also after quoting, and whatever the position was."""
    quoting = decide(SETTINGS, seen(), Memory())
    for memory in (Memory(), quoting.memory):
        decision = decide(SETTINGS, seen(**changes), memory)
        assert decision.quotes == Quotes(reason=reason)
        assert decision.close is None


def test_a_locked_book_is_usable() -> None:
    touch = {"best_bid": Decimal(93850), "best_ask": Decimal(93850), "mid": Decimal(93850)}
    assert decide(SETTINGS, seen(**touch), Memory()).quotes.bids


# --------------------------------------------------------------------------------------------------------- times


def test_within_the_interval_the_same_quotes_stay() -> None:
    first = decide(SETTINGS, seen(), Memory())
    second = decide(SETTINGS, moved(9.9, "25"), first.memory)
    assert second.quotes is first.quotes
    assert second.memory is first.memory
    third = decide(SETTINGS, moved(10, "25"), second.memory)
    assert prices(third.quotes.bids) == ["93828.1", "93781.1"]


def test_it_asks_to_be_woken_for_the_next_pricing() -> None:
    first = decide(SETTINGS, seen(), Memory())
    assert first.wake_ns == NOW + 10 * SECOND
    assert decide(SETTINGS, seen(4), first.memory).wake_ns == NOW + 10 * SECOND


@pytest.mark.parametrize("changes", [{"fills": 1}, {"position": Decimal("0.1")}])
def test_a_fill_or_a_new_position_re_prices_at_once(changes: dict[str, object]) -> None:
    first = decide(SETTINGS, seen(), Memory())
    second = decide(SETTINGS, moved(1, "25", **changes), first.memory)
    assert prices(second.quotes.bids) == ["93828.1", "93781.1"]
    assert second.wake_ns == NOW + 11 * SECOND


@pytest.mark.parametrize("lost", [{"best_bid": None}, {"book_time_ns": 0}, {"position": None}])
def test_what_was_lost_and_found_again_re_prices_at_once(lost: dict[str, object]) -> None:
    first = decide(SETTINGS, seen(), Memory())
    gone = decide(SETTINGS, seen(1, **lost), first.memory)
    assert gone.quotes.bids == ()
    back = decide(SETTINGS, moved(2, "25"), gone.memory)
    assert prices(back.quotes.bids) == ["93828.1", "93781.1"]


def test_new_settings_re_price_at_once_and_equal_ones_do_not() -> None:
    first = decide(SETTINGS, seen(), Memory())
    assert decide(chosen(), moved(1, "25"), first.memory).quotes is first.quotes
    wider = decide(chosen(spread_pct=Decimal("0.2")), seen(1), first.memory)
    assert prices(wider.quotes.bids) == ["93756.1", "93662.3"]


def test_a_clock_set_back_re_prices() -> None:
    first = decide(SETTINGS, seen(), Memory())
    assert prices(decide(SETTINGS, moved(-3600, "25"), first.memory).quotes.bids) == ["93828.1", "93781.1"]


@pytest.mark.parametrize(
    ("tolerance_bps", "spread_pct", "expected"),
    [
        ("0.5", "0.1", "4.6925025"),
        ("0", "0.1", "0"),
        ("50", "0.1", "11.73125625"),  # never more than a quarter of the half-spread
        ("0.5", "0.01", "1.173125625"),
    ],
)
def test_orders_within_the_tolerance_are_to_be_left(tolerance_bps: str, spread_pct: str, expected: str) -> None:
    settings = chosen(requote_tolerance_bps=Decimal(tolerance_bps), spread_pct=Decimal(spread_pct))
    assert decide(settings, seen(), Memory()).quotes.price_tolerance == Decimal(expected)


def test_memory_survives_the_journal() -> None:
    first = decide(SETTINGS, seen(), Memory())
    again = msgspec.json.decode(msgspec.json.encode(first.memory), type=Memory)
    assert again == first.memory
    assert decide(SETTINGS, moved(1, "25"), again).quotes == first.quotes
