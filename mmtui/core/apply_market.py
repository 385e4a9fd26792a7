"""What market data changes: the book, the touch, the mark. Handlers return True when a decision may be due."""

from mmtui.core.snapshot import refresh_touch
from mmtui.core.state import State
from mmtui.model.events import (
    BestPrices,
    BookDelta,
    BookSnapshot,
    MarkPrice,
    PublicTrade,
    StreamDown,
    StreamUp,
    Unrecognised,
)
from mmtui.model.notes import NoteLevel


def on_snapshot(state: State, event: BookSnapshot) -> bool:
    """A whole book."""
    state.markouts.on_book_alive(event.time_ns)
    if state.book.apply_snapshot(event):
        return _touch_changed(state)
    return state.book_stale


def on_delta(state: State, event: BookDelta) -> bool:
    """Changed levels; a gap makes the book unusable until the next snapshot."""
    gaps = state.book.gaps
    changed = state.book.apply_delta(event)
    if state.book.gaps != gaps:
        state.note(NoteLevel.WARNING, "book_gap", "a book message is missing; waiting for a snapshot")
    else:
        state.markouts.on_book_alive(event.time_ns)
    if changed:
        return _touch_changed(state)
    return state.book_stale


def on_best_prices(state: State, event: BestPrices) -> bool:
    """Best prices of their own make the book where there is no depth stream.

    Beside one they say nothing, for they do not prove that the depth is current. A side without orders comes as price
    0.
    """
    book = state.book
    if book.sequence is not None or not book.as_snapshot or len(book.snapshot_bids) > 1 or len(book.snapshot_asks) > 1:
        return False
    bids = [(event.bid, event.bid_size)] if event.bid > 0 else []
    asks = [(event.ask, event.ask_size)] if event.ask > 0 else []
    return on_snapshot(state, BookSnapshot(event.instrument, event.time_ns, bids, asks))


def on_trade(_state: State, _event: PublicTrade) -> bool:
    """Trades of the market do not decide anything by themselves."""
    return False


def on_mark(state: State, event: MarkPrice) -> bool:
    """Mark, index and funding rate; stops are judged at the mark."""
    changed = event.mark != state.mark
    if state.mark is None and state.start_position is None:
        state.ask_position.not_before_ns = 0
        state.watch_due_ns = 0
    state.mark = event.mark
    state.index = event.index
    state.funding_rate = event.funding_rate
    return changed


def on_stream_up(state: State, event: StreamUp) -> bool:
    """A stream delivers again. After a private stream's return everything about the account is asked for again."""
    if event.stream == "public":
        state.public_up = True
        return _touch_changed(state)
    if not state.private_up:
        state.private_up = True
        state.catching_up = True
        state.watch_due_ns = 0
        state.list_fills_since_ns = state.private_down_ns
        for inquiry in (state.ask_orders, state.ask_position, state.ask_balances, state.ask_fills):
            inquiry.forget(state.now_ns)
        state.note(NoteLevel.INFO, "private_stream_up", "the account stream is back; asking what happened meanwhile")
    return True


def on_stream_down(state: State, event: StreamDown) -> bool:
    """A stream is lost: what it fed is stale."""
    if event.stream == "public":
        # Up to the loss the last mid was the market's; after it there is none.
        state.markouts.settle(max(event.time_ns, state.book.time_ns))
        state.book.invalidate()
        state.public_up = False
        state.note(NoteLevel.WARNING, "market_data_lost", f"market data lost: {event.reason}")
        return _touch_changed(state)
    if state.private_up:
        state.private_up = False
        if not state.catching_up:  # else what happened since the loss before this one is still to be learnt
            state.private_down_ns = event.time_ns
        state.note(NoteLevel.WARNING, "private_stream_lost", f"account stream lost: {event.reason}")
    return True


def on_unrecognised(state: State, event: Unrecognised) -> bool:
    """A message that no decoder knew is counted; the first ones are told."""
    state.unrecognised += 1
    if state.unrecognised <= 3:  # noqa: PLR2004 - enough to see what it is, few enough not to flood
        state.note(NoteLevel.WARNING, "unrecognised_message", f"unrecognised message from {event.source}")
    return False


def _touch_changed(state: State) -> bool:
    had_mid = state.mid is not None
    refresh_touch(state)
    mid = state.mid
    if not had_mid and state.start_position is None:
        state.ask_position.not_before_ns = 0  # what could not be valued without a price can be asked for now
        state.watch_due_ns = 0
    state.markouts.on_mid(state.book.time_ns, None if mid is None else float(mid))
    return True
