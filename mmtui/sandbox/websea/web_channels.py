"""The sockets of the venue's own web pages, documented nowhere: the book by ranks, and the mark with its funding."""

import json
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct, field

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, decimal_text
from mmtui.sandbox.faults import WS_PUBLIC
from mmtui.sandbox.floor import Floor, Row
from mmtui.sandbox.sockets import Connection, Hub
from mmtui.sandbox.websea import figures

BOOK: Final = "realTime_depth"
MARK: Final = "realTime"
BOOK_TYPE: Final = 1
MARK_TYPE: Final = 8
GEARS: Final = 50
BOOK_NS: Final = 200 * NS_PER_MS
MARK_NS: Final = NS_PER_S
FIRST_SHARE: Final = 2
"""The first frame of a book holds only its ranks up to their number divided by this."""

Gears = dict[int, tuple[str, ...]]
"""(price, contracts, coins, worth) by rank."""


class BookView(Struct, eq=False):
    """What one connection has been shown of one book."""

    instrument: Instrument
    step: Decimal
    levels: int
    shown: dict[str, Gears] = field(default_factory=lambda: {"bids": {}, "asks": {}})
    begun: bool = False


class WebChannels:
    """Serves the pages' subscriptions; one book for each connection."""

    def __init__(self, floor: Floor, hub: Hub) -> None:
        self._floor = floor
        self._hub = hub
        self._views: dict[Connection, BookView] = {}
        self._book_due_ns = 0
        self._mark_due_ns = 0

    def on_text(self, connection: Connection, text: str, kind: str) -> None:
        """A list of subscriptions, or the time in seconds, which is echoed to keep the connection."""
        if text.isascii() and text.isdecimal():
            connection.reply(text)
            return
        try:
            message = json.loads(text)
            subs, ends = list(message.get("subs") or []), list(message.get("unSubs") or [])
        except (ValueError, RecursionError, AttributeError, TypeError):
            connection.drop()
            return
        for row in ends:
            self._end(connection, row)
        good = all(self._begin(connection, row, kind) for row in subs)
        connection.reply(json.dumps({"code": "1" if good else "2", "msg": "success" if good else "fail", "data": text}))

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self._views.pop(connection, None)

    def _begin(self, connection: Connection, row: object, kind: str) -> bool:
        instrument = self._named(row)
        if instrument is None or not isinstance(row, dict):
            return False
        if kind == MARK:
            if row.get("type") != MARK_TYPE:
                return False
            self._hub.subscribe(connection, (MARK, instrument.symbol), WS_PUBLIC)
            return True
        step = figures.steps_of(instrument).get(str(row.get("depth")))
        level = row.get("level", GEARS)
        if row.get("type") != BOOK_TYPE or step is None or type(level) is not int or not 0 < level <= GEARS:
            return False
        self._views[connection] = BookView(instrument, step, level)
        self._hub.subscribe(connection, (BOOK, instrument.symbol), WS_PUBLIC)
        return True

    def _end(self, connection: Connection, row: object) -> None:
        instrument = self._named(row)
        if instrument is not None:
            self._hub.unsubscribe(connection, (MARK, instrument.symbol))
            self._hub.unsubscribe(connection, (BOOK, instrument.symbol))
            self._views.pop(connection, None)

    def _named(self, row: object) -> Instrument | None:
        return self._floor.instruments.get(str(row.get("symbol"))) if isinstance(row, dict) else None

    # --------------------------------------------------------------------------------------------------- by the clock

    def tick(self, now_ns: int) -> None:
        """Books five times a second, marks every second."""
        if self._views and now_ns >= self._book_due_ns:
            self._book_due_ns = now_ns + BOOK_NS
            for connection, view in self._views.items():
                self._send_book(connection, view, now_ns)
        if now_ns >= self._mark_due_ns:
            self._mark_due_ns = now_ns + MARK_NS
            for symbol in self._floor.instruments:
                if self._hub.heard((MARK, symbol)):
                    self._publish_mark(symbol, now_ns)

    def _send_book(self, connection: Connection, view: BookView, now_ns: int) -> None:
        """The ranks that have changed; a rank that is empty now has the number 0."""
        book = self._floor.book(view.instrument.symbol)
        levels = view.levels if view.begun else view.levels // FIRST_SHARE + 1
        bids, asks = figures.merged_book(book, view.step, levels)
        view.begun = True
        rows = {"asks": _changes(view, "asks", asks), "bids": _changes(view, "bids", bids)}
        if rows["asks"] or rows["bids"]:
            data = {"symbol": view.instrument.symbol, "ts": figures.ms(now_ns), **rows}
            connection.send(json.dumps({"type": BOOK_TYPE, "data": data}), WS_PUBLIC, sequenced=True)

    def _publish_mark(self, symbol: str, now_ns: int) -> None:
        row = figures.mark_row(self._floor, symbol, now_ns)
        if row is None:
            return
        last = self._floor.tapes[symbol].last_price
        data = {
            "symbol": symbol,
            "markerPrice": decimal_text(row.mark),
            "indexPrice": decimal_text(row.index),
            "capitalRate": figures.percent_text(row.funding_rate),
            "newPrice": "" if last is None else decimal_text(last),
            "settlementTime": figures.seconds(row.next_funding_ns),
        }
        self._hub.publish((MARK, symbol), json.dumps({"type": MARK_TYPE, "data": data}))


def _changes(view: BookView, side: str, rows: list[Row]) -> list[dict[str, Any]]:
    """The gears of one side that differ from what was shown."""
    now = {gear: _texts(view.instrument, row) for gear, row in enumerate(rows, 1)}
    before, view.shown[side] = view.shown[side], now
    changed = [(gear, texts) for gear, texts in now.items() if before.get(gear) != texts]
    gone = [(gear, (texts[0], "0", "0", "0")) for gear, texts in before.items() if gear not in now]
    names = ("price", "number", "numberConvert", "numberConvertU")
    return [{"gear": gear, **dict(zip(names, texts, strict=True))} for gear, texts in (*changed, *gone)]


def _texts(instrument: Instrument, row: Row) -> tuple[str, ...]:
    price, coins = row
    return (
        decimal_text(price),
        figures.count_text(instrument, coins),
        decimal_text(coins),
        decimal_text(price * coins),
    )
