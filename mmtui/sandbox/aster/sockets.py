"""The websockets: raw and combined streams, subscriptions, how fast a client may talk, how long a connection lives."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from mmtui.model.units import NS_PER_S
from mmtui.sandbox.aster.listen_keys import ListenKeys
from mmtui.sandbox.aster.market_streams import MarketStreams
from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.aster.outlet import Outlet
from mmtui.sandbox.calls import json_response
from mmtui.sandbox.clock import SandboxClock
from mmtui.sandbox.sockets import Connection, Hub, Keepalive
from mmtui.sandbox.windows import RateWindow
from mmtui.sandbox.wire import SocketHandler

PREFIXES: Final = {"": Room.FUTURES, "/fstream": Room.FUTURES, "/sstream": Room.SPOT}
"""The venue has a host for each room; here a path stands for it, and futures need none."""
KEEPALIVE: Final = {
    Room.FUTURES: Keepalive(ping_s=300.0, pong_s=900.0),
    Room.SPOT: Keepalive(ping_s=180.0, pong_s=600.0),
}
MESSAGES_PER_S: Final = {Room.FUTURES: 10, Room.SPOT: 5}
MOST_STREAMS: Final = {Room.FUTURES: 200, Room.SPOT: 1_024}
LIFE_NS: Final = 24 * 3_600 * NS_PER_S
BAD_PROPERTY: Final = 1
BAD_REQUEST: Final = 2
BAD_JSON: Final = 3

Reply = dict[str, Any]


class MessageError(Exception):
    """A message that cannot be served, in the venue's shape."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Guest:
    """One connection with what it listens to."""

    def __init__(self, connection: Connection, room: Room, *, wrapped: bool, opened_ns: int) -> None:
        self.connection = connection
        self.room = room
        self.wrapped = wrapped
        self.opened_ns = opened_ns
        self.streams: dict[str, Room] = {}
        self.messages = RateWindow(MESSAGES_PER_S[room], 1)


class Sockets:
    """Serves the websocket paths of both rooms."""

    def __init__(
        self,
        hub: Hub,
        clock: SandboxClock,
        streams: Mapping[Room, MarketStreams],
        outlets: Mapping[Room, Outlet],
        keys: Mapping[Room, ListenKeys],
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._streams = streams
        self._outlets = outlets
        self._keys = keys
        self._guests: dict[Connection, Guest] = {}

    def paths(self) -> Sequence[tuple[str, SocketHandler]]:
        """Every path with its handler."""
        rows: list[tuple[str, SocketHandler]] = []
        for prefix, room in PREFIXES.items():
            raw, combined = self._serving(room, wrapped=False), self._serving(room, wrapped=True)
            rows += [(f"{prefix}/ws", raw), (f"{prefix}/ws/{{streams:.+}}", raw), (f"{prefix}/stream", combined)]
        return rows

    def _serving(self, room: Room, *, wrapped: bool) -> SocketHandler:
        async def serve(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Upgrade", "").lower() != "websocket":
                return json_response({"code": BAD_REQUEST, "msg": "Invalid request: websocket expected"}, 400)
            listed = request.query.get("streams", "") if wrapped else request.match_info.get("streams", "")
            opened: list[Connection] = []

            def welcome(connection: Connection) -> None:
                opened.append(connection)
                guest = Guest(connection, room, wrapped=wrapped, opened_ns=self._clock.now_ns())
                self._guests[connection] = guest
                self._subscribe(guest, [name for name in listed.split("/") if name])

            try:
                return await self._hub.serve(request, self._on_text, KEEPALIVE[room], welcome)
            finally:
                for connection in opened:
                    self._guests.pop(connection, None)

        return serve

    def tick(self, now_ns: int) -> None:
        """No connection lives longer than a day."""
        for connection, guest in tuple(self._guests.items()):
            if now_ns - guest.opened_ns >= LIFE_NS:
                connection.drop()

    # -------------------------------------------------------------------------------------------- what clients say

    def _on_text(self, connection: Connection, text: str) -> None:
        guest = self._guests[connection]
        if not guest.messages.take("", self._clock.now_ns()):
            connection.drop()
            return
        try:
            reply = self._answer(guest, text)
        except MessageError as error:
            reply = {"code": error.code, "msg": str(error)}
        connection.reply(json.dumps(reply))

    def _answer(self, guest: Guest, text: str) -> Reply:
        """Do what a message asks. Raises MessageError."""
        method, names, number = _read(text)
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": list(guest.streams), "id": number}
        if method == "SET_PROPERTY":
            self._set_property(guest, names)
            return {"result": None, "id": number}
        if not names or not all(isinstance(name, str) for name in names):
            raise _bad("params must be an array of stream names")
        if method == "UNSUBSCRIBE":
            self._unsubscribe(guest, names)
        elif method != "SUBSCRIBE":
            raise _bad(f"unknown variant `{method}`")
        elif len(guest.streams) + len(names) > MOST_STREAMS[guest.room]:
            raise _bad("too many streams")
        else:
            self._subscribe(guest, names)
        return {"result": None, "id": number}

    def _set_property(self, guest: Guest, names: list[Any]) -> None:
        match names:
            case ["combined", bool(wrapped)]:
                listed = list(guest.streams)
                self._unsubscribe(guest, listed)
                guest.wrapped = wrapped
                self._subscribe(guest, listed)
            case _:
                raise MessageError(BAD_PROPERTY, 'Invalid value type: expected ["combined", true or false]')

    def _subscribe(self, guest: Guest, names: list[str]) -> None:
        for name in names:
            room, private = guest.room, False
            for owner, keys in self._keys.items():
                if keys.find(name) is not None:
                    room, private = owner, True
            guest.streams[name] = room
            self._outlets[room].open(guest.connection, name, wrapped=guest.wrapped, private=private)
            if not private:
                self._streams[room].open(name)

    def _unsubscribe(self, guest: Guest, names: list[str]) -> None:
        for name in names:
            room = guest.streams.pop(name, None)
            if room is not None:
                self._outlets[room].close(guest.connection, name)


def _read(text: str) -> tuple[Any, list[Any], int | None]:
    """Method, params and id of a message. Raises MessageError."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MessageError(BAD_JSON, f"Invalid JSON: {error}") from None
    if not isinstance(message, dict):
        raise _bad("an object is expected")
    number, names = message.get("id"), message.get("params", [])
    if number is not None and (type(number) is not int or number < 0):
        raise _bad("request ID must be an unsigned integer")
    if not isinstance(names, list):
        raise _bad("params must be an array")
    return message.get("method"), names, number


def _bad(why: str) -> MessageError:
    return MessageError(BAD_REQUEST, f"Invalid request: {why}")
