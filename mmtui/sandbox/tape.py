"""What has been printed on one symbol: trades, the day's figures, candles, mark and funding."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct

from mmtui.model.units import NS_PER_S, ZERO, Side

TRADES_KEPT: Final = 20_000
DAY_NS: Final = 86_400 * NS_PER_S


class TapeTrade(Struct, frozen=True):
    """A public trade; ``taker_side`` is the side of who came second."""

    trade_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    taker_side: Side
    time_ns: int


class MarkRow(Struct, frozen=True):
    """Mark price, index and funding of a perp; ``funding_rate`` is the fraction per interval."""

    symbol: str
    mark: Decimal
    index: Decimal
    funding_rate: Decimal
    next_funding_ns: int
    time_ns: int


class Candle(Struct):
    """Prices and volumes of one span of time that begins at ``start_ns``."""

    start_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO
    trades: int = 0

    def add(self, trade: TapeTrade) -> None:
        """Count one more trade."""
        self.high = max(self.high, trade.price)
        self.low = min(self.low, trade.price)
        self.close = trade.price
        self.volume += trade.quantity
        self.quote_volume += trade.price * trade.quantity
        self.trades += 1


class Tape:
    """The prints of one symbol, the last ``TRADES_KEPT`` of them."""

    def __init__(self) -> None:
        self.trades: deque[TapeTrade] = deque(maxlen=TRADES_KEPT)
        self.mark: MarkRow | None = None

    @property
    def last_price(self) -> Decimal | None:
        """Price of the last trade; None before the first."""
        return self.trades[-1].price if self.trades else None

    def summary(self, now_ns: int, span_ns: int = DAY_NS) -> Candle | None:
        """The figures of the last ``span_ns``; None if nothing was traded in it."""
        return next(self.candles(now_ns - span_ns, now_ns, span_ns + 1), None)

    def candles(self, start_ns: int, end_ns: int, span_ns: int) -> Iterator[Candle]:
        """Candles of ``span_ns`` counted from ``start_ns``, oldest first, where something was traded."""
        candle: Candle | None = None
        for trade in self.trades:
            if not start_ns <= trade.time_ns <= end_ns:
                continue
            begins = start_ns + (trade.time_ns - start_ns) // span_ns * span_ns
            if candle is None or candle.start_ns != begins:
                if candle is not None:
                    yield candle
                candle = Candle(begins, trade.price, trade.price, trade.price, trade.price)
            candle.add(trade)
        if candle is not None:
            yield candle
