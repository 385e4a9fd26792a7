"""The spot maker: published ladder and sizes, and a rebalance that frees funds first and never fights the ladder."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Snapshot, Take
from mmtui.model.units import Side, decimal_text
from mmtui.strategies.spot_maker.decide import Memory, decide
from mmtui.strategies.spot_maker.rebalance import Account, move_back
from mmtui.strategies.spot_maker.settings import Settings, check

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
SPOT = Instrument(
    "x:SOL_USDC", "x", "SOL_USDC", MarketType.SPOT, "SOL", "USDC",
    tick_size=Decimal("0.01"), lot_size=Decimal("0.01"), min_quantity=Decimal("0.01"), taker_fee_bps=Decimal(10),
)  # fmt: skip
QUIET = Snapshot(
    now_ns=NOW, instrument=SPOT, best_bid=Decimal("99.99"), best_ask=Decimal("100.01"), mid=Decimal(100), mark=None,
    book_time_ns=NOW, position=Decimal("4.5"), average_entry=None, unrealized_pnl=Decimal(0),
    base_total=Decimal("4.5"), quote_total=Decimal(1_050), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[],
    balances_ns=NOW + 1,
)  # fmt: skip
PLAIN = Settings(spread_pct=Decimal("0.2"), quantity=Decimal("0.1"), max_orders=2, interval=Decimal(10))


def seen(seconds: float = 0, /, **changes: object) -> Snapshot:
    """The quiet picture, ``seconds`` later and changed; book and balances are as fresh as its time."""
    now = NOW + int(seconds * SECOND)
    picture = msgspec.structs.replace(QUIET, now_ns=now, book_time_ns=now, balances_ns=now + 1)
    return msgspec.structs.replace(picture, **changes)


def sides(quotes: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401 - short for tests
    """Prices as text."""
    return [decimal_text(q.price) for q in quotes.bids], [decimal_text(q.price) for q in quotes.asks]


def test_the_ladder_stands_at_one_and_two_half_spreads() -> None:
    """Spread 0.2 % of 100: half a spread is 0.10."""
    decision = decide(PLAIN, seen(), Memory())
    assert sides(decision.quotes) == (["99.9", "99.8"], ["100.1", "100.2"])
    assert {quote.quantity for quote in decision.quotes.bids + decision.quotes.asks} == {Decimal("0.10")}
    assert decision.quotes.post_only


def test_automatic_sizes() -> None:
    """min(5 %, 1/(4 x 2)) = 5 % of 1,050 quote at 100, and of 4.5 base."""
    decision = decide(msgspec.structs.replace(PLAIN, quantity=None), seen(), Memory())
    assert decision.quotes.bids[0].quantity == Decimal("0.52")
    assert decision.quotes.asks[0].quantity == Decimal("0.22")


def test_balances_limit_each_side() -> None:
    """Nothing is promised that is not there."""
    poor = decide(
        msgspec.structs.replace(PLAIN, rebalance=False),
        seen(position=Decimal("0.15"), quote_total=Decimal(5)),
        Memory(),
    )
    assert [quote.quantity for quote in poor.quotes.asks] == [Decimal("0.10"), Decimal("0.05")]
    assert [quote.quantity for quote in poor.quotes.bids] == [Decimal("0.05")]
    assert "reach for no more" in poor.quotes.reason


def test_it_is_priced_anew_after_the_interval_or_a_fill() -> None:
    """Within the interval the orders stay, whatever mid does."""
    first = decide(PLAIN, seen(), Memory())
    moved = {"mid": Decimal(101), "best_bid": Decimal("100.99"), "best_ask": Decimal("101.01")}
    assert decide(PLAIN, seen(9.9, **moved), first.memory).quotes == first.quotes
    assert sides(decide(PLAIN, seen(10, **moved), first.memory).quotes)[0][0] == "100.89"
    assert sides(decide(PLAIN, seen(1, position=Decimal("4.6"), **moved), first.memory).quotes)[0][0] == "100.89"


PUBLISHED = [
    ("10", "500", Side.SELL, "5.50"),  # the published example: total 1500, ideal 450, deviation 36.7 %
    ("4.5", "1050", None, ""),  # exactly on target
    ("6.75", "825", None, ""),  # deviation exactly 15 %: strictly above is asked
    ("6.76", "824", Side.SELL, "2.26"),
    ("2.24", "1276", Side.BUY, "2.26"),
    ("0", "1500", Side.BUY, "4.50"),
    ("15", "0", Side.SELL, "10.50"),
    ("0.05", "0", None, ""),  # worth less than ten smallest orders
]


@pytest.mark.parametrize(("base", "quote", "side", "quantity"), PUBLISHED)
def test_rebalance_table(base: str, quote: str, side: Side | None, quantity: str) -> None:
    """Target 30, threshold 15, price 100; all the way to the target."""
    tight = {"bid": Decimal(100), "ask": Decimal(100), "mid": Decimal(100)}
    move = move_back(PLAIN, SPOT, Account(Decimal(base), Decimal(quote), **tight))
    if side is None:
        assert move is None
    else:
        assert move is not None
        assert (move.side, move.quantity) == (side, Decimal(quantity))


def test_a_rebalance_takes_the_ladder_off_first() -> None:
    """Orders off, a take that waits for their ends, at bid x 0.999; then the ladder, then a rest."""
    rich = {"position": Decimal(10), "quote_total": Decimal(500)}
    memory = decide(msgspec.structs.replace(PLAIN, rebalance=False), seen(**rich), Memory()).memory
    begun = decide(PLAIN, seen(1, **rich), memory)
    assert begun.quotes.bids == begun.quotes.asks == ()
    assert begun.take == Take(
        Decimal("4.50"), Decimal("99.99") * Decimal("0.999"), "rebalancing: the holding goes to 4.5", alone=True
    )
    part = decide(PLAIN, seen(2, position=Decimal(7), quote_total=Decimal(500)), begun.memory)
    assert part.take is not None
    assert part.take.target == Decimal("4.50")
    done = decide(PLAIN, seen(3, position=Decimal("4.5"), quote_total=Decimal(500)), part.memory)
    assert done.take is None
    assert len(done.quotes.bids) == 2


def test_no_rebalance_on_balances_older_than_the_last_fill() -> None:
    """The holding has moved, the quote balance has not been asked for since: what it would tell is wrong."""
    memory = decide(PLAIN, seen(), Memory()).memory
    moved = seen(1, position=Decimal(10), balances_ns=NOW + SECOND)
    assert decide(PLAIN, moved, memory).take is None
    fresh = seen(2, position=Decimal(10), balances_ns=NOW + SECOND + 1)
    assert decide(PLAIN, fresh, decide(PLAIN, moved, memory).memory).take is not None


def test_a_rebalance_rests_and_is_given_up_in_time() -> None:
    """30 s without arriving: the ladder comes back; the next one only after the cool-down."""
    rich = {"position": Decimal(10), "quote_total": Decimal(500)}
    memory = decide(PLAIN, seen(**rich), Memory()).memory
    memory = decide(PLAIN, seen(0.1, **rich), memory).memory
    assert memory.target is not None
    late = decide(PLAIN, seen(40, **rich), memory)
    assert late.take is None
    assert late.quotes.asks
    assert decide(PLAIN, seen(339, **rich), late.memory).take is None
    assert decide(PLAIN, seen(341, **rich), late.memory).take is not None


def test_the_cost_of_a_day_is_limited() -> None:
    """5.5 base at a half-spread of 0.01 and a fee of 0.1: 0.605. A limit below that lets none through."""
    rich = {"position": Decimal(10), "quote_total": Decimal(500)}
    dear = msgspec.structs.replace(PLAIN, rebalance_cost_limit=Decimal("0.60"))
    memory = decide(dear, seen(**rich), Memory()).memory
    assert decide(dear, seen(1, **rich), memory).take is None
    enough = msgspec.structs.replace(PLAIN, rebalance_cost_limit=Decimal("0.605"))
    assert decide(enough, seen(1, **rich), memory).take is not None


@pytest.mark.parametrize(
    ("unusable", "reason"),
    [
        ({"position": None}, "holding unknown"),
        ({"quote_total": None}, "quote balance unknown"),
        ({"mid": None}, "no fresh book"),
        ({"book_time_ns": 0}, "no fresh book"),
        ({"best_bid": Decimal(101)}, "book is crossed"),
        ({"instrument": msgspec.structs.replace(SPOT, market_type=MarketType.PERP)}, "needs a spot market"),
    ],
)
def test_unknown_means_no_orders(unusable: dict[str, Any], reason: str) -> None:
    """Whatever is unknown is never zero."""
    decision = decide(PLAIN, msgspec.structs.replace(seen(), **unusable), Memory())
    assert decision.quotes.bids == decision.quotes.asks == ()
    assert decision.take is None
    assert reason in decision.quotes.reason


def test_contradictions_name_both_fields() -> None:
    """A threshold that no account can exceed."""
    (fault,) = check(msgspec.structs.replace(PLAIN, base_asset_target=Decimal(30), rebalance_threshold=Decimal(70)))
    assert "rebalance_threshold" in fault
    assert "base_asset_target" in fault
    assert not check(msgspec.structs.replace(PLAIN, rebalance_threshold=Decimal(70), rebalance=False))
    assert not check(Settings())


@given(
    st.decimals("0", "50", places=2), st.decimals("0", "5000", places=2), st.decimals("50", "200", places=2),
    st.one_of(st.none(), st.decimals("0.01", "5", places=2)),
)  # fmt: skip
@hypothesis_settings(deadline=None)
def test_never_more_than_there_is_and_never_crossing(
    base: Decimal, quote: Decimal, mid: Decimal, quantity: Decimal | None
) -> None:
    """For every account: sells within the holding, buys within the balance, bids below asks, none through the touch."""
    chosen = msgspec.structs.replace(PLAIN, rebalance=False, quantity=quantity)
    touch = {"mid": mid, "best_bid": mid - Decimal("0.01"), "best_ask": mid + Decimal("0.01")}
    quotes = decide(chosen, seen(position=base, quote_total=quote, **touch), Memory()).quotes
    assert sum((q.quantity for q in quotes.asks), Decimal(0)) <= base
    assert sum((q.quantity * q.price for q in quotes.bids), Decimal(0)) <= quote
    assert all(q.price < mid + Decimal("0.01") for q in quotes.bids)
    assert all(q.price > mid - Decimal("0.01") for q in quotes.asks)
