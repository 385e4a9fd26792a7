"""Where frames go out: the streams of a room, heard bare or wrapped with the stream's name."""

from typing import Any

import msgspec

from mmtui.sandbox.aster.markets import Room
from mmtui.sandbox.faults import WS_PRIVATE, WS_PUBLIC
from mmtui.sandbox.sockets import Connection, Hub


class Outlet:
    """The streams of one room."""

    def __init__(self, room: Room, hub: Hub) -> None:
        self._room = room
        self._hub = hub

    def open(self, connection: Connection, name: str, *, wrapped: bool, private: bool) -> None:
        """Let a connection hear a stream."""
        self._hub.subscribe(connection, (self._room, name, wrapped), WS_PRIVATE if private else WS_PUBLIC)

    def close(self, connection: Connection, name: str) -> None:
        """Let a connection hear it no more."""
        for wrapped in (False, True):
            self._hub.unsubscribe(connection, (self._room, name, wrapped))

    def heard(self, name: str) -> bool:
        """True if somebody listens."""
        return self._hub.heard((self._room, name, False)) or self._hub.heard((self._room, name, True))

    def publish(self, name: str, data: Any, *, sequenced: bool = False) -> None:  # noqa: ANN401 - JSON
        """Send a payload to everybody who listens."""
        for wrapped in (False, True):
            key = (self._room, name, wrapped)
            if self._hub.heard(key):
                frame = {"stream": name, "data": data} if wrapped else data
                self._hub.publish(key, msgspec.json.encode(frame).decode(), sequenced=sequenced)
