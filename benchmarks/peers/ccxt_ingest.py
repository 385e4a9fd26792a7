# mypy: disable-error-code="import-not-found"
"""ccxt.pro's Backpack path: raw text into its websocket client, out of a watched order book."""

import asyncio
import sys
from pathlib import Path
from time import process_time
from typing import Any

import ccxt.pro

from benchmarks.feed import SYMBOL
from benchmarks.peers.conversation import serve
from benchmarks.recording import DepthFrames


class Watch:
    """One exchange with one watched book, fed by hand in the place of a socket."""

    def __init__(self, recording: DepthFrames) -> None:
        self._frames = recording.frames
        self._opening = recording.opening
        exchange = ccxt.pro.backpack()
        base, quote = SYMBOL.split("_")
        symbol = f"{base}/{quote}"
        market = {"id": SYMBOL, "symbol": symbol, "base": base, "quote": quote, "type": "spot", "spot": True}
        exchange.set_markets([exchange.extend(exchange.safe_market_structure(), market)])
        self._hash = f"orderbook:{symbol}"
        exchange.open()
        self._client = exchange.client("wss://nowhere")
        self.book: Any = exchange.order_book({"symbol": symbol, "nonce": 0})
        exchange.orderbooks[symbol] = self.book
        self._client.handle_text_or_binary_message(self._opening)

    @property
    def best(self) -> tuple[float, float]:
        """Best bid and ask now."""
        return self.book["bids"][0][0], self.book["asks"][0][0]

    def run(self, begin: int, end: int) -> float:
        """CPU seconds; every message resolves a waiting watch_order_book, as for a user who watches all of them."""
        frames, client, key = self._frames[begin:end], self._client, self._hash
        started = process_time()
        for frame in frames:
            waiting = client.future(key)
            client.handle_text_or_binary_message(frame)
            waiting.result().limit()
        return process_time() - started


async def main() -> None:
    """Check every message, then serve the rounds."""
    recording = DepthFrames(Path(sys.argv[1]), int(sys.argv[2]))
    check = Watch(recording)
    wrong = 0
    for index, best in enumerate(recording.bests):
        check.run(index, index + 1)
        wrong += check.best != best
    watch = Watch(recording)
    serve(lambda begin, end: {"seconds": watch.run(begin, end)}, version=ccxt.__version__, wrong=wrong)


asyncio.run(main())
