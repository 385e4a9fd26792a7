"""The martingale: published figures, every exit, phases that always end."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Snapshot, Take
from mmtui.strategies.martingale.decide import Memory, decide
from mmtui.strategies.martingale.plan import capital_share, check, funds, layers_from, worst_loss
from mmtui.strategies.martingale.settings import Settings

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
    base_total=None, quote_total=Decimal(10_000), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[],
)  # fmt: skip
LONG = Settings(
    total_capital=Decimal(70), max_layers=3, multiplier=Decimal("1.3"), price_step_pct=Decimal(1),
    entry_type="manual", entry_price=Decimal(100),
)  # fmt: skip
SHORT = msgspec.structs.replace(LONG, direction="short")


def seen(price: str = "100", seconds: float = 0, **changes: object) -> Snapshot:
    """The quiet picture around another price, ``seconds`` later and changed."""
    now, mid = NOW + int(seconds * SECOND), Decimal(price)
    tick = Decimal("0.01")
    return msgspec.structs.replace(
        QUIET, now_ns=now, book_time_ns=now, mid=mid, mark=mid, best_bid=mid - tick, best_ask=mid + tick, **changes
    )


def holding(quantity: str, average: str, price: str, seconds: float = 0, **changes: object) -> Snapshot:
    """A picture with a position."""
    return seen(price, seconds, position=Decimal(quantity), average_entry=Decimal(average), **changes)


def begun(chosen: Settings = LONG) -> Memory:
    """A cycle that has hung its layers."""
    return decide(chosen, seen(), Memory()).memory


def test_published_funds() -> None:
    """Capital 70, multiplier 1.3, three layers: 17.54, 22.81, 29.65."""
    assert [money.quantize(Decimal("0.01")) for money in funds(LONG, Decimal(70))] == [
        Decimal("17.54"), Decimal("22.81"), Decimal("29.65"),
    ]  # fmt: skip


@given(st.decimals("0.01", "100000", places=2), st.integers(1, 20), st.decimals("1", "5", places=2))
def test_funds_never_exceed_the_capital(capital: Decimal, layers: int, multiplier: Decimal) -> None:
    """Whatever volatility says, the sum stays within the capital."""
    chosen = msgspec.structs.replace(LONG, max_layers=layers, multiplier=multiplier)
    for share in (Decimal("0.5"), Decimal(1), Decimal("1.5")):
        assert sum(funds(chosen, capital, share)) <= capital * (1 + Decimal("1e-40"))


def test_the_layers_rest_at_their_prices() -> None:
    """Long: below the entry, linear in the entry price; rounded down to tick and lot."""
    decision = decide(LONG, seen(), Memory())
    assert decision.quotes.bids == (
        Quote(Decimal(100), Decimal("0.17")), Quote(Decimal(99), Decimal("0.23")), Quote(Decimal(98), Decimal("0.30")),
    )  # fmt: skip
    assert decision.quotes.asks == ()
    assert decision.memory.phase == "ladder"


def test_short_is_the_mirror() -> None:
    """Short: above the entry, perpetuals only."""
    decision = decide(SHORT, seen(), Memory())
    assert [quote.price for quote in decision.quotes.asks] == [Decimal(100), Decimal(101), Decimal(102)]
    assert decision.quotes.bids == ()
    refused = decide(SHORT, seen(instrument=SPOT), Memory())
    assert refused.quotes.reason == 'direction "short" needs a perpetual market'
    assert not refused.quotes.asks


@pytest.mark.parametrize(("direction", "entry"), [("long", "99"), ("short", "101")])
def test_offset_entry_is_one_step_away(direction: str, entry: str) -> None:
    """offset = current x (1 - step), mirrored for shorts."""
    chosen = msgspec.structs.replace(LONG, direction=direction, entry_type="offset", entry_price=None)
    quotes = decide(chosen, seen(), Memory()).quotes
    assert (quotes.bids or quotes.asks)[0].price == Decimal(entry)


def test_market_entry_takes_then_prices_the_layers_from_what_it_cost() -> None:
    """No layer rests before the first is held; the others follow from the price really paid."""
    chosen = msgspec.structs.replace(LONG, entry_type="market", entry_price=None)
    first = decide(chosen, seen(), Memory())
    assert first.take == Take(Decimal("0.17"), Decimal("100.01") * Decimal("1.002"), "entering at market")
    assert not first.quotes.bids
    part = decide(chosen, holding("0.1", "100.02", "100", 1), first.memory)
    assert part.take is not None
    assert part.take.target == Decimal("0.17")
    entered = decide(chosen, holding("0.17", "100.50", "100.40", 2), part.memory)
    assert entered.take is None
    assert [quote.price for quote in entered.quotes.bids] == [Decimal("99.49"), Decimal("98.49")]


def test_filled_layers_do_not_come_back() -> None:
    """What has filled is read off the position: whole layers are gone, a part is left as a part."""
    decision = decide(LONG, holding("0.20", "99.85", "99"), begun())
    assert decision.quotes.bids == (Quote(Decimal(99), Decimal("0.20")), Quote(Decimal(98), Decimal("0.30")))
    assert decision.quotes.reason.startswith("1 of 3 layers filled")


EXITS: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("take profit", {}, "101.21", None),
    ("nothing yet", {}, "101.20", ""),  # the bid is a tick below, 1.19 %
    ("stop loss", {"stop_loss_pct": Decimal(5)}, "95", None),
    ("above the stop", {"stop_loss_pct": Decimal(5)}, "95.01", ""),
    ("dynamic stop", {"dynamic_stop_pct": Decimal(4)}, "96", None),
    ("above the dynamic stop", {"dynamic_stop_pct": Decimal(4)}, "96.01", ""),
    ("never wider", {"dynamic_stop_pct": Decimal(40), "stop_loss_pct": Decimal(5)}, "95", "stop loss"),
    ("largest loss", {"max_cycle_loss": Decimal("0.34")}, "98", None),
]


@pytest.mark.parametrize(("name", "changes", "price", "reason"), EXITS, ids=[row[0] for row in EXITS])
def test_exits(name: str, changes: dict[str, Any], price: str, reason: str | None) -> None:
    """One layer of 0.17 at 100: each exit closes all at its line, and not before."""
    chosen = msgspec.structs.replace(LONG, **changes)
    decision = decide(chosen, holding("0.17", "100", price, 1), begun(chosen))
    if reason == "":
        assert decision.close is None
    else:
        text = f"{reason or name}: closing the cycle"
        assert decision.close == Close(Decimal(0), text, Decimal(20))
        assert not decision.quotes.bids


def test_the_dynamic_stop_widens_with_each_layer() -> None:
    """4 % with one layer, 8 % with two, never wider than the stop loss."""
    chosen = msgspec.structs.replace(LONG, dynamic_stop_pct=Decimal(4))
    memory = begun(chosen)
    assert decide(chosen, holding("0.40", "100", "92.01", 1), memory).close is None
    closing = decide(chosen, holding("0.40", "100", "92", 1), memory).close
    assert closing is not None
    assert closing.reason.startswith("dynamic stop")


def test_the_trailing_stop_follows_the_best_price() -> None:
    """Active from 0.5 %, it closes after a retreat of 0.3 % from the best price seen."""
    chosen = msgspec.structs.replace(LONG, trailing_activation_pct=Decimal("0.5"), trailing_distance_pct=Decimal("0.3"))
    memory = begun(chosen)
    for price in ("100.40", "100.60", "101.00", "100.80"):
        decision = decide(chosen, holding("0.17", "100", price, 1), memory)
        assert decision.close is None, price
        memory = decision.memory
    closing = decide(chosen, holding("0.17", "100", "100.68", 2), memory)
    assert closing.close is not None
    assert closing.close.reason.startswith("trailing stop")


def test_runtime_ends_a_cycle_even_without_a_fill() -> None:
    """After its runtime nothing is left to wait for; without a position the cycle is over at once."""
    chosen = msgspec.structs.replace(LONG, runtime=Decimal(60))
    decision = decide(chosen, seen("100", 60), begun(chosen))
    assert decision.finished == "finished after 1 cycle(s), the last by runtime"


def test_cycles_cool_down_and_compound() -> None:
    """After a close that is proved flat: a pause, then new layers from the market, with what was earned."""
    chosen = msgspec.structs.replace(LONG, cycles=2, cool_down=Decimal(30), compound=True)
    closing = decide(chosen, holding("0.17", "100", "101.30", 1), begun(chosen))
    half = decide(chosen, holding("0.05", "100", "101.30", 2), closing.memory)
    assert half.close is not None
    flat = decide(chosen, seen("101.30", 3, net_realized=Decimal(7)), half.memory)
    assert flat.quotes.reason == "cooling down after take profit"
    assert flat.wake_ns == NOW + 33 * SECOND
    assert decide(chosen, seen("101.30", 32, net_realized=Decimal(7)), flat.memory).quotes.bids == ()
    again = decide(chosen, seen("101.30", 33, net_realized=Decimal(7)), flat.memory)
    assert sum(quote.quantity * quote.price for quote in again.quotes.bids) > Decimal(70)


def test_what_was_held_before_is_not_touched() -> None:
    """On spot the cycle adds to a holding and closes back to it; the average is that of the cycle alone."""
    memory = decide(LONG, holding("2", "80", "100", instrument=SPOT), Memory()).memory
    assert memory.base == Decimal(2)
    average = (Decimal(2) * 80 + Decimal("0.17") * 100) / Decimal("2.17")
    quiet = decide(LONG, holding("2.17", str(average), "100.5", 1, instrument=SPOT), memory)
    assert quiet.close is None
    closing = decide(LONG, holding("2.17", str(average), "101.3", 1, instrument=SPOT), memory)
    assert closing.close is not None
    assert closing.close.target == Decimal(2)


@pytest.mark.parametrize(
    "unusable",
    [{"position": None}, {"best_bid": None}, {"book_time_ns": 0}],
    ids=["position unknown", "no bid", "stale"],
)
def test_unknown_means_no_orders(unusable: dict[str, Any]) -> None:
    """Without a position or a fresh book nothing rests, and the cycle waits where it is."""
    memory = begun()
    decision = decide(LONG, msgspec.structs.replace(seen(), **unusable), memory)
    assert not decision.quotes.bids
    assert decision.close is None
    assert decision.memory == memory


def test_a_capital_too_small_is_refused_before_anything_is_sent() -> None:
    """The first layer below the venue's minimum: nothing rests, and the reason names both figures."""
    chosen = msgspec.structs.replace(LONG, total_capital=Decimal(2))
    decision = decide(chosen, seen(), Memory())
    assert not decision.quotes.bids
    assert decision.quotes.reason == "total_capital is too small: layer 1 would be 0, the minimum is 0.01"


CONTRADICTIONS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"entry_price": None}, ("entry_price", "entry_type")),
    ({"entry_type": "market"}, ("entry_price", "entry_type")),
    ({"price_step_pct": Decimal(40)}, ("price_step_pct", "max_layers")),
    ({"stop_loss_pct": Decimal(1)}, ("stop_loss_pct", "max_layers")),
    ({"dynamic_stop_pct": Decimal("0.5")}, ("dynamic_stop_pct", "max_layers")),
    ({"trailing_activation_pct": Decimal(1)}, ("trailing_activation_pct", "trailing_distance_pct")),
    (
        {"trailing_activation_pct": Decimal(2), "trailing_distance_pct": Decimal(1)},
        ("trailing_activation_pct", "take_profit_pct"),
    ),
    ({"max_cycle_loss": Decimal(71)}, ("max_cycle_loss", "total_capital")),
]


@pytest.mark.parametrize(("changes", "named"), CONTRADICTIONS)
def test_contradictions_name_both_fields(changes: dict[str, Any], named: tuple[str, str]) -> None:
    """Each is one fault that names what contradicts what."""
    faults = check(msgspec.structs.replace(LONG, **changes))
    assert len(faults) == 1
    assert all(name in faults[0] for name in named)
    assert not check(LONG)
    assert not check(Settings())


def test_the_worst_loss_is_known_before_the_start() -> None:
    """All layers filled and closed at the stop: 33 % of what they cost."""
    layers = layers_from(LONG, PERP, Decimal(100), Decimal(70))
    cost = Decimal(17) + Decimal("22.77") + Decimal("29.40")
    assert worst_loss(LONG, PERP, layers) == cost * Decimal("0.33")
    assert worst_loss(msgspec.structs.replace(LONG, stop_loss_pct=None), PERP, layers) is None
    assert worst_loss(msgspec.structs.replace(LONG, max_cycle_loss=Decimal(5)), PERP, layers) == 5


def test_volatility_reduces_and_never_adds() -> None:
    """Both published versions, held at the capital; with fewer than 24 prices nothing is known and nothing changes."""
    calm, wild = tuple([Decimal(100)] * 24), tuple(Decimal(90 + 20 * (i % 2)) for i in range(24))
    scale = msgspec.structs.replace(LONG, volatility="scale")
    reduce = msgspec.structs.replace(LONG, volatility="reduce")
    assert capital_share(scale, calm) == Decimal("0.98")
    assert capital_share(scale, wild) == 1
    assert capital_share(reduce, calm) == 1
    assert capital_share(reduce, wild) == Decimal("0.7")
    assert capital_share(reduce, wild[:23]) == 1


class Account:
    """A market and an account for one cycle after another: orders fill when the price reaches them."""

    def __init__(self, chosen: Settings) -> None:
        self.chosen = chosen
        self.memory = Memory()
        self.held = Decimal(0)
        self.cost = Decimal(0)
        self.seconds = 0.0

    def step(self, price: Decimal, part: Decimal, *, restart: bool) -> Decision[Memory]:
        """Decide at a price; ``part`` of what the price reaches fills; a restart decodes the memory anew."""
        self.seconds += 1
        average = self.cost / self.held if self.held else None
        snapshot = seen(str(price), self.seconds, position=self.held, average_entry=average)
        if restart:
            self.memory = msgspec.msgpack.decode(msgspec.msgpack.encode(self.memory), type=Memory)
        decision = decide(self.chosen, snapshot, self.memory)
        self.memory = decision.memory
        target = None if decision.take is None else decision.take.target
        if decision.close is not None:
            target = decision.close.target
        if target is not None:
            self._trade(((target - self.held) * part).quantize(Decimal("0.01")), price)
        for quote in decision.quotes.bids:
            if price <= quote.price:
                self._trade((quote.quantity * part).quantize(Decimal("0.01")), quote.price)
        for quote in decision.quotes.asks:
            if price >= quote.price:
                self._trade(-(quote.quantity * part).quantize(Decimal("0.01")), quote.price)
        return decision

    def _trade(self, quantity: Decimal, price: Decimal) -> None:
        before = self.held
        self.held += quantity
        growing = abs(self.held) > abs(before)
        self.cost = (
            self.cost + quantity * price if growing else (self.cost / before * self.held if before else self.cost)
        )


@given(
    st.sampled_from([LONG, SHORT, msgspec.structs.replace(LONG, entry_type="market", entry_price=None)]),
    st.lists(
        st.tuples(st.decimals("60", "140", places=2), st.sampled_from(["0", "0.3", "1"]), st.booleans()), max_size=40
    ),
)
@hypothesis_settings(deadline=None, max_examples=150)
def test_every_cycle_ends(chosen: Settings, path: list[tuple[Decimal, str, bool]]) -> None:
    """From every state, with partial fills and restarts: never above the capital, and at an end it is flat."""
    chosen = msgspec.structs.replace(chosen, runtime=Decimal(60))
    account = Account(chosen)
    cap = sum(layer.quantity for layer in layers_from(chosen, PERP, Decimal(60), Decimal(70)))
    for price, part, restart in path:
        account.step(price, Decimal(part), restart=restart)
        assert abs(account.held) <= cap * 2
        sign = -1 if chosen.direction == "short" else 1
        assert account.held * sign >= 0
    assert any(account.step(Decimal(100), Decimal(1), restart=False).finished for _ in range(70))
    assert account.held == 0
