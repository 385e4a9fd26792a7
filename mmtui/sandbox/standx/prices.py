"""Prices, books and candles as the venue writes them."""

from typing import Any, Final

from mmtui.model.units import NS_PER_S, decimal_text
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.hearing import Row
from mmtui.sandbox.standx.errors import bad_request
from mmtui.sandbox.standx.markets import BY_SYMBOL, QUOTE
from mmtui.sandbox.standx.times import iso

PERCENT: Final = 100
RESOLUTIONS_S: Final = {"3S": 3, "1": 60, "5": 300, "15": 900, "60": 3_600, "1D": 86_400, "1W": 604_800}


def shuffled(rows: list[Row]) -> list[list[str]]:
    """Levels in no order: this venue does not sort them."""
    mixed = rows[1::2] + rows[::2]
    return [[decimal_text(price), decimal_text(size)] for price, size in mixed]


def book_document(floor: Floor, symbol: str, depth: int) -> dict[str, Any]:
    """The whole book, as far as it is told."""
    rows = floor.book(symbol)
    return {"symbol": symbol, "asks": shuffled(rows.asks[:depth]), "bids": shuffled(rows.bids[:depth])}


def _touch(floor: Floor, symbol: str) -> tuple[str | None, str | None, str | None]:
    bid, ask = floor.touch(symbol)
    mid = None if bid is None or ask is None else decimal_text((bid + ask) / 2)
    return None if bid is None else decimal_text(bid), None if ask is None else decimal_text(ask), mid


def price_frame(floor: Floor, symbol: str, now_ns: int) -> dict[str, Any]:
    """The data of the channel ``price``."""
    tape = floor.tapes[symbol]
    bid, ask, mid = _touch(floor, symbol)
    return {
        "base": BY_SYMBOL[symbol].base,
        "quote": QUOTE,
        "index_price": None if tape.mark is None else decimal_text(tape.mark.index),
        "last_price": None if tape.last_price is None else decimal_text(tape.last_price),
        "mark_price": None if tape.mark is None else decimal_text(tape.mark.mark),
        "mid_price": mid,
        "spread": [bid, ask],
        "symbol": symbol,
        "time": iso(now_ns),
    }


def price_document(floor: Floor, symbol: str, now_ns: int) -> dict[str, Any]:
    """``query_symbol_price``."""
    frame = price_frame(floor, symbol, now_ns)
    bid, ask = frame.pop("spread")
    return frame | {"spread_bid": bid, "spread_ask": ask}


def market_document(floor: Floor, symbol: str, now_ns: int) -> dict[str, Any]:
    """``query_symbol_market``."""
    tape = floor.tapes[symbol]
    day = tape.summary(now_ns)
    figures = {"high_price_24h": "0", "low_price_24h": "0", "volume_24h": "0"}
    if day is not None:
        values = (day.high, day.low, day.volume)
        figures = dict(zip(figures, map(decimal_text, values), strict=True))
    funding: dict[str, Any] = {"funding_rate": "0", "next_funding_time": iso(now_ns)}
    if tape.mark is not None:
        funding = {
            "funding_rate": decimal_text(tape.mark.funding_rate), "next_funding_time": iso(tape.mark.next_funding_ns),
        }  # fmt: skip
    return price_frame(floor, symbol, now_ns) | figures | funding | {"open_interest": "0"}


def overview_row(floor: Floor, symbol: str, now_ns: int) -> dict[str, Any]:
    """A row of ``query_market_overview``."""
    tape, frame = floor.tapes[symbol], price_frame(floor, symbol, now_ns)
    day = tape.summary(now_ns)
    return {
        "base": frame["base"],
        "quote": QUOTE,
        "symbol": symbol,
        "last_price": frame["last_price"],
        "mark_price": frame["mark_price"],
        "funding_rate": "0" if tape.mark is None else decimal_text(tape.mark.funding_rate),
        "open_interest": "0",
        "open_interest_notional": "0",
        "price_change_pct": float((day.close - day.open) / day.open * PERCENT) if day else 0.0,
        "volume_24h": decimal_text(day.volume) if day else "0",
        "volume_quote_24h": decimal_text(day.quote_volume) if day else "0",
        "time": frame["time"],
    }


def candles(floor: Floor, symbol: str, resolution: str, begin_s: int, end_s: int) -> dict[str, Any]:
    """``kline/history``: in columns. Raises ApiError."""
    span_s = RESOLUTIONS_S.get(resolution)
    if span_s is None:
        raise bad_request("invalid resolution")
    start_ns = begin_s // span_s * span_s * NS_PER_S
    found = list(floor.tapes[symbol].candles(start_ns, end_s * NS_PER_S, span_s * NS_PER_S))
    columns = {
        "t": [one.start_ns // NS_PER_S for one in found], "o": [float(one.open) for one in found],
        "h": [float(one.high) for one in found], "l": [float(one.low) for one in found],
        "c": [float(one.close) for one in found], "v": [float(one.volume) for one in found],
    }  # fmt: skip
    return {"s": "ok" if found else "no_data", **columns}
