"""The public REST interface: contracts, books, trades, candles, marks, funding."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_S, decimal_text
from mmtui.sandbox.calls import Call
from mmtui.sandbox.floor import Floor, Row
from mmtui.sandbox.websea import figures, markets
from mmtui.sandbox.websea.errors import ApiError, bad_parameter
from mmtui.sandbox.websea.figures import ms, seconds
from mmtui.sandbox.websea.gate import Bare
from mmtui.sandbox.websea.habits import Habits
from mmtui.sandbox.websea.parameters import Parameters

DEFAULT_DEPTH: Final = 50
LARGEST_DEPTH: Final = 100
GEARS: Final = 50
DEFAULT_ROWS: Final = 150
LARGEST_ROWS: Final = 2_000
CACHED_S: Final = 15
"""The product ticker is that stale."""


class PublicApi:
    """Answers what anybody may ask. ``legacy`` tells the old paths' shapes where they differ."""

    def __init__(self, floor: Floor, habits: Habits) -> None:
        self._floor = floor
        self._habits = habits
        self._products: dict[str, tuple[int, dict[str, Any]]] = {}

    def _chosen(self, parameters: Parameters) -> list[Instrument]:
        one = parameters.instrument_or_none(self._floor)
        return [one] if one is not None else list(self._floor.instruments.values())

    # ------------------------------------------------------------------------------------------------------ contracts

    def symbols(self, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """The contracts."""
        return [markets.symbol_document(row, legacy=False) for row in self._chosen(parameters)]

    def old_symbols(self, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """The contracts without their sizes."""
        return [markets.symbol_document(row, legacy=True) for row in self._chosen(parameters)]

    def info(self, parameters: Parameters, _call: Call) -> list[dict[str, Any]]:
        """The sizes of the contracts."""
        return [markets.face_document(row) for row in self._chosen(parameters)]

    def precision(self, parameters: Parameters, _call: Call) -> dict[str, Any]:
        """Decimals and limits by symbol."""
        return {row.symbol: markets.precision_document(row) for row in self._chosen(parameters)}

    # ---------------------------------------------------------------------------------------------------------- books

    def depth(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """The book in texts, not aggregated."""
        return self._depth(parameters, call, numbers=self._habits.numbers)

    def old_depth(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """The book in numbers, as the old documents have it."""
        return self._depth(parameters, call, numbers=True)

    def _depth(self, parameters: Parameters, call: Call, *, numbers: bool) -> dict[str, Any]:
        limit = min(parameters.whole("limit", DEFAULT_DEPTH) or DEFAULT_DEPTH, LARGEST_DEPTH)
        if not parameters.text("symbol"):
            return {"symbol": None, "ts": ms(call.now_ns), "bids": [], "asks": []}
        instrument = parameters.instrument(self._floor)
        book = self._floor.book(instrument.symbol)
        return {
            "symbol": instrument.symbol,
            "ts": ms(call.now_ns),
            "bids": self._rows(instrument, book.bids, limit, numbers=numbers),
            "asks": self._rows(instrument, book.asks, limit, numbers=numbers),
        }

    def _rows(self, instrument: Instrument, rows: Iterable[Row], limit: int, *, numbers: bool) -> list[list[Any]]:
        shown = list(figures.split(instrument, rows) if self._habits.split_rows else rows)[:limit]
        pairs = [(price, markets.contracts(instrument, coins)) for price, coins in shown]
        if numbers:
            return [[_number(price), _number(count)] for price, count in pairs]
        return [[markets.fixed(price, instrument.tick_size), decimal_text(count)] for price, count in pairs]

    def merged(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """The book on a coarser grid, by rank."""
        instrument = parameters.instrument(self._floor)
        steps = figures.steps_of(instrument)
        step = steps.get(parameters.text("depth") or next(iter(steps)))
        if step is None:
            raise ApiError(20501)
        bids, asks = figures.merged_book(self._floor.book(instrument.symbol), step, GEARS)
        return {
            "symbol": instrument.symbol,
            "ts": ms(call.now_ns),
            "asks": [_gear(instrument, rank, row) for rank, row in enumerate(asks, 1)],
            "bids": [_gear(instrument, rank, row) for rank, row in enumerate(bids, 1)],
        }

    # --------------------------------------------------------------------------------------------- tickers and candles

    def product(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The product ticker, cached; symbols that are not here are passed over."""
        wanted = (parameters.text("symbol") or ",".join(self._floor.instruments)).split(",")
        rows = []
        for symbol in wanted:
            instrument = self._floor.instruments.get(symbol)
            if instrument is None:
                continue
            made_ns, document = self._products.get(symbol, (0, {}))
            if call.now_ns - made_ns > CACHED_S * NS_PER_S:
                document = self._product(instrument, call.now_ns)
                self._products[symbol] = (call.now_ns, document)
            rows.append(document)
        return rows

    def _product(self, instrument: Instrument, now_ns: int) -> dict[str, Any]:
        symbol = instrument.symbol
        bid, ask = self._floor.touch(symbol)
        day, mark = figures.day_of(self._floor, symbol, now_ns), figures.mark_row(self._floor, symbol, now_ns)
        interest = figures.open_interest(self._floor, instrument)
        coins = markets.coins(instrument, interest)
        return {
            "symbol": symbol,
            "base_ccy": instrument.base_asset,
            "quote_ccy": instrument.quote_asset,
            "last_price": _text(None if day is None else day.close),
            "base_vol": _text(None if day is None else day.volume),
            "quote_vol": _text(None if day is None else day.quote_volume),
            "bid": _text(bid),
            "ask": _text(ask),
            "high": _text(None if day is None else day.high),
            "low": _text(None if day is None else day.low),
            "product_type": "futures",
            "open_interest": decimal_text(interest),
            "open_interest_usd": _text(None if mark is None else (coins * mark.mark).quantize(Decimal("0.01"))),
            "index_price": _text(None if mark is None else mark.index),
            "funding_rate": _text(None if mark is None else mark.funding_rate),
            "next_funding_rate_times": 0 if mark is None else seconds(mark.next_funding_ns) - 1,
        }

    def day_list(self, _parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The last 24 hours of every symbol."""
        rows = [(row.symbol, self._day(row, call.now_ns)) for row in self._floor.instruments.values()]
        return [{"symbol": symbol, "data": day} for symbol, day in rows if day is not None]

    def day(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The last 24 hours of one symbol, in an array."""
        day = self._day(parameters.instrument(self._floor), call.now_ns)
        return [] if day is None else [day]

    def _day(self, instrument: Instrument, now_ns: int) -> dict[str, Any] | None:
        candle = figures.day_of(self._floor, instrument.symbol, now_ns)
        return None if candle is None else figures.candle_document(instrument, candle)

    def candles(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Candles, oldest first."""
        instrument = parameters.instrument(self._floor)
        period = parameters.choice("period", figures.PERIODS_S)
        size = _size(parameters)
        span_ns = figures.PERIODS_S[period] * NS_PER_S
        start_ns = parameters.whole("start", 0) * NS_PER_S // span_ns * span_ns
        end_ns = min(parameters.whole("end", 10**9 * NS_PER_S) * NS_PER_S, call.now_ns)
        rows = self._floor.tapes[instrument.symbol].candles(start_ns, end_ns, span_ns)
        data = [figures.candle_document(instrument, candle) for candle in rows]
        return {"symbol": instrument.symbol, "period": period, "ts": str(ms(call.now_ns)), "data": data[-size:]}

    def trades(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Public trades, newest first."""
        instrument = parameters.instrument(self._floor)
        rows = list(self._floor.tapes[instrument.symbol].trades)[-_size(parameters) :]
        data = [figures.trade_document(instrument, trade) for trade in reversed(rows)]
        return {"symbol": instrument.symbol, "ts": str(ms(call.now_ns)), "data": data}

    # -------------------------------------------------------------------------------------------------- marks, funding

    def marks(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """What is called the index price and is the mark; the time in seconds."""
        rows = []
        for instrument in self._chosen(parameters):
            found = None if self._habits.zero_mark else figures.mark_row(self._floor, instrument.symbol, call.now_ns)
            time_ns = call.now_ns if found is None else found.time_ns
            price = "0" if found is None else decimal_text(found.mark)
            rows.append({"symbol": instrument.symbol, "price": price, "ts": seconds(time_ns)})
        return rows

    def funding(self, parameters: Parameters, call: Call) -> Bare:
        """The funding rate in percent, without an envelope; "0" for what is not here."""
        return Bare(self.old_funding(parameters, call))

    def old_funding(self, parameters: Parameters, call: Call) -> dict[str, str]:
        """The funding rate in percent."""
        symbol = parameters.needed("symbol")
        known = symbol in self._floor.instruments
        row = figures.mark_row(self._floor, symbol, call.now_ns) if known else None
        return {"capitalRate": "0" if row is None else figures.percent_text(row.funding_rate)}

    def interest(self, parameters: Parameters, call: Call) -> dict[str, Any]:
        """Open interest in contracts."""
        instrument = parameters.instrument(self._floor)
        return {
            "symbol": instrument.symbol,
            "volume": decimal_text(figures.open_interest(self._floor, instrument)),
            "base_ccy": instrument.base_asset,
            "quote_ccy": instrument.quote_asset,
            "ts": ms(call.now_ns),
        }

    def old_interest(self, parameters: Parameters, call: Call) -> list[dict[str, Any]]:
        """The same in an array."""
        return [self.interest(parameters, call)]


def _size(parameters: Parameters) -> int:
    size = parameters.whole("size", DEFAULT_ROWS)
    if not 1 <= size <= LARGEST_ROWS:
        raise bad_parameter("size")
    return size


def _gear(instrument: Instrument, rank: int, row: Row) -> dict[str, Any]:
    price, coins = row
    return {"gear": rank, "price": decimal_text(price), "number": figures.count_text(instrument, coins)}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _text(value: Decimal | None) -> str:
    return "0" if value is None else decimal_text(value)
