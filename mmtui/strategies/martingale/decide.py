"""Average into a falling market (long) or a rising one (short) in layers, and leave with the whole position at once.

The order of checks is docs/strategies/martingale.md. A cycle begins with an entry and the prices of all layers; which
layers have filled is read off the position, so nothing is counted twice, and a restart goes on where the last run
ended. Every exit is judged on every change of the best prices. Leaving means: layers cancelled first, then a
reduce-only close, then proof that it is flat.
"""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from mmtui.core.ladder import least_lots
from mmtui.model.instrument import Instrument, MarketType
from mmtui.model.quotes import Close, Decision, Quote, Quotes, Snapshot, Take
from mmtui.model.units import BPS, NS_PER_S, ONE, ZERO, decimal_text
from mmtui.strategies.martingale.plan import (
    PCT,
    SAMPLES,
    Layer,
    capital_share,
    layers_from,
    sign_of,
    stop_pct,
    worst_loss,
)
from mmtui.strategies.martingale.settings import Settings

TITLE = "Martingale"
SAMPLE_EVERY_NS = 3_600 * NS_PER_S


Phase = Literal["idle", "entry", "ladder", "closing", "cooling", "ended"]


class Memory(Struct, frozen=True, gc=False):
    """Where the cycle is. ``base`` is what was held before it, at ``base_entry`` on average; ``best`` the best price.

    ``exit`` names why it is leaving ("" for not), ``net_start`` the run's realised profit when it began, ``earned``
    that of the cycles before. ``samples`` are hourly prices, the newest last.
    """

    phase: Phase = "idle"
    layers: tuple[Layer, ...] = ()
    base: Decimal = ZERO
    base_entry: Decimal | None = None
    began_ns: int = 0
    best: Decimal | None = None
    exit: str = ""
    net_start: Decimal = ZERO
    earned: Decimal = ZERO
    cycles_done: int = 0
    cool_until_ns: int = 0
    samples: tuple[Decimal, ...] = ()
    sampled_ns: int = 0
    settings: Settings | None = None


class Picture(Struct, frozen=True, gc=False):
    """The part of a snapshot that decisions are made of, every value known. ``mark`` is mid where there is none."""

    instrument: Instrument
    now_ns: int
    bid: Decimal
    ask: Decimal
    mark: Decimal
    position: Decimal
    average: Decimal | None
    net_realized: Decimal


def decide(settings: Settings, snapshot: Snapshot, memory: Memory) -> Decision[Memory]:
    """Say which layers should rest, or what to take or close; called on every change of the best prices."""
    bid, ask, mid, position = snapshot.best_bid, snapshot.best_ask, snapshot.mid, snapshot.position
    if settings.direction == "short" and snapshot.instrument.market_type is not MarketType.PERP:
        return Decision(Quotes(reason='direction "short" needs a perpetual market'), memory)
    if bid is None or ask is None or not mid or bid > ask or snapshot.stale():
        return Decision(Quotes(reason="no fresh book"), memory)
    if position is None:
        return Decision(Quotes(reason="position unknown"), memory)
    picture = Picture(
        snapshot.instrument, snapshot.now_ns, bid, ask, snapshot.mark or mid, position, snapshot.average_entry,
        snapshot.net_realized,
    )  # fmt: skip
    memory = _sampled(memory, picture)
    if memory.phase == "ended":
        return _done(memory)
    if memory.phase in ("idle", "cooling"):
        if picture.now_ns < memory.cool_until_ns:
            reason = f"cooling down after {memory.exit}"
            return Decision(Quotes(reason=reason), memory, None, memory.cool_until_ns)
        return _begin(settings, picture, memory)
    if memory.phase == "closing":
        return _closing(settings, picture, memory)
    return _running(settings, picture, memory)


def _sampled(memory: Memory, picture: Picture) -> Memory:
    """Keep a price an hour."""
    if memory.sampled_ns and picture.now_ns - memory.sampled_ns < SAMPLE_EVERY_NS:
        return memory
    samples = (*memory.samples, picture.mark)[-SAMPLES:]
    return msgspec.structs.replace(memory, samples=samples, sampled_ns=picture.now_ns)


def _begin(settings: Settings, picture: Picture, memory: Memory) -> Decision[Memory]:
    """Price all layers of a new cycle, or say why there can be none."""
    instrument, sign = picture.instrument, sign_of(settings)
    capital = settings.total_capital + (memory.earned if settings.compound else ZERO)
    touch = picture.ask if sign > 0 else picture.bid
    entry = touch
    if settings.entry_type == "offset":
        entry = picture.mark * (ONE - sign * settings.price_step_pct * PCT)
    elif settings.entry_type == "manual" and settings.entry_price is not None:
        entry = settings.entry_price
    if capital <= 0:
        return Decision(Quotes(reason="the capital is lost"), memory)
    layers = layers_from(settings, instrument, entry, capital, capital_share(settings, memory.samples))
    fault = _too_small(instrument, layers)
    if fault:
        return Decision(Quotes(reason=fault), memory)
    begun = msgspec.structs.replace(
        memory,
        phase="entry" if settings.entry_type == "market" else "ladder",
        layers=layers,
        base=picture.position,
        base_entry=picture.average,
        began_ns=picture.now_ns,
        best=None,
        exit="",
        net_start=picture.net_realized,
        settings=settings,
    )
    return _running(settings, picture, begun)


def _too_small(instrument: Instrument, layers: tuple[Layer, ...]) -> str:
    """Why a layer is no order for this venue; empty if all are."""
    least = least_lots(instrument) * instrument.lot_size
    for number, layer in enumerate(layers, 1):
        if layer.quantity < least:
            return (
                f"total_capital is too small: layer {number} would be {decimal_text(layer.quantity)}, the minimum is "
                f"{decimal_text(least)}"
            )
        if instrument.notional(layer.price, layer.quantity) < instrument.min_notional:
            return (
                f"total_capital is too small: layer {number} would be worth less than the minimum notional "
                f"{decimal_text(instrument.min_notional)}"
            )
    return ""


def _running(settings: Settings, picture: Picture, memory: Memory) -> Decision[Memory]:
    """A cycle under way: exits first, then the entry, then the layers that are still to fill."""
    sign = sign_of(settings)
    held = (picture.position - memory.base) * sign
    average = _average(picture, memory)
    if held > 0 and average is not None:
        memory = _followed(settings, picture, memory, average)
    due = _exit_due(settings, picture, memory, held, average)
    if due:
        return _closing(settings, picture, msgspec.structs.replace(memory, phase="closing", exit=due))
    if memory.phase == "entry":
        first = memory.layers[0].quantity
        if held < first:
            return _enter(settings, picture, memory, first)
        memory = _entered(settings, picture, memory, average)
    quotes = _resting(settings, picture, memory, held)
    wake_ns = memory.began_ns + int(settings.runtime * NS_PER_S) if settings.runtime is not None else 0
    return Decision(quotes, memory, None, wake_ns)


def _average(picture: Picture, memory: Memory) -> Decimal | None:
    """Average cost of what this cycle holds, freed from what was held before; None while it holds nothing.

    Between its begin and its close a cycle only adds, so costs add up exactly: p * a = base * base_entry + own cost.
    """
    own = picture.position - memory.base
    if not own or picture.average is None:
        return None
    before = memory.base * (memory.base_entry if memory.base_entry is not None else ZERO)
    return (picture.position * picture.average - before) / own


def _followed(settings: Settings, picture: Picture, memory: Memory, average: Decimal) -> Memory:
    """Keep the best price seen since the trailing stop became active."""
    if settings.trailing_activation_pct is None:
        return memory
    sign = sign_of(settings)
    price = _exit_price(settings, picture)
    gain = (price - average) / average * sign
    if memory.best is None and gain < settings.trailing_activation_pct * PCT:
        return memory
    if memory.best is None or (price - memory.best) * sign > 0:
        return msgspec.structs.replace(memory, best=price)
    return memory


def _exit_price(settings: Settings, picture: Picture) -> Decimal:
    """What the position could be closed at: the bid for a long, the ask for a short."""
    return picture.bid if settings.direction == "long" else picture.ask


def _exit_due(settings: Settings, picture: Picture, memory: Memory, held: Decimal, average: Decimal | None) -> str:
    """Why all must be closed now; empty for nothing. Profits are judged at the touch, losses at the mark."""
    if settings.runtime is not None and picture.now_ns - memory.began_ns >= int(settings.runtime * NS_PER_S):
        return "runtime"
    if held <= 0 or average is None:
        return ""
    sign = sign_of(settings)
    gain = (_exit_price(settings, picture) - average) / average * sign
    if gain >= settings.take_profit_pct * PCT:
        return "take profit"
    loss = (average - picture.mark) / average * sign
    filled = _filled_layers(memory, held)
    width = stop_pct(settings, filled)
    if width is not None and loss >= width * PCT:
        return "stop loss" if width == settings.stop_loss_pct else "dynamic stop"
    if memory.best is not None and settings.trailing_distance_pct is not None:
        retreat = (memory.best - _exit_price(settings, picture)) / memory.best * sign
        if retreat >= settings.trailing_distance_pct * PCT:
            return "trailing stop"
    if settings.max_cycle_loss is not None:
        result = picture.net_realized - memory.net_start - loss * average * held * picture.instrument.multiplier
        if result <= -settings.max_cycle_loss:
            return "largest loss"
    return ""


def _filled_layers(memory: Memory, held: Decimal) -> int:
    """How many layers have filled at least in part."""
    count, reached = 0, ZERO
    for layer in memory.layers:
        if held <= reached:
            break
        count += 1
        reached += layer.quantity
    return max(count, 1)


def _enter(settings: Settings, picture: Picture, memory: Memory, first: Decimal) -> Decision[Memory]:
    """The first layer at market, within the slippage that is allowed."""
    sign = sign_of(settings)
    touch = picture.ask if sign > 0 else picture.bid
    cap = touch * (ONE + sign * settings.slippage_bps / BPS)
    reason = "entering at market"
    return Decision(Quotes(reason=reason), memory, None, 0, Take(memory.base + sign * first, cap, reason))


def _entered(settings: Settings, picture: Picture, memory: Memory, average: Decimal | None) -> Memory:
    """The entry has filled: the other layers follow from what it really cost."""
    first, capital = memory.layers[0], settings.total_capital + (memory.earned if settings.compound else ZERO)
    layers = memory.layers
    if average is not None:
        share = capital_share(settings, memory.samples)
        layers = (first, *layers_from(settings, picture.instrument, average, capital, share)[1:])
    return msgspec.structs.replace(memory, phase="ladder", layers=layers)


def _resting(settings: Settings, picture: Picture, memory: Memory, held: Decimal) -> Quotes:
    """What is left of each layer; those that have filled are behind the position."""
    quotes, reached = [], ZERO
    least = least_lots(picture.instrument) * picture.instrument.lot_size
    for layer in memory.layers:
        left = min(max(reached + layer.quantity - held, ZERO), layer.quantity)
        reached += layer.quantity
        if left >= least:
            quotes.append(Quote(layer.price, left))
    loss = worst_loss(settings, picture.instrument, memory.layers)
    shown = "no stop" if loss is None else f"worst loss {decimal_text(loss.quantize(Decimal('0.01')))}"
    reason = f"{len(memory.layers) - len(quotes)} of {len(memory.layers)} layers filled, {shown}"
    side = tuple(quotes)
    return Quotes(bids=side, reason=reason) if settings.direction == "long" else Quotes(asks=side, reason=reason)


def _closing(settings: Settings, picture: Picture, memory: Memory) -> Decision[Memory]:
    """Bring the position back to what was held before the cycle; then rest, or end.

    A close only ever makes a position smaller: where less is held than before the cycle, because somebody else has
    traded, there is nothing of ours left to close.
    """
    instrument = picture.instrument
    back = memory.base - picture.position
    if back * picture.position < 0 and abs(back) // instrument.lot_size >= least_lots(instrument):
        reason = f"{memory.exit}: closing the cycle"
        return Decision(Quotes(reason=reason), memory, Close(memory.base, reason, settings.slippage_bps))
    done = memory.cycles_done + 1
    finished = settings.cycles is not None and done >= settings.cycles
    over = msgspec.structs.replace(
        memory,
        phase="ended" if finished else "cooling",
        layers=(),
        best=None,
        earned=memory.earned + picture.net_realized - memory.net_start,
        cycles_done=done,
        cool_until_ns=picture.now_ns + int(settings.cool_down * NS_PER_S),
    )
    if finished:
        return _done(over)
    return Decision(Quotes(reason=f"cooling down after {over.exit}"), over, None, over.cool_until_ns)


def _done(memory: Memory) -> Decision[Memory]:
    """All cycles have been run: the run ends."""
    reason = f"finished after {memory.cycles_done} cycle(s), the last by {memory.exit}"
    return Decision(Quotes(reason=reason), memory, finished=reason)
