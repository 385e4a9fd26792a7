"""The websocket: subscriptions, public streams, and the private streams of orders and positions."""

import json
from typing import Any, Final

import msgspec
from aiohttp import web

from mmtui.model.instrument import Instrument
from mmtui.model.units import NS_PER_MS, NS_PER_S, Side, decimal_text
from mmtui.sandbox.backpack import figures, markets
from mmtui.sandbox.backpack.errors import ApiError
from mmtui.sandbox.backpack.private_frames import PositionBook, order_frame
from mmtui.sandbox.backpack.signing import Door, Member
from mmtui.sandbox.backpack.times import us
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PRIVATE, WS_PUBLIC
from mmtui.sandbox.floor import BookChange, Floor
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.sockets import Connection, Hub, Keepalive
from mmtui.sandbox.tape import MarkRow, TapeTrade

KEEPALIVE: Final = Keepalive(ping_s=60.0, pong_s=120.0)
PLAIN: Final = ("bookTicker", "depth", "trade", "markPrice", "ticker", "openInterest")
CONFLATED_MS: Final = {"200ms": 200, "600ms": 600, "1000ms": 1_000}
EMPTY_EVERY: Final = 97
"""Every so many changes of a book an event without levels takes a number too, as happens on the venue."""
OPEN_INTEREST_NS: Final = 60 * NS_PER_S
INVALID_STREAM: Final = (4006, "Invalid stream")
INVALID_REQUEST: Final = (4001, "Invalid request")
INVALID_SIGNATURE: Final = 4002


class Conflated:
    """Changes of one book that wait for the next frame of a slow depth stream."""

    def __init__(self, instrument: Instrument, span_ms: int) -> None:
        self.instrument = instrument
        self.span_ns = span_ms * NS_PER_MS
        self.first: int | None = None
        self.last = 0
        self.time_ns = 0
        self.due_ns = 0
        self.bids: dict[Any, Any] = {}
        self.asks: dict[Any, Any] = {}

    def add(self, change: BookChange, number: int) -> None:
        """Take one more change; the newest size of a price counts."""
        self.first = number if self.first is None else self.first
        self.last, self.time_ns = number, change.time_ns
        self.bids.update(change.bids)
        self.asks.update(change.asks)

    def take(self) -> tuple[BookChange, int, int] | None:
        """What has gathered, with its first and last number; None if nothing has."""
        if self.first is None:
            return None
        change = BookChange(self.instrument, list(self.bids.items()), list(self.asks.items()), self.time_ns)
        first, self.first = self.first, None
        self.bids, self.asks = {}, {}
        return change, first, self.last


class Streams:
    """Hears the floor and tells the subscribers."""

    def __init__(self, floor: Floor, hub: Hub, clock: SandboxClock, door: Door, first_id: int) -> None:
        self._floor = floor
        self._hub = hub
        self._clock = clock
        self._door = door
        self._update_ids = dict.fromkeys(floor.instruments, first_id)
        self._changes = 0
        self._touch: dict[str, tuple[Any, ...]] = {}
        self._conflated: dict[str, Conflated] = {}
        self._positions = PositionBook(floor)
        self._next_second_ns = 0
        self._next_interest_ns = 0

    def update_id(self, symbol: str) -> int:
        """Number of the last change of a book."""
        return self._update_ids[symbol]

    # ------------------------------------------------------------------------------------------------ subscriptions

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A client comes; a plain request of the root path gets the venue's 404."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return ApiError("RESOURCE_NOT_FOUND", "Not Found", 404).response()
        return await self._hub.serve(request, self._on_text, KEEPALIVE)

    def _on_text(self, connection: Connection, text: str) -> None:
        """SUBSCRIBE and UNSUBSCRIBE; success is silent."""
        try:
            message = json.loads(text)
            method, names = message["method"], message["params"]
        except (ValueError, RecursionError, KeyError, TypeError):
            self._complain(connection, *INVALID_REQUEST)
            return
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE") or not isinstance(names, list):
            self._complain(connection, *INVALID_REQUEST)
            return
        if not all(isinstance(name, str) and self._exists(name) for name in names):
            self._complain(connection, *INVALID_STREAM)
            return
        private = any(name.startswith("account.") for name in names)
        try:
            if method == "UNSUBSCRIBE":
                self._unsubscribe(connection, names)
            else:
                signature = message.get("signature")
                member = self._door.admit_stream(signature, self._clock.now_ms()) if private else None
                self._subscribe(connection, names, member)
        except ApiError as error:
            self._complain(connection, INVALID_SIGNATURE, error.message)

    def _complain(self, connection: Connection, code: int, message: str) -> None:
        connection.reply(json.dumps({"id": None, "error": {"code": code, "message": message}}))

    def _exists(self, name: str) -> bool:
        if name == "liquidation":
            return True
        kind, _, rest = name.partition(".")
        if kind == "account":
            topic, _, symbol = rest.partition(".")
            return topic in ("orderUpdate", "positionUpdate") and (not symbol or symbol in self._floor.instruments)
        if kind == "kline":
            interval, _, symbol = rest.partition(".")
            return interval in figures.INTERVALS_S and symbol in self._floor.instruments
        if kind == "depth" and rest.partition(".")[0] in CONFLATED_MS:
            rest = rest.partition(".")[2]
        perp_only = kind in ("markPrice", "openInterest")
        instrument = self._floor.instruments.get(rest)
        return kind in PLAIN and instrument is not None and (markets.is_perp(instrument) or not perp_only)

    def _subscribe(self, connection: Connection, names: list[str], member: Member | None) -> None:
        for name in names:
            if name.startswith("account."):
                assert member is not None  # noqa: S101 - the caller has let it in
                self._hub.subscribe(connection, (member.name, name), WS_PRIVATE)
                if name.startswith("account.positionUpdate"):
                    self._send_positions(connection, member, name)
                continue
            kind, *words = name.split(".")
            if kind == "depth" and words[0] in CONFLATED_MS and name not in self._conflated:
                self._conflated[name] = Conflated(self._floor.instruments[words[1]], CONFLATED_MS[words[0]])
            self._hub.subscribe(connection, name, WS_PUBLIC)

    def _unsubscribe(self, connection: Connection, names: list[str]) -> None:
        for key in tuple(connection.keys):
            name = key[1] if isinstance(key, tuple) else key
            if name in names:
                self._hub.unsubscribe(connection, key)

    def _send_positions(self, connection: Connection, member: Member, name: str) -> None:
        """The open positions, one frame each, without an event name."""
        symbol = name.removeprefix("account.positionUpdate").removeprefix(".")
        for data in self._positions.open_frames(member.name, us(self._clock.now_ns())):
            if symbol in ("", data["s"]):
                connection.send(_frame("account.positionUpdate", data), WS_PRIVATE)

    # ------------------------------------------------------------------------------------------- what the floor says

    def on_book(self, change: BookChange) -> None:
        """Depth, slow depth and best prices."""
        self._changes += 1
        self._tell_book(change)
        if self._changes % EMPTY_EVERY == 0:
            self._tell_book(BookChange(change.instrument, [], [], change.time_ns))

    def _tell_book(self, change: BookChange) -> None:
        symbol = change.instrument.symbol
        number = self._update_ids[symbol] = self._update_ids[symbol] + 1
        self._publish_depth(f"depth.{symbol}", change, number, number)
        for span in CONFLATED_MS:
            gathered = self._conflated.get(f"depth.{span}.{symbol}")
            if gathered is not None:
                gathered.add(change, number)
        if self._hub.heard(f"bookTicker.{symbol}"):
            self._tell_touch(change, number)

    def _publish_depth(self, name: str, change: BookChange, first: int, last: int) -> None:
        if not self._hub.heard(name):
            return
        data = {
            "e": "depth",
            "E": us(self._clock.now_ns()),
            "s": change.instrument.symbol,
            "a": figures.price_rows(change.instrument, change.asks),
            "b": figures.price_rows(change.instrument, change.bids),
            "U": first,
            "u": last,
            "T": us(change.time_ns),
        }
        self._hub.publish(name, _frame(name, data), sequenced=True)

    def _tell_touch(self, change: BookChange, number: int) -> None:
        instrument = change.instrument
        rows = self._floor.book(instrument.symbol)
        touch = (*rows.bids[:1], *rows.asks[:1])
        if touch == self._touch.get(instrument.symbol) or len(touch) < 2:  # noqa: PLR2004 - a bid and an ask
            return
        self._touch[instrument.symbol] = touch
        [[bid, bid_size], [ask, ask_size]] = figures.price_rows(instrument, list(touch))
        name = f"bookTicker.{instrument.symbol}"
        data = {
            "e": "bookTicker",
            "E": us(self._clock.now_ns()),
            "s": instrument.symbol,
            "a": ask,
            "A": ask_size,
            "b": bid,
            "B": bid_size,
            "u": number,
            "T": us(change.time_ns),
        }
        self._hub.publish(name, _frame(name, data))

    def on_trade(self, trade: TapeTrade) -> None:
        """A public trade; the crowd's order numbers are made up."""
        name = f"trade.{trade.symbol}"
        if not self._hub.heard(name):
            return
        instrument = self._floor.instruments[trade.symbol]
        data = {
            "e": "trade",
            "E": us(self._clock.now_ns()),
            "s": trade.symbol,
            "p": figures.fixed(trade.price, instrument.tick_size),
            "q": figures.fixed(trade.quantity, instrument.lot_size),
            "b": str(trade.trade_id * 2),
            "a": str(trade.trade_id * 2 + 1),
            "t": trade.trade_id,
            "T": us(trade.time_ns),
            "m": trade.taker_side is Side.SELL,
        }
        self._hub.publish(name, _frame(name, data))

    def on_mark(self, mark: MarkRow) -> None:
        """A mark price."""
        name = f"markPrice.{mark.symbol}"
        if self._hub.heard(name):
            data = {
                "e": "markPrice",
                "E": us(self._clock.now_ns()),
                "s": mark.symbol,
                "p": decimal_text(mark.mark),
                "i": decimal_text(mark.index),
                "f": decimal_text(mark.funding_rate),
                "n": mark.next_funding_ns // NS_PER_MS,
                "T": us(mark.time_ns),
            }
            self._hub.publish(name, _frame(name, data))

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of an account, and the position that its fill moved."""
        now_us = us(self._clock.now_ns())
        self._publish_private(record.account, "orderUpdate", order_frame(change, record, fill, now_us))
        if fill is not None and markets.is_perp(record.instrument):
            self._publish_private(record.account, "positionUpdate", self._positions.moved(fill, now_us))

    def on_funding(self, payment: FundingRecord) -> None:
        """Funding is told by the history only."""

    def _publish_private(self, account: str, topic: str, data: dict[str, Any]) -> None:
        for name in (f"account.{topic}", f"account.{topic}.{data['s']}"):
            if self._hub.heard((account, name)):
                self._hub.publish((account, name), _frame(name, data), sequenced=True)

    # ------------------------------------------------------------------------------------------------ slow streams

    def tick(self, now_ns: int) -> None:
        """Frames that go by time: slow depth, tickers, candles, open interest."""
        for name, gathered in tuple(self._conflated.items()):
            if not self._hub.heard(name):
                del self._conflated[name]
            elif now_ns >= gathered.due_ns:
                gathered.due_ns = now_ns + gathered.span_ns
                taken = gathered.take()
                if taken is not None:
                    self._publish_depth(name, *taken)
        if now_ns >= self._next_second_ns:
            self._next_second_ns = now_ns + NS_PER_S
            for symbol in self._floor.instruments:
                self._publish_ticker(symbol, now_ns)
                self._publish_candles(symbol, now_ns)
        if now_ns >= self._next_interest_ns:
            self._next_interest_ns = now_ns + OPEN_INTEREST_NS
            for instrument in self._floor.instruments.values():
                self._publish_interest(instrument, now_ns)

    def _publish_ticker(self, symbol: str, now_ns: int) -> None:
        name = f"ticker.{symbol}"
        day = figures.day_figures(self._floor, symbol, now_ns) if self._hub.heard(name) else None
        if day is not None:
            data = {
                "e": "ticker",
                "E": us(now_ns),
                "s": symbol,
                "o": decimal_text(day.open),
                "c": decimal_text(day.close),
                "h": decimal_text(day.high),
                "l": decimal_text(day.low),
                "v": decimal_text(day.volume),
                "V": decimal_text(day.quote_volume),
                "n": day.trades,
            }
            self._hub.publish(name, _frame(name, data))

    def _publish_candles(self, symbol: str, now_ns: int) -> None:
        for interval, span_s in figures.INTERVALS_S.items():
            name = f"kline.{interval}.{symbol}"
            if not self._hub.heard(name):
                continue
            data = figures.candle_frame(self._floor, symbol, now_ns, span_s)
            if data is not None:
                self._hub.publish(name, _frame(name, data))

    def _publish_interest(self, instrument: Instrument, now_ns: int) -> None:
        name = f"openInterest.{instrument.symbol}"
        if self._hub.heard(name):
            held = decimal_text(figures.open_interest(self._floor, instrument))
            self._hub.publish(
                name, _frame(name, {"e": "openInterest", "E": us(now_ns), "s": instrument.symbol, "o": held})
            )


def _frame(stream: str, data: dict[str, Any]) -> str:
    return msgspec.json.encode({"stream": stream, "data": data}).decode()
