# mypy: disable-error-code="import-not-found"
"""nautilus_trader's path, as its Binance adapter goes it: msgspec, one OrderBookDelta a level, then its order book."""

import sys
from pathlib import Path
from time import process_time, time_ns

import msgspec
import nautilus_trader
from nautilus_trader.adapters.binance.common.schemas.market import BinanceOrderBookMsg
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.enums import BookType
from nautilus_trader.model.identifiers import InstrumentId

from benchmarks.peers.conversation import serve
from benchmarks.recording import DepthFrames

INSTRUMENT = InstrumentId.from_str("SOLUSDC.BENCH")


class Ingest:
    """One order book behind the adapter's decoder."""

    def __init__(self, recording: DepthFrames) -> None:
        self._frames = recording.frames
        self._decode = msgspec.json.Decoder(BinanceOrderBookMsg).decode
        self._book = OrderBook(INSTRUMENT, BookType.L2_MBP)
        opening = self._decode(recording.opening)
        self._book.apply_deltas(opening.data.parse_to_order_book_deltas(INSTRUMENT, 0, snapshot=True))

    @property
    def best(self) -> tuple[float, float]:
        """Best bid and ask now."""
        return self._book.best_bid_price().as_double(), self._book.best_ask_price().as_double()

    def run(self, begin: int, end: int) -> float:
        """CPU seconds; the best prices are read after every message, as a strategy would."""
        frames, decode, book = self._frames[begin:end], self._decode, self._book
        started = process_time()
        for frame in frames:
            deltas = decode(frame).data.parse_to_order_book_deltas(INSTRUMENT, time_ns())
            book.apply_deltas(deltas)
            book.best_bid_price()
            book.best_ask_price()
        return process_time() - started


def main() -> None:
    """Check every message, then serve the rounds."""
    recording = DepthFrames(Path(sys.argv[1]), int(sys.argv[2]))
    check = Ingest(recording)
    wrong = 0
    for index, best in enumerate(recording.bests):
        check.run(index, index + 1)
        wrong += check.best != best
    ingest = Ingest(recording)
    serve(lambda begin, end: {"seconds": ingest.run(begin, end)}, version=nautilus_trader.__version__, wrong=wrong)


main()
