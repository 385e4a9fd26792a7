"""The grid: its levels, what rests for a position, exits, and round trips that earn the step."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Snapshot
from mmtui.model.units import decimal_text
from mmtui.strategies.grid.decide import Memory, Settings, check, decide
from mmtui.strategies.grid.levels import Grid, buying_cells, levels_between, resting

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
PERP = Instrument(
    "x:SOL-PERP", "x", "SOL-PERP", MarketType.PERP, "SOL", "USDC",
    tick_size=Decimal("0.01"), lot_size=Decimal("0.01"), min_quantity=Decimal("0.01"),
)  # fmt: skip
SPOT = msgspec.structs.replace(PERP, id="x:SOL", symbol="SOL", market_type=MarketType.SPOT)
QUIET = Snapshot(
    now_ns=NOW, instrument=PERP, best_bid=Decimal("99.99"), best_ask=Decimal("100.01"), mid=Decimal(100),
    mark=Decimal(100), book_time_ns=NOW, position=Decimal(0), average_entry=None, unrealized_pnl=Decimal(0),
    base_total=Decimal(10), quote_total=Decimal(1_000), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[],
)  # fmt: skip
FIXED = Settings(grid_lower=Decimal(90), grid_upper=Decimal(110), grid_num=5, quantity=Decimal(1))


def seen(price: str = "100", seconds: float = 0, **changes: object) -> Snapshot:
    """The quiet picture around another price, ``seconds`` later and changed."""
    now, mid, tick = NOW + int(seconds * SECOND), Decimal(price), Decimal("0.01")
    picture = msgspec.structs.replace(
        QUIET, now_ns=now, book_time_ns=now, mid=mid, mark=mid, best_bid=mid - tick, best_ask=mid + tick
    )
    return msgspec.structs.replace(picture, **changes)


def quotes_of(decision: Decision[Memory]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(price, quantity) of bids and asks as text."""
    bids, asks = decision.quotes.bids, decision.quotes.asks
    return [_text(quote) for quote in bids], [_text(quote) for quote in asks]


def _text(quote: Quote) -> tuple[str, str]:
    return decimal_text(quote.price), decimal_text(quote.quantity)


def test_levels() -> None:
    """Arithmetic: equal steps. Geometric: equal ratios, and the last level is the upper price."""
    arithmetic = levels_between(PERP, Decimal(90), Decimal(110), 5, "arithmetic")
    assert arithmetic == (Decimal(90), Decimal(95), Decimal(100), Decimal(105), Decimal(110))
    geometric = levels_between(PERP, Decimal(100), Decimal("146.41"), 5, "geometric")
    assert geometric == (Decimal(100), Decimal(110), Decimal(121), Decimal("133.1"), Decimal("146.41"))
    assert levels_between(PERP, Decimal(100), Decimal("100.01"), 10, "arithmetic") == (Decimal(100), Decimal("100.01"))


@pytest.mark.parametrize(("price", "count"), [("80", 0), ("92.4", 0), ("92.6", 1), ("100", 2), ("109", 4), ("120", 4)])
def test_the_level_nearest_to_the_price_stays_empty(price: str, count: int) -> None:
    """Cells below it buy, cells above it sell."""
    levels = levels_between(PERP, Decimal(90), Decimal(110), 5, "arithmetic")
    assert buying_cells(levels, Decimal(price)) == count


def test_neutral_grid() -> None:
    """Buys below, sells above, none at the price."""
    decision = decide(FIXED, seen(), Memory())
    assert quotes_of(decision) == ([("95", "1"), ("90", "1")], [("105", "1"), ("110", "1")])


def test_a_filled_buy_becomes_a_sell_one_level_higher() -> None:
    """Whole and in part; the level above stays locked while its cell holds."""
    memory = decide(FIXED, seen(), Memory()).memory
    whole = decide(FIXED, seen("95", 1, position=Decimal(1)), memory)
    assert quotes_of(whole) == ([("90", "1")], [("100", "1"), ("105", "1"), ("110", "1")])
    part = decide(FIXED, seen("95", 1, position=Decimal("0.4")), memory)
    assert quotes_of(part) == ([("95", "0.6"), ("90", "1")], [("100", "0.4"), ("105", "1"), ("110", "1")])


def test_a_filled_sell_becomes_a_buy_one_level_lower() -> None:
    """The mirror image."""
    memory = decide(FIXED, seen(), Memory()).memory
    decision = decide(FIXED, seen("105", 1, position=Decimal(-1)), memory)
    assert quotes_of(decision) == ([("100", "1"), ("95", "1"), ("90", "1")], [("110", "1")])


def test_one_sided_grids_only_open_on_their_side() -> None:
    """Long: no sell without a position. Short: no buy without one. Outside the range there is nothing to open at."""
    long = msgspec.structs.replace(FIXED, direction="long")
    short = msgspec.structs.replace(FIXED, direction="short")
    assert quotes_of(decide(long, seen(), Memory())) == ([("95", "1"), ("90", "1")], [])
    assert quotes_of(decide(short, seen(), Memory())) == ([], [("105", "1"), ("110", "1")])
    assert "outside the range" in decide(long, seen("80"), Memory()).quotes.reason
    assert "outside the range" in decide(short, seen("120"), Memory()).quotes.reason
    assert "perpetual" in decide(short, seen(instrument=SPOT), Memory()).quotes.reason


def test_spot_sells_only_what_is_held() -> None:
    """With half a level of base the upper level falls away; nothing is borrowed."""
    decision = decide(FIXED, seen(instrument=SPOT, position=Decimal("1.5")), Memory())
    assert quotes_of(decision) == ([("95", "1"), ("90", "1")], [("105", "1"), ("110", "0.5")])


def test_automatic_quantities() -> None:
    """Spot: min(quote / buys x 0.95 / price, base x 0.95 / sells). Perpetual: 0.8 x quote / levels / highest price."""
    automatic = msgspec.structs.replace(FIXED, quantity=None)
    spot = decide(automatic, seen(instrument=SPOT, position=Decimal(10)), Memory())
    assert spot.quotes.bids[0].quantity == Decimal("4.75")
    poor = decide(automatic, seen(instrument=SPOT, position=Decimal(10), quote_total=Decimal(500)), Memory())
    assert poor.quotes.bids[0].quantity == Decimal("2.37")
    perp = decide(automatic, seen(), Memory())
    assert perp.quotes.bids[0].quantity == Decimal("1.45")
    assert decide(automatic, seen(quote_total=None), Memory()).quotes.reason == "quote balance unknown"


@pytest.mark.parametrize("sign", [1, -1])
def test_max_position_caps_what_could_be_held(sign: int) -> None:
    """The far levels fall first, and one is shrunk to fit."""
    capped = msgspec.structs.replace(FIXED, max_position=Decimal("1.5"))
    decision = decide(capped, seen(), Memory())
    assert quotes_of(decision) == ([("95", "1"), ("90", "0.5")], [("105", "1"), ("110", "0.5")])
    held = decide(capped, seen(position=Decimal(sign) * Decimal("1.5")), decision.memory)
    assert not (held.quotes.bids if sign > 0 else held.quotes.asks)
    assert "limits the grid" in held.quotes.reason


def test_stop_loss_closes_all_and_ends_a_fixed_grid() -> None:
    """The exit stays until nothing is held; with a fixed range the run ends, because the price has left for good."""
    stopping = msgspec.structs.replace(FIXED, stop_loss=Decimal(10))
    memory = decide(stopping, seen(), Memory()).memory
    hit = decide(stopping, seen("85", 1, position=Decimal(2), unrealized_pnl=Decimal(-15)), memory)
    assert hit.close == Close(Decimal(0), "stop loss: closing the grid", Decimal(20))
    assert not hit.quotes.bids
    half = decide(stopping, seen("85", 2, position=Decimal(1), unrealized_pnl=Decimal(-7)), hit.memory)
    assert half.close is not None
    flat = decide(stopping, seen("85", 3), half.memory)
    assert flat.close is None
    assert decide(stopping, seen("85", 4), flat.memory).finished.startswith("finished by stop loss")


def test_an_automatic_grid_begins_anew_after_its_rest() -> None:
    """Around the price of then."""
    automatic = Settings(quantity=Decimal(1), take_profit=Decimal(5), cool_down=Decimal(30), grid_num=5)
    memory = decide(automatic, seen(), Memory()).memory
    hit = decide(automatic, seen("105", 1, position=Decimal(-1), unrealized_pnl=Decimal(6)), memory)
    flat = decide(automatic, seen("105", 2), hit.memory)
    assert decide(automatic, seen("105", 31), flat.memory).quotes.reason == "cooling down after take profit"
    again = decide(automatic, seen("105", 32), flat.memory)
    assert again.memory.grid is not None
    assert again.memory.grid.levels[2] == Decimal(105)


def test_unknown_means_no_orders() -> None:
    """Neither without a position nor without a fresh book; the grid waits as it was."""
    memory = decide(FIXED, seen(), Memory()).memory
    for changes in ({"position": None}, {"mid": None}, {"book_time_ns": 0}):
        decision = decide(FIXED, msgspec.structs.replace(seen(), **changes), memory)
        assert decision.quotes.bids == decision.quotes.asks == ()
        assert decision.memory == memory


CONTRADICTIONS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"grid_lower": None}, ("grid_lower", "grid_upper")),
    ({"grid_lower": Decimal(120)}, ("grid_lower", "grid_upper")),
    ({"max_position": Decimal("0.5")}, ("quantity", "max_position")),
]


@pytest.mark.parametrize(("changes", "named"), CONTRADICTIONS)
def test_contradictions_name_both_fields(changes: dict[str, Any], named: tuple[str, str]) -> None:
    """Each is one fault that names what contradicts what."""
    faults = check(msgspec.structs.replace(FIXED, **changes))
    assert len(faults) == 1
    assert all(name in faults[0] for name in named)
    assert not check(FIXED)
    assert not check(Settings())


def test_steps_smaller_than_the_fees_are_named() -> None:
    """A grid that cannot earn says so."""
    dear = msgspec.structs.replace(PERP, maker_fee_bps=Decimal(300))
    assert "the fees eat the step" in decide(FIXED, seen(instrument=dear), Memory()).quotes.reason


positions = st.decimals("-3", "3", places=2)


@given(positions, st.integers(0, 4))
@hypothesis_settings(deadline=None)
def test_bids_stay_below_asks_and_sizes_add_up(position: Decimal, buying: int) -> None:
    """For every position: sides never meet, and held plus bought plus sold is always the whole grid."""
    levels = levels_between(PERP, Decimal(90), Decimal(110), 5, "arithmetic")
    grid = Grid(levels, Decimal(1), Decimal(0), buying)
    bids, asks = resting(grid, PERP, position)
    if bids and asks:
        assert bids[0].price < asks[0].price
    assert [quote.price for quote in bids] == sorted((quote.price for quote in bids), reverse=True)
    room_up = max(min(Decimal(buying) - position, Decimal(4)), Decimal(0))
    assert sum((quote.quantity for quote in bids), Decimal(0)) == room_up
    assert sum((quote.quantity for quote in asks), Decimal(0)) == 4 - room_up


@given(st.lists(st.decimals("88", "112", places=2), max_size=60), st.sampled_from(["neutral", "long", "short"]))
@hypothesis_settings(deadline=None, max_examples=100)
def test_round_trips_earn_and_the_cap_holds(path: list[Decimal], direction: str) -> None:
    """Along any path: within the sum of the levels, on the right side, and back at the start nothing is lost."""
    chosen = msgspec.structs.replace(FIXED, direction=direction)
    memory, held, cash = Memory(), Decimal(0), Decimal(0)
    for number, price in enumerate([Decimal(100), *path, Decimal(100)]):
        for _ in range(6):  # as many steps as fills can follow each other at one price
            decision = decide(chosen, seen(str(price), number, position=held), memory)
            memory = decision.memory
            filled = _filled(decision, price)
            if not filled:
                break
            for quantity, at in filled:
                held += quantity
                cash -= quantity * at
        assert abs(held) <= 4
        assert held >= 0 or direction != "long"
        assert held <= 0 or direction != "short"
    assert cash + held * 100 >= 0  # back at the start no cell can have lost


def _filled(decision: Decision[Memory], price: Decimal) -> list[tuple[Decimal, Decimal]]:
    """What the price reaches, at the levels' own prices."""
    bought = [(quote.quantity, quote.price) for quote in decision.quotes.bids if price <= quote.price]
    sold = [(-quote.quantity, quote.price) for quote in decision.quotes.asks if price >= quote.price]
    return bought + sold


def test_quotes_are_the_same_object_values_for_the_same_position() -> None:
    """Nothing is hung anew while nothing fills: the same picture gives equal quotes."""
    memory = decide(FIXED, seen(), Memory()).memory
    first = decide(FIXED, seen("101", 1), memory).quotes
    assert first.bids == (Quote(Decimal(95), Decimal(1)), Quote(Decimal(90), Decimal(1)))
    assert first == decide(FIXED, seen("99", 2), memory).quotes
