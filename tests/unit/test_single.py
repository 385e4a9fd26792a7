"""The single order: R2's table, in both directions, and what it leaves out of R2's faults."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Quote, Snapshot
from mmtui.strategies.single import Memory, Settings, check, decide

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
PERP = Instrument(
    "x:SOL-PERP", "x", "SOL-PERP", MarketType.PERP, "SOL", "USDC",
    tick_size=Decimal("0.01"), lot_size=Decimal("0.01"), min_quantity=Decimal("0.01"),
)  # fmt: skip
QUIET = Snapshot(
    now_ns=NOW, instrument=PERP, best_bid=Decimal("149.99"), best_ask=Decimal("150.01"), mid=Decimal(150),
    mark=Decimal(150), book_time_ns=NOW, position=Decimal(0), average_entry=None, unrealized_pnl=Decimal(0),
    base_total=None, quote_total=Decimal(1_000), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[],
)  # fmt: skip
BUY = Settings()
SELL = Settings(direction="sell")


def seen(bid: str = "149.99", seconds: float = 0, **changes: object) -> Snapshot:
    """The quiet picture with another best bid (the ask is two ticks above it), ``seconds`` later and changed."""
    now, best = NOW + int(seconds * SECOND), Decimal(bid)
    ask = best + Decimal("0.02")
    picture = msgspec.structs.replace(
        QUIET, now_ns=now, book_time_ns=now, best_bid=best, best_ask=ask, mid=(best + ask) / 2
    )
    return msgspec.structs.replace(picture, **changes)


def test_it_joins_the_touch_with_the_amount() -> None:
    """100 quote at 149.99 are 0.66 of a lot of 0.01: rounded down, on the side that was asked for."""
    bid = decide(BUY, seen(), Memory())
    assert bid.quotes.bids == (Quote(Decimal("149.99"), Decimal("0.66")),)
    assert bid.quotes.asks == ()
    ask = decide(SELL, seen(), Memory())
    assert ask.quotes.asks == (Quote(Decimal("150.01"), Decimal("0.66")),)
    assert ask.quotes.bids == ()
    assert bid.quotes.post_only


TABLE = [
    ("younger than 10 s: waits", "150.50", 9.9, "149.99"),
    ("10 s old at the touch: stays", "149.99", 10, "149.99"),
    ("10 s old within the tolerance: stays", "150.00", 10, "149.99"),
    ("10 s old off the touch: anew", "150.01", 10, "150.01"),
    ("10 s old, the touch has fallen: anew", "149.90", 10, "149.90"),
]


@pytest.mark.parametrize(("what", "bid", "age", "then"), TABLE, ids=[row[0] for row in TABLE])
def test_the_published_rules(what: str, bid: str, age: float, then: str) -> None:
    """By the age of the order and where the touch has gone."""
    memory = decide(BUY, seen(), Memory()).memory
    decision = decide(BUY, seen(bid, age), memory)
    assert decision.quotes.bids[0].price == Decimal(then), what


def test_an_order_that_stayed_goes_as_soon_as_the_touch_does() -> None:
    """Once old enough it follows the touch at every change, not at the next round."""
    memory = decide(BUY, seen(), Memory()).memory
    memory = decide(BUY, seen("149.99", 15), memory).memory
    assert decide(BUY, seen("150.05", 15.1), memory).quotes.bids[0].price == Decimal("150.05")


@pytest.mark.parametrize("position", ["0.66", "0.10", "-0.66"])
def test_any_position_is_closed_first(position: str) -> None:
    """The rest of the order comes off, the position goes by a reduce-only close, then a fresh order."""
    memory = decide(BUY, seen(), Memory()).memory
    closing = decide(BUY, seen("149.90", 1, position=Decimal(position)), memory)
    assert closing.quotes.bids == ()
    assert closing.close == Close(Decimal(0), "closing the position before the next order", Decimal(20))
    assert decide(BUY, seen("149.90", 2), closing.memory).quotes.bids[0].price == Decimal("149.90")


@pytest.mark.parametrize("unusable", [{"position": None}, {"best_bid": None}, {"mid": None}, {"book_time_ns": 0}])
def test_unknown_means_no_order(unusable: dict[str, Any]) -> None:
    """Neither without a position nor without a fresh book."""
    memory = decide(BUY, seen(), Memory()).memory
    decision = decide(BUY, msgspec.structs.replace(seen(), **unusable), memory)
    assert decision.quotes.bids == ()
    assert decision.close is None


def test_what_cannot_be_ordered_is_said() -> None:
    """An amount below the minimum, a spot market."""
    small = msgspec.structs.replace(BUY, amount=Decimal(1))
    assert decide(small, seen(), Memory()).quotes.reason == "amount 1 buys 0, less than the venue's minimum"
    spot = msgspec.structs.replace(PERP, market_type=MarketType.SPOT)
    assert "perpetual" in decide(BUY, seen(instrument=spot), Memory()).quotes.reason
    assert check(BUY) == []


def test_new_settings_hang_it_anew() -> None:
    """Another amount takes effect at once."""
    memory = decide(BUY, seen(), Memory()).memory
    larger = msgspec.structs.replace(BUY, amount=Decimal(300))
    assert decide(larger, seen(seconds=1), memory).quotes.bids[0].quantity == Decimal("2.00")
