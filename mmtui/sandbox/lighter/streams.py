"""The websocket: channels of markets for everybody, channels of accounts with a token, and transactions."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from aiohttp import web

from mmtui.model.orders import TimeInForce
from mmtui.model.units import NS_PER_MS, NS_PER_US, ZERO
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PRIVATE, WS_PUBLIC
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.hearing import BookChange, Row
from mmtui.sandbox.lighter import errors
from mmtui.sandbox.lighter.digits import whole
from mmtui.sandbox.lighter.documents import AccountPicture, funding_document, order_document, own_trade, public_trade
from mmtui.sandbox.lighter.errors import ApiError
from mmtui.sandbox.lighter.execution import Execution
from mmtui.sandbox.lighter.markets import BY_ID, BY_SYMBOL, MarketRow
from mmtui.sandbox.lighter.members import Door, Member
from mmtui.sandbox.lighter.transactions import Parcel, decode, read_batch
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.sockets import Connection, Hub, Keepalive
from mmtui.sandbox.tape import MarkRow, TapeTrade
from mmtui.sandbox.windows import RateWindow

FLUSH_NS: Final = 50 * NS_PER_MS
"""Books are told in batches of so much time."""
MESSAGES_PER_MINUTE: Final = 200
SUBSCRIPTIONS: Final = 100
WS_BATCH: Final = 15
KEEPALIVE: Final = Keepalive(60, 120)
FIRST_BOOK_NONCE: Final = 9_182_390_000
TRADES_TOLD: Final = 50
PERCENT: Final = 100

PUBLIC: Final = ("order_book", "ticker", "market_stats", "trade")
PRIVATE: Final = (
    "account_all_orders",
    "account_all_trades",
    "account_all_positions",
    "account_all_assets",
    "user_stats",
)
ALL: Final = "all"


def text_of(document: dict[str, Any]) -> str:
    """JSON."""
    return msgspec.json.encode(document).decode()


class BookFeed:
    """One market's book as a stream: changes gathered until they are told, each batch naming the nonce before it."""

    def __init__(self, row: MarketRow) -> None:
        self.row = row
        self.nonce = FIRST_BOOK_NONCE
        self._told = FIRST_BOOK_NONCE
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def change(self, change: BookChange) -> None:
        """Levels changed."""
        self.nonce += 1
        self._bids.update(change.bids)
        self._asks.update(change.asks)

    def take(self, now_ns: int) -> dict[str, Any] | None:
        """What has changed since the last call as a frame; None if nothing has."""
        if self.nonce == self._told:
            return None
        bids, asks, begin = list(self._bids.items()), list(self._asks.items()), self._told
        self._bids, self._asks, self._told = {}, {}, self.nonce
        return self.frame("update", bids, asks, begin, now_ns)

    def frame(self, kind: str, bids: Sequence[Row], asks: Sequence[Row], begin: int, now_ns: int) -> dict[str, Any]:
        """A frame of the channel. What has been told is up to ``nonce`` then."""
        now_us = now_ns // NS_PER_US
        return {
            "channel": f"order_book:{self.row.market_id}",
            "last_updated_at": now_us,
            "offset": self._told - FIRST_BOOK_NONCE,
            "order_book": {
                "code": 0,
                "asks": self._levels(asks),
                "bids": self._levels(bids),
                "offset": self._told - FIRST_BOOK_NONCE,
                "nonce": self._told,
                "begin_nonce": begin,
                "last_updated_at": now_us,
            },
            "timestamp": now_ns // NS_PER_MS,
            "type": f"{kind}/order_book",
        }

    def _levels(self, rows: Sequence[Row]) -> list[dict[str, str]]:
        return [{"price": self.row.price(price), "size": self.row.size(size)} for price, size in rows]


class Streams:
    """Everything that is told without being asked, and the words of clients."""

    def __init__(
        self, floor: Floor, hub: Hub, clock: SandboxClock, door: Door, members: Sequence[Member], execution: Execution
    ) -> None:
        self._floor = floor
        self._hub = hub
        self._clock = clock
        self._door = door
        self._execution = execution
        self._members = {member.name: member for member in members}
        self._books = {symbol: BookFeed(BY_SYMBOL[symbol]) for symbol in floor.instruments}
        self._flush_ns = 0
        self._touches: dict[str, tuple[Decimal | None, Decimal | None]] = {}
        self._messages = RateWindow(MESSAGES_PER_MINUTE, 60)
        self.fundings: dict[str, list[dict[str, Any]]] = {member.name: [] for member in members}
        """Payments as documents, oldest first, by account name."""

    # ------------------------------------------------------------------------------------------------ the floor says

    def on_book(self, change: BookChange) -> None:
        """Levels changed."""
        self._books[change.instrument.symbol].change(change)

    def on_trade(self, trade: TapeTrade) -> None:
        """A print."""
        key = f"trade/{BY_SYMBOL[trade.symbol].market_id}"
        if self._hub.heard(key):
            self._publish(key, {"trades": [public_trade(trade)], "liquidation_trades": [], "nonce": trade.trade_id})

    def on_mark(self, mark: MarkRow) -> None:
        """A new mark price."""
        market_id = BY_SYMBOL[mark.symbol].market_id
        row = self._stats(mark.symbol)
        if row is None:
            return
        now = {"timestamp": mark.time_ns // NS_PER_MS}
        self._publish(f"market_stats/{market_id}", {"market_stats": row, **now})
        self._publish(f"market_stats/{ALL}", {"market_stats": {str(market_id): row}, **now})

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of an account. One that cannot rest is told of when it has ended."""
        if change is OrderChange.ACCEPTED and record.time_in_force is TimeInForce.IOC:
            return
        member = self._members[record.account]
        owner, market = member.account_index, str(BY_SYMBOL[record.symbol].market_id)
        if fill is not None:
            trades = {"trades": {market: [own_trade(fill, member)]}}
            self._publish(f"account_all_trades/{owner}", trades)
            self._publish(f"account_all_positions/{owner}", self._positions(member, record.symbol))
            self._publish(f"account_all_assets/{owner}", self._assets(member))
        self._publish(f"account_all_orders/{owner}", {"orders": {market: [order_document(record, member)]}})
        self._publish(f"user_stats/{owner}", self._user_stats(member))

    def on_funding(self, payment: FundingRecord) -> None:
        """Funding was paid or received."""
        member, rows = self._members[payment.account], self.fundings[payment.account]
        quantity, _ = self._floor.truth(member.name).positions.get(
            self._floor.instruments[payment.symbol].id, (ZERO, None)
        )
        rows.append(funding_document(payment, len(rows) + 1, quantity))
        self._publish(f"account_all_positions/{member.account_index}", self._positions(member, payment.symbol))

    def _publish(self, key: str, fields: dict[str, Any], kind: str = "update") -> None:
        if self._hub.heard(key):
            self._hub.publish(key, text_of(self._frame(key, fields, kind)))

    def _frame(self, key: str, fields: dict[str, Any], kind: str) -> dict[str, Any]:
        return {"type": f"{kind}/{key.partition('/')[0]}", "channel": key.replace("/", ":"), **fields}

    # ------------------------------------------------------------------------------------------------------- timers

    def tick(self, now_ns: int) -> None:
        """Books and best prices, every so often."""
        if now_ns < self._flush_ns:
            return
        self._flush_ns = now_ns + FLUSH_NS
        for symbol in self._books:
            self._flush(symbol, now_ns)

    def _flush(self, symbol: str, now_ns: int) -> None:
        feed = self._books[symbol]
        frame = feed.take(now_ns)
        if frame is None:
            return
        market_id = feed.row.market_id
        self._hub.publish(f"order_book/{market_id}", text_of(frame), sequenced=True)
        touch = self._floor.touch(symbol)
        if touch != self._touches.get(symbol):
            self._touches[symbol] = touch
            self._publish(f"ticker/{market_id}", self._ticker(symbol, now_ns))

    # ---------------------------------------------------------------------------------------------------- documents

    def _stats(self, symbol: str) -> dict[str, Any] | None:
        row, tape = BY_SYMBOL[symbol], self._floor.tapes[symbol]
        mark = tape.mark
        if mark is None:
            return None
        day = tape.summary(self._clock.now_ns())
        last = tape.last_price if tape.last_price is not None else mark.mark
        return {
            "symbol": symbol,
            "market_id": row.market_id,
            "index_price": row.price(mark.index),
            "mark_price": row.price(mark.mark),
            "mid_price": row.price(mark.mark),
            "open_interest": "0",
            "open_interest_limit": "0",
            "funding_clamp_small": "0.05",
            "funding_clamp_big": "4",
            "last_trade_price": row.price(last),
            "current_funding_rate": f"{mark.funding_rate * PERCENT:.6f}",
            "funding_rate": f"{mark.funding_rate * PERCENT:.6f}",
            "funding_timestamp": mark.next_funding_ns // NS_PER_MS,
            "daily_base_token_volume": float(day.volume) if day else 0,
            "daily_quote_token_volume": float(day.quote_volume) if day else 0,
            "daily_price_low": float(day.low) if day else 0,
            "daily_price_high": float(day.high) if day else 0,
            "daily_price_change": float((day.close - day.open) / day.open * PERCENT) if day else 0,
        }

    def _ticker(self, symbol: str, now_ns: int) -> dict[str, Any]:
        feed, rows = self._books[symbol], self._floor.book(symbol)

        def side(levels: Sequence[Row]) -> dict[str, str]:
            price, size = levels[0] if levels else (ZERO, ZERO)
            return {"price": feed.row.price(price), "size": feed.row.size(size)}

        now_us = now_ns // NS_PER_US
        ticker = {"s": symbol, "a": side(rows.asks), "b": side(rows.bids), "last_updated_at": now_us}
        return {"last_updated_at": now_us, "nonce": feed.nonce, "ticker": ticker, "timestamp": now_ns // NS_PER_MS}

    def _positions(self, member: Member, symbol: str) -> dict[str, Any]:
        row = AccountPicture(self._floor, member).position(symbol)
        return {"positions": {str(row["market_id"]): row}, "shares": []}

    def _assets(self, member: Member) -> dict[str, Any]:
        rows = AccountPicture(self._floor, member).assets()
        return {"assets": {str(row["asset_id"]): row for row in rows}}

    def _user_stats(self, member: Member) -> dict[str, Any]:
        now_ms = self._clock.now_ns() // NS_PER_MS
        return {"stats": AccountPicture(self._floor, member).stats(), "timestamp": now_ms}

    def _open_orders(self, member: Member) -> dict[str, Any]:
        rows: dict[str, list[dict[str, Any]]] = {}
        for record in self._floor.records.open_orders(member.name):
            market = str(BY_SYMBOL[record.symbol].market_id)
            rows.setdefault(market, []).append(order_document(record, member))
        return {"orders": rows}

    def _held(self, member: Member) -> dict[str, Any]:
        picture = AccountPicture(self._floor, member)
        rows = [row for row in picture.positions() if Decimal(row["position"])]
        return {"positions": {str(row["market_id"]): row for row in rows}, "shares": []}

    # ------------------------------------------------------------------------------------------------- clients speak

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection. Without the token that private channels need, ``readonly=true`` changes nothing here."""
        greeting = text_of({"session_id": f"{self._clock.now_ns():x}", "type": "connected"})
        return await self._hub.serve(request, self.on_text, KEEPALIVE, lambda connection: connection.reply(greeting))

    def on_text(self, connection: Connection, text: str) -> None:
        """A message of a client."""
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError:
            self._say_no(connection, ApiError(errors.WS_BAD_JSON, "Invalid JSON"))
            return
        try:
            self._act(connection, message)
        except ApiError as error:
            self._say_no(connection, error)

    @staticmethod
    def _say_no(connection: Connection, error: ApiError) -> None:
        connection.reply(text_of({"error": error.document()}))

    def _act(self, connection: Connection, message: dict[str, Any]) -> None:
        kind = message.get("type")
        sends: dict[str, Callable[[dict[str, Any]], Parcel]] = {
            "jsonapi/sendtx": _single, "jsonapi/sendtxbatch": _batch,
        }  # fmt: skip
        read = sends.get(kind) if isinstance(kind, str) else None
        if read is not None:
            data = message.get("data")
            answer = self._execution.take(read(data if isinstance(data, dict) else {}), self._clock.now_ns())
            connection.reply(text_of({"type": kind, "data": answer}))
            return
        if not self._messages.take(id(connection), self._clock.now_ns()):
            raise ApiError(errors.WS_TOO_MANY_MESSAGES, "Too Many Messages")
        if kind == "ping":
            connection.reply('{"type":"pong"}')
        elif kind in ("subscribe", "unsubscribe"):
            channel = message.get("channel")
            if not isinstance(channel, str):
                raise ApiError(errors.WS_BAD_CHANNEL, f"Invalid Channel:  ({channel})")
            if kind == "subscribe":
                self._subscribe(connection, channel, message.get("auth"))
            else:
                self._unsubscribe(connection, channel)
        elif kind != "pong":
            raise ApiError(errors.WS_BAD_TYPE, "Invalid Type")

    def _unsubscribe(self, connection: Connection, channel: str) -> None:
        if channel not in connection.keys:
            raise ApiError(errors.WS_NOT_SUBSCRIBED, f"Not Subscribed: {channel}")
        self._hub.unsubscribe(connection, channel)
        connection.reply(text_of({"type": "unsubscribed", "channel": channel.replace("/", ":")}))

    def _subscribe(self, connection: Connection, channel: str, auth: object) -> None:
        if len(connection.keys) >= SUBSCRIPTIONS:
            raise ApiError(errors.TOO_MANY_SUBSCRIPTIONS, "Too Many Subscriptions!")
        name, _, subject = channel.partition("/")
        number = whole(subject)
        if name in PRIVATE and number is not None:
            member = self._door.admit(auth if isinstance(auth, str) else None, number, self._clock.now_ns())
            fields, target = self._private_snapshot(name, member), WS_PRIVATE
        elif name in PUBLIC:
            fields, target = self._public_snapshot(name, subject, channel), WS_PUBLIC
        else:
            raise ApiError(errors.WS_BAD_CHANNEL, f"Invalid Channel:  ({channel})")
        if channel in connection.keys and target == WS_PUBLIC:
            raise ApiError(errors.WS_ALREADY_SUBSCRIBED, f"Already Subscribed: {channel}")
        connection.reply(text_of(self._frame(channel, fields, "subscribed")))
        self._hub.subscribe(connection, channel, target)

    def _private_snapshot(self, name: str, member: Member) -> dict[str, Any]:
        if name == "account_all_orders":
            return self._open_orders(member)
        if name == "account_all_trades":
            volume = sum((fill.price * fill.quantity for fill in self._floor.records.fills.get(member.name, ())), ZERO)
            figures = {f"{span}_volume": float(volume) for span in ("total", "monthly", "weekly", "daily")}
            return {"trades": [], **figures}
        if name == "account_all_positions":
            return self._held(member)
        return self._assets(member) if name == "account_all_assets" else self._user_stats(member)

    def _public_snapshot(self, name: str, subject: str, channel: str) -> dict[str, Any]:
        now_ns = self._clock.now_ns()
        if name == "market_stats" and subject == ALL:
            rows = {str(BY_SYMBOL[symbol].market_id): self._stats(symbol) for symbol in self._floor.instruments}
            return {"market_stats": {key: row for key, row in rows.items() if row}, "timestamp": now_ns // NS_PER_MS}
        number = whole(subject)
        row = None if number is None else BY_ID.get(number)
        if row is None or row.symbol not in self._floor.instruments:
            raise ApiError(errors.WS_BAD_CHANNEL, f"Invalid Channel:  ({channel})")
        if name == "order_book":
            self._flush(row.symbol, now_ns)
            book = self._floor.book(row.symbol)
            return self._books[row.symbol].frame("subscribed", book.bids, book.asks, 0, now_ns)
        if name == "ticker":
            return self._ticker(row.symbol, now_ns)
        if name == "trade":
            latest = list(self._floor.tapes[row.symbol].trades)[-TRADES_TOLD:]
            return {"trades": [public_trade(trade) for trade in reversed(latest)], "liquidation_trades": [], "nonce": 0}
        return {"market_stats": self._stats(row.symbol) or {}, "timestamp": now_ns // NS_PER_MS}


def _single(data: dict[str, Any]) -> Parcel:
    kind, info = data.get("tx_type"), data.get("tx_info")
    if not isinstance(kind, int):
        raise ApiError(errors.BAD_PARAMETER, "invalid param: tx_type")
    text = info if isinstance(info, str) else msgspec.json.encode(info).decode()
    return Parcel((decode(kind, text),), is_batch=False)


def _batch(data: dict[str, Any]) -> Parcel:
    return read_batch({name: str(data.get(name, "")) for name in ("tx_types", "tx_infos")}, WS_BATCH)
