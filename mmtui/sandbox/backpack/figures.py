"""Market figures in the venue's words, shared by the REST interface and the streams."""

from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO, decimal_text
from mmtui.sandbox.backpack.holdings import ratio
from mmtui.sandbox.backpack.markets import FUNDING_INTERVAL_S
from mmtui.sandbox.backpack.times import iso, us
from mmtui.sandbox.floor import Floor, Row
from mmtui.sandbox.tape import Candle

INTERVALS_S: Final = {
    "1s": 1,
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
    "1month": 2_592_000,
}
OTHERS_INTEREST: Final = Decimal(1_000)
"""Open interest of everybody else, in base units."""


def fixed(value: Decimal, step: Decimal) -> str:
    """A price or quantity with all the decimals of its step, as market data has them."""
    return format(value.quantize(step), "f")


def price_rows(instrument: Instrument, rows: list[Row]) -> list[list[str]]:
    """Levels as pairs of texts."""
    tick, lot = instrument.tick_size, instrument.lot_size
    return [[fixed(price, tick), fixed(quantity, lot)] for price, quantity in rows]


def day_figures(floor: Floor, symbol: str, now_ns: int, span_s: int = 86_400) -> Candle | None:
    """The last day (or week); None if nothing was traded in it."""
    return floor.tapes[symbol].summary(now_ns, span_s * NS_PER_S)


def ticker_document(symbol: str, day: Candle) -> dict[str, str]:
    """A ticker of the REST interface; the change in percent is a fraction."""
    change = day.close - day.open
    return {
        "symbol": symbol,
        "firstPrice": decimal_text(day.open),
        "lastPrice": decimal_text(day.close),
        "priceChange": decimal_text(change),
        "priceChangePercent": decimal_text((change / day.open).quantize(Decimal("1e-6"))),
        "high": decimal_text(day.high),
        "low": decimal_text(day.low),
        "volume": decimal_text(day.volume),
        "quoteVolume": decimal_text(day.quote_volume),
        "trades": str(day.trades),
    }


def mark_figures(floor: Floor, symbol: str, now_ns: int) -> tuple[Decimal, Decimal, Decimal, int] | None:
    """Mark, index, funding rate and next funding in ms; None before the first mark of a perp that has none."""
    row = floor.tapes[symbol].mark
    if row is not None:
        return row.mark, row.index, row.funding_rate, row.next_funding_ns // NS_PER_MS
    mark = floor.mark(symbol)
    if mark is None:
        return None
    span_ns = FUNDING_INTERVAL_S * NS_PER_S
    return mark, mark, ZERO, (now_ns // span_ns + 1) * span_ns // NS_PER_MS


def mark_document(symbol: str, figures: tuple[Decimal, Decimal, Decimal, int]) -> dict[str, Any]:
    """A row of ``/api/v1/markPrices``."""
    mark, index, rate, next_ms = figures
    return {
        "symbol": symbol,
        "markPrice": ratio(mark),
        "indexPrice": ratio(index),
        "fundingRate": decimal_text(rate),
        "nextFundingTimestamp": next_ms,
    }


def open_interest(floor: Floor, instrument: Instrument) -> Decimal:
    """What is held long by all accounts, and what everybody else holds."""
    held = (account.quantity(instrument) for account in floor.accounts.values())
    return OTHERS_INTEREST + sum((max(quantity, ZERO) for quantity in held), ZERO)


def candle_frame(floor: Floor, symbol: str, now_ns: int, span_s: int) -> dict[str, Any] | None:
    """The candle that is being drawn, as the stream tells it; None if nothing was traded in it."""
    span_ns = span_s * NS_PER_S
    start_ns = now_ns // span_ns * span_ns
    candle = next(floor.tapes[symbol].candles(start_ns, now_ns, span_ns), None)
    if candle is None:
        return None
    return {
        "e": "kline",
        "E": us(now_ns),
        "s": symbol,
        "t": iso(start_ns),
        "T": iso(start_ns + span_ns),
        "o": decimal_text(candle.open),
        "c": decimal_text(candle.close),
        "h": decimal_text(candle.high),
        "l": decimal_text(candle.low),
        "v": decimal_text(candle.volume),
        "n": candle.trades,
        "X": False,
    }
