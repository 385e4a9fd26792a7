"""The two websockets: markets and accounts as streams, and the channel of orders with its late answers."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from mmtui.model.units import NS_PER_MS, Side, decimal_text
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.faults import WS_PRIVATE
from mmtui.sandbox.floor import Floor
from mmtui.sandbox.hearing import BookChange
from mmtui.sandbox.records import FillRecord, FundingRecord, OrderChange, OrderRecord
from mmtui.sandbox.sockets import Connection, Hub, Keepalive
from mmtui.sandbox.standx import markets
from mmtui.sandbox.standx.documents import AccountPicture, order_document, trade_document
from mmtui.sandbox.standx.errors import ApiError, bad_request, unauthorized
from mmtui.sandbox.standx.limits import Limits
from mmtui.sandbox.standx.login import Door, Member, Session
from mmtui.sandbox.standx.order_entry import Deed, OrderEntry
from mmtui.sandbox.standx.prices import book_document, price_frame
from mmtui.sandbox.standx.results import Results, text_of
from mmtui.sandbox.standx.times import iso
from mmtui.sandbox.tape import MarkRow, TapeTrade

STREAM_PATH: Final = "/ws-stream/v1"
API_PATH: Final = "/ws-api/v1"
KEEPALIVE: Final = Keepalive(10, 300)
BOOK_EVERY_NS: Final = 100 * NS_PER_MS
DEPTH: Final = 100
PUBLIC: Final = ("depth_book", "price", "public_trade")
PRIVATE: Final = ("order", "position", "balance", "trade")


class Streams:
    """Everything that is told without being asked, and the words of clients."""

    def __init__(
        self, floor: Floor, hub: Hub, clock: SandboxClock, door: Door, members: list[Member], limits: Limits,
        entry: OrderEntry, results: Results,
    ) -> None:  # fmt: skip
        self._floor = floor
        self._hub = hub
        self._clock = clock
        self._door = door
        self._members = {member.name: member for member in members}
        self._limits = limits
        self._results = results
        self._deeds: dict[str, Deed] = {"order:new": entry.new, "order:cancel": entry.cancel}
        self._changed: dict[str, None] = {}
        self._due_ns = 0
        self._seq = 0

    # ------------------------------------------------------------------------------------------------ the floor says

    def on_book(self, change: BookChange) -> None:
        """Levels changed: the book is told anew before long."""
        self._changed[change.instrument.symbol] = None

    def on_trade(self, trade: TapeTrade) -> None:
        """A print."""
        data = {
            "price": decimal_text(trade.price), "qty": decimal_text(trade.quantity),
            "quote_qty": decimal_text(trade.price * trade.quantity), "is_buyer_taker": trade.taker_side is Side.BUY,
            "symbol": trade.symbol, "time": iso(trade.time_ns),
        }  # fmt: skip
        self._publish("public_trade", trade.symbol, lambda: data)

    def on_mark(self, mark: MarkRow) -> None:
        """A new mark price."""
        self._publish("price", mark.symbol, lambda: price_frame(self._floor, mark.symbol, mark.time_ns))

    def on_order(self, change: OrderChange, record: OrderRecord, fill: FillRecord | None) -> None:
        """An order of an account. One that cannot rest is told of when it has ended."""
        member = self._members[record.account]
        now_ns = self._clock.now_ns()
        if fill is not None:
            self._push(member, "trade", lambda: trade_document(fill, member))
            self._push(member, "position", lambda: AccountPicture(self._floor, member).pushed(record.symbol, now_ns))
            self._push(member, "balance", lambda: AccountPicture(self._floor, member).wallet(now_ns))
        if change is OrderChange.ACCEPTED and record.details["time_in_force"] == "ioc":
            return
        leverage = member.leverage.get(record.symbol, markets.START_LEVERAGE)
        self._push(member, "order", lambda: order_document(record, member, leverage))

    def on_funding(self, payment: FundingRecord) -> None:
        """Funding was paid or received."""
        member = self._members[payment.account]
        now_ns = self._clock.now_ns()
        self._push(member, "balance", lambda: AccountPicture(self._floor, member).wallet(now_ns))

    def _frame(self, channel: str, data: dict[str, Any], symbol: str | None = None) -> str:
        self._seq += 1
        named = {} if symbol is None else {"symbol": symbol}
        return text_of({"seq": self._seq, "channel": channel, **named, "data": data})

    def _publish(self, channel: str, symbol: str, make: Callable[[], dict[str, Any]]) -> None:
        key = f"{channel} {symbol}"
        if self._hub.heard(key):
            self._hub.publish(key, self._frame(channel, make(), symbol))

    def _push(self, member: Member, channel: str, make: Callable[[], dict[str, Any]]) -> None:
        key = f"{channel} of {member.name}"
        if self._hub.heard(key):
            self._hub.publish(key, self._frame(channel, make()))

    def tick(self, now_ns: int) -> None:
        """Books that have changed, every so often; late answers."""
        self._results.tick(now_ns)
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + BOOK_EVERY_NS
        changed, self._changed = self._changed, {}
        for symbol in changed:
            self._publish("depth_book", symbol, lambda symbol=symbol: book_document(self._floor, symbol, DEPTH))  # type: ignore[misc]
            self._publish("price", symbol, lambda symbol=symbol: price_frame(self._floor, symbol, now_ns))  # type: ignore[misc]

    # ---------------------------------------------------------------------------------------------------- the stream

    async def serve_stream(self, request: web.Request) -> web.WebSocketResponse:
        """A connection for market and user data."""
        return await self._hub.serve(request, self.on_stream_text, KEEPALIVE)

    def on_stream_text(self, connection: Connection, text: str) -> None:
        """A message of a client."""
        try:
            message = msgspec.json.decode(text, type=dict[str, dict[str, Any]])
            self._listen(connection, message)
        except msgspec.MsgspecError:
            connection.reply(text_of({"code": 400, "message": "invalid message"}))
        except ApiError as error:
            connection.reply(text_of(error.document()))

    def _listen(self, connection: Connection, message: dict[str, dict[str, Any]]) -> None:
        if "auth" in message:
            self._auth(connection, message["auth"])
        elif "subscribe" in message:
            self._subscribe(connection, message["subscribe"])
        elif "unsubscribe" in message:
            asked = message["unsubscribe"]
            session: Session | None = connection.notes.get("session")
            owner = "" if session is None else session.member.name
            for key in (f"{asked.get('channel')} {asked.get('symbol')}", f"{asked.get('channel')} of {owner}"):
                if key in connection.keys:
                    self._hub.unsubscribe(connection, key)
        else:
            raise bad_request("unknown message")

    def _auth(self, connection: Connection, asked: dict[str, Any]) -> None:
        try:
            session = self._door.admit(str(asked.get("token")), self._clock.now_ns())
        except ApiError as error:
            connection.reply(self._frame("auth", {"code": error.code, "msg": error.message}))
            return
        connection.notes["session"] = session
        connection.reply(self._frame("auth", {"code": 200, "msg": "success"}))
        for row in asked.get("streams") or ():
            self._subscribe(connection, row)

    def _subscribe(self, connection: Connection, asked: dict[str, Any]) -> None:
        channel, symbol = asked.get("channel"), asked.get("symbol")
        if channel in PRIVATE:
            session: Session | None = connection.notes.get("session")
            if session is None:
                raise unauthorized("not authenticated")
            self._hub.subscribe(connection, f"{channel} of {session.member.name}", WS_PRIVATE)
            return
        if channel not in PUBLIC or symbol not in self._floor.instruments:
            raise bad_request("unknown channel or symbol")
        self._hub.subscribe(connection, f"{channel} {symbol}")
        now_ns = self._clock.now_ns()
        if channel == "depth_book":
            connection.reply(self._frame(channel, book_document(self._floor, symbol, DEPTH), symbol))
        elif channel == "price":
            connection.reply(self._frame(channel, price_frame(self._floor, symbol, now_ns), symbol))

    # ------------------------------------------------------------------------------------------- the channel of orders

    async def serve_api(self, request: web.Request) -> web.WebSocketResponse:
        """A connection for orders and what becomes of them."""
        return await self._hub.serve(request, self.on_api_text, KEEPALIVE)

    def on_api_text(self, connection: Connection, text: str) -> None:
        """A request of a client."""
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError:
            connection.reply(text_of({"code": 400, "message": "invalid message"}))
            return
        request_id = str(message.get("request_id", ""))
        try:
            connection.reply(text_of({**self._answer(connection, message, request_id), "request_id": request_id}))
        except ApiError as error:
            connection.reply(text_of({**error.document(), "request_id": request_id}))

    def _answer(self, connection: Connection, message: dict[str, Any], request_id: str) -> dict[str, Any]:
        """The first frame to a request; the engine's word follows."""
        session_id, params = message.get("session_id"), message.get("params")
        if not isinstance(session_id, str) or not session_id or not isinstance(params, str):
            raise bad_request("session_id and params are required")
        now_ns, method = self._clock.now_ns(), message.get("method")
        if method == "auth:login":
            session = self._door.admit(_token(params), now_ns)
            connection.notes["session"] = session
            self._results.listen(connection, session.member, session_id)
            return {"code": 0, "message": "success"}
        found: Session | None = connection.notes.get("session")
        deed = self._deeds.get(str(method))
        if found is None:
            raise unauthorized("not authenticated")
        if deed is None:
            raise bad_request("unknown method")
        self._check(found, message.get("header"), params, now_ns)
        self._limits.account(found.member.name, now_ns)
        verdict = deed(found.member, params.encode(), now_ns)
        self._results.tell(found.member, session_id, request_id, verdict, now_ns)
        return {"code": 0, "status": "accepted"}

    def _check(self, session: Session, header: object, params: str, now_ns: int) -> None:
        fields = header if isinstance(header, dict) else {}
        names = ("x-request-id", "x-request-timestamp", "x-request-signature")
        request_id, timestamp, signature = (str(fields.get(name, "")) for name in names)
        self._door.check(session, request_id, timestamp, signature, params.encode(), now_ns)


def _token(params: str) -> str:
    try:
        return msgspec.json.decode(params, type=dict[str, str])["token"]
    except (msgspec.MsgspecError, KeyError):
        raise bad_request("params must have a token") from None
