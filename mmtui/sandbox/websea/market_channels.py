"""The documented public channels: tickers, trades and candles of one symbol each."""

import json
from typing import Any, Final

from mmtui.model.units import NS_PER_MS, NS_PER_S, decimal_text
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PUBLIC
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.sockets import Connection, Hub
from mmtui.sandbox.tape import TapeTrade
from mmtui.sandbox.websea import figures
from mmtui.sandbox.websea.errors import ApiError

TICKERS: Final = "tickers"
TRADE: Final = "trade"
CANDLES: Final = {f"kline{period}": span_s for period, span_s in figures.SOCKET_PERIODS_S.items()}
PACE_NS: Final = 500 * NS_PER_MS
"""A ticker comes twice a second at most, and only after trades."""


class MarketChannels:
    """Tells subscribers what is traded."""

    def __init__(self, floor: Floor, hub: Hub, clock: SandboxClock) -> None:
        self._floor = floor
        self._hub = hub
        self._clock = clock
        self._traded: dict[str, None] = {}
        self._due_ns = 0

    def subscribe(self, connection: Connection, message: dict[str, Any]) -> None:
        """Let the connection hear a channel; a symbol that is not here stays silent. Raises ApiError."""
        self._hub.subscribe(connection, _key(message), WS_PUBLIC)

    def unsubscribe(self, connection: Connection, message: dict[str, Any]) -> None:
        """The connection hears the channel no more. Raises ApiError."""
        self._hub.unsubscribe(connection, _key(message))

    def on_trade(self, trade: TapeTrade) -> None:
        """A public trade."""
        self._traded[trade.symbol] = None
        if self._hub.heard((TRADE, trade.symbol)):
            instrument = self._floor.instruments[trade.symbol]
            document = figures.trade_document(instrument, trade)
            frame = {"channel": TRADE, "symbol": trade.symbol, **document, "deal_amount": decimal_text(trade.quantity)}
            self._hub.publish((TRADE, trade.symbol), json.dumps(frame))

    def tick(self, now_ns: int) -> None:
        """Tickers and candles of what was traded since the last time."""
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + PACE_NS
        traded, self._traded = self._traded, {}
        for symbol in traded:
            self._publish_ticker(symbol, now_ns)
            for channel, span_s in CANDLES.items():
                self._publish_candle(channel, symbol, span_s * NS_PER_S, now_ns)

    def _publish_ticker(self, symbol: str, now_ns: int) -> None:
        """The venue's own frames lack ``last``, and have seconds where milliseconds are documented."""
        key = (TICKERS, symbol)
        day = figures.day_of(self._floor, symbol, now_ns) if self._hub.heard(key) else None
        if day is None:
            return
        bid, ask = self._floor.touch(symbol)
        frame = {
            "channel": TICKERS,
            "symbol": symbol,
            "ask": "" if ask is None else decimal_text(ask),
            "bid": "" if bid is None else decimal_text(bid),
            "open": decimal_text(day.open),
            "close": decimal_text(day.close),
            "high": decimal_text(day.high),
            "low": decimal_text(day.low),
            "vol": decimal_text(day.quote_volume),
            "vol_ccy": decimal_text(day.volume),
            "ts": figures.seconds(now_ns),
        }
        self._hub.publish(key, json.dumps(frame))

    def _publish_candle(self, channel: str, symbol: str, span_ns: int, now_ns: int) -> None:
        key = (channel, symbol)
        if not self._hub.heard(key):
            return
        candle = next(self._floor.tapes[symbol].candles(now_ns // span_ns * span_ns, now_ns, span_ns), None)
        if candle is not None:
            document = figures.candle_document(self._floor.instruments[symbol], candle)
            self._hub.publish(key, json.dumps({"channel": channel, "symbol": symbol, **document}))


def _key(message: dict[str, Any]) -> tuple[str, str]:
    channel, symbol = message.get("channel"), message.get("symbol")
    if channel not in (TICKERS, TRADE, *CANDLES):
        raise ApiError(50009)
    if not isinstance(symbol, str) or not symbol:
        raise ApiError(20501)
    return str(channel), symbol
