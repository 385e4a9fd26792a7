"""Rest at both touches, and trade every fill back at once: volume with next to no inventory.

The position at the start is the reference. Whatever a maker fill moves away from it is taken back from the market, at a
capped price, until nothing tradable is left; meanwhile nothing is quoted. docs/strategies/maker_hedge.md has the rules.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mmtui.core.ladder import automatic_lots, least_lots
from mmtui.model.instrument import MarketType
from mmtui.model.quotes import Decision, Quote, Quotes, Snapshot, Take
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, decimal_text

TITLE = "Maker at the touch, hedged at once"

_SHARE = 5
"""One order gets 1/20 of the balance where no quantity is given; ``automatic_lots`` divides so for five levels."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator chooses. Quantities are in base units."""

    quantity: Annotated[
        Decimal | None,
        Meta(
            title="Quantity",
            description="Size of each order. Empty: a twentieth of the quote balance "
            "(spot sells: of the base balance).",
            extra={"unit": "base", "exclusive_minimum": "0"},
        ),
    ] = None
    interval: Annotated[
        Decimal,
        Meta(
            title="Interval",
            description="Least time between two re-pricings. Fills are hedged at once.",
            extra={"unit": "s", "minimum": "0", "maximum": "3600"},
        ),
    ] = Decimal(1)
    requote_tolerance_bps: Annotated[
        Decimal,
        Meta(
            title="Requote tolerance",
            description="Orders this close to the touch stay, with their place in the queue.",
            extra={"unit": "bps", "minimum": "0", "maximum": "100"},
        ),
    ] = Decimal("0.1")
    hedge_slippage_bps: Annotated[
        Decimal,
        Meta(
            title="Price cap of a hedge",
            description="How far beyond the touch a hedge may trade.",
            extra={"unit": "bps", "minimum": "0", "maximum": "1000"},
        ),
    ] = Decimal(20)
    hedge_timeout: Annotated[
        Decimal,
        Meta(
            title="Time to hedge",
            description="How long a fill may stay unhedged before the run halts.",
            extra={"unit": "s", "exclusive_minimum": "0", "maximum": "600"},
        ),
    ] = Decimal(15)
    pause: Annotated[
        Decimal,
        Meta(
            title="Pause after a hedge",
            description="How long nothing is quoted after a fill was hedged.",
            extra={"unit": "s", "minimum": "0", "maximum": "3600"},
        ),
    ] = ONE


class Memory(Struct, frozen=True, gc=False):
    """What the next decision needs to know of the last ones.

    ``reference`` is the position that counts as hedged; it never moves. ``unhedged_ns`` is since when there has been
    something to hedge (0: nothing).
    """

    reference: Decimal | None = None
    unhedged_ns: int = 0
    pause_until_ns: int = 0
    quotes: Quotes = Quotes()
    due_ns: int = 0


PRESETS: dict[str, dict[str, str | int]] = {
    "calm": {"interval": "5", "pause": "5", "requote_tolerance_bps": "0.5"},
}


def check(settings: Settings) -> list[str]:
    """Faults between two fields, one line each."""
    tolerance, slippage = settings.requote_tolerance_bps, settings.hedge_slippage_bps
    if tolerance <= slippage:
        return []
    fault = f"requote_tolerance_bps {tolerance} is above hedge_slippage_bps {slippage}: an order may fill so far off "
    return [fault + "the touch that its hedge cannot; lower the first or raise the second"]


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Hedge what was filled, else rest at both touches."""
    position, now_ns = snapshot.position, snapshot.now_ns
    if position is None:
        return _hold(memory, "position unknown")
    if memory.reference is None:
        memory = msgspec.structs.replace(memory, reference=position)
    unhedged = position - (memory.reference or ZERO)
    if abs(unhedged) >= _least(snapshot, unhedged):
        return _hedge(settings, snapshot, memory, unhedged)
    if memory.unhedged_ns:
        until_ns = now_ns + int(settings.pause * NS_PER_S)
        memory = msgspec.structs.replace(memory, unhedged_ns=0, pause_until_ns=until_ns)
    if 0 < memory.pause_until_ns - now_ns <= int(settings.pause * NS_PER_S):
        return _hold(memory, "pausing after a hedge", wake_ns=memory.pause_until_ns)
    if snapshot.best_bid is None or snapshot.best_ask is None or snapshot.stale():
        return _hold(memory, "no fresh book")
    if snapshot.best_bid >= snapshot.best_ask:
        return _hold(memory, "book is crossed or locked")
    interval_ns = int(settings.interval * NS_PER_S)
    if memory.due_ns and 0 <= memory.due_ns - now_ns <= interval_ns:
        return Decision(memory.quotes, memory, None, memory.due_ns)
    quotes = _quotes(settings, snapshot, snapshot.best_bid, snapshot.best_ask, unhedged)
    memory = msgspec.structs.replace(memory, quotes=quotes, due_ns=now_ns + interval_ns)
    return Decision(quotes, memory, None, memory.due_ns)


def _hedge(settings: Settings, snapshot: Snapshot, memory: Memory, unhedged: Decimal) -> Decision[Memory]:
    """Quotes off; take back what was filled; halt where it does not come to an end."""
    now_ns, base = snapshot.now_ns, snapshot.instrument.base_asset
    since_ns = memory.unhedged_ns if 0 < memory.unhedged_ns <= now_ns else now_ns
    memory = msgspec.structs.replace(memory, unhedged_ns=since_ns, due_ns=0)
    timeout_ns = int(settings.hedge_timeout * NS_PER_S)
    told = f"{decimal_text(unhedged)} {base}"
    if now_ns - since_ns >= timeout_ns:
        text = f"{told} could not be hedged in {decimal_text(settings.hedge_timeout)} s"
        return Decision(Quotes(reason=text), memory, halt=text)
    quotes = Quotes(reason=f"hedging {told}")
    touch = snapshot.best_bid if unhedged > ZERO else snapshot.best_ask
    if touch is None:
        return Decision(quotes, memory, None, since_ns + timeout_ns)
    cap = settings.hedge_slippage_bps / BPS
    price = touch * (ONE - cap if unhedged > ZERO else ONE + cap)
    take = Take(snapshot.position - unhedged if snapshot.position is not None else ZERO, price, f"hedging {told}")
    return Decision(quotes, memory, None, since_ns + timeout_ns, take)


def _quotes(settings: Settings, snapshot: Snapshot, bid: Decimal, ask: Decimal, unhedged: Decimal) -> Quotes:
    """One order at each touch; what is left of a hedge below the minimum makes the side that grows it smaller."""
    buy, sell = _sizes(settings, snapshot, bid)
    if buy is None or sell is None:
        return Quotes(reason="balance unknown")
    bids = (Quote(bid, buy - max(unhedged, ZERO)),) if buy > ZERO else ()
    asks = (Quote(ask, sell + min(unhedged, ZERO)),) if sell > ZERO else ()
    if not bids and not asks:
        return Quotes(reason="balances are below the smallest order")
    rest = f", {decimal_text(unhedged)} left below the minimum" if unhedged else ""
    reason = f"at the touch {decimal_text(bid)} / {decimal_text(ask)}{rest}"
    return Quotes(bids, asks, reason, price_tolerance=bid * settings.requote_tolerance_bps / BPS)


def _sizes(settings: Settings, snapshot: Snapshot, price: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Sizes to buy and to sell; None while a balance that they need is unknown."""
    if settings.quantity is not None:
        return settings.quantity, settings.quantity
    instrument = snapshot.instrument
    if snapshot.quote_total is None:
        return None, None
    buy = automatic_lots(instrument, snapshot.quote_total, price, _SHARE) * instrument.lot_size
    if instrument.market_type is MarketType.PERP:
        return buy, buy
    if snapshot.base_total is None:
        return None, None
    return buy, instrument.quantity_down(snapshot.base_total / (_SHARE * 4))


def _least(snapshot: Snapshot, unhedged: Decimal) -> Decimal:
    """The smallest hedge that the venue takes; less is carried along."""
    instrument = snapshot.instrument
    least = least_lots(instrument) * instrument.lot_size
    touch = snapshot.best_bid if unhedged > ZERO else snapshot.best_ask
    if touch and instrument.min_notional:
        return max(least, instrument.min_notional / (touch * instrument.multiplier))
    return least


def _hold(memory: Memory, reason: str, wake_ns: int = 0) -> Decision[Memory]:
    if memory.due_ns:
        memory = msgspec.structs.replace(memory, due_ns=0)
    return Decision(Quotes(reason=reason), memory, None, wake_ns)
