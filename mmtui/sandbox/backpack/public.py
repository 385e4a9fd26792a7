"""The public REST interface: markets, prices, books, trades, candles."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side, decimal_text
from mmtui.sandbox.backpack import figures, markets
from mmtui.sandbox.backpack.errors import ApiError, bad_request, rate_limited, unknown_symbol
from mmtui.sandbox.backpack.streams import Streams
from mmtui.sandbox.backpack.times import iso, ms, spaced, us
from mmtui.sandbox.calls import Call, Endpoint, json_response
from mmtui.sandbox.faults import ANY, FaultBoard, FaultKind
from mmtui.sandbox.floor import BookRows, Floor
from mmtui.sandbox.tape import TapeTrade
from mmtui.sandbox.windows import RateWindow

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1_000)
TRADES_LIMIT: Final = 1_000
KLINES_LIMIT: Final = 1_000
FUNDING_LIMIT: Final = 10_000
DEFAULT_LIMIT: Final = 100
SNAPSHOT_LAG_NS: Final = 100 * NS_PER_MS
"""A snapshot may be that much older than the stream, as the venue's own lags behind it."""
PER_MINUTE: Final = 2_000
HISTORICAL_PER_MINUTE: Final = 30
MINUTE_S: Final = 60


class Budgets:
    """Requests a minute: one window for everything, a narrow one for historical market data."""

    def __init__(self) -> None:
        self._all = RateWindow(PER_MINUTE, MINUTE_S)
        self._historical = RateWindow(HISTORICAL_PER_MINUTE, MINUTE_S)

    def spend(self, call: Call, *, historical: bool = False) -> None:
        """Count a request for its key, or for its address without one. Raises ApiError if it is one too many."""
        window = self._historical if historical else self._all
        if not window.take(call.headers.get("X-API-Key", call.remote), call.now_ns):
            raise rate_limited()


class Snapshot(Struct, frozen=True):
    """A book as it was served."""

    rows: BookRows
    update_id: int
    time_ns: int


def read_limit(call: Call, default: int, largest: int, name: str = "limit") -> int:
    """A count from the query. Raises ApiError if it is no count or too large."""
    text = call.parameter(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) > largest:
        raise bad_request(f"failed to parse parameter `{name}`: expected a number up to {largest}")
    return int(text)


class PublicApi:
    """Answers what anybody may ask."""

    def __init__(self, floor: Floor, streams: Streams, budgets: Budgets, board: FaultBoard) -> None:
        self._floor = floor
        self._streams = streams
        self._budgets = budgets
        self._board = board
        self._snapshots: dict[str, Snapshot] = {}

    def endpoints(self) -> Sequence[Endpoint]:
        """The paths."""
        plain: dict[str, Callable[[Call], web.Response]] = {
            "/api/v1/ping": lambda _: web.Response(text="pong"),
            "/api/v1/time": lambda call: web.Response(text=str(call.now_ms)),
            "/api/v1/status": self._status,
            "/api/v1/markets": self._markets,
            "/api/v1/market": self._market,
            "/api/v1/assets": lambda _: json_response(markets.asset_documents()),
            "/api/v1/ticker": self._ticker,
            "/api/v1/tickers": self._tickers,
            "/api/v1/markPrices": self._marks,
            "/api/v1/openInterest": self._open_interest,
            "/api/v1/depth": self._depth,
            "/api/v1/trades": self._trades,
        }
        historical = {
            "/api/v1/klines": self._klines,
            "/api/v1/fundingRates": self._funding_rates,
            "/api/v1/trades/history": self._trade_history,
        }
        return [
            *(Endpoint("GET", path, self._guarded(handler)) for path, handler in plain.items()),
            *(Endpoint("GET", path, self._guarded(handler, historical=True)) for path, handler in historical.items()),
        ]

    def _guarded(
        self, handler: Callable[[Call], web.Response], *, historical: bool = False
    ) -> Callable[[Call], web.Response]:
        def serve(call: Call) -> web.Response:
            try:
                self._budgets.spend(call, historical=historical)
                return handler(call)
            except ApiError as error:
                return error.response()

        return serve

    def _instrument(self, call: Call) -> Instrument:
        symbol = call.parameter("symbol")
        if symbol is None:
            raise bad_request('failed to parse parameter `symbol`: Type "string" expects an input value.')
        instrument = self._floor.instruments.get(symbol)
        if instrument is None:
            raise unknown_symbol()
        return instrument

    def _perps(self, call: Call) -> list[Instrument]:
        if call.parameter("symbol") is not None:
            return [row for row in (self._instrument(call),) if markets.is_perp(row)]
        return [row for row in self._floor.instruments.values() if markets.is_perp(row)]

    # ------------------------------------------------------------------------------------------------------ markets

    def _status(self, _call: Call) -> web.Response:
        down = any(fault.do is FaultKind.MAINTENANCE and fault.on == ANY for fault in self._board.faults)
        message = "The exchange is under maintenance" if down else None
        return json_response({"status": "Maintenance" if down else "Ok", "message": message})

    def _markets(self, call: Call) -> web.Response:
        wanted = [value for key, value in call.query if key == "marketType"] or ["SPOT", "PERP"]
        rows = [markets.market_document(row) for row in self._floor.instruments.values()]
        return json_response([row for row in rows if row["marketType"] in wanted])

    def _market(self, call: Call) -> web.Response:
        return json_response(markets.market_document(self._instrument(call)))

    # ------------------------------------------------------------------------------------------------------- prices

    def _ticker(self, call: Call) -> web.Response:
        instrument = self._instrument(call)
        day = figures.day_figures(self._floor, instrument.symbol, self._floor.now_ns, _span_s(call))
        if day is None:
            return web.Response(status=204)
        return json_response(figures.ticker_document(instrument.symbol, day))

    def _tickers(self, call: Call) -> web.Response:
        rows = []
        for symbol in self._floor.instruments:
            day = figures.day_figures(self._floor, symbol, self._floor.now_ns, _span_s(call))
            if day is not None:
                rows.append(figures.ticker_document(symbol, day))
        return json_response(rows)

    def _marks(self, call: Call) -> web.Response:
        rows = []
        for instrument in self._perps(call):
            found = figures.mark_figures(self._floor, instrument.symbol, self._floor.now_ns)
            if found is not None:
                rows.append(figures.mark_document(instrument.symbol, found))
        return json_response(rows)

    def _open_interest(self, call: Call) -> web.Response:
        return json_response(
            [
                {
                    "symbol": row.symbol,
                    "openInterest": decimal_text(figures.open_interest(self._floor, row)),
                    "timestamp": ms(self._floor.now_ns),
                }
                for row in self._perps(call)
            ]
        )

    def _funding_rates(self, call: Call) -> web.Response:
        """Past intervals at the rate of today: the simulated market knows no other."""
        instrument = self._instrument(call)
        limit = read_limit(call, DEFAULT_LIMIT, FUNDING_LIMIT)
        offset = read_limit(call, 0, FUNDING_LIMIT, "offset")
        found = figures.mark_figures(self._floor, instrument.symbol, self._floor.now_ns)
        if found is None or not markets.is_perp(instrument):
            return json_response([])
        span_ns = markets.FUNDING_INTERVAL_S * NS_PER_S
        latest = self._floor.now_ns // span_ns - offset
        rows = [
            {
                "symbol": instrument.symbol,
                "intervalEndTimestamp": iso((latest - back) * span_ns),
                "fundingRate": decimal_text(found[2]),
            }
            for back in range(min(limit, DEFAULT_LIMIT))
        ]
        return json_response(rows)

    # -------------------------------------------------------------------------------------------- book and trades

    def _depth(self, call: Call) -> web.Response:
        instrument = self._instrument(call)
        limit = read_limit(call, DEPTH_LIMITS[-1], DEPTH_LIMITS[-1])
        if limit not in DEPTH_LIMITS:
            raise bad_request("failed to parse parameter `limit`: Expect a valid enumeration value.")
        snapshot = self._snapshot(instrument.symbol)
        bids = sorted(snapshot.rows.bids[:limit])  # ascending on both sides: the best bid comes last
        return json_response(
            {
                "asks": figures.price_rows(instrument, snapshot.rows.asks[:limit]),
                "bids": figures.price_rows(instrument, bids),
                "lastUpdateId": str(snapshot.update_id),
                "timestamp": us(snapshot.time_ns),
            }
        )

    def _snapshot(self, symbol: str) -> Snapshot:
        known, now_ns = self._snapshots.get(symbol), self._floor.now_ns
        if known is None or now_ns - known.time_ns > SNAPSHOT_LAG_NS:
            known = Snapshot(self._floor.book(symbol), self._streams.update_id(symbol), now_ns)
            self._snapshots[symbol] = known
        return known

    def _trades(self, call: Call) -> web.Response:
        return self._listed_trades(call, 0)

    def _trade_history(self, call: Call) -> web.Response:
        return self._listed_trades(call, read_limit(call, 0, 1_000_000, "offset"))

    def _listed_trades(self, call: Call, offset: int) -> web.Response:
        instrument = self._instrument(call)
        limit = read_limit(call, DEFAULT_LIMIT, TRADES_LIMIT)
        newest_first = list(reversed(self._floor.tapes[instrument.symbol].trades))
        return json_response([_trade(row) for row in newest_first[offset : offset + limit]])

    def _klines(self, call: Call) -> web.Response:
        instrument = self._instrument(call)
        interval = call.parameter("interval")
        if interval not in figures.INTERVALS_S:
            raise bad_request(
                'failed to parse parameter `interval`: failed to parse "KlineInterval": '
                "Expect a valid enumeration value."
            )
        if call.parameter("startTime") is None:
            raise bad_request('failed to parse parameter `startTime`: Type "integer_int64" expects an input value.')
        span_ns = figures.INTERVALS_S[interval] * NS_PER_S
        latest = self._floor.now_ns // NS_PER_S + 1
        start_ns = read_limit(call, 0, 10**10, "startTime") * NS_PER_S // span_ns * span_ns
        end_ns = min(read_limit(call, latest, 10**10, "endTime"), latest) * NS_PER_S
        candles = self._floor.tapes[instrument.symbol].candles(start_ns, end_ns, span_ns)
        rows: list[dict[str, Any]] = [
            {
                "start": spaced(candle.start_ns),
                "end": spaced(candle.start_ns + span_ns),
                "open": decimal_text(candle.open),
                "high": decimal_text(candle.high),
                "low": decimal_text(candle.low),
                "close": decimal_text(candle.close),
                "volume": decimal_text(candle.volume),
                "quoteVolume": decimal_text(candle.quote_volume),
                "trades": str(candle.trades),
            }
            for candle in candles
        ]
        return json_response(rows[-KLINES_LIMIT:])


def _span_s(call: Call) -> int:
    interval = call.parameter("interval") or "1d"
    if interval not in ("1d", "1w"):
        raise bad_request("failed to parse parameter `interval`: Expect a valid enumeration value.")
    return figures.INTERVALS_S[interval]


def _trade(trade: TapeTrade) -> dict[str, Any]:
    quote: Decimal = trade.price * trade.quantity
    return {
        "id": trade.trade_id,
        "price": decimal_text(trade.price),
        "quantity": decimal_text(trade.quantity),
        "quoteQuantity": decimal_text(quote),
        "timestamp": ms(trade.time_ns),
        "isBuyerMaker": trade.taker_side is Side.SELL,
    }
