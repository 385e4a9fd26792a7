"""The picture a strategy decides on, made once per step: exact where money is meant, floats for signals."""

from decimal import Decimal

from mmtui.core.state import State
from mmtui.model.instrument import Instrument
from mmtui.model.quotes import Snapshot
from mmtui.model.units import ZERO

_HALF = Decimal("0.5")


def exact_price(instrument: Instrument, price: float) -> Decimal:
    """A book price as the exact multiple of the tick nearest to it, never by way of the float's text."""
    tick = instrument.tick_size
    return round(price / float(tick)) * tick


def refresh_touch(state: State) -> None:
    """Make the exact best prices and mid from the book; None without a usable one."""
    book = state.book
    state.targets = None
    if not book.usable or not state.public_up:
        state.best_bid = state.best_ask = state.mid = None
        return
    assert book.best_bid is not None and book.best_ask is not None  # noqa: S101, PT018 - usable says so, for mypy
    state.best_bid = exact_price(state.instrument, book.best_bid)
    state.best_ask = exact_price(state.instrument, book.best_ask)
    state.mid = (state.best_bid + state.best_ask) * _HALF


def known_realized(state: State) -> Decimal:
    """What has been realised since the first run of the strategy, with fees and funding."""
    before = ZERO if state.carried is None else state.carried.net_realized
    return before + state.pnl.known_realized


def make_snapshot(state: State, *, busy: bool = False, open_orders: int = 0) -> Snapshot:
    """The strategy's view of the state now; ``busy`` and ``open_orders`` are told by the step over several legs."""
    position = state.position
    reference = state.reference
    instrument = state.instrument
    unrealized = None
    average = None
    if position is not None and reference is not None:
        held = state.pnl.position if state.pnl.lineage is None else state.pnl.lineage
        if held.quantity:
            unrealized = held.unrealized(reference, instrument.multiplier)
            average = held.average_entry(instrument.multiplier)
        else:
            unrealized = ZERO
    depth = state.policy.snapshot_depth
    return Snapshot(
        now_ns=state.now_ns,
        instrument=instrument,
        best_bid=state.best_bid,
        best_ask=state.best_ask,
        mid=state.mid,
        mark=state.mark,
        book_time_ns=state.book.time_ns,
        position=position,
        average_entry=average,
        unrealized_pnl=unrealized,
        base_total=state.base_total,
        quote_total=state.quote_total,
        fills=state.orders.counters.fills,
        stale_after_ns=state.limits.stale_after_ns,
        bids=state.book.top_bids(depth),
        asks=state.book.top_asks(depth),
        net_realized=state.pnl.net_realized if state.carried is None else known_realized(state),
        base_free=state.base_free,
        quote_free=state.quote_free,
        balances_ns=state.holdings.asked_ns or 0,
        busy=busy,
        open_orders=open_orders,
    )
