"""One order on each side at a fixed distance from the mark price; only the one that left its band is hung anew.

The order of checks is docs/strategies/bps_maker.md. A missing order is wanted again at once, a position is closed at
once with both orders off, and whatever is unknown means no order, or the widest mode for a balance that is too old.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Quotes, Snapshot
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, Side, decimal_text
from mmtui.strategies.bps_maker.modes import (
    RISK_BANDS,
    Band,
    Mode,
    Risk,
    band_of,
    next_mode,
    next_risk,
    raw_score,
    smoothed,
)
from mmtui.strategies.bps_maker.settings import Settings

TITLE = "Band maker (bps)"
DEPTH = 10
"""Levels of the book that the risk score looks at."""

DEFAULTS = {"on_start_orders": "cancel_mine", "on_stop_position": "flatten"}


class Memory(Struct, frozen=True, gc=False):
    """What hangs where, and in which mode. ``score`` is the smoothed risk score, ``looked_ns`` the last look."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    mode: Mode | None = None
    risk: Risk = "medium"
    score: float | None = None
    looked_ns: int = 0
    settings: Settings | None = None


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say what should hang now, or that the position must be closed; called on every change of the best prices."""
    every_ns = 0 if settings.risk_score else int(settings.balance_check_s * NS_PER_S)
    decision = _decided(settings, snapshot, memory)
    if decision.balances_every_ns == every_ns:
        return decision
    return msgspec.structs.replace(decision, balances_every_ns=every_ns)


def _decided(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    position, instrument = snapshot.position, snapshot.instrument
    price = snapshot.mid if snapshot.mark is None else snapshot.mark
    if instrument.market_type is not MarketType.PERP:
        return _none(memory, "bps_maker needs a perpetual market: it closes every position at once")
    if price is None or not price or snapshot.mid is None or snapshot.stale():
        return _none(memory, "no fresh book")
    if position is None:
        return _none(memory, "position unknown")
    if abs(position) // instrument.lot_size >= least_lots(instrument):
        reason = "closing the position at once"
        none = _none(memory, reason)
        return msgspec.structs.replace(none, close=Close(ZERO, reason, settings.close_slippage_bps))
    if _too_soon(settings, snapshot, memory):
        return _hanging(settings, instrument, memory, _band(settings, memory), snapshot.now_ns)
    memory = _with_mode(settings, snapshot, memory)
    if memory.mode is None:
        return _none(memory, "balance unknown")
    return _hang(settings, snapshot, price, memory)


def _none(memory: Memory, reason: str) -> Decision[Memory]:
    """Nothing hangs; the next orders are priced afresh."""
    if memory.bid is not None or memory.ask is not None:
        memory = msgspec.structs.replace(memory, bid=None, ask=None)
    return Decision(Quotes(reason=reason), memory)


def _too_soon(settings: Settings, snapshot: Snapshot, memory: Memory) -> bool:
    """Whether the interval is not over and nothing has happened that cannot wait."""
    return (
        memory.bid is not None
        and memory.ask is not None
        and memory.settings == settings
        and 0 <= snapshot.now_ns - memory.looked_ns < int(settings.interval * NS_PER_S)
    )


def _with_mode(settings: Settings, snapshot: Snapshot, memory: Memory) -> Memory:
    """Choose the mode from what is known now; a balance too old counts as the worst."""
    if settings.risk_score:
        score = smoothed(raw_score(snapshot.bids, snapshot.asks, float(settings.risk_asset_factor)), memory.score)
        return msgspec.structs.replace(memory, score=score, risk=next_risk(score, memory.risk), mode="normal")
    balance = snapshot.account_equity
    age_ns = snapshot.now_ns - snapshot.balances_ns
    if snapshot.quote_total is None or age_ns > int(settings.balance_max_age_s * NS_PER_S):
        mode: Mode | None = "degraded_2" if memory.mode is not None else None
    elif balance is None:
        mode = memory.mode
    else:
        mode = next_mode(settings, balance, memory.mode)
    return memory if mode == memory.mode else msgspec.structs.replace(memory, mode=mode, bid=None, ask=None)


def _band(settings: Settings, memory: Memory) -> Band:
    if settings.risk_score:
        return RISK_BANDS[memory.risk]
    return band_of(settings, memory.mode or "degraded_2")


def _hang(settings: Settings, snapshot: Snapshot, price: Decimal, memory: Memory) -> Decision[Memory]:
    """Keep what is in its band, hang anew what is not, or what has filled."""
    band = _band(settings, memory)
    instrument = snapshot.instrument
    changed = memory.settings != settings
    bid = None if changed else _kept(memory.bid, price, band, Side.BUY)
    ask = None if changed else _kept(memory.ask, price, band, Side.SELL)
    away = band.target / BPS
    if bid is None:
        bid = instrument.price_down(price * (ONE - away))
    if ask is None:
        ask = instrument.price_up(price * (ONE + away))
    memory = msgspec.structs.replace(memory, bid=bid, ask=ask, looked_ns=snapshot.now_ns, settings=settings)
    return _hanging(settings, instrument, memory, band, snapshot.now_ns)


def _kept(hung: Decimal | None, price: Decimal, band: Band, side: Side) -> Decimal | None:
    """The price an order hangs at, None where there is none in its band; both ends of the band belong to it."""
    if hung is None:
        return None
    beyond = price - hung if side is Side.BUY else hung - price
    away_bps = beyond / price * BPS
    return hung if band.nearest <= away_bps <= band.farthest else None


def _hanging(settings: Settings, instrument: Instrument, memory: Memory, band: Band, now_ns: int) -> Decision[Memory]:
    quantity = instrument.quantity_down(settings.quantity)
    least = least_lots(instrument) * instrument.lot_size
    if quantity < least:
        return _none(memory, f"quantity {decimal_text(settings.quantity)} is below the minimum {decimal_text(least)}")
    assert memory.bid is not None and memory.ask is not None  # noqa: S101, PT018 - hung just now, for mypy
    what = f"risk {memory.risk}" if settings.risk_score else memory.mode
    quotes = Quotes(
        (Quote(memory.bid, quantity),),
        (Quote(memory.ask, quantity),),
        f"{what}: {decimal_text(band.target)} bps from mark",
    )
    interval_ns = int(settings.interval * NS_PER_S)
    return Decision(quotes, memory, None, memory.looked_ns + interval_ns if interval_ns else 0)
