# mypy: disable-error-code="import-not-found"
"""ccxt.pro from frame to signed orders: Backpack's book and batch, and one order of Aster."""

import asyncio
from time import perf_counter_ns
from typing import Any

import ccxt.pro

from benchmarks.feed import SYMBOL
from benchmarks.peers.conversation import serve
from benchmarks.swing import Swing

SECRET = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="  # noqa: S105 - made up
WALLET_KEY = "0x" + "11" * 32
PRECISION = {"price": 0.01, "amount": 0.01}


def exchange_with(exchange: Any, market_id: str, quote: str) -> str:  # noqa: ANN401 - ccxt has no types
    """Give an exchange its one market; returns the market's symbol."""
    symbol = f"SOL/{quote}"
    market = {
        "id": market_id, "symbol": symbol, "base": "SOL", "quote": quote, "type": "spot", "spot": True,
        "precision": PRECISION,
    }  # fmt: skip
    exchange.set_markets([exchange.extend(exchange.safe_market_structure(), market)])
    return symbol


class Maker:
    """Quotes around the mid of a watched book, as a user of ccxt.pro writes it."""

    def __init__(self) -> None:
        self._exchange = exchange = ccxt.pro.backpack({"apiKey": SECRET, "secret": SECRET})
        self._symbol = exchange_with(exchange, SYMBOL, "USDC")
        self._hash = f"orderbook:{self._symbol}"
        exchange.open()
        self._client = exchange.client("wss://nowhere")
        self._book: Any = exchange.order_book({"symbol": self._symbol, "nonce": 0})
        exchange.orderbooks[self._symbol] = self._book
        self._swing = Swing()
        self._client.handle_text_or_binary_message(self._swing.opening)

    def quote(self, count: int) -> list[float]:
        """Microseconds from each frame to its two signed orders."""
        return [self._once() for _ in range(count)]

    def _once(self) -> float:
        crossed, right = self._swing.pair()
        self._heard(crossed)
        started = perf_counter_ns()
        book = self._heard(right)
        mid = (book["bids"][0][0] + book["asks"][0][0]) / 2
        orders = [self._order("buy", mid * 0.999), self._order("sell", mid * 1.001)]
        signed = self._exchange.sign("api/v1/orders", "private", "POST", orders)
        took = (perf_counter_ns() - started) / 1_000
        assert signed["headers"]["X-Signature"]
        return took

    def _heard(self, frame: bytes) -> Any:  # noqa: ANN401 - ccxt has no types
        waiting = self._client.future(self._hash)
        self._client.handle_text_or_binary_message(frame)
        return waiting.result().limit()

    def _order(self, side: str, price: float) -> Any:  # noqa: ANN401 - ccxt has no types
        return self._exchange.create_order_request(self._symbol, "limit", side, 0.1, price, {"postOnly": True})


def aster(count: int) -> list[float]:
    """Microseconds for one signed order each."""
    exchange = ccxt.pro.aster({"privateKey": WALLET_KEY, "walletAddress": WALLET_KEY})
    fields = {"symbol": "SOLUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTX", "quantity": "0.1"}
    found = []
    for number in range(count):
        started = perf_counter_ns()
        order = {**fields, "price": "149.85", "newClientOrderId": f"mm-maker-{number}"}
        signed = exchange.sign("fapi/v3/order", "fapiPrivate", "POST", order)
        found.append((perf_counter_ns() - started) / 1_000)
        assert "signature=" in signed["body"]
    return found


async def main() -> None:
    """Serve rounds."""
    maker = Maker()
    serve(
        lambda quotes, signatures: {"quotes": maker.quote(quotes), "signatures": aster(signatures)},
        version=ccxt.__version__,
    )


asyncio.run(main())
