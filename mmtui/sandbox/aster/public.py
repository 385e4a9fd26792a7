"""The public REST interface of a room: symbols, prices, books, trades, candles, funding."""

from collections.abc import Callable
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side, decimal_text
from mmtui.sandbox.aster import figures, markets
from mmtui.sandbox.aster.budgets import limit_documents
from mmtui.sandbox.aster.errors import ApiError
from mmtui.sandbox.aster.figures import ms
from mmtui.sandbox.aster.gate import Weight, without_symbol
from mmtui.sandbox.aster.markets import Room, wire_symbol
from mmtui.sandbox.aster.parameters import Parameters
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.tape import TapeTrade

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1_000)
DEPTH_WEIGHTS: Final = ((50, 2), (100, 5), (500, 10), (1_000, 20))
DEFAULT_DEPTH: Final = {Room.FUTURES: 500, Room.SPOT: 100}
DEFAULT_TRADES: Final = 500
MOST_TRADES: Final = 1_000
MOST_CANDLES: Final = 1_500
DEFAULT_FUNDING: Final = 100

Answer = Callable[[Parameters, Call], Any]


class PublicApi:
    """Answers what anybody may ask. ``last_update`` tells the number of a book's last change."""

    def __init__(self, room: Room, floor: Floor, last_update: Callable[[str], int]) -> None:
        self._room = room
        self._floor = floor
        self._last_update = last_update

    def calls(self) -> list[tuple[str, Weight, Answer]]:
        """Name, weight and answer of each GET."""
        common: list[tuple[str, Weight, Answer]] = [
            ("ping", 1, lambda _parameters, _call: {}),
            ("time", 1, lambda _parameters, call: {"serverTime": call.now_ms}),
            ("exchangeInfo", 1, self._exchange_info),
            ("depth", self._depth_weight, self._depth),
            ("trades", 1, self._trades),
            ("historicalTrades", 20, self._trades),
            ("aggTrades", 20, self._agg_trades),
            ("klines", 2, self._klines),
            ("ticker/24hr", without_symbol(40), self._day),
            ("ticker/price", without_symbol(2), self._price),
            ("ticker/bookTicker", without_symbol(2), self._book_ticker),
        ]
        if self._room is Room.SPOT:
            return common
        return [
            *common,
            ("premiumIndex", 1, self._premium),
            ("fundingRate", 1, self._funding_rate),
            ("fundingInfo", 1, self._funding_info),
        ]

    def _instruments(self) -> list[Instrument]:
        return [row for row in self._floor.instruments.values() if markets.room_of(row) is self._room]

    def _each(self, parameters: Parameters, tell: Callable[[Instrument], dict[str, Any] | None]) -> Any:  # noqa: ANN401
        """An object for one symbol, else an array of all."""
        instrument = parameters.instrument_or_none(self._floor, self._room)
        if instrument is not None:
            return tell(instrument) or {}
        return [row for row in map(tell, self._instruments()) if row is not None]

    def _exchange_info(self, _parameters: Parameters, call: Call) -> dict[str, Any]:
        return {
            "timezone": "UTC",
            "serverTime": call.now_ms,
            "exchangeFilters": [],
            "rateLimits": limit_documents(self._room),
            "assets": markets.asset_documents(self._room),
            "symbols": [markets.symbol_document(row) for row in self._instruments()],
        }

    # -------------------------------------------------------------------------------------------- books and trades

    def _limit(self, parameters: Parameters) -> int:
        limit = parameters.whole("limit")
        return DEFAULT_DEPTH[self._room] if limit is None else limit

    def _depth_weight(self, parameters: Parameters) -> int:
        text = parameters.text("limit") or str(DEFAULT_DEPTH[self._room])
        limit = int(text) if text.isascii() and text.isdecimal() else 0
        return next((weight for most, weight in DEPTH_WEIGHTS if limit <= most), DEPTH_WEIGHTS[-1][1])

    def _depth(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        instrument = parameters.instrument(self._floor, self._room)
        limit = self._limit(parameters)
        if limit not in DEPTH_LIMITS:
            raise ApiError(-4021)
        book = self._floor.book(instrument.symbol)
        return {
            "lastUpdateId": self._last_update(instrument.symbol),
            "E": call.now_ms,
            "T": ms(self._floor.now_ns),
            "bids": figures.price_rows(instrument, book.bids[:limit]),
            "asks": figures.price_rows(instrument, book.asks[:limit]),
        }

    def _listed(self, parameters: Parameters) -> list[TapeTrade]:
        """The newest trades, oldest of them first; from a number on where the call names one."""
        instrument = parameters.instrument(self._floor, self._room)
        limit = parameters.limit(DEFAULT_TRADES, MOST_TRADES)
        first, start, end = (parameters.whole(name) for name in ("fromId", "startTime", "endTime"))
        rows = [
            row
            for row in self._floor.tapes[instrument.symbol].trades
            if (first is None or row.trade_id >= first)
            and (start is None or ms(row.time_ns) >= start)
            and (end is None or ms(row.time_ns) <= end)
        ]
        return rows[-limit:] if first is None and start is None else rows[:limit]

    def _trades(self, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        name = "baseQty" if self._room is Room.SPOT else "quoteQty"
        return [
            {
                "id": row.trade_id,
                "price": decimal_text(row.price),
                "qty": decimal_text(row.quantity),
                name: decimal_text(row.quantity if self._room is Room.SPOT else row.price * row.quantity),
                "time": ms(row.time_ns),
                "isBuyerMaker": row.taker_side is Side.SELL,
            }
            for row in self._listed(parameters)
        ]

    def _agg_trades(self, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        return [
            {
                "a": row.trade_id,
                "p": decimal_text(row.price),
                "q": decimal_text(row.quantity),
                "f": row.trade_id,
                "l": row.trade_id,
                "T": ms(row.time_ns),
                "m": row.taker_side is Side.SELL,
            }
            for row in self._listed(parameters)
        ]

    def _klines(self, parameters: Parameters, call: Call) -> list[list[int | str]]:
        instrument = parameters.instrument(self._floor, self._room)
        interval = parameters.needed("interval")
        if interval not in figures.INTERVALS_S:
            raise ApiError(-1120)
        span_ns = figures.INTERVALS_S[interval] * NS_PER_S
        limit = parameters.limit(DEFAULT_TRADES, MOST_CANDLES)
        start, end = parameters.whole("startTime"), parameters.whole("endTime")
        start_ns = (start or 0) * NS_PER_MS // span_ns * span_ns
        end_ns = call.now_ns if end is None else end * NS_PER_MS
        candles = list(self._floor.tapes[instrument.symbol].candles(start_ns, end_ns, span_ns))
        rows = candles[-limit:] if start is None else candles[:limit]
        return [figures.candle_row(candle, span_ns) for candle in rows]

    # ------------------------------------------------------------------------------------------------------ prices

    def _day(self, parameters: Parameters, call: Call) -> Any:  # noqa: ANN401 - an object or an array
        def tell(instrument: Instrument) -> dict[str, Any] | None:
            day = figures.day_of(self._floor, instrument, call.now_ns)
            return None if day is None else day.document()

        return self._each(parameters, tell)

    def _price(self, parameters: Parameters, call: Call) -> Any:  # noqa: ANN401 - an object or an array
        def tell(instrument: Instrument) -> dict[str, Any] | None:
            last = self._floor.tapes[instrument.symbol].last_price
            if last is None:
                return None
            return {"symbol": wire_symbol(instrument), "price": decimal_text(last), "time": call.now_ms}

        return self._each(parameters, tell)

    def _book_ticker(self, parameters: Parameters, call: Call) -> Any:  # noqa: ANN401 - an object or an array
        def tell(instrument: Instrument) -> dict[str, Any] | None:
            book = self._floor.book(instrument.symbol)
            if not book.bids or not book.asks:
                return None
            [[bid, bid_size], [ask, ask_size]] = figures.price_rows(instrument, (book.bids[0], book.asks[0]))
            return {
                "symbol": wire_symbol(instrument),
                "bidPrice": bid,
                "bidQty": bid_size,
                "askPrice": ask,
                "askQty": ask_size,
                "time": call.now_ms,
            }

        return self._each(parameters, tell)

    def _premium(self, parameters: Parameters, call: Call) -> Any:  # noqa: ANN401 - an object or an array
        def tell(instrument: Instrument) -> dict[str, Any] | None:
            row = figures.mark_row(self._floor, instrument, call.now_ns)
            return None if row is None else figures.premium_document(instrument, row, call.now_ns)

        return self._each(parameters, tell)

    # ----------------------------------------------------------------------------------------------------- funding

    def _funding_rate(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """Past intervals at the rate of today, oldest first: the simulated market knows no other."""
        wanted = parameters.instrument_or_none(self._floor, self._room)
        limit = parameters.limit(DEFAULT_FUNDING, MOST_TRADES)
        start, end = parameters.whole("startTime") or 0, parameters.whole("endTime")
        span_ms = markets.FUNDING_INTERVAL_S * 1_000
        latest = min(call.now_ms, call.now_ms if end is None else end) // span_ms
        times = [latest * span_ms - back * span_ms for back in range(limit)]
        rows = []
        for instrument in self._instruments() if wanted is None else [wanted]:
            mark = figures.mark_row(self._floor, instrument, call.now_ns)
            rate = "0.00000000" if mark is None else figures.eight(mark.funding_rate)
            rows += [
                {"symbol": wire_symbol(instrument), "fundingRate": rate, "fundingTime": time_ms}
                for time_ms in reversed(times)
                if time_ms >= start
            ]
        return rows

    def _funding_info(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        wanted = parameters.instrument_or_none(self._floor, self._room)
        return [
            {
                "symbol": wire_symbol(row),
                "interestRate": figures.INTEREST_RATE,
                "time": call.now_ms,
                "fundingIntervalHours": markets.FUNDING_INTERVAL_S // 3_600,
                "fundingFeeCap": 0.03,
                "fundingFeeFloor": -0.03,
            }
            for row in (self._instruments() if wanted is None else [wanted])
        ]
