"""Market figures in the venue's words, shared by the REST interface and the streams."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO, decimal_text
from mmtui.sandbox.aster.markets import FUNDING_INTERVAL_S, Room, room_of, wire_symbol
from mmtui.sandbox.floor import Floor, Row
from mmtui.sandbox.tape import Candle, MarkRow

INTERVALS_S: Final = {
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1_800,
    "1h": 3_600,
    "2h": 7_200,
    "4h": 14_400,
    "6h": 21_600,
    "8h": 28_800,
    "12h": 43_200,
    "1d": 86_400,
    "3d": 259_200,
    "1w": 604_800,
    "1M": 2_592_000,
}
EIGHT_PLACES: Final = Decimal("1e-8")
INTEREST_RATE: Final = "0.00010000"


def ms(time_ns: int) -> int:
    """Milliseconds."""
    return time_ns // NS_PER_MS


def fixed(value: Decimal, step: Decimal) -> str:
    """A price or quantity with all the decimals of its step, as market data has them."""
    return format(value.quantize(step), "f")


def eight(value: Decimal) -> str:
    """An amount of money with eight decimals, as accounts and marks have them."""
    return format(value.quantize(EIGHT_PLACES), "f")


def cash(value: Decimal) -> str:
    """What has been booked: with eight decimals, and with more where the books have more.

    How the venue rounds its fees is not documented; told rounded while booked in full, fills and balances would part.
    """
    rounded = value.quantize(EIGHT_PLACES)
    return format(rounded, "f") if rounded == value else decimal_text(value)


def price_rows(instrument: Instrument, rows: Iterable[Row]) -> list[list[str]]:
    """Levels as pairs of texts."""
    tick, lot = instrument.tick_size, instrument.lot_size
    return [[fixed(price, tick), fixed(quantity, lot)] for price, quantity in rows]


def mark_row(floor: Floor, instrument: Instrument, now_ns: int) -> MarkRow | None:
    """Mark, index and funding; from the book before the first mark. None where there is no price at all."""
    row = floor.tapes[instrument.symbol].mark
    mark = floor.mark(instrument.symbol) if row is None else row.mark
    if mark is None:
        return None
    span_ns = FUNDING_INTERVAL_S * NS_PER_S
    if row is None:
        row = MarkRow(instrument.symbol, mark, mark, ZERO, 0, now_ns)
    if row.next_funding_ns:
        return row
    next_ns = (now_ns // span_ns + 1) * span_ns
    return MarkRow(row.symbol, row.mark, row.index, row.funding_rate, next_ns, row.time_ns)


def premium_document(instrument: Instrument, row: MarkRow, now_ns: int) -> dict[str, Any]:
    """``premiumIndex``."""
    return {
        "symbol": wire_symbol(instrument),
        "markPrice": eight(row.mark),
        "indexPrice": eight(row.index),
        "estimatedSettlePrice": eight(row.index),
        "lastFundingRate": eight(row.funding_rate),
        "nextFundingTime": ms(row.next_funding_ns),
        "interestRate": INTEREST_RATE,
        "time": ms(now_ns),
    }


def day_figures(floor: Floor, symbol: str, now_ns: int) -> Candle | None:
    """The last 24 hours; None if nothing was traded in them."""
    return floor.tapes[symbol].summary(now_ns)


class Day:
    """A candle of 24 hours with what a ticker tells beside it."""

    def __init__(self, floor: Floor, instrument: Instrument, candle: Candle, now_ns: int) -> None:
        trades = floor.tapes[instrument.symbol].trades
        self.candle = candle
        self.instrument = instrument
        self.book = floor.book(instrument.symbol)
        self.last = trades[-1]
        self.first_id = next(row.trade_id for row in trades if row.time_ns >= now_ns - 86_400 * NS_PER_S)
        self.change = candle.close - candle.open
        self.change_pct = self.change / candle.open * 100
        self.average = candle.quote_volume / candle.volume if candle.volume else candle.close
        self.close_ms = ms(now_ns)
        self.open_ms = self.close_ms - 86_400_000

    def document(self) -> dict[str, Any]:
        """A row of ``ticker/24hr``."""
        candle = self.candle
        return self._spot_part() | {
            "symbol": wire_symbol(self.instrument),
            "priceChange": decimal_text(self.change),
            "priceChangePercent": format(self.change_pct.quantize(Decimal("0.001")), "f"),
            "weightedAvgPrice": eight(self.average),
            "prevClosePrice": decimal_text(candle.open),
            "lastPrice": decimal_text(candle.close),
            "lastQty": decimal_text(self.last.quantity),
            "openPrice": decimal_text(candle.open),
            "highPrice": decimal_text(candle.high),
            "lowPrice": decimal_text(candle.low),
            "volume": decimal_text(candle.volume),
            "quoteVolume": decimal_text(candle.quote_volume),
            "openTime": self.open_ms,
            "closeTime": self.close_ms,
            "firstId": self.first_id,
            "lastId": self.last.trade_id,
            "count": candle.trades,
        }

    def _spot_part(self) -> dict[str, Any]:
        """Tickers of spot tell the assets and the best prices too; clients know them by that."""
        if room_of(self.instrument) is not Room.SPOT:
            return {}
        book, step = self.book, self.instrument.lot_size
        best = {"bid": book.bids[:1] or [(ZERO, ZERO)], "ask": book.asks[:1] or [(ZERO, ZERO)]}
        part = {"baseAsset": self.instrument.base_asset, "quoteAsset": self.instrument.quote_asset}
        for name, [(price, quantity)] in best.items():
            part |= {f"{name}Price": fixed(price, self.instrument.tick_size), f"{name}Qty": fixed(quantity, step)}
        return part

    def ticker_frame(self) -> dict[str, Any]:
        """The frame of ``<symbol>@ticker``."""
        document = self.document()
        return self.mini_frame() | {
            "e": "24hrTicker",
            "p": document["priceChange"],
            "P": document["priceChangePercent"],
            "w": document["weightedAvgPrice"],
            "Q": document["lastQty"],
            "O": document["openTime"],
            "C": document["closeTime"],
            "F": document["firstId"],
            "L": document["lastId"],
            "n": document["count"],
        }

    def mini_frame(self) -> dict[str, Any]:
        """The frame of ``<symbol>@miniTicker``."""
        candle = self.candle
        return {
            "e": "24hrMiniTicker",
            "E": self.close_ms,
            "s": wire_symbol(self.instrument),
            "c": decimal_text(candle.close),
            "o": decimal_text(candle.open),
            "h": decimal_text(candle.high),
            "l": decimal_text(candle.low),
            "v": decimal_text(candle.volume),
            "q": decimal_text(candle.quote_volume),
        }


def day_of(floor: Floor, instrument: Instrument, now_ns: int) -> Day | None:
    """The last 24 hours with everything a ticker tells; None if nothing was traded in them."""
    candle = day_figures(floor, instrument.symbol, now_ns)
    return None if candle is None else Day(floor, instrument, candle, now_ns)


def candle_row(candle: Candle, span_ns: int) -> list[int | str]:
    """A row of ``klines``; the share of the takers' buys is told as half."""
    half, quote_half = candle.volume / 2, candle.quote_volume / 2
    return [
        ms(candle.start_ns),
        decimal_text(candle.open),
        decimal_text(candle.high),
        decimal_text(candle.low),
        decimal_text(candle.close),
        decimal_text(candle.volume),
        ms(candle.start_ns + span_ns) - 1,
        decimal_text(candle.quote_volume),
        candle.trades,
        decimal_text(half),
        decimal_text(quote_half),
        "0",
    ]


def candle_frame(floor: Floor, instrument: Instrument, interval: str, now_ns: int) -> dict[str, Any] | None:
    """The frame of ``<symbol>@kline_<interval>``; None if nothing was traded in it yet."""
    span_ns = INTERVALS_S[interval] * NS_PER_S
    start_ns = now_ns // span_ns * span_ns
    tape = floor.tapes[instrument.symbol]
    candle = next(tape.candles(start_ns, now_ns, span_ns), None)
    if candle is None:
        return None
    opened, _, _, _, _, volume, closes, quote_volume, trades, taker, quote_taker, _ = candle_row(candle, span_ns)
    last_id = tape.trades[-1].trade_id
    kline = {
        "t": opened,
        "T": closes,
        "s": wire_symbol(instrument),
        "i": interval,
        "f": next(row.trade_id for row in tape.trades if row.time_ns >= start_ns),
        "L": last_id,
        "o": decimal_text(candle.open),
        "c": decimal_text(candle.close),
        "h": decimal_text(candle.high),
        "l": decimal_text(candle.low),
        "v": volume,
        "n": trades,
        "x": False,
        "q": quote_volume,
        "V": taker,
        "Q": quote_taker,
        "B": "0",
    }
    return {"e": "kline", "E": ms(now_ns), "s": wire_symbol(instrument), "k": kline}
