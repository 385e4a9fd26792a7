"""What the perpetual market maker does about its position: lines, stop loss, take profit, cool-down."""

from decimal import Decimal

import msgspec
import pytest

from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Quotes, Snapshot
from mmtui.strategies.perp_maker import Memory, Settings, decide

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
INSTRUMENT = Instrument(
    "x:SOL-PERP", "x", "SOL-PERP", MarketType.PERP, "SOL", "USDC",
    tick_size=Decimal("0.01"), lot_size=Decimal("0.01"), min_quantity=Decimal("0.05"),
)  # fmt: skip
QUIET = Snapshot(
    now_ns=NOW, instrument=INSTRUMENT, best_bid=Decimal("99.99"), best_ask=Decimal("100.01"), mid=Decimal(100),
    mark=Decimal(100), book_time_ns=NOW, position=Decimal(0), average_entry=None, unrealized_pnl=Decimal(0),
    base_total=None, quote_total=Decimal(10_000), fills=0, stale_after_ns=2 * SECOND, bids=[], asks=[],
)  # fmt: skip
SETTINGS = Settings(
    spread_pct=Decimal("0.2"), quantity=Decimal("0.1"), max_orders=2, interval=Decimal(10),
    max_position=Decimal("0.4"), position_threshold=Decimal("0.2"),
)  # fmt: skip


def seen(seconds: float = 0, /, **changes: object) -> Snapshot:
    """The quiet picture, ``seconds`` later and changed; its book is as fresh as its time."""
    now = NOW + int(seconds * SECOND)
    return msgspec.structs.replace(QUIET, **({"now_ns": now, "book_time_ns": now} | changes))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("size", "line"),
    [
        ("0", None),
        ("0.10", None),
        ("0.2", None),  # exactly on target + threshold: strictly above is asked
        ("0.24", None),  # 0.04 too much, below the minimum order of 0.05
        ("0.25", "0.2"),
        ("0.259", "0.2"),
        ("0.4", "0.2"),  # exactly on max_position: the lower line rules
        ("0.41", "0.2"),  # 0.01 above max_position cannot be closed, the way to the lower line can
        ("0.50", "0.4"),
        ("7", "0.4"),
    ],
)
def test_position_lines(size: str, line: str | None, sign: int) -> None:
    """The published table, mirrored for shorts: first max_position, then target + threshold, each strictly above."""
    decision = decide(SETTINGS, seen(position=sign * Decimal(size)), Memory())
    if line is None:
        assert decision.close is None
        assert decision.quotes.reason.startswith("quoting")
    else:
        reason = "closing to max_position" if line == "0.4" else "closing to target + threshold"
        assert decision.close == Close(sign * Decimal(line), reason, Decimal(20))
        assert decision.quotes == Quotes(reason=reason)


def test_from_half_to_max_and_then_to_the_lower_line() -> None:
    """0.50 closes 0.1 to max_position; once filled, a further 0.2 to target + threshold."""
    first = decide(SETTINGS, seen(position=Decimal("0.50")), Memory())
    assert first.close is not None
    assert Decimal("0.50") - first.close.target == Decimal("0.1")
    second = decide(SETTINGS, seen(0.1, position=first.close.target, fills=1), first.memory)
    assert second.close is not None
    assert first.close.target - second.close.target == Decimal("0.2")
    third = decide(SETTINGS, seen(0.2, position=second.close.target, fills=2), second.memory)
    assert third.close is None
    assert third.quotes.bids
    assert third.quotes.asks


def test_the_tolerated_position_moves_the_lower_line() -> None:
    settings = msgspec.structs.replace(SETTINGS, target_position=Decimal("0.1"), position_threshold=Decimal("0.1"))
    assert decide(settings, seen(position=Decimal("0.2")), Memory()).close is None
    closing = decide(settings, seen(position=Decimal("-0.3")), Memory()).close
    assert closing is not None
    assert closing.target == Decimal("-0.2")


def test_a_close_uses_the_slippage_asked_for() -> None:
    settings = msgspec.structs.replace(SETTINGS, close_slippage_bps=Decimal(7))
    closing = decide(settings, seen(position=Decimal(1)), Memory()).close
    assert closing is not None
    assert closing.slippage_bps == Decimal(7)


def test_a_close_is_asked_again_until_the_position_is_there() -> None:
    memory = Memory()
    for step in range(3):
        decision = decide(SETTINGS, seen(step * 0.1, position=Decimal(1)), memory)
        assert decision.close is not None
        memory = decision.memory


STOPS = msgspec.structs.replace(SETTINGS, stop_loss=Decimal(5), take_profit=Decimal(8))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("pnl", "reason"),
    [
        ("-4.99", ""),
        ("-5", "stop loss"),
        ("-60", "stop loss"),
        ("7.99", ""),
        ("8", "take profit"),
        ("99", "take profit"),
    ],
)
def test_stop_loss_and_take_profit_act_at_once(pnl: str, reason: str, sign: int) -> None:
    """At the amount or beyond it, in the middle of an interval, the whole position is closed."""
    position = sign * Decimal("0.1")
    memory = decide(STOPS, seen(position=position), Memory()).memory
    decision = decide(STOPS, seen(0.1, position=position, unrealized_pnl=Decimal(pnl)), memory)
    if reason:
        text = f"{reason}: closing the position"
        assert decision.close == Close(Decimal(0), text, Decimal(20))
        assert decision.quotes == Quotes(reason=text)
    else:
        assert decision.close is None
        assert decision.quotes is memory.quotes


def test_without_amounts_no_loss_closes() -> None:
    decision = decide(SETTINGS, seen(position=Decimal("0.1"), unrealized_pnl=Decimal(-1_000_000)), Memory())
    assert decision.close is None


def test_an_exit_goes_on_until_the_position_is_gone() -> None:
    """Half of the position has half of the loss: the stop must not be forgotten on the way."""
    first = decide(STOPS, seen(position=Decimal("0.2"), unrealized_pnl=Decimal(-5)), Memory())
    half = decide(STOPS, seen(0.1, position=Decimal("0.1"), unrealized_pnl=Decimal("-2.5"), fills=1), first.memory)
    assert half.close == first.close
    blind = decide(STOPS, seen(0.2, position=None), half.memory)
    assert blind.close is None
    assert blind.quotes.reason == "position unknown"
    still = decide(STOPS, seen(0.3, position=Decimal("0.1"), unrealized_pnl=None, fills=1), blind.memory)
    assert still.close == first.close


def test_after_an_exit_one_interval_of_rest_then_quotes() -> None:
    first = decide(STOPS, seen(position=Decimal("0.2"), unrealized_pnl=Decimal(8)), Memory())
    resting = decide(STOPS, seen(1, fills=1), first.memory)
    assert resting.quotes == Quotes(reason="cooling down after take profit")
    assert resting.close is None
    assert resting.wake_ns == NOW + 11 * SECOND
    later = decide(STOPS, seen(10.9, fills=1), resting.memory)
    assert later.quotes == resting.quotes
    assert later.wake_ns == resting.wake_ns
    again = decide(STOPS, seen(11, fills=1), later.memory)
    assert again.quotes.reason == "quoting 2x2 around 100, load +0.00"
    assert again.memory.exit == ""


def test_a_clock_set_back_does_not_prolong_the_rest() -> None:
    first = decide(STOPS, seen(position=Decimal("0.2"), unrealized_pnl=Decimal(8)), Memory())
    resting = decide(STOPS, seen(1, fills=1), first.memory)
    assert decide(STOPS, seen(-3600, fills=1), resting.memory).quotes.bids


def test_a_position_too_small_to_close_does_not_stop_the_quotes() -> None:
    """Below the venue's minimum nothing can be closed: quotes go on, and keep their interval."""
    dust = seen(position=Decimal("0.04"), unrealized_pnl=Decimal(-6))
    first = decide(STOPS, dust, Memory())
    assert first.close is None
    assert first.quotes.reason.startswith("quoting")
    moved = seen(1, position=Decimal("0.04"), unrealized_pnl=Decimal(-6), mid=Decimal(101), best_ask=Decimal("102.01"))
    assert decide(STOPS, moved, first.memory).quotes is first.quotes


def test_an_exit_that_leaves_dust_counts_as_done() -> None:
    first = decide(STOPS, seen(position=Decimal("0.2"), unrealized_pnl=Decimal(-5)), Memory())
    decision = decide(STOPS, seen(1, position=Decimal("0.04"), unrealized_pnl=Decimal(-1), fills=1), first.memory)
    assert decision.quotes.reason == "cooling down after stop loss"


def test_position_lines_hold_during_the_rest() -> None:
    first = decide(STOPS, seen(position=Decimal("0.2"), unrealized_pnl=Decimal(-5)), Memory())
    resting = decide(STOPS, seen(1, fills=1), first.memory)
    late_fill = decide(STOPS, seen(2, position=Decimal("0.3"), fills=2), resting.memory)
    assert late_fill.close is not None
    assert late_fill.close.target == Decimal("0.2")


def test_with_a_stop_loss_and_unknown_pnl_only_reducing_orders_rest() -> None:
    """A stop that cannot be measured must not guard new exposure."""
    long = decide(STOPS, seen(position=Decimal("0.16"), unrealized_pnl=None), Memory()).quotes
    assert long.bids == ()
    assert [quote.quantity for quote in long.asks] == [Decimal("0.1"), Decimal("0.06")]
    assert long.reason == "quoting 0x2 around 100, load +0.40; PnL unknown, reducing only"
    short = decide(STOPS, seen(position=Decimal("-0.16"), unrealized_pnl=None), Memory()).quotes
    assert short.asks == ()
    assert sum(quote.quantity for quote in short.bids) == Decimal("0.16")
    flat = decide(STOPS, seen(unrealized_pnl=None), Memory()).quotes
    assert flat.bids
    assert flat.asks
