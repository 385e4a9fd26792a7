"""The band maker: R3's tables row by row, what is hung anew and what is kept, and what is unknown."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Snapshot
from mmtui.model.units import decimal_text
from mmtui.strategies.bps_maker.decide import Memory, decide
from mmtui.strategies.bps_maker.modes import MODES, Risk, by_table, next_mode, next_risk, raw_score
from mmtui.strategies.bps_maker.settings import Settings, check

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
PERP = Instrument(
    "x:BTC-USD", "x", "BTC-USD", MarketType.PERP, "BTC", "DUSD",
    tick_size=Decimal("0.001"), lot_size=Decimal("0.0001"), min_quantity=Decimal("0.0001"),
)  # fmt: skip
QUIET = Snapshot(
    now_ns=NOW, instrument=PERP, best_bid=Decimal("99.999"), best_ask=Decimal("100.001"), mid=Decimal(100),
    mark=Decimal(100), book_time_ns=NOW, position=Decimal(0), average_entry=None, unrealized_pnl=Decimal(0),
    base_total=None, quote_total=Decimal(120), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[], balances_ns=NOW,
)  # fmt: skip
R3 = Settings(hysteresis_pct=Decimal(0))


def seen(mark: str = "100", seconds: float = 0, **changes: object) -> Snapshot:
    """The quiet picture at another mark, ``seconds`` later and changed."""
    now, mid = NOW + int(seconds * SECOND), Decimal(mark)
    picture = msgspec.structs.replace(QUIET, now_ns=now, book_time_ns=now, mid=mid, mark=mid, balances_ns=now)
    return msgspec.structs.replace(picture, **changes)


def hung(decision: Decision[Memory]) -> tuple[str | None, str | None]:
    """Prices of the two orders as text."""
    bids, asks = decision.quotes.bids, decision.quotes.asks
    return (
        decimal_text(bids[0].price) if bids else None,
        decimal_text(asks[0].price) if asks else None,
    )


TABLE = [
    ("120", "normal", ("99.925", "100.075")),
    ("100", "normal", ("99.925", "100.075")),
    ("99.99", "degraded_1", ("99.75", "100.25")),
    ("85", "degraded_1", ("99.75", "100.25")),
    ("50", "degraded_1", ("99.75", "100.25")),
    ("49.99", "degraded_2", ("99.2", "100.8")),
    ("40", "degraded_2", ("99.2", "100.8")),
]


@pytest.mark.parametrize(("balance", "mode", "prices"), TABLE)
def test_the_published_modes(balance: str, mode: str, prices: tuple[str, str]) -> None:
    """At price 100, size 0.005."""
    decision = decide(R3, seen(quote_total=Decimal(balance)), Memory())
    assert decision.memory.mode == mode
    assert hung(decision) == prices
    assert decision.quotes.bids[0].quantity == decision.quotes.asks[0].quantity == Decimal("0.005")


def test_a_run_through_the_modes() -> None:
    """120, then 85, then 40: each change hangs both orders anew, farther away."""
    memory = decide(R3, seen(), Memory()).memory
    for balance, prices in (("85", ("99.75", "100.25")), ("40", ("99.2", "100.8")), ("120", ("99.925", "100.075"))):
        decision = decide(R3, seen(quote_total=Decimal(balance)), memory)
        assert hung(decision) == prices
        memory = decision.memory


@pytest.mark.parametrize(
    ("distance", "kept"), [("6.99", False), ("7", True), ("7.5", True), ("10", True), ("10.01", False)]
)
def test_an_order_is_kept_within_its_band(distance: str, kept: bool) -> None:
    """6.99 and 10.01 bps are hung anew, 7.0 and 10.0 stay; the other order stays where it is."""
    bid = Decimal(100) * (1 - Decimal(distance) / 10_000)
    memory = msgspec.structs.replace(decide(R3, seen(), Memory()).memory, bid=bid)
    decision = decide(R3, seen(seconds=1), memory)
    assert (decision.quotes.bids[0].price == bid) is kept
    if not kept:
        assert hung(decision)[0] == "99.925"
    assert decision.quotes.asks[0].price == Decimal("100.075")


def test_only_the_side_that_left_is_hung_anew() -> None:
    """The mark rises by 1 bps: the ask is too near, the bid is within its band and keeps its place in the queue."""
    memory = decide(R3, seen(), Memory()).memory
    decision = decide(R3, seen("100.01", 1), memory)
    assert hung(decision) == ("99.925", "100.086")


def test_a_position_is_closed_at_once() -> None:
    """Both orders come off, the whole position goes, and then both are hung from the price of then."""
    memory = decide(R3, seen(), Memory()).memory
    closing = decide(R3, seen("99.9", 1, position=Decimal("0.005")), memory)
    assert hung(closing) == (None, None)
    assert closing.close == Close(Decimal(0), "closing the position at once", Decimal(20))
    assert hung(decide(R3, seen("99.9", 2), closing.memory)) == ("99.825", "99.975")


def test_the_mode_comes_back_only_above_the_threshold() -> None:
    """Down exactly below a threshold, up at threshold x 1.02."""
    chosen = msgspec.structs.replace(R3, hysteresis_pct=Decimal(2))
    assert next_mode(chosen, Decimal("99.99"), "normal") == "degraded_1"
    assert next_mode(chosen, Decimal("101.99"), "degraded_1") == "degraded_1"
    assert next_mode(chosen, Decimal(102), "degraded_1") == "normal"
    assert next_mode(chosen, Decimal("50.99"), "degraded_2") == "degraded_2"
    assert next_mode(chosen, Decimal(51), "degraded_2") == "degraded_1"
    assert next_mode(chosen, Decimal("101.99"), "degraded_2") == "degraded_1"


@given(st.lists(st.decimals("0", "200", places=2), min_size=1, max_size=30), st.decimals("0", "10", places=1))
def test_hysteresis_never_makes_it_narrower_than_the_table(balances: list[Decimal], hysteresis: Decimal) -> None:
    """Whatever the path, the mode is the table's or a wider one."""
    chosen, mode = msgspec.structs.replace(R3, hysteresis_pct=hysteresis), None
    for balance in balances:
        mode = next_mode(chosen, balance, mode)
        assert MODES.index(mode) >= MODES.index(by_table(chosen, balance))


def test_a_failed_balance_keeps_the_mode_for_a_while() -> None:
    """30 s old: kept. Older: the widest. Never known: no orders."""
    memory = decide(R3, seen(), Memory()).memory
    assert decide(R3, seen(seconds=30, balances_ns=NOW), memory).memory.mode == "normal"
    late = decide(R3, seen(seconds=30.1, balances_ns=NOW), memory)
    assert late.memory.mode == "degraded_2"
    assert hung(late) == ("99.2", "100.8")
    nothing = decide(R3, seen(quote_total=None, balances_ns=0), Memory())
    assert hung(nothing) == (None, None)
    assert nothing.quotes.reason == "balance unknown"


def test_balances_are_asked_for_as_often_as_configured() -> None:
    """Every 5 s, and not at all where the risk score chooses."""
    assert decide(R3, seen(), Memory()).balances_every_ns == 5 * SECOND
    by_risk = msgspec.structs.replace(R3, risk_score=True)
    assert decide(by_risk, seen(), Memory()).balances_every_ns == 0


def test_unrealised_loss_counts() -> None:
    """The mode is chosen by equity, not by the balance alone."""
    losing = seen(quote_total=Decimal(120), unrealized_pnl=Decimal(-30), position=Decimal("0.00001"))
    assert decide(R3, losing, Memory()).memory.mode == "degraded_1"


def test_mid_stands_in_for_the_mark() -> None:
    """Venues without a mark price."""
    assert hung(decide(R3, seen(mark="100", mid=Decimal(200)), Memory())) == ("99.925", "100.075")
    assert hung(decide(R3, msgspec.structs.replace(seen(), mark=None), Memory())) == ("99.925", "100.075")


def test_the_interval_lets_orders_hang() -> None:
    """Within it a band that was left does not count; afterwards it does."""
    chosen = msgspec.structs.replace(R3, interval=Decimal("0.5"))
    first = decide(chosen, seen(), Memory())
    assert first.wake_ns == NOW + SECOND // 2
    assert hung(decide(chosen, seen("100.2", 0.4), first.memory)) == ("99.925", "100.075")
    assert hung(decide(chosen, seen("100.2", 0.5), first.memory)) == ("100.124", "100.276")


@pytest.mark.parametrize("unusable", [{"position": None}, {"mid": None}, {"book_time_ns": 0}])
def test_unknown_means_no_orders(unusable: dict[str, Any]) -> None:
    """Neither without a position nor without a fresh book."""
    memory = decide(R3, seen(), Memory()).memory
    assert hung(decide(R3, msgspec.structs.replace(seen(), **unusable), memory)) == (None, None)


CONTRADICTIONS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"min_bps": Decimal(8)}, ("min_bps", "target_bps")),
    ({"max_bps": Decimal("7.4")}, ("target_bps", "max_bps")),
    ({"degraded_1_min_bps": Decimal(26)}, ("degraded_1_min_bps", "degraded_1_target_bps")),
    ({"balance_threshold_2": Decimal(200)}, ("balance_threshold_2", "balance_threshold_1")),
    ({"balance_max_age_s": Decimal(2)}, ("balance_max_age_s", "balance_check_s")),
]


@pytest.mark.parametrize(("changes", "named"), CONTRADICTIONS)
def test_contradictions_name_both_fields(changes: dict[str, Any], named: tuple[str, str]) -> None:
    """Each is one fault that names what contradicts what."""
    faults = check(msgspec.structs.replace(R3, **changes))
    assert len(faults) == 1
    assert all(name in faults[0] for name in named)
    assert not check(R3)


def book(
    spread: float, sizes: tuple[float, float], step: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Ten levels a side around 100."""
    return (
        [(100 - spread / 2 - step * i, sizes[0]) for i in range(10)],
        [(100 + spread / 2 + step * i, sizes[1]) for i in range(10)],
    )


def test_the_risk_score() -> None:
    """Spread 1 bps, equal volumes, levels 1 bps apart: 1 + 0 + 0.5 x 100/9. Lopsided and thin books score higher."""
    bids, asks = book(0.01, (1, 1), 0.01)
    assert raw_score(bids, asks, 1.0) == pytest.approx(1 + 0.5 * 100 / 9, rel=1e-6)
    assert raw_score(bids, asks, 0.5) == pytest.approx((1 + 0.5 * 100 / 9) / 2, rel=1e-6)
    bids, asks = book(0.01, (1, 3), 0.01)
    assert raw_score(bids, asks, 1.0) == pytest.approx(1 + 25 * 2 / 3 + 0.5 * 100 / 9, rel=1e-6)
    assert raw_score(bids[:3], asks, 1.0) == 50


@pytest.mark.parametrize(
    ("risk", "score", "then"),
    [
        ("low", 24.9, "low"), ("low", 25.0, "medium"), ("medium", 20.0, "medium"), ("medium", 19.9, "low"),
        ("medium", 54.9, "medium"), ("medium", 55.0, "high"), ("high", 45.0, "high"), ("high", 44.9, "medium"),
    ],
)  # fmt: skip
def test_risk_levels_have_hysteresis(risk: Risk, score: float, then: str) -> None:
    """The published lines."""
    assert next_risk(score, risk) == then


def test_the_risk_score_chooses_the_distance() -> None:
    """Starting at medium: 25 bps; a calm book brings it to 9."""
    chosen = msgspec.structs.replace(R3, risk_score=True)
    bids, asks = book(0.01, (1, 1), 0.01)
    first = decide(chosen, seen(), Memory())
    assert hung(first) == ("99.75", "100.25")
    memory = first.memory
    for second in range(1, 12):
        memory = decide(chosen, seen(seconds=second, bids=bids, asks=asks), memory).memory
    assert memory.risk == "low"
    assert hung(decide(chosen, seen(seconds=12, bids=bids, asks=asks), memory)) == ("99.91", "100.09")


@given(st.lists(st.decimals("90", "110", places=3), min_size=1, max_size=40))
@hypothesis_settings(deadline=None)
def test_both_sides_always_hang_in_their_band(marks: list[Decimal]) -> None:
    """Along any path both orders are there after each look, on their side, within the band but for one tick."""
    memory = Memory()
    for second, mark in enumerate(marks):
        decision = decide(R3, seen(str(mark), second), memory)
        memory = decision.memory
        tick_bps = PERP.tick_size / mark * 10_000
        for quotes, sign in ((decision.quotes.bids, 1), (decision.quotes.asks, -1)):
            away_bps = (mark - quotes[0].price) * sign / mark * 10_000
            assert R3.min_bps <= away_bps <= R3.max_bps + tick_bps
