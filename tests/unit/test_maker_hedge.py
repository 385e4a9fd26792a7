"""A maker at the touch that trades every fill back at once: sizes, hedges, what it does when it cannot."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from mmtui.engine.ending import EXIT_OK, exit_code
from mmtui.engine.proof import residual
from mmtui.model.instrument import MarketType
from mmtui.model.units import NS_PER_S
from mmtui.strategies.maker_hedge import Memory, Settings, check, decide
from tests.unit.engine_cells import Bench
from tests.unit.legs_scenes import FIRST, NOW_NS, D, leg

SETTINGS = Settings(quantity=D("0.01"))
READY = Memory(reference=D(0))
SPOT = msgspec.structs.replace(FIRST, market_type=MarketType.SPOT)


def test_it_rests_at_both_touches() -> None:
    quotes = decide(SETTINGS, leg(), Memory()).quotes
    assert [(quote.price, quote.quantity) for quote in quotes.bids] == [(D(99999), D("0.01"))]
    assert [(quote.price, quote.quantity) for quote in quotes.asks] == [(D(100000), D("0.01"))]
    assert quotes.post_only


@pytest.mark.parametrize(
    ("position", "target", "price"),
    [("0.01", "0", "99799.002"), ("-0.004", "0", "100200"), ("0.0005", None, None)],
)
def test_every_tradable_fill_is_taken_back_at_a_capped_price(
    position: str, target: str | None, price: str | None
) -> None:
    answer = decide(SETTINGS, leg(position=position), READY)
    if target is None or price is None:
        assert answer.take is None
        assert answer.quotes.bids[0].quantity == D("0.0095")
    else:
        assert answer.take is not None
        assert (answer.take.target, answer.take.price) == (D(target), D(price))
        assert not answer.quotes.bids
        assert not answer.quotes.asks


def test_the_reference_is_what_was_held_at_the_start_and_never_moves() -> None:
    memory = decide(SETTINGS, leg(SPOT, position="3"), Memory()).memory
    answer = decide(SETTINGS, leg(SPOT, position="3.01"), memory)
    assert answer.take is not None
    assert answer.take.target == 3
    assert answer.memory.reference == 3


def test_it_halts_where_a_fill_cannot_be_hedged_in_time() -> None:
    memory = decide(SETTINGS, leg(position="0.01"), READY).memory
    later = NOW_NS + 15 * NS_PER_S
    answer = decide(SETTINGS, leg(position="0.01", now_ns=later, book_time_ns=later), memory)
    assert answer.halt == "0.01 BTC could not be hedged in 15 s"


def test_after_a_hedge_it_pauses() -> None:
    memory = decide(SETTINGS, leg(position="0.01"), READY).memory
    answer = decide(SETTINGS, leg(position="0"), memory)
    assert not answer.quotes.bids
    assert answer.wake_ns == NOW_NS + NS_PER_S


@pytest.mark.parametrize(
    ("market", "base", "expected"),
    [(FIRST, None, ("0.05", "0.05")), (SPOT, "2", ("0.05", "0.1")), (SPOT, None, None)],
)
def test_without_a_quantity_a_share_of_the_balances_is_quoted(
    market: object, base: str | None, expected: tuple[str, str] | None
) -> None:
    assert isinstance(market, type(FIRST))
    picture = leg(market, base_total=None if base is None else D(base))
    quotes = decide(Settings(), picture, READY).quotes
    sizes = [quote.quantity for quote in (*quotes.bids, *quotes.asks)]
    assert sizes == ([] if expected is None else [Decimal(text) for text in expected])


@pytest.mark.parametrize("fields", [{"bid": None, "ask": None}, {"book_time_ns": 0}, {"bid": "100001"}])
def test_nothing_is_quoted_on_a_book_that_cannot_be_used(fields: dict[str, object]) -> None:
    answer = decide(SETTINGS, leg(**fields), READY)  # type: ignore[arg-type]
    assert not answer.quotes.bids
    assert "book" in answer.quotes.reason


def test_contradictions_name_both_fields() -> None:
    (fault,) = check(Settings(requote_tolerance_bps=D(30)))
    assert "requote_tolerance_bps" in fault
    assert "hedge_slippage_bps" in fault
    assert not check(SETTINGS)


@pytest.mark.parametrize("manners", [{}, {"reject_rate": 0.2, "loss_rate": 0.05, "timeout_ms": 500}])
def test_a_run_on_the_simulated_venue_keeps_next_to_no_inventory(tmp_path: Path, manners: dict[str, object]) -> None:
    bench = Bench(
        tmp_path,
        {
            "version": 1,
            "stage": "sim",
            "accounts": {"sim": {"venue": "sim", "market": {"name": "m1", "seed": 7}, "settings": manners}},
            "strategies": [
                {
                    "name": "hedger", "kind": "maker_hedge", "account": "sim", "symbol": "BTC-PERP",
                    "settings": {"quantity": "0.005", "requote_tolerance_bps": "0.5"},
                }
            ],
        },
    )  # fmt: skip
    state = bench.cells[0].state
    largest = [D(0)]
    bench.run(120, lambda cell, _result: largest.append(abs(cell.state.position or D(0))))
    assert state.orders.counters.fills
    assert max(largest) <= D("0.015")
    assert residual([state]) == 0
    assert exit_code([state]) == EXIT_OK
    assert state.stop is not None
    assert state.stop.proven
