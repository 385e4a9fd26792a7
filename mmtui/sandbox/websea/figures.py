"""Market figures in the venue's words, shared by the REST interface and the sockets."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, ZERO, Side, decimal_text
from mmtui.sandbox.floor import BookRows, Floor, Row
from mmtui.sandbox.tape import Candle, MarkRow, TapeTrade
from mmtui.sandbox.websea import markets

PERIODS_S: Final = {
    "1min": 60,
    "5min": 300,
    "15min": 900,
    "30min": 1_800,
    "1hour": 3_600,
    "6hour": 21_600,
    "12hour": 43_200,
    "1day": 86_400,
    "1week": 604_800,
}
SOCKET_PERIODS_S: Final = PERIODS_S | {"1mon": 2_592_000}
SPLIT_EVERY: Final = 2
"""Every so many levels one is shown as two rows of the same price, as the venue's own books have them."""
MERGE_STEPS: Final = (1, 10, 100)
"""Steps of the merged book in ticks."""
OTHERS_INTEREST: Final = Decimal(1_000_000)
"""Open interest of everybody else, in contracts."""


def ms(time_ns: int) -> int:
    """Whole milliseconds."""
    return time_ns // NS_PER_MS


def seconds(time_ns: int) -> int:
    """Whole seconds."""
    return time_ns // NS_PER_S


def split(instrument: Instrument, rows: Iterable[Row]) -> Iterator[Row]:
    """Levels as the venue shows them: some prices come twice in a row."""
    lot = instrument.lot_size
    for index, (price, quantity) in enumerate(rows):
        half = instrument.quantity_down(quantity / 2)
        if index % SPLIT_EVERY == 0 and lot <= half < quantity:
            yield price, half
            quantity -= half  # noqa: PLW2901 - the rest of this very level
        yield price, quantity


def merged(rows: Iterable[Row], step: Decimal, side: Side) -> list[Row]:
    """Levels gathered on a coarser grid, bids downwards and asks upwards; best first."""
    gathered: dict[Decimal, Decimal] = {}
    for price, quantity in rows:
        steps = price // step
        if side is Side.SELL and price % step:
            steps += 1
        gathered[steps * step] = gathered.get(steps * step, ZERO) + quantity
    return list(gathered.items())


def merged_book(book: BookRows, step: Decimal, levels: int) -> tuple[list[Row], list[Row]]:
    """(bids, asks) of the merged book."""
    bids = merged(book.bids, step, Side.BUY)
    asks = merged(book.asks, step, Side.SELL)
    return bids[:levels], asks[:levels]


def steps_of(instrument: Instrument) -> dict[str, Decimal]:
    """The steps of the merged book by their names."""
    return {decimal_text(instrument.tick_size * ticks): instrument.tick_size * ticks for ticks in MERGE_STEPS}


def count_text(instrument: Instrument, coins: Decimal) -> str:
    """Coins as contracts."""
    return decimal_text(markets.contracts(instrument, coins))


def trade_document(instrument: Instrument, trade: TapeTrade) -> dict[str, Any]:
    """A public trade; the direction is the taker's."""
    return {
        "id": trade.trade_id,
        "price": markets.fixed(trade.price, instrument.tick_size),
        "amount": count_text(instrument, trade.quantity),
        "direction": trade.taker_side.value,
        "ts": ms(trade.time_ns),
    }


def candle_document(instrument: Instrument, candle: Candle) -> dict[str, Any]:
    """A candle; its id is the second in which it begins, its amount in contracts, its volume in the quote asset."""
    return {
        "id": seconds(candle.start_ns),
        "amount": count_text(instrument, candle.volume),
        "count": candle.trades,
        "open": decimal_text(candle.open),
        "close": decimal_text(candle.close),
        "low": decimal_text(candle.low),
        "high": decimal_text(candle.high),
        "vol": decimal_text(candle.quote_volume),
    }


def day_of(floor: Floor, symbol: str, now_ns: int) -> Candle | None:
    """The last 24 hours; None if nothing was traded in them."""
    return floor.tapes[symbol].summary(now_ns)


def mark_row(floor: Floor, symbol: str, now_ns: int) -> MarkRow | None:
    """Mark, index and funding; from the book before the first mark. None where there is no price at all."""
    row = floor.tapes[symbol].mark
    if row is not None and row.next_funding_ns:
        return row
    mark = floor.mark(symbol)
    if mark is None:
        return None
    span_ns = markets.FUNDING_INTERVAL_S * NS_PER_S
    rate = ZERO if row is None else row.funding_rate
    return MarkRow(symbol, mark, mark if row is None else row.index, rate, (now_ns // span_ns + 1) * span_ns, now_ns)


def percent_text(rate: Decimal) -> str:
    """A funding rate in percent with four decimals."""
    return format((rate * 100).quantize(Decimal("0.0001")), "f")


def open_interest(floor: Floor, instrument: Instrument) -> Decimal:
    """What is held long by all accounts net, and what everybody else holds, in contracts."""
    held = (account.quantity(instrument) for account in floor.accounts.values())
    own = sum((max(quantity, ZERO) for quantity in held), ZERO)
    return OTHERS_INTEREST + markets.contracts(instrument, own)
