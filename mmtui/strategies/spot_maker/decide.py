"""Quote both sides of a spot market in a ladder; trade back to the target share when the account has drifted.

The order of checks is docs/strategies/spot_maker.md. A rebalance begins with all orders off, so that the funds it needs
are free, ends when the holding is where it should be or its time is over, and is judged only on balances that are newer
than the last fill.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from mmtui.core.ladder import ask_ticks, automatic_lots, bid_ticks, least_lots, rungs, share_room
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Decision, Quotes, Snapshot, Take
from mmtui.model.units import NS_PER_S, ZERO, Side, decimal_text
from mmtui.strategies.spot_maker.rebalance import Account, affordable, move_back, price_cap
from mmtui.strategies.spot_maker.settings import Settings

TITLE = "Spot market maker"

_HALF_PERCENT = Decimal("0.005")
_ONE_BPS = Decimal("0.0001")
_TOLERANCE_SHARE = Decimal("0.25")
_SIZE_STEP = 10
_LARGEST_SHARE_DIVISOR = 20
_ORDERS_SHARE_DIVISOR = 4
DAY_NS = 86_400 * NS_PER_S
BALANCES_EVERY_NS = 5 * NS_PER_S
REBALANCE_PATIENCE_NS = 30 * NS_PER_S
"""A rebalance that has not arrived by then is given up until the cool-down is over."""


class Memory(Struct, frozen=True, gc=False):
    """What the next decision needs to know of the last ones.

    ``target`` is the holding that a rebalance under way aims at (None: none is), ``target_side`` which way it trades.
    ``moved_ns`` is when the holding last changed: balances asked for before then do not show it. ``spent`` are the
    costs of the rebalances of ``spent_day``. ``lots`` are the last automatic sizes of buys and sells.
    """

    quotes: Quotes = Quotes()
    live: bool = False
    priced_ns: int = 0
    due_ns: int = 0
    position: Decimal | None = None
    moved_ns: int = 0
    lots: tuple[int, int] = (0, 0)
    target: Decimal | None = None
    target_side: Side = Side.BUY
    begun_ns: int = 0
    cool_until_ns: int = 0
    spent: Decimal = ZERO
    spent_day: int = 0
    settings: Settings | None = None


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say which orders should rest now, or what to trade back; called on every change of the best prices."""
    every_ns = min(BALANCES_EVERY_NS, int(settings.interval * NS_PER_S) or 1)
    return msgspec.structs.replace(_decided(settings, snapshot, memory), balances_every_ns=every_ns)


def _decided(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    bid, ask, mid, position = snapshot.best_bid, snapshot.best_ask, snapshot.mid, snapshot.position
    unusable = _unusable(snapshot)
    if unusable or bid is None or ask is None or mid is None or position is None or snapshot.quote_total is None:
        return _hold(memory, unusable)
    if position != memory.position:
        memory = msgspec.structs.replace(memory, position=position, moved_ns=snapshot.now_ns, due_ns=0)
    account = Account(position, snapshot.quote_total, bid, ask, mid)
    if memory.target is not None:
        return _rebalancing(settings, snapshot, account, memory)
    if settings.rebalance:
        begun = _begin(settings, snapshot, account, memory)
        if begun is not None:
            return _rebalancing(settings, snapshot, account, begun)
    if memory.live and memory.priced_ns <= snapshot.now_ns < memory.due_ns and memory.settings == settings:
        return Decision(memory.quotes, memory, None, memory.due_ns)
    return _reprice(settings, snapshot.instrument, account, memory, snapshot.now_ns)


def _unusable(snapshot: Snapshot) -> str:
    """What is missing for a decision, in words; empty for nothing."""
    bid, ask = snapshot.best_bid, snapshot.best_ask
    if snapshot.instrument.market_type is not MarketType.SPOT:
        return "spot_maker needs a spot market; for perpetuals there is perp_maker"
    if bid is None or ask is None or not snapshot.mid or snapshot.stale():
        return "no fresh book"
    if bid > ask:
        return "book is crossed"
    if snapshot.position is None:
        return "holding unknown"
    return "quote balance unknown" if snapshot.quote_total is None else ""


def _hold(memory: Memory, reason: str) -> Decision[Memory]:
    """Have no orders; what was quoted is void."""
    return Decision(Quotes(reason=reason), msgspec.structs.replace(memory, live=False) if memory.live else memory)


# ---------------------------------------------------------------------------------------------------- rebalance


def _begin(settings: Settings, snapshot: Snapshot, account: Account, memory: Memory) -> Memory | None:
    """Begin a rebalance where one is due; None where none is, or where it must wait."""
    now_ns = snapshot.now_ns
    if now_ns < memory.cool_until_ns or snapshot.balances_ns <= memory.moved_ns:
        return None
    move = move_back(settings, snapshot.instrument, account)
    if move is None:
        return None
    day = now_ns // DAY_NS
    spent = memory.spent if day == memory.spent_day else ZERO
    if not affordable(settings, spent, move):
        return None
    signed = move.quantity if move.side is Side.BUY else -move.quantity
    return msgspec.structs.replace(
        memory,
        live=False,
        target=account.base + signed,
        target_side=move.side,
        begun_ns=now_ns,
        spent=spent + max(move.cost, ZERO),
        spent_day=day,
    )


def _rebalancing(settings: Settings, snapshot: Snapshot, account: Account, memory: Memory) -> Decision[Memory]:
    """Orders off, then IOCs with a price cap until the holding is there; too long, and it is given up for now."""
    assert memory.target is not None  # noqa: S101 - the callers have looked
    instrument, now_ns = snapshot.instrument, snapshot.now_ns
    left = memory.target - account.base if memory.target_side is Side.BUY else account.base - memory.target
    late = now_ns - memory.begun_ns >= REBALANCE_PATIENCE_NS
    if late or left // instrument.lot_size < least_lots(instrument):
        over = msgspec.structs.replace(
            memory, target=None, cool_until_ns=now_ns + int(settings.rebalance_cool_down * NS_PER_S)
        )
        return _reprice(settings, instrument, account, over, now_ns)
    reason = f"rebalancing: the holding goes to {decimal_text(memory.target)}"
    take = Take(memory.target, price_cap(settings, account, memory.target_side), reason, alone=True)
    return Decision(Quotes(reason=reason), memory, None, memory.begun_ns + REBALANCE_PATIENCE_NS, take)


# ---------------------------------------------------------------------------------------------------- the ladder


def _reprice(
    settings: Settings, instrument: Instrument, account: Account, memory: Memory, now_ns: int
) -> Decision[Memory]:
    buys, sells = _lots_each(settings, instrument, account, memory)
    quotes = _quotes(settings, instrument, account, buys, sells)
    priced = msgspec.structs.replace(
        memory,
        quotes=quotes,
        live=True,
        priced_ns=now_ns,
        due_ns=now_ns + (int(settings.interval * NS_PER_S) or 1),
        lots=(buys, sells) if settings.quantity is None else (0, 0),
        settings=settings,
    )
    return Decision(quotes, priced, None, priced.due_ns)


def _lots_each(settings: Settings, instrument: Instrument, account: Account, memory: Memory) -> tuple[int, int]:
    """Sizes of one buy and one sell in lots, at least the venue's minimum.

    alloc = min(5 %, 1/(4 x orders per side)) of the quote balance for buys and of the holding for sells; an automatic
    size is kept until it has moved by more than a tenth.
    """
    least = least_lots(instrument)
    if settings.quantity is not None:
        lots = max(least, int(settings.quantity // instrument.lot_size))
        return lots, lots
    divisor = max(_LARGEST_SHARE_DIVISOR, _ORDERS_SHARE_DIVISOR * settings.max_orders)
    buys = automatic_lots(instrument, account.quote, account.mid, settings.max_orders)
    sells = int(account.base // (instrument.lot_size * divisor))
    kept = [
        old if abs(new - old) * _SIZE_STEP <= old else new for new, old in zip((buys, sells), memory.lots, strict=True)
    ]
    return max(least, kept[0]), max(least, kept[1])


def _quotes(settings: Settings, instrument: Instrument, account: Account, buys: int, sells: int) -> Quotes:
    """Both sides of the ladder, as far as the balances reach."""
    levels, tick, least = settings.max_orders, instrument.tick_size, least_lots(instrument)
    half = account.mid * settings.spread_pct * _HALF_PERCENT
    whole, rest = divmod(account.ask, tick)
    highest = int(whole) if rest else int(whole) - 1
    at_bid = bid_ticks(settings.ladder, levels, account.mid - half, half, tick, highest)
    at_ask = ask_ticks(settings.ladder, levels, account.mid + half, half, tick, int(account.bid // tick) + 1)
    first = at_bid[0] * tick if at_bid else account.bid
    bid_room = int(account.quote // instrument.notional(first, instrument.lot_size))
    ask_room = int(account.base // instrument.lot_size)
    bids = rungs(instrument, at_bid, share_room(levels, buys, bid_room, least))
    asks = rungs(instrument, at_ask, share_room(levels, sells, ask_room, least))
    notes = [f"quoting {len(bids)}x{len(asks)} around {decimal_text(account.mid)}"]
    if len(bids) < levels or len(asks) < levels:
        notes.append("the balances reach for no more")
    tolerance = min(account.mid * settings.requote_tolerance_bps * _ONE_BPS, half * _TOLERANCE_SHARE)
    return Quotes(bids, asks, "; ".join(notes), price_tolerance=tolerance)
