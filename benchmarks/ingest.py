"""Raw frames -> updated book with the best prices known: the floor, ours, and peers in the same run."""

import gc
from bisect import bisect_left, insort
from contextlib import ExitStack
from pathlib import Path
from time import process_time, time_ns

import msgspec
from msgspec import Struct

from benchmarks.environments import PeerProcess, PeerSkippedError, python_of
from benchmarks.feed import SYMBOL
from benchmarks.frames import opening_book
from benchmarks.recording import DepthFrames
from benchmarks.rounds import Design, Spread, ratio, take_turns
from benchmarks.tables import Cell, Table
from mmtui.core.book import Book
from mmtui.exchanges.backpack.decode import MarketDecoder
from mmtui.exchanges.backpack.encode import instrument_id
from mmtui.exchanges.shared.redact import Redactor
from mmtui.model.events import BookDelta, Level

FLOOR, OURS = (
    "floor: typed decode, bisect list + dict inline",
    "mmtui: Backpack's decoder -> BookDelta -> Book, sequence checked",
)
PEERS = {
    "ccxt.pro 4.5.64: client -> handle_message -> watched book": ("ccxt", "ccxt_ingest"),
    "nautilus_trader 1.221.0: as its Binance adapter": ("nautilus", "nautilus_ingest"),
}
US_PER_S = 1e6


class _Rows(Struct, frozen=True, gc=False):
    a: list[Level]
    b: list[Level]


class _Diff(Struct, frozen=True, gc=False):
    data: _Rows


class Floor:
    """As little as Python can do: two lists and two dicts in one loop, nothing checked."""

    def __init__(self, recording: DepthFrames) -> None:
        self._frames = recording.frames
        self._decode = msgspec.json.Decoder(_Diff, strict=False).decode
        opening = self._decode(recording.opening).data
        self._sizes = (dict(opening.b), dict(opening.a))
        self._prices = (sorted(self._sizes[0]), sorted(self._sizes[1]))
        self.best = (self._prices[0][-1], self._prices[1][0])

    def run(self, begin: int, end: int) -> float:
        """CPU seconds for the frames from ``begin`` to before ``end``."""
        decode_diff, frames = self._decode, self._frames[begin:end]
        bids, asks = self._sizes
        bid_prices, ask_prices = self._prices
        best = self.best
        started = process_time()
        for frame in frames:
            data = decode_diff(frame).data
            for price, size in data.b:
                if size:
                    if price not in bids:
                        insort(bid_prices, price)
                    bids[price] = size
                elif bids.pop(price, None) is not None:
                    del bid_prices[bisect_left(bid_prices, price)]
            for price, size in data.a:
                if size:
                    if price not in asks:
                        insort(ask_prices, price)
                    asks[price] = size
                elif asks.pop(price, None) is not None:
                    del ask_prices[bisect_left(ask_prices, price)]
            best = (bid_prices[-1], ask_prices[0])
        seconds = process_time() - started
        self.best = best
        return seconds


class Ours:
    """The engine's own path up to the book by Backpack's real decoder, with a stamp of receipt on every frame."""

    def __init__(self, recording: DepthFrames) -> None:
        self._frames = recording.frames
        self.book = Book()
        self.book.apply_snapshot(opening_book(recording.opening, instrument_id(SYMBOL), 0))
        self._decode = MarketDecoder([SYMBOL], Redactor()).decode

    @property
    def best(self) -> tuple[float | None, float | None]:
        """Best bid and ask now."""
        return self.book.best_bid, self.book.best_ask

    def run(self, begin: int, end: int) -> float:
        """CPU seconds for the frames from ``begin`` to before ``end``."""
        book, frames, decode = self.book, self._frames[begin:end], self._decode
        started = process_time()
        for frame in frames:
            for event in decode(frame, time_ns()):
                if type(event) is BookDelta:
                    book.apply_delta(event)
        return process_time() - started


def wrong(design: Floor | Ours, recording: DepthFrames) -> int:
    """After how many messages the design's best prices differ from the generator's."""
    count = 0
    for index, best in enumerate(recording.bests):
        design.run(index, index + 1)
        count += design.best != best
    return count


def measure(path: Path, messages: int, rounds: int, environments: Path | None) -> Table:
    """The table; peers only if there is a folder for their environments."""
    recording = DepthFrames(path, messages)
    each = messages // rounds
    table = Table(
        f"Ingest: {messages:,} depth frames of {_mean_size(recording):.0f} bytes, {rounds} rounds x {each:,}",
        ["design", "us/frame median", "min", "max", "x floor", "ccxt.pro / it", "wrong best prices"],
        notes=["CPU time. The decoder is the one of mmtui's Backpack adapter, all its checks included."],
    )
    faults = {FLOOR: wrong(Floor(recording), recording), OURS: wrong(Ours(recording), recording)}
    assert not any(faults.values()), faults
    with ExitStack() as stack:
        designs: dict[str, Design] = {
            FLOOR: _design(Floor(recording), each), OURS: _design(Ours(recording), each)
        }  # fmt: skip
        for title, (name, script) in PEERS.items() if environments is not None else ():
            try:
                peer = PeerProcess(python_of(name, environments or path), script, str(path), str(messages))
            except PeerSkippedError as error:
                table.notes.append(f"skipped {error}")
                continue
            stack.enter_context(peer)
            designs[title] = _peer_design(peer, each)
            faults[title] = int(peer.hello["wrong"])
        gc.collect()
        gc.freeze()
        figures = take_turns(designs, rounds)
        gc.unfreeze()
    table.rows = [_row(name, figures, faults[name]) for name in figures]
    return table


def _design(design: Floor | Ours, each: int) -> Design:
    return lambda number: design.run(number * each, (number + 1) * each) / each * US_PER_S


def _peer_design(peer: PeerProcess, each: int) -> Design:
    def run(number: int) -> float:
        answer = peer.ask(begin=number * each, end=(number + 1) * each)
        return float(answer["seconds"]) / each * US_PER_S

    return run


def _row(name: str, figures: dict[str, list[float]], faults: int) -> list[Cell]:
    values, spread = figures[name], Spread.of(figures[name])
    ccxt = next((figures[title] for title in figures if title.startswith("ccxt")), None)
    behind = None if ccxt is None else ratio(ccxt, values)
    return [name, spread.median, spread.low, spread.high, ratio(values, figures[FLOOR]), behind, str(faults)]


def _mean_size(recording: DepthFrames) -> float:
    return sum(map(len, recording.frames)) / len(recording.frames)
